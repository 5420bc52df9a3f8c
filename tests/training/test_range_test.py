"""The learning-rate range test finds rates, and leaves no trace on the model."""

import os
import random
import signal

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from mlm_tf import TextPipeline, build_model
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.training import Perplexity, RangeTest, find_learning_rate, make_optimizer, range_test

TEXTS = ["the cat sat on the mat", "the dog sat on the log", "a cat and a dog"] * 6
PIPELINE = TextPipeline.fit(TEXTS)
QUICK = {"num_steps": 30, "progress": False}


def windows(**settings):
    return PIPELINE.windows(TEXTS, length=8, batch_size=4, seed=1, **settings)


def model_of(architecture="gru"):
    return build_model(architecture, pipeline=PIPELINE, hidden_dim=8, dropout=0.3, seed=0)


def compiled():
    model = model_of()
    optimizer = make_optimizer("adamw", num_steps=40, learning_rate=0.02)
    model.compile(optimizer, weighted_metrics=[Perplexity()])
    return model


def values(model):
    found = [*model.variables, *model.metrics_variables]
    found += [] if model.optimizer is None else model.optimizer.variables
    return [ops.convert_to_numpy(variable) for variable in found]


def check_equal(found, expected):
    for value, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(value, other)


# === What is left ===


def test_a_model_is_afterwards_what_it_was():
    """Trained for a while, tested, and trained on, it is one that was never tested; so is what the
    data would have given next, and what others draw."""
    tested, plain = compiled(), compiled()
    data, other = windows(), windows()
    tested.fit(data, verbose=0)
    plain.fit(other, verbose=0)
    attributes, before = dict(vars(tested)), values(tested)
    states = random.getstate(), np.random.get_state()[1].copy()
    assert len(find_learning_rate(tested, data, **QUICK).losses) > 10
    check_equal(values(tested), before)
    assert vars(tested).keys() == attributes.keys()
    assert all(vars(tested)[name] is value for name, value in attributes.items())
    assert random.getstate() == states[0]
    np.testing.assert_array_equal(np.random.get_state()[1], states[1])
    history, expected = tested.fit(data, verbose=0).history, plain.fit(other, verbose=0).history
    assert history == expected
    check_equal(values(tested), values(plain))


def test_one_that_was_never_compiled_is_not_afterwards():
    tested, plain = model_of("attention"), model_of("attention")
    found = find_learning_rate(tested, windows(), **QUICK)
    assert not tested.compiled and tested.loss is None and not hasattr(tested, "history")
    for model in (tested, plain):
        model.compile("adam")
        model.fit(windows(), verbose=0)
    check_equal(values(tested), values(plain))
    assert (found.learning_rates > 0).all()


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_one_that_is_interrupted_is_what_it_was_too(monkeypatch, error):
    model = compiled()
    attributes, before = dict(vars(model)), values(model)

    def fail(self, loss):
        raise error

    monkeypatch.setattr(range_test.RisingRate, "_end_step", fail)
    with pytest.raises(error):
        find_learning_rate(model, windows(), **QUICK)
    check_equal(values(model), before)
    assert all(vars(model)[name] is value for name, value in attributes.items())
    model.fit(windows(), verbose=0)


def test_a_real_ctrl_c_reaches_the_caller(monkeypatch):
    """Keras swallows an exception while it waits for the figures of a batch; a signal it cannot."""
    model = compiled()
    before = values(model)
    end_step = range_test.RisingRate._end_step

    def press(self, loss):
        end_step(self, loss)
        if len(self.losses) == 5:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(range_test.RisingRate, "_end_step", press)
    with pytest.raises(KeyboardInterrupt):
        find_learning_rate(model, windows(), **QUICK)
    check_equal(values(model), before)


# === What is found ===


