"""What the pooling layers share."""

import keras
from keras import ops

from mlm_tf.layers.settings import KeepsSettings


class Pooling(KeepsSettings, keras.layers.Layer):
    """From one vector a token to one vector a text: `(batch, length, dim) -> (batch, dim)`."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def compute_mask(self, inputs, mask=None):
        return None  # one vector a text: there is nothing left to mask

    def compute_output_shape(self, input_shape):
        return (input_shape[0], input_shape[-1])


def kept(padding_mask, like):
    """Where there is a token, bool `(batch, length)`; without a mask everywhere, as in `like`."""
    if padding_mask is None:
        return ops.ones_like(like, dtype="bool")
    return ops.cast(padding_mask, "bool")


def summing_dtype(x) -> str:
    """float32 at least: a sum over a long text does not fit into 16 bits."""
    return keras.backend.result_type(x.dtype, "float32")


def without_padding(x, keep):
    """Zeros in padding: a weight of zero would not do, since zero times NaN is NaN."""
    return ops.where(keep[:, :, None], x, ops.zeros_like(x))


def weighted_mean(x, weights, keep):
    """Vectors and their weights >= 0 -> `(batch, dim)`; zeros where nothing weighs anything."""
    x = ops.cast(without_padding(x, keep), weights.dtype)
    total = ops.sum(weights, axis=1, keepdims=True)  # (B, 1)
    pooled = ops.sum(weights[:, :, None] * x, axis=1)  # (B, D)
    return pooled / ops.where(total > 0, total, ops.ones_like(total))
