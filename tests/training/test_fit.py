"""Training that keeps the best weights, through Ctrl-C too."""

import logging
import os
import signal
import threading

import keras
import numpy as np
import pytest
from keras import ops

from mlm_tf import TextPipeline, build_model, load_model
from mlm_tf.errors import InvalidArgumentError, InvalidFileError, MissingFileError, MlmError
from mlm_tf.preprocessing.windows import stream_windows
from mlm_tf.training import Perplexity, TokenProgress, fit_and_keep_best
from mlm_tf.training.fit import ctrl_c_between_batches

TEXTS = ["the cat sat on the mat", "the dog sat on the log", "a cat and a dog"] * 6
WINDOWS = {"length": 8, "batch_size": 4}


@pytest.fixture
def model():
    pipeline = TextPipeline.fit(TEXTS)
    model = build_model("lstm", pipeline=pipeline, hidden_dim=8, seed=0)
    model.compile(keras.optimizers.Adam(0.02), weighted_metrics=[Perplexity()])
    return model


@pytest.fixture
def data(model):
    return (
        model.pipeline.windows(TEXTS, **WINDOWS),
        model.pipeline.windows(TEXTS, shuffle=False, **WINDOWS),
    )


class After(keras.callbacks.Callback):
    """Does something after so many batches."""

    def __init__(self, batches, action):
        super().__init__()
        self.left, self.action = batches, action

    def on_train_batch_end(self, batch, logs=None):
        self.left -= 1
        if self.left == 0:
            self.action()


def interrupt():
    raise KeyboardInterrupt


def with_callback(monkeypatch, model, callback):
    """As if the user had pressed Ctrl-C: `fit` gets one more callback."""
    fit = type(model).fit

    def fit_with_one_more(self, *args, callbacks=(), **kwargs):
        return fit(self, *args, callbacks=[*callbacks, callback], **kwargs)

    monkeypatch.setattr(type(model), "fit", fit_with_one_more)


def logits(model):
    return ops.convert_to_numpy(model(np.array([[2, 6, 7]], "int32")))


def test_the_file_holds_the_best_weights_and_so_has_the_model(model, data, tmp_path):
    result = fit_and_keep_best(
        model, *data, tmp_path / "m.keras", epochs=3, evaluations_per_epoch=2, progress=False
    )
    assert len(result.history["val_perplexity"]) == 6
    assert result.best["val_perplexity"] == min(result.history["val_perplexity"])
    loaded = load_model(result.path)
    np.testing.assert_array_equal(logits(loaded), logits(model))
    measured = model.evaluate(data[1], verbose=0, return_dict=True)["perplexity"]
    assert measured == pytest.approx(result.best["val_perplexity"], rel=1e-5)


def test_worse_weights_do_not_replace_better_ones(model, data, tmp_path):
    """After the first evaluation the learning rate is absurd; the file keeps what was before."""
    rate = keras.optimizers.schedules.PiecewiseConstantDecay([len(data[0])], [0.02, 1e3])
    model.compile(keras.optimizers.SGD(rate), weighted_metrics=[Perplexity()])
    result = fit_and_keep_best(model, *data, tmp_path / "m.keras", epochs=2, progress=False)
    figures = result.history["val_perplexity"]
    assert figures[1] > figures[0] == result.best["val_perplexity"]
    measured = model.evaluate(data[1], verbose=0, return_dict=True)["perplexity"]
    assert measured == pytest.approx(figures[0], rel=1e-5)


def test_the_last_weights_are_kept_where_they_are_asked_for(model, data, tmp_path):
    rate = keras.optimizers.schedules.PiecewiseConstantDecay([len(data[0])], [0.02, 100.0])
    model.compile(keras.optimizers.SGD(rate), weighted_metrics=[Perplexity()])
    path = tmp_path / "m.keras"
    result = fit_and_keep_best(model, *data, path, epochs=2, progress=False, keep="last")
    figures = result.history["val_perplexity"]
    assert figures[1] > figures[0] and result.best["val_perplexity"] == figures[1]
    measured = load_model(path).evaluate(data[1], verbose=0, return_dict=True)["perplexity"]
    assert measured == pytest.approx(figures[1], rel=1e-5)


class Ruin(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):  # within an epoch JAX does not ask the model
        if epoch == 1:
            self.model.set_weights([weights * np.nan for weights in self.model.get_weights()])


