"""The starting matrix: the rows are the vectors, and each knows where it came from."""

import numpy as np
import pytest
from gensim.models import KeyedVectors

from mlm_tf import embeddings
from mlm_tf.errors import InvalidArgumentError
from tests.wrong_values import WRONG

VOCABULARY = ["[PAD]", "[UNK]", "the", "king", "qqq", "[sic]"]


@pytest.fixture
def vectors():
    random = np.random.default_rng(0)
    vectors = KeyedVectors(3)
    words = ["king", "queen", "the", "[PAD]"]
    vectors.add_vectors(words, random.normal([0, 5, -5], [1, 2, 3], (4, 3)).astype("float32"))
    return vectors


def test_known_words_have_exactly_their_vectors(vectors):
    matrix = embeddings.from_vectors(vectors, VOCABULARY)
    assert (matrix.values[2] == vectors["the"]).all()
    assert (matrix.values[3] == vectors["king"]).all()
    assert matrix.values.dtype == np.float32
    assert (matrix.hits, matrix.misses) == (["the", "king"], ["qqq", "[sic]"])


def test_a_sign_with_its_spaces_has_the_vector_of_the_sign():
    vectors = KeyedVectors(2)
    vectors.add_vectors(["-", "&", "the"], np.arange(6, dtype="float32").reshape(3, 2) + 1)
    vocabulary = ["[PAD]", " - ", "- ", "&", " the", " @ "]
    matrix = embeddings.from_vectors(vectors, vocabulary)
    assert matrix.source.tolist() == ["special"] + ["pretrained"] * 3 + ["random"] * 2
    assert (matrix.values[1:4] == vectors.vectors[[0, 0, 1]]).all()


def test_special_tokens_are_those_at_the_head_and_are_never_looked_up(vectors):
    matrix = embeddings.from_vectors(vectors, VOCABULARY, oov="zero")
    assert matrix.source.tolist() == ["special"] * 2 + ["pretrained"] * 2 + ["zero"] * 2
    assert (matrix.values[0] != vectors["[PAD]"]).any()
    assert matrix.values[:2].any(axis=1).all()
    assert not matrix.values[4:].any()


def test_random_rows_have_the_mean_and_scale_of_the_known_rows():
    random = np.random.default_rng(0)
    mean, scale = np.array([0.0, 5.0, -5.0]), np.array([1.0, 2.0, 0.1])
    known = [f"k{number}" for number in range(2000)]
    vectors = KeyedVectors(3)
    vectors.add_vectors(known, random.normal(mean, scale, (2000, 3)).astype("float32"))
    matrix = embeddings.from_vectors(vectors, known + [f"u{number}" for number in range(2000)])
    unknown = matrix.values[2000:]
    np.testing.assert_allclose(unknown.mean(axis=0), mean, atol=0.2)
    np.testing.assert_allclose(unknown.std(axis=0), scale, rtol=0.1)


def test_lower_case_is_what_a_pipeline_writes():
    vectors = KeyedVectors(2)
    words = ["istanbul", "λόγος", "do", "n't"]
    vectors.add_vectors(words, np.arange(8, dtype="float32").reshape(4, 2) + 1)
    vocabulary = ["İstanbul", "ΛΌΓΟΣ", "DON'T", "I\u0307STANBUL"]
    matrix = embeddings.from_vectors(vectors, vocabulary, oov="case")
    assert matrix.source.tolist() == ["lower case"] * 2 + ["composed", "lower case"]
    assert (matrix.values[[0, 3]] == vectors["istanbul"]).all()


def test_the_seed_decides_the_random_rows(vectors):
    for make in (
        lambda seed: embeddings.random(VOCABULARY, 8, seed=seed),
        lambda seed: embeddings.from_vectors(vectors, VOCABULARY, seed=seed),
    ):
        assert (make(1).values == make(1).values).all()
        assert (make(1).values != make(2).values).any()


def test_random_is_kerass_default_and_knows_no_word():
    matrix = embeddings.random(VOCABULARY, 500)
    assert np.abs(matrix.values).max() <= 0.05
    assert matrix.values.std() == pytest.approx(0.05 / np.sqrt(3), rel=0.05)
    assert matrix.hits == []
    assert matrix.embedding_dim == 500


