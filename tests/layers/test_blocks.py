"""Every kind of block keeps the laws of blocks; `test_layers.py` has the other layers.

Most have two heads, since JAX compiles every operation anew for every shape.
"""

import keras
import pytest

from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers import (
    GRU,
    LSTM,
    RNN,
    Block,
    CrossAttention,
    EmbeddingNorm,
    FeedForward,
    LearnedPositions,
    Residual,
    SelfAttention,
    SinusoidalPositions,
    Transformer,
)
from mlm_tf.layers.testing import check_block

DIM = 8
# A bias that is the same for all keys cancels in the softmax.
KEY_BIAS = ["key/bias"]

BLOCKS = {
    "rnn": lambda: RNN(DIM),
    "gru that changes the width": lambda: GRU(6, dropout=0.2),
    "lstm": lambda: LSTM(DIM),
    "rnn in both directions": lambda: RNN(DIM, bidirectional=True, dropout=0.2),
    "lstm in both directions": lambda: LSTM(DIM, bidirectional=True),
    "residual rnn": lambda: Residual(RNN(DIM), dropout=0.2, normalization="layer_norm"),
    "learned positions": lambda: LearnedPositions(max_sequence_length=12),
    "sinusoidal positions": lambda: SinusoidalPositions(),
    "norm after the embeddings": lambda: EmbeddingNorm("rms_norm", norm_epsilon=1e-3),
    "feed forward": lambda: FeedForward(DIM, dropout=0.2),
    "gated feed forward": lambda: FeedForward(DIM, 12, activation="swiglu", use_bias=False),
    "attention": lambda: SelfAttention(DIM, 2),
    "attention that looks ahead": lambda: SelfAttention(DIM, 2, causal=False, dropout=0.2),
    "attention as formula 4.3 is printed": lambda: SelfAttention(
        DIM, 2, scaled=False, positions=None, use_bias=True
    ),
    "attention with shared keys, normalised": lambda: SelfAttention(
        DIM, 2, num_key_value_heads=1, qk_norm=True, use_bias=True
    ),
    "window of 3, shared keys": lambda: SelfAttention(
        DIM, 2, num_key_value_heads=1, sliding_window=3, positions=None
    ),
    "window longer than the rows": lambda: SelfAttention(DIM, 2, sliding_window=50, dropout=0.2),
    "window on both sides": lambda: SelfAttention(DIM, 2, sliding_window=2, causal=False),
    "residual attention, the norm after the sum": lambda: Residual(
        SelfAttention(DIM, 2),
        normalization="layer_norm",
        norm_epsilon=1e-3,
        normalize_first=False,
    ),
    "cross-attention": lambda: CrossAttention(DIM, 2),
    "cross-attention with all options": lambda: CrossAttention(
        DIM,
        3,
        num_key_value_heads=1,
        scaled=False,
        qk_norm=True,
        use_bias=True,
        dropout=0.2,
        head_dim=4,
        qk_norm_epsilon=1e-2,
    ),
    "residual cross-attention": lambda: Residual(CrossAttention(DIM, 2), dropout=0.2),
    "transformer": lambda: Transformer(DIM, 2),
    "transformer that looks ahead": lambda: Transformer(DIM, 2, 12, causal=False, dropout=0.2),
    "transformer as in GPT-2": lambda: Transformer(
        DIM,
        2,
        positions=None,
        normalization="layer_norm",
        norm_epsilon=1e-5,
        activation="gelu_approximate",
        use_bias=True,
    ),
    "transformer as today": lambda: Transformer(
        DIM,
        2,
        num_key_value_heads=1,
        sliding_window=3,
        activation="swiglu",
        qk_norm=True,
        rope_max_wavelength=100,
        rope_scaling={"rope_type": "linear", "factor": 2.0},
        head_dim=6,
        qkv_bias=True,
    ),
    "decoder of a transformer": lambda: Transformer(DIM, 2, 12, cross_attention=True, dropout=0.2),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_it_keeps_the_laws(name):
    check_block(BLOCKS[name], DIM, without_gradient=KEY_BIAS)


def test_every_kind_of_block_is_in_the_table():
    """As which it is held to them on JAX too, in `make test`."""
    registered = {
        kind
        for name, kind in keras.saving.get_custom_objects().items()
        if name.startswith("mlm_tf>") and issubclass(kind, Block)
    }
    assert {type(make()) for make in BLOCKS.values()} == registered


def test_it_keeps_the_laws_at_another_length_with_other_masks_and_splits():
    check_block(BLOCKS["window of 3, shared keys"], DIM, seed=1)


def test_a_window_of_one_token_reads_that_token():
    """Nothing is left to choose from, so queries and keys have no gradient."""
    check_block(
        lambda: SelfAttention(DIM, 2, sliding_window=1),
        DIM,
        without_gradient=["query/kernel", "key/kernel"],
    )


def test_a_residual_connection_is_around_a_block():
    with pytest.raises(InvalidArgumentError, match="is no Block"):
        Residual(keras.layers.Dense(DIM))


@pytest.mark.parametrize("width", [1, 16])
def test_a_residual_connection_keeps_the_width(width):
    """A width of 1 would be added to every dimension without a word."""
    with pytest.raises(
        InvalidArgumentError, match=f"'inner' gives vectors of {width}, .*, of {DIM};"
    ):
        Residual(LSTM(width, name="inner")).build((None, None, DIM))
