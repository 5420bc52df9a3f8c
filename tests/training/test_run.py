"""The folder of a training: what is gone on with, what is refused, what is left."""

import csv
import fcntl
import json
import logging
import os
import resource
import shutil
import signal

import keras
import numpy as np
import pytest
from keras import ops

from mlm_tf import TextPipeline, build_model, load_model
from mlm_tf.errors import InvalidArgumentError, InvalidFileError, MissingFileError, MlmError
from mlm_tf.training import Recipe, check_output, checkpoints, train
from tests.training.killing import KillAfter, Killed

TEXTS = ["the cat sat on the mat", "the dog sat on the log", "a cat and a dog"] * 6
PIPELINE = TextPipeline.fit(TEXTS)
RECIPE = Recipe(epochs=2, learning_rate=0.01)


def run(
    output, kill_after=-1, recipe=RECIPE, texts=TEXTS, length=8, dropout=0.1, seed=0, **settings
):
    model = build_model("gru", pipeline=PIPELINE, hidden_dim=8, dropout=dropout, seed=seed)
    data = (
        PIPELINE.windows(texts, length, 4),
        PIPELINE.windows(texts, length, 4, shuffle=False),
    )
    settings = {"progress": False, "callbacks": [KillAfter(kill_after)], **settings}
    try:
        return train(model, *data, recipe, output, **settings)
    except Killed:
        return None


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """The folder of a training that was killed after its first evaluation."""
    folder = tmp_path_factory.mktemp("killed")
    assert run(folder / "m.keras", 3) is None
    assert (folder / "m.keras").exists() and (folder / "m.run" / "run.json").exists()
    return folder


@pytest.fixture
def unfinished(killed, tmp_path):
    """The path of its model, in a copy."""
    shutil.copytree(killed, tmp_path, dirs_exist_ok=True)
    return tmp_path / "m.keras"


def weights(path):
    return [ops.convert_to_numpy(w) for w in load_model(path).weights]


def test_the_same_call_goes_on_and_leaves_the_model_alone(unfinished, tmp_path):
    result = run(unfinished)
    assert list(tmp_path.iterdir()) == [unfinished]
    assert len(result.history["val_loss"]) == 4
    expected = run(tmp_path / "whole.keras")
    for weight, other in zip(weights(unfinished), weights(expected.path), strict=True):
        np.testing.assert_array_equal(weight, other)
    assert result.best == pytest.approx(expected.best)


