"""A mean of a text's vectors in which what matters weighs more, and what matters is learned."""

import keras
from keras import ops

from mlm_tf.layers.attention import MASKED_SCORE
from mlm_tf.layers.pooling._pooling import (
    Pooling,
    kept,
    summing_dtype,
    weighted_mean,
    without_padding,
)


@keras.saving.register_keras_serializable(package="mlm_tf")
class AttentionPooling(Pooling):
    """Attention (formula 4.3) of one learned query `q` over the positions of a text.

    With `x_j` the vector at position j, of width d::

        α_j = softmax_j(qᵀ x_j / sqrt(d))        v = Σ_j α_j x_j

    The query starts at zero, and the layer as `MeanPooling`: what deserves attention is learned.
    Scores, softmax and sum are computed in float32 at least.

    Masking: padded positions have no weight, whatever stands there; a row that is all padding, or
    of length 0, gives zeros. Without `padding_mask`, a Keras mask of `x` is respected.

    Call arguments:
        x: `(batch, length, dim)`.
        padding_mask: bool `(batch, length)`, true where there is a token, or `None`.

    Returns:
        `(batch, dim)`.

    Example:

    >>> import numpy as np
    >>> x = np.array([[[0.0], [1.0], [99.0]]])
    >>> mask = np.array([[True, True, False]])
    >>> pooling = AttentionPooling()
    >>> float(pooling(x, padding_mask=mask)[0, 0])
    0.5
    >>> pooling.set_weights([np.array([np.log(3)])])
    >>> round(float(pooling(x, padding_mask=mask)[0, 0]), 3)
    0.75

    Reference: Yang et al. 2016, section 2.2 (the learned query, there behind one more layer); Lee
    et al. 2019, section 3.2 (pooling by attention to learned vectors).
    """

    def build(self, input_shape):
        self.query = self.add_weight(
            shape=(input_shape[-1],),
            initializer="zeros",
            autocast=False,  # the scores are computed in float32
            name="query",
        )

    def call(self, x, padding_mask=None, mask=None):
        keep = kept(mask if padding_mask is None else padding_mask, x[:, :, 0])  # (B, T)
        x = ops.cast(without_padding(x, keep), summing_dtype(x))
        query = ops.cast(self.query, x.dtype)
        scores = ops.sum(x * query, axis=-1) / x.shape[-1] ** 0.5  # (B, T)
        scores = ops.where(keep, scores, ops.full_like(scores, MASKED_SCORE))
        greatest = ops.max(scores, axis=1, keepdims=True, initial=MASKED_SCORE)  # (B, 1)
        # The mean divides by the sum of the weights, and so makes this the softmax.
        weights = ops.exp(scores - ops.stop_gradient(greatest)) * ops.cast(keep, x.dtype)
        return ops.cast(weighted_mean(x, weights, keep), self.compute_dtype)
