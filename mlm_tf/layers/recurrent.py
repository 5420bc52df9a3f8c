"""Recurrent blocks: three choices of f in `h_i = f(h_{i-1}, w_i)` (formula 4.2)."""

import keras
from keras import ops

from mlm_tf.layers.recurrence import Cell, Recurrent


class _RNNCell(Cell):
    """The formula of `RNN`."""

    def next_state(self, w, u, h):
        return (ops.tanh(w + u),)


class _GRUCell(Cell):
    """The formula of `GRU`; the bias is `(2, 3 · units)`: that of the word, that of the state."""

    num_gates = 3

    def bias_shape(self):
        return (2, 3 * self.units)

    def input_bias(self):
        return self.bias[0]

    def next_state(self, w, u, h):
        w_z, w_r, w_h = ops.split(w, 3, axis=-1)
        u_z, u_r, u_h = ops.split(u + self.bias[1], 3, axis=-1)
        z = ops.sigmoid(w_z + u_z)
        r = ops.sigmoid(w_r + u_r)
        candidate = ops.tanh(w_h + r * u_h)
        return (z * h + (1 - z) * candidate,)


class _LSTMCell(Cell):
    """The formula of `LSTM`; the forget gate starts open (Jozefowicz et al. 2015)."""

    num_gates = 4
    state_names = ("h", "c")

    def initial_bias(self, shape, dtype=None):
        closed, opened = ops.zeros((self.units,), dtype), ops.ones((self.units,), dtype)
        return ops.concatenate([closed, opened, closed, closed])

    def next_state(self, w, u, h, c):
        i, f, g, o = ops.split(w + u, 4, axis=-1)
        c = ops.sigmoid(f) * c + ops.sigmoid(i) * ops.tanh(g)
        h = ops.sigmoid(o) * ops.tanh(c)
        return h, c


@keras.saving.register_keras_serializable(package="mlm_tf")
class RNN(Recurrent):
    """The plain recurrent network: the state is a vector, made anew from itself and each word.

    With `w_t` the input at position t::

        h_t = tanh(w_t W + b + h_{t-1} U)

    `bidirectional=True` runs one such network of half the width from left to right and one from
    right to left, and puts their outputs side by side. Each position then knows the whole text,
    so the block is not causal: it has no `step` and starts from no given state, but its last
    state, both directions side by side, may start a decoder of the same kind and width.

    The weights are those of `keras.layers.SimpleRNN`, or of `keras.layers.Bidirectional` around
    one, in the same order and layout: `ours.set_weights(theirs.get_weights())`.

    Masking: a padded position leaves the state of its row as it was, in either direction; its own
    output has no meaning, but is finite.

    Args:
        hidden_dim: width of the output; even if `bidirectional`.
        bidirectional: whether to read from both ends.
        dropout: share of the outputs set to zero during training.

    Call arguments:
        x: `(batch, length, dim)`.
        padding_mask: bool `(batch, length)`, true where there is a token, or `None`.
        initial_state: `{"h": (batch, hidden_dim)}`, or `None` for zeros.
        return_state: whether to return `(y, state)`: the state after each row's last token.

    Returns:
        `(batch, length, hidden_dim)`, or that and the state.

    Raises:
        InvalidArgumentError: for a `hidden_dim` that is no integer >= 1 or cannot be halved, and
            for `initial_state` or `step` where the block is bidirectional.

    Example:

    >>> import numpy as np
    >>> x = np.random.normal(size=(2, 5, 4)).astype("float32")
    >>> y, state = RNN(8)(x, return_state=True)
    >>> bool(np.allclose(y[:, -1], state["h"]))
    True
    >>> RNN(8, bidirectional=True)(x).shape
    TensorShape([2, 5, 8])

    Reference: Elman 1990; Schuster & Paliwal 1997 (both ways). Formula 4.2.
    """

    cell_class = _RNNCell


@keras.saving.register_keras_serializable(package="mlm_tf")
class GRU(Recurrent):
    """Gated recurrent unit: gates say how much of the state to keep and how much to look at.

    With `w_t` the input at position t, `*` element by element, and one bias for the word (b) and
    one for the state (d)::

        w_z, w_r, w_h = split(w_t W + b)        u_z, u_r, u_h = split(h_{t-1} U + d)
        z = sigmoid(w_z + u_z)                  r = sigmoid(w_r + u_r)
        h_t = z * h_{t-1} + (1 - z) * tanh(w_h + r * u_h)

    This is the form that cuDNN computes, with r after the matrix product, and Keras's default
    (`reset_after=True`). The weights are those of `keras.layers.GRU`, or of
    `keras.layers.Bidirectional` around one, in the same order and layout, kernel `(dim, 3U)`,
    recurrent kernel `(U, 3U)`, bias `(2, 3U)`: `ours.set_weights(theirs.get_weights())`.

    Masking, arguments and both directions are those of `RNN`.

    Args:
        hidden_dim: width of the output; even if `bidirectional`.
        bidirectional: whether to read from both ends.
        dropout: share of the outputs set to zero during training.

    Call arguments:
        x: `(batch, length, dim)`.
        padding_mask: bool `(batch, length)`, true where there is a token, or `None`.
        initial_state: `{"h": (batch, hidden_dim)}`, or `None` for zeros.
        return_state: whether to return `(y, state)`: the state after each row's last token.

    Raises:
        InvalidArgumentError: as for `RNN`.

    Example:

    >>> import keras, numpy as np
    >>> x = np.random.normal(size=(2, 5, 4)).astype("float32")
    >>> ours, theirs = GRU(8), keras.layers.GRU(8, return_sequences=True)
    >>> ours.build(x.shape), theirs.build(x.shape)
    (None, None)
    >>> ours.set_weights(theirs.get_weights())
    >>> bool(np.allclose(ours(x), theirs(x), atol=1e-5))
    True

    Reference: Cho et al. 2014, section 2.3. Formula 4.2.
    """

    cell_class = _GRUCell


@keras.saving.register_keras_serializable(package="mlm_tf")
class LSTM(Recurrent):
    """Long short-term memory: a recurrence with a cell that is written, kept and read by gates.

    With `w_t` the input at position t, and `*` element by element::

        i, f, g, o = split(w_t W + b + h_{t-1} U)
        c_t = sigmoid(f) * c_{t-1} + sigmoid(i) * tanh(g)
        h_t = sigmoid(o) * tanh(c_t)

    The weights are those of `keras.layers.LSTM`, or of `keras.layers.Bidirectional` around one,
    in the same order and layout: `ours.set_weights(theirs.get_weights())`.

    Masking, arguments and both directions are those of `RNN`.

    Args:
        hidden_dim: width of the output; even if `bidirectional`.
        bidirectional: whether to read from both ends.
        dropout: share of the outputs set to zero during training.

    Call arguments:
        x: `(batch, length, dim)`.
        padding_mask: bool `(batch, length)`, true where there is a token, or `None`.
        initial_state: `{"h": (batch, hidden_dim), "c": (batch, hidden_dim)}`, or `None` for zeros.
        return_state: whether to return `(y, state)`: the state after each row's last token.

    Raises:
        InvalidArgumentError: as for `RNN`.

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

    cell_class = _LSTMCell
