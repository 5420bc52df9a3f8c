"""Norms: the kinds there are, and one as a block of its own, after the embeddings."""

import keras

from mlm_tf.checks import Checked, check_choice, check_number, declared_values
from mlm_tf.layers.block import Block

NORMALIZATIONS = {
    "layer_norm": keras.layers.LayerNormalization,
    "rms_norm": keras.layers.RMSNormalization,
}


def make_norm(normalization: str, epsilon: float, name: str, dtype=None) -> keras.layers.Layer:
    """A new norm of one of these kinds, which lets a mask pass."""
    norm = NORMALIZATIONS[normalization](epsilon=epsilon, name=name, dtype=dtype)
    norm.supports_masking = True  # else Keras warns that RMSNormalization loses the mask
    return norm


@keras.saving.register_keras_serializable(package="mlm_tf")
class EmbeddingNorm(Block):
    """`norm(x)`, each position by itself: what stands between the embeddings and the first block.

    BERT has one there, behind the positions that are added: its blocks have their norm after each
    sum (`normalize_first=False`), so that without it the first would read sums of any scale.

    Masking: none; each position by itself. Its state is empty.

    Args:
        normalization: `"layer_norm"` or `"rms_norm"`, see `Residual`.
        norm_epsilon: added to the variance, or the mean square, before the root is taken.

    Call arguments:
        x: `(batch, length, dim)`.

    Raises:
        InvalidArgumentError: for another normalization, or an epsilon that is no number >= 0.

    Example:

    >>> import numpy as np
    >>> y = EmbeddingNorm()(np.array([[[1.0, 3.0], [10.0, 30.0]]], "float32"))
    >>> np.array(y).round(2).tolist()
    [[[-1.0, 1.0], [-1.0, 1.0]]]

    Reference: Ba et al. 2016, equation 4; Devlin et al. 2019 (BERT).
    """

    normalization = Checked(check_choice, allowed=tuple(NORMALIZATIONS))
    norm_epsilon = Checked(check_number, least=0)

    def __init__(self, normalization: str = "layer_norm", norm_epsilon: float = 1e-6, **kwargs):
        super().__init__(**kwargs)
        self.normalization = normalization
        self.norm_epsilon = norm_epsilon
        self.norm = make_norm(self.normalization, self.norm_epsilon, "norm", self.dtype_policy)

    def build(self, input_shape):
        self.norm.build(input_shape)

    def call(self, x, padding_mask=None, mask=None, training=None):
        return self.norm(x)

    def initial_state(self, batch_size, max_length):
        return ()

    def step(self, x, state, padding_mask=None):
        return self(x), state

    def get_config(self):
        return {**super().get_config(), **declared_values(self)}
