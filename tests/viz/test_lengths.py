"""The histogram of lengths: every sequence is in a bar, and the costs are right."""

import numpy as np
import pytest

from mlm_tf.errors import InvalidArgumentError
from mlm_tf.viz import length_histogram
from tests.wrong_values import WRONG


def bars_of(figure):
    """(left, right, height, colour) of each bar that is not empty."""
    return [
        (bar.get_x(), bar.get_x() + bar.get_width(), bar.get_height(), bar.get_facecolor())
        for bar in figure.axes[0].patches
        if bar.get_height()
    ]


@pytest.mark.parametrize("max_length", [None, 1, 7, 64, 5000])
def test_every_sequence_is_in_one_bar_and_no_bar_is_half_cut(max_length):
    lengths = np.random.default_rng(0).negative_binomial(2, 0.02, size=500)
    bars = bars_of(length_histogram(lengths, max_length))
    limit = max_length or lengths.max()
    assert sum(height for _, _, height, _ in bars) == 500
    for left, right, height, _ in bars:
        assert height == np.sum((lengths > left) & (lengths < right))
        assert right <= limit + 0.5 or left >= limit + 0.5
    assert len({colour for *_, colour in bars}) == (2 if (lengths > limit).any() else 1)


def test_title_states_the_share_of_tokens_cut_and_of_padding():
    # Of 16 tokens 2 are cut; of 3 * 8 places 10 are padding.
    title = length_histogram([2, 4, 10], max_length=8).axes[0].get_title(loc="left")
    assert title == "Cut or padded to 8 tokens: 12.5% of tokens cut, 41.7% of places padding"


def test_without_a_limit_the_longest_decides_the_padding():
    title = length_histogram([2, 4, 10]).axes[0].get_title(loc="left")
    assert title == "Padded to the longest, 10 tokens: 46.7% of places padding"


def test_legend_counts_what_is_kept_and_cut():
    legend = length_histogram([2, 4, 4, 10], max_length=8).legends[0]
    assert [text.get_text() for text in legend.get_texts()] == [
        "50% have at most 4",
        "95% have at most 10",
        "kept whole: 3",
        "cut at 8 tokens: 1",
    ]


@pytest.mark.parametrize("lengths", [[0], [0, 0], [5], [1] * 9])
def test_lengths_that_are_all_alike_are_drawn(lengths):
    assert sum(height for _, _, height, _ in bars_of(length_histogram(lengths))) == len(lengths)


@pytest.mark.parametrize(
    ("lengths", "max_length", "message"),
    [
        ([], None, r"lengths has shape \(0,\)"),
        ([1.5], None, "dtype float64"),
        ([[1]], None, r"shape \(1, 1\)"),
        ([-1], None, "integer >= 0"),
        *[([1], value, "^max_length=") for value in WRONG["integer >= 1"]],
    ],
)
def test_bad_lengths_are_named(lengths, max_length, message):
    with pytest.raises(InvalidArgumentError, match=message):
        length_histogram(lengths, max_length)
