"""What is shown while a model trains changes nothing of the training, and outlives its process."""

import csv
import time

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from mlm_tf import TextPipeline, build_model, viz
from mlm_tf.errors import InvalidArgumentError, MissingFileError
from mlm_tf.preprocessing import pair_rows
from mlm_tf.training import (
    LearningCurves,
    Perplexity,
    Recipe,
    TextSamples,
    Throughput,
    TokenProgress,
    fit_and_keep_best,
    train,
)
from tests.training.killing import KillAfter, Killed

TEXTS = ["the cat sat on the mat", "the dog sat on the log", "a cat and a dog"] * 11
PIPELINE = TextPipeline.fit(TEXTS)
SIZES = {"length": 8, "batch_size": 4}
SHORT = {"max_length": 10}


def windows(**settings):
    return PIPELINE.windows(TEXTS, **SIZES, seed=1, **settings)


STEPS = len(windows())


def model_of(**settings):
    """With dropout, whose random states a careless callback would move on."""
    model = build_model("gru", pipeline=PIPELINE, hidden_dim=8, dropout=0.3, seed=0)
    model.compile(keras.optimizers.Adam(0.02), weighted_metrics=[Perplexity()], **settings)
    return model


def fit(model, *callbacks, epochs=2, **settings):
    return model.fit(windows(), epochs=epochs, verbose=0, callbacks=list(callbacks), **settings)


def values(model):
    found = [*model.variables, *model.optimizer.variables]
    return [ops.convert_to_numpy(variable) for variable in found]


def check_equal(model, other):
    for value, expected in zip(values(model), values(other), strict=True):
        np.testing.assert_array_equal(value, expected)


# === Samples of text ===


class WeightsAt(keras.callbacks.Callback):
    """Keeps those after so many steps."""

    def __init__(self, steps):
        super().__init__()
        self.left, self.weights = steps, None

    def on_train_batch_end(self, batch, logs=None):
        self.left -= 1
        if self.left == 0:
            self.weights = self.model.get_weights()


def test_samples_are_of_the_weights_at_hand_and_leave_the_training_as_it_is(capsys):
    plain, watched, kept = model_of(), model_of(), WeightsAt(3)
    state = np.random.get_state()[1].copy()
    samples = TextSamples(["the cat", "a"], every=3, sampler="random", seed=5, **SHORT)
    fit(watched, samples, kept)
    fit(plain)
    check_equal(watched, plain)
    np.testing.assert_array_equal(np.random.get_state()[1], state)
    lines = capsys.readouterr().out.splitlines()
    steps = [step for step in range(3, 2 * STEPS + 1, 3) for _ in range(2)]
    assert [line.split(":")[0] for line in lines] == [f"step {step}" for step in steps]
    plain.set_weights(kept.weights)
    expected = plain.generate(["the cat", "a"], sampler="random", seed=5, **SHORT)
    assert lines[:2] == [f"step 3: {text}" for text in expected]
    assert len({line.split(": ", 1)[1] for line in lines}) > 2  # the weights do change the text


def test_samples_come_after_each_evaluation_unless_told(capsys):
    fit(model_of(), TextSamples("the", **SHORT))
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == [f"step {STEPS}", f"step {2 * STEPS}"]


def test_samples_of_steps_that_are_executed_together(capsys):
    """Keras calls back after several: the first that is not too early is taken."""
    fit(model_of(steps_per_execution=2), TextSamples("the", every=3, **SHORT), epochs=1)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["step 4", "step 6"]


def test_samples_go_to_a_file_alone_or_too(tmp_path, capsys):
    path = tmp_path / "samples.txt"
    path.write_text("of an older training")
    fit(model_of(), TextSamples("the", path=path, show=False, **SHORT))
    assert capsys.readouterr().out == ""
    lines = path.read_text("utf-8").splitlines()
    assert len(lines) == 2 and lines[0].startswith(f"step {STEPS}: the")


