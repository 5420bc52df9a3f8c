import keras
import numpy as np
import pytest
from keras import ops

from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers import CrossAttention, Residual, Transformer

SOURCE_MASK = np.array([[1, 1, 1, 1, 1], [1, 1, 0, 1, 0]], bool)


def numpy(tensor):
    return ops.convert_to_numpy(tensor)


def random_inputs(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(2, 4, 8)).astype("float32")
    return x, rng.normal(size=(2, 5, 6)).astype("float32")  # a context of another width


def with_random_weights(attention, *shapes):
    attention.build(*shapes)
    rng = np.random.default_rng(9)
    attention.set_weights([rng.normal(size=w.shape) * 0.5 for w in attention.get_weights()])
    return attention


@pytest.mark.parametrize("scaled", [True, False])
@pytest.mark.parametrize("num_key_value_heads", [1, 2])
def test_equals_a_loop_written_from_the_formula(scaled, num_key_value_heads):
    """Formula 4.3, i in the target and j in the source."""
    x, context = random_inputs(0)
    attention = with_random_weights(
        CrossAttention(8, 2, num_key_value_heads, scaled=scaled), x.shape, context.shape
    )
    wq, wk, wv, wo = attention.get_weights()
    expected = np.zeros((2, 4, 8))
    for b, i in np.ndindex(2, 4):
        for n in range(2):
            own = slice(4 * n, 4 * n + 4)
            of_keys = own if num_key_value_heads == 2 else slice(0, 4)
            q = x[b, i] @ wq[:, own]
            k, v = context[b] @ wk[:, of_keys], context[b] @ wv[:, of_keys]
            visible = np.flatnonzero(SOURCE_MASK[b])
            e = np.array([np.exp(q @ k[j] / (2 if scaled else 1)) for j in visible])
            expected[b, i, own] = sum(a * v[j] for a, j in zip(e / e.sum(), visible, strict=True))
    found = attention(x, context=context, context_mask=SOURCE_MASK)
    np.testing.assert_allclose(numpy(found), expected @ wo, atol=1e-5)


@pytest.mark.parametrize("use_bias", [True, False])
@pytest.mark.parametrize("mask", [None, SOURCE_MASK], ids=["no padding", "padding"])
def test_equals_the_keras_layer_given_the_same_weights(use_bias, mask):
    x, context = random_inputs(1)
    ours = with_random_weights(
        CrossAttention(8, num_heads=2, use_bias=use_bias), x.shape, context.shape
    )
    theirs = keras.layers.MultiHeadAttention(num_heads=2, key_dim=4, use_bias=use_bias)
    theirs.build(x.shape, context.shape)
    weights = [w for dense in (ours.query, ours.key, ours.value) for w in dense.get_weights()]
    output, *output_bias = ours.output_projection.get_weights()
    theirs.set_weights(
        [
            *(w.reshape(*w.shape[:-1], 2, 4) for w in weights),
            output.reshape(2, 4, 8),
            *output_bias,
        ]
    )
    expected, expected_scores = theirs(
        x,
        context,
        attention_mask=None if mask is None else mask[:, None, :],
        return_attention_scores=True,
    )
    found, scores = ours(x, context=context, context_mask=mask, return_attention_scores=True)
    np.testing.assert_allclose(numpy(found), numpy(expected), atol=1e-5)
    np.testing.assert_allclose(numpy(scores), numpy(expected_scores), atol=1e-5)


def test_attention_weights_sum_to_one_and_are_zero_at_padding():
    x, context = random_inputs(2)
    attention = CrossAttention(8, num_heads=2, dtype="mixed_bfloat16")
    _, scores = attention(
        x, context=context, context_mask=SOURCE_MASK, return_attention_scores=True
    )
    assert keras.backend.standardize_dtype(scores.dtype) == "float32"
    assert scores.shape == (2, 2, 4, 5)
    np.testing.assert_allclose(numpy(scores).sum(axis=-1), 1, atol=1e-5)
    np.testing.assert_array_equal(numpy(scores)[1][..., ~SOURCE_MASK[1]], 0)


def test_a_source_that_is_all_padding_gives_finite_numbers():
    x, context = random_inputs(3)
    attention = CrossAttention(8, num_heads=2)
    y = attention(x, context=context, context_mask=np.zeros((2, 5), bool))
    assert np.isfinite(numpy(y)).all()


def test_the_source_is_projected_once_and_its_state_never_changes():
    x, context = random_inputs(4)
    attention = CrossAttention(8, num_heads=2, num_key_value_heads=1)
    start = attention.initial_state(2, 10, context=context, context_mask=SOURCE_MASK)
    _, state = attention.step(x, start)
    assert {name: tuple(leaf.shape) for name, leaf in start.items()} == {
        "keys": (2, 5, 4),
        "values": (2, 5, 4),
        "mask": (2, 5),
    }
    for name in start:
        np.testing.assert_array_equal(numpy(state[name]), numpy(start[name]))


@pytest.mark.parametrize(
    "make",
    [
        lambda: CrossAttention(8, 2, name="reader"),
        lambda: Residual(CrossAttention(8, 2, name="reader")),
        lambda: Transformer(8, 2, cross_attention=True),
    ],
    ids=["cross-attention", "residual", "transformer"],
)
def test_a_context_is_asked_for(make):
    x, _ = random_inputs(5)
    block = make()
    assert block.uses_context
    with pytest.raises(InvalidArgumentError, match="was given no context"):
        block(x)
    with pytest.raises(InvalidArgumentError, match="was given no context"):
        make().initial_state(2, max_length=4)


def test_symbolic_scores_have_their_shape():
    inputs, context = keras.Input((None, 8)), keras.Input((None, 6))
    y, scores = CrossAttention(8, num_heads=2)(
        inputs, context=context, return_attention_scores=True
    )
    assert y.shape == (None, None, 8) and scores.shape == (None, 2, None, None)