def test_a_loss_that_is_no_number_ends_the_training_and_what_was_kept_stays(model, data, tmp_path):
    path = tmp_path / "m.keras"
    how = {"epochs": 9, "progress": False, "keep": "last", "callbacks": [Ruin()]}
    said = (
        rf"^The loss is nan at step {len(data[0]) + 1}, at a learning rate of 0\.02; the last "
        r"weights before are in .*m\.keras; use a smaller learning_rate .* or global_clipnorm\.$"
    )
    with pytest.raises(MlmError, match=said):
        fit_and_keep_best(model, *data, path, **how)
    assert np.isfinite(logits(model)).all()
    np.testing.assert_array_equal(logits(model), logits(load_model(path)))


def test_so_does_a_validation_loss_that_is_none(model, data, tmp_path):
    class Infinite(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs["val_loss"] = np.inf

    said = rf"^The validation loss is inf at step {len(data[0])}, .*; nothing was evaluated before"
    with pytest.raises(MlmError, match=said):
        fit_and_keep_best(
            model, *data, tmp_path / "m.keras", progress=False, callbacks=[Infinite()]
        )
    assert list(tmp_path.iterdir()) == []


def test_the_best_is_best_a_token_not_a_batch(model, data, tmp_path, monkeypatch):
    """A last batch that is mostly padding must not decide: Keras's loss is a mean of batches."""
    worse_loss_better_perplexity = iter([(2.0, 9.0), (3.0, 8.0)])

    class Figures(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            logs["val_loss"], logs["val_perplexity"] = next(worse_loss_better_perplexity)

    fit = type(model).fit

    def fit_with_figures(self, *args, callbacks=(), **kwargs):
        return fit(self, *args, callbacks=[Figures(), *callbacks], **kwargs)

    monkeypatch.setattr(type(model), "fit", fit_with_figures)
    result = fit_and_keep_best(model, *data, tmp_path / "m.keras", epochs=2, progress=False)
    assert result.best["val_perplexity"] == 8.0


def test_a_real_ctrl_c_between_the_batches(model, data, tmp_path):
    """Keras swallows an exception while it waits for a batch; a signal must not be lost there."""
    timer = threading.Timer(3.0, os.kill, (os.getpid(), signal.SIGINT))
    before = signal.getsignal(signal.SIGINT)
    timer.start()
    result = fit_and_keep_best(model, *data, tmp_path / "m.keras", epochs=10**6, progress=False)
    assert result.interrupted
    assert signal.getsignal(signal.SIGINT) is before


def test_where_ctrl_c_is_ignored_it_stays_so():
    """As behind nohup, or in the background of a script."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with ctrl_c_between_batches() as callback:
            os.kill(os.getpid(), signal.SIGINT)
        assert not callback.pressed and signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_model_without_perplexity_is_kept_by_its_loss(model, data, tmp_path):
    model.compile("adam")
    result = fit_and_keep_best(model, *data, tmp_path / "m.keras", epochs=2, progress=False)
    assert result.best["val_loss"] == min(result.history["val_loss"])


def test_ctrl_c_keeps_the_best_weights_and_says_where(model, data, tmp_path, monkeypatch, caplog):
    with_callback(monkeypatch, model, After(len(data[0]) + 1, interrupt))
    with caplog.at_level(logging.WARNING, logger="mlm_tf"):
        result = fit_and_keep_best(model, *data, tmp_path / "m.keras", epochs=50, progress=False)
    assert result.interrupted
    assert len(result.history["val_loss"]) == 1
    assert "the best weights so far are in" in caplog.text and "m.keras" in caplog.text
    np.testing.assert_array_equal(logits(load_model(result.path)), logits(model))


def test_ctrl_c_before_any_evaluation_saves_what_there_is(model, data, tmp_path, monkeypatch):
    with_callback(monkeypatch, model, After(1, interrupt))
    result = fit_and_keep_best(model, *data, tmp_path / "m.keras", progress=False)
    assert result.interrupted and result.best is None
    np.testing.assert_array_equal(logits(load_model(result.path)), logits(model))


def test_an_existing_file_is_kept_unless_told(model, data, tmp_path):
    path = tmp_path / "m.keras"
    path.write_text("precious")
    with pytest.raises(InvalidArgumentError, match=r"m\.keras.*exists.*overwrite=True"):
        fit_and_keep_best(model, *data, path, progress=False)
    assert path.read_text() == "precious"
    fit_and_keep_best(model, *data, path, overwrite=True, progress=False)
    assert load_model(path).vocabulary_size == model.vocabulary_size


def test_another_failure_leaves_the_existing_file_alone(model, data, tmp_path, monkeypatch):
    path = tmp_path / "m.keras"
    path.write_text("precious")

    def fail():
        raise RuntimeError("out of memory")

    with_callback(monkeypatch, model, After(1, fail))
    with pytest.raises(RuntimeError):
        fit_and_keep_best(model, *data, path, overwrite=True, progress=False)
    assert path.read_text() == "precious"


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ({"keep": "worst"}, InvalidArgumentError, "keep='worst'"),
        ({"epochs": 0}, InvalidArgumentError, "epochs=0"),
        ({"overwrite": "no"}, InvalidArgumentError, "overwrite='no' is not allowed"),
        ({"evaluations_per_epoch": 99}, InvalidArgumentError, "evaluations_per_epoch=99.*batches"),
        ({"path": "m.h5"}, InvalidArgumentError, r"m\.h5.*\.keras"),
        ({"path": "folder.keras"}, InvalidArgumentError, r"folder\.keras' is a folder"),
        ({"path": "none/m.keras"}, MissingFileError, "folder that does not exist"),
    ],
)
def test_wrong_arguments_are_named_in_one_sentence(model, data, tmp_path, arguments, kind, message):
    (tmp_path / "folder.keras").mkdir()
    arguments = {"path": "m.keras", "progress": False, **arguments}
    arguments["path"] = tmp_path / arguments["path"]
    with pytest.raises(kind, match=message) as error:
        fit_and_keep_best(model, *data, **arguments)
    assert "\n" not in str(error.value)


def stream_of(pipeline, error=None):
    """Windows of a stream, whose length is not known, which may break off."""

    def rows():
        yield from pipeline.encode(TEXTS)
        if error is not None:
            raise error

    return stream_windows(rows, 8, 4, True, 0, pipeline.start_id, pipeline.pad_id)


def test_a_stream_trains_in_epochs_of_unknown_length(model, data, tmp_path):
    stream = stream_of(model.pipeline)
    result = fit_and_keep_best(model, stream, stream, tmp_path / "m.keras", 3, progress=False)
    first, second, third = result.history["tokens"]
    assert first > 0 and second == 2 * first and third == 3 * first
    assert result.best["val_perplexity"] == min(result.history["val_perplexity"])


def test_within_an_epoch_of_unknown_length_there_is_no_evaluation(model, data, tmp_path):
    arguments = {"evaluations_per_epoch": 2, "progress": False}
    with pytest.raises(InvalidArgumentError, match=r"=2, .* text stream is not known; use 1"):
        fit_and_keep_best(
            model, stream_of(model.pipeline), data[1], tmp_path / "m.keras", **arguments
        )


@pytest.mark.parametrize("place", [0, 1])
def test_an_error_while_texts_are_read_comes_as_it_is(model, data, tmp_path, place):
    """TensorFlow makes 60 lines of it."""
    error = InvalidFileError("a.txt is not UTF-8; convert it.")
    data = list(data)
    data[place] = stream_of(model.pipeline, error)
    with pytest.raises(InvalidFileError) as caught:
        fit_and_keep_best(model, *data, tmp_path / "m.keras", progress=False)
    assert caught.value is error
    assert list(tmp_path.iterdir()) == []


def test_progress_counts_tokens_and_is_silent_when_told(model, data, capsys):
    progress = TokenProgress("LSTM", tokens_per_batch=32, visible=False)
    history = model.fit(data[0], epochs=2, verbose=0, callbacks=[progress]).history
    assert history["tokens"] == [32 * len(data[0]), 64 * len(data[0])]
    assert progress.seconds > 0 and progress.tokens_per_second > 0
    assert capsys.readouterr().out == ""


def test_progress_counts_every_batch_where_several_are_one_call(model, data):
    progress = TokenProgress("LSTM", tokens_per_batch=32, visible=False)
    model.compile("adam", steps_per_execution=2)
    history = model.fit(
        data[0].repeat(), steps_per_epoch=4, verbose=0, callbacks=[progress]
    ).history
    assert history["tokens"] == [32 * 4]


def test_progress_shows_the_speed_and_the_best_perplexity(model, data, tmp_path, capsys):
    result = fit_and_keep_best(model, *data, tmp_path / "m.keras", description="my LSTM")
    out = capsys.readouterr().out
    assert "my LSTM" in out and "tokens/s" in out
    assert f"perplexity {result.history['val_perplexity'][0]:.1f}" in out


def test_a_bar_that_is_closed_twice_writes_nothing_more(capsys):
    bar = TokenProgress("training", tokens_per_batch=4)
    bar.set_params({"steps": 1, "epochs": 1})
    bar.on_train_begin()
    bar.close()
    written = capsys.readouterr().out
    bar.close()
    assert "training" in written and capsys.readouterr().out == ""
