import keras
import numpy as np
import pytest
from keras import ops

from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers import MeanPooling, TfidfPooling
from mlm_tf.preprocessing.tfidf import bag_of_words, fit_tfidf, idf_vector

# Ids 6 to 9 are words; 6 stands in every document and 9 in one.
DOCUMENTS = [[6, 7, 7, 8], [6, 7, 9, 9, 9], [6, 8]]
VOCABULARY_SIZE = 10


@pytest.fixture(scope="module")
def tfidf():
    return fit_tfidf(DOCUMENTS, [f"w{i}" for i in range(VOCABULARY_SIZE)])


@pytest.fixture
def pooling(tfidf):
    layer = TfidfPooling(VOCABULARY_SIZE)
    layer.set_idf(idf_vector(tfidf, VOCABULARY_SIZE))
    return layer


@pytest.fixture(scope="module")
def vectors():
    """One vector an id."""
    return np.random.default_rng(0).normal(size=(VOCABULARY_SIZE, 4)).astype("float32")


def padded(rows, length=6):
    """Rows of ids padded with 0, and their mask."""
    ids = np.array([[*row, *[0] * (length - len(row))] for row in rows], "int32")
    return ids, np.arange(length) < np.array([[len(row)] for row in rows])


def numpy_of(tensor):
    return ops.convert_to_numpy(tensor)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_tfidf_pooling_is_the_sum_over_types_of_gensims_weights(pooling, tfidf, vectors, document):
    ids, mask = padded([document])
    pooled = numpy_of(pooling(vectors[ids], ids, padding_mask=mask))[0]
    types = tfidf[bag_of_words(document)]
    total = sum(weight for _, weight in types)
    expected = sum(weight * vectors[i] for i, weight in types) / total
    np.testing.assert_allclose(pooled, expected, rtol=0, atol=1e-6)


def test_a_type_weighs_more_where_it_occurs_more_often():
    pooling = TfidfPooling(2)
    pooling.set_idf([1.0, 1.0])
    x = np.array([[[0.0], [0.0], [0.0], [4.0]]], "float32")
    assert float(pooling(x, np.array([[0, 0, 0, 1]]))[0, 0]) == 1.0


def test_a_document_of_total_weight_zero_gives_the_plain_mean(pooling, vectors):
    ids, mask = padded([[2, 6, 6, 3], [1, 1]])  # special tokens, and a word of every document
    pooled = numpy_of(pooling(vectors[ids], ids, padding_mask=mask))
    plain = numpy_of(MeanPooling()(vectors[ids], padding_mask=mask))
    np.testing.assert_allclose(pooled, plain, atol=1e-6)


def test_a_document_without_tokens_gives_zeros_even_over_nan(pooling):
    ids, mask = padded([[]])
    pooled = numpy_of(pooling(np.full((1, 6, 4), np.nan, "float32"), ids, padding_mask=mask))
    np.testing.assert_array_equal(pooled, np.zeros((1, 4)))


def test_padding_never_changes_a_tfidf_mean(pooling, vectors):
    """Neither what stands there, an id outside the vocabulary or NaN, nor how much of it."""
    short = numpy_of(pooling(vectors[[[7, 9, 8]]], np.array([[7, 9, 8]])))
    ids = np.array([[7, -1, 9, 8, 99, 9]])
    mask = np.array([[True, False, True, True, False, False]])
    x = np.where(mask[:, :, None], vectors[np.clip(ids, 0, 9)], np.nan)
    np.testing.assert_allclose(numpy_of(pooling(x, ids, padding_mask=mask)), short, atol=1e-6)


def test_before_set_idf_every_token_weighs_the_same(vectors):
    ids, mask = padded(DOCUMENTS)
    pooled = TfidfPooling(VOCABULARY_SIZE)(vectors[ids], ids, padding_mask=mask)
    plain = MeanPooling()(vectors[ids], padding_mask=mask)
    np.testing.assert_allclose(numpy_of(pooled), numpy_of(plain), atol=1e-6)


