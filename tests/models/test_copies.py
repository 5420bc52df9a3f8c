"""Copies of a model keep its pipelines, blocks that are one stay one, and models share a table."""

import json
import pathlib
import zipfile

import keras
import numpy as np
import pytest
from keras import ops

from mlm_tf import TextPipeline, build_model, estimate
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers import LSTM, Residual, Transformer
from mlm_tf.preprocessing import load_pipeline

TEXTS = ["the cat sat on the mat", "the dog sat on the log"]
X, Y = np.random.default_rng(0).integers(1, 9, (2, 4, 7)).astype("int32")
SIZES = {"vocabulary_size": 20, "hidden_dim": 8}


def outputs(model):
    inputs = X if len(model.input_names) == 2 else dict.fromkeys(model.input_sizes, X)
    return ops.convert_to_numpy(model(inputs))


def saved(model, tmp_path):
    model.save(tmp_path / "m.keras")
    return keras.saving.load_model(tmp_path / "m.keras")


COPIES = {
    "clone_model": keras.models.clone_model,
    "to_json": lambda model: keras.models.model_from_json(model.to_json()),
    "from_config": lambda model: type(model).from_config(model.get_config()),
}
LEVELS = ("character", "subword")  # each is a config in a config, as words are

# === Pipelines ===


@pytest.mark.long_table
@pytest.mark.parametrize(
    ("how", "level"), [*((how, "word") for how in COPIES), *(("to_json", at) for at in LEVELS)]
)
def test_copies_keep_the_pipeline(how, level):
    pipeline = TextPipeline.fit(TEXTS * 5, level=level)
    model = build_model("lstm", pipeline=pipeline, hidden_dim=8)
    copied = COPIES[how](model)
    copied.set_weights(model.get_weights())
    assert copied.pipeline.vocabulary == pipeline.vocabulary
    texts = [m.generate("the cat", max_length=12, sampler="greedy") for m in (model, copied)]
    assert texts[0] == texts[1]


@pytest.mark.parametrize("copy", COPIES.values(), ids=COPIES)
def test_copies_of_two_sides_keep_both_pipelines(copy):
    source, target = TextPipeline.fit(TEXTS[:1]), TextPipeline.fit(TEXTS[1:])
    model = build_model("lstm", "seq2seq_lm", pipeline=source, target_pipeline=target, hidden_dim=8)
    copied = copy(model)
    assert copied.pipeline.vocabulary == source.vocabulary
    assert copied.target_pipeline.vocabulary == target.vocabulary


def test_a_model_without_a_pipeline_is_copied_without():
    assert keras.models.clone_model(build_model("gru", **SIZES)).pipeline is None


def test_the_file_of_a_model_holds_the_pipeline_once(tmp_path):
    pipeline = TextPipeline.fit(TEXTS)
    saved(build_model("lstm", pipeline=pipeline, hidden_dim=8), tmp_path)
    with zipfile.ZipFile(tmp_path / "m.keras") as archive:
        assert "pipeline" not in json.loads(archive.read("config.json"))["config"]
        assert "assets/pipeline.json" in archive.namelist()


def test_a_model_inside_another_keeps_its_pipeline(tmp_path):
    pipeline = TextPipeline.fit(TEXTS)
    inner = build_model("lstm", pipeline=pipeline, hidden_dim=8)
    inputs = keras.Input((None,), dtype="int32")
    outer = keras.Model(inputs, inner(inputs))
    loaded = saved(outer, tmp_path)
    assert loaded.layers[1].pipeline.vocabulary == pipeline.vocabulary


# === One block in several places ===


def shared_stack(kind):
    if kind == "inside":
        block = LSTM(8)
        return [Residual(block, name="a"), Residual(block, name="b")]
    block = Transformer(8, 2)
    return [block, block, block]


@pytest.mark.parametrize("kind", ["thrice", "inside"])
@pytest.mark.parametrize("copy", ["save", *COPIES])
def test_one_block_in_several_places_stays_one(kind, copy, tmp_path):
    model = build_model(shared_stack(kind), **SIZES)
    copied = saved(model, tmp_path) if copy == "save" else COPIES[copy](model)
    assert [w.shape for w in copied.weights] == [w.shape for w in model.weights]
    copied.set_weights(model.get_weights())
    np.testing.assert_array_equal(outputs(copied), outputs(model))


