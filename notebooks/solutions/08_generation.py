"""Answers to the exercises of page 08, right and plausibly wrong; the tests ask for verdicts."""

import numpy as np
from keras import ops

from mlm_tf.generation import Sampler, draw, draw_among


def nucleus(probabilities, p):
    order = np.argsort(-probabilities)
    before = np.cumsum(probabilities[order]) - probabilities[order]
    kept = np.zeros(len(probabilities), bool)
    kept[order[before < p]] = True
    result = np.where(kept, probabilities, 0)
    return result / result.sum()


def without_the_last(probabilities, p):
    order = np.argsort(-probabilities)
    kept = np.zeros(len(probabilities), bool)
    kept[order[np.cumsum(probabilities[order]) <= p]] = True
    result = np.where(kept, probabilities, 0)
    return result / result.sum()


def of_sorted_ones(probabilities, p):
    before = np.cumsum(probabilities) - probabilities
    result = np.where(before < p, probabilities, 0)
    return result / result.sum()


def in_sorted_order(probabilities, p):
    return np.sort(nucleus(probabilities, p))[::-1]


def not_scaled(probabilities, p):
    return np.where(nucleus(probabilities, p) > 0, probabilities, 0)


def evened_out(probabilities, p):
    kept = nucleus(probabilities, p) > 0
    return kept / kept.sum()


class WithEpsilon(Sampler):
    def __init__(self, epsilon=0.01):
        self.epsilon = epsilon


class Epsilon(WithEpsilon):
    def __call__(self, logits, seed):
        p = ops.softmax(logits, axis=-1)  # (B, V)
        bound = ops.minimum(self.epsilon, ops.max(p, axis=-1, keepdims=True))
        return draw_among(p >= bound, logits, seed)


class WithoutTheLikeliest(WithEpsilon):
    def __call__(self, logits, seed):
        return draw_among(ops.softmax(logits, axis=-1) >= self.epsilon, logits, seed)


class OfScores(WithEpsilon):
    def __call__(self, logits, seed):
        return draw_among(logits >= self.epsilon, logits, seed)


class Plain(WithEpsilon):
    def __call__(self, logits, seed):
        return draw(logits, seed)


class AlwaysTheLikeliest(WithEpsilon):
    def __call__(self, logits, seed):
        return ops.argmax(logits, axis=-1)


class Even(WithEpsilon):
    def __call__(self, logits, seed):
        p = ops.softmax(logits, axis=-1)
        bound = ops.minimum(self.epsilon, ops.max(p, axis=-1, keepdims=True))
        return draw(ops.where(p >= bound, 0.0, -1e30), seed)


class InNumPy(WithEpsilon):
    def __call__(self, logits, seed):
        p = np.array(ops.softmax(np.array(logits), axis=-1))
        return Epsilon(self.epsilon)(np.log(p), seed)


CHOICES = set()
RIGHT = {
    "08.1": 9,
    "08.2": [2, 3],
    "08.3": [0.24, 0.36],
    "08.4": [5050, 100],
    "08.5": nucleus,
    "08.6": Epsilon,
}
WRONG = {
    "08.1": [3, 6, 1.5, 3**0.5, "more"],
    "08.2": [[1, 3], [2, 2], [3, 3], [2, 1], 2, [2, 5]],
    "08.3": [[0.36, 0.36], [0.24, 0.24], [0.6, 0.9], [1.0, 1.3], 0.36],
    "08.4": [[10_000, 100], [5151, 100], [5050, 101], [100, 100], [5050, 1], 5050],
    "08.5": [without_the_last, of_sorted_ones, in_sorted_order, not_scaled, evened_out, 3],
    "08.6": [
        WithoutTheLikeliest,
        OfScores,
        Plain,
        AlwaysTheLikeliest,
        Even,
        InNumPy,
        Epsilon(0.1),
        WithEpsilon,
    ],
}
