"""What `train` shows and keeps of a training changes nothing of it, and may come and go."""

import json
import sys

import numpy as np
import pytest

from mlm_tf import TextPipeline, build_model
from mlm_tf.errors import InvalidArgumentError, MissingDependencyError
from mlm_tf.models import CausalLM
from mlm_tf.training import Recipe, train
from tests.training.killing import KillAfter, Killed

TEXTS = ["the cat sat on the mat", "the dog sat on the log", "a cat and a dog"] * 6
PIPELINE = TextPipeline.fit(TEXTS)


def run(output, kill_after=-1, **settings):
    """Of 8 batches, evaluated after every second."""
    model = build_model("gru", pipeline=PIPELINE, hidden_dim=8, dropout=0.2, seed=0)
    data = [PIPELINE.windows(TEXTS, 8, 4, shuffle=shuffle) for shuffle in (True, False)]
    settings = {"progress": False, "callbacks": [KillAfter(kill_after)], **settings}
    try:
        return model, train(model, *data, Recipe(epochs=2), output, **settings)
    except Killed:
        return None


def steps_in(path):
    return [int(line.split(":")[0].split()[1]) for line in path.read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def unwatched(tmp_path_factory):
    return run(tmp_path_factory.mktemp("unwatched") / "run")


@pytest.fixture
def writes_at_once(monkeypatch):
    monkeypatch.setattr(CausalLM, "generate", lambda self, prompts, **settings: prompts)


def test_samples_may_come_and_go_where_a_training_goes_on(tmp_path, unwatched, writes_at_once):
    for name, before, then, steps in [
        ("after", {}, {"sample_every": 4}, [4, 8]),
        ("before", {"sample_every": 3}, {}, [3]),
    ]:
        folder = tmp_path / name
        assert run(folder, 3, **before) is None  # one batch after the first evaluation
        model, result = run(folder, **then)
        assert steps_in(folder / "samples.txt") == steps
        assert result.history == unwatched[1].history
        for weight, other in zip(model.get_weights(), unwatched[0].get_weights(), strict=True):
            np.testing.assert_array_equal(weight, other)


def test_it_is_said_where_a_training_goes_on_from(tmp_path, capsys):
    shown = {"progress": True, "description": "cats"}
    assert run(tmp_path / "run", 3, **shown) is None
    assert "goes on" not in capsys.readouterr().out
    run(tmp_path / "run", **shown)
    said = f"cats goes on after {2 * 8 * 4} tokens, from {tmp_path / 'run' / 'checkpoints'}."
    assert capsys.readouterr().out.splitlines()[0] == said
    assert run(tmp_path / "quiet", 3) is None
    run(tmp_path / "quiet")
    assert capsys.readouterr().out == ""


def test_samples_without_a_number_come_with_the_evaluations_and_are_shown_alone(tmp_path, capsys):
    run(tmp_path / "m.keras", sample_prompts=["the", "a"])
    steps = [line.split(":")[0] for line in capsys.readouterr().out.splitlines()]
    assert steps == [f"step {step}" for step in (2, 4, 6, 8) for _ in range(2)]
    assert [path.name for path in tmp_path.iterdir()] == ["m.keras"]


def test_another_training_begins_without_what_was_shown_of_the_one_before(tmp_path, writes_at_once):
    folder = tmp_path / "run"
    run(folder, sample_every=4)
    (folder / "tensorboard").mkdir()
    assert run(folder, 3, overwrite=True) is None
    names = {path.name for path in folder.iterdir()}
    assert names == {"model.keras", "run.json", "checkpoints", "lock"}


def test_where_nothing_was_left_to_do_there_is_a_picture_nevertheless(tmp_path):
    folder = tmp_path / "run"
    run(folder)
    (folder / "curves.png").unlink()
    content = json.loads((folder / "run.json").read_text("utf-8"))
    (folder / "run.json").write_text(json.dumps({**content, "results": None}), "utf-8")
    run(folder, 0)
    assert (folder / "curves.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"sample_every": 0}, "sample_every=0"),
        ({"sample_prompts": [1]}, r"sample_prompts\[0\]=1"),
        ({"tensorboard": 1}, "tensorboard=1"),
        ({"tensorboard": True}, r"output='.*m\.keras' keeps none; use a folder"),
    ],
)
def test_what_cannot_be_shown_is_one_sentence_before_there_is_a_run(tmp_path, settings, message):
    with pytest.raises(InvalidArgumentError, match=message) as error:
        run(str(tmp_path / "m.keras"), **settings)
    assert "\n" not in str(error.value) and list(tmp_path.iterdir()) == []


def test_tensorboard_that_is_not_installed_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    with pytest.raises(MissingDependencyError, match="not bring; use pip install tensorboard"):
        run(tmp_path / "run", tensorboard=True)
    assert list(tmp_path.iterdir()) == []


def test_tensorboard_reads_the_figures_of_a_training_that_was_killed(tmp_path, unwatched):
    reading = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    tf = pytest.importorskip("tensorflow")
    folder = tmp_path / "run"
    assert run(folder, 3, tensorboard=True) is None
    _, result = run(folder, tensorboard=True)
    assert result.history == unwatched[1].history
    for part, begin in (("train", ""), ("validation", "val_")):
        path = str(folder / "tensorboard" / part)
        events = reading.EventAccumulator(path, {"tensors": 0}).Reload()
        values = events.Tensors("epoch_perplexity")
        assert [value.step for value in values] == [0, 1, 2, 3]
        found = [float(tf.make_ndarray(value.tensor_proto)) for value in values]
        assert found == pytest.approx(result.history[f"{begin}perplexity"])
