"""The models that come with the package: small, whole, and for ever what they were."""

import io
import json
import pathlib
import zipfile

import h5py
import keras
import numpy as np
import pytest
from keras import ops

import mlm_tf
from mlm_tf.errors import MissingFileError
from mlm_tf.models import CausalLM, pretrained_models
from mlm_tf.tasks.model_card import ENTRIES

OUTPUTS = sorted((pathlib.Path(__file__).parents[1] / "fixtures").glob("small_*/*.json"))
NAMES = ("tang-small", "wikipedia-small")


@pytest.fixture(scope="module")
def models():
    return {name: mlm_tf.load_model(name) for name in NAMES}


def test_there_are_two_of_at_most_four_megabytes():
    files = pretrained_models()
    assert tuple(files) == NAMES
    assert {path.stem for path in OUTPUTS} == set(NAMES)
    assert all(path.stat().st_size <= 4_000_000 for path in files.values())


@pytest.mark.parametrize("name", NAMES)
def test_a_file_holds_weights_in_float16_which_are_float32_once_loaded(name, models):
    with zipfile.ZipFile(pretrained_models()[name]) as archive:
        content = archive.read("model.weights.h5")
    stored = []

    def note(_, item):
        stored.extend([item.dtype] if isinstance(item, h5py.Dataset) else [])

    with h5py.File(io.BytesIO(content)) as file:
        file.visititems(note)
    assert set(stored) == {np.dtype("float16")}
    assert {str(variable.dtype) for variable in models[name].weights} == {"float32"}
    assert not models[name].compiled  # no optimizer, whose moments would be twice the weights


@pytest.mark.parametrize("name", NAMES)
def test_a_name_gives_what_keras_reads_from_its_file(name, models):
    again = keras.saving.load_model(pretrained_models()[name])
    assert isinstance(again, CausalLM)
    ids = again.pipeline(["The city", "春"])["token_ids"]
    np.testing.assert_array_equal(*map(ops.convert_to_numpy, (again(ids), models[name](ids))))


def test_a_name_that_is_neither_is_refused_with_those_that_there_are():
    with pytest.raises(
        MissingFileError, match=r"wikipedia-large.*tang-small, wikipedia-small"
    ) as e:
        mlm_tf.load_model("wikipedia-large")
    assert "\n" not in str(e.value)


@pytest.mark.parametrize("path", OUTPUTS, ids=lambda path: path.stem)
def test_it_reads_and_writes_what_it_did_when_it_was_made(path, models):
    """On TensorFlow, where the file was written, and on JAX."""
    expected = json.loads(path.read_text(encoding="utf-8"))
    model = models[path.stem]
    assert [row.tolist() for row in model.pipeline.encode(expected["texts"])] == expected["ids"]
    for row, then in zip(
        model.score(expected["texts"]).log_probs, expected["log_probs"], strict=True
    ):
        np.testing.assert_allclose(row, then, atol=1e-3)
    prompts, length = expected["prompts"], expected["max_length"]
    assert model.generate(prompts, max_length=length, sampler="greedy") == expected["greedy"]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_drawn_has_no_unknown_token_and_goes_on_from_the_prompt(name, models):
    prompt = {"tang-small": "春", "wikipedia-small": "The city"}[name]
    texts = models[name].generate([prompt] * 8, max_length=40, temperature=0.8, seed=0)
    assert len(set(texts)) > 4
    for text in texts:
        assert text.startswith(prompt) and len(text) > 2 * len(prompt)
        assert "[UNK]" not in text and "\ufffd" not in text


@pytest.mark.parametrize("name", NAMES)
def test_its_card_is_beside_it_and_leaves_nothing_blank(name):
    card = pretrained_models()[name].with_suffix(".md").read_text(encoding="utf-8")
    assert all(f"- **{entry.label[0]}**: " in card for entry in ENTRIES.values())
    assert "*blank" not in card and "Kneser-Ney" in card


@pytest.mark.slow
def test_the_figures_of_the_card_are_those_of_the_file(models):
    """Of the one whose texts need no download; they are what its tool prints."""
    from tools.train_small_models import MODELS, measured

    name = "wikipedia-small"
    said = measured(models[name], *MODELS[name].texts())
    assert said in pretrained_models()[name].with_suffix(".md").read_text(encoding="utf-8")
