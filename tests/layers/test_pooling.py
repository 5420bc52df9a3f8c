"""Pooling layers: each its formula, and all of them the same rules about padding."""

import keras
import numpy as np
import pytest
from keras import ops

from mlm_tf.layers import LSTM, AttentionPooling, LastPooling, MaxPooling, MeanPooling

DIM = 5


def attention_by_hand(row, query):
    scores = row @ query / np.sqrt(row.shape[1])
    weights = np.exp(scores) / np.exp(scores).sum()
    return weights @ row


# What each makes of the vectors of one text, (tokens, dim); the query is that of AttentionPooling.
FORMULAS = {
    MeanPooling: lambda row, query: row.mean(axis=0),
    LastPooling: lambda row, query: row[-1],
    MaxPooling: lambda row, query: row.max(axis=0),
    AttentionPooling: attention_by_hand,
}
poolings = pytest.mark.parametrize("pooling", FORMULAS)

MASK = np.array([[1, 1, 1, 1], [1, 1, 0, 0], [1, 0, 1, 0], [0, 0, 1, 0]], bool)


def numpy_of(tensor):
    return ops.convert_to_numpy(tensor)


def random(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def with_random_query(pooling, dim=DIM, dtype=None):
    """A layer; where it has a query, one that is not zero."""
    layer = pooling(dtype=dtype)
    layer.build((None, None, dim))
    layer.set_weights([2 * random(dim, seed=1) for _ in layer.weights])
    return layer


# === Each formula ===


@pytest.mark.parametrize("mask", [None, MASK], ids=["all", "masked"])
@poolings
def test_equals_the_formula_over_the_tokens_of_each_text(pooling, mask):
    x = random(4, 4, DIM) - 2  # mostly below zero, so that padding taken for 0 would be the maximum
    layer = with_random_query(pooling)
    rows = x if mask is None else [row[keep] for row, keep in zip(x, mask, strict=True)]
    query = layer.get_weights()[0] if layer.weights else None
    expected = [FORMULAS[pooling](row, query) for row in rows]
    np.testing.assert_allclose(numpy_of(layer(x, padding_mask=mask)), expected, atol=1e-5)


def test_after_a_recurrent_block_the_last_vector_is_its_hidden_state():
    mask = np.arange(6) < np.array([[6], [2], [4]])
    y, state = LSTM(DIM)(random(3, 6, DIM), padding_mask=mask, return_state=True)
    last = LastPooling()(y, padding_mask=mask)
    np.testing.assert_allclose(numpy_of(last), numpy_of(state["h"]), atol=1e-6)


def test_attention_starts_as_the_plain_mean():
    x = random(4, 4, DIM)
    attention, mean = (layer(x, padding_mask=MASK) for layer in (AttentionPooling(), MeanPooling()))
    np.testing.assert_allclose(numpy_of(attention), numpy_of(mean), atol=1e-6)


def test_attention_stays_finite_where_scores_are_large():
    layer = AttentionPooling()
    layer.build((None, None, 1))
    layer.set_weights([np.array([1.0])])
    x = np.array([[[1000.0], [2000.0], [-2000.0]]], "float32")  # exp(2000) is infinite
    np.testing.assert_allclose(numpy_of(layer(x)), [[2000.0]])


def test_attention_learns_which_token_matters():
    """The label stands in the token whose second number is 1, at a place that varies."""
    rng = np.random.default_rng(0)
    where, labels = rng.integers(0, 6, size=256), rng.integers(0, 2, size=256)
    x = np.stack([rng.normal(size=(256, 6)), np.zeros((256, 6))], axis=-1).astype("float32")
    x[np.arange(256), where] = np.stack([2.0 * labels - 1, np.ones(256)], axis=-1)
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.Input((None, 2)), AttentionPooling(), keras.layers.Dense(1, activation="sigmoid")]
    )
    model.compile(keras.optimizers.Adam(0.1), "binary_crossentropy", metrics=["accuracy"])
    model.fit(x, labels, batch_size=64, epochs=25, verbose=0)
    assert model.evaluate(x, labels, verbose=0, return_dict=True)["accuracy"] > 0.95
    first, second = model.layers[0].get_weights()[0]
    assert second > 2 and abs(first) < second / 2


# === Padding ===


@poolings
def test_padding_changes_no_output_even_if_it_is_nan(pooling):
    x = random(4, 4, DIM)
    layer = with_random_query(pooling)
    nan = layer(np.where(MASK[:, :, None], x, np.nan), padding_mask=MASK)
    np.testing.assert_array_equal(numpy_of(nan), numpy_of(layer(x, padding_mask=MASK)))


