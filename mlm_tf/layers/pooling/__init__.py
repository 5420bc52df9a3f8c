"""Pooling: from one vector a token to one vector a text."""

from mlm_tf.layers.pooling.attention import AttentionPooling
from mlm_tf.layers.pooling.last import LastPooling
from mlm_tf.layers.pooling.max import MaxPooling
from mlm_tf.layers.pooling.mean import MeanPooling
from mlm_tf.layers.pooling.tfidf import TfidfPooling

__all__ = [
    "AttentionPooling",
    "LastPooling",
    "MaxPooling",
    "MeanPooling",
    "TfidfPooling",
]
