"""The trunk of a language model under a head for another task."""

import keras
import numpy as np
import pytest
from keras import ops

from mlm_tf import TextPipeline, build_model, register_task
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers import Transformer
from mlm_tf.models import TextModel

RNG = np.random.default_rng(0)
X, Y = RNG.integers(1, 20, (2, 4, 7)).astype("int32")
MASK = np.arange(7) < np.array([[7], [4], [5], [1]])
INPUTS = {"token_ids": X, "padding_mask": MASK}
SIZES = {"vocabulary_size": 20, "hidden_dim": 8, "num_heads": 2, "seed": 0}


def numpy(tensor):
    return ops.convert_to_numpy(tensor)


def built(architecture="transformer", task="causal_lm", **settings):
    """A language model whose weights are all its own."""
    model = build_model(architecture, task, **SIZES, **settings)
    for weight in model.weights:
        if "float" in weight.dtype:
            weight.assign(RNG.normal(size=weight.shape, scale=0.3))
    return model


def normed(model, inputs=INPUTS):
    """What a head reads."""
    hidden = model.hidden_states(inputs)
    return numpy(hidden if model.output_norm is None else model.output_norm(hidden))


def values(model):
    return [numpy(weight).copy() for weight in model.weights]


def assert_equal(mine, theirs):
    for one, other in zip(mine, theirs, strict=True):
        np.testing.assert_array_equal(one, other)


LEARNED = {"positions": "learned", "max_sequence_length": 9}


@pytest.mark.parametrize(
    ("architecture", "task", "settings", "head"),
    [
        ("transformer", "causal_lm", {"embedding_dim": 6, "dropout": 0.1}, "text_classifier"),
        (["gru", "attention"], "masked_lm", {**LEARNED}, "token_classifier"),
        ("bert-base", "masked_lm", {"num_layers": 1, "max_sequence_length": 9}, "text_classifier"),
        pytest.param("gru", "causal_lm", {}, "counted_classifier", marks=pytest.mark.slow),
        pytest.param(
            "llama", "causal_lm", {"tie_weights": False}, "token_classifier", marks=pytest.mark.slow
        ),
    ],
    ids=str,
)
def test_a_head_reads_what_the_language_model_has_learned(architecture, task, settings, head):
    model = built(architecture, task, **settings)
    other = model.with_head(head, num_classes=3, seed=1)
    inputs = INPUTS
    if "segment_ids" in model.input_names:
        assert other.input_names == model.input_names
        inputs = {**INPUTS, "segment_ids": X % 2}
    np.testing.assert_allclose(normed(other, inputs), normed(model, inputs), atol=1e-6)
    pooled = [row[keep].mean(0) for row, keep in zip(normed(model, inputs), MASK, strict=True)]
    hidden = np.stack(pooled) if "text" in head or "counted" in head else normed(model, inputs)
    expected = hidden @ numpy(other.classifier.kernel) + numpy(other.classifier.bias)
    np.testing.assert_allclose(numpy(other(inputs)), expected, atol=1e-5)
    assert other.max_sequence_length == model.max_sequence_length
    again = model.with_head(head, num_classes=3, seed=1)
    assert_equal(values(again), values(other))


def test_what_one_of_them_learns_the_other_does_not():
    model = built()
    classifier = model.with_head("text_classifier", num_classes=2)
    for trained, y, other in ((classifier, X[:, 0] % 2, model), (model, Y, classifier)):
        trained.compile(keras.optimizers.Adam(0.1))
        before, kept = values(trained), values(other)
        trained.fit(INPUTS, y, batch_size=4, verbose=0)
        assert all((a != b).any() for a, b in zip(values(trained), before, strict=True))
        assert_equal(values(other), kept)


def test_it_is_saved_and_loaded_with_its_norm_and_its_pipeline(tmp_path):
    texts = ["a fine film", "a dull film"] * 8
    pipeline = TextPipeline.fit(texts)
    model = build_model("attention", pipeline=pipeline, hidden_dim=8, seed=0)
    classifier = model.with_head("text_classifier", label_names=["bad", "good"], pooling="last")
    assert classifier.pipeline is pipeline and classifier.num_classes == 2
    classifier.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    assert loaded.output_norm is not None
    scores = [each.predict(texts[:2], verbose=0) for each in (classifier, loaded)]
    np.testing.assert_array_equal(*scores)
    assert loaded.predict_labels(texts[:1])[0] in ("bad", "good")
    plain = build_model("attention", "text_classifier", num_classes=2, **SIZES)
    assert plain.output_norm is None  # as files of before have it


