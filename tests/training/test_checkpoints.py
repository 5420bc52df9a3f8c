"""A training that was killed goes on as if it had never been stopped."""

import keras
import numpy as np
import pytest
from keras import ops

from mlm_tf import TextPipeline, build_model
from mlm_tf.models import MaskedLM
from mlm_tf.training import Perplexity, checkpoints, fit_and_keep_best, make_optimizer

TEXTS = ["the cat sat on the mat", "the dog sat on the log", "a cat and a dog"] * 8
PIPELINE = TextPipeline.fit(TEXTS)
SIZES = {"length": 8, "batch_size": 2}
EPOCHS, EVALUATIONS = 2, 2


@pytest.fixture(autouse=True)
def at_every_batch(monkeypatch):
    """A checkpoint between any two batches, not every minute."""
    monkeypatch.setattr(checkpoints.Checkpoints.__init__, "__defaults__", (0.0,))


def data(task="causal_lm"):
    return (
        PIPELINE.windows(TEXTS, **SIZES, seed=3, objective=task),
        PIPELINE.windows(TEXTS, **SIZES, shuffle=False, objective=task),
    )


def model_of(architecture, optimizer, dropout=0.2, **settings):
    model = build_model(
        architecture, pipeline=PIPELINE, hidden_dim=8, dropout=dropout, seed=0, **settings
    )
    steps = len(data()[0]) * EPOCHS
    model.compile(make_optimizer(optimizer, steps, 0.02), weighted_metrics=[Perplexity()])
    return model


class Killed(Exception):
    pass


class KillAfter(keras.callbacks.Callback):
    def __init__(self, batches):
        super().__init__()
        self.left = batches

    def get_state(self):
        return {}

    def set_state(self, state):
        pass

    def on_train_batch_begin(self, batch, logs=None):
        if self.left == 0:
            raise Killed
        self.left -= 1


def run(model, folder, kill_after=-1, callbacks=()):
    task = "masked_lm" if isinstance(model, MaskedLM) else "causal_lm"
    (folder / "checkpoints").mkdir(parents=True, exist_ok=True)
    try:
        return fit_and_keep_best(
            model,
            *data(task),
            folder / "m.keras",
            EPOCHS,
            EVALUATIONS,
            overwrite=True,
            progress=False,
            keep="last",
            callbacks=[*callbacks, KillAfter(kill_after)],
            checkpoints=folder / "checkpoints",
        )
    except Killed:
        return None


def values(model):
    return [ops.convert_to_numpy(v) for v in (*model.variables, *model.optimizer.variables)]


def check_equal(model, other):
    for value, expected in zip(values(model), values(other), strict=True):
        np.testing.assert_array_equal(value, expected)


CASES = [
    ("lstm", "adamw", {}),
    ("attention", "muon", {}),
    (["gru", "transformer"], "adamw", {"task": "masked_lm"}),
]


@pytest.mark.parametrize(("architecture", "optimizer", "settings"), CASES)
def test_weights_are_those_of_a_training_that_was_never_stopped(
    architecture, optimizer, settings, tmp_path
):
    """Killed in the middle, and again before the first evaluation of the second epoch."""
    whole = model_of(architecture, optimizer, **settings)
    expected = run(whole, tmp_path / "whole")
    steps = len(data()[0])
    assert run(model_of(architecture, optimizer, **settings), tmp_path / "cut", 3) is None
    again = model_of(architecture, optimizer, **settings)
    assert run(again, tmp_path / "cut", steps - 1) is None
    model = model_of(architecture, optimizer, **settings)
    found = run(model, tmp_path / "cut")
    check_equal(model, whole)
    assert found.history.keys() == expected.history.keys()
    for name, figures in expected.history.items():
        assert found.history[name] == pytest.approx(figures, rel=1e-6), name
    assert found.best == pytest.approx(expected.best)
