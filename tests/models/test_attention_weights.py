"""Which attention weights `model.attention_weights` gives, by which names, and to whom."""

from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest
from keras import ops

from mlm_tf import build_model
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers import LSTM, Block, Residual, SelfAttention, Transformer

SIZE = 20


def model_of(architecture, task="causal_lm", **settings):
    settings = {"vocabulary_size": SIZE, "hidden_dim": 8, "num_heads": 2, "seed": 0, **settings}
    return build_model(architecture, task, **settings)


def ids(rng, rows=2, length=5):
    return rng.integers(1, SIZE, (rows, length))


def assert_same(found, expected):
    assert list(found) == list(expected)
    for name in expected:
        np.testing.assert_allclose(found[name], expected[name], atol=1e-6)


@pytest.mark.parametrize("task", ["causal_lm", "seq2seq_lm"])
def test_six_threads_are_each_given_their_own(task):
    model, rng = model_of("transformer", task, num_layers=2), np.random.default_rng(0)
    inputs = [ids(rng, rows=1 + n % 3, length=3 + n % 4) for n in range(18)]
    if task == "seq2seq_lm":
        inputs = [{"encoder_token_ids": x, "decoder_token_ids": x[:, ::-1]} for x in inputs]
    expected = [model.attention_weights(x) for x in inputs]
    with ThreadPoolExecutor(6) as pool:
        for found, scores in zip(pool.map(model.attention_weights, inputs), expected, strict=True):
            assert_same(found, scores)


def test_they_are_the_weights_of_the_call():
    """Of the second block they depend on what the first gave, padding and all."""
    model, rng = model_of(["attention", "attention"]), np.random.default_rng(1)
    x = {"token_ids": ids(rng), "padding_mask": np.arange(5) < np.array([[5], [3]])}
    hidden = model.embed(x["token_ids"])
    expected = {}
    for block in model.blocks:
        inner = block.block
        seen = {"padding_mask": x["padding_mask"], "return_attention_scores": True}
        _, expected[block.name] = inner(block.norm(hidden), **seen)
        hidden = block(hidden, padding_mask=x["padding_mask"])
    assert_same(model.attention_weights(x), expected)
    assert (model.attention_weights(x)["attention_1"][1, :, :, 3:] == 0).all()


@pytest.mark.parametrize("task", ["masked_lm", "text_classifier"])
def test_every_task_has_them(task):
    settings = {"num_classes": 3} if task == "text_classifier" else {}
    model = model_of(["lstm", "attention", "transformer"], task, **settings)
    found = model.attention_weights(ids(np.random.default_rng(2)))
    assert list(found) == ["attention_1", "transformer_2"]


def test_a_block_in_three_places_has_three():
    block = Residual(SelfAttention(8, 2), name="shared")
    model = model_of([block, block, block])
    found = model.attention_weights(ids(np.random.default_rng(3)))
    assert list(found) == ["shared:0", "shared:1", "shared:2"]
    assert np.abs(found["shared:0"] - found["shared:2"]).max() > 1e-6


def test_blocks_of_one_name_are_told_apart():
    first, second = (model_of(["lstm", "attention"]).blocks[1] for _ in range(2))
    model = model_of([first, second, "lstm"])
    assert list(model.attention_weights(ids(np.random.default_rng(4)))) == [
        "attention_1:0",
        "attention_1:1",
    ]


def test_a_block_around_a_transformer_is_asked_through():
    model = model_of([Residual(Transformer(8, 2), name="around"), "lstm"])
    x = ids(np.random.default_rng(5))
    assert model.attention_weights(x)["around"].shape == (2, 2, 5, 5)


class Averaging(Block):
    """A block of one's own, without attention."""

    def call(self, x, padding_mask=None, mask=None, training=None):
        return x + ops.mean(x, axis=1, keepdims=True)


class Wrapping(Averaging):
    """One with attention in it, which it does not tell of."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.inner = SelfAttention(8, 2)

    def build(self, input_shape):
        self.inner.build(input_shape)

    def call(self, x, padding_mask=None, mask=None, training=None):
        return self.inner(x, padding_mask=padding_mask)


class Telling(Wrapping):
    """One that tells, by a name of its own."""

    attends = True

    def call(self, x, padding_mask=None, training=None, return_attention_scores=False):
        y, scores = self.inner(x, padding_mask=padding_mask, return_attention_scores=True)
        return (y, {"inner": scores, "squared": scores**2}) if return_attention_scores else y


def test_blocks_of_ones_own():
    settings = {"task": "text_classifier", "num_classes": 2}
    x = ids(np.random.default_rng(6))
    found = model_of([Averaging(), "attention"], **settings).attention_weights(x)
    assert list(found) == ["attention_1"]
    found = model_of([Telling(name="mine"), LSTM(8)], **settings).attention_weights(x)
    assert list(found) == ["mine/inner", "mine/squared"]
    for blocks, message in (
        (
            [Wrapping(name="mine"), "attention"],
            r"'mine' \(Wrapping\) has attention.*attends = True",
        ),
        ([Averaging(), "lstm"], "no attention block"),
    ):
        with pytest.raises(InvalidArgumentError, match=message) as error:
            model_of(blocks, **settings).attention_weights(x)
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16", "float16"])
@pytest.mark.parametrize("task", ["causal_lm", "masked_lm", "seq2seq_lm", "text_classifier"])
def test_symbolic_scores_have_the_dtype_of_eager_ones(task, policy):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        model = model_of("transformer", task, **{"num_classes": 3} if "class" in task else {})
    finally:
        keras.config.set_dtype_policy(before)
    names = ["token_ids"]
    if task == "seq2seq_lm":
        names = ["encoder_token_ids", "decoder_token_ids"]
    x = {name: ids(np.random.default_rng(7)) for name in names}
    symbols = {name: keras.Input((None,), dtype="int32") for name in names}
    for inputs in (x, symbols):
        assert keras.backend.standardize_dtype(model(inputs).dtype) == "float32"
    embedding = model.embedding
    vectors = np.zeros((2, 5, 8), "float32")
    for inputs in (vectors, keras.Input((None, 8))):
        scores = embedding(inputs, reverse=True)
        assert keras.backend.standardize_dtype(scores.dtype) == "float32"
