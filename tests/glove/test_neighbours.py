"""Nearest neighbours: cosine similarity to a sum, and words that the vectors do not have."""

import warnings

import numpy as np
import pytest

import glove
from glove.neighbours import neighbours
from glove.vectors import keyed_vectors


@pytest.fixture(scope="module")
def vectors():
    words = ["man", "woman", "king", "queen", "apple"]
    matrix = [[1, 0], [0, 1], [2, 0.4], [0.2, 1], [-1, -1]]
    return keyed_vectors(words, np.array(matrix, "float32"))


def test_one_word_has_neighbours_by_cosine_similarity(vectors):
    found = neighbours(vectors, "man", top_n=2)
    assert [word for word, _ in found] == ["king", "queen"]
    assert found[0][1] == pytest.approx(2 / np.sqrt(2**2 + 0.4**2))


def test_words_are_added_and_subtracted_and_not_found_themselves(vectors):
    found = neighbours(vectors, ["king", "woman"], ["man"], top_n=10)
    assert [word for word, _ in found] == ["queen", "apple"]


def test_unknown_words_are_named_with_similar_ones(vectors):
    with pytest.raises(glove.GloveValueError) as refusal:
        neighbours(vectors, ["King", "man"], ["womann", "xyz"])
    assert "'King' (similar: 'king')" in str(refusal.value)
    assert "'womann' (similar: 'woman'" in str(refusal.value)
    assert "and not 'xyz'; correct the spelling" in str(refusal.value)


def test_bad_arguments_are_refused(vectors):
    with pytest.raises(glove.GloveValueError, match="top_n=0 is not allowed; use an integer >= 1"):
        neighbours(vectors, "man", top_n=0)
    with pytest.raises(glove.GloveValueError, match="positive has no words"):
        neighbours(vectors, [], ["man"])


def test_a_vector_of_zeros_is_near_nothing_and_divides_nothing():
    matrix = np.array([[1, 0], [0.9, 0.1], [0, 0], [1e-30, 0], [-1, 0]], "float32")
    words = ["man", "boy", "[PAD]", "lost", "no"]
    with np.errstate(divide="raise", invalid="raise", over="raise"):
        found = neighbours(keyed_vectors(words, matrix), "man")
    similarities = dict(found)
    assert found[0][0] == "boy" and similarities["no"] == pytest.approx(-1)
    assert similarities["[PAD]"] == similarities["lost"] == 0
    for word in ("[PAD]", "lost"):
        with pytest.raises(glove.GloveValueError, match="is all zeros and points nowhere"):
            neighbours(keyed_vectors(words, matrix), ["man", word])


def test_a_sum_that_is_zero_is_near_nothing(vectors):
    with pytest.raises(glove.GloveValueError, match="sum is 0"):
        neighbours(vectors, ["king", "man"], ["man", "king"])


def test_the_longest_vectors_have_a_direction_too():
    matrix = np.array([[1e30, 1e30], [2e30, 2.1e30], [1e-3, -2e-3]], np.float32)
    vectors = keyed_vectors(["a", "b", "c"], matrix)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = dict(neighbours(vectors, "a", top_n=3))
    assert found == pytest.approx({"b": 0.9997, "c": -0.3162}, abs=1e-3)
