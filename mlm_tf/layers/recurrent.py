"""Recurrent blocks: `h_i = f(h_{i-1}, w_i)` (formula 4.2)."""

import keras
from keras import ops

from mlm_tf.layers.block import Block


@keras.saving.register_keras_serializable(package="mlm_tf")
class LSTMCell(keras.layers.Layer):
    """One step of an LSTM whose input is already projected.

    `x @ kernel + bias` does not depend on the previous state, so the block does it for all
    positions in one large matrix product and only `h @ recurrent_kernel` is left in here.
    """

    def __init__(self, units: int, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.state_size = [units, units]
        self.output_size = units

    def build(self, input_shape):
        self.recurrent_kernel = self.add_weight(
            shape=(self.units, 4 * self.units), initializer="orthogonal", name="recurrent_kernel"
        )

    def call(self, projected, states, training=None):
        h, c = states  # (B, U), (B, U)
        gates = projected + ops.matmul(h, self.recurrent_kernel)  # (B, 4U)
        i, f, g, o = ops.split(gates, 4, axis=-1)
        c = ops.sigmoid(f) * c + ops.sigmoid(i) * ops.tanh(g)  # (B, U)
        h = ops.sigmoid(o) * ops.tanh(c)  # (B, U)
        return h, [h, c]

    def get_config(self):
        return {**super().get_config(), "units": self.units}


class UnitForgetBias(keras.initializers.Initializer):
    """Zeros, but ones for the forget gate: at the start the cell remembers (Jozefowicz 2015)."""

    def __call__(self, shape, dtype=None, **kwargs):
        units = shape[0] // 4
        parts = [
            ops.zeros((units,), dtype),
            ops.ones((units,), dtype),
            ops.zeros((2 * units,), dtype),
        ]
        return ops.concatenate(parts)


@keras.saving.register_keras_serializable(package="mlm_tf")
class LSTM(Block):
    """Long short-term memory: a recurrence with a cell that is written, kept and read by gates.

    With `w_t` the input at position t::

        i, f, g, o = split(w_t W + b + h_{t-1} U)
        c_t = sigmoid(f) * c_{t-1} + sigmoid(i) * tanh(g)
        h_t = sigmoid(o) * tanh(c_t)

    The weights have the layout of `keras.layers.LSTM` (gates in the order i, f, g, o), so they
    can be copied from one to the other.

    Masking: a padded position leaves `h` and `c` of its row as they were; its own output has no
    meaning.

    Args:
        hidden_dim: number of units of `h` and of `c`.
        dropout: share of the outputs set to zero during training.

    Call arguments:
        x: `(batch, length, dim)`.
        padding_mask: bool `(batch, length)`, true where there is a token, or `None`.

    Example:

    >>> import numpy as np
    >>> lstm = LSTM(8)
    >>> x = np.random.normal(size=(2, 5, 4)).astype("float32")
    >>> whole = lstm(x)
    >>> first, state = lstm.step(x[:, :3], lstm.initial_state(2, max_length=5))
    >>> rest, state = lstm.step(x[:, 3:], state)
    >>> bool(np.allclose(whole, np.concatenate([first, rest], axis=1), atol=1e-6))
    True

    Reference: Hochreiter & Schmidhuber 1997; Gers et al. 2000 (the forget gate). Formula 4.2.
    """

    def __init__(self, hidden_dim: int, dropout: float = 0.0, **kwargs):
        super().__init__(**kwargs)
        self.hidden_dim = hidden_dim
        self.dropout = dropout
        self.input_projection = keras.layers.Dense(
            4 * hidden_dim,
            bias_initializer=UnitForgetBias(),
            dtype=self.dtype_policy,
            name="input_projection",
        )
        self.recurrence = keras.layers.RNN(
            LSTMCell(hidden_dim, dtype=self.dtype_policy, name="cell"),
            return_sequences=True,
            return_state=True,
            dtype=self.dtype_policy,
            name="recurrence",
        )
        self.output_dropout = keras.layers.Dropout(dropout, dtype=self.dtype_policy)

    def build(self, input_shape):
        self.input_projection.build(input_shape)
        self.recurrence.build((*input_shape[:-1], 4 * self.hidden_dim))

    def call(self, x, padding_mask=None, mask=None, training=None):
        padding_mask = mask if padding_mask is None else padding_mask
        projected = self.input_projection(x)  # (B, T, 4U)
        h, *_ = self.recurrence(projected, mask=padding_mask)  # (B, T, U)
        return self.output_dropout(h, training=training)

    def initial_state(self, batch_size, max_length):
        zeros = ops.zeros((batch_size, self.hidden_dim), dtype=self.compute_dtype)
        return {"h": zeros, "c": zeros}

    def step(self, x, state, padding_mask=None):
        self.ensure_built(x)
        projected = self.input_projection(x)  # (B, S, 4U)
        if x.shape[1] > 1:
            h, last_h, last_c = self.recurrence(
                projected, initial_state=[state["h"], state["c"]], mask=padding_mask
            )
            return h, {"h": last_h, "c": last_c}
        # One position: the cell itself, without the machinery of a scan around it.
        h, (_, c) = self.recurrence.cell(projected[:, 0], [state["h"], state["c"]])  # (B, U)
        if padding_mask is not None:
            h = ops.where(padding_mask, h, state["h"])
            c = ops.where(padding_mask, c, state["c"])
        return h[:, None], {"h": h, "c": c}

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.hidden_dim)

    def get_config(self):
        return {**super().get_config(), "hidden_dim": self.hidden_dim, "dropout": self.dropout}
