"""Answers to the exercises of page 09, right and plausibly wrong; the tests ask for verdicts."""

import numpy as np


def what_is_seen(ids, selected, draws, others, mask_id):
    seen = np.where(draws < 0.8, mask_id, np.where(draws < 0.9, others, ids))
    return np.where(selected, seen, ids)


def whatever_is_selected(ids, selected, draws, others, mask_id):
    return np.where(draws < 0.8, mask_id, np.where(draws < 0.9, others, ids))


def always_the_mask(ids, selected, draws, others, mask_id):
    return np.where(selected, mask_id, ids)


def in_place(ids, selected, draws, others, mask_id):
    ids[selected & (draws < 0.8)] = mask_id
    return ids


def the_rest_drawn(ids, selected, draws, others, mask_id):
    return np.where(selected, np.where(draws < 0.8, mask_id, others), ids)


def with_the_edges(ids, selected, draws, others, mask_id):
    seen = np.where(draws <= 0.8, mask_id, np.where(draws <= 0.9, others, ids))
    return np.where(selected, seen, ids)


def pseudo_log_likelihood(log_probs, ids, mask_id):
    total = 0.0
    for place, word in enumerate(ids):
        hidden = ids.copy()
        hidden[place] = mask_id
        total += log_probs(hidden)[place, word]
    return total


def nothing_hidden(log_probs, ids, mask_id):
    return log_probs(ids)[np.arange(len(ids)), ids].sum()


def all_hidden(log_probs, ids, mask_id):
    return log_probs(np.full(len(ids), mask_id))[np.arange(len(ids)), ids].sum()


def left_to_right(log_probs, ids, mask_id):
    total = 0.0
    for place, word in enumerate(ids):
        hidden = np.where(np.arange(len(ids)) < place, ids, mask_id)
        total += log_probs(hidden)[place, word]
    return total


def never_shown_again(log_probs, ids, mask_id):
    total, hidden = 0.0, ids.copy()
    for place, word in enumerate(ids):
        hidden[place] = mask_id
        total += log_probs(hidden)[place, word]
    return total


def the_mean(log_probs, ids, mask_id):
    return pseudo_log_likelihood(log_probs, ids, mask_id) / len(ids)


def fill_the_surest_first(probabilities, ids, mask_id):
    ids = ids.copy()
    while (ids == mask_id).any():
        p = probabilities(ids)
        blanks = np.flatnonzero(ids == mask_id)
        place = blanks[p[blanks].max(axis=1).argmax()]
        ids[place] = p[place].argmax()
    return ids


def all_at_once(probabilities, ids, mask_id):
    return np.where(ids == mask_id, probabilities(ids).argmax(axis=1), ids)


def from_left_to_right(probabilities, ids, mask_id):
    ids = ids.copy()
    for place in np.flatnonzero(ids == mask_id):
        ids[place] = probabilities(ids)[place].argmax()
    return ids


def the_least_sure_first(probabilities, ids, mask_id):
    ids = ids.copy()
    while (ids == mask_id).any():
        p = probabilities(ids)
        blanks = np.flatnonzero(ids == mask_id)
        place = blanks[p[blanks].max(axis=1).argmin()]
        ids[place] = p[place].argmax()
    return ids


def one_blank_alone(probabilities, ids, mask_id):
    ids, p = ids.copy(), probabilities(ids)
    blanks = np.flatnonzero(ids == mask_id)
    place = blanks[p[blanks].max(axis=1).argmax()]
    ids[place] = p[place].argmax()
    return ids


def on_the_given_array(probabilities, ids, mask_id):
    ids[:] = fill_the_surest_first(probabilities, ids, mask_id)
    return ids


def of_nine(ids, selected, draws, others, mask_id):
    return what_is_seen(ids, selected, draws, others, 9)


CHOICES = {"09.2"}  # the question itself names the answers to choose from
RIGHT = {
    "09.1": [24, 3, 3],
    "09.2": "yes",
    "09.3": what_is_seen,
    "09.4": pseudo_log_likelihood,
    "09.5": fill_the_surest_first,
}
WRONG = {
    "09.1": [[160, 20, 20], [80, 10, 10], [20, 5, 5], [24, 3], 24, [12, 1.5, 1.5]],
    "09.2": ["no", True, 1],
    "09.3": [
        whatever_is_selected,
        always_the_mask,
        in_place,
        the_rest_drawn,
        with_the_edges,
        of_nine,
    ],
    "09.4": [
        lambda log_probs, ids, mask_id: pseudo_log_likelihood(log_probs, ids, 9),
        nothing_hidden,
        all_hidden,
        left_to_right,
        never_shown_again,
        the_mean,
        0.5,
    ],
    "09.5": [
        lambda probabilities, ids, mask_id: fill_the_surest_first(probabilities, ids, 9),
        all_at_once,
        from_left_to_right,
        the_least_sure_first,
        one_blank_alone,
        on_the_given_array,
    ],
}
