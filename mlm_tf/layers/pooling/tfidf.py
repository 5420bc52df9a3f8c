"""The mean of a text's vectors, each weighed by its inverse document frequency."""

import keras
import numpy as np
from keras import ops

from mlm_tf.checks import Checked, check_integer
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers.pooling._pooling import Pooling, kept, summing_dtype, weighted_mean


@keras.saving.register_keras_serializable(package="mlm_tf")
class TfidfPooling(Pooling):
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

    An id outside the vocabulary, other than in padding, is a mistake that only TensorFlow on a
    CPU reports; JAX gives NaN for one that is too large, and counts one below 0 from the end.

    Masking: padded positions have no weight, whatever stands there, in the plain mean neither; a
    row that is all padding gives zeros. Without `padding_mask`, a Keras mask of `x` is respected.

    Args:
        vocabulary_size: number of ids.

    Call arguments:
        x: `(batch, length, dim)`, the vectors of the tokens.
        token_ids: `(batch, length)`, integers from 0 to below `vocabulary_size`.
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

    vocabulary_size = Checked(check_integer)

    def __init__(self, vocabulary_size: int, **kwargs):
        super().__init__(**kwargs)
        self.vocabulary_size = vocabulary_size

    def build(self, x_shape=None, token_ids_shape=None):
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
        keep = kept(x_mask if padding_mask is None else padding_mask, token_ids)  # (B, T)
        token_ids = ops.cast(token_ids, "int32")
        # In padding an id outside the vocabulary must not matter.
        token_ids = ops.where(keep, token_ids, ops.zeros_like(token_ids))
        plain = ops.cast(keep, summing_dtype(x))
        weights = plain * ops.cast(ops.take(self.idf, token_ids, axis=0), plain.dtype)
        weighs_nothing = ops.sum(weights, axis=1, keepdims=True) == 0  # (B, 1)
        weights = ops.where(weighs_nothing, plain, weights)
        return ops.cast(weighted_mean(x, weights, keep), self.compute_dtype)

    def compute_output_shape(self, x_shape, token_ids_shape=None):
        return (x_shape[0], x_shape[-1])

    def get_config(self):
        return {**super().get_config(), "vocabulary_size": self.vocabulary_size}
