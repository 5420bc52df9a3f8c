"""A text encoder: hidden states and one vector for each text, padding or not."""

import keras
import numpy as np
import pytest
from keras import ops

from mlm_tf import TextPipeline
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers import LearnedPositions, Transformer
from mlm_tf.models import TextEncoder
from tests.interop.conftest import checkpoint_named

TEXTS = ["the cat sat on the mat", "a dog", "the dog sat"]


def encoder(pooling="mean", **settings):
    blocks = [LearnedPositions(12), Transformer(8, 2, causal=False, positions=None)]
    return TextEncoder(20, 8, 8, blocks, pooling=pooling, **settings)


def test_the_vectors_of_a_checkpoint_are_the_mean_over_the_mask():
    checkpoint = checkpoint_named("minilm")
    mask = checkpoint.inputs["padding_mask"]
    expected = [row[kept].mean(axis=0) for row, kept in zip(checkpoint.logits, mask, strict=True)]
    found = ops.convert_to_numpy(checkpoint.model.pooled(checkpoint.inputs))
    np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.parametrize("pooling", ["mean", "first"])
def test_the_texts_beside_it_change_no_vector(pooling):
    model, rows = encoder(pooling), [[1, 2, 3, 4, 5], [6], [7, 8, 9]]
    alone = np.concatenate([model.vectors([row]) for row in rows])
    np.testing.assert_allclose(model.vectors(rows), alone, atol=1e-6)
    np.testing.assert_allclose(model.vectors(rows, batch_size=2), alone, atol=1e-6)
    hidden = ops.convert_to_numpy(model(np.array([rows[0]])))[0]
    expected = hidden[0] if pooling == "first" else hidden.mean(axis=0)
    np.testing.assert_allclose(alone[0], expected, atol=1e-6)
    unit = model.vectors(rows, normalize=True)
    np.testing.assert_allclose(np.linalg.norm(unit, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(unit, alone / np.linalg.norm(alone, axis=1)[:, None], atol=1e-6)
    assert model.vectors([]).shape == (0, 8)


def test_texts_are_encoded_by_its_pipeline(tmp_path):
    pipeline = TextPipeline.fit(TEXTS)
    blocks = [Transformer(8, 2, causal=False)]
    model = TextEncoder(
        pipeline.vocabulary_size, 8, 8, blocks, pooling="first", num_segments=2, pipeline=pipeline
    )
    rows = pipeline.encode(TEXTS, add_start=True, add_end=True)
    np.testing.assert_array_equal(model.vectors(TEXTS), model.vectors(rows))
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    assert loaded.pooling == "first"
    np.testing.assert_array_equal(loaded.vectors(TEXTS), model.vectors(TEXTS))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: encoder("sum"), "pooling='sum' is not known; use 'mean' or 'first'"),
        (lambda: encoder().vectors("a dog"), "is one string"),
        (lambda: encoder().vectors(["a dog"]), "has no pipeline to encode it"),
        (lambda: encoder().vectors([1, 2]), r"texts=\[1, 2\] is not allowed"),
        (lambda: encoder().vectors([[1]], normalize=2), "normalize=2"),
        (lambda: encoder().vectors([[1]], batch_size=0), "batch_size=0"),
    ],
)
def test_wrong_arguments_are_named(wrong, says):
    with pytest.raises(InvalidArgumentError, match=says):
        wrong()
