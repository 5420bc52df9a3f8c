"""The building blocks of a language model, each an ordinary Keras layer."""

from mlm_tf.layers.attention import SelfAttention
from mlm_tf.layers.block import Block
from mlm_tf.layers.embedding import TokenEmbedding, VocabularyBias
from mlm_tf.layers.pooling import MeanPooling, TfidfPooling
from mlm_tf.layers.recurrent import LSTM
from mlm_tf.layers.residual import Residual

__all__ = [
    "LSTM",
    "Block",
    "MeanPooling",
    "Residual",
    "SelfAttention",
    "TfidfPooling",
    "TokenEmbedding",
    "VocabularyBias",
]
