"""A training that was killed goes on as if it had never been stopped."""

import logging

import keras
import numpy as np
import pytest
from keras import ops

from mlm_tf import TextPipeline, build_model
from mlm_tf.errors import InvalidArgumentError, InvalidFileError, MissingFileError, MlmError
from mlm_tf.models import MaskedLM
from mlm_tf.preprocessing.windows import stream_windows
from mlm_tf.training import Checkpoints, Perplexity, fit_and_keep_best, make_optimizer
from tests.training.killing import KillAfter, Killed

TEXTS = ["the cat sat on the mat", "the dog sat on the log", "a cat and a dog"] * 8
PIPELINE = TextPipeline.fit(TEXTS)
SIZES = {"length": 8, "batch_size": 2}
EPOCHS, EVALUATIONS = 2, 2


def data(task="causal_lm"):
    return (
        PIPELINE.windows(TEXTS, **SIZES, seed=3, objective=task),
        PIPELINE.windows(TEXTS, **SIZES, shuffle=False, objective=task),
    )


def model_of(
    architecture,
    optimizer,
    dropout=0.2,
    of_optimizer=(),
    precision=None,
    at_once=1,
    rank=None,
    **settings,
):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision or before)
    try:
        model = build_model(
            architecture, pipeline=PIPELINE, hidden_dim=8, dropout=dropout, seed=0, **settings
        )
    finally:
        keras.config.set_dtype_policy(before)
    if rank is not None:
        model.enable_lora(rank, seed=0)
    steps = len(data()[0]) * EPOCHS
    optimizer = make_optimizer(optimizer, steps, 0.02, **dict(of_optimizer))
    model.compile(optimizer, weighted_metrics=[Perplexity()], steps_per_execution=at_once)
    return model


def run(model, folder, kill_after=-1, callbacks=(), minutes=5.0):
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
            checkpoint_minutes=minutes,
        )
    except Killed:
        return None


def values(model):
    return [ops.convert_to_numpy(v) for v in (*model.variables, *model.optimizer.variables)]


def check_equal(model, other):
    for value, expected in zip(values(model), values(other), strict=True):
        np.testing.assert_array_equal(value, expected)


