import keras
import numpy as np
import pytest

from mlm_tf import TextPipeline, build_model
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.training import BitsPerByte, Perplexity, TokenAccuracy


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


# === Of any metric here ===


def every_metric():
    return [Perplexity(), Perplexity([2]), BitsPerByte([1, 0, 3, 2, 1]), TokenAccuracy()]


def result(metric, *batches):
    for batch in batches:
        metric.update_state(*batch)
    return float(metric.result())


def test_any_split_into_batches_gives_the_same_figure():
    weight = RNG.random((4, 4)).astype("float32")
    whole = TARGETS, LOGITS, weight
    parts = [[array[a:b] for array in whole] for a, b in ((0, 1), (1, 4))]
    for metric, again in zip(every_metric(), every_metric(), strict=True):
        assert result(metric, whole) == pytest.approx(result(again, *parts), rel=1e-5)


def test_what_weighs_nothing_changes_nothing():
    weight = np.array([[1.0, 1, 0, 0]] * 4, "float32")
    for metric, again in zip(every_metric(), every_metric(), strict=True):
        half = result(metric, (TARGETS[:, :2], LOGITS[:, :2]))
        other = np.where(weight > 0, TARGETS, -100)
        assert result(again, (other, LOGITS, weight)) == pytest.approx(half, rel=1e-5)


def test_they_are_saved_and_known_by_their_names():
    for metric in every_metric():
        again = keras.metrics.deserialize(keras.metrics.serialize(metric))
        assert again.get_config() == metric.get_config()
        assert again._direction == ("up" if isinstance(metric, TokenAccuracy) else "down")


# === Bits per byte ===


@pytest.mark.parametrize("level", ["character", "subword"])
def test_bits_per_byte_are_those_of_score(level):
    texts = ["a cat 猫 sat", "the dog"]
    pipeline = TextPipeline.fit(texts, level=level, vocabulary_size=300, normalization=None)
    model = build_model("gru", pipeline=pipeline, hidden_dim=8, seed=0)
    model.compile(weighted_metrics=[BitsPerByte.of(pipeline)])
    data = pipeline.rows(texts, length=40, batch_size=2, shuffle=False)
    figures = model.evaluate(data, verbose=0, return_dict=True)
    assert figures["bits_per_byte"] == pytest.approx(model.score(texts).bits_per_byte, rel=1e-5)


def test_a_pipeline_that_loses_bytes_is_refused():
    for settings in ({"level": "word"}, {"level": "character", "case_folding": "lower"}):
        pipeline = TextPipeline.fit(["a cat"], **settings)
        with pytest.raises(InvalidArgumentError, match="does not give back every byte"):
            BitsPerByte.of(pipeline)


# === Accuracy ===


def test_accuracy_is_the_weighted_share_of_the_right():
    likeliest, weight = LOGITS.argmax(-1), RNG.random((4, 4)).astype("float32")
    expected = (weight * (likeliest == TARGETS)).sum() / weight.sum()
    assert result(TokenAccuracy(), (TARGETS, LOGITS, weight)) == pytest.approx(expected, rel=1e-5)
