"""Answers to the exercises of page 03, right and plausibly wrong; the tests ask for verdicts."""

import numpy as np


def document_vectors(counts, idf, vectors):
    weights = counts * idf
    return weights @ vectors / weights.sum(axis=1, keepdims=True)


def of_the_plain_mean(counts, idf, vectors):
    return counts @ vectors / counts.sum(axis=1, keepdims=True)


def over_the_words(counts, idf, vectors):
    return (counts * idf) @ vectors / counts.sum(axis=1, keepdims=True)


def over_all_documents(counts, idf, vectors):
    return (counts * idf) @ vectors / (counts * idf).sum()


def cooccurrence(ids, V, window):
    counts = np.zeros((V, V))
    for i, one in enumerate(ids):
        for distance in range(1, window + 1):
            if i + distance < len(ids):
                other = ids[i + distance]
                counts[one, other] += 1 / distance
                counts[other, one] += 1 / distance
    return counts


def ones(ids, V, window):
    counts = np.zeros((V, V))
    for i, one in enumerate(ids):
        for j, other in enumerate(ids):
            if 0 < abs(i - j) <= window:
                counts[one, other] += 1
    return counts


def to_the_right(ids, V, window):
    counts = np.zeros((V, V))
    for i, one in enumerate(ids):
        for j, other in enumerate(ids[i + 1 : i + 1 + window], start=i + 1):
            counts[one, other] += 1 / (j - i)
    return counts


def with_itself(ids, V, window):
    counts = np.zeros((V, V))
    for i, one in enumerate(ids):
        for j, other in enumerate(ids):
            if abs(i - j) <= window:
                counts[one, other] += 1 / max(abs(i - j), 1)
    return counts


def glove_loss(w, c, b_w, b_c, X, x_max, power=0.75):
    seen = X > 0
    log_X = np.log(np.where(seen, X, 1))
    f = np.minimum(1, (X / x_max) ** power)
    return (np.where(seen, f, 0) * (w @ c.T + b_w[:, None] + b_c - log_X) ** 2).sum()


def with_log_of_zero(w, c, b_w, b_c, X, x_max):
    f = np.minimum(1, (X / x_max) ** 0.75)
    return (f * (w @ c.T + b_w[:, None] + b_c - np.log(X)) ** 2).sum()


def without_weights(w, c, b_w, b_c, X, x_max):
    seen = X > 0
    return ((w @ c.T + b_w[:, None] + b_c - np.log(np.where(seen, X, 1)))[seen] ** 2).sum()


def without_biases(w, c, b_w, b_c, X, x_max):
    return glove_loss(w, c, 0 * b_w, 0 * b_c, X, x_max)


def with_unbounded_weights(w, c, b_w, b_c, X, x_max):
    seen = X > 0
    f = (X / x_max) ** 0.75
    return (f * (w @ c.T + b_w[:, None] + b_c - np.log(np.where(seen, X, 1))) ** 2).sum()


def cosines(vectors, row):
    return vectors @ vectors[row] / np.linalg.norm(vectors, axis=1)


def nearest(vectors, row, n):
    order = np.argsort(-cosines(vectors, row))
    return order[order != row][:n]


def with_the_row_itself(vectors, row, n):
    return np.argsort(-cosines(vectors, row))[:n]


def by_dot_product(vectors, row, n):
    order = np.argsort(-(vectors @ vectors[row]))
    return order[order != row][:n]


def by_distance(vectors, row, n):
    order = np.argsort(np.linalg.norm(vectors - vectors[row], axis=1))
    return order[order != row][:n]


def farthest(vectors, row, n):
    return np.argsort(cosines(vectors, row))[:n]


CHOICES = {"03.1"}  # the question itself names the answers to choose from
RIGHT = {
    "03.1": "equal",
    "03.2": 6,
    "03.3": document_vectors,
    "03.4": cooccurrence,
    "03.5": glove_loss,
    "03.6": nearest,
}
WRONG = {
    "03.1": ["dog", "of", 0],
    "03.2": [2, 3 * np.log(4), 0.75, -6, 12, 100],
    "03.3": [
        of_the_plain_mean,
        over_the_words,
        over_all_documents,
        lambda counts, idf, vectors: (counts * idf) @ vectors,
        lambda counts, idf, vectors: document_vectors(counts > 0, idf, vectors),
        lambda counts, idf, vectors: document_vectors(counts, idf, vectors)[0],
        lambda counts, idf, vectors: document_vectors(counts, idf**2, vectors),
    ],
    "03.4": [
        lambda ids, V, window: cooccurrence(ids, V, 2),
        ones,
        to_the_right,
        with_itself,
        lambda ids, V, window: cooccurrence(ids, V, window - 1),
        lambda ids, V, window: cooccurrence(ids, V, window + 1),
        lambda ids, V, window: 2 * cooccurrence(ids, V, window),
    ],
    "03.5": [
        lambda w, c, b_w, b_c, X, x_max: glove_loss(w, c, b_w, b_c, X, 10.0),
        with_log_of_zero,
        without_weights,
        without_biases,
        with_unbounded_weights,
        lambda *arguments: glove_loss(*arguments) / 2,
        lambda *arguments: glove_loss(*arguments, power=1.0),
        lambda w, c, b_w, b_c, X, x_max: glove_loss(w, c, b_c, b_w, X, x_max),
    ],
    "03.6": [
        with_the_row_itself,
        by_dot_product,
        by_distance,
        farthest,
        lambda vectors, row, n: nearest(vectors, row, n)[::-1],
        lambda vectors, row, n: nearest(vectors, 0, n),
    ],
}