def test_what_cannot_be_written_does_not_end_the_training(capsys):
    class Ruin(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.set_weights([w * np.nan for w in self.model.get_weights()])

    fit(model_of(), Ruin(), TextSamples("the", **SHORT))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 and "(no text: The model's scores are not finite" in lines[1]


def test_samples_of_a_translator(capsys):
    model = build_model(
        "gru", "seq2seq_lm", pipeline=PIPELINE, target_pipeline=PIPELINE, hidden_dim=8, seed=0
    )
    model.compile("adam")
    data = pair_rows(PIPELINE, PIPELINE, TEXTS, TEXTS, 8, 8, batch_size=16)
    model.fit(data, verbose=0, callbacks=[TextSamples(["the cat", "a dog"], **SHORT)])
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_wrong_arguments_are_named_in_one_sentence(tmp_path):
    with pytest.raises(InvalidArgumentError, match="every=0"):
        TextSamples(every=0)
    with pytest.raises(InvalidArgumentError, match="stream=True gives something else"):
        TextSamples(stream=True)
    with pytest.raises(MissingFileError, match="folder that does not exist"):
        TextSamples(path=tmp_path / "none" / "samples.txt")
    with pytest.raises(InvalidArgumentError, match=r"is no PNG; use a name that ends in \.png"):
        LearningCurves(tmp_path / "curves.pdf")
    with pytest.raises(InvalidArgumentError, match="tokens_per_batch=0"):
        Throughput(0)
    dense = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    dense.compile("sgd", "mse")
    with pytest.raises(InvalidArgumentError, match="Sequential has no generate"):
        dense.fit(np.ones((4, 2)), np.ones(4), verbose=0, callbacks=[TextSamples()])


# === Speed and memory ===


SECONDS = 0.05  # in which nothing is trained


class Slow(keras.callbacks.Callback):
    """Takes its time where a model is evaluated."""

    def __init__(self):
        super().__init__()
        self.times = 0

    def on_test_batch_end(self, batch, logs=None):
        self.times += 1
        time.sleep(SECONDS)


def test_throughput_is_in_the_figures_of_each_epoch_without_the_evaluations(tmp_path):
    file, slow, throughput = tmp_path / "curves.csv", Slow(), Throughput(tokens_per_batch=32)
    callbacks = throughput, slow, keras.callbacks.CSVLogger(file)
    begin = time.perf_counter()
    history = fit(model_of(), *callbacks, validation_data=windows(shuffle=False)).history
    tokens = 32 * STEPS
    assert history["tokens"] == [tokens, 2 * tokens]
    assert slow.times > 10
    assert throughput.seconds < time.perf_counter() - begin - slow.times * SECONDS
    seconds = sum(tokens / speed for speed in history["tokens_per_second"])
    assert seconds == pytest.approx(throughput.seconds)
    assert throughput.tokens_per_second == pytest.approx(2 * tokens / seconds)
    assert all(100 < mib < 100_000 for mib in history["peak_memory_mib"])
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [int(row["tokens"]) for row in rows] == history["tokens"]
    assert [float(r["tokens_per_second"]) for r in rows] == history["tokens_per_second"]


def test_samples_take_no_part_in_the_speed(monkeypatch):
    model = model_of()
    monkeypatch.setattr(type(model), "generate", lambda *_, **__: time.sleep(SECONDS) or ["text"])
    bar, other = TokenProgress("GRU", 32, visible=False), Throughput(32)
    begin = time.perf_counter()
    fit(model, other, TextSamples(every=1, show=False), bar)
    seconds = time.perf_counter() - begin - 2 * STEPS * SECONDS
    assert 0 < bar.seconds < seconds and 0 < other.seconds < seconds


def test_tokens_of_steps_that_are_executed_together():
    """The last execution of an epoch has fewer."""
    assert STEPS % 4 != 0
    history = fit(model_of(steps_per_execution=4), Throughput(32)).history
    assert history["tokens"] == [32 * STEPS, 64 * STEPS]


# === Learning curves ===


def test_the_learning_curve_is_drawn_after_each_evaluation(tmp_path):
    path, seen = tmp_path / "curves.png", []

    class Look(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen.append(path.read_bytes())

    curves = LearningCurves(path, baselines={"bigram": 5.0})
    history = fit(
        model_of(), Throughput(32), curves, Look(), validation_data=windows(shuffle=False)
    ).history
    assert curves.history == history
    assert all(picture.startswith(b"\x89PNG") for picture in seen)
    assert seen[0] != seen[1] and len(list(tmp_path.iterdir())) == 1


def test_pictures_are_so_far_apart_and_the_last_is_of_the_end(tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(
        viz, "learning_curves", lambda histories, *_: drawn.append(len(histories["loss"]["loss"]))
    )
    for seconds, expected in ((0, [1, 2, 3]), (1000, [3])):
        curves = LearningCurves(tmp_path / "curves.png", measure="loss", seconds=seconds)
        fit(model_of(), curves, epochs=3)
        curves.draw()  # there is nothing new
        assert drawn == expected
        drawn.clear()


def test_a_measure_that_is_not_always_there_leaves_gaps(tmp_path):
    curves = LearningCurves(tmp_path / "curves.png", measure="loss")
    fit(model_of(), curves, epochs=3, validation_data=windows(shuffle=False), validation_freq=2)
    assert np.isnan(curves.history["val_loss"]).tolist() == [True, False, True]


def test_without_a_number_there_is_no_picture_yet(tmp_path):
    model = model_of()
    model.set_weights([weights * np.nan for weights in model.get_weights()])
    fit(model, LearningCurves(tmp_path / "curves.png"))
    assert list(tmp_path.iterdir()) == []


def test_a_measure_that_there_is_not_is_refused(tmp_path):
    with pytest.raises(InvalidArgumentError, match="'accuracy' or 'val_accuracy'"):
        fit(model_of(), LearningCurves(tmp_path / "curves.png", measure="accuracy"))


# === Across the end of a process ===


def watched(folder):
    return [
        Throughput(32),
        TextSamples("the", every=2, path=folder / "samples.txt", show=False, **SHORT),
        keras.callbacks.CSVLogger(folder / "curves.csv", append=True),
        LearningCurves(folder / "curves.png"),
    ]


def run(folder, kill_after=-1):
    (folder / "checkpoints").mkdir(parents=True, exist_ok=True)
    callbacks, model = watched(folder), model_of()
    try:
        result = fit_and_keep_best(
            model,
            windows(),
            windows(shuffle=False),
            folder / "m.keras",
            epochs=3,
            progress=False,
            callbacks=[*callbacks, KillAfter(kill_after)],
            checkpoints=folder / "checkpoints",
        )
    except Killed:
        callbacks[2].csv_file.close()  # as the end of the process does
        return None
    return model, callbacks, result


def test_what_a_training_that_was_killed_shows_is_whole(tmp_path):
    """Of the samples behind the last checkpoint none is there twice."""
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    model, callbacks, _ = run(whole)
    assert run(cut, kill_after=STEPS + 3) is None
    assert (cut / "samples.txt").read_text("utf-8").count("\n") == (STEPS + 3) // 2
    again, others, _ = run(cut)
    check_equal(again, model)
    assert (cut / "samples.txt").read_bytes() == (whole / "samples.txt").read_bytes()
    assert others[0].tokens == callbacks[0].tokens == 3 * 32 * STEPS
    for name in ("loss", "val_perplexity", "tokens"):
        assert others[-1].history[name] == callbacks[-1].history[name]
    rows = [
        list(csv.DictReader((folder / "curves.csv").read_text("utf-8").splitlines()))
        for folder in (whole, cut)
    ]
    assert [row["epoch"] for row in rows[1]] == ["0", "1", "2"]
    assert [row["val_perplexity"] for row in rows[1]] == [row["val_perplexity"] for row in rows[0]]


# === TensorBoard ===


def test_tensorboard_reads_what_keras_writes_of_a_training(tmp_path):
    reading = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    result = train(
        build_model("gru", pipeline=PIPELINE, hidden_dim=8, seed=0),
        windows(),
        windows(shuffle=False),
        Recipe(epochs=2, evaluations_per_epoch=1),
        tmp_path / "m.keras",
        progress=False,
        callbacks=[Throughput(32), keras.callbacks.TensorBoard(tmp_path / "logs", update_freq=1)],
    )
    found = {}
    for part in ("train", "validation"):
        events = reading.EventAccumulator(
            str(tmp_path / "logs" / part),
            {"tensors": 0},  # all of them
        ).Reload()
        found[part] = {
            tag: [float(tf.make_ndarray(value.tensor_proto)) for value in events.Tensors(tag)]
            for tag in events.Tags()["tensors"]
        }
    history = result.history
    assert found["validation"]["epoch_perplexity"] == pytest.approx(history["val_perplexity"])
    for name in ("tokens", "tokens_per_second", "perplexity"):
        assert found["train"][f"epoch_{name}"] == pytest.approx(history[name])
    assert len(found["train"]["batch_loss"]) == 2 * STEPS