def test_the_report_counts_types_tokens_and_misses(vectors):
    report = embeddings.from_vectors(vectors, VOCABULARY).report([100, 50, 30, 10, 2, 8])
    assert report.types == (2, 4)
    assert report.tokens == (40, 50)  # special tokens aside
    assert report.frequent_misses == (("[sic]", 8), ("qqq", 2))
    assert report.rows_by_source == {"pretrained": 2, "random": 2, "special": 2}
    assert "40 of 50 (80.0%)" in str(report)


def test_the_case_policy_takes_the_vector_of_the_lower_case_word(vectors):
    vocabulary = ["[PAD]", "the", "The", "KING", "Zorn"]
    matrix = embeddings.from_vectors(vectors, vocabulary, oov="case")
    assert matrix.source.tolist() == ["special", "pretrained", "lower case", "lower case", "random"]
    assert (matrix.values[2] == vectors["the"]).all()
    assert (matrix.values[3] == vectors["king"]).all()
    assert (matrix.hits, matrix.misses) == (["the", "The", "KING"], ["Zorn"])


def test_the_case_policy_prefers_the_word_itself():
    vectors = KeyedVectors(2)
    vectors.add_vectors(["Turkey", "turkey"], np.array([[1, 0], [0, 1]], "float32"))
    matrix = embeddings.from_vectors(vectors, ["Turkey", "TURKEY"], oov="case")
    assert matrix.values.tolist() == [[1, 0], [0, 1]]


@pytest.mark.parametrize(
    ("oov", "policies", "line"),
    [
        ("random", {"random": (2, 60)}, "2 random (60 tokens)"),
        ("zero", {"zero": (2, 60)}, "2 zero (60 tokens)"),
        (
            "case",
            {"lower case": (1, 50), "random": (1, 10)},
            "1 by lower case (50 tokens), 1 random (10 tokens)",
        ),
    ],
)
def test_the_report_says_what_the_policy_did(vectors, oov, policies, line):
    matrix = embeddings.from_vectors(vectors, ["[PAD]", "the", "King", "Zorn"], oov=oov)
    report = matrix.report([7, 100, 50, 10])
    assert report.policies == policies
    assert line in str(report)
    without_counts = str(matrix.report())
    assert line.split(" (")[0] in without_counts and "tokens" not in without_counts


def test_every_other_source_is_a_known_vector():
    """So that rows of one's own making count as well."""
    source = ["special", "mine", "word2vec", "random", "zero"]
    matrix = embeddings.EmbeddingMatrix(np.ones((5, 2)), ["[PAD]", "a", "b", "c", "d"], source)
    assert (matrix.hits, matrix.misses) == (["a", "b"], ["c", "d"])
    assert matrix.report().types == (2, 4)


def test_the_report_makes_white_space_visible(vectors):
    report = embeddings.from_vectors(vectors, ["the", "\n", " "]).report()
    assert str(report).endswith(r"'\n', ' '")


def test_the_plot_shows_the_words_and_leaves_special_tokens_out(vectors, tmp_path):
    matrix = embeddings.from_vectors(vectors, VOCABULARY)
    figure = matrix.plot([100, 50, 30, 10, 2, 8], path=tmp_path / "plot.png")
    assert (tmp_path / "plot.png").exists()
    assert {text.get_text() for text in figure.axes[0].texts} == {"the", "king", "qqq", "[sic]"}
    assert figure.axes[1].get_title(loc="left") == "80.0% of 50 tokens have a known vector"
    figure = matrix.plot(words=["king"])
    assert [text.get_text() for text in figure.axes[0].texts] == ["king"]


def test_the_report_does_without_counts(vectors):
    report = embeddings.from_vectors(vectors, VOCABULARY).report(show=1)
    assert report.tokens is None
    assert report.frequent_misses == (("qqq", None),)
    assert "tokens" not in str(report)


