"""IBM model 1 against an example worked by hand, and what it does with odd input."""

import itertools

import numpy as np
import pytest

from mlm_tf.baselines import IBM1
from mlm_tf.errors import EmptyCorpusError, InvalidArgumentError

# Three pairs, each of two words. Every word meets every word of its pair, so from an even start:
#   step 1: each target word is half each source word's. "the" has das 1/2 + 1/2, Haus 1/2, Buch 1/2
#           of 2 altogether: 1/2, 1/4, 1/4.
#   step 2: of das in the first pair the share of "the" is t(das|the) / (t(das|the) + t(das|house))
#           = 1/2, in the second 1/2 / (1/2 + 1/4) = 2/3; and so on.
SOURCES = [["the", "house"], ["the", "book"], ["a", "book"]]
TARGETS = [["das", "Haus"], ["das", "Buch"], ["ein", "Buch"]]


def fitted(iterations, **settings):
    return IBM1(iterations, **settings).fit(SOURCES, TARGETS)


def test_the_first_step_is_the_one_worked_by_hand():
    model = fitted(1, empty_word=False)
    found = {e: [model.probability(f, e) for f in ("das", "Haus", "Buch", "ein")]
             for e in ("the", "house", "book", "a")}  # fmt: skip
    assert found == {
        "the": [1 / 2, 1 / 4, 1 / 4, 0],
        "house": [1 / 2, 1 / 2, 0, 0],
        "book": [1 / 4, 0, 1 / 2, 1 / 4],
        "a": [0, 0, 1 / 2, 1 / 2],
    }


def test_the_second_step_is_the_one_worked_by_hand():
    model = fitted(2, empty_word=False)
    # the: das 1/2 + 2/3 = 7/6, Haus (1/4) / (1/4 + 1/2) = 1/3, Buch (1/4) / (1/4 + 1/2) = 1/3
    assert model.probability("das", "the") == pytest.approx((7 / 6) / (7 / 6 + 2 / 3))
    assert model.probability("Haus", "the") == pytest.approx((1 / 3) / (7 / 6 + 2 / 3))
    # a: ein (1/2) / (1/2 + 1/4) = 2/3, Buch (1/2) / (1/2 + 1/2) = 1/2
    assert model.probability("ein", "a") == pytest.approx((2 / 3) / (2 / 3 + 1 / 2))


def test_more_steps_find_the_translation_of_every_word():
    model = fitted(50, empty_word=False)
    assert model.translate(["a", "house", "the", "book"]) == ["ein", "Haus", "das", "Buch"]
    assert model.probability("das", "the") > 0.99


@pytest.mark.parametrize("empty_word", [True, False])
def test_probabilities_of_a_source_word_sum_to_one(empty_word):
    model = fitted(3, empty_word=empty_word)
    for word in ("the", "house", "book", "a"):
        assert sum(p for _, p in model.translations(word)) == pytest.approx(1)


@pytest.mark.parametrize("empty_word", [True, False])
def test_the_likelihood_never_falls_and_is_that_of_the_formula(empty_word):
    rng = np.random.default_rng(0)
    sources = [rng.integers(0, 9, size=rng.integers(1, 6)).tolist() for _ in range(40)]
    targets = [[2 * word % 9 for word in source] for source in sources]
    model = IBM1(12, empty_word).fit(sources, targets)
    assert (np.diff(model.log_likelihoods) > -1e-9).all()
    before = IBM1(11, empty_word).fit(sources, targets)
    empty = [None] if empty_word else []
    by_hand = sum(
        np.log(sum(before.probability(f, e) for e in [*empty, *source]))
        for source, target in zip(sources, targets, strict=True)
        for f in target
    )
    assert model.log_likelihoods[-1] == pytest.approx(by_hand)


def test_a_word_that_occurs_twice_counts_twice():
    model = IBM1(1, empty_word=False).fit([["very", "very", "good"]], [["bon", "bon"]])
    assert model.shares(["very", "very", "good"], ["bon"]).tolist() == [[1 / 3] * 3]
    twice = IBM1(1, empty_word=False).fit([["a"], ["a"]], [["x", "x"], ["y"]])
    assert twice.probability("x", "a") == pytest.approx(2 / 3)


def test_the_order_of_words_changes_nothing():
    for source in itertools.permutations(SOURCES[0]):
        model = IBM1(3).fit([list(source), *SOURCES[1:]], TARGETS)
        assert model.probability("das", "the") == pytest.approx(fitted(3).probability("das", "the"))


def test_a_word_never_seen_stays_as_it_is():
    assert fitted(20).translate(["the", "zebra"]) == ["das", "zebra"]
    assert fitted(20).translate([]) == []
    assert fitted(20).probability("das", "zebra") == fitted(20).probability("x", "the") == 0


def test_a_word_that_explains_less_than_the_empty_word_becomes_nothing():
    sources = [["do", "cats", "purr"], ["do", "dogs", "bark"], ["cats", "bark"], ["dogs", "purr"]]
    targets = [["x", "C", "P"], ["x", "D", "B"], ["x", "C", "B"], ["x", "D", "P"]]
    model = IBM1(30).fit(sources, targets)
    assert model.translate(["do", "cats", "bark"]) == ["C", "B"]


def test_the_empty_word_takes_what_stands_for_nothing():
    sources = [["cat"], ["dog"], ["cow"], ["hen"]]
    targets = [["le", "chat"], ["le", "chien"], ["le", "boeuf"], ["le", "coq"]]
    model = IBM1(20).fit(sources, targets)
    assert model.translate(["cat", "hen"]) == ["chat", "coq"]
    assert model.shares(["cat"], ["le", "chat"])[0, 0] < 0.5  # the rest is the empty word's
    assert model.shares(["cat"], ["zebra"]).tolist() == [[0.0]]


def test_ids_do_as_well_as_words():
    model = IBM1(20, empty_word=False).fit([[1, 2], [1, 3]], [[11, 12], [11, 13]])
    assert model.translate([3, 2]) == [13, 12]


def test_a_sentence_of_a_million_words_fits():
    source = ["a", "b"] * 500_000
    model = IBM1(5, empty_word=False).fit([source, ["a"]], [["x", "y"] * 500_000, ["x"]])
    assert model.translate(["a", "b"]) == ["x", "y"]


def test_pairs_without_words_teach_nothing():
    model = IBM1(20, empty_word=False).fit([*SOURCES, [], ["the"]], [*TARGETS, ["das"], []])
    assert model.probability("das", "the") == fitted(20, empty_word=False).probability("das", "the")
    with pytest.raises(EmptyCorpusError, match="no pair with a token on both sides"):
        IBM1().fit([[], ["a"]], [["x"], []])


def test_what_does_not_fit_is_refused():
    with pytest.raises(InvalidArgumentError, match="sources holds 2 sentences and targets 1"):
        IBM1().fit([["a"], ["b"]], [["x"]])
    with pytest.raises(InvalidArgumentError, match="iterations=0"):
        IBM1(iterations=0)
