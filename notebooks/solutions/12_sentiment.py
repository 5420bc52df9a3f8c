"""Answers to the exercises of page 12, right and plausibly wrong; the tests ask for verdicts."""

import numpy as np


def ratio(word, texts, labels, smoothing=1, once=True, share=True, sign=1):
    known = {w for text in texts for w in text.split()}
    counts = {label: dict.fromkeys(known, smoothing) for label in (0, 1)}
    for text, label in zip(texts, labels):
        for w in set(text.split()) if once else text.split():
            counts[label][w] += 1
    total = {label: sum(counts[label].values()) if share else 1 for label in (0, 1)}
    with np.errstate(divide="ignore"):
        one, zero = (np.log(counts[label][word] / total[label]) for label in (1, 0))
    return sign * (one - zero)


def every_time(word, texts, labels):
    return ratio(word, texts, labels, once=False)


def counts_alone(word, texts, labels):
    return ratio(word, texts, labels, share=False)


def turned(word, texts, labels):
    return ratio(word, texts, labels, sign=-1)


def not_smoothed(word, texts, labels):
    return ratio(word, texts, labels, smoothing=0)


def of_fine(word, texts, labels):
    return ratio(word if word in texts[0].split() else texts[0].split()[0], texts, labels)


def f1(labels, found, label):
    both = sum(a == label == b for a, b in zip(labels, found))
    return 2 * both / (labels.count(label) + found.count(label))


def macro(labels, found):
    return np.mean([f1(labels, found, label) for label in set(labels)])


def accuracy(labels, found):
    return np.mean([a == b for a, b in zip(labels, found)])


def weighted(labels, found):
    return sum(labels.count(k) / len(labels) * f1(labels, found, k) for k in set(labels))


def of_what_is_found(labels, found):
    return np.mean([f1(labels, found, label) for label in set(found)])


def recall(labels, found):
    right = [[a == b for a, b in zip(labels, found) if a == k] for k in set(labels)]
    return np.mean([np.mean(part) for part in right])


def without_each(score, words):
    return [score(words) - score(words[:i] + words[i + 1 :]) for i in range(len(words))]


def the_other_way(score, words):
    return [-change for change in without_each(score, words)]


def alone(score, words):
    return [score([word]) for word in words]


def every_such_word(score, words):
    return [score(words) - score([w for w in words if w != word]) for word in words]


def into_the_list(score, words):
    changes, whole = [], score(words)
    for i in range(len(words)):
        word = words.pop(0)
        changes.append(whole - score(words))
        if i % 2:
            words.append(word)
    return changes


CHOICES = {"12.4"}  # the question itself names the answers to choose from
RIGHT = {"12.1": 0.8, "12.2": ratio, "12.3": macro, "12.4": "B", "12.5": without_each}
WRONG = {
    "12.1": [80, 1 / 3, 0.5, "many"],
    "12.2": [every_time, counts_alone, turned, not_smoothed, of_fine, 3],
    "12.3": [accuracy, weighted, of_what_is_found, recall, 0.5],
    "12.4": ["A", "both", 1],
    "12.5": [the_other_way, alone, every_such_word, into_the_list, 3],
}
