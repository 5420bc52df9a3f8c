"""Answers to the exercises of page 10, right and plausibly wrong; the tests ask for verdicts."""


def longest(text, words):
    pieces = []
    while text:
        ends = [end for end in range(1, len(text) + 1) if text[:end] in words]
        end = max(ends, default=1)
        pieces.append(text[:end])
        text = text[end:]
    return pieces


def from_the_right(text, words):
    pieces = []
    while text:
        starts = [start for start in range(len(text)) if text[start:] in words]
        start = min(starts, default=len(text) - 1)
        pieces.insert(0, text[start:])
        text = text[:start]
    return pieces


def shortest(text, words):
    pieces = []
    while text:
        end = min([e for e in range(1, len(text) + 1) if text[:e] in words], default=1)
        pieces.append(text[:end])
        text = text[end:]
    return pieces


def that_drops_the_unknown(text, words):
    return [piece for piece in longest(text, words) if piece in words]


def of_three_at_most(text, words):
    return longest(text, {word for word in words if len(word) <= 3})


def the_rest_in_one(text, words):
    end = max([e for e in range(1, len(text) + 1) if text[:e] in words], default=1)
    return [text[:end], text[end:]]


def first(text, most):
    return text.encode()[:most].decode(errors="ignore")


def characters(text, most):
    return text[:most]


def a_third(text, most):
    return text[: most // 3]


def with_half_a_character(text, most):
    return text.encode()[:most].decode(errors="replace")


def as_bytes(text, most):
    return text.encode()[:most]


def below(text, most):
    while len(text.encode()) >= most and text:
        text = text[:-1]
    return text


CHOICES = {"10.4"}  # the question itself names the answers to choose from
RIGHT = {
    "10.1": 16,
    "10.2": 13,
    "10.3": 5.0,
    "10.4": "to simplified",
    "10.5": longest,
    "10.6": first,
}
WRONG = {
    "10.1": [6, 18, 14, 11, 12, 17],
    "10.2": [32, 64, 8, 21, 6],
    "10.3": [8, 12.8, 160, 3.466, 0.2],
    "10.4": ["to traditional", "both", 1],
    "10.5": [
        from_the_right,
        shortest,
        that_drops_the_unknown,
        of_three_at_most,
        the_rest_in_one,
        3,
    ],
    "10.6": [characters, a_third, with_half_a_character, as_bytes, below],
}
