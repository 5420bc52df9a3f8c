"""What is copied: the suffix array against a search by brute force."""

import numpy as np
import pytest

from mlm_tf.errors import EmptyCorpusError, InvalidArgumentError
from mlm_tf.tasks.copying import copied_from, longest_matches, words_of


def by_hand(row, training):
    """For each place the longest run from there that stands in one of the training rows."""
    runs = {
        tuple(t[a:b]) for t in training for a in range(len(t)) for b in range(a + 1, len(t) + 1)
    }
    return [
        max((n for n in range(len(row) - i + 1) if tuple(row[i : i + n]) in runs), default=0)
        for i in range(len(row))
    ]


@pytest.mark.parametrize("size", [2, 3, 10])
def test_longest_matches_are_those_of_a_search(size):
    rng = np.random.default_rng(size)
    for _ in range(40):
        rows, training = (
            [rng.integers(0, size, rng.integers(0, 30)) for _ in range(rng.integers(1, 5))]
            for _ in range(2)
        )
        found = longest_matches(rows, training)
        assert [row.tolist() for row in found] == [
            by_hand(row.tolist(), [t.tolist() for t in training]) for row in rows
        ]


def test_a_run_of_one_word_again_and_again():
    assert longest_matches([np.zeros(9, int)], [np.zeros(5, int)])[0].tolist() == [
        *[5] * 5, 4, 3, 2, 1
    ]  # fmt: skip


def test_words_of_both_scripts_and_no_capitals():
    assert words_of("It's 3.5 in 北京，OK") == [
        "it",
        "'",
        "s",
        "3",
        ".",
        "5",
        "in",
        *"北京，",
        "ok",
    ]


TRAINING = ["the cat sat on the mat near the old grey wall of the house", "a dog ran"]


def test_a_copied_line_is_found_and_a_new_one_is_not():
    copied = "Then the cat sat on the mat near the old tree"
    new = "no word here was ever seen by anybody before now"
    copying = copied_from([copied, new, "The dog ran"], TRAINING)
    assert copying.longest.tolist() == [9, 0, 2]
    assert copying.longest_passage == "the cat sat on the mat near the old"
    assert (copying.ngrams.tolist(), copying.copied.tolist()) == ([4, 3, 0], [2, 0, 0])
    assert copying.copied_share == pytest.approx(2 / 7)
    assert copying.whole_texts == 0
    assert copied_from(["A dog ran", "dog"], TRAINING).whole_texts == 2


def test_no_run_goes_over_the_edge_of_a_text():
    assert copied_from(["the house a dog"], TRAINING, ngram=2).longest.tolist() == [2]


def test_texts_too_short_have_no_share_and_no_texts_are_refused():
    assert np.isnan(copied_from(["a", ""], TRAINING).copied_share)
    for texts in ([], ["", " "]):
        with pytest.raises(EmptyCorpusError, match="texts holds no word"):
            copied_from(texts, TRAINING)
        with pytest.raises(EmptyCorpusError, match="training_texts holds no word"):
            copied_from(["a"], texts)
    with pytest.raises(InvalidArgumentError, match="ngram=0"):
        copied_from(["a"], TRAINING, ngram=0)