@poolings
def test_padding_changes_no_gradient(pooling):
    """One step of training on rows with other padding ends in the same weights."""
    x = random(4, 4, DIM)
    start = random(DIM, DIM, seed=2)

    def weights_after_a_step(x):
        inputs, padding_mask = keras.Input((4, DIM)), keras.Input((4,), dtype="bool")
        before = keras.layers.Dense(DIM, use_bias=False)
        y = with_random_query(pooling)(before(inputs), padding_mask=padding_mask)
        model = keras.Model([inputs, padding_mask], y)
        before.set_weights([start])
        model.compile("sgd", "mse")
        model.train_on_batch([x, MASK], random(4, DIM, seed=3))
        return model.get_weights()

    other = np.where(MASK[:, :, None], x, 100)
    found = weights_after_a_step(x)
    for a, b in zip(found, weights_after_a_step(other), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)
    assert np.abs(found[0] - start).max() > 1e-4


def test_nan_in_padding_does_not_reach_the_query():
    """Its gradient would be zero times NaN."""
    x = np.where(MASK[:, :, None], random(4, 4, DIM), np.nan)
    inputs, padding_mask = keras.Input((4, DIM)), keras.Input((4,), dtype="bool")
    layer = with_random_query(AttentionPooling)
    model = keras.Model([inputs, padding_mask], layer(inputs, padding_mask=padding_mask))
    before = layer.get_weights()[0]
    model.compile("sgd", "mse")
    model.train_on_batch([x, MASK], random(4, DIM, seed=3))
    moved = np.abs(layer.get_weights()[0] - before)
    assert np.isfinite(moved).all() and moved.max() > 1e-6


@poolings
def test_a_row_that_is_all_padding_gives_zeros_even_over_nan(pooling):
    x = np.full((1, 4, DIM), np.nan, "float32")
    pooled = with_random_query(pooling)(x, padding_mask=np.zeros((1, 4), bool))
    np.testing.assert_array_equal(numpy_of(pooled), np.zeros((1, DIM)))


@pytest.mark.parametrize("masked", [True, False])
@poolings
def test_a_text_of_length_0_gives_zeros(pooling, masked):
    mask = np.zeros((2, 0), bool) if masked else None
    pooled = with_random_query(pooling)(np.zeros((2, 0, DIM), "float32"), padding_mask=mask)
    np.testing.assert_array_equal(numpy_of(pooled), np.zeros((2, DIM)))


@poolings
def test_the_mask_of_keras_is_used_and_ends_here(pooling):
    ids = keras.Input((None,), dtype="int32")
    embedding = keras.layers.Embedding(4, DIM, mask_zero=True)
    layer = with_random_query(pooling)
    model = keras.Model(ids, layer(embedding(ids)))
    expected = layer(embedding(np.array([[3, 1]])))
    found = model(np.array([[3, 1, 0, 0]]))
    np.testing.assert_allclose(numpy_of(found), numpy_of(expected), atol=1e-6)
    assert getattr(found, "_keras_mask", None) is None


# === As Keras layers ===


@pytest.mark.parametrize("masked", [True, False])
@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16", "float16"])
@poolings
def test_a_long_text_in_half_precision_does_not_overflow(pooling, policy, masked):
    """The sum of 8,000 tokens of 10 is beyond float16, and their number beyond its precision."""
    layer = with_random_query(pooling, dim=1, dtype=policy)
    mask = np.ones((1, 8000), bool) if masked else None
    pooled = layer(np.full((1, 8000, 1), 10, "float32"), padding_mask=mask)
    assert keras.backend.standardize_dtype(pooled.dtype) == layer.compute_dtype
    assert float(ops.cast(pooled, "float32")[0, 0]) == 10.0


@pytest.mark.parametrize("masked", [True, False])
@poolings
def test_goes_into_a_functional_model_of_any_length_and_is_saved(pooling, masked, tmp_path):
    x, mask = keras.Input((None, DIM)), keras.Input((None,), dtype="bool")
    layer = with_random_query(pooling)
    model = keras.Model([x, mask], layer(x, padding_mask=mask if masked else None))
    assert model.output_shape == (None, DIM)
    model.save(tmp_path / "pooling.keras")
    loaded = keras.saving.load_model(tmp_path / "pooling.keras")
    inputs = [random(4, 4, DIM), MASK]
    np.testing.assert_array_equal(numpy_of(loaded(inputs)), numpy_of(model(inputs)))
    assert loaded.layers[-1].get_config() == layer.get_config()
