import json

import keras
import numpy as np
import pytest
from keras import ops

from mlm_tf import embeddings
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers import TokenEmbedding, VocabularyBias


def test_tied_scores_are_products_with_the_same_table():
    embedding = TokenEmbedding(vocabulary_size=6, embedding_dim=4)
    vectors = np.random.default_rng(0).normal(size=(2, 3, 4)).astype("float32")
    embedding.build()
    table = ops.convert_to_numpy(embedding.embeddings)
    scores = ops.convert_to_numpy(embedding(vectors, reverse=True))
    np.testing.assert_allclose(scores, vectors @ table.T, atol=1e-6)


def test_the_matrix_is_saved_as_a_weight_and_stays_out_of_the_config(tmp_path):
    matrix = np.random.default_rng(1).normal(size=(6, 4)).astype("float32")
    embedding = TokenEmbedding(6, 4)
    embedding.set_matrix(matrix)
    model = keras.Sequential([keras.Input((None,), dtype="int32"), embedding])
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(ops.convert_to_numpy(loaded.layers[0].embeddings), matrix)
    assert str(float(matrix[0, 0]))[:8] not in json.dumps(model.get_config(), default=str)


def test_scores_are_float32_in_half_precision():
    embedding = TokenEmbedding(6, 4, dtype="mixed_bfloat16")
    vectors = embedding(np.zeros((1, 2), "int32"))
    assert keras.backend.standardize_dtype(vectors.dtype) == "bfloat16"
    scores = VocabularyBias()(embedding(vectors, reverse=True))
    assert keras.backend.standardize_dtype(scores.dtype) == "float32"


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_scores_are_products_of_halves_and_those_of_an_older_file_are_not(policy):
    """They were of float32 whatever the policy, and are where a config says so."""
    whole = TokenEmbedding(6, 4)
    whole.set_matrix(np.random.default_rng(2).normal(size=(6, 4)))
    vectors = np.random.default_rng(3).normal(size=(1, 2, 4)).astype("float32")
    expected = ops.convert_to_numpy(whole(vectors, reverse=True))
    half = TokenEmbedding(6, 4, dtype=policy)
    older = TokenEmbedding.from_config({**half.get_config(), "reverse_dtype": "float32"})
    assert half.get_config()["reverse_dtype"] is None
    for embedding in (half, older):
        embedding.set_matrix(whole.table)
        scores = embedding(vectors, reverse=True)
        assert keras.backend.standardize_dtype(scores.dtype) == "float32"
        np.testing.assert_allclose(ops.convert_to_numpy(scores), expected, atol=0.05)
    assert older.get_config()["reverse_dtype"] == "float32"


def test_a_matrix_of_another_shape_is_refused():
    with pytest.raises(InvalidArgumentError, match=r"shape \(5, 4\).*\(6, 4\)"):
        TokenEmbedding(6, 4).set_matrix(np.zeros((5, 4)))


def test_an_embedding_matrix_is_a_matrix():
    matrix = embeddings.random(["a", "b", "c"], embedding_dim=4)
    embedding = TokenEmbedding(3, 4)
    embedding.set_matrix(matrix)
    np.testing.assert_array_equal(ops.convert_to_numpy(embedding.embeddings), matrix.values)


def test_releasing_the_layer_releases_a_table_that_was_frozen_by_itself():
    embedding = TokenEmbedding(6, 4, tie_weights=False)
    embedding.build()
    embedding.embeddings.trainable = False
    assert len(embedding.trainable_variables) == 1
    embedding.trainable = True
    assert len(embedding.trainable_variables) == 2
    embedding.trainable = False
    assert embedding.trainable_variables == []
