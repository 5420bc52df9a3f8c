"""The last vector of a text."""

import keras
from keras import ops

from mlm_tf.layers.pooling._pooling import Pooling, kept


@keras.saving.register_keras_serializable(package="mlm_tf")
class LastPooling(Pooling):
    """The vector at the last position that is not padding.

    After a causal block that position alone has seen the whole text: of a recurrent block its
    output is the last hidden state.

    Masking: padded positions are passed over, on the right, on the left or in between, whatever
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
    >>> float(LastPooling()(x, padding_mask=np.array([[True, True, False]]))[0, 0])
    3.0

    Reference: Sutskever et al. 2014, section 2; Radford et al. 2018 (GPT), section 3.2.
    """

    def call(self, x, padding_mask=None, mask=None):
        keep = kept(mask if padding_mask is None else padding_mask, x[:, :, 0])  # (B, T)
        index = ops.cumsum(ops.ones_like(keep, dtype="int32"), axis=1)  # (B, T): 1, 2, 3, ...
        last = ops.max(ops.where(keep, index, 0), axis=1, keepdims=True, initial=0)  # (B, 1)
        # Summing one vector and zeros works for rows without any position, too.
        x = ops.where((index == last)[:, :, None], x, ops.zeros_like(x))
        return ops.cast(ops.sum(x, axis=1), self.compute_dtype)
