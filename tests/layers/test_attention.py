import keras
import numpy as np
import pytest
from keras import ops

from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers import SelfAttention
from mlm_tf.layers.attention import rotate


def attention_by_hand(x, wq, wk, wv, wo, num_heads, causal):
    """Formula 4.3 (with the division by sqrt(d)), one position after the other."""
    batch, length, _ = x.shape
    d = wq.shape[1] // num_heads
    result = np.zeros((batch, length, wo.shape[1]))
    for b in range(batch):
        heads = []
        for n in range(num_heads):
            part = slice(n * d, (n + 1) * d)
            q, k, v = x[b] @ wq[:, part], x[b] @ wk[:, part], x[b] @ wv[:, part]
            head = np.zeros((length, d))
            for i in range(length):
                visible = range(i + 1) if causal else range(length)
                scores = np.array([q[i] @ k[j] / np.sqrt(d) for j in visible])
                alpha = np.exp(scores - scores.max())
                alpha /= alpha.sum()
                head[i] = sum(a * v[j] for a, j in zip(alpha, visible, strict=True))
            heads.append(head)
        result[b] = np.concatenate(heads, axis=1) @ wo
    return result


@pytest.mark.parametrize("causal", [True, False])
def test_equals_a_loop_written_from_the_formula(causal):
    x = np.random.default_rng(0).normal(size=(2, 6, 5)).astype("float32")
    attention = SelfAttention(8, num_heads=2, causal=causal, positions=None)
    y = ops.convert_to_numpy(attention(x))
    expected = attention_by_hand(x, *attention.get_weights(), num_heads=2, causal=causal)
    np.testing.assert_allclose(y, expected, atol=1e-5)


@pytest.mark.parametrize("causal", [True, False])
def test_equals_the_keras_layer_given_the_same_weights(causal):
    x = np.random.default_rng(1).normal(size=(2, 6, 8)).astype("float32")
    mask = np.arange(6)[None, :] < np.array([[6], [4]])
    ours = SelfAttention(8, num_heads=2, causal=causal, positions=None)
    theirs = keras.layers.MultiHeadAttention(num_heads=2, key_dim=4, use_bias=False)
    ours.build(x.shape)
    theirs.build(x.shape, x.shape)
    query, key, value, output = ours.get_weights()
    per_head = [kernel.reshape(8, 2, 4) for kernel in (query, key, value)]
    theirs.set_weights([*per_head, output.reshape(2, 4, 8)])
    expected = theirs(x, x, attention_mask=mask[:, None, :], use_causal_mask=causal)
    np.testing.assert_allclose(
        ops.convert_to_numpy(ours(x, padding_mask=mask))[mask],
        ops.convert_to_numpy(expected)[mask],
        atol=1e-5,
    )


def test_rotary_attention_depends_on_distance_alone():
    """Padding in front takes no position, so it shifts nothing."""
    x = np.random.default_rng(2).normal(size=(1, 5, 8)).astype("float32")
    shifted = np.concatenate([np.zeros((1, 3, 8), "float32"), x], axis=1)
    mask = np.arange(8)[None, :] >= 3
    attention = SelfAttention(8, num_heads=2)
    np.testing.assert_allclose(
        ops.convert_to_numpy(attention(shifted, padding_mask=mask))[:, 3:],
        ops.convert_to_numpy(attention(x)),
        atol=1e-5,
    )


def test_rotary_positions_tell_the_order_and_none_does_not():
    x = np.random.default_rng(3).normal(size=(1, 4, 8)).astype("float32")
    swapped = x[:, [1, 0, 2, 3]]
    last = {}
    for positions in ("rotary", None):
        attention = SelfAttention(8, num_heads=2, positions=positions)
        last[positions] = np.abs(
            ops.convert_to_numpy(attention(x) - attention(swapped))[:, -1]
        ).max()
    assert last["rotary"] > 1e-3
    assert last[None] < 1e-6


def test_rotation_keeps_lengths():
    x = np.random.default_rng(4).normal(size=(1, 3, 2, 8)).astype("float32")
    turned = ops.convert_to_numpy(rotate(x, np.array([[0, 5, 1000]], "int32")))
    np.testing.assert_allclose(
        np.linalg.norm(turned, axis=-1), np.linalg.norm(x, axis=-1), rtol=1e-5
    )
    np.testing.assert_allclose(turned[:, 0], x[:, 0], atol=1e-6)


def test_a_token_beyond_the_cache_harms_no_earlier_one():
    x = np.random.default_rng(5).normal(size=(1, 4, 8)).astype("float32")
    attention = SelfAttention(8, num_heads=2)
    full = attention.initial_state(1, max_length=3)
    _, state = attention.step(x[:, :3], full)
    _, after = attention.step(x[:, 3:], state)
    np.testing.assert_array_equal(
        ops.convert_to_numpy(after["keys"])[:, :3], ops.convert_to_numpy(state["keys"])[:, :3]
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"hidden_dim": 10, "num_heads": 3}, "num_heads=3 does not divide hidden_dim=10"),
        ({"hidden_dim": 8, "num_heads": 0}, "num_heads=0"),
        ({"hidden_dim": 6, "num_heads": 2}, "head_dim=3 .* is odd"),
        ({"hidden_dim": 8, "num_heads": 2, "positions": "learned"}, "positions='learned'"),
    ],
)
def test_wrong_arguments_are_named(arguments, message):
    with pytest.raises(InvalidArgumentError, match=message):
        SelfAttention(**arguments)
