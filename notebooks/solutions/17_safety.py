"""Answers to the exercises of page 17, right and plausibly wrong; the tests ask for verdicts."""

import numpy as np


def luhn(digits):
    values = [int(digit) for digit in reversed(digits)]
    doubled = [sum(divmod(2 * value, 10)) for value in values[1::2]]
    return (sum(values[::2]) + sum(doubled)) % 10 == 0


def luhn_from_the_left(digits):
    values = [int(digit) for digit in digits]
    doubled = [sum(divmod(2 * value, 10)) for value in values[1::2]]
    return (sum(values[::2]) + sum(doubled)) % 10 == 0


def luhn_without_the_sum_of_digits(digits):
    values = [int(digit) for digit in reversed(digits)]
    return (sum(values[::2]) + 2 * sum(values[1::2])) % 10 == 0


def always(digits):
    return True


def ece(confidence, is_right, bins):
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    total = 0.0
    for b in range(bins):
        inside = place == b
        if inside.any():
            total += inside.mean() * abs(confidence[inside].mean() - is_right[inside].mean())
    return total


def of_all_at_once(confidence, is_right, bins):
    return abs(confidence.mean() - is_right.mean())


def of_each_prediction(confidence, is_right, bins):
    return np.abs(confidence - is_right).mean()


def of_bins_alike(confidence, is_right, bins):
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    return np.mean(
        [abs((confidence - is_right)[place == b].mean()) for b in range(bins) if (place == b).any()]
    )


def of_half_the_bins(confidence, is_right, bins):
    return ece(confidence, is_right, max(1, bins // 2))


SAID = {
    "name": "quickstart",
    "kind": "CausalLM",
    "blocks": "1 × LSTM",
    "parameters": "400,000",
    "versions": "Keras 3",
    "date": "written today, on a laptop",
    "training": "causal language model, six epochs on a laptop",
    "purpose": "a learner's first look at the four steps of a language model",
    "not_for": "any text that a person may take for true",
    "pipeline": "TextPipeline, 2,000 words",
    "size": "8,000 sentences",
    "scrubbed": "none looked for: an encyclopedia names people who are publicly known",
    "source": "Wikipedia articles that gensim ships",
    "data_licence": "CC BY-SA: name the source, share alike",
    "quality": "perplexity of about 90 on articles held back",
    "audit": "no finding by the thresholds of mlm-tf audit",
    "limits": "knows 2,000 words of English; invents facts",
    "licence": "for teaching, CC BY-SA like the text",
    "labelling": "each text begins with the words: written by a model",
    "answers": "the reader of page 00, by the issues of the repository",
}


def fill(card):
    return card.filled(**SAID)


def fill_but_who_answers(card):
    return card.filled(**{name: said for name, said in SAID.items() if name != "answers"})


def fill_with_a_dash(card):
    return card.filled(**{**SAID, "limits": "-"})


def fill_with_the_same(card):
    return card.filled(**{**SAID, "not_for": SAID["purpose"]})


def not_filled(card):
    return card


def the_text_of_it(card):
    return fill(card).to_markdown()


CHOICES = {"17.1"}  # the question itself names the tokens
RIGHT = {
    "17.1": ["d", "Day", "r bad"],
    "17.2": luhn,
    "17.3": 10.29,
    "17.4": ece,
    "17.5": fill,
}
WRONG = {
    "17.1": [["d"], ["d", "Day"], ["d", "r bad"], ["d", "Day", "nd", "r bad"], "d", ["x"]],
    "17.2": [luhn_from_the_left, luhn_without_the_sum_of_digits, always, "4111111111111111"],
    "17.3": [3, 13.29, 7.13, 8, "much"],
    "17.4": [of_all_at_once, of_each_prediction, of_bins_alike, of_half_the_bins, 0.1],
    "17.5": [
        fill_but_who_answers,
        fill_with_a_dash,
        fill_with_the_same,
        not_filled,
        the_text_of_it,
        SAID,
    ],
}