def test_of_a_frozen_model_the_head_alone_is_trained():
    model = built("lstm", embedding_dim=6)
    model.trainable = False
    classifier = model.with_head("text_classifier", num_classes=2)
    assert [w.path for w in classifier.trainable_weights] == [
        w.path for w in classifier.classifier.weights
    ]


def test_what_is_frozen_adapted_or_of_few_bits_is_so_beneath_the_head():
    model = built(num_layers=2)
    model.quantize("int8", filters="up")
    model.enable_lora(2, targets=["query"], lora_alpha=4)
    for weight in model.trainable_weights:
        weight.assign(RNG.normal(size=weight.shape))
    classifier = model.with_head("token_classifier", num_classes=2)
    np.testing.assert_allclose(normed(classifier), normed(model), atol=1e-6)
    names = [weight.name for weight in classifier.trainable_weights]
    assert names == ["lora_kernel_a", "lora_kernel_b"] * 2 + ["kernel", "bias"]
    classifier.merge_adapters()
    np.testing.assert_allclose(normed(classifier), normed(model), atol=1e-4)


def test_a_block_in_two_places_is_one_beneath_the_head_too():
    block = Transformer(8, 2)
    model = built([block, block])
    classifier = model.with_head("text_classifier", num_classes=2)
    assert classifier.blocks[0] is classifier.blocks[1] is not block
    np.testing.assert_allclose(normed(classifier), normed(model), atol=1e-6)


@register_task("mean_score")
class MeanScore(TextModel):
    """A task of one's own, with an argument of its own."""

    target_axes = 1

    def __init__(self, vocabulary_size, embedding_dim, hidden_dim, blocks, *, units, **kwargs):
        super().__init__(vocabulary_size, embedding_dim, hidden_dim, blocks, **kwargs)
        self.number = keras.layers.Dense(units, dtype="float32", name="number")
        self.build()

    def build_head(self, hidden_shape):
        self.number.build((None, self.hidden_dim))

    def call(self, inputs, training=None):
        return ops.mean(self.number(self.hidden_states(inputs, training=training)), axis=1)

    def compute_output_shape(self, input_shape):
        return (None, self.number.units)


def test_a_task_of_ones_own_is_a_head_too():
    model = built("gru")
    other = model.with_head("mean_score", units=3)
    expected = numpy(other.number(model.hidden_states(INPUTS))).mean(axis=1)
    np.testing.assert_allclose(numpy(other(INPUTS)), expected, atol=1e-6)


@pytest.mark.parametrize(
    ("task", "settings", "message"),
    [
        ("masked_lm", {}, r"task='masked_lm' is no head .*; use one of \['counted_classifier', "),
        ("seq2seq_lm", {}, "task='seq2seq_lm' is no head for the blocks"),
        (None, {}, "task=None is no head"),
        ("text_classifier", {}, "num_classes=None is not allowed.*or pass the label_names"),
        ("text_classifier", {"num_classes": 1}, "num_classes=1 is not allowed"),
        ("text_classifier", {"num_classes": 2, "label_names": ["a", "b", "c"]}, "has 3 names"),
        ("text_classifier", {"num_classes": 2, "pooling": "sum"}, "pooling='sum' is not"),
        (
            "text_classifier",
            {"num_classes": 2, "hidden_dim": 9},
            "hidden_dim=9 is nothing that a new head .*; use label_names, num_classes, pooling",
        ),
        ("mean_score", {}, r"asks for units; pass with_head\('mean_score', units=...\)"),
    ],
)
def test_what_is_no_head_is_said_in_one_sentence(task, settings, message):
    with pytest.raises(InvalidArgumentError, match=message) as error:
        built("gru").with_head(task, **settings)
    assert "\n" not in str(error.value)


def test_a_task_without_segments_takes_no_model_that_reads_them():
    model = built("bert-base", "masked_lm", num_layers=1, max_sequence_length=9)
    with pytest.raises(InvalidArgumentError, match="no place for the segments"):
        model.with_head("mean_score", units=1)
