"""Every argument of a layer that is a number, a truth value or a name refuses what is none."""

import pytest

from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers import (
    GRU,
    LSTM,
    RNN,
    CrossAttention,
    FeedForward,
    LearnedPositions,
    Residual,
    SelfAttention,
    TfidfPooling,
    TokenEmbedding,
    Transformer,
)
from tests.wrong_values import WRONG

SIZE, SHARE, FLAG, NAME = "integer >= 1", "number >= 0 and < 1", "boolean", "name"
HEADS = {"hidden_dim": SIZE, "num_heads": SIZE, "num_key_value_heads": SIZE}
ATTENTION = {**HEADS, "scaled": FLAG, "qk_norm": FLAG, "use_bias": FLAG, "dropout": SHARE}
NORM = {"normalization": NAME, "norm_epsilon": "number >= 0"}
RECURRENT = {"hidden_dim": SIZE, "bidirectional": FLAG, "dropout": SHARE}

# The layer, arguments that work, and what kind each argument is of.
LAYERS = [
    (RNN, {"hidden_dim": 8}, RECURRENT),
    (GRU, {"hidden_dim": 8}, RECURRENT),
    (LSTM, {"hidden_dim": 8}, RECURRENT),
    (
        SelfAttention,
        {"hidden_dim": 8, "num_heads": 2},
        {**ATTENTION, "causal": FLAG, "positions": NAME, "sliding_window": SIZE},
    ),
    (CrossAttention, {"hidden_dim": 8, "num_heads": 2}, ATTENTION),
    (
        Transformer,
        {"hidden_dim": 8, "num_heads": 2},
        {
            **HEADS,
            **NORM,
            "intermediate_dim": SIZE,
            "causal": FLAG,
            "positions": NAME,
            "sliding_window": SIZE,
            "activation": NAME,
            "qk_norm": FLAG,
            "use_bias": FLAG,
            "cross_attention": FLAG,
            "dropout": SHARE,
        },
    ),
    (
        FeedForward,
        {"hidden_dim": 8},
        {
            "hidden_dim": SIZE,
            "intermediate_dim": SIZE,
            "activation": NAME,
            "use_bias": FLAG,
            "dropout": SHARE,
        },
    ),
    (Residual, {"block": LSTM(8)}, {**NORM, "dropout": SHARE}),
    (LearnedPositions, {"max_sequence_length": 8}, {"max_sequence_length": SIZE}),
    (TfidfPooling, {"vocabulary_size": 8}, {"vocabulary_size": SIZE}),
    (
        TokenEmbedding,
        {"vocabulary_size": 8, "embedding_dim": 4},
        {"vocabulary_size": SIZE, "embedding_dim": SIZE, "tie_weights": FLAG},
    ),
]
ARGUMENTS = [
    pytest.param(layer, given, argument, kind, id=f"{layer.__name__} {argument}")
    for layer, given, kinds in LAYERS
    for argument, kind in kinds.items()
]


@pytest.mark.parametrize(("layer", "given", "argument", "kind"), ARGUMENTS)
def test_a_wrong_value_is_named(layer, given, argument, kind):
    for value in WRONG[kind]:
        with pytest.raises(InvalidArgumentError, match=f"^{argument}=.*; use ") as error:
            layer(**{**given, argument: value})
        assert "\n" not in str(error.value)
