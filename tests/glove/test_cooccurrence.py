"""Counting: the vectorised counts are those of the plain loops."""

import sys
import tempfile

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
    monkeypatch.setattr(module, "PAIRS_PER_PORTION", 12)  # 3 tokens at a time
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
        ([], {}, "0 of 0 types occur at least min_count=5"),
        ([["a", "b"]], {}, "min_count=5"),
        ([["a", "a"]], {"min_count": 1}, "1 of 1 types"),
        (["to be"], {}, r"sentences\[0\] is the string 'to be'"),
        ([["a", "b"]], {"min_count": 0}, "min_count=0"),
        ([["a", "b"]], {"window_size": 0}, "window_size=0"),
        ([["a", "b"]], {"window_size": 2.5}, "window_size=2.5"),
        ([["a", "b"]], {"max_vocab": 0}, "max_vocab=0"),
        (
            [["a", "b"]],
            {"min_count": 1, "max_vocab": 1},
            "keeps one, .* higher max_vocab",
        ),
        ([["a", "b"]], {"memory_gib": 0}, "memory_gib=0"),
        ([["a", "b"]], {"vocabulary": ["a", "b", "a"]}, "'a' 2 times"),
        ([["a", "b"]], {"vocabulary": ["a"]}, "1 words"),
        ([["a"], ["b"]], {"vocabulary": ["a", "b"]}, "not one pair"),
    ],
)
def test_bad_input_is_one_sentence(sentences, arguments, message):
    with pytest.raises(glove.GloveValueError, match=message):
        glove.cooccurrence(sentences, **arguments)


@settings(max_examples=30, deadline=None)
@given(TEXTS, st.booleans(), st.integers(1, 12))
def test_a_budget_of_almost_nothing_changes_nothing(sentences, symmetric, window_size):
    arguments = dict(vocabulary=list("abcdefg"), window_size=window_size, symmetric=symmetric)
    if not any(len(sentence) > 1 for sentence in sentences):
        return
    whole = glove.cooccurrence(sentences, **arguments)
    spilled = glove.cooccurrence(sentences, **arguments, memory_gib=1e-9)
    np.testing.assert_allclose(spilled.counts.toarray(), whole.counts.toarray(), rtol=1e-12)
    assert spilled.counts.nnz == whole.counts.nnz


def test_what_was_spilled_trains_to_the_same_vectors():
    sentences = [list("abcabdacbd") for _ in range(6)]
    whole, spilled = (
        glove.cooccurrence(sentences, min_count=1, memory_gib=gib) for gib in (4.0, 1e-9)
    )
    for solver in ("ridge", "adagrad"):
        first, second = (
            glove.train(pairs, 3, solver=solver, epochs=2, progress=False).vectors
            for pairs in (whole, spilled)
        )
        np.testing.assert_allclose(first, second, rtol=1e-4, atol=1e-5)


def test_no_files_are_left_behind(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    pairs = glove.cooccurrence([list("abcabdacbd")], min_count=1, memory_gib=1e-9)
    assert pairs.counts.nnz
    assert not list(tmp_path.iterdir())


def test_a_vocabulary_holds_the_most_frequent_words_at_most():
    sentences = [["c", "c", "c", "b", "b", "d", "d", "a"]]
    pairs = glove.cooccurrence(sentences, min_count=1, max_vocab=3)
    assert pairs.vocabulary == ["c", "b", "d"]
    assert pairs.occurrences.tolist() == [3, 2, 2]


def test_a_given_vocabulary_is_counted_too():
    pairs = glove.cooccurrence([["a", "b", "a"]], vocabulary=["b", "a", "z"])
    assert pairs.occurrences.tolist() == [1, 2, 0]


def test_long_texts_are_encoded_in_parts(monkeypatch):
    sentences = [list("abcabdacbd") for _ in range(6)]
    whole = glove.cooccurrence(sentences, min_count=1)
    monkeypatch.setattr(sys.modules["glove.cooccurrence"], "IDS_PER_READ", 7)
    parts = glove.cooccurrence(sentences, min_count=1)
    assert parts.occurrences.tolist() == whole.occurrences.tolist()
    assert (parts.counts != whole.counts).nnz == 0


def test_the_bar_shows_tokens(capsys):
    glove.cooccurrence([list("abcab")], min_count=1, progress=True)
    assert "counting" in capsys.readouterr().out


def test_a_sign_with_blanks_around_it_is_the_sign():
    texts = [["a", " - ", "b", "-", "c", "- ", "a"]]
    bare = [[word.strip() for word in texts[0]]]
    found, expected = (glove.cooccurrence(t, min_count=1) for t in (texts, bare))
    assert found.vocabulary == expected.vocabulary
    assert (found.counts != expected.counts).nnz == 0
    assert found.occurrences.tolist() == expected.occurrences.tolist()
    given = glove.cooccurrence(texts, vocabulary=["a", " - ", "-"])
    assert given.occurrences.tolist() == [2, 1, 1]
    pieces = [["a", " b", "  ", "a", " b"]]  # a subword keeps its blank
    assert glove.cooccurrence(pieces, min_count=1).vocabulary == [" b", "a", "  "]
