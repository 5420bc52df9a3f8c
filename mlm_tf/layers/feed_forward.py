"""The position-wise network of a Transformer, a block without a memory."""

import keras
from keras import ops

from mlm_tf.checks import (
    Checked,
    check_boolean,
    check_choice,
    check_integer,
    check_number,
    declared_values,
)
from mlm_tf.layers.block import Block
from mlm_tf.layers.lora import Dense

ACTIVATIONS = ("gelu", "gelu_approximate", "swiglu")


@keras.saving.register_keras_serializable(package="mlm_tf")
class FeedForward(Block):
    """Two projections with a non-linearity between, the same at every position.

    `down(gelu(up(x)))`, or with `"swiglu"` `down(silu(gate(x)) * up(x))`. It reads no other
    position, so its state is empty.

    Masking: none; each position by itself.

    Args:
        hidden_dim: width of the output.
        intermediate_dim: width between the projections; by default `4 * hidden_dim`, with
            `"swiglu"`, which has a third projection, two thirds of that.
        activation: `"gelu"` (Hendrycks & Gimpel 2016), `"gelu_approximate"` (its tanh form, which
            GPT-2 has), or `"swiglu"` (Shazeer 2020, equation 6).
        use_bias: whether the projections have a bias.
        dropout: share of the output set to zero during training.

    Call arguments:
        x: `(batch, length, dim)`.

    Raises:
        InvalidArgumentError: for an unknown activation, a width below 1, or an argument of another
            kind.

    Example:

    >>> import numpy as np
    >>> FeedForward(hidden_dim=8, activation="swiglu")(np.zeros((1, 3, 8), "float32")).shape
    TensorShape([1, 3, 8])

    Reference: Vaswani et al. 2017, section 3.3.
    """

    hidden_dim = Checked(check_integer)
    intermediate_dim = Checked(check_integer)
    activation = Checked(check_choice, allowed=ACTIVATIONS)
    use_bias = Checked(check_boolean)
    dropout = Checked(check_number, least=0, below=1)

    def __init__(
        self,
        hidden_dim: int,
        intermediate_dim: int | None = None,
        activation: str = "gelu",
        use_bias: bool = True,
        dropout: float = 0.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.hidden_dim = hidden_dim
        self.activation = activation
        if intermediate_dim is None:
            is_gated = activation == "swiglu"
            intermediate_dim = 8 * self.hidden_dim // 3 if is_gated else 4 * self.hidden_dim
        self.intermediate_dim = intermediate_dim
        self.use_bias = use_bias
        self.dropout = dropout

        def projection(width, name):
            return Dense(width, use_bias=self.use_bias, dtype=self.dtype_policy, name=name)

        self.up = projection(self.intermediate_dim, "up")
        self.gate = projection(self.intermediate_dim, "gate") if activation == "swiglu" else None
        self.down = projection(self.hidden_dim, "down")
        self.output_dropout = keras.layers.Dropout(self.dropout, dtype=self.dtype_policy)

    def build(self, input_shape):
        self.up.build(input_shape)
        if self.gate is not None:
            self.gate.build(input_shape)
        self.down.build((*input_shape[:-1], self.intermediate_dim))

    def call(self, x, padding_mask=None, mask=None, training=None):
        if self.gate is not None:
            h = ops.silu(self.gate(x)) * self.up(x)  # (B, T, intermediate_dim)
        else:
            h = ops.gelu(self.up(x), approximate=self.activation == "gelu_approximate")
        return self.output_dropout(self.down(h), training=training)  # (B, T, hidden_dim)

    def initial_state(self, batch_size, max_length):
        return ()

    def step(self, x, state, padding_mask=None):
        return self(x, training=False), state

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.hidden_dim)

    def get_config(self):
        return {**super().get_config(), **declared_values(self)}
