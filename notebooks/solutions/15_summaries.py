"""Answers to the exercises of page 15, right and plausibly wrong; the tests ask for verdicts."""

from difflib import SequenceMatcher

import numpy as np


def longest(a, b):
    table = np.zeros((len(a) + 1, len(b) + 1), int)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            longer = max(table[i, j + 1], table[i + 1, j])
            table[i + 1, j + 1] = table[i, j] + 1 if x == y else longer
    return table[-1, -1]


def rouge_l(summary, reference):
    same = longest(summary, reference)
    if same == 0:
        return 0
    precision, recall = same / len(summary), same / len(reference)
    return 2 * precision * recall / (precision + recall)


def the_length(summary, reference):
    return longest(summary, reference)


def of_neighbours(summary, reference):
    match = SequenceMatcher(None, summary, reference, autojunk=False).find_longest_match()
    return 2 * match.size / (len(summary) + len(reference))


def the_recall(summary, reference):
    return longest(summary, reference) / len(reference)


def of_words(summary, reference):
    same = sum(min(summary.count(w), reference.count(w)) for w in set(summary))
    return 2 * same / (len(summary) + len(reference))


def that_divides_by_zero(summary, reference):
    same = longest(summary, reference)
    precision, recall = float(same / len(summary)), float(same / len(reference))
    return 2 * precision * recall / (precision + recall)


def copied(weights, source_ids, is_token, vocabulary_size):
    return np.bincount(source_ids, weights * is_token, minlength=vocabulary_size)


def the_last_place(weights, source_ids, is_token, vocabulary_size):
    found = np.zeros(vocabulary_size)
    found[source_ids] += weights * is_token
    return found


def padding_too(weights, source_ids, is_token, vocabulary_size):
    return np.bincount(source_ids, weights, minlength=vocabulary_size)


def too_short(weights, source_ids, is_token, vocabulary_size):
    return np.bincount(source_ids, weights * is_token)


def shared_out(weights, source_ids, is_token, vocabulary_size):
    found = copied(weights, source_ids, is_token, vocabulary_size)
    return found / max(found.max(), 1e-9)


CHOICES = {"15.3"}  # the question itself names the answers to choose from
RIGHT = {
    "15.1": 0.6,
    "15.2": 0.22,
    "15.3": ["lead"],
    "15.4": rouge_l,
    "15.5": copied,
}
WRONG = {
    "15.1": [0.75, 0.5, 0.625, 60, 6],
    "15.2": [0.07, 0.15, 0.6, 0.38, 0.16, 0.13, 0.5],
    "15.3": [["centroid"], ["graph"], ["lead", "centroid", "graph"], [], "random"],
    "15.4": [the_length, of_neighbours, the_recall, of_words, that_divides_by_zero],
    "15.5": [the_last_place, padding_too, too_short, shared_out],
}
