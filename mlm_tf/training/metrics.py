"""Metrics of language models."""

from collections.abc import Sequence

import keras
from keras import ops

from mlm_tf.checks import fit_weight


@keras.saving.register_keras_serializable(package="mlm_tf")
class Perplexity(keras.metrics.Mean):
    """`exp` of the mean of `-log p(target)`: among how many equally likely tokens the model is
    in doubt.

    Pass it in `weighted_metrics`, so that targets of weight zero (padding) do not count.

    Args:
        ignore_token_ids: targets that do not count either; with the id of `[UNK]` it is the
            perplexity over known words alone, which a small vocabulary does not flatter.
        name: as in every Keras metric.

    Example:

    >>> import numpy as np
    >>> metric = Perplexity()
    >>> metric.update_state(np.array([[1, 2]]), np.zeros((1, 2, 4), "float32"))
    >>> round(float(metric.result()), 4)
    4.0
    """

    def __init__(self, ignore_token_ids: Sequence[int] = (), name: str = "perplexity", **kwargs):
        super().__init__(name=name, **kwargs)
        self.ignore_token_ids = list(ignore_token_ids)
        self._direction = "down"  # Keras asks this to know which way is better

    def update_state(self, y_true, y_pred, sample_weight=None):
        """Targets `(batch, length)`, logits `(batch, length, vocabulary)`, and a weight for each
        row, `(batch,)` or `(batch, 1)`, or for each target. Targets of weight 0 may be anything;
        another one outside the vocabulary makes the result NaN."""
        y_true, size = ops.cast(y_true, "int32"), y_pred.shape[-1]
        weight = ops.ones_like(y_true, "float32")
        if sample_weight is not None:
            given = ops.cast(ops.convert_to_tensor(sample_weight), "float32")
            weight = weight * fit_weight(given, len(y_true.shape))
        for token_id in self.ignore_token_ids:
            weight = weight * ops.cast(y_true != token_id, "float32")
        outside = ops.logical_or(y_true < 0, y_true >= size)  # on JAX these would cost nothing
        y_true = ops.where(outside, 0, y_true)
        loss = keras.losses.sparse_categorical_crossentropy(y_true, y_pred, from_logits=True)
        loss = ops.where(ops.logical_and(outside, weight > 0), float("nan"), loss)
        super().update_state(loss, sample_weight=weight)

    def result(self):
        return ops.exp(super().result())

    def get_config(self):
        return {**super().get_config(), "ignore_token_ids": self.ignore_token_ids}


def perplexities(pipeline) -> list[Perplexity]:
    """The metrics `perplexity`, over all tokens, and `known_perplexity`, without [UNK]; the same
    where a pipeline knows every token."""
    unknown = getattr(pipeline, "unk_id", None)
    return [
        Perplexity(),
        Perplexity([] if unknown is None else [unknown], name="known_perplexity"),
    ]
