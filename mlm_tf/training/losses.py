"""The loss of a recipe, where it is not the plain cross-entropy."""

import keras
from keras import ops

from mlm_tf.checks import check_number


@keras.saving.register_keras_serializable(package="mlm_tf")
class SmoothedCrossentropy(keras.losses.SparseCategoricalCrossentropy):
    """Cross-entropy with a target that is a little in doubt: label smoothing.

    `-(1 - s) log p(target) - s mean_v log p(v)`: as if the target was right with probability
    `1 - s`, and else any token of the vocabulary. Of a model that would learn its pairs by heart
    it keeps the probabilities from 1, and what it writes of new ones is better for it, while its
    perplexity is that of a model in doubt. Keras has it for one-hot targets alone.

    Args:
        label_smoothing: the share s.
        reduction, name, dtype: as of every loss of Keras.

    Call arguments:
        y_true: ids `(batch, length)`, or `(batch, length, 1)`.
        y_pred: logits `(batch, length, vocabulary_size)`.

    Example:

    >>> import numpy as np
    >>> y, logits = np.array([[1]]), np.log([[[0.2, 0.8]]]).astype("float32")
    >>> round(float(SmoothedCrossentropy(0.1)(y, logits)), 4)  # -0.9 log 0.8 - 0.1 (...) / 2
    0.2925

    Reference: Szegedy et al. 2016, section 7; Vaswani et al. 2017, section 5.4.
    """

    def __init__(
        self,
        label_smoothing: float = 0.1,
        reduction: str = "mean_with_sample_weight",
        name: str = "smoothed_crossentropy",
        dtype=None,
    ):
        super().__init__(from_logits=True, name=name, reduction=reduction, dtype=dtype)
        self.label_smoothing = check_number("label_smoothing", label_smoothing, least=0, below=1)

    def call(self, y_true, y_pred):
        if len(y_true.shape) == len(y_pred.shape):  # as Keras's own takes them
            y_true = ops.squeeze(y_true, -1)
        plain = keras.losses.sparse_categorical_crossentropy(y_true, y_pred, from_logits=True)
        places = ops.expand_dims(ops.cast(y_true, "int32"), -1)
        of_target = ops.squeeze(ops.take_along_axis(y_pred, places, axis=-1), -1)  # (B, T)
        # The mean of -log p over all tokens is the plain loss and what the target's logit is above
        # the mean of all logits.
        return plain + self.label_smoothing * (of_target - ops.mean(y_pred, axis=-1))

    def get_config(self):
        config = keras.losses.Loss.get_config(self)  # what the constructor takes
        return {**config, "label_smoothing": self.label_smoothing}
