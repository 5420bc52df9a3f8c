"""Answers to the exercises of page 14, right and plausibly wrong; the tests ask for verdicts."""

import math
from collections import Counter


def ngrams(tokens, n):
    return Counter(tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1))


def share(translation, references, n):
    found, allowed = ngrams(translation, n), Counter()
    for reference in references:
        allowed |= ngrams(reference, n)
    return sum((found & allowed).values()) / max(1, sum(found.values()))


def unclipped(translation, references, n):
    found = ngrams(translation, n)
    there = {gram for reference in references for gram in ngrams(reference, n)}
    hits = sum(count for gram, count in found.items() if gram in there)
    return hits / max(1, sum(found.values()))


def of_the_first_reference(translation, references, n):
    return share(translation, references[:1], n)


def of_kinds(translation, references, n):
    found = set(ngrams(translation, n))
    there = {gram for reference in references for gram in ngrams(reference, n)}
    return len(found & there) / max(1, len(found))


def of_single_words(translation, references, n):
    return share(translation, references, 1) if len(translation) >= n else 0


def that_divides_by_zero(translation, references, n):
    found, allowed = ngrams(translation, n), Counter()
    for reference in references:
        allowed |= ngrams(reference, n)
    return sum((found & allowed).values()) / sum(found.values())


def split(sources, held):
    held = {source.strip().lower() for source in held}
    places = ([], [])
    for place, source in enumerate(sources):
        places[source.strip().lower() in held].append(place)
    return places


def as_written(sources, held):
    places = ([], [])
    for place, source in enumerate(sources):
        places[source in held].append(place)
    return places


def held_as_written(sources, held):
    places = ([], [])
    for place, source in enumerate(sources):
        places[source.strip().lower() in {text.lower() for text in held}].append(place)
    return places


def the_other_way_round(sources, held):
    return split(sources, held)[::-1]


def the_first_of_each(sources, held):
    learned, measured = split(sources, held)
    return learned, measured[:1]


CHOICES = set()  # no question names the answers to choose from
RIGHT = {
    "14.1": 3 / 4,
    "14.2": math.exp(1 - 12 / 9),
    "14.3": 256,
    "14.4": share,
    "14.5": split,
}
WRONG = {
    "14.1": [0.5, 1.5, 2 / 3, 1.0, "x"],
    "14.2": [0.75, math.exp(1 - 9 / 12), 4 / 3, 0.25, 1.0],
    "14.3": [128, 3200, 6400, 25],
    "14.4": [unclipped, of_the_first_reference, of_kinds, of_single_words, that_divides_by_zero],
    "14.5": [
        as_written,
        held_as_written,
        the_other_way_round,
        the_first_of_each,
    ],
}
