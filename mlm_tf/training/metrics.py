"""Metrics of language models."""

import math
from collections.abc import Sequence

import keras
from keras import ops

from mlm_tf.checks import check_integer, fit_weight
from mlm_tf.errors import InvalidArgumentError


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
        y_true, weight = _counted(y_true, sample_weight)
        for token_id in self.ignore_token_ids:
            weight = weight * ops.cast(y_true != token_id, "float32")
        super().update_state(_nats(y_true, y_pred, weight), sample_weight=weight)

    def result(self):
        return ops.exp(super().result())

    def get_config(self):
        return {**super().get_config(), "ignore_token_ids": self.ignore_token_ids}


@keras.saving.register_keras_serializable(package="mlm_tf")
class BitsPerByte(keras.metrics.Mean):
    """How many bits a byte of text takes if it is coded as the model predicts it.

    `sum -log2 p(target) / sum bytes(target)`: unlike a perplexity it compares models that cut text
    into different tokens. An end token costs bits and adds no byte.

    Pass it in `weighted_metrics`, so that targets of weight zero (padding) do not count.

    Args:
        byte_lengths: of every id, how many bytes it adds to a text; `BitsPerByte.of(pipeline)`
            takes them from a pipeline.
        name: as in every Keras metric.

    Example: a byte is one of two that are equally likely.

    >>> import numpy as np
    >>> metric = BitsPerByte([1, 1])
    >>> metric.update_state(np.array([[1, 0]]), np.zeros((1, 2, 2), "float32"))
    >>> round(float(metric.result()), 4)
    1.0
    """

    def __init__(self, byte_lengths: Sequence[int], name: str = "bits_per_byte", **kwargs):
        super().__init__(name=name, **kwargs)
        self.byte_lengths = [check_integer("byte_lengths", size, least=0) for size in byte_lengths]
        self._direction = "down"

    @classmethod
    def of(cls, pipeline, **kwargs) -> "BitsPerByte":
        """For the ids of a pipeline.

        Raises:
            InvalidArgumentError: if its tokens do not hold every byte of a text.
        """
        if not pipeline.is_lossless or pipeline.token_bytes is None:
            raise InvalidArgumentError(
                f"{pipeline!r} does not give back every byte of a text, so bits per byte would "
                "flatter it; use one of characters or subwords with normalization=None, or "
                "Perplexity."
            )
        return cls([len(spelled) for spelled in pipeline.token_bytes], **kwargs)

    def update_state(self, y_true, y_pred, sample_weight=None):
        """As of `Perplexity`."""
        y_true, weight = _counted(y_true, sample_weight)
        nats = _nats(y_true, y_pred, weight)
        sizes = ops.convert_to_tensor(self.byte_lengths, "float32")
        places = ops.clip(y_true, 0, len(self.byte_lengths) - 1)
        self.total.assign_add(ops.sum(nats * weight) / math.log(2))
        self.count.assign_add(ops.sum(ops.take(sizes, places) * weight))

    def get_config(self):
        return {**super().get_config(), "byte_lengths": self.byte_lengths}


@keras.saving.register_keras_serializable(package="mlm_tf")
class TokenAccuracy(keras.metrics.Mean):
    """The share of targets that the model finds likelier than any other token.

    Pass it in `weighted_metrics`, so that targets of weight zero (padding) do not count.

    Args:
        name: as in every Keras metric.

    Example:

    >>> import numpy as np
    >>> metric = TokenAccuracy()
    >>> metric.update_state(np.array([[1, 0]]), np.array([[[0.0, 1.0], [0.0, 1.0]]]))
    >>> float(metric.result())
    0.5
    """

    def __init__(self, name: str = "token_accuracy", **kwargs):
        super().__init__(name=name, **kwargs)
        self._direction = "up"

    def update_state(self, y_true, y_pred, sample_weight=None):
        """As of `Perplexity`, but a target outside the vocabulary is never right."""
        y_true, weight = _counted(y_true, sample_weight)
        is_right = ops.equal(ops.cast(ops.argmax(y_pred, axis=-1), "int32"), y_true)
        super().update_state(ops.cast(is_right, "float32"), sample_weight=weight)


def _counted(y_true, sample_weight):
    """Targets as int32, and for each of them how much it counts, float32."""
    y_true = ops.cast(y_true, "int32")
    weight = ops.ones_like(y_true, "float32")
    if sample_weight is not None:
        given = ops.cast(ops.convert_to_tensor(sample_weight), "float32")
        weight = weight * fit_weight(given, len(y_true.shape))
    return y_true, weight


def _nats(y_true, y_pred, weight):
    """What each target costs, `-log p`; NaN for one outside the vocabulary, if it counts."""
    outside = ops.logical_or(y_true < 0, y_true >= y_pred.shape[-1])  # on JAX it would cost nothing
    y_true = ops.where(outside, 0, y_true)
    loss = keras.losses.sparse_categorical_crossentropy(y_true, y_pred, from_logits=True)
    return ops.where(ops.logical_and(outside, weight > 0), float("nan"), loss)


def perplexities(pipeline) -> list[Perplexity]:
    """The metrics `perplexity`, over all tokens, and `known_perplexity`, without [UNK]; the same
    where a pipeline knows every token."""
    unknown = getattr(pipeline, "unk_id", None)
    return [
        Perplexity(),
        Perplexity([] if unknown is None else [unknown], name="known_perplexity"),
    ]
