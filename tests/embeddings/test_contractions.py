"""Contractions start from the vectors of their parts, and say so."""

import numpy as np
import pytest
from gensim.models import KeyedVectors

import glove
from mlm_tf import TextPipeline, embeddings
from mlm_tf.embeddings.contractions import known_parts
from mlm_tf.errors import InvalidArgumentError

WORDS = """do does did is are was were has have had could would should must might need ca wo ai it
    he that there what who let we you they i dog film a not n't 's 're 've 'll 'd 'm""".split()


@pytest.fixture
def vectors():
    """The Treebank's tokens, as GloVe has them."""
    vectors = KeyedVectors(3)
    values = np.random.default_rng(0).normal(size=(len(WORDS), 3))
    vectors.add_vectors(WORDS, values.astype("float32"))
    return vectors


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        *((f"{word}n't", f"{word} n't") for word in "do does did is are was has had could".split()),
        ("can't", "ca n't"),
        ("won't", "wo n't"),
        ("ain't", "ai n't"),
        ("it's", "it 's"),
        ("let's", "let 's"),
        ("we're", "we 're"),
        ("i've", "i 've"),
        ("you'll", "you 'll"),
        ("they'd", "they 'd"),
        ("i'm", "i 'm"),
        ("dog's", "dog 's"),
        ("couldn't've", "could n't 've"),
        ("i'd've", "i 'd 've"),
    ],
)
def test_a_contraction_is_the_mean_of_its_parts_as_the_treebank_cuts_it(vectors, word, parts):
    matrix = embeddings.from_vectors(vectors, ["[PAD]", "a", word])
    mean = np.mean([vectors[part] for part in parts.split()], axis=0)
    np.testing.assert_allclose(matrix.values[2], mean, rtol=1e-6)
    assert matrix.source.tolist() == ["special", "pretrained", "composed"]


@pytest.mark.parametrize(
    "word", ["rock'n'roll", "o'clock", "o'brien", "cat's", "y'all", "n't", "'s", "ma'am", "dont"]
)
def test_any_other_word_is_not_composed(vectors, word):
    assert known_parts(word, vectors.key_to_index) is None


def test_a_stem_that_the_vectors_lack_is_read_as_the_word_it_stands_for():
    assert known_parts("shan't", {"shall", "n't"}) == ["shall", "n't"]
    assert known_parts("shan't", {"sha", "shall", "n't"}) == ["sha", "n't"]
    assert known_parts("won't", {"n't"}) is None


def test_a_contraction_with_a_vector_keeps_it(vectors):
    vectors.add_vectors(["don't"], np.ones((1, 3), "float32"))
    matrix = embeddings.from_vectors(vectors, ["a", "don't"])
    assert matrix.values[1].tolist() == [1, 1, 1]
    assert matrix.hits == ["a", "don't"]


def test_vectors_without_the_parts_compose_nothing(vectors):
    plain = KeyedVectors(3)
    plain.add_vectors(["do", "it"], np.ones((2, 3), "float32"))
    matrix = embeddings.from_vectors(plain, ["do", "don't", "it's"])
    assert (matrix.composed, matrix.misses) == ([], ["don't", "it's"])


def test_the_report_counts_what_is_composed_by_itself(vectors):
    matrix = embeddings.from_vectors(vectors, ["[PAD]", "a", "don't", "it's", "zzz"])
    assert (matrix.hits, matrix.composed, matrix.misses) == (["a"], ["don't", "it's"], ["zzz"])
    report = matrix.report([9, 70, 15, 5, 10])
    assert (report.types, report.tokens) == ((1, 4), (70, 100))
    assert report.policies == {"composed": (2, 20), "random": (1, 10)}
    assert report.frequent_misses == (("zzz", 10),)
    assert "2 composed of known parts (20 tokens), 1 random (10 tokens)" in str(report)
    figure = matrix.plot([9, 70, 15, 5, 10])
    assert figure.axes[1].get_title(loc="left") == "70.0% of 100 tokens have a known vector"


def test_it_can_be_turned_off_and_changes_no_other_row(vectors):
    vocabulary = ["[PAD]", "a", "don't", "zzz"]
    off = embeddings.from_vectors(vectors, vocabulary, contractions=False)
    on = embeddings.from_vectors(vectors, vocabulary)
    assert off.misses == ["don't", "zzz"]
    assert (on.values[[0, 1, 3]] == off.values[[0, 1, 3]]).all()
    zero = embeddings.from_vectors(vectors, vocabulary, oov="zero")
    assert (zero.values[2] == on.values[2]).all() and not zero.values[3].any()
    with pytest.raises(InvalidArgumentError, match="contractions='no'"):
        embeddings.from_vectors(vectors, vocabulary, contractions="no")


def test_the_case_policy_holds_for_the_parts(vectors):
    for oov, source in (("case", "composed"), ("random", "random")):
        matrix = embeddings.from_vectors(vectors, ["a", "Don't", "DON'T"], oov=oov)
        assert matrix.source.tolist() == ["pretrained", source, source]
    vectors.add_vectors(["Do"], np.ones((1, 3), "float32"))
    matrix = embeddings.from_vectors(vectors, ["a", "Don't"])
    np.testing.assert_allclose(matrix.values[1], (1 + vectors["n't"]) / 2, rtol=1e-6)


def test_a_part_that_is_not_finite_is_named(vectors):
    vectors.vectors[vectors.key_to_index["n't"]] = np.nan
    with pytest.raises(InvalidArgumentError, match='the first for "don\'t"'):
        embeddings.from_vectors(vectors, ["a", "don't"])


def test_genuine_vectors_know_the_contractions_of_a_review(data_dir, monkeypatch):
    path = data_dir("glove", "glove.6B.50d.sub.txt")
    pipeline = TextPipeline.fit(["It's a film that doesn’t work, and I can't say that it won't."])
    matrix = embeddings.from_vectors(glove.load(path), pipeline.vocabulary)
    assert set(matrix.composed) == {"it's", "doesn't", "can't", "won't"}
    assert matrix.misses == []
