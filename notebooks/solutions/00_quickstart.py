"""Answers to the exercises of page 00, right and plausibly wrong; the tests ask for verdicts."""

import numpy as np


def greedy(next_scores, prompt, end_id, max_length):
    ids = list(prompt)
    while len(ids) < max_length:
        ids.append(int(np.argmax(next_scores(ids))))
        if ids[-1] == end_id:
            break
    return ids


def that_never_ends(next_scores, prompt, end_id, max_length):
    ids = list(prompt)
    while len(ids) < max_length:
        ids.append(int(np.argmax(next_scores(ids))))
    return ids


def without_the_end(next_scores, prompt, end_id, max_length):
    ids = greedy(next_scores, prompt, end_id, max_length)
    return ids[:-1] if ids[-1] == end_id else ids


def without_the_prompt(next_scores, prompt, end_id, max_length):
    return greedy(next_scores, prompt, end_id, max_length)[len(prompt) :]


def so_many_more(next_scores, prompt, end_id, max_length):
    return greedy(next_scores, prompt, end_id, max_length + len(prompt))


def of_the_last_alone(next_scores, prompt, end_id, max_length):
    return greedy(lambda ids: next_scores(ids[-1:]), prompt, end_id, max_length)


def that_changes_the_prompt(next_scores, prompt, end_id, max_length):
    prompt += greedy(next_scores, prompt, end_id, max_length)[len(prompt) :]
    return prompt


def the_least(next_scores, prompt, end_id, max_length):
    return greedy(lambda ids: -next_scores(ids), prompt, end_id, max_length)


def one_token(next_scores, prompt, end_id, max_length):
    return [*prompt, int(np.argmax(next_scores(prompt)))]


CHOICES = {"00.1"}  # the question itself names the answers to choose from
RIGHT = {
    "00.1": 2000,
    "00.2": ["cat", "sat", "on", "the"],
    "00.3": 2.714,
    "00.4": greedy,
}
WRONG = {
    "00.1": [1, 45, 1 / 2000, "many"],
    "00.2": [
        ["the", "cat", "sat", "on"],
        ["the", "mat"],
        ["the"],
        ["sat", "on", "the", "mat"],
        "cat sat on the",
    ],
    "00.3": [0.05, 20, 2.833, 0.9986, 0.383, "2.7 or so"],
    "00.4": [
        that_never_ends,
        without_the_end,
        without_the_prompt,
        so_many_more,
        of_the_last_alone,
        that_changes_the_prompt,
        the_least,
        one_token,
        [1, 2, 3],
    ],
}
