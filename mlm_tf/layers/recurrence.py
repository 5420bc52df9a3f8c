"""All that recurrent blocks share of formula 4.2, `h_i = f(h_{i-1}, w_i)`: everything but f."""

import keras
from keras import ops

from mlm_tf._startup import transpose_a_mask
from mlm_tf.checks import Checked, check_boolean, check_integer, check_number, declared_values
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers.block import Block
from mlm_tf.layers.rows import by_rows


class Cell(keras.layers.Layer):
    """One step of a recurrence in one direction, and its weights, in Keras's layout and order.

    What a word contributes, `w_t W + b`, does not depend on the previous state, so `project` does
    it for all positions in one large matrix product, and only `h_{t-1} U` is left for each step.

    A subclass says how many gates it has and what its states are called, `h` first, and writes
    the formula as `next_state(w, u, *states)`, where `w` is `w_t W + b` and `u` is `h_{t-1} U`,
    `(batch, num_gates · units)` each, and the states are `(batch, units)` each.
    """

    num_gates = 1
    state_names = ("h",)

    def __init__(self, units: int, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        # Two names that keras.layers.RNN asks for.
        self.state_size = [units] * len(self.state_names)
        self.output_size = units

    def build(self, input_shape):
        width = self.num_gates * self.units
        self.kernel = self.add_weight(shape=(input_shape[-1], width), name="kernel")
        self.recurrent_kernel = self.add_weight(
            shape=(self.units, width), initializer="orthogonal", name="recurrent_kernel"
        )
        self.bias = self.add_weight(
            shape=self.bias_shape(), initializer=self.initial_bias, name="bias"
        )

    def bias_shape(self) -> tuple[int, ...]:
        return (self.num_gates * self.units,)

    def initial_bias(self, shape, dtype=None):
        return ops.zeros(shape, dtype)

    def input_bias(self):
        return self.bias

    def project(self, x):
        """`w_t W + b` for every position: `(B, T, D) -> (B, T, gates · U)`."""
        # `Block.step` is no Keras call, inside of which Keras would cast.
        x, kernel, bias = (
            ops.cast(tensor, self.compute_dtype) for tensor in (x, self.kernel, self.input_bias())
        )
        return by_rows(lambda rows: ops.matmul(rows, kernel) + bias, x)

    def call(self, projected, states):
        recurrent = ops.matmul(states[0], self.recurrent_kernel)  # (B, gates · U)
        states = self.next_state(projected, recurrent, *states)  # (B, U) each
        return states[0], list(states)

    def next_state(self, w, u, *states):
        raise NotImplementedError(f"{type(self).__name__} does not define next_state().")


class Recurrent(Block):
    """A recurrence over the words, from left to right or, `bidirectional`, both ways.

    A subclass says which `Cell` it runs. See `RNN`, `GRU` and `LSTM`.
    """

    hidden_dim = Checked(check_integer)
    bidirectional = Checked(check_boolean)
    dropout = Checked(check_number, least=0, below=1)

    continues = True
    suited_optimizer = "adamw"
    cell_class = Cell

    def __init__(
        self, hidden_dim: int, bidirectional: bool = False, dropout: float = 0.0, **kwargs
    ):
        super().__init__(**kwargs)
        self.hidden_dim = hidden_dim
        self.bidirectional = bidirectional
        self.dropout = dropout
        if self.bidirectional and self.hidden_dim % 2:
            raise InvalidArgumentError(
                f"hidden_dim={hidden_dim} is odd, and each direction of a bidirectional "
                f"{type(self).__name__} takes half of it; choose an even hidden_dim."
            )
        self.causal = not self.bidirectional
        self.left_to_right = self._direction("left_to_right")
        self.right_to_left = self._direction("right_to_left") if bidirectional else None
        self.output_dropout = keras.layers.Dropout(self.dropout, dtype=self.dtype_policy)

    def _direction(self, name: str) -> keras.layers.RNN:
        units = self.hidden_dim // 2 if self.bidirectional else self.hidden_dim
        return keras.layers.RNN(
            self.cell_class(units, dtype=self.dtype_policy, name="cell"),
            return_sequences=True,
            return_state=True,
            go_backwards=name == "right_to_left",
            dtype=self.dtype_policy,
            name=name,
        )

    def build(self, input_shape):
        transpose_a_mask()
        for direction in (self.left_to_right, self.right_to_left):
            if direction is not None:
                direction.cell.build(input_shape)  # before the RNN would, for projected words
                width = direction.cell.num_gates * direction.cell.units
                direction.build((*input_shape[:-1], width))

    def call(
        self,
        x,
        padding_mask=None,
        mask=None,
        training=None,
        initial_state=None,
        return_state=False,
        x_mask=None,
    ):
        """See `Block.call`.

        Args:
            initial_state: the state to start from, as `initial_state()` or another call of a
                block of this kind gives it; zeros by default.
            return_state: whether to return `(y, state)`, the state after each row's last token.
            x_mask: what Keras calls the implicit mask where `initial_state` is passed too.
        """
        padding_mask = self.first_mask(padding_mask, mask, x_mask)
        if self.bidirectional and initial_state is not None:
            raise self._refusal()
        y, states = self._run(self.left_to_right, x, padding_mask, initial_state)
        if self.bidirectional:
            backward, last = self._run(self.right_to_left, x, padding_mask)
            y = ops.concatenate([y, ops.flip(backward, axis=1)], axis=-1)  # (B, T, hidden_dim)
            states = [ops.concatenate(pair, axis=-1) for pair in zip(states, last, strict=True)]
        y = self.output_dropout(y, training=training)
        return (y, self._named(states)) if return_state else y

    def initial_state(self, batch_size, max_length):
        if not self.causal:
            raise self._refusal()
        shape, dtype = (batch_size, self.hidden_dim), self.compute_dtype
        return {name: ops.zeros(shape, dtype) for name in self.cell_class.state_names}

    def step(self, x, state, padding_mask=None):
        if not self.causal:
            raise self._refusal()
        if not self.built:
            self.build(tuple(x.shape))
        if x.shape[1] != 1:
            y, states = self._run(self.left_to_right, x, padding_mask, state)
            return y, self._named(states)
        # One position: the cell itself, without the machinery of a scan around it.
        cell = self.left_to_right.cell
        before = [state[name] for name in cell.state_names]  # (B, U) each
        _, after = cell(cell.project(x)[:, 0], before)
        if padding_mask is not None:
            keep = ops.cast(padding_mask, "bool")  # (B, 1)
            after = [ops.where(keep, new, old) for new, old in zip(after, before, strict=True)]
        return after[0][:, None], self._named(after)

    def _run(self, direction, x, padding_mask, state=None):
        """All positions in one direction, in the order in which they are read."""
        cell = direction.cell
        projected = cell.project(x)  # (B, T, gates · U)
        if state is not None:
            state = [state[name] for name in cell.state_names]
        if x.shape[1] == 0:  # texts without a token; keras.layers.RNN looks for a first one
            return projected[:, :, : cell.units], state or direction.get_initial_state(
                ops.shape(x)[0]
            )
        y, *states = direction(projected, mask=padding_mask, initial_state=state)
        return y, states  # (B, T, U), (B, U) each

    def _named(self, states) -> dict:
        return dict(zip(self.cell_class.state_names, states, strict=True))

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.hidden_dim)

    def get_config(self):
        return {**super().get_config(), **declared_values(self)}
