"""The laws of layers and blocks for all that is not attention; for that see `test_blocks.py`."""

import numpy as np
import pytest

from mlm_tf.layers import (
    GRU,
    LSTM,
    RNN,
    AttentionPooling,
    FeedForward,
    LastPooling,
    LearnedPositions,
    MaxPooling,
    MeanPooling,
    Residual,
    SinusoidalPositions,
    TfidfPooling,
    TokenEmbedding,
    VocabularyBias,
)
from mlm_tf.layers.testing import check_block, check_layer

DIM = 8
BLOCKS = {
    "rnn": lambda: RNN(DIM),
    "lstm": lambda: LSTM(DIM),
    "rnn in both directions": lambda: RNN(DIM, bidirectional=True, dropout=0.2),
    "lstm in both directions": lambda: LSTM(DIM, bidirectional=True),
    "residual rnn": lambda: Residual(RNN(DIM), dropout=0.2, normalization="layer_norm"),
    "learned positions": lambda: LearnedPositions(max_sequence_length=12),
    "sinusoidal positions": lambda: SinusoidalPositions(),
    "feed forward": lambda: FeedForward(DIM, dropout=0.2),
    "gated feed forward": lambda: FeedForward(DIM, 12, activation="swiglu", use_bias=False),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_it_keeps_the_laws_of_blocks(name):
    check_block(BLOCKS[name], DIM)


def test_a_gru_keeps_the_laws_and_may_change_the_width():
    check_block(lambda: GRU(6, dropout=0.2), hidden_dim=4)


@pytest.mark.parametrize("make", [MeanPooling, LastPooling, MaxPooling, AttentionPooling])
def test_pooling_keeps_the_laws_of_layers(make):
    check_layer(make, np.random.default_rng(0).normal(size=(3, 6, DIM)).astype("float32"))


IDS = np.array([[0, 4, 1, 2], [3, 3, 0, 1], [2, 4, 4, 0]], "int32")


def test_pooling_by_tfidf_keeps_the_laws_of_layers():
    x = np.random.default_rng(0).normal(size=(3, 4, DIM)).astype("float32")
    check_layer(lambda: TfidfPooling(5), x, IDS)


def test_the_embedding_keeps_the_laws_of_layers():
    check_layer(lambda: TokenEmbedding(5, 3), IDS)


def test_the_bias_of_words_keeps_the_laws_of_layers():
    check_layer(VocabularyBias, np.ones((3, 4, 5), "float32"))
