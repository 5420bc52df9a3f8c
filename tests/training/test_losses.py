"""Label smoothing: the formula, and the habits that Keras's own cross-entropy takes."""

import keras
import numpy as np
import pytest
from scipy.special import log_softmax

from mlm_tf import build_model
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.training import SmoothedCrossentropy

SIZE = 7


def drawn(shape=(3, 5)):
    rng = np.random.default_rng(0)
    logits = 3 * rng.normal(size=(*shape, SIZE)).astype("float32")
    weight = (rng.random(shape) * (rng.random(shape) > 0.3)).astype("float32")
    return rng.integers(0, SIZE, shape), logits, weight


def by_hand(y, logits, smoothing):
    """Of each target."""
    log_probs = log_softmax(logits.astype("float64"), axis=-1)
    of_target = np.take_along_axis(log_probs, y[..., None], axis=-1)[..., 0]
    return -(1 - smoothing) * of_target - smoothing * log_probs.mean(axis=-1)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.9])
def test_it_is_the_formula_with_weights(smoothing):
    y, logits, weight = drawn()
    each, loss = by_hand(y, logits, smoothing), SmoothedCrossentropy(smoothing)
    expected = (each * weight).sum() / weight.sum()
    assert float(loss(y, logits, sample_weight=weight)) == pytest.approx(expected, rel=1e-5)
    assert float(loss(y[:, 0], logits[:, 0])) == pytest.approx(each[:, 0].mean(), rel=1e-5)


def test_targets_may_have_an_axis_of_one_as_those_of_keras():
    y, logits, weight = drawn()
    loss = SmoothedCrossentropy(0.1)
    for targets in (y[..., None], y[..., None].astype("float32")):
        assert float(loss(targets, logits, weight)) == float(loss(y, logits, weight))


def test_what_no_weight_counts_may_be_anything_and_one_hot_targets_are_named():
    """pytorch 73205: what is left out of the plain part counted in the other."""
    model = build_model("gru", vocabulary_size=SIZE, hidden_dim=8, seed=0)
    model.compile("sgd", SmoothedCrossentropy(0.2))
    y, _, weight = drawn()
    known = {"sample_weight": weight, "verbose": 0}
    with_others = np.where(weight == 0, -100, y)
    assert model.evaluate(y, with_others, **known) == model.evaluate(y, y, **known)
    with pytest.raises(InvalidArgumentError, match="this loss reads one integer; pass y"):
        model.evaluate(y, np.eye(SIZE)[y], verbose=0)


def test_its_config_is_what_it_was_made_with():
    loss = SmoothedCrossentropy(0.3, reduction="sum", name="doubt")
    again = keras.losses.deserialize(keras.losses.serialize(loss))
    assert type(again) is SmoothedCrossentropy
    assert (again.label_smoothing, again.reduction, again.name) == (0.3, "sum", "doubt")
