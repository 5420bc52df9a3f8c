"""The laws of layers, for those that are no blocks; for blocks see `test_blocks.py`."""

import numpy as np
import pytest

from mlm_tf.layers import (
    AttentionPooling,
    LastPooling,
    MaxPooling,
    MeanPooling,
    SegmentEmbedding,
    TfidfPooling,
    TokenEmbedding,
    VocabularyBias,
)
from mlm_tf.layers.testing import check_layer

DIM = 8


@pytest.mark.parametrize("make", [MeanPooling, LastPooling, MaxPooling, AttentionPooling])
def test_pooling_keeps_the_laws_of_layers(make):
    check_layer(make, np.random.default_rng(0).normal(size=(3, 6, DIM)).astype("float32"))


IDS = np.array([[0, 4, 1, 2], [3, 3, 0, 1], [2, 4, 4, 0]], "int32")


def test_pooling_by_tfidf_keeps_the_laws_of_layers():
    x = np.random.default_rng(0).normal(size=(3, 4, DIM)).astype("float32")
    check_layer(lambda: TfidfPooling(5), x, IDS)


def test_the_embedding_keeps_the_laws_of_layers():
    check_layer(lambda: TokenEmbedding(5, 3), IDS)


def test_the_embedding_of_segments_keeps_the_laws_of_layers():
    check_layer(lambda: SegmentEmbedding(2, 3), IDS % 2)


def test_the_bias_of_words_keeps_the_laws_of_layers():
    check_layer(VocabularyBias, np.ones((3, 4, 5), "float32"))
