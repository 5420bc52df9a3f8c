"""Where a token stands, added to its vector: two blocks whose state is the count so far."""

import keras
from keras import ops

from mlm_tf.checks import Checked, check_integer
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers.block import Block


class _Positions(Block):
    """`x + vector(position)`. A subclass writes `vectors`."""

    def vectors(self, positions, dim):
        """int32 `(B or 1, T)`, possibly -1 in padding -> `(B or 1, T, dim)`."""
        raise NotImplementedError(f"{type(self).__name__} does not define vectors().")

    def call(self, x, padding_mask=None, mask=None, training=None):
        padding_mask = mask if padding_mask is None else padding_mask
        return self._add(x, _counted(x, padding_mask) - 1)  # the first token stands at 0

    def initial_state(self, batch_size, max_length):
        return {"length": ops.zeros((batch_size,), dtype="int32")}

    def cut_state(self, state, length):
        return {"length": ops.minimum(state["length"], length)}

    def step(self, x, state, padding_mask=None):
        if not self.built:
            self.build(tuple(x.shape))
        before = state["length"][:, None]  # (B, 1)
        count = before + _counted(x, padding_mask)  # (B, S)
        return self._add(x, count - 1), {"length": count[:, -1]}

    def _add(self, x, positions):
        x = ops.cast(x, self.compute_dtype)
        return x + ops.cast(self.vectors(positions, x.shape[-1]), x.dtype)


@keras.saving.register_keras_serializable(package="mlm_tf")
class LearnedPositions(_Positions):
    """Adds a learned vector for each position: `y_i = x_i + P[i]`.

    Put it between the embedding and attention that has no positions of its own. What was never
    trained on, positions past the longest training text above all, is noise.

    Masking: padding takes no position: each token's is the number of tokens before it in its row,
    whatever padding stands between. The output at a padded position has no meaning.

    Args:
        max_sequence_length: the number of positions.

    Call arguments:
        x: `(batch, length, dim)`, length <= `max_sequence_length`.
        padding_mask: bool `(batch, length)`, true where there is a token, or `None`.

    Returns:
        `(batch, length, dim)`.

    Raises:
        InvalidArgumentError: for a `max_sequence_length` that is no integer >= 1, and for `x`
            longer than that. Only `step`, which cannot know its positions beforehand, takes the
            last position for all beyond it.

    Example:

    >>> import numpy as np
    >>> positions = LearnedPositions(max_sequence_length=4)
    >>> x = np.zeros((1, 3, 2), "float32")
    >>> y = np.array(positions(x, padding_mask=np.array([[True, False, True]])))
    >>> bool((y[0, [0, 2]] == np.array(positions.embeddings)[:2]).all())
    True

    Reference: Gehring et al. 2017, section 3.1; Radford et al. 2019 (GPT-2).
    """

    max_sequence_length = Checked(check_integer)

    def __init__(self, max_sequence_length: int, **kwargs):
        super().__init__(**kwargs)
        self.max_sequence_length = max_sequence_length

    def build(self, input_shape):
        self.embeddings = self.add_weight(
            shape=(self.max_sequence_length, input_shape[-1]),
            initializer=keras.initializers.RandomNormal(stddev=0.02),  # GPT-2's
            name="embeddings",
        )

    def call(self, x, padding_mask=None, mask=None, training=None):
        length = x.shape[1]
        if length is not None and length > self.max_sequence_length:
            raise InvalidArgumentError(
                f"x is {length} positions long, but {self.name!r} learned only "
                f"max_sequence_length={self.max_sequence_length}; cut the texts to that, or build "
                "the model with a larger max_sequence_length."
            )
        return super().call(x, padding_mask=padding_mask, mask=mask)

    def vectors(self, positions, dim):
        # A row outside the table is an error on TensorFlow and another row, or NaN, on JAX.
        positions = ops.clip(positions, 0, self.max_sequence_length - 1)
        return ops.take(self.embeddings, positions, axis=0)

    def get_config(self):
        return {**super().get_config(), "max_sequence_length": self.max_sequence_length}


@keras.saving.register_keras_serializable(package="mlm_tf")
class SinusoidalPositions(_Positions):
    """Adds sines and cosines of the position, the slower the further right they stand.

    With p the position and d the width::

        vector[2i] = sin(p / 10000^(2i/d))        vector[2i+1] = cos(p / 10000^(2i/d))

    There is nothing to learn, and no longest text. The vector of p + k is that of p turned by
    angles that depend on k alone, from which attention can tell how far apart two tokens are.
    Computed in float32, whatever the dtype policy.

    Masking: padding takes no position: each token's is the number of tokens before it in its row,
    whatever padding stands between. The output at a padded position has no meaning.

    Call arguments:
        x: `(batch, length, dim)`.
        padding_mask: bool `(batch, length)`, true where there is a token, or `None`.

    Returns:
        `(batch, length, dim)`.

    Example:

    >>> import numpy as np
    >>> y = SinusoidalPositions()(np.zeros((1, 2, 4), "float32"))
    >>> np.array(y, "float64").round(2).tolist()
    [[[0.0, 1.0, 0.0, 1.0], [0.84, 0.54, 0.01, 1.0]]]

    Reference: Vaswani et al. 2017, section 3.5.
    """

    def vectors(self, positions, dim):
        pairs = (dim + 1) // 2  # of an odd width the last cosine is left out
        exponents = ops.arange(pairs, dtype="float32") * (2.0 / dim)
        angles = ops.cast(positions, "float32")[..., None] / 10_000.0**exponents  # (B, T, pairs)
        waves = ops.stack([ops.sin(angles), ops.cos(angles)], axis=-1)  # (B, T, pairs, 2)
        waves = ops.reshape(waves, (*ops.shape(angles)[:-1], 2 * pairs))
        return waves[..., :dim]


def _counted(x, padding_mask):
    """How many tokens there are up to each position, that one included: int32 `(B or 1, T)`."""
    if padding_mask is None:
        return ops.arange(1, ops.shape(x)[1] + 1, dtype="int32")[None, :]
    return ops.cumsum(ops.cast(padding_mask, "int32"), axis=1)
