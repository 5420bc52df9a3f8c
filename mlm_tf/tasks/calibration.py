"""Whether a model is as often right as it is sure: the expected calibration error.

Predictions are put into bins by the probability of what is predicted; in a calibrated model those
of 0.7 are right seven times of ten. The error is the mean distance of the two over the bins, each
weighted by its predictions. Whoever relies on a model that is surer than it is right relies on it
too much.

Reference: Guo et al. 2017, "On calibration of modern neural networks", section 2.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from keras import ops

from mlm_tf.checks import check_integer, shown
from mlm_tf.errors import EmptyCorpusError, InvalidArgumentError
from mlm_tf.tasks.templates import probabilities_of

BINS = 10
BATCH = 32
LENGTH = 64  # tokens of a row


@dataclass(frozen=True)
class Calibration:
    """Predictions, each with how sure it was and whether it was right.

    `viz.reliability` draws them.

    Args:
        confidence: `(n,)`, the probability of what was predicted.
        is_right: bool `(n,)`.
        bins: how many of equal width.

    Example:

    >>> calibration = Calibration([0.95, 0.95, 0.55, 0.55], [True, False, True, False])
    >>> round(calibration.error, 2), round(calibration.overconfidence, 2), calibration.accuracy
    (0.25, 0.25, 0.5)
    """

    confidence: np.ndarray
    is_right: np.ndarray
    bins: int = BINS

    def __post_init__(self):
        confidence, right = np.asarray(self.confidence, float), np.asarray(self.is_right, bool)
        if confidence.ndim != 1 or confidence.shape != right.shape or not len(confidence):
            raise InvalidArgumentError(
                f"confidence has shape {confidence.shape} and is_right {right.shape}; give one "
                "number of each for every prediction, of which there is one at least."
            )
        if not ((confidence >= 0) & (confidence <= 1)).all():
            raise InvalidArgumentError(
                f"confidence={shown(confidence)} holds what is no probability; use numbers from 0 "
                "to 1."
            )
        check_integer("bins", self.bins)
        object.__setattr__(self, "confidence", confidence)
        object.__setattr__(self, "is_right", right)

    @property
    def error(self) -> float:
        """The expected calibration error."""
        place = np.minimum((self.confidence * self.bins).astype(int), self.bins - 1)
        apart = np.bincount(place, self.confidence - self.is_right)
        return float(np.abs(apart).sum() / len(self.confidence))

    @property
    def overconfidence(self) -> float:
        """How much surer than right it is in the mean; below 0 it is too modest."""
        return float(np.mean(self.confidence - self.is_right))

    @property
    def accuracy(self) -> float:
        return float(np.mean(self.is_right))


def calibration_of_classes(model, texts: Sequence[str], labels: Sequence) -> Calibration:
    """That of a text classifier on labelled texts."""
    if not len(texts):
        raise EmptyCorpusError("texts is empty, so there is nothing to measure; give texts.")
    probabilities = probabilities_of(model, texts)
    right = np.asarray(model.as_labels(list(labels)))
    return Calibration(probabilities.max(axis=-1), probabilities.argmax(axis=-1) == right)


def calibration_of_tokens(model, texts: Sequence[str], most_tokens: int = 20_000) -> Calibration:
    """That of a causal language model's next token, its most probable one, on texts.

    Args:
        model: with its pipeline.
        texts: that it has not learned from; on those that it has it is right more often.
        most_tokens: after so many the rest is left out.
    """
    if not len(texts):
        raise EmptyCorpusError("texts is empty, so there is nothing to measure; give texts.")
    from scipy.special import softmax

    length = min(LENGTH, model.max_sequence_length or LENGTH)
    confidence, is_right = [], []
    for x, y, weight in model.pipeline.rows(texts, length, BATCH, shuffle=False):
        scores = ops.convert_to_numpy(model(x, training=False)).astype("float64")  # (B, T, V)
        counts = np.asarray(weight) > 0
        scores, y = scores[counts], np.asarray(y)[counts]
        confidence += softmax(scores, axis=-1).max(axis=-1).tolist()
        is_right += (scores.argmax(axis=-1) == y).tolist()
        if len(is_right) >= most_tokens:
            break
    return Calibration(np.minimum(confidence, 1.0), is_right)
