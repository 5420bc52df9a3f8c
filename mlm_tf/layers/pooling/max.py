"""The greatest value of each dimension in a text."""

import keras
from keras import ops

from mlm_tf.layers.pooling._pooling import Pooling, kept


@keras.saving.register_keras_serializable(package="mlm_tf")
class MaxPooling(Pooling):
    """The greatest value of each dimension over the positions that are not padding.

    Each dimension is a feature, and what counts is how strongly the text has it anywhere.

    Masking: padded positions are passed over, whatever stands there; a row that is all padding,
    or of length 0, gives zeros. Without `padding_mask`, a Keras mask of `x` is respected.

    Call arguments:
        x: `(batch, length, dim)`.
        padding_mask: bool `(batch, length)`, true where there is a token, or `None`.

    Returns:
        `(batch, dim)`.

    Example:

    >>> import numpy as np
    >>> x = np.array([[[1.0, -5.0], [3.0, -7.0], [99.0, 99.0]]])
    >>> np.array(MaxPooling()(x, padding_mask=np.array([[True, True, False]]))).tolist()
    [[3.0, -5.0]]

    Reference: Collobert et al. 2011, section 3.3.2; Kim 2014, section 2.
    """

    def call(self, x, padding_mask=None, mask=None):
        keep = kept(mask if padding_mask is None else padding_mask, x[:, :, 0])  # (B, T)
        lowest = float("-inf")
        x = ops.where(keep[:, :, None], x, ops.full_like(x, lowest))
        greatest = ops.max(x, axis=1, initial=lowest)  # (B, D)
        is_text = ops.any(keep, axis=1)[:, None]  # (B, 1)
        greatest = ops.where(is_text, greatest, ops.zeros_like(greatest))
        return ops.cast(greatest, self.compute_dtype)