def test_one_block_in_several_places_of_an_encoder_too(tmp_path):
    block = LSTM(8)
    model = build_model([block, block], "seq2seq_lm", **SIZES)
    assert model.encoder_blocks[0] is model.encoder_blocks[1]
    loaded = saved(model, tmp_path)
    assert loaded.encoder_blocks[0] is loaded.encoder_blocks[1]
    assert loaded.blocks[0] is loaded.blocks[1]
    assert loaded.blocks[0] is not loaded.encoder_blocks[0]
    np.testing.assert_array_equal(outputs(loaded), outputs(model))


@pytest.mark.parametrize("kind", ["thrice", "inside"])
def test_an_estimate_counts_shared_weights_once(kind):
    found = estimate(shared_stack(kind), **SIZES)
    model = build_model(shared_stack(kind), **SIZES)
    assert found.parameters == model.count_params()


def test_an_estimate_counts_the_activations_of_each_place():
    apart = [Transformer(8, 2) for _ in range(3)]
    found = [
        estimate(blocks, **SIZES).activation_bytes
        for blocks in (apart[:1], shared_stack("thrice"), apart)
    ]
    assert found[0] < found[1] == found[2]


def test_a_grafted_block_leaves_its_name_to_no_other():
    donor = build_model("attention", num_layers=2, **SIZES)
    model = build_model([donor.blocks[1], "attention"], **SIZES)
    assert [block.name for block in model.blocks] == ["attention_1", "attention_2"]
    paths = [weight.path for weight in model.blocks[0].weights + model.blocks[1].weights]
    assert len(set(paths)) == len(paths)


def test_two_blocks_of_one_name_are_saved_and_loaded(tmp_path):
    blocks = [Transformer(8, 2, name="same") for _ in range(2)]
    model = build_model(blocks, **SIZES)
    np.testing.assert_array_equal(outputs(saved(model, tmp_path)), outputs(model))


# === One table in two models ===


@pytest.mark.parametrize(
    ("task", "settings"),
    [
        ("causal_lm", {}),
        ("masked_lm", {}),
        ("text_classifier", {"num_classes": 2}),
        ("seq2seq_lm", {}),
        ("seq2seq_lm", {"target_vocabulary_size": 9}),
    ],
)
def test_two_models_share_a_table(task, settings, tmp_path):
    first = build_model("gru", **SIZES)
    second = build_model(
        "lstm", task, vocabulary_size=20, hidden_dim=16, embedding=first.embedding, **settings
    )
    assert second.input_embedding is first.embedding
    assert second.embedding_dim == 8
    before = ops.convert_to_numpy(first.embedding.embeddings)
    first.compile("adam")
    first.fit(X, Y, verbose=0)
    assert np.abs(ops.convert_to_numpy(second.input_embedding.embeddings) - before).max() > 0
    loaded = saved(second, tmp_path)
    np.testing.assert_array_equal(outputs(loaded), outputs(second))
    assert loaded.input_embedding is not first.embedding


def test_two_models_share_an_untied_table_and_that_of_the_scores(tmp_path):
    first = build_model("gru", tie_weights=False, **SIZES)
    second = build_model("lstm", tie_weights=False, embedding=first.embedding, **SIZES)
    classifier = build_model(
        "lstm", "text_classifier", embedding=first.embedding, num_classes=2, **SIZES
    )
    for model in (second, classifier):
        np.testing.assert_array_equal(outputs(saved(model, tmp_path)), outputs(model))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"vocabulary_size": 9}, "table of 20 rows, but the vocabulary has 9 tokens"),
        ({"embedding_dim": 4}, "embedding_dim=4, but the vectors of the table"),
        ({"embedding_trainable": False}, "would freeze the table for the model that it is shared"),
        ({"tie_weights": False}, "tie_weights=False asks for a table of scores"),
    ],
)
def test_a_table_that_cannot_be_shared_is_refused(settings, message):
    table = build_model("gru", **SIZES).embedding
    with pytest.raises(InvalidArgumentError, match=message):
        build_model("gru", embedding=table, **{**SIZES, **settings})


def test_an_estimate_of_a_model_that_shares_a_table():
    table = build_model("gru", **SIZES).embedding
    model = build_model("gru", embedding=table, **SIZES)
    assert estimate("gru", embedding=table, **SIZES).parameters == model.count_params()


def test_a_byte_pair_pipeline_is_copied_too():
    files = pathlib.Path(__file__).parents[1].glob("fixtures/*/byte_pairs.json")
    pipeline = load_pipeline(next(files))
    model = build_model("gru", pipeline=pipeline, hidden_dim=8)
    for copy in COPIES.values():
        copied = copy(model).pipeline
        assert type(copied) is type(pipeline)
        np.testing.assert_array_equal(copied.encode(["a cat"])[0], pipeline.encode(["a cat"])[0])