def test_ctrl_c_before_any_evaluation_is_gone_on_from(tmp_path):
    class CtrlC(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            if batch == 1 and not list((tmp_path / "run" / "checkpoints").iterdir()):
                os.kill(os.getpid(), signal.SIGINT)

    recipe = Recipe(epochs=2, evaluations_per_epoch=1)
    how = {"recipe": recipe, "callbacks": [CtrlC()]}
    first = run(tmp_path / "run", **how)
    assert first.interrupted and first.best is None
    found = run(tmp_path / "run", **how)
    expected = run(tmp_path / "whole.keras", recipe=recipe)
    for weight, other in zip(weights(found.path), weights(expected.path), strict=True):
        np.testing.assert_array_equal(weight, other)


def test_a_folder_stays_with_all_that_happened(tmp_path):
    folder = tmp_path / "run"
    result = run(folder)
    assert result.path == folder / "model.keras" and load_model(result.path) is not None
    found = {path.name for path in folder.iterdir()}
    assert found == {"model.keras", "run.json", "curves.csv", "curves.png", "checkpoints"}
    assert (folder / "curves.png").read_bytes().startswith(b"\x89PNG")
    content = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert content["told"]["learning_rate"] == 0.01
    assert content["results"]["best"] == pytest.approx(result.best)
    assert content["versions"]["keras"] == keras.__version__
    rows = list(csv.DictReader((folder / "curves.csv").read_text(encoding="utf-8").splitlines()))
    assert [float(row["val_loss"]) for row in rows] == pytest.approx(result.history["val_loss"])
    assert len(list((folder / "checkpoints").iterdir())) == checkpoints.KEPT
    before = result.path.read_bytes()
    with pytest.raises(InvalidArgumentError, match="a training that is done; use another output"):
        run(folder)
    (folder / "mine.txt").write_text("precious")
    run(folder, kill_after=0, overwrite=True)
    assert (folder / "mine.txt").read_text() == "precious"
    assert result.path.read_bytes() == before  # until there is a better one
    with pytest.raises(InvalidArgumentError, match=r"holds no training, but .*mine\.txt"):
        run(folder)


@pytest.mark.parametrize(
    ("settings", "difference"),
    [
        ({"recipe": Recipe(2, learning_rate=0.02)}, r"learning_rate was 0\.01 and is 0\.02 now"),
        ({"arguments": {"length": 8}}, "length was None and is 8 now"),
        ({"texts": [*TEXTS[:-1], "a dog and a cat"]}, "whose training data was another"),
        ({"length": 4}, "whose training data was another"),
        ({"keep": "last"}, "keep was 'best' and is 'last' now"),
        ({"dropout": 0.3}, "whose model was another"),
        ({"seed": 1}, r"whose first weights \(give build_model a seed, .*\) was another"),
    ],
)
def test_a_training_that_is_told_something_else_is_refused_by_what_it_is(
    unfinished, settings, difference
):
    before = unfinished.read_bytes()
    with pytest.raises(InvalidArgumentError, match=difference) as error:
        run(unfinished, **settings)
    assert "\n" not in str(error.value) and unfinished.read_bytes() == before


def test_told_to_overwrite_it_begins_anew_and_says_so(unfinished, caplog):
    with caplog.at_level(logging.WARNING, logger="mlm_tf"):
        result = run(unfinished, overwrite=True, recipe=Recipe(1, learning_rate=0.02))
    assert len(result.history["val_loss"]) == 2
    assert "epochs was 2 and is 1 now, is replaced" in caplog.text


def test_to_begin_anew_has_to_be_said(unfinished):
    with pytest.raises(InvalidArgumentError, match=r"an unfinished training; go on .* anew\.$"):
        run(unfinished, resume=False)


def test_killed_before_its_first_checkpoint_it_begins_again(tmp_path, unfinished):
    for path in (tmp_path / "m.run" / "checkpoints").iterdir():
        path.unlink()
    (tmp_path / "m.run" / ".partial-x").mkdir()
    result = run(unfinished)  # though there is a model already
    assert len(result.history["val_loss"]) == 4
    assert list(tmp_path.iterdir()) == [unfinished]


def test_what_is_left_of_a_folder_that_was_being_made_or_removed_is_no_obstacle(tmp_path):
    (tmp_path / "m.run" / "checkpoints").mkdir(parents=True)
    (tmp_path / "m.run" / ".partial-x").mkdir()
    (tmp_path / "m.run" / "lock").touch()
    run(tmp_path / "m.keras", recipe=Recipe(1))
    assert [path.name for path in tmp_path.iterdir()] == ["m.keras"]


def test_what_a_killed_process_had_begun_to_write_beside_its_model_goes_too(tmp_path, unfinished):
    for name in ("m", "other"):
        (tmp_path / f".partial-{name}").mkdir()
        (tmp_path / f".partial-{name}" / f"{name}.keras").touch()
    run(unfinished)
    assert {path.name for path in tmp_path.iterdir()} == {"m.keras", ".partial-other"}


def test_two_processes_do_not_train_into_one_folder(unfinished, tmp_path):
    with (tmp_path / "m.run" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(InvalidArgumentError, match="Another process trains into"):
            run(unfinished)


def test_a_failure_before_anything_is_trained_loses_no_finished_training(tmp_path):
    result = run(tmp_path / "run", recipe=Recipe(1))
    with pytest.raises(InvalidArgumentError, match="keep='lats'"):
        run(tmp_path / "run", overwrite=True, keep="lats")
    assert json.loads((tmp_path / "run" / "run.json").read_text())["results"]["best"]
    assert result.path.exists()


@pytest.mark.parametrize("name", ["m.h5", "", ".", "a.KERAS", ".keras"])
def test_an_output_is_a_model_or_a_folder(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidArgumentError, match="neither a model file nor a folder"):
        run(name)


def test_figures_that_come_now_and_then_are_no_obstacle(tmp_path):
    class Now(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch:
                logs["bleu"] = np.float32(epoch)

    run(tmp_path / "run", callbacks=[Now()])
    lines = (tmp_path / "run" / "curves.csv").read_text().splitlines()
    assert len(lines) == 5 and "bleu" in lines[0]


def test_other_callbacks_and_a_file_of_something_else_are_refused(unfinished, tmp_path):
    with pytest.raises(InvalidFileError, match=r"the callbacks \[.*'KillAfter', .*are \['Token"):
        run(unfinished, callbacks=[])
    for path in (tmp_path / "m.run" / "checkpoints").iterdir():
        path.write_bytes(b"half of it")  # all there are
    with pytest.raises(InvalidFileError, match="no checkpoint that this version reads"):
        run(unfinished)
    (tmp_path / "m.run" / "run.json").write_text("{}")
    with pytest.raises(InvalidFileError, match="no record of a training"):
        run(unfinished)


def test_one_that_began_before_a_part_of_the_recipe_was_thought_of_goes_on(unfinished, tmp_path):
    file = tmp_path / "m.run" / "run.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    for name in ("steps_per_execution", "jit_compile"):
        del content["told"][name]
    file.write_text(json.dumps(content), encoding="utf-8")
    assert len(run(unfinished).history["val_loss"]) == 4


def test_another_version_is_said(unfinished, tmp_path, caplog):
    file = tmp_path / "m.run" / "run.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    content["versions"]["keras"] = "3.0.0"
    file.write_text(json.dumps(content), encoding="utf-8")
    with caplog.at_level(logging.WARNING, logger="mlm_tf"):
        run(unfinished)
    assert "begun with other versions" in caplog.text and "keras 3.0.0" in caplog.text


def test_nothing_of_others_is_touched(tmp_path):
    for name in ("m.run", "folder"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "mine.txt").write_text("precious")
    for output in ("m.keras", "folder"):
        for overwrite in (False, True):
            with pytest.raises(InvalidArgumentError, match=r"holds no training, but .*mine\.txt"):
                run(tmp_path / output, overwrite=overwrite)
    with pytest.raises(MissingFileError, match="folder that does not exist"):
        run(tmp_path / "none" / "run")
    with pytest.raises(MissingFileError, match="folder that does not exist"):
        run(tmp_path / "none" / "m.keras")
    assert sorted(path.name for path in tmp_path.rglob("*")) == [
        "folder",
        "m.run",
        "mine.txt",
        "mine.txt",
    ]


def test_a_failure_before_any_checkpoint_leaves_nothing(tmp_path):
    assert run(tmp_path / "m.keras", 0) is None
    assert run(tmp_path / "run", 0) is None
    assert list(tmp_path.iterdir()) == []


class Full(keras.callbacks.Callback):
    """After so many batches no file may become larger than a few bytes, as on a full disk."""

    def __init__(self, batches):
        super().__init__()
        self.left = batches

    def on_train_batch_end(self, batch, logs=None):
        self.left -= 1
        if self.left == 0:
            resource.setrlimit(resource.RLIMIT_FSIZE, (2000, resource.RLIM_INFINITY))


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (0, r"000000003\.safetensors cannot be written .*make room"),
        (5, r"m\.keras cannot be written"),
    ],
)
def test_a_full_disk_is_said_and_loses_nothing(tmp_path, minutes, said):
    expected = run(tmp_path / "whole.keras")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        with pytest.raises(OSError, match=said) as error:
            run(tmp_path / "m.keras", callbacks=[Full(3)], checkpoint_minutes=minutes)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert "\n" not in str(error.value)
    before = weights(tmp_path / "m.keras")  # of the first evaluation
    assert all(np.isfinite(weight).all() for weight in before)
    result = run(tmp_path / "m.keras", callbacks=[Full(-1)])
    assert result.history == expected.history
    for weight, other in zip(weights(result.path), weights(expected.path), strict=True):
        np.testing.assert_array_equal(weight, other)


def test_a_folder_that_cannot_be_written_to_is_said_before_there_is_data():
    with pytest.raises(InvalidArgumentError, match=r"output: /proc/self/run cannot be written to"):
        check_output("/proc/self/run")
    with pytest.raises(InvalidArgumentError, match=r"output: /proc/self/run cannot be written to"):
        run("/proc/self/run")


def test_a_loss_that_is_no_number_leaves_a_run_that_goes_on_with_a_smaller_rate(tmp_path):
    recipe = Recipe(epochs=2, learning_rate=1e30, warmup_ratio=0.7)
    with pytest.raises(MlmError, match="at a learning rate of"):
        run(tmp_path / "m.keras", recipe=recipe)
    result = run(tmp_path / "m.keras", overwrite=True)
    assert np.isfinite(result.best["val_perplexity"])


def test_without_checkpoints_there_is_no_folder(tmp_path):
    assert run(tmp_path / "m.keras", 3, checkpoints=False) is None
    assert [path.name for path in tmp_path.iterdir()] == ["m.keras"]
