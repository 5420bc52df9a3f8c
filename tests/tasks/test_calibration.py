import keras
import numpy as np
import pytest

from mlm_tf import TextPipeline, build_model
from mlm_tf.errors import EmptyCorpusError, InvalidArgumentError
from mlm_tf.tasks.calibration import (
    Calibration,
    calibration_of_classes,
    calibration_of_tokens,
)


def test_the_error_by_hand():
    calibration = Calibration([0.05, 0.92, 0.98, 1.0, 0.61], [False, True, False, True, True], 10)
    # Bins: one of 0.05 and 0 right; three, 2.9 sure and 2 right; one of 0.61 and right.
    assert calibration.error == pytest.approx((0.05 + 0.9 + 0.39) / 5)
    assert calibration.overconfidence == pytest.approx((0.05 + 0.9 - 0.39) / 5)
    assert calibration.accuracy == 0.6


def test_certainty_and_its_absence_are_in_the_outer_bins():
    """As torchmetrics 3510, 1646 and 1744 have it: 1.0 in a bin of its own, 0.0 in none."""
    assert Calibration([0.95, 1.0], [True, False]).error == pytest.approx(0.475)
    assert Calibration([0.0, 0.05], [True, False]).error == pytest.approx(0.475)
    assert Calibration([1.0, 1.0, 0.0], [True, True, False], 2).error == 0


def test_what_is_right_as_often_as_sure_has_next_to_no_error():
    rng = np.random.default_rng(0)
    sure = rng.uniform(0, 1, 50_000)
    assert Calibration(sure, rng.uniform(0, 1, 50_000) < sure).error < 0.01
    assert Calibration(sure, rng.uniform(0, 1, 50_000) < sure**2).error > 0.1


@pytest.mark.parametrize(
    ("confidence", "right"), [([], []), ([0.5], [True, False]), ([1.5], [True]), ([np.nan], [True])]
)
def test_what_is_no_probability_is_said(confidence, right):
    with pytest.raises(InvalidArgumentError, match="confidence"):
        Calibration(confidence, right)


def test_tokens_are_those_of_the_scores():
    texts = ["a cat sat on a mat", "a dog sat"]
    pipeline = TextPipeline.fit(texts)
    model = build_model("lstm", pipeline=pipeline, hidden_dim=8, seed=0)
    found = calibration_of_tokens(model, texts)
    ids = [row for row in pipeline.encode(texts, add_start=True, add_end=True)]
    sure, right = [], []
    for row in ids:
        scores = keras.ops.convert_to_numpy(model(row[None, :-1]))[0].astype("float64")
        p = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
        sure += p.max(-1).tolist()
        right += (p.argmax(-1) == row[1:]).tolist()
    np.testing.assert_allclose(found.confidence, sure, atol=1e-5)
    assert found.is_right.tolist() == right


def test_classes_are_those_of_the_labels():
    texts, labels = ["a fine film", "a dull film"] * 8, ["good", "bad"] * 8
    model = build_model(
        "lstm", "text_classifier", pipeline=TextPipeline.fit(texts), hidden_dim=8, num_classes=2,
        label_names=["bad", "good"], seed=0,
    )  # fmt: skip
    found = calibration_of_classes(model, texts, labels)
    said = model.predict_labels(texts)
    assert found.is_right.tolist() == [a == b for a, b in zip(said, labels, strict=True)]
    assert (found.confidence >= 0.5).all()
    for measure in (lambda: calibration_of_classes(model, [], []),):
        with pytest.raises(EmptyCorpusError, match="texts is empty"):
            measure()