STEPS = len(data()[0])
CASES = [  # killed after so many batches: within an evaluation's, at its end, before any
    ("lstm", "adamw", {}, [STEPS // 2 + 1, STEPS - 1]),
    ("attention", "muon", {}, [STEPS + 1]),
    pytest.param("attention", "adamw", {"rank": 2}, [STEPS // 2 + 1], marks=pytest.mark.slow),
    (["gru", "transformer"], "adamw", {"task": "masked_lm"}, [1, STEPS // 2]),
    (
        "gru",
        "muon",
        {"of_optimizer": {"accumulation_steps": 4, "ema_momentum": 0.8}},
        [STEPS // 2 + 1],
    ),
    ("gru", "adamw", {"precision": "mixed_float16"}, [STEPS - 1]),
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
    assert found.history == expected.history and found.best == expected.best


def test_callbacks_go_on_from_what_they_remember(tmp_path):
    """Early stopping counts evaluations, and holds weights; what it was told is the caller's."""

    def patient():
        return keras.callbacks.EarlyStopping(
            "val_loss", min_delta=0.001, patience=2, mode="max", restore_best_weights=True
        )

    whole = model_of("gru", "adamw")
    expected = run(whole, tmp_path / "whole", callbacks=[patient()])
    assert len(expected.history["val_loss"]) == 3  # the first is best
    assert run(model_of("gru", "adamw"), tmp_path / "cut", STEPS - 2, [patient()]) is None
    model, callback = model_of("gru", "adamw"), patient()
    found = run(model, tmp_path / "cut", callbacks=[callback])
    assert callback.min_delta == 0.001 and callback.best == expected.history["val_loss"][0]
    assert found.history["val_loss"] == pytest.approx(expected.history["val_loss"])
    check_equal(model, whole)
    again = model_of("gru", "adamw")  # killed when nothing was left but to say what came out
    assert run(again, tmp_path / "cut", 0, [patient()]).best == pytest.approx(expected.best)
    check_equal(again, whole)


def goes_on(folder, callback, epochs):
    """`fit` to the end of an epoch, from where the checkpoints end."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    writer = Checkpoints(folder, [callback], minutes=0)
    writer.resume(model)
    data, begun = np.ones((6, 1)), writer.evaluations
    settings = {"batch_size": 1, "epochs": epochs, "initial_epoch": begun, "verbose": 0}
    model.fit(data, data, callbacks=[callback, writer], **settings)
    return callback


class Remembers(keras.callbacks.Callback):
    def __init__(self, state=None):
        super().__init__()
        self.state = state

    def get_state(self):
        return self.state

    def set_state(self, state):
        self.state = state


def test_what_a_callback_of_ones_own_remembers_comes_back(tmp_path):
    class Patient(keras.callbacks.EarlyStopping):
        """A class derived from one of Keras's."""

    class Sets(keras.callbacks.Callback):
        def set_state(self, state):
            raise AssertionError("it has said nothing")

    (tmp_path / "own").mkdir()
    state = {"array": ops.arange(3), "list": [{"array": 2}, None], "one": np.float32(1)}
    goes_on(tmp_path / "own", Remembers(state), 1)
    found = goes_on(tmp_path / "own", Remembers(), 2).state
    np.testing.assert_array_equal(found.pop("array"), [0, 1, 2])
    assert found == {"list": [{"array": 2}, None], "one": 1.0}
    for make in (lambda: Patient("loss", min_delta=9, patience=9), Sets):
        folder = tmp_path / make().__class__.__name__
        folder.mkdir()
        goes_on(folder, make(), 2)
        assert getattr(goes_on(folder, make(), 4), "wait", 3) == 3


@pytest.mark.parametrize(
    ("state", "said"),
    [({"seen": {1}}, "holds a set"), ({2: "b"}, "names something 2"), (np.array(["a"]), "convert")],
)
def test_what_no_checkpoint_can_hold_is_said_of_its_callback(state, said, tmp_path):
    with pytest.raises(
        InvalidArgumentError, match=rf"^get_state\(\) of Remembers .*{said}.*such\.$"
    ):
        goes_on(tmp_path, Remembers(state), 1)
    assert not list(tmp_path.iterdir())


def test_a_model_checkpoint_counts_batches_on(tmp_path):
    def every(batches):
        return keras.callbacks.ModelCheckpoint(tmp_path / "{epoch}.keras", save_freq=batches)

    goes_on(tmp_path, every(8), 1)
    goes_on(tmp_path, every(8), 2)
    assert (tmp_path / "2.keras").exists()


def test_one_that_was_killed_after_its_last_batch_has_nothing_left_to_do(tmp_path):
    model, again = model_of("gru", "adamw"), model_of("gru", "adamw")
    expected = run(model, tmp_path)
    found = run(again, tmp_path, 0)
    assert found.history == expected.history and found.best == expected.best
    check_equal(again, model)


def test_a_checkpoint_of_another_model_is_refused(tmp_path):
    assert run(model_of("gru", "adamw"), tmp_path, STEPS - 1) is None
    with pytest.raises(InvalidFileError, match=r"of another model, optimizer or backend; train"):
        run(model_of("gru", "adamw", num_layers=2), tmp_path)


def test_a_damaged_checkpoint_is_passed_over_with_a_word(tmp_path, caplog):
    model, again = model_of("gru", "adamw"), model_of("gru", "adamw")
    run(model, tmp_path)
    newest = max((tmp_path / "checkpoints").iterdir())
    newest.write_bytes(newest.read_bytes()[:1000])
    (tmp_path / "checkpoints" / "zz.safetensors").write_bytes(b"of somebody else")
    with caplog.at_level(logging.WARNING, logger="mlm_tf"):
        run(again, tmp_path)
    assert "no checkpoint that this version reads" in caplog.text
    check_equal(again, model)


def test_a_loss_that_is_no_number_ends_at_what_can_be_gone_on_with(tmp_path):
    class Ruin(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                weights = self.model.get_weights()
                self.model.set_weights([weight * np.nan for weight in weights])

    said = r"are in .*m\.keras, and the last checkpoint is .*/000000001\.safetensors; use"
    with pytest.raises(MlmError, match=said):
        run(model_of("gru", "adamw"), tmp_path, callbacks=[Ruin()])
    (only,) = (tmp_path / "checkpoints").iterdir()
    assert only.name == "000000001.safetensors"


# === Between two evaluations ===


def test_it_goes_on_at_the_batch_and_counts_on(tmp_path):
    """What is printed of an epoch, too, is what it would have been."""

    def model():
        settings = {"ema_momentum": 0.8, "accumulation_steps": 4}
        return model_of("gru", "adamw", of_optimizer=settings)

    whole = model()
    expected = run(whole, tmp_path / "whole")
    left = EPOCHS * EVALUATIONS * (STEPS // EVALUATIONS)
    for after in (2, STEPS // EVALUATIONS):  # within the first evaluation's, and the second's
        assert run(model(), tmp_path / "cut", after, minutes=0) is None
        left -= after
    last = model()
    found = run(last, tmp_path / "cut", left, minutes=0)  # no batch is done twice
    check_equal(last, whole)
    assert found.history == expected.history and found.best == expected.best


def of_executions(at_once):
    settings = {"ema_momentum": 0.8, "accumulation_steps": 4}
    return model_of("gru", "adamw", of_optimizer=settings, at_once=at_once)


@pytest.fixture(scope="module")
def single(tmp_path_factory):
    """A model trained batch by batch, 20 of them and an evaluation after every 5; and what of it
    is known."""
    model = of_executions(1)
    return model, run(model, tmp_path_factory.mktemp("single")).history


@pytest.mark.parametrize(
    ("at_once", "batches"), [(5, [5, 10, 15, 20]), (3, [6, 12, 18, 20]), (24, [20])]
)
def test_executions_of_several_steps_are_the_same_training(at_once, batches, single, tmp_path):
    """Evaluated where one of them ends, the last of which may have fewer steps."""
    model = of_executions(at_once)
    history = run(model, tmp_path).history
    assert history["tokens"] == [16 * number for number in batches]
    for value, other in zip(values(model), values(single[0]), strict=True):
        np.testing.assert_allclose(value, other, atol=1e-5)
    for place, number in enumerate(history["tokens"]):
        if number in single[1]["tokens"]:
            other = single[1]["tokens"].index(number)
            for name in ("val_loss", "val_perplexity"):
                assert history[name][place] == pytest.approx(single[1][name][other], rel=1e-5)


def test_between_such_executions_it_goes_on_too(tmp_path):
    """Killed after 9 of 20 batches, 3 behind an evaluation."""
    whole, last = of_executions(3), of_executions(3)
    expected = run(whole, tmp_path / "whole")
    assert run(of_executions(3), tmp_path / "cut", 3, minutes=0) is None
    found = run(last, tmp_path / "cut", 4, minutes=0)  # no batch is done twice
    check_equal(last, whole)
    assert found.history == expected.history and found.best == expected.best


def test_where_no_checkpoint_can_be_it_is_said(tmp_path):
    model = model_of("gru", "adamw")
    stream = stream_windows(
        lambda: PIPELINE.encode(TEXTS), 8, 2, True, 0, PIPELINE.start_id, PIPELINE.pad_id
    )
    how = {"progress": False, "checkpoints": tmp_path}
    with pytest.raises(InvalidArgumentError, match="while a text stream is read"):
        fit_and_keep_best(model, stream, stream, tmp_path / "m.keras", **how)
    how["checkpoints"] = tmp_path / "none"
    with pytest.raises(MissingFileError, match="is a folder that does not exist"):
        fit_and_keep_best(model, *data(), tmp_path / "m.keras", **how)
