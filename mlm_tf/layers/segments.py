"""To which of several texts in one row a token belongs."""

import keras
from keras import ops

from mlm_tf.checks import Checked, check_integer, declared_values


@keras.saving.register_keras_serializable(package="mlm_tf")
class SegmentEmbedding(keras.layers.Layer):
    """A learned vector for each segment, to be added to the vectors of its words.

    In a row of two texts, `[START] first [SEP] second [END]`, BERT tells them apart by it: segment
    0 up to the separator, and 1 after it ("token types").

    Masking: none; each position by itself.

    Args:
        num_segments: number of segments.
        hidden_dim: length of a vector.

    Call arguments:
        segment_ids: int `(batch, length)`, from 0 to `num_segments - 1`.

    Returns:
        `(batch, length, hidden_dim)`.

    Raises:
        InvalidArgumentError: for an argument that is no integer >= 1.

    Example:

    >>> import numpy as np
    >>> SegmentEmbedding(num_segments=2, hidden_dim=4)(np.array([[0, 0, 1]])).shape
    TensorShape([1, 3, 4])

    Reference: Devlin et al. 2019, section 3 and figure 2.
    """

    num_segments = Checked(check_integer)
    hidden_dim = Checked(check_integer)

    def __init__(self, num_segments: int, hidden_dim: int, **kwargs):
        super().__init__(**kwargs)
        self.num_segments = num_segments
        self.hidden_dim = hidden_dim

    def build(self, input_shape):
        self.embeddings = self.add_weight(
            shape=(self.num_segments, self.hidden_dim),
            initializer=keras.initializers.RandomNormal(stddev=0.02),  # BERT's
            name="embeddings",
        )

    def call(self, segment_ids):
        vectors = ops.take(self.embeddings, ops.cast(segment_ids, "int32"), axis=0)
        return ops.cast(vectors, self.compute_dtype)

    def compute_output_shape(self, input_shape):
        return (*input_shape, self.hidden_dim)

    def get_config(self):
        return {**super().get_config(), **declared_values(self)}
