"""Metrics of language models."""

from collections.abc import Sequence

import keras
from keras import ops


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
        """Targets `(batch, length)`, logits `(batch, length, vocabulary)`, weights as targets."""
        y_true = ops.cast(y_true, "int32")
        loss = keras.losses.sparse_categorical_crossentropy(y_true, y_pred, from_logits=True)
        weight = (
            ops.ones_like(loss) if sample_weight is None else ops.cast(sample_weight, loss.dtype)
        )
        for token_id in self.ignore_token_ids:
            weight = weight * ops.cast(y_true != token_id, loss.dtype)
        super().update_state(loss, sample_weight=weight)

    def result(self):
        return ops.exp(super().result())

    def get_config(self):
        return {**super().get_config(), "ignore_token_ids": self.ignore_token_ids}
