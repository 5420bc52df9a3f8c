"""The building blocks of a language model, each an ordinary Keras layer."""

from mlm_tf.layers.attention import SelfAttention
from mlm_tf.layers.block import Block
from mlm_tf.layers.cross_attention import CrossAttention
from mlm_tf.layers.embedding import TokenEmbedding, VocabularyBias
from mlm_tf.layers.norm import EmbeddingNorm
from mlm_tf.layers.pooling import (
    AttentionPooling,
    LastPooling,
    MaxPooling,
    MeanPooling,
    TfidfPooling,
)
from mlm_tf.layers.positions import LearnedPositions, SinusoidalPositions
from mlm_tf.layers.recurrent import GRU, LSTM, RNN
from mlm_tf.layers.segments import SegmentEmbedding
from mlm_tf.layers.transformer import FeedForward, Residual, Transformer

__all__ = [
    "GRU",
    "LSTM",
    "RNN",
    "AttentionPooling",
    "Block",
    "CrossAttention",
    "EmbeddingNorm",
    "FeedForward",
    "LastPooling",
    "LearnedPositions",
    "MaxPooling",
    "MeanPooling",
    "Residual",
    "SegmentEmbedding",
    "SelfAttention",
    "SinusoidalPositions",
    "TfidfPooling",
    "TokenEmbedding",
    "Transformer",
    "VocabularyBias",
]
