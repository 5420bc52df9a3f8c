import math

import keras
import numpy as np
import pytest
from keras import ops

from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers import FeedForward

X = np.random.default_rng(0).normal(size=(2, 3, 4)).astype("float32")


def gelu(x):
    """x Φ(x), Φ the distribution function of the normal distribution."""
    return np.array([v * (1 + math.erf(v / math.sqrt(2))) / 2 for v in x.ravel()]).reshape(x.shape)


def gelu_approximate(x):
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def silu(x):
    return x / (1 + np.exp(-x))


def with_random_weights(layer):
    layer.build(X.shape)
    rng = np.random.default_rng(1)
    layer.set_weights([rng.normal(size=w.shape) for w in layer.get_weights()])
    return layer


@pytest.mark.parametrize(
    ("activation", "f"), [("gelu", gelu), ("gelu_approximate", gelu_approximate)]
)
def test_equals_the_formula(activation, f):
    layer = with_random_weights(FeedForward(4, intermediate_dim=6, activation=activation))
    up, up_bias, down, down_bias = layer.get_weights()
    expected = f(X @ up + up_bias) @ down + down_bias
    np.testing.assert_allclose(ops.convert_to_numpy(layer(X)), expected, atol=1e-5)


def test_the_two_forms_of_gelu_differ():
    """By less than a thousandth, which is more than the tolerance of the tests above."""
    x = np.linspace(-3, 3, 50)
    assert 1e-4 < np.abs(gelu(x) - gelu_approximate(x)).max() < 1e-3


def test_swiglu_equals_the_formula():
    layer = with_random_weights(FeedForward(4, 6, activation="swiglu", use_bias=False))
    up, gate, down = (
        ops.convert_to_numpy(dense.kernel) for dense in (layer.up, layer.gate, layer.down)
    )
    expected = (silu(X @ gate) * (X @ up)) @ down
    np.testing.assert_allclose(ops.convert_to_numpy(layer(X)), expected, atol=1e-5)


def test_a_gate_costs_no_weights():
    """Three projections of two thirds of the width are as many weights as two of the whole."""
    plain = FeedForward(12, use_bias=False)
    gated = FeedForward(12, use_bias=False, activation="swiglu")
    for layer in (plain, gated):
        layer.build((None, None, 12))
    assert plain.intermediate_dim == 48 and gated.intermediate_dim == 32
    assert plain.count_params() == gated.count_params() == 2 * 12 * 48


def test_its_state_is_empty():
    layer = FeedForward(4)
    assert keras.tree.flatten(layer.initial_state(2, 5)) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"hidden_dim": 0}, "hidden_dim=0"),
        ({"hidden_dim": 4, "intermediate_dim": 0}, "intermediate_dim=0"),
        ({"hidden_dim": 4, "activation": "relu"}, "activation='relu'"),
    ],
)
def test_wrong_arguments_are_named(arguments, message):
    with pytest.raises(InvalidArgumentError, match=message):
        FeedForward(**arguments)
