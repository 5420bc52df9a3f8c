"""Files that earlier versions wrote load for ever: the same ids, texts, logits and next step.

Written by tools/write_fixtures.py, a folder for each version that writes other files.
"""

import json
import pathlib

import keras
import numpy as np
import pytest
from keras import ops

from mlm_tf.preprocessing import TokenFile, load_pipeline

FIXTURES = pathlib.Path(__file__).parents[1] / "fixtures"
MODELS = sorted(FIXTURES.glob("*/*.keras"))
PIPELINES = [
    (file.parent, name, expected)
    for file in sorted(FIXTURES.glob("*/pipelines.json"))
    for name, expected in json.loads(file.read_text(encoding="utf-8")).items()
]


def of_version(path: pathlib.Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def test_there_are_fixtures_of_every_kind():
    names = [path.stem for path in MODELS]
    for task in ("causal", "masked", "classifier", "seq2seq", "pointer"):
        assert [name for name in names if name.startswith(task)]
    assert len(names) >= 19 and len(PIPELINES) >= 10


@pytest.mark.parametrize(
    ("folder", "name", "expected"), PIPELINES, ids=[f"{f.name}/{n}" for f, n, _ in PIPELINES]
)
def test_a_pipeline_gives_the_same_ids_and_texts(folder, name, expected, tmp_path):
    pipeline = load_pipeline(folder / f"{name}.json")
    again = tmp_path / "again.json"
    pipeline.save(again)
    for loaded in (pipeline, load_pipeline(again)):
        ids = [row.tolist() for row in loaded.encode(expected["texts"])]
        assert ids == expected["ids"]
        assert [loaded.decode(row) for row in ids] == expected["decoded"]


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*/*.tokens")), ids=of_version)
def test_a_token_file_is_read_with_its_pipeline(path):
    file, pipeline = TokenFile(path), load_pipeline(path.with_suffix(".json"))
    file.check_pipeline(pipeline)
    assert pipeline.decode(file[:]).startswith("the cat sat on the mat; the dog didn't. a [UNK]-")


@pytest.mark.parametrize(
    "path",
    MODELS,
    ids=of_version,
)
def test_a_model_gives_the_same_logits_and_the_same_next_step(path, tmp_path):
    with np.load(path.with_suffix(".npz")) as file:
        expected = dict(file)
    x = {key.removeprefix("x_"): value for key, value in expected.items() if key.startswith("x_")}
    model = keras.saving.load_model(path)
    np.testing.assert_allclose(ops.convert_to_numpy(model(x)), expected["logits"], atol=2e-5)
    model.save(tmp_path / "again.keras")
    model = keras.saving.load_model(tmp_path / "again.keras")
    assert model.compiled == ("loss" in expected)
    if not model.compiled:
        return
    results = model.train_on_batch(x, expected["y"], expected["weight"], return_dict=True)
    np.testing.assert_allclose(results["loss"], expected["loss"], rtol=1e-4)
    after = ops.convert_to_numpy(model(x))
    np.testing.assert_allclose(after, expected["next_logits"], atol=1e-3)
