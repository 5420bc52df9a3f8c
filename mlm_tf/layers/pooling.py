"""Pooling: from one vector a token to one vector a text."""

import keras
import numpy as np
from keras import ops

from mlm_tf.errors import InvalidArgumentError


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


@keras.saving.register_keras_serializable(package="mlm_tf")
class TfidfPooling(keras.layers.Layer):
    """The mean over the tokens of a text, each weighed by its inverse document frequency.

    `v(d) = Σ_i tfidf(i, d) · w_i / Σ_i tfidf(i, d)`, the sums being over the types i of the
    document d and w_i their vectors. `tfidf(i, d)` is the count of i in d times idf(i), so here
    every position weighs the idf of its token, and a type's weight grows with its count. The
    scale of the weights cancels, and with it whether each document was brought to unit length.

    As printed in section 4.1 of the document behind this package the formula cannot be computed,
    since its weights multiply nothing; this is the reading taken here.

    A row whose weights are all zero (special tokens, words of every document) gives the plain
    mean, as `MeanPooling` does. Until `set_idf` is called every token weighs the same. The idf
    values are a weight that is not trained: they are saved with the model and are not in its
    config. The weights and the sum are computed in float32 at least, whatever the dtype policy.

    Masking: padded positions have no weight, whatever stands there, in the plain mean neither; a
    row that is all padding gives zeros. Without `padding_mask`, a Keras mask of `x` is respected.

    Args:
        vocabulary_size: number of ids.

    Call arguments:
        x: `(batch, length, dim)`, the vectors of the tokens.
        token_ids: int `(batch, length)`.
        padding_mask: bool `(batch, length)`, true where there is a token, or `None`.

    Returns:
        `(batch, dim)`.

    Example:

    >>> import numpy as np
    >>> pooling = TfidfPooling(vocabulary_size=3)
    >>> pooling.set_idf([0.0, 1.0, 3.0])
    >>> float(pooling(np.array([[[10.0], [20.0]]]), token_ids=np.array([[1, 2]]))[0, 0])
    17.5
    """

    def __init__(self, vocabulary_size: int, **kwargs):
        super().__init__(**kwargs)
        self.vocabulary_size = vocabulary_size
        self.supports_masking = True

    def build(self, input_shape=None):
        self.idf = self.add_weight(
            shape=(self.vocabulary_size,),
            initializer="ones",
            trainable=False,
            autocast=False,  # float16 would round the weights
            name="idf",
        )

    def set_idf(self, idf) -> None:
        """Weigh each id by `idf`, `(vocabulary_size,)`, as `preprocessing.idf_vector` gives it.

        Raises:
            InvalidArgumentError: for another shape, or a value below 0 or not finite.
        """
        idf = np.asarray(idf, "float32")
        if idf.shape != (self.vocabulary_size,):
            raise InvalidArgumentError(
                f"idf has shape {idf.shape}, and vocabulary_size={self.vocabulary_size} asks for "
                f"{(self.vocabulary_size,)}; make it from the same vocabulary."
            )
        if not (np.isfinite(idf).all() and (idf >= 0).all()):
            raise InvalidArgumentError(
                f"idf holds values from {idf.min()} to {idf.max()}, and weights of a mean are "
                "finite and >= 0; make it with idf_vector."
            )
        if not self.built:
            self.build()
        self.idf.assign(idf)

    def call(self, x, token_ids, padding_mask=None, x_mask=None):
        padding_mask = x_mask if padding_mask is None else padding_mask
        if padding_mask is None:
            keep = ops.ones(ops.shape(token_ids), "bool")
        else:
            keep = ops.cast(padding_mask, "bool")  # (B, T)
        dtype = keras.backend.result_type(x.dtype, "float32")
        # What stands in padding must not matter: an id outside the vocabulary raises, and zero
        # times NaN is NaN.
        token_ids = ops.where(keep, token_ids, ops.zeros_like(token_ids))
        x = ops.where(keep[:, :, None], x, ops.zeros_like(x))  # (B, T, D)
        plain = ops.cast(keep, dtype)
        weights = plain * ops.cast(ops.take(self.idf, token_ids, axis=0), dtype)  # (B, T)
        weights = ops.where(ops.sum(weights, axis=1, keepdims=True) > 0, weights, plain)
        total = ops.sum(weights, axis=1, keepdims=True)  # (B, 1), 0 where all is padding
        weights = weights / ops.where(total > 0, total, ops.ones_like(total))
        pooled = ops.sum(weights[:, :, None] * ops.cast(x, dtype), axis=1)  # (B, D)
        return ops.cast(pooled, self.compute_dtype)

    def compute_mask(self, inputs, mask=None):
        return None  # one vector a text: there is nothing left to mask

    def compute_output_shape(self, x_shape, token_ids_shape=None):
        return (x_shape[0], x_shape[-1])

    def get_config(self):
        return {**super().get_config(), "vocabulary_size": self.vocabulary_size}
