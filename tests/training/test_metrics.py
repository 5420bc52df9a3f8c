import keras
import numpy as np
import pytest

from mlm_tf.training import Perplexity


def test_is_the_exponential_of_the_weighted_mean_negative_log_probability():
    rng = np.random.default_rng(0)
    targets, weight = rng.integers(0, 5, (3, 4)), rng.integers(0, 2, (3, 4)).astype("float32")
    logits = rng.normal(size=(3, 4, 5)).astype("float32")
    log_probs = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    nll = -np.take_along_axis(log_probs, targets[:, :, None], -1)[:, :, 0]
    metric = Perplexity()
    for row in range(3):  # in batches of different weight
        metric.update_state(targets[row : row + 1], logits[row : row + 1], weight[row : row + 1])
    expected = np.exp((nll * weight).sum() / weight.sum())
    np.testing.assert_allclose(float(metric.result()), expected, rtol=1e-5)

    known = Perplexity(ignore_token_ids=[1])
    known.update_state(targets, logits, weight)
    keep = weight * (targets != 1)
    np.testing.assert_allclose(
        float(known.result()), np.exp((nll * keep).sum() / keep.sum()), rtol=1e-5
    )


def test_config_round_trip():
    metric = Perplexity(ignore_token_ids=[1, 2], name="known_words")
    again = keras.metrics.deserialize(keras.metrics.serialize(metric))
    assert (again.name, again.ignore_token_ids) == ("known_words", [1, 2])


RNG = np.random.default_rng(1)
TARGETS = RNG.integers(0, 5, (4, 4))
LOGITS = RNG.normal(size=(4, 4, 5)).astype("float32")


def perplexity(targets, weight=None, **arguments):
    metric = Perplexity(**arguments)
    metric.update_state(targets, LOGITS, weight)
    return float(metric.result())


def test_a_weight_for_a_row_counts_for_each_of_its_targets():
    rows = np.array([1.0, 1.0, 2.0, 0.0])
    expected = perplexity(TARGETS, np.broadcast_to(rows[:, None], TARGETS.shape))
    for weight in (rows, rows[:, None], rows.tolist()):
        assert perplexity(TARGETS, weight) == pytest.approx(expected)


def test_targets_that_do_not_count_may_be_anything():
    ignored = np.where(TARGETS == 2, -100, TARGETS)
    expected = perplexity(TARGETS, TARGETS != 2)
    assert perplexity(ignored, TARGETS != 2) == pytest.approx(expected)
    assert perplexity(ignored, ignore_token_ids=[-100]) == pytest.approx(expected)


@pytest.mark.parametrize("wrong", [-100, 5])
def test_a_target_outside_the_vocabulary_costs_more_than_nothing(wrong):
    assert np.isnan(perplexity(np.where(TARGETS == 2, wrong, TARGETS)))