def quadratic(size=8):
    """A model of one weight vector, whose gradient descent is known: the loss is the mean square of
    the weights, so that it falls for rates below `size` and grows above it."""
    model = keras.Sequential(
        [keras.Input((size,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")]
    )
    return model, np.eye(size, dtype="float32"), np.zeros((size, 1), "float32")


def test_the_rates_rise_by_the_same_factor_and_the_losses_are_those_of_gradient_descent():
    size = 8
    model, x, y = quadratic(size)
    model.compile("sgd", "mse")
    found = find_learning_rate(
        model, (x, y), min_learning_rate=0.01, max_learning_rate=100, num_steps=81, progress=False
    )
    factors = found.learning_rates[1:] / found.learning_rates[:-1]
    assert factors == pytest.approx(10 ** (4 / 80))
    assert found.learning_rates[0] == pytest.approx(0.01)
    weight, expected = 1.0, []
    for rate in found.learning_rates:  # d/dw mean(w²) = 2 w / size, each weight for itself
        expected.append(weight**2)
        weight *= 1 - rate * 2 / size
    assert found.losses == pytest.approx(expected, rel=1e-3, abs=1e-9)
    assert found.has_diverged and len(found.losses) < 81
    assert 1 < found.lowest < 20
    assert found.suggestion == found.lowest / 10
    assert found.steepest < found.lowest


def test_the_optimizer_is_the_compiled_one_or_the_one_that_is_named():
    model, x, y = quadratic()
    rates = {"min_learning_rate": 0.001, "max_learning_rate": 1.0, **QUICK}
    model.compile(keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(5.0, 3)), "mse")
    by_sgd = find_learning_rate(model, (x, y), **rates)
    model.compile("sgd", "mse")
    np.testing.assert_array_equal(find_learning_rate(model, (x, y), **rates).losses, by_sgd.losses)
    by_lion = find_learning_rate(model, (x, y), "lion", **rates)
    model.compile("lion", "mse")
    np.testing.assert_array_equal(find_learning_rate(model, (x, y), **rates).losses, by_lion.losses)
    assert not np.allclose(by_lion.losses[:5], by_sgd.losses[:5])


def test_any_data_set_of_keras_will_do():
    """A short one is gone through again and again, an endless one as far as it takes."""
    model, x, y = quadratic()
    model.compile("sgd", "mse")
    rates = {"min_learning_rate": 0.01, "max_learning_rate": 1.0, **QUICK}
    expected = find_learning_rate(model, (x, y), **rates).losses
    dataset = tf.data.Dataset.from_tensor_slices((x, y)).batch(8)
    for data in (dataset, dataset.repeat(), dataset.take(-1).filter(lambda x, y: True)):
        found = find_learning_rate(model, data, **rates).losses
        np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_batches_that_are_one_step_are_one_step_here_too():
    """Their loss is the mean of theirs, and their rate one."""
    model, x, y = quadratic()
    model.compile(keras.optimizers.SGD(gradient_accumulation_steps=3), "mse")
    rates = {"min_learning_rate": 0.01, "max_learning_rate": 10.0, **QUICK}
    accumulated = find_learning_rate(model, (x, y), **rates)
    model.compile("sgd", "mse")
    np.testing.assert_allclose(
        accumulated.losses, find_learning_rate(model, (x, y), **rates).losses, rtol=1e-4
    )


def curve(losses, low=1e-5, high=1.0, has_diverged=False):
    losses = np.array(losses, float)
    return RangeTest(np.geomspace(low, high, len(losses)), losses, has_diverged)


def test_a_loss_that_only_varies_suggests_nothing():
    noise = np.random.default_rng(0).normal(3, 0.1, 200)
    assert curve(noise).suggestion is None
    fall = np.interp(np.arange(200), [0, 80, 150, 199], [3, 3, 1, 4])
    assert curve(noise - 3 + fall).suggestion == pytest.approx(
        1e-5 * 1e5 ** (150 / 199) / 10, rel=0.5
    )


def test_one_step_that_went_wrong_blurs_nothing_before_it():
    losses = np.linspace(3, 2, 100)
    ruined = np.append(losses, 1e9)
    assert curve(ruined).lowest == pytest.approx(curve(ruined).learning_rates[99], rel=0.4)
    assert curve(ruined).smoothed[:90] == pytest.approx(curve(losses).smoothed[:90], rel=1e-2)


def test_losses_below_zero_do_not_end_the_test():
    """Four times the least of them would be less than it (a bug of peers)."""
    model, x, y = quadratic()
    model.compile("sgd", lambda y, p: ops.mean(ops.square(p)) - 5.0)
    rates = {"min_learning_rate": 1e-4, "max_learning_rate": 1.0, **QUICK}
    found = find_learning_rate(model, (x, y), **rates)
    assert not found.has_diverged and len(found.losses) == 30 and found.losses[-1] < -4


def test_a_loss_that_is_no_number_ends_the_test_and_is_left_out():
    """The logarithm falls for small steps, and a large one makes the weights negative."""
    model, x, y = quadratic()
    model.compile("sgd", lambda y, p: ops.mean(ops.log(p)) + 10.0)
    found = find_learning_rate(
        model, (x, y), min_learning_rate=0.01, max_learning_rate=100.0, **QUICK
    )
    assert found.has_diverged and len(found.learning_rates) == len(found.losses) < 30
    assert np.isfinite(found.losses).all() and found.lowest == found.learning_rates[-1]


def test_the_plot_marks_what_is_suggested(tmp_path):
    fall = np.interp(np.arange(200), [0, 80, 150, 199], [3, 3, 1, 9])
    figure = curve(fall).plot(tmp_path / "rates.png")
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts[0].startswith("suggestion  0.00") and texts[1].startswith("lowest loss at  0.0")
    assert (tmp_path / "rates.png").read_bytes().startswith(b"\x89PNG")
    assert curve(np.ones(30)).plot().axes[0].texts[0].get_text().startswith("lowest")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"min_learning_rate": 0}, "min_learning_rate=0 "),
        ({"max_learning_rate": 1e-7}, "max_learning_rate=1e-07 "),
        ({"num_steps": 3}, "num_steps=3"),
        ({"progress": "no"}, "progress='no'"),
        ({"optimizer": "adagram"}, "optimizer='adagram' is not allowed; use adamw, muon"),
    ],
)
def test_wrong_arguments_are_named_in_one_sentence(arguments, message):
    model, x, y = quadratic()
    model.compile("sgd", "mse")
    with pytest.raises(InvalidArgumentError, match=message) as error:
        find_learning_rate(model, (x, y), **arguments)
    assert "\n" not in str(error.value)


def test_models_that_cannot_be_tested_are_refused():
    model, x, y = quadratic()
    with pytest.raises(InvalidArgumentError, match="without a loss, or not at all; compile it"):
        find_learning_rate(model, (x, y), progress=False)
    assert not model.compiled
    unbuilt = keras.Sequential([keras.layers.Dense(1)])
    unbuilt.compile("sgd", "mse")
    with pytest.raises(InvalidArgumentError, match="Sequential has no weights yet"):
        find_learning_rate(unbuilt, (x, y), progress=False)
    model.compile("sgd", "mse")
    with pytest.raises(InvalidArgumentError, match="first loss is nan"):
        find_learning_rate(model, (x * np.nan, y), progress=False)
