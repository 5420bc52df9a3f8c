"""The Transformer block against the same computation written out."""

import itertools

import keras
import numpy as np
import pytest
from keras import ops

from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers import LSTM, FeedForward, Residual, SelfAttention, Transformer

MASK = np.array([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]], bool)


def numpy(tensor):
    return ops.convert_to_numpy(tensor)


def random_input(seed, length=5):
    return np.random.default_rng(seed).normal(size=(2, length, 8)).astype("float32")


def with_random_weights(block, *shapes):
    block.build(*shapes)
    rng = np.random.default_rng(9)
    block.set_weights([rng.normal(size=w.shape) * 0.5 for w in block.get_weights()])
    return block


def rms_norm(x, norm):
    return x / np.sqrt(np.mean(x**2, axis=-1, keepdims=True) + 1e-6) * numpy(norm.scale)


def silu(x):
    return x / (1 + np.exp(-x))


def softmax(scores):
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def attention_by_hand(x, context, dense, visible):
    """Two heads of width 4; queries from x, keys and values from the context."""
    q = x @ numpy(dense.query.kernel)
    k, v = context @ numpy(dense.key.kernel), context @ numpy(dense.value.kernel)
    heads = []
    for n in range(2):
        own = slice(4 * n, 4 * n + 4)
        scores = np.where(visible, q[:, own] @ k[:, own].T / 2, -np.inf)
        heads.append(softmax(scores) @ v[:, own])
    return np.concatenate(heads, axis=1) @ numpy(dense.output_projection.kernel)


def test_the_decoder_equals_its_formula_in_numpy():
    """x + attention(norm(x)), then the context, then the gated network; row after row."""
    x = random_input(0)
    context = np.random.default_rng(1).normal(size=(2, 3, 6)).astype("float32")
    context_mask = np.array([[1, 1, 1], [1, 0, 1]], bool)
    block = with_random_weights(
        Transformer(8, 2, 12, positions=None, activation="swiglu", cross_attention=True),
        x.shape,
        context.shape,
    )
    found = block(x, padding_mask=MASK, context=context, context_mask=context_mask)
    own, cross, network = block.self_attention, block.cross_attention, block.feed_forward
    for b in range(2):
        h = x[b]
        normed = rms_norm(h, own.norm)
        visible = np.tril(np.ones((5, 5), bool)) & MASK[b][None, :]
        h = h + attention_by_hand(normed, normed, own.block, visible)
        h = h + attention_by_hand(
            rms_norm(h, cross.norm), context[b], cross.block, context_mask[b][None, :]
        )
        normed, dense = rms_norm(h, network.norm), network.block
        inside = silu(normed @ numpy(dense.gate.kernel)) * (normed @ numpy(dense.up.kernel))
        h = h + inside @ numpy(dense.down.kernel)
        np.testing.assert_allclose(numpy(found)[b][MASK[b]], h[MASK[b]], atol=2e-5)


@pytest.mark.parametrize("activation", ["gelu", "gelu_approximate"])
@pytest.mark.parametrize("causal", [True, False])
def test_the_block_of_gpt_2_equals_layers_of_keras(activation, causal):
    x = random_input(2)
    block = with_random_weights(
        Transformer(
            8,
            2,
            causal=causal,
            positions=None,
            normalization="layer_norm",
            norm_epsilon=1e-5,
            activation=activation,
            use_bias=True,
        ),
        x.shape,
    )
    norms = [keras.layers.LayerNormalization(epsilon=1e-5) for _ in range(2)]
    attention = keras.layers.MultiHeadAttention(num_heads=2, key_dim=4)
    up, down = keras.layers.Dense(32), keras.layers.Dense(8)

    def composed(x):
        h = norms[0](x)
        x = x + attention(h, h, attention_mask=MASK[:, None, :], use_causal_mask=causal)
        h = ops.gelu(up(norms[1](x)), approximate=activation == "gelu_approximate")
        return x + down(h)

    composed(x)  # builds the layers
    own, network = block.self_attention, block.feed_forward
    norms[0].set_weights(own.norm.get_weights())
    norms[1].set_weights(network.norm.get_weights())
    up.set_weights(network.block.up.get_weights())
    down.set_weights(network.block.down.get_weights())
    attention.set_weights(
        [
            ours.reshape(theirs.shape)
            for ours, theirs in zip(
                [
                    w
                    for name in ("query", "key", "value", "output_projection")
                    for w in getattr(own.block, name).get_weights()
                ],
                attention.get_weights(),
                strict=True,
            )
        ]
    )
    np.testing.assert_allclose(
        numpy(block(x, padding_mask=MASK))[MASK], numpy(composed(x))[MASK], atol=2e-5
    )


def test_it_is_two_residual_blocks_one_after_the_other():
    """With all that only attention knows: rotary positions, shared keys, a window, norms."""
    x = random_input(3)
    options = {"num_key_value_heads": 1, "sliding_window": 2, "qk_norm": True}
    block = with_random_weights(Transformer(8, 2, 12, activation="swiglu", **options), x.shape)
    attention = Residual(SelfAttention(8, 2, **options))
    network = Residual(FeedForward(8, 12, activation="swiglu", use_bias=False))
    attention.build(x.shape)
    network.build(x.shape)
    attention.set_weights(block.self_attention.get_weights())
    network.set_weights(block.feed_forward.get_weights())
    expected = network(attention(x, padding_mask=MASK))
    np.testing.assert_allclose(numpy(block(x, padding_mask=MASK)), numpy(expected), atol=1e-6)


