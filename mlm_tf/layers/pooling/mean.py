"""The mean of a text's vectors."""

import keras
from keras import ops

from mlm_tf.layers.pooling._pooling import Pooling, kept, summing_dtype, weighted_mean


@keras.saving.register_keras_serializable(package="mlm_tf")
class MeanPooling(Pooling):
    """The mean over the positions that are not padding, summed in float32 at least.

    Masking: padded positions count neither in the sum nor in the number divided by, whatever
    stands there; a row that is all padding, or of length 0, gives zeros. Without `padding_mask`,
    a Keras mask of `x` is respected.

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

    def call(self, x, padding_mask=None, mask=None):
        keep = kept(mask if padding_mask is None else padding_mask, x[:, :, 0])  # (B, T)
        weights = ops.cast(keep, summing_dtype(x))
        return ops.cast(weighted_mean(x, weights, keep), self.compute_dtype)
