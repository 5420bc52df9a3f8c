"""Answers to the exercises of page 13, right and plausibly wrong; the tests ask for verdicts."""

import numpy as np


def document_vector(counts, idf, vectors):
    weights = counts * idf
    total = weights.sum()
    return weights @ vectors / (total if total else 1)


def not_divided(counts, idf, vectors):
    return (counts * idf) @ vectors


def counts_alone(counts, idf, vectors):
    return counts @ vectors / counts.sum()


def divides_by_zero(counts, idf, vectors):
    with np.errstate(all="ignore"):
        return (counts * idf) @ vectors / (counts * idf).sum()


def by_the_words(counts, idf, vectors):
    return (counts * idf) @ vectors / counts.sum()


def mrr(similarities, gold):
    right = similarities[np.arange(len(gold)), gold][:, None]
    return (1 / (1 + (similarities > right).sum(axis=1))).mean()


def mean_rank(similarities, gold):
    right = similarities[np.arange(len(gold)), gold][:, None]
    return (1 + (similarities > right).sum(axis=1)).mean()


def first_places(similarities, gold):
    return (similarities.argmax(axis=1) == gold).mean()


def from_below(similarities, gold):
    right = similarities[np.arange(len(gold)), gold][:, None]
    return (1 / (1 + (similarities < right).sum(axis=1))).mean()


def npmi(p_ab, p_a, p_b):
    if p_ab == 0:
        return -1.0
    return np.log(p_ab / (p_a * p_b)) / -np.log(p_ab)


def pmi(p_ab, p_a, p_b):
    return np.log(p_ab / (p_a * p_b))


def without_the_limit(p_ab, p_a, p_b):
    return np.log(p_ab / (p_a * p_b)) / -np.log(p_ab)


def by_the_rarer(p_ab, p_a, p_b):
    return np.log(p_ab / (p_a * p_b)) / -np.log(min(p_a, p_b))


CHOICES = {"13.3"}  # the question itself names the answers to choose from
RIGHT = {
    "13.1": 9,
    "13.2": document_vector,
    "13.3": "falls",
    "13.4": mrr,
    "13.5": npmi,
}
WRONG = {
    "13.1": [3, 24, 3 * np.log(8), 0.375, "nine"],
    "13.2": [not_divided, counts_alone, divides_by_zero, by_the_words, 3],
    "13.3": ["rises", "stays", 0],
    "13.4": [mean_rank, first_places, from_below, 0.5, lambda s, g: 1 / mean_rank(s, g)],
    "13.5": [pmi, without_the_limit, by_the_rarer, lambda a, b, c: a / (b * c)],
}