def test_long_texts_go_round_and_round_in_the_cache_of_a_window():
    x = random_input(4, length=30)
    mask = np.random.default_rng(4).random((2, 30)) < 0.8
    block = Transformer(8, 2, sliding_window=4)
    expected = numpy(block(x, padding_mask=mask))
    state, found = block.initial_state(2, max_length=30), []
    cuts = [0, 9, 10, 11, 12, 15, 18, 27, 28, 29, 30]
    for a, b in itertools.pairwise(cuts):
        y, state = block.step(x[:, a:b], state, padding_mask=mask[:, a:b])
        found.append(numpy(y))
    np.testing.assert_allclose(np.concatenate(found, axis=1)[mask], expected[mask], atol=5e-5)


def test_dropout_is_for_training_alone():
    x = random_input(5)
    block = Transformer(8, 2, dropout=0.5)
    quiet = numpy(block(x))
    np.testing.assert_array_equal(numpy(block(x, training=False)), quiet)
    assert np.abs(numpy(block(x, training=True)) - quiet).max() > 1e-3


def test_attention_weights_are_those_of_the_attention_inside():
    x, mask = random_input(6), np.array([[True] * 5, [True] * 3 + [False] * 2])
    block = Transformer(8, 2)
    y, scores = block(x, padding_mask=mask, return_attention_scores=True)
    np.testing.assert_array_equal(numpy(y), numpy(block(x, padding_mask=mask)))
    inner = block.self_attention
    _, expected = inner.block(inner.norm(x), padding_mask=mask, return_attention_scores=True)
    np.testing.assert_array_equal(numpy(scores), numpy(expected))


def test_attention_weights_of_two_kinds_have_names():
    x, context = random_input(6), np.zeros((2, 3, 6), "float32")
    block = Transformer(8, 2, cross_attention=True)
    y, scores = block(x, context=context, return_attention_scores=True)
    shapes = {name: tuple(each.shape) for name, each in scores.items()}
    assert shapes == {"self_attention": (2, 2, 5, 5), "cross_attention": (2, 2, 5, 3)}
    np.testing.assert_array_equal(numpy(y), numpy(block(x, context=context)))


def test_symbolic_attention_weights_have_the_eager_shapes():
    x, context = random_input(6), np.zeros((2, 3, 6), "float32")
    symbols = keras.Input((5, 8)), keras.Input((3, 6))
    for block in (
        Transformer(8, 2),
        Transformer(8, 2, cross_attention=True),
        Residual(Transformer(8, 2, cross_attention=True)),
        Residual(SelfAttention(8, 2)),
    ):
        found = []
        for values, source in ((x, context), symbols):
            seen = {"context": source} if block.uses_context else {}
            y, scores = block(values, return_attention_scores=True, **seen)
            leaves = keras.tree.flatten((y, scores))
            dtypes = [keras.backend.standardize_dtype(leaf.dtype) for leaf in leaves]
            found.append(
                [(tuple(leaf.shape[1:]), d) for leaf, d in zip(leaves, dtypes, strict=True)]
            )
        assert found[0] == found[1]


@pytest.mark.parametrize(
    "make",
    [lambda: Transformer(8, 2), lambda: Residual(LSTM(8)), lambda: Residual(Transformer(8, 2))],
)
def test_a_context_that_nothing_reads_is_refused(make):
    """Eagerly, symbolically, and where a state begins."""
    block, x = make(), random_input(6)
    calls = (
        lambda: block(x, context=x),
        lambda: block(x, context_mask=np.ones((2, 5), "bool")),
        lambda: block(keras.Input((5, 8)), context=keras.Input((5, 8))),
        lambda: block.initial_state(2, 5, context=x),
    )
    for call in calls:
        with pytest.raises(InvalidArgumentError, match="was given a context"):
            call()
    assert block(x, context=None).shape == x.shape


def test_scores_of_a_block_without_attention_are_refused():
    block = Residual(LSTM(8))
    for x in (random_input(6), keras.Input((5, 8))):
        with pytest.raises(InvalidArgumentError, match=r"'residual.* has no attention"):
            block(x, return_attention_scores=True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"num_heads": 3}, "num_heads=3 does not divide hidden_dim=8"),
        ({"num_heads": 2, "normalization": "batch_norm"}, "normalization='batch_norm'"),
        ({"num_heads": 2, "activation": "relu"}, "activation='relu'"),
        ({"num_heads": 2, "positions": "learned"}, "positions='learned'"),
        ({"num_heads": 2, "intermediate_dim": 0}, "intermediate_dim=0"),
    ],
)
def test_wrong_arguments_are_named(arguments, message):
    with pytest.raises(InvalidArgumentError, match=message):
        Transformer(8, **arguments)
