"""What is saved is loaded: weights, pipeline, training state, in another process too."""

import json
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
        num_classes=2 if task == "text_classifier" else None,
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
        pytest.param("subword", other_backend(), marks=pytest.mark.slow),
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


def test_a_folder_does_for_the_only_model_in_it(pipeline, tmp_path):
    model = build_model("lstm", pipeline=pipeline, hidden_dim=8)
    with pytest.raises(InvalidFileError, match=r"a folder with no \.keras file; name a model file"):
        load_model(tmp_path)
    model.save(tmp_path / "model.keras")
    assert load_model(tmp_path).pipeline.vocabulary == pipeline.vocabulary
    model.save(tmp_path / "other.keras")
    with pytest.raises(InvalidFileError, match=r"a folder with model\.keras, other\.keras; name"):
        load_model(tmp_path)


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


def tampered(path, change):
    """A copy of a .keras file whose config has been changed."""
    copy = path.with_name("tampered.keras")
    with zipfile.ZipFile(path) as original, zipfile.ZipFile(copy, "w") as changed:
        for name in original.namelist():
            content = original.read(name)
            if name == "config.json":
                config = json.loads(content)
                change(config)
                content = json.dumps(config)
            changed.writestr(name, content)
    return copy


FOREIGN = {"module": "theirs", "class_name": "Theirs", "registered_name": "theirs>Theirs"}
SYSTEM = {"module": "os", "class_name": "system", "registered_name": None}
LAMBDA = keras.saving.serialize_keras_object(keras.layers.Lambda(lambda x: x))
DENSE = keras.saving.serialize_keras_object(keras.layers.Dense(8))


@pytest.mark.parametrize(
    ("block", "message"),
    [
        (LAMBDA, "was refused: it holds a Lambda"),
        (FOREIGN, "names a class 'Theirs' that is not registered here; import the module"),
        (SYSTEM, "names a class 'system' that is not registered"),
        (DENSE, "could not be read.*a Dense in the place of a block"),
    ],
    ids=["lambda", "foreign", "system", "no block"],
)
def test_code_and_foreign_classes_in_a_file_are_refused(block, message, tmp_path):
    path = tmp_path / "m.keras"
    build_model("lstm", vocabulary_size=9, hidden_dim=8).save(path)

    def change(config):
        config["config"]["blocks"][0].update(block)

    with pytest.raises(InvalidFileError, match=message) as error:
        load_model(tampered(path, change))
    assert "\n" not in str(error.value)


def test_a_keras_model_with_a_lambda_is_refused(tmp_path):
    path = tmp_path / "lambda.keras"
    keras.Sequential([keras.Input((2,)), keras.layers.Lambda(lambda x: x)]).save(path)
    with pytest.raises(InvalidFileError, match="it holds a Lambda, which is code"):
        load_model(path)


@pytest.mark.parametrize(
    ("architecture", "changes"),
    [
        ("lstm", {"hidden_dim": 16}),
        ("lstm", {"vocabulary_size": 10}),
        ("lstm", {"num_layers": 2}),
        ("gru", {}),
        ("transformer", {}),
    ],
    ids=str,
)
def test_weights_of_another_shape_are_refused_in_one_sentence(architecture, changes, tmp_path):
    sizes = {"vocabulary_size": 9, "hidden_dim": 8}
    path = tmp_path / "lstm.weights.h5"
    build_model("lstm", **sizes).save_weights(path)
    other = build_model(architecture, **{**sizes, **changes})
    with pytest.raises(InvalidFileError, match=r"lstm\.weights\.h5 does not hold weights of") as e:
        other.load_weights(path)
    assert "\n" not in str(e.value)


def test_weights_are_loaded_and_a_missing_file_is_named(tmp_path):
    model, other = (build_model("lstm", vocabulary_size=9, hidden_dim=8) for _ in range(2))
    model.save_weights(tmp_path / "m.weights.h5")
    other.load_weights(tmp_path / "m.weights.h5")
    ids = np.array([[1, 2, 3]])
    np.testing.assert_array_equal(
        ops.convert_to_numpy(other(ids)), ops.convert_to_numpy(model(ids))
    )
    with pytest.raises(MissingFileError, match=r"no file of weights .*none\.weights\.h5"):
        model.load_weights(tmp_path / "none.weights.h5")


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


@pytest.mark.parametrize(
    ("architecture", "task", "settings"),
    [
        (["lstm", "attention"], "causal_lm", {}),
        (["gru", "transformer"], "masked_lm", {}),
        ("transformer", "text_classifier", {"num_classes": 2, "pooling": "attention"}),
        ("lstm", "seq2seq_lm", {"target_vocabulary_size": 9}),
    ],
    ids=str,
)
def test_a_model_keeps_its_precision_where_another_is_set(architecture, task, settings, tmp_path):
    sizes = {"vocabulary_size": 9, "embedding_dim": 8, "hidden_dim": 16}
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = build_model(architecture, task, **sizes, **settings)
    finally:
        keras.config.set_dtype_policy("float32")
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    policies = [
        [layer.dtype_policy.name for layer in which._flatten_layers()] for which in (loaded, model)
    ]
    assert policies[0] == policies[1]
    ids = np.arange(1, 9, dtype="int32").reshape(2, 4)
    x = ids
    if task == "seq2seq_lm":
        x = {"encoder_token_ids": ids, "decoder_token_ids": ids}
    np.testing.assert_array_equal(ops.convert_to_numpy(loaded(x)), ops.convert_to_numpy(model(x)))
