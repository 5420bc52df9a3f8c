"""BERT with segments and its head gives the scores that `transformers` gives on the same weights.

The file was written by benchmarks/golden_blocks.py.
"""

import pathlib

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from mlm_tf import build_model, estimate
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.models import MaskedLM
from tests.layers.tensor_names import BERT_NAMES

GOLDEN = pathlib.Path(__file__).parents[1] / "layers" / "golden" / "bert_masked_lm.npz"
INPUTS = ("token_ids", "padding_mask", "segment_ids")
SIZES = {"vocabulary_size": 11, "num_layers": 2, "hidden_dim": 12, "num_heads": 3}
SIZES |= {"intermediate_dim": 20, "max_sequence_length": 64}


def bert(**settings):
    return build_model("bert-base", "masked_lm", **{**SIZES, **settings})


def variables_of(model) -> dict:
    """By the names of BERT's tensors."""
    positions, norm, *blocks = model.blocks
    found = {
        "bert.embeddings.word_embeddings.weight": model.embedding.embeddings,
        "bert.embeddings.position_embeddings.weight": positions.embeddings,
        "bert.embeddings.token_type_embeddings.weight": model.segment_embedding.embeddings,
        "cls.predictions.bias": model.output_bias.bias,
    }
    layers = {
        "bert.embeddings.LayerNorm": norm.norm,
        "cls.predictions.transform.dense": model.transform_dense,
        "cls.predictions.transform.LayerNorm": model.transform_norm,
    }
    for i, block in enumerate(blocks):
        for path, theirs in BERT_NAMES.items():
            layer = block
            for name in path.split("/"):
                layer = getattr(layer, name)
            layers[f"bert.encoder.layer.{i}.{theirs}"] = layer
    for name, layer in layers.items():
        found[f"{name}.weight"], found[f"{name}.bias"] = layer.weights
    return found


@pytest.fixture(scope="module")
def golden():
    """A model with these weights, what it reads, and the scores expected of it."""
    with np.load(GOLDEN) as file:
        tensors = dict(file)
    inputs = {name: tensors.pop(name) for name in INPUTS}
    logits, model = tensors.pop("logits"), bert()
    variables = variables_of(model)
    assert set(variables) == set(tensors)
    for name, variable in variables.items():
        is_matrix = "embeddings" not in name and tensors[name].ndim == 2
        variable.assign(tensors[name].T if is_matrix else tensors[name])
    return model, inputs, logits


def scores(model, inputs):
    return ops.convert_to_numpy(model(inputs))[inputs["padding_mask"]]


def test_its_scores_are_those_of_transformers(golden):
    model, inputs, logits = golden
    np.testing.assert_allclose(scores(model, inputs), logits[inputs["padding_mask"]], atol=1e-4)


def test_saved_and_loaded_its_scores_are_the_same(golden, tmp_path):
    model, inputs, _ = golden
    model.save(tmp_path / "bert.keras")
    loaded = keras.saving.load_model(tmp_path / "bert.keras")
    assert loaded.input_names == (*INPUTS,)
    for copy in (loaded, keras.models.clone_model(model)):
        copy.set_weights(model.get_weights())
        np.testing.assert_allclose(scores(copy, inputs), scores(model, inputs), atol=1e-5)


def test_without_segments_all_is_of_the_first(golden):
    model, inputs, _ = golden
    first = {**inputs, "segment_ids": np.zeros_like(inputs["segment_ids"])}
    without = {name: inputs[name] for name in ("token_ids", "padding_mask")}
    np.testing.assert_array_equal(scores(model, without), scores(model, first))
    assert np.abs(scores(model, inputs) - scores(model, first)).max() > 0.01
    alone = ops.convert_to_numpy(model(inputs["token_ids"][:1]))
    expected = {name: array[:1] for name, array in first.items()}
    np.testing.assert_allclose(alone[0], scores(model, expected), atol=1e-5)


