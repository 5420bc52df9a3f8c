"""Answers to the exercises of page 05, right and plausibly wrong; the tests ask for verdicts."""

import keras
import numpy as np
from keras import ops

from mlm_tf.layers import Block


def softmax(scores):
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


def attention(q, k, v):
    return softmax(q @ k.T / np.sqrt(q.shape[-1])) @ v


def unscaled(q, k, v):
    return softmax(q @ k.T) @ v


def over_the_queries(q, k, v):
    return softmax((q @ k.T / np.sqrt(q.shape[-1])).T).T @ v


def that_overflows(q, k, v):
    weights = np.exp(q @ k.T / np.sqrt(q.shape[-1]))
    return weights / weights.sum(axis=-1, keepdims=True) @ v


def weights_alone(q, k, v):
    return softmax(q @ k.T / np.sqrt(q.shape[-1]))


def scaled_by_d(q, k, v):
    return softmax(q @ k.T / q.shape[-1]) @ v


class Mean(Block):
    def __init__(self, hidden_dim, **kwargs):
        super().__init__(**kwargs)
        self.hidden_dim = hidden_dim

    def initial_state(self, batch_size, max_length):
        return {
            "sum": ops.zeros((batch_size, self.hidden_dim), "float32"),
            "count": ops.zeros((batch_size, 1), "float32"),
        }

    def get_config(self):
        return {**super().get_config(), "hidden_dim": self.hidden_dim}


@keras.saving.register_keras_serializable(package="solutions_05")
class MeanOfThePast(Mean):
    def step(self, x, state, padding_mask=None):
        if padding_mask is None:
            padding_mask = ops.ones(ops.shape(x)[:2], "bool")
        words = ops.where(padding_mask[:, :, None], ops.cast(x, "float32"), 0.0)
        sums = state["sum"][:, None] + ops.cumsum(words, axis=1)
        counts = state["count"][:, None] + ops.cumsum(
            ops.cast(padding_mask, "float32")[:, :, None], axis=1
        )
        y = sums / ops.maximum(counts, 1)
        return ops.cast(y, x.dtype), {"sum": sums[:, -1], "count": counts[:, -1]}


@keras.saving.register_keras_serializable(package="solutions_05")
class ReadsPadding(Mean):
    def step(self, x, state, padding_mask=None):
        sums = state["sum"][:, None] + ops.cumsum(ops.cast(x, "float32"), axis=1)
        places = ops.cast(ops.arange(1, x.shape[1] + 1), "float32")[None, :, None]
        counts = state["count"][:, None] + places
        y = ops.cast(sums / counts, x.dtype)
        return y, {"sum": sums[:, -1], "count": counts[:, -1]}


@keras.saving.register_keras_serializable(package="solutions_05")
class OfTheChunkAlone(Mean):
    def step(self, x, state, padding_mask=None):
        places = ops.cast(ops.arange(1, x.shape[1] + 1), x.dtype)[None, :, None]
        return ops.cumsum(x, axis=1) / places, state


def of_eight(q, k, v):
    return attention(q * np.sqrt(q.shape[-1] / 8), k, v)


CHOICES = {"05.1"}  # the question itself names the answers to choose from
RIGHT = {
    "05.1": "first",
    "05.2": [0.25, 0.25, 0.25, 0.25],
    "05.3": attention,
    "05.4": lambda n: np.tri(n, dtype=bool),
    "05.5": 12_800,
    "05.6": MeanOfThePast,
}
WRONG = {
    "05.1": ["second", 1, "both"],
    "05.2": [[0, 0, 0, 0], [1, 0, 0, 0], 0.25, [0.25, 0.25], "0.25"],
    "05.3": [unscaled, over_the_queries, that_overflows, weights_alone, scaled_by_d, of_eight, 3],
    "05.4": [
        lambda n: np.tri(n, dtype=bool).T,
        lambda n: np.tri(n, k=-1, dtype=bool),
        lambda n: np.ones((n, n), bool),
        lambda n: np.tri(n + 1, dtype=bool),
    ],
    "05.5": [6_400, 25_600, 100, "many"],
    "05.6": [ReadsPadding, OfTheChunkAlone, MeanOfThePast(8), Mean],
}