def test_the_report_shows_words_in_brackets_on_a_rich_console(vectors, capsys):
    from rich.console import Console

    report = embeddings.from_vectors(vectors, VOCABULARY).report()
    Console(width=100).print(report)
    assert "[sic]" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda v: embeddings.random([], 4), "vocabulary is empty"),
        (lambda v: embeddings.random(["a", "a"], 4), "'a' 2 times"),
        (lambda v: embeddings.random(["a"], 0), "embedding_dim=0"),
        (lambda v: embeddings.random(["a"], 1.5), "embedding_dim=1.5"),
        (
            lambda v: embeddings.from_vectors(v, ["the"], oov="mean"),
            "oov='mean' is not known; use 'random' or 'zero' or 'case'",
        ),
        (lambda v: embeddings.from_vectors({"the": [1]}, ["the"]), "type dict"),
        (lambda v: embeddings.from_vectors(v, ["[PAD]", "zzz"]), "no word in common"),
        (lambda v: embeddings.from_vectors(v, ["the"]).report([1, 2]), "token_counts"),
        (lambda v: embeddings.from_vectors(v, ["the"]).plot([1, 2]), "token_counts"),
        (lambda v: embeddings.from_vectors(v, ["the"]).plot(words=["x"]), "as 'x'"),
        (lambda v: embeddings.EmbeddingMatrix(np.ones((2, 3)), ["a"], ["zero"]), r"\(2, 3\)"),
        (lambda v: embeddings.EmbeddingMatrix(np.ones(1), ["a"], ["zero"]), r"\(1,\)"),
        (lambda v: embeddings.EmbeddingMatrix(np.ones((1, 3)), ["a"], []), "source"),
        (lambda v: embeddings.EmbeddingMatrix([[np.inf]], ["a"], ["zero"]), "the first for 'a'"),
    ],
)
def test_bad_input_is_one_sentence(vectors, call, message):
    with pytest.raises(InvalidArgumentError, match=message):
        call(vectors)


def test_a_wrong_value_is_named(vectors):
    matrix = embeddings.from_vectors(vectors, VOCABULARY)
    for argument, kind, call in (
        ("embedding_dim", "integer >= 1", lambda value: embeddings.random(["a"], value)),
        ("seed", "integer >= 0", lambda value: embeddings.random(["a"], 2, seed=value)),
        ("seed", "integer >= 0", lambda v: embeddings.from_vectors(vectors, ["the"], seed=v)),
        ("contractions", "boolean", lambda v: embeddings.from_vectors(vectors, [], contractions=v)),
        ("show", "integer >= 0", lambda value: matrix.report(show=value)),
        ("oov", "name", lambda value: embeddings.from_vectors(vectors, ["the"], oov=value)),
    ):
        for value in WRONG[kind]:
            with pytest.raises(InvalidArgumentError, match=f"^{argument}=.* is not (all|known)"):
                call(value)


def test_a_nan_in_the_vectors_is_named_by_its_word(vectors):
    vectors.vectors[vectors.key_to_index["king"], 1] = np.nan
    with pytest.raises(InvalidArgumentError, match="'king'"):
        embeddings.from_vectors(vectors, VOCABULARY)
    # A row that this vocabulary does not use does no harm.
    embeddings.from_vectors(vectors, ["the", "queen"])


@pytest.mark.parametrize("oov", ["random", "zero", "case"])
def test_a_vector_of_zeros_is_no_known_vector(oov):
    vectors = KeyedVectors(2)
    matrix = np.array([[1, 2], [0, 0], [1e-40, 0], [3, 4]], "float32")
    vectors.add_vectors(["king", "Queen", "lost", "queen"], matrix)
    found = embeddings.from_vectors(vectors, ["[PAD]", "king", "Queen", "lost"], oov=oov)
    unknown = "zero" if oov == "zero" else "random"
    expected = "lower case" if oov == "case" else unknown
    assert found.source.tolist() == ["special", "pretrained", expected, unknown]
    assert found.hits == (["king", "Queen"] if oov == "case" else ["king"])
    with pytest.raises(InvalidArgumentError, match="no word in common"):
        embeddings.from_vectors(vectors, ["lost"], oov=oov)


def test_a_contraction_is_not_composed_of_a_vector_of_zeros():
    vectors = KeyedVectors(2)
    vectors.add_vectors(["do", "n't", "king"], np.array([[1, 2], [0, 0], [3, 4]], "float32"))
    found = embeddings.from_vectors(vectors, ["[PAD]", "king", "don't"])
    assert found.source.tolist() == ["special", "pretrained", "random"]


def test_numpy_takes_it_for_an_array():
    """NumPy before 2.0 knows no `copy=None`, which later ones pass."""
    values = np.eye(3, dtype="float32")
    matrix = embeddings.EmbeddingMatrix(values, ["[PAD]", "a", "b"], ["special", "zero", "zero"])
    assert np.array_equal(np.asarray(matrix), np.eye(3))
    assert np.shares_memory(np.asarray(matrix), matrix.values)
    assert not np.shares_memory(matrix.__array__(copy=True), matrix.values)
    assert np.asarray(matrix, "float64").dtype == "float64"
