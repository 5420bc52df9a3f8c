"""Answers to the exercises of page 16, right and plausibly wrong; the tests ask for verdicts."""

import numpy as np


def distinct(replies, n):
    grams = [tuple(r[i : i + n]) for r in replies for i in range(len(r) - n + 1)]
    return len(set(grams)) / len(grams)


def mean_over_replies(replies, n):
    return np.mean([distinct([r], n) for r in replies if len(r) >= n])


def how_many(replies, n):
    return len({tuple(r[i : i + n]) for r in replies for i in range(len(r) - n + 1)})


def over_the_ends(replies, n):
    words = [word for reply in replies for word in reply]
    return distinct([words], n)


def of_pairs(replies, n):
    return distinct(replies, 2)


def of_words(replies, n):
    return distinct(replies, 1)


def turns_that_fit(turns, room):
    kept, used = [], 1
    for turn in reversed(turns):
        used += len(turn) + 1
        if used > room:
            break
        kept = [turn, *kept]
    return kept


def the_first(turns, room):
    kept, used = [], 1
    for turn in turns:
        used += len(turn) + 1
        if used > room:
            break
        kept = [*kept, turn]
    return kept


def without_special(turns, room):
    kept, used = [], 0
    for turn in reversed(turns):
        used += len(turn)
        if used > room:
            break
        kept = [turn, *kept]
    return kept


def without_start(turns, room):
    return turns_that_fit(turns, room + 1)


def backwards(turns, room):
    return turns_that_fit(turns, room)[::-1]


def with_holes(turns, room):
    kept, used = [], 1
    for turn in reversed(turns):
        if used + len(turn) + 1 <= room:
            used += len(turn) + 1
            kept = [turn, *kept]
    return kept


def that_empties(turns, room):
    while sum(len(t) + 1 for t in turns) + 1 > room:
        turns.pop(0)
    return turns


def best(given, alone, lam):
    return int(np.argmax(given - lam * alone))


CHOICES = {"16.1"}  # the question itself names the answers to choose from
RIGHT = {
    "16.1": "dull",
    "16.2": [0, 0, 0, 0, 0, 1, 1, 1],
    "16.3": distinct,
    "16.4": turns_that_fit,
    "16.5": best,
}
WRONG = {
    "16.1": ["other", 0.1, "both"],
    "16.2": [
        [0, 0, 0, 0, 0, 1, 1, 0],
        [1, 1, 1, 1, 1, 1, 1, 1],
        [0, 0, 0, 0, 0, 0, 1, 1, 1],
        [0, 0, 0, 0, 1, 1, 1, 1],
        [0, 0, 1, 0, 0, 0, 1, 1],
        [0, 0, 0, 0, 0, 0.5, 0.5, 1],
    ],
    "16.3": [mean_over_replies, how_many, over_the_ends, of_pairs, of_words, 0.5],
    "16.4": [
        the_first,
        without_special,
        without_start,
        backwards,
        with_holes,
        that_empties,
        lambda turns, room: turns,
    ],
    "16.5": [
        lambda given, alone, lam: int(np.argmax(given)),
        lambda given, alone, lam: int(np.argmax(given + lam * alone)),
        lambda given, alone, lam: int(np.argmin(given - lam * alone)),
        lambda given, alone, lam: int(np.argmax(given - alone)),
        lambda given, alone, lam: float(np.max(given - lam * alone)),
    ],
}
