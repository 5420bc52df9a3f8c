"""A training that was killed goes on as if it had never been stopped."""

import keras
import numpy as np
import pytest
from keras import ops

from mlm_tf import TextPipeline, build_model
from mlm_tf.errors import InvalidFileError
from mlm_tf.models import MaskedLM
from mlm_tf.training import Perplexity, checkpoints, fit_and_keep_best, make_optimizer
from tests.training.killing import KillAfter, Killed

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


STEPS = len(data()[0])
CASES = [  # killed in the middle, and again before the second epoch
    ("lstm", "adamw", {}, [3, STEPS - 1]),
    ("attention", "muon", {}, [STEPS + 1]),
    (["gru", "transformer"], "adamw", {"task": "masked_lm"}, [STEPS // 2]),
]


@pytest.mark.parametrize(("architecture", "optimizer", "settings", "kills"), CASES)
def test_weights_are_those_of_a_training_that_was_never_stopped(
    architecture, optimizer, settings, kills, tmp_path
):
    whole = model_of(architecture, optimizer, **settings)
    expected = run(whole, tmp_path / "whole")
    for after in kills:
        model = model_of(architecture, optimizer, **settings)
        assert run(model, tmp_path / "cut", after) is None
    model = model_of(architecture, optimizer, **settings)
    found = run(model, tmp_path / "cut")
    check_equal(model, whole)
    assert found.history.keys() == expected.history.keys()
    for name, figures in expected.history.items():
        assert found.history[name] == pytest.approx(figures, rel=1e-6), name
    assert found.best == pytest.approx(expected.best)


def test_callbacks_go_on_from_what_they_remember(tmp_path):
    """Early stopping counts evaluations, and holds arrays."""

    def patient():
        return keras.callbacks.EarlyStopping("val_loss", patience=2, mode="max", verbose=0)

    whole = model_of("gru", "adamw")
    expected = run(whole, tmp_path / "whole", callbacks=[patient()])
    assert len(expected.history["val_loss"]) == 3  # the first is best
    assert run(model_of("gru", "adamw"), tmp_path / "cut", STEPS - 2, [patient()]) is None
    model = model_of("gru", "adamw")
    found = run(model, tmp_path / "cut", callbacks=[patient()])
    assert found.history["val_loss"] == pytest.approx(expected.history["val_loss"])
    check_equal(model, whole)
    again = model_of("gru", "adamw")  # killed when nothing was left but to say what came out
    assert run(again, tmp_path / "cut", 0, [patient()]).best == pytest.approx(expected.best)
    check_equal(again, whole)


def test_one_that_was_killed_after_its_last_batch_has_nothing_left_to_do(tmp_path):
    model, again = model_of("gru", "adamw"), model_of("gru", "adamw")
    expected = run(model, tmp_path)
    found = run(again, tmp_path, 0)
    assert found.history == expected.history and found.best == expected.best
    check_equal(again, model)


def test_a_checkpoint_of_another_model_is_refused(tmp_path):
    assert run(model_of("gru", "adamw"), tmp_path, 3) is None
    with pytest.raises(InvalidFileError, match=r"of another model or optimizer; train with"):
        run(model_of("gru", "adamw", num_layers=2), tmp_path)
