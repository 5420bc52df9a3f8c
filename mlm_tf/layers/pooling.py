"""Pooling: from one vector a token to one vector a text."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="mlm_tf")
class MeanPooling(keras.layers.Layer):
    """The mean over the positions that are not padding.

    Masking: padded positions count neither in the sum nor in the number divided by; a row that
    is all padding gives zeros.

    Call arguments:
        x: `(batch, length, dim)`.
        padding_mask: bool `(batch, length)`, true where there is a token, or `None`.

    Returns:
        `(batch, dim)`.

    Example:

    >>> import numpy as np
    >>> x = np.array([[[1.0], [3.0], [99.0]]])
    >>> float(MeanPooling()(x, padding_mask=np.array([[True, True, False]]))[0, 0])
    2.0
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, x, padding_mask=None, mask=None):
        padding_mask = mask if padding_mask is None else padding_mask
        if padding_mask is None:
            return ops.mean(x, axis=1)
        keep = ops.cast(padding_mask, x.dtype)[:, :, None]  # (B, T, 1)
        # where, not a product alone: zero times NaN would be NaN.
        total = ops.sum(ops.where(keep > 0, x, ops.zeros_like(x)), axis=1)  # (B, D)
        return total / ops.maximum(ops.sum(keep, axis=1), 1)

    def compute_mask(self, inputs, mask=None):
        return None  # one vector a text: there is nothing left to mask

    def compute_output_shape(self, input_shape):
        return (input_shape[0], input_shape[-1])
