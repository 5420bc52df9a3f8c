"""Answers to the exercises of the page of questions, right and plausibly wrong."""

import math


def overlapping_windows(n, length, overlap):
    windows, start = [], 0
    while True:
        windows.append((start, min(start + length, n)))
        if start + length >= n:
            return windows
        start += length - overlap


def without_the_rest(n, length, overlap):
    return [(s, s + length) for s in range(0, n - length + 1, length - overlap)]


def with_one_too_many(n, length, overlap):
    return [(s, min(s + length, n)) for s in range(0, n, length - overlap)]


def past_the_end(n, length, overlap):
    return [(start, start + length) for start, _ in overlapping_windows(n, length, overlap)]


def without_overlap(n, length, overlap):
    return overlapping_windows(n, length, 0)


def by_the_overlap(n, length, overlap):
    return overlapping_windows(n, length, length - max(overlap, 1))


def starts_alone(n, length, overlap):
    return [start for start, _ in overlapping_windows(n, length, overlap)]


CHOICES = {"faq.1"}
RIGHT = {
    "faq.1": "padding",
    "faq.2": [1.01, 1.88],
    "faq.3": 8_224_000,
    "faq.4": overlapping_windows,
}
WRONG = {
    "faq.1": ["truncation", "windows", "nothing", 128],
    "faq.2": [
        [0.7, 1.3],
        [0.485, 0.901],
        [6.06, 1.88],
        [4.2, 1.3],
        1.01,
        [25.2 / math.log(2), 1.88],
    ],
    "faq.3": [4_096_000, 8_192_000, 4_128_000, 32_000, "many"],
    "faq.4": [
        without_the_rest,
        with_one_too_many,
        past_the_end,
        without_overlap,
        by_the_overlap,
        starts_alone,
        3,
    ],
}
