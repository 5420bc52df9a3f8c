"""Answers to the exercises of page 04, right and plausibly wrong; the tests ask for verdicts."""

import keras
import numpy as np
from keras import ops

from mlm_tf.layers import Block


def run_masked(f, state, words, mask):
    states = []
    for word, is_word in zip(words, mask, strict=True):
        state = f(state, word) if is_word else state
        states.append(state)
    return np.array(states)


def without_the_mask(f, state, words, mask):
    return run_masked(f, state, words, np.ones(len(words), bool))


def words_alone(f, state, words, mask):
    return run_masked(f, state, words[mask], mask[mask])


def that_starts_again(f, state, words, mask):
    start, states = state, []
    for word, is_word in zip(words, mask, strict=True):
        state = f(state, word) if is_word else start
        states.append(state)
    return np.array(states)


def zeros_at_padding(f, state, words, mask):
    return run_masked(f, state, words, mask) * mask[:, None]


def from_zero(f, state, words, mask):
    return run_masked(f, np.zeros_like(state), words, mask)


def clip(gradients, most):
    length = np.sqrt(sum((g**2).sum() for g in gradients))
    return [g * min(1.0, most / length) for g in gradients]


def each_by_itself(gradients, most):
    return [g * min(1.0, most / np.linalg.norm(g)) for g in gradients]


def each_number(gradients, most):
    return [np.clip(g, -most, most) for g in gradients]


def always(gradients, most):
    length = np.sqrt(sum((g**2).sum() for g in gradients))
    return [g * most / length for g in gradients]


def without_the_root(gradients, most):
    length = sum((g**2).sum() for g in gradients)
    return [g * min(1.0, most / length) for g in gradients]


class Keeping(Block):
    def __init__(self, hidden_dim, **kwargs):
        super().__init__(**kwargs)
        self.hidden_dim = hidden_dim
        self.keep = self.add_weight(shape=(hidden_dim,), initializer="zeros", name="keep")

    def initial_state(self, batch_size, max_length):
        return {"h": ops.zeros((batch_size, self.hidden_dim), "float32")}


@keras.saving.register_keras_serializable(package="solutions_04")
class Leaky(Keeping):
    def step(self, x, state, padding_mask=None):
        words, h, outputs = ops.cast(x, "float32"), state["h"], []
        g = ops.sigmoid(ops.cast(self.keep, "float32"))
        for t in range(x.shape[1]):
            new = g * h + (1 - g) * words[:, t]
            h = new if padding_mask is None else ops.where(padding_mask[:, t, None], new, h)
            outputs.append(h)
        return ops.cast(ops.stack(outputs, axis=1), x.dtype), {"h": h}


@keras.saving.register_keras_serializable(package="solutions_04")
class ReadsPadding(Leaky):
    def step(self, x, state, padding_mask=None):
        return super().step(x, state)


@keras.saving.register_keras_serializable(package="solutions_04")
class ForgetsItsState(Leaky):
    def step(self, x, state, padding_mask=None):
        y, _ = super().step(x, state, padding_mask)
        return y, state


@keras.saving.register_keras_serializable(package="solutions_04")
class TheWrongWayRound(Keeping):
    def step(self, x, state, padding_mask=None):
        words, h, outputs = ops.cast(x, "float32"), state["h"], []
        g = ops.sigmoid(ops.cast(self.keep, "float32"))
        for t in range(x.shape[1]):
            h = (1 - g) * h + g * words[:, t]
            outputs.append(h)
        return ops.cast(ops.stack(outputs, axis=1), x.dtype), {"h": h}


@keras.saving.register_keras_serializable(package="solutions_04")
class TheLastAlone(Leaky):
    def step(self, x, state, padding_mask=None):
        _, state = super().step(x, state, padding_mask)
        return ops.cast(state["h"], x.dtype), state


CHOICES = {"04.1"}  # the question itself names the answers to choose from


def always_leaky(f, state, words, mask):
    return run_masked(lambda state, word: 0.5 * np.asarray(state) + word, state, words, mask)


RIGHT = {
    "04.1": "a millionth",
    "04.2": 180,
    "04.3": 3.35,
    "04.4": run_masked,
    "04.5": clip,
    "04.6": Leaky,
}
WRONG = {
    "04.1": ["a twentieth", "a thousandth", 20],
    "04.2": [45, 135, 160, 80, "many", 181],
    "04.3": [0.966, 0, -3.35, 1.0, 4.0, "open"],
    "04.4": [
        without_the_mask,
        words_alone,
        that_starts_again,
        zeros_at_padding,
        from_zero,
        always_leaky,
        3,
    ],
    "04.5": [each_by_itself, each_number, always, without_the_root, lambda g, most: g[0]],
    "04.6": [ReadsPadding, ForgetsItsState, TheWrongWayRound, TheLastAlone, Keeping, Leaky(8)],
}
