"""Answers to the exercises of page 07, right and plausibly wrong; the tests ask for verdicts."""

import math

import numpy as np


def batch_of(ids, pad_id):
    y = ids[:, 1:]
    return ids[:, :-1], y, (y != pad_id).astype("float32")


def weight_of_what_is_read(ids, pad_id):
    x = ids[:, :-1]
    return x, ids[:, 1:], (x != pad_id).astype("float32")


def padding_counts(ids, pad_id):
    return ids[:, :-1], ids[:, 1:], np.ones(ids[:, 1:].shape)


def the_word_before(ids, pad_id):
    return ids[:, 1:], ids[:, :-1], (ids[:, 1:] != pad_id).astype("float32")


def nothing_to_predict(ids, pad_id):
    return ids[:, 1:], ids[:, 1:], (ids[:, 1:] != pad_id).astype("float32")


def all_of_them(ids, pad_id):
    return ids, ids, (ids != pad_id).astype("float32")


def padding_is_five(ids, pad_id):
    return batch_of(ids, 5)


def log_probs(logits, targets):
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_softmax = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return np.take_along_axis(log_softmax, targets[:, :, None], axis=-1)[:, :, 0]


def cross_entropy(logits, targets, weight):
    return -(log_probs(logits, targets) * weight).sum() / weight.sum()


def over_all_places(logits, targets, weight):
    return -(log_probs(logits, targets) * weight).mean()


def without_weights(logits, targets, weight):
    return -log_probs(logits, targets).mean()


def negative(logits, targets, weight):
    return -cross_entropy(logits, targets, weight)


def in_bits(logits, targets, weight):
    return cross_entropy(logits, targets, weight) / math.log(2)


def of_each(logits, targets, weight):
    return -log_probs(logits, targets) * weight


def that_overflows(logits, targets, weight):
    p = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    log_p = np.log(np.take_along_axis(p, targets[:, :, None], axis=-1)[:, :, 0])
    return -(log_p * weight).sum() / weight.sum()


def rate_at(step, peak, warmup, num_steps):
    if step < warmup:
        return peak * step / warmup
    done = min(1, (step - warmup) / (num_steps - warmup))
    return peak * (1 + math.cos(math.pi * done)) / 2


def without_warmup(step, peak, warmup, num_steps):
    return rate_at(step, peak, 0, num_steps)


def in_a_line(step, peak, warmup, num_steps):
    if step < warmup:
        return peak * step / warmup
    return peak * max(0, (num_steps - step) / (num_steps - warmup))


def from_the_start(step, peak, warmup, num_steps):
    if step < warmup:
        return peak * step / warmup
    return peak * (1 + math.cos(math.pi * min(1, step / num_steps))) / 2


def rises_again(step, peak, warmup, num_steps):
    if step < warmup:
        return peak * step / warmup
    return peak * (1 + math.cos(math.pi * (step - warmup) / (num_steps - warmup))) / 2


def a_quarter(step, peak, warmup, num_steps):
    if step < warmup:
        return peak * step / warmup
    return peak * math.cos(math.pi / 2 * min(1, (step - warmup) / (num_steps - warmup)))


def clip(gradients, limit):
    length = np.sqrt(sum((g**2).sum() for g in gradients))
    return [g * (limit / max(length, limit)) for g in gradients]


def each_by_itself(gradients, limit):
    return [g * min(1, limit / np.linalg.norm(g)) for g in gradients]


def each_number(gradients, limit):
    return [np.clip(g, -limit, limit) for g in gradients]


def always_scaled(gradients, limit):
    length = np.sqrt(sum((g**2).sum() for g in gradients))
    return [g * limit / length for g in gradients]


def without_root(gradients, limit):
    length = sum((g**2).sum() for g in gradients)
    return [g * min(1, limit / length) for g in gradients]


def divides_by_zero(gradients, limit):
    length = np.sqrt(sum((g**2).sum() for g in gradients))
    with np.errstate(all="ignore"):
        return [
            np.where(length < limit, g / length * length, g * limit / length) for g in gradients
        ]


CHOICES = {"07.2"}  # the question itself names the answers to choose from
RIGHT = {
    "07.1": 4,
    "07.2": "keep the best weights and use more dropout",
    "07.3": batch_of,
    "07.4": cross_entropy,
    "07.5": rate_at,
    "07.6": clip,
}
WRONG = {
    "07.1": [2, 64, 2 * math.log(2), 14 / 3, 1 / 64, "many"],
    "07.2": ["train longer", "raise the learning rate", "pray"],
    "07.3": [
        weight_of_what_is_read,
        padding_counts,
        the_word_before,
        nothing_to_predict,
        all_of_them,
        padding_is_five,
        lambda ids, pad_id: ids[:, :-1],
    ],
    "07.4": [over_all_places, without_weights, negative, in_bits, of_each, that_overflows, 4],
    "07.5": [
        lambda step, peak, warmup, num_steps: rate_at(step, 0.5, 10, 110),
        without_warmup,
        in_a_line,
        from_the_start,
        rises_again,
        a_quarter,
        lambda step, peak, warmup, num_steps: peak,
    ],
    "07.6": [each_by_itself, each_number, always_scaled, without_root, divides_by_zero],
}