def model_with(pooling):
    """ids -> vectors with a Keras mask -> one vector a text."""
    ids = keras.Input((6,), dtype="int32")
    x = keras.layers.Embedding(VOCABULARY_SIZE, 4, mask_zero=True)(ids)
    return keras.Model(ids, pooling(x, ids))


def test_tfidf_pooling_respects_the_mask_of_keras(pooling):
    model = model_with(pooling)
    vectors = numpy_of(model.layers[1].embeddings)
    ids, _ = padded([[6, 6]])  # weight zero: the plain mean, without the padding
    np.testing.assert_allclose(model(ids)[0], vectors[6], atol=1e-6)
    assert model.output_shape == (None, 4)


def test_the_idf_is_saved_and_neither_trained_nor_in_the_config(pooling, tmp_path):
    model = model_with(pooling)
    config = TfidfPooling.from_config(pooling.get_config()).get_config()
    assert config == pooling.get_config() and "idf" not in config
    assert [w.name for w in pooling.non_trainable_weights] == ["idf"]
    assert not pooling.trainable_weights
    ids, _ = padded(DOCUMENTS)
    model.compile("adam", "mse")
    model.fit(ids, np.ones((3, 4)), verbose=0)
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(loaded.layers[-1].idf, pooling.idf)
    np.testing.assert_allclose(numpy_of(loaded(ids)), numpy_of(model(ids)), atol=1e-6)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
def test_in_mixed_precision_only_the_result_is_rounded(tfidf, policy):
    """4,000 tokens of weight 10.3 and vectors of 10: their sum overflows float16."""
    layer = TfidfPooling(7, dtype=policy)
    layer.set_idf([0, 0, 0, 0, 0, 0, 10.3])
    pooled = layer(np.full((1, 4000, 1), 10, "float32"), np.full((1, 4000), 6))
    assert keras.backend.standardize_dtype(pooled.dtype) == layer.compute_dtype
    assert float(ops.cast(pooled, "float32")[0, 0]) == 10.0


@pytest.mark.parametrize("size", [0, -1, 2.0, "2", None, True])
def test_the_vocabulary_size_is_a_whole_number_above_0(size):
    with pytest.raises(InvalidArgumentError, match=f"vocabulary_size={size!r}.*integer >= 1"):
        TfidfPooling(size)


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint16", "int64"])
def test_ids_may_be_integers_of_any_kind(pooling, vectors, dtype):
    ids, mask = padded(DOCUMENTS)
    expected = numpy_of(pooling(vectors[ids], ids, padding_mask=mask))
    found = numpy_of(pooling(vectors[ids], ids.astype(dtype), padding_mask=mask))
    np.testing.assert_array_equal(found, expected)


def test_an_id_beyond_the_vocabulary_never_passes_for_a_word(pooling, vectors):
    """As the docstring says: an error on TensorFlow's CPU, NaN on JAX."""
    arguments = vectors[[[7, 8]]], np.array([[7, VOCABULARY_SIZE]])
    if keras.backend.backend() == "tensorflow":
        with pytest.raises(Exception, match=r"indices\[0,1\] = 10 is not in \[0, 10\)"):
            pooling(*arguments)
    else:
        assert np.isnan(numpy_of(pooling(*arguments))).all()


def test_a_document_of_length_0_gives_zeros(pooling):
    pooled = pooling(np.zeros((2, 0, 4), "float32"), np.zeros((2, 0), "int32"))
    np.testing.assert_array_equal(numpy_of(pooled), np.zeros((2, 4)))


@pytest.mark.parametrize(
    ("idf", "message"),
    [
        (np.ones(9), r"shape \(9,\), and vocabulary_size=10"),
        (np.full(10, -1.0), r"-1.0 to -1.0"),
        (np.full(10, np.nan), r"nan to nan"),
    ],
)
def test_idf_values_are_one_a_word_and_not_below_zero(pooling, idf, message):
    with pytest.raises(InvalidArgumentError, match=message):
        pooling.set_idf(idf)
