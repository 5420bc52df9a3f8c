"""Vectors learned from the texts at hand: alike words are near, and the seed decides."""

import numpy as np
import pytest

from mlm_tf import TextPipeline, embeddings
from mlm_tf.corpora import TextStream
from mlm_tf.errors import EmptyCorpusError, InvalidArgumentError
from tests.wrong_values import WRONG

ROYAL, ANIMALS = ["king", "queen", "crown", "throne"], ["cat", "dog", "fur", "tail"]


@pytest.fixture(scope="module")
def texts():
    """Sentences of three words, all of one topic; "and" stands in every one."""
    rng = np.random.default_rng(0)
    topics = [ROYAL if i % 2 else ANIMALS for i in range(200)]
    return [" and ".join(rng.choice(topic, 3, replace=False)) for topic in topics]


@pytest.fixture(scope="module")
def pipeline(texts):
    return TextPipeline.fit([*texts, "zebra zebra"])


def word2vec(texts, pipeline, seed=0, **settings):
    settings = {"embedding_dim": 6, "progress": False, **settings}
    return embeddings.from_word2vec(texts, pipeline, seed=seed, **settings)


def tfidf(texts, pipeline, seed=0):
    return embeddings.from_tfidf(texts, pipeline, embedding_dim=3, seed=seed)


both = pytest.mark.parametrize("make", [tfidf, word2vec])


def cosines(matrix, first, second):
    unit = matrix.values / np.linalg.norm(matrix.values, axis=1, keepdims=True)
    rows, columns = ([matrix.vocabulary.index(w) for w in words] for words in (first, second))
    return unit[rows] @ unit[columns].T


@both
def test_words_of_one_topic_are_nearer_than_those_of_two(make, texts, pipeline):
    matrix = make(texts * 30, pipeline)  # word2vec passes most occurrences of frequent words over
    within = min(cosines(matrix, ROYAL, ROYAL).min(), cosines(matrix, ANIMALS, ANIMALS).min())
    assert within > cosines(matrix, ROYAL, ANIMALS).max()


@both
def test_the_same_seed_gives_the_same_matrix(make, texts, pipeline):
    assert (make(texts, pipeline).values == make(texts, pipeline).values).all()
    assert (make(texts, pipeline).values != make(texts, pipeline, seed=1).values).any()


@both
def test_words_that_no_text_holds_get_rows_like_the_known_ones(make, texts, pipeline):
    matrix = make(texts, pipeline)
    assert "zebra" in matrix.misses and "king" in matrix.hits
    assert matrix.source[pipeline.vocabulary.index("zebra")] == "random"
    assert set(matrix.source[:6]) == {"special"}
    known, unknown = (matrix.values[matrix.source == s] for s in (make.__name__, "random"))
    assert 0.1 < unknown.std() / known.std() < 10


@both
def test_texts_may_be_an_iterator_or_a_stream(make, texts, pipeline, tmp_path):
    (tmp_path / "texts.txt").write_text("\n".join(texts), encoding="utf-8")
    wanted = make(texts, pipeline).values
    assert (make(iter(texts), pipeline).values == wanted).all()
    assert (make(TextStream(tmp_path / "texts.txt"), pipeline).values == wanted).all()


def test_tfidf_rows_have_length_one_and_words_of_every_text_have_none(texts, pipeline):
    matrix = tfidf(texts, pipeline)
    lengths = np.linalg.norm(matrix.values[matrix.source == "tfidf"], axis=1)
    np.testing.assert_allclose(lengths, 1, rtol=1e-5)
    assert "and" in matrix.misses  # in every text: its idf is 0


def test_tfidf_is_the_factorisation_of_the_weighted_matrix(texts, pipeline):
    """Against NumPy's own SVD of the dense matrix, whose rows agree up to the signs of columns."""
    from mlm_tf.preprocessing import bag_of_words

    model, dense = pipeline.tfidf(texts), np.zeros((pipeline.vocabulary_size, len(texts)))
    for column, row in enumerate(pipeline.encode(texts)):
        for token_id, weight in model[bag_of_words(row)]:
            dense[token_id, column] = weight
    u, s, _ = np.linalg.svd(dense, full_matrices=False)
    matrix = tfidf(texts, pipeline)
    is_known = matrix.source == "tfidf"
    wanted = (u * s)[is_known, :3]
    wanted /= np.linalg.norm(wanted, axis=1, keepdims=True)
    found = matrix.values[is_known]
    np.testing.assert_allclose(found @ found.T, wanted @ wanted.T, atol=1e-5)


def test_more_dimensions_than_texts_is_one_sentence_with_the_remedy(texts, pipeline):
    with pytest.raises(InvalidArgumentError, match="sentences instead of documents") as error:
        embeddings.from_tfidf(texts[:3], pipeline, embedding_dim=5)
    assert "embedding_dim=5" in str(error.value) and "3 texts" in str(error.value)
    assert "\n" not in str(error.value)


def test_a_window_does_not_reach_into_the_next_text(pipeline):
    """Alone in its text a word has no neighbour, so its vector stays where it started."""
    alone = word2vec(["king", "queen"] * 50, pipeline, epochs=1)
    longer = word2vec(["king", "queen"] * 50, pipeline, epochs=5)
    assert (alone.values == longer.values).all()


def test_subwords_and_characters_have_vectors_too(texts):
    for level in ("character", "subword"):
        matrix = word2vec(texts, TextPipeline.fit(texts, level=level, vocabulary_size=300))
        assert len(matrix.hits) > 5


@both
def test_gensim_logs_nothing(make, texts, pipeline, caplog):
    make(texts, pipeline)
    assert caplog.text == ""


@both
@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        ({"texts": ["qqq"]}, EmptyCorpusError, "no word of the vocabulary"),
        ({"texts": []}, EmptyCorpusError, "no word of the vocabulary"),
        ({"texts": "king"}, InvalidArgumentError, "one string"),
        ({"pipeline": ["king"]}, InvalidArgumentError, "type list.*TextPipeline.fit"),
        ({"seed": -1}, InvalidArgumentError, "seed=-1"),
    ],
)
def test_arguments_that_cannot_work_are_named(make, change, kind, message, texts, pipeline):
    with pytest.raises(kind, match=message) as error:
        make(**{"texts": texts, "pipeline": pipeline, **change})
    assert "\n" not in str(error.value)


KINDS = {
    "embedding_dim": "integer >= 1",
    "window_size": "integer >= 1",
    "epochs": "integer >= 1",
    "seed": "integer >= 0",
    "progress": "boolean",
}


@pytest.mark.parametrize("setting", KINDS)
def test_a_wrong_value_is_named(setting, texts, pipeline):
    given = {"embedding_dim": 4, "progress": False}
    for value in WRONG[KINDS[setting]]:
        with pytest.raises(InvalidArgumentError, match=f"^{setting}=.* is not allowed; use "):
            embeddings.from_word2vec(texts, pipeline, **{**given, setting: value})


def test_word2vec_learns_from_the_end_of_a_long_text_too():
    random = np.random.default_rng(0)
    names = [[f"{letter}{n}" for n in range(20)] for letter in "ab"]
    text = " ".join(word for part in names for word in random.choice(part, 12_000))
    pipeline = TextPipeline.fit([text])
    last = [pipeline.vocabulary.index(word) for word in names[1]]
    one, two = (
        embeddings.from_word2vec([text], pipeline, 4, epochs=n, progress=False).values[last]
        for n in (1, 2)
    )
    assert (one != two).any(axis=1).all()
