"""Samplers alone, on made-up scores: no model."""

import keras
import numpy as np
import pytest
from keras import ops
from scipy import stats

from mlm_tf.errors import InvalidArgumentError
from mlm_tf.generation import Greedy, Random, TopK, get_sampler

LOGITS = np.log(np.array([0.5, 0.25, 0.15, 0.1], "float32"))


def draws(sampler, count=4000):
    rows = np.tile(LOGITS, (count, 1))
    return ops.convert_to_numpy(sampler(rows, keras.random.SeedGenerator(1)))


def test_greedy_takes_the_most_probable():
    assert (draws(Greedy(), 5) == 0).all()


@pytest.mark.parametrize(("sampler", "kept"), [(Random(), 4), (TopK(4), 4), (TopK(2), 2)])
def test_draws_match_the_distribution(sampler, kept):
    observed = np.bincount(draws(sampler), minlength=4)
    expected = np.array([0.5, 0.25, 0.15, 0.1])[:kept]
    expected /= expected.sum()
    assert observed[kept:].sum() == 0
    assert stats.chisquare(observed[:kept], expected * observed.sum()).pvalue > 1e-3


def test_top_1_is_greedy():
    assert (draws(TopK(1), 50) == 0).all()


def test_top_k_keeps_exactly_k_among_equals():
    rows = np.zeros((500, 5), "float32")
    chosen = ops.convert_to_numpy(TopK(2)(rows, keras.random.SeedGenerator(0)))
    assert len(set(chosen.tolist())) == 2


def test_names_and_objects():
    assert isinstance(get_sampler("random", 9), Random)
    sampler = TopK(3)
    assert get_sampler(sampler, 9) is sampler
    assert get_sampler("top_k", 9).k == 9  # the default, as far as the vocabulary goes


@pytest.mark.parametrize("wrong", ["beam", None, 3])
def test_an_unknown_sampler_is_named(wrong):
    with pytest.raises(InvalidArgumentError, match=r"sampler=.*greedy"):
        get_sampler(wrong, 9)


def test_impossible_k():
    with pytest.raises(InvalidArgumentError, match="k=0"):
        TopK(0)
    with pytest.raises(InvalidArgumentError, match="k=5 is larger than the vocabulary of 4"):
        get_sampler(TopK(5), 4)