def test_bert_base_has_every_parameter_of_its_checkpoint(golden):
    assert estimate("bert-base", "masked_lm").parameters == 109_514_298
    model, _, _ = golden
    assert estimate("bert-base", "masked_lm", **SIZES).parameters == model.count_params()


@pytest.mark.parametrize("task", ["masked_lm", "text_classifier", "token_classifier"])
def test_segments_are_held_to_their_number(task):
    more = {} if task == "masked_lm" else {"num_classes": 2}
    model = build_model("bert-base", task, **{**SIZES, **more, "num_layers": 1})
    ids, segment_ids = np.arange(12).reshape(2, 6) % 11, np.eye(2, 6, dtype="int64")
    model.check_token_ids(ids)
    for known in ({"token_ids": ids}, {"token_ids": ids, "segment_ids": segment_ids}):
        model.check_token_ids(known)
    with pytest.raises(InvalidArgumentError, match=r"segment_ids holds 2, .* segments 0 to 1; num"):
        model.predict_on_batch({"token_ids": ids, "segment_ids": segment_ids + 1})


def test_segments_are_trained_by_arrays_and_data_sets():
    keras.utils.set_random_seed(0)
    model = bert(num_layers=1)
    model.compile(keras.optimizers.SGD(0.5))
    x = {"token_ids": np.arange(12).reshape(2, 6) % 11, "segment_ids": np.eye(2, 6, dtype="int64")}
    before = ops.convert_to_numpy(model.segment_embedding.embeddings)
    model.fit(x, x["token_ids"], verbose=0)
    after = ops.convert_to_numpy(model.segment_embedding.embeddings)
    assert (np.abs(after - before).max(axis=1) > 0).all()
    wrong = {**x, "segment_ids": x["segment_ids"] + 1}
    data = tf.data.Dataset.from_tensors((wrong, x["token_ids"]))
    for arguments in ((wrong, x["token_ids"]), (data,)):
        with pytest.raises(InvalidArgumentError, match=r"segment_ids holds 2, .* segments 0 to 1"):
            model.fit(*arguments, verbose=0)


def test_a_model_without_segments_refuses_their_ids():
    model = build_model("lstm", "masked_lm", vocabulary_size=11, hidden_dim=8)
    x = {"token_ids": np.ones((1, 3), "int32"), "segment_ids": np.ones((1, 3), "int32")}
    with pytest.raises(InvalidArgumentError, match="'segment_ids', which this model does not read"):
        model(x)


def test_bert_serves_every_task():
    for task, more in (
        ("causal_lm", {}),
        ("counted_classifier", {"num_classes": 2, "read_length": 3}),
        ("seq2seq_lm", {}),
    ):
        model = build_model("bert-base", task, **{**SIZES, "num_layers": 1}, **more)
        names = [type(block).__name__ for block in model.blocks]
        assert names == ["LearnedPositions", "EmbeddingNorm", "Transformer"]
        assert getattr(model, "output_norm", None) is None
    reads = build_model("bert-base", "counted_classifier", **SIZES, num_classes=2, read_length=3)
    ids = np.ones((2, 6), "int32")
    x = {"token_ids": ids, "segment_ids": ids, "padding_mask": ids > 0}
    other = {**x, "segment_ids": np.where(np.arange(6) < 3, 1, 0) * ids}
    np.testing.assert_array_equal(reads(x), reads(other))  # the first three alone
    assert np.abs(np.array(reads(x)) - np.array(reads({**x, "segment_ids": 0 * ids}))).max() > 0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"num_segments": 0}, "num_segments=0 is not allowed; use an integer >= 1"),
        ({"output_transform": 1}, "output_transform=1 is not allowed; use True or False"),
        ({"transform_epsilon": -1}, "transform_epsilon=-1 is not allowed; use a number >= 0"),
    ],
)
def test_wrong_arguments_are_named(settings, message):
    with pytest.raises(InvalidArgumentError, match=message):
        MaskedLM(11, 8, 8, bert(hidden_dim=8, num_heads=2).blocks, **settings)
