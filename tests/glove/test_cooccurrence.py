"""Counting: the vectorised counts are those of the plain loops."""

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import glove

TEXTS = st.lists(st.lists(st.sampled_from("abcdefg"), max_size=14), min_size=1, max_size=5)


def plain_counts(sentences, vocabulary, window_size, symmetric, distance_weighting):
    counts = np.zeros((len(vocabulary), len(vocabulary)))
    for sentence in sentences:
        known = [word for word in sentence if word in vocabulary]
        for right in range(len(known)):
            for left in range(max(0, right - window_size), right):
                weight = 1 / (right - left) if distance_weighting else 1
                i, j = vocabulary.index(known[left]), vocabulary.index(known[right])
                counts[i, j] += weight
                if symmetric:
                    counts[j, i] += weight
    return counts


@settings(max_examples=60, deadline=None)
@given(TEXTS, st.integers(1, 12), st.booleans(), st.booleans())
def test_counts_equal_those_of_plain_loops(sentences, window_size, symmetric, distance_weighting):
    vocabulary = ["c", "a", "b", "f"]  # d, e and g are out of vocabulary
    expected = plain_counts(sentences, vocabulary, window_size, symmetric, distance_weighting)
    arguments = dict(
        vocabulary=vocabulary,
        window_size=window_size,
        symmetric=symmetric,
        distance_weighting=distance_weighting,
    )
    if not expected.any():
        with pytest.raises(glove.GloveValueError, match="not one pair"):
            glove.cooccurrence(sentences, **arguments)
        return
    counts = glove.cooccurrence(sentences, **arguments).counts
    np.testing.assert_allclose(counts.toarray(), expected, rtol=1e-12)


def test_portions_of_the_text_change_nothing(monkeypatch):
    sentences = [list("abcabdacbd") for _ in range(6)]
    whole = glove.cooccurrence(sentences, min_count=1, window_size=4).counts.toarray()
    # Not `glove.cooccurrence`: that is the function of the same name.
    module = sys.modules["glove.cooccurrence"]
    monkeypatch.setattr(module, "_PAIRS_PER_PORTION", 12)  # 3 tokens at a time
    portions = glove.cooccurrence(sentences, min_count=1, window_size=4).counts.toarray()
    np.testing.assert_allclose(portions, whole, rtol=1e-12)


def test_an_unknown_word_does_not_count_as_distance():
    pairs = glove.cooccurrence([["a", "unknown", "b"]], vocabulary=["a", "b"])
    assert pairs.counts[0, 1] == 1.0


def test_windows_do_not_cross_sentences():
    pairs = glove.cooccurrence([["a", "b"], ["c", "d"]], min_count=1)
    b, c = pairs.vocabulary.index("b"), pairs.vocabulary.index("c")
    assert pairs.counts[b, c] == 0


def test_a_word_beside_itself_counts_once_for_each_side():
    assert glove.cooccurrence([["a", "a", "b"]], min_count=1).counts[0, 0] == 2.0


def test_words_are_ordered_by_frequency_then_alphabet():
    pairs = glove.cooccurrence([["b", "a", "c", "c", "z"], ["a", "b", "c"]], min_count=2)
    assert pairs.vocabulary == ["c", "a", "b"]


def test_any_iterable_of_sentences_will_do():
    pairs = glove.cooccurrence((s.split() for s in ["a b", "b c"]), min_count=1)
    assert pairs.counts.shape == (3, 3)


@pytest.mark.parametrize(
    ("sentences", "arguments", "message"),
    [
        ([], {}, "0 words that occur at least min_count=5"),
        ([["a", "b"]], {}, "min_count=5"),
        ([["a", "a"]], {"min_count": 1}, "1 words"),
        (["to be"], {}, r"sentences\[0\] is the string 'to be'"),
        ([["a", "b"]], {"min_count": 0}, "min_count=0"),
        ([["a", "b"]], {"window_size": 0}, "window_size=0"),
        ([["a", "b"]], {"window_size": 2.5}, "window_size=2.5"),
        ([["a", "b"]], {"vocabulary": ["a", "b", "a"]}, "'a' 2 times"),
        ([["a", "b"]], {"vocabulary": ["a"]}, "1 words"),
        ([["a"], ["b"]], {"vocabulary": ["a", "b"]}, "not one pair"),
    ],
)
def test_bad_input_is_one_sentence(sentences, arguments, message):
    with pytest.raises(glove.GloveValueError, match=message):
        glove.cooccurrence(sentences, **arguments)
