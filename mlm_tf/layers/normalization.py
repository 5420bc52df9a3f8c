"""The two normalisations of a Transformer, made by name."""

import keras

from mlm_tf.checks import check_choice, check_number

NORMALIZATIONS = {
    "layer_norm": keras.layers.LayerNormalization,
    "rms_norm": keras.layers.RMSNormalization,
}


def make_norm(kind: str, name: str, epsilon: float = 1e-6, dtype=None) -> keras.layers.Layer:
    """A Keras layer that brings the vector of each position to unit scale.

    `"rms_norm"` divides by the root of the mean square and has a gain (Zhang & Sennrich 2019,
    equation 4); `"layer_norm"` subtracts the mean first, and has a gain and a bias (Ba et al.
    2016, equation 4).

    Masking: an implicit mask passes; a position is normalised by itself.

    >>> make_norm("rms_norm", "norm").supports_masking
    True
    """
    check_choice("normalization", kind, tuple(NORMALIZATIONS))
    epsilon = check_number("norm_epsilon", epsilon, least=0)
    norm = NORMALIZATIONS[kind](epsilon=epsilon, name=name, dtype=dtype)
    norm.supports_masking = True  # else Keras warns that RMSNormalization loses the mask
    return norm
