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


def early_stopping(perplexities, patience):
    best, kept = math.inf, 0
    for epoch, value in enumerate(perplexities, start=1):
        if value < best:
            best, kept = value, epoch
        elif epoch - kept == patience:
            return epoch, kept
    return len(perplexities), kept


def from_zero(perplexities, patience):
    return tuple(epoch - 1 for epoch in early_stopping(perplexities, patience))


def one_too_late(perplexities, patience):
    return early_stopping(perplexities, patience + 1)


def one_too_early(perplexities, patience):
    return early_stopping(perplexities, patience - 1)


def never(perplexities, patience):
    return len(perplexities), int(np.nanargmin(perplexities)) + 1


def the_last(perplexities, patience):
    stopped, _ = early_stopping(perplexities, patience)
    return stopped, stopped


def the_best_of_all(perplexities, patience):
    stopped, _ = early_stopping(perplexities, patience)
    return stopped, int(np.nanargmin(perplexities)) + 1


def stopping(
    perplexities, patience, is_better=lambda value, best, before: value < best, in_a_row=True
):
    best, before, kept, waited = math.inf, math.inf, 0, 0
    for epoch, value in enumerate(perplexities, start=1):
        if is_better(value, best, before):
            best, kept, waited = value, epoch, 0 if in_a_row else waited
        else:
            waited += 1
        before = value
        if waited == patience:
            return epoch, kept
    return len(perplexities), kept


def with_the_epoch_before(perplexities, patience):
    return stopping(perplexities, patience, lambda value, best, before: value < before)


def in_all(perplexities, patience):
    return stopping(perplexities, patience, in_a_row=False)


def equal_is_better(perplexities, patience):
    return stopping(perplexities, patience, lambda value, best, before: value <= best)


def nan_is_better(perplexities, patience):
    return stopping(perplexities, patience, lambda value, best, before: not value >= best)


def patience_is_two(perplexities, patience):
    return early_stopping(perplexities, 2)


CHOICES = {"07.2"}  # the question itself names the answers to choose from
RIGHT = {
    "07.1": 40,
    "07.2": "keep the best weights and use more dropout",
    "07.3": batch_of,
    "07.4": cross_entropy,
    "07.5": rate_at,
    "07.6": early_stopping,
}
WRONG = {
    "07.1": [170, 95, 80, math.log(40), 340, "many"],
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
    "07.6": [
        from_zero,
        one_too_late,
        one_too_early,
        never,
        the_last,
        the_best_of_all,
        with_the_epoch_before,
        in_all,
        equal_is_better,
        nan_is_better,
        patience_is_two,
        lambda perplexities, patience: min(perplexities),
    ],
}
