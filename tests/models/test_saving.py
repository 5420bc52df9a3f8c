"""What is saved is loaded: weights, pipeline, training state, in another process too."""

import os
import subprocess
import sys
import zipfile

import keras
import numpy as np
import pytest
from keras import ops

from mlm_tf import TextPipeline, build_model, load_model
from mlm_tf.errors import InvalidFileError, MissingFileError
from mlm_tf.layers import LSTM, Residual
from mlm_tf.training import Perplexity

TEXTS = ["the cat sat on the mat", "the dog sat on the log"]
IDS = np.array([[2, 6, 7, 8, 3]], "int32")


@pytest.fixture(scope="module")
def pipeline():
    return TextPipeline.fit(TEXTS)


@pytest.mark.parametrize(
    "architecture", ["lstm", "attention", ["lstm", Residual(LSTM(16))]], ids=["lstm", "att", "own"]
)
@pytest.mark.parametrize("task", ["causal_lm", "text_classifier"])
def test_round_trip(architecture, task, pipeline, tmp_path):
    if isinstance(architecture, list):
        architecture = ["lstm", Residual(LSTM(16))]
    matrix = np.random.default_rng(0).normal(size=(pipeline.vocabulary_size, 8)).astype("float32")
    model = build_model(
        architecture,
        task,
        pipeline=pipeline,
        embedding=matrix,
        hidden_dim=16,
        num_classes=2,
        dropout=0.1,
        max_sequence_length=12,
    )
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    assert type(loaded) is type(model)
    np.testing.assert_array_equal(
        ops.convert_to_numpy(loaded(IDS)), ops.convert_to_numpy(model(IDS))
    )
    assert loaded.pipeline.vocabulary == pipeline.vocabulary
    assert loaded.max_sequence_length == 12


def test_a_compiled_model_goes_on_training_where_it_stopped(pipeline, tmp_path):
    model = build_model("lstm", pipeline=pipeline, hidden_dim=16, seed=0)
    model.compile(keras.optimizers.Adam(0.01), weighted_metrics=[Perplexity()])
    model.fit(IDS[:, :-1], IDS[:, 1:], epochs=3, verbose=0)
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    histories = [
        m.fit(IDS[:, :-1], IDS[:, 1:], epochs=3, verbose=0).history for m in (model, loaded)
    ]
    np.testing.assert_allclose(histories[0]["loss"], histories[1]["loss"], rtol=1e-4)
    np.testing.assert_allclose(histories[0]["perplexity"], histories[1]["perplexity"], rtol=1e-4)


def other_backend():
    return "jax" if keras.backend.backend() == "tensorflow" else "tensorflow"


@pytest.mark.parametrize(
    ("level", "backend"),
    [
        ("word", keras.backend.backend()),
        ("character", other_backend()),
        ("subword", other_backend()),
    ],
)
def test_a_fresh_process_generates_the_same_text(level, backend, tmp_path):
    pipeline = TextPipeline.fit(TEXTS * 5, level=level)
    model = build_model(["lstm", "attention"], pipeline=pipeline, hidden_dim=16, seed=1)
    path = tmp_path / "m.keras"
    model.save(path)
    program = (
        "import sys, keras, mlm_tf\n"
        "model = keras.saving.load_model(sys.argv[1])\n"
        "print(model.generate('the cat', max_length=20, sampler='greedy'))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program, path],
        capture_output=True,
        text=True,
        env={**os.environ, "KERAS_BACKEND": backend, "PYTHONIOENCODING": "utf-8"},
    )
    assert result.returncode == 0, result.stderr
    expected = model.generate("the cat", max_length=20, sampler="greedy")
    assert result.stdout == expected + "\n"


def test_an_interrupted_save_leaves_the_old_file_whole(pipeline, tmp_path, monkeypatch):
    model = build_model("lstm", pipeline=pipeline, hidden_dim=8)
    path = tmp_path / "m.keras"
    model.save(path)
    before = path.read_bytes()

    def interrupted(self, directory):
        raise KeyboardInterrupt

    monkeypatch.setattr(type(model), "save_assets", interrupted)
    with pytest.raises(KeyboardInterrupt):
        model.save(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["m.keras"]


def test_the_pipeline_travels_as_a_readable_asset(pipeline, tmp_path):
    build_model("lstm", pipeline=pipeline, hidden_dim=8).save(tmp_path / "m.keras")
    with zipfile.ZipFile(tmp_path / "m.keras") as archive:
        assert "assets/pipeline.json" in archive.namelist()


def test_files_that_are_not_models_are_named_in_one_sentence(tmp_path):
    with pytest.raises(MissingFileError, match=r"no model file .*none\.keras"):
        load_model(tmp_path / "none.keras")
    text = tmp_path / "text.keras"
    text.write_text("not a zip")
    empty = tmp_path / "empty.keras"
    with zipfile.ZipFile(empty, "w") as archive:
        archive.writestr("something.txt", "else")
    foreign = tmp_path / "foreign.keras"
    keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]).save(foreign)
    for path in (text, empty, foreign):
        with pytest.raises(InvalidFileError, match=path.name) as error:
            load_model(path)
        assert "\n" not in str(error.value)


def test_word_vectors_that_were_released_stay_released(pipeline, tmp_path):
    model = build_model("lstm", pipeline=pipeline, hidden_dim=8, embedding_trainable=False)
    for release in (False, True):
        if release:
            model.embedding.trainable = True
        model.compile(keras.optimizers.Adam(0.01))
        model.fit(IDS[:, :-1], IDS[:, 1:], verbose=0)
        model.save(tmp_path / "m.keras")
        loaded = keras.saving.load_model(tmp_path / "m.keras")
        paths = [[v.path for v in m.trainable_variables] for m in (model, loaded)]
        assert len(paths[0]) == len(paths[1])
        assert any("embedding" in path for path in paths[1]) == release
