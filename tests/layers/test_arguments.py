"""Every argument of a layer that is a number, a truth value or a name refuses what is none."""

import inspect

import keras
import pytest

from mlm_tf.checks import Checked, declared
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers import (
    GRU,
    LSTM,
    RNN,
    CrossAttention,
    EmbeddingNorm,
    FeedForward,
    LearnedPositions,
    Residual,
    SegmentEmbedding,
    SelfAttention,
    TfidfPooling,
    TokenEmbedding,
    Transformer,
)
from tests.wrong_values import WRONG, kind_of

# Arguments that work.
LAYERS = {
    RNN: {"hidden_dim": 8},
    GRU: {"hidden_dim": 8},
    LSTM: {"hidden_dim": 8},
    SelfAttention: {"hidden_dim": 8, "num_heads": 2},
    CrossAttention: {"hidden_dim": 8, "num_heads": 2},
    Transformer: {"hidden_dim": 8, "num_heads": 2},
    FeedForward: {"hidden_dim": 8},
    Residual: {"block": LSTM(8)},
    LearnedPositions: {"max_sequence_length": 8},
    EmbeddingNorm: {},
    SegmentEmbedding: {"num_segments": 2, "hidden_dim": 8},
    TfidfPooling: {"vocabulary_size": 8},
    TokenEmbedding: {"vocabulary_size": 8, "embedding_dim": 4},
}


def arguments_of(layer) -> list[str]:
    parameters = inspect.signature(layer.__init__).parameters.values()
    return [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD][1:]


def declarations(layer) -> dict[str, Checked]:
    """What an argument may be: as the layer declares it, or what stands inside it."""
    found = {}
    for part in layer(**LAYERS[layer])._flatten_layers():
        found = {**declared(type(part)), **found}
    return {name: found[name] for name in arguments_of(layer) if name in found}


ARGUMENTS = [
    pytest.param(layer, argument, check, id=f"{layer.__name__} {argument}")
    for layer in LAYERS
    for argument, check in declarations(layer).items()
]


@pytest.mark.parametrize(("layer", "argument", "check"), ARGUMENTS)
def test_a_wrong_value_is_named(layer, argument, check):
    for value in WRONG[kind_of(check)]:
        with pytest.raises(InvalidArgumentError, match=f"^{argument}=.*; use ") as error:
            layer(**{**LAYERS[layer], argument: value})
        assert "\n" not in str(error.value)


def test_every_argument_of_every_layer_is_declared():
    """Other layers are no value of a kind."""
    objects = keras.saving.get_custom_objects().items()
    layers = {kind for name, kind in objects if name.startswith("mlm_tf>")}
    layers = {kind for kind in layers if kind.__module__.startswith("mlm_tf.layers.")}
    assert {kind for kind in layers if arguments_of(kind)} == set(LAYERS)
    for layer in LAYERS:
        assert set(arguments_of(layer)) - {"block"} == set(declarations(layer))
