"""Answers to the exercises of page 02, right and plausibly wrong; the tests ask for verdicts."""

import numpy as np


def bigram_counts(ids, V):
    counts = np.zeros((V, V), int)
    np.add.at(counts, (ids[:-1], ids[1:]), 1)
    return counts


def once_each(ids, V):
    counts = np.zeros((V, V), int)
    counts[ids[:-1], ids[1:]] += 1
    return counts


def round_the_end(ids, V):
    counts = np.zeros((V, V), int)
    np.add.at(counts, (ids, np.roll(ids, -1)), 1)
    return counts


def two_apart(ids, V):
    counts = np.zeros((V, V), int)
    np.add.at(counts, (ids[:-2], ids[2:]), 1)
    return counts


def log_softmax(z):
    z = z - z.max(axis=-1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


def log_of_softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return np.log(e / e.sum(axis=-1, keepdims=True))


def that_overflows(z):
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


def less_the_largest_of_all(z):
    z = z - z.max()
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


def discounted(counts, lower, d):
    total = counts.sum()
    if total == 0:
        return lower
    kept = np.maximum(counts - d, 0)
    return kept / total + d * (counts > 0).sum() / total * lower


def unseen_divided_by_zero(counts, lower, d):
    kept = np.maximum(counts - d, 0)
    return (kept + d * (counts > 0).sum() * lower) / counts.sum()


def taken_from_all(counts, lower, d):
    return (counts - d + d * len(counts) * lower) / max(counts.sum(), 1)


def too_little_given(counts, lower, d):
    return (np.maximum(counts - d, 0) + d * lower) / max(counts.sum(), 1)


def given_to_the_unseen_alone(counts, lower, d):
    unseen = np.where(counts > 0, 0, lower)
    given = d * (counts > 0).sum() * unseen / unseen.sum()
    return (np.maximum(counts - d, 0) + given) / max(counts.sum(), 1)


CHOICES = {"02.1"}  # the question itself names the answers to choose from
RIGHT = {
    "02.1": "V",
    "02.2": 4 / 30,
    "02.3": [2.25, 2**2.25],
    "02.4": bigram_counts,
    "02.5": log_softmax,
    "02.6": discounted,
}
WRONG = {
    "02.1": ["1", "infinity", 20, "v/2"],
    "02.2": [0.3, 0.4, 4 / 11, 4 / 13, 1, "3/10"],
    "02.3": [[9, 512], [1.75, 2**1.75], [1.56, 4.76], [2, 4], [2.25, np.exp(2.25)], 2.25],
    "02.4": [
        lambda ids, V: bigram_counts(ids, 4),
        lambda ids, V: bigram_counts(ids, V).T,
        once_each,
        round_the_end,
        two_apart,
        lambda ids, V: bigram_counts(ids, V)[:-1],
        lambda ids, V: bigram_counts(ids, V) / len(ids[1:]),
    ],
    "02.5": [
        log_of_softmax,
        that_overflows,
        less_the_largest_of_all,
        lambda z: np.exp(log_softmax(z)),
        lambda z: log_softmax(z.T).T,
        lambda z: z - z.max(axis=-1, keepdims=True),
    ],
    "02.6": [
        lambda counts, lower, d: discounted(counts, lower, 0.6),
        unseen_divided_by_zero,
        taken_from_all,
        too_little_given,
        given_to_the_unseen_alone,
        lambda counts, lower, d: counts / counts.sum(),
    ],
}
