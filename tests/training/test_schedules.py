"""The schedule that rises, stays and falls; and one of updates that are several batches."""

import keras
import numpy as np
import pytest

from mlm_tf.errors import InvalidArgumentError
from mlm_tf.training import PerUpdate, WarmupStableDecay

STEPS = {"warmup_steps": 5, "stable_steps": 10, "decay_steps": 20}


def rates(schedule, steps):
    return np.array([float(schedule(step)) for step in steps])


@pytest.mark.parametrize("decay", ["sqrt", "linear"])
def test_it_rises_stays_and_falls(decay):
    schedule = WarmupStableDecay(0.3, **STEPS, decay=decay)
    found = rates(schedule, range(50))
    np.testing.assert_allclose(found[:6], 0.3 * np.arange(6) / 5, rtol=1e-6)
    np.testing.assert_allclose(found[5:16], 0.3, rtol=1e-6)
    share = np.arange(21) / 20
    expected = 0.3 * (1 - (np.sqrt(share) if decay == "sqrt" else share))
    np.testing.assert_allclose(found[15:36], expected, atol=1e-7)
    assert (found[35:] == 0).all()


@pytest.mark.parametrize(
    ("without", "first", "last"),
    [("warmup_steps", 1.0, 0.0), ("stable_steps", 0.0, 0.0), ("decay_steps", 0.0, 1.0)],
)
def test_any_phase_may_be_missing(without, first, last):
    schedule = WarmupStableDecay(1.0, **{**STEPS, without: 0})
    assert rates(schedule, [0]) == first
    assert rates(schedule, [sum(STEPS.values())]) == pytest.approx(last)
    assert rates(schedule, range(50)).max() == 1


def test_it_is_saved_with_its_optimizer(tmp_path):
    schedule = WarmupStableDecay(0.3, **STEPS, decay="linear")
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(schedule), "mse")
    x = np.ones((8, 1))
    model.fit(x, x, batch_size=1, verbose=0)
    assert float(model.optimizer.learning_rate) == pytest.approx(0.3)  # a tensor in the graph
    model.save(tmp_path / "m.keras")
    again = keras.saving.load_model(tmp_path / "m.keras").optimizer._learning_rate
    assert again.get_config() == schedule.get_config()
    np.testing.assert_array_equal(rates(again, range(40)), rates(schedule, range(40)))


def test_a_schedule_of_updates_is_saved_with_the_one_that_it_holds():
    inner = keras.optimizers.schedules.CosineDecay(0.1, 10)
    schedule = PerUpdate(inner, 3)
    np.testing.assert_array_equal(rates(schedule, range(36)), np.repeat(rates(inner, range(12)), 3))
    again = keras.optimizers.schedules.deserialize(keras.optimizers.schedules.serialize(schedule))
    np.testing.assert_array_equal(rates(again, range(36)), rates(schedule, range(36)))


@pytest.mark.parametrize(
    "wrong",
    [{"warmup_steps": -1}, {"stable_steps": 2.5}, {"decay_steps": None}, {"decay": "cosine"}],
)
def test_what_cannot_be_is_refused(wrong):
    (name,) = wrong
    with pytest.raises(InvalidArgumentError, match=f"^{name}="):
        WarmupStableDecay(0.1, **{**STEPS, **wrong})
    with pytest.raises(InvalidArgumentError, match=r"^learning_rate=0"):
        WarmupStableDecay(0, **STEPS)
