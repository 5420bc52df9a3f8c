"""Answers to the exercises of page 11, right and plausibly wrong; the tests ask for verdicts."""

import numpy as np


def of_global_batch(gradients, num_targets):
    return num_targets @ gradients / num_targets.sum()


def each_device_alike(gradients, num_targets):
    return gradients.mean(axis=0)


def the_sum(gradients, num_targets):
    return gradients.sum(axis=0)


def without_a_division(gradients, num_targets):
    return num_targets @ gradients


def by_the_devices(gradients, num_targets):
    return num_targets @ gradients / len(gradients)


def of_each_device(gradients, num_targets):
    return gradients * num_targets[:, None]


def that_counts_every_device(gradients, num_targets):
    return of_global_batch(gradients, np.maximum(num_targets, 1))


def moving_average(weights, momentum):
    average = weights[0]
    for after_a_step in weights[1:]:
        average = momentum * average + (1 - momentum) * after_a_step
    return average


def turned_round(weights, momentum):
    return moving_average(weights, 1 - momentum)


def from_zero(weights, momentum):
    return moving_average(np.concatenate([np.zeros_like(weights[:1]), weights]), momentum)


def plain_mean(weights, momentum):
    return weights.mean(axis=0)


def of_the_last_two(weights, momentum):
    return momentum * weights[-2] + (1 - momentum) * weights[-1]


def momentum_is_three_quarters(weights, momentum):
    return moving_average(weights, 0.75)


def of_every_step(weights, momentum):
    return np.array([moving_average(weights[: n + 1], momentum) for n in range(len(weights))])


CHOICES = {"11.2"}  # the question itself names the answers to choose from
RIGHT = {
    "11.1": 1.28,
    "11.2": ["moments", "place in the data", "random states"],
    "11.3": of_global_batch,
    "11.4": moving_average,
}
WRONG = {
    "11.1": [4613, 0.5125, 0.205, 0.427, 0.2135, 0.064, 12],
    "11.2": [
        ["moments", "place in the data"],
        ["moments", "random states"],
        ["place in the data", "random states"],
        ["moments", "place in the data", "random states", "learning curves"],
        ["weights"],
        [],
        "moments",
    ],
    "11.3": [
        each_device_alike,
        the_sum,
        without_a_division,
        by_the_devices,
        of_each_device,
        that_counts_every_device,
    ],
    "11.4": [
        turned_round,
        from_zero,
        plain_mean,
        of_the_last_two,
        momentum_is_three_quarters,
        of_every_step,
    ],
}
