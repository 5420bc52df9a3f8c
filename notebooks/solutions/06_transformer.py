"""Answers to the exercises of page 06, right and plausibly wrong; the tests ask for verdicts."""

import keras
import numpy as np
from keras import ops

from mlm_tf.layers import Block


def layer_norm(x, gain, bias, epsilon=1e-6):
    mean = x.mean(axis=-1, keepdims=True)
    return (x - mean) / np.sqrt(x.var(axis=-1, keepdims=True) + epsilon) * gain + bias


def rms_norm(x, gain, bias, epsilon=1e-6):
    return x / np.sqrt((x**2).mean(axis=-1, keepdims=True) + epsilon) * gain + bias


def over_the_words(x, gain, bias, epsilon=1e-6):
    return (x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + epsilon) * gain + bias


def without_gain(x, gain, bias, epsilon=1e-6):
    return layer_norm(x, 1, 0, epsilon)


def without_epsilon(x, gain, bias, epsilon=1e-6):
    centred = x - x.mean(axis=-1, keepdims=True)
    deviation = x.std(axis=-1, keepdims=True)
    return np.divide(centred, deviation, np.zeros_like(x), where=deviation > 0) * gain + bias


def without_root(x, gain, bias, epsilon=1e-6):
    mean = x.mean(axis=-1, keepdims=True)
    return (x - mean) / (x.var(axis=-1, keepdims=True) + epsilon) * gain + bias


def waves(length, dim, first=0, spacing=2):
    angles = np.arange(first, first + length)[:, None]
    angles = angles / 10_000 ** (spacing * np.arange(dim // 2) / dim)
    return np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(length, dim)


def in_halves(length, dim):
    return np.concatenate([waves(length, dim)[:, ::2], waves(length, dim)[:, 1::2]], axis=1)


def cosine_first(length, dim):
    return waves(length, dim).reshape(length, -1, 2)[:, :, ::-1].reshape(length, dim)


class Largest(Block):
    least = -1e4

    def __init__(self, hidden_dim, **kwargs):
        super().__init__(**kwargs)
        self.hidden_dim = hidden_dim

    def initial_state(self, batch_size, max_length):
        return ops.full((batch_size, self.hidden_dim), self.least, self.compute_dtype)

    def step(self, x, state, padding_mask=None):
        x, outputs = ops.cast(x, self.compute_dtype), []
        for t in range(x.shape[1]):
            larger = ops.maximum(state, x[:, t])
            is_word = True if padding_mask is None else padding_mask[:, t, None]
            state = ops.where(is_word, larger, state)
            outputs.append(state)
        return ops.stack(outputs, axis=1), state

    def get_config(self):
        return {**super().get_config(), "hidden_dim": self.hidden_dim}


@keras.saving.register_keras_serializable(package="solutions_06")
class LargestSoFar(Largest):
    pass


@keras.saving.register_keras_serializable(package="solutions_06")
class NeverBelowZero(Largest):
    least = 0.0


@keras.saving.register_keras_serializable(package="solutions_06")
class ReadsPadding(Largest):
    def step(self, x, state, padding_mask=None):
        return super().step(x, state)


@keras.saving.register_keras_serializable(package="solutions_06")
class OfTheChunkAlone(Largest):
    def step(self, x, state, padding_mask=None):
        start = ops.full_like(state, self.least)
        return super().step(x, start, padding_mask)[0], state


@keras.saving.register_keras_serializable(package="solutions_06")
class LargestOfAll(Largest):
    def step(self, x, state, padding_mask=None):
        return ops.broadcast_to(ops.max(x, axis=1, keepdims=True), x.shape), state


CHOICES = {"06.1"}  # the question itself names the answers to choose from
RIGHT = {
    "06.1": 4,
    "06.2": 26_752,
    "06.3": 10,
    "06.4": layer_norm,
    "06.5": waves,
    "06.6": LargestSoFar,
}
WRONG = {
    "06.1": [2, 8, 3, "four"],
    "06.2": [26_624, 32_896, 43_136, 49_280, "many"],
    "06.3": [4, 12, 9, 64, "all"],
    "06.4": [rms_norm, over_the_words, without_gain, without_epsilon, without_root, 3],
    "06.5": [
        lambda length, dim: waves(7, 6),
        lambda length, dim: waves(length, dim, first=1),
        lambda length, dim: waves(length, dim, spacing=1),
        in_halves,
        cosine_first,
        lambda length, dim: waves(length, dim).T,
        lambda length, dim: waves(length, dim, spacing=-2),
    ],
    "06.6": [NeverBelowZero, ReadsPadding, OfTheChunkAlone, LargestOfAll, LargestSoFar(8)],
}
