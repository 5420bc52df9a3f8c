"""The residual connection around a block, itself a block."""

import keras

from mlm_tf.layers.block import Block


def rms_norm(name: str, dtype=None) -> keras.layers.RMSNormalization:
    """Keras's RMS normalisation, told to let an implicit mask pass: it works on each position
    by itself, and without this Keras warns that the mask is lost.

    >>> rms_norm("norm").supports_masking
    True
    """
    norm = keras.layers.RMSNormalization(name=name, dtype=dtype)
    norm.supports_masking = True
    return norm


@keras.saving.register_keras_serializable(package="mlm_tf")
class Residual(Block):
    """`x + dropout(block(norm(x)))`: pre-norm residual connection around any block.

    The sum lets the gradient pass a deep stack unhindered, and the block has only to learn what
    to add. It is a block as well: its state is the inner block's, and it is causal if that is.

    Masking: as the inner block's.

    Args:
        block: a `Block` whose output has the width of its input.
        dropout: share of the block's output set to zero during training.

    Example:

    >>> import numpy as np
    >>> from mlm_tf.layers import SelfAttention
    >>> layer = Residual(SelfAttention(hidden_dim=8, num_heads=2))
    >>> layer(np.zeros((2, 5, 8), "float32")).shape
    TensorShape([2, 5, 8])

    Reference: He et al. 2016; Xiong et al. 2020 (the norm before the block).
    """

    def __init__(self, block: Block, dropout: float = 0.0, **kwargs):
        super().__init__(**kwargs)
        self.block = block
        self.causal = block.causal
        self.dropout = dropout
        self.norm = rms_norm("norm", dtype=self.dtype_policy)
        self.branch_dropout = keras.layers.Dropout(dropout, dtype=self.dtype_policy)

    def build(self, input_shape):
        self.norm.build(input_shape)
        if not self.block.built:  # loading builds the inner block first
            self.block.build(input_shape)

    def call(self, x, padding_mask=None, mask=None, training=None):
        padding_mask = mask if padding_mask is None else padding_mask
        y = self.block(self.norm(x), padding_mask=padding_mask, training=training)
        return x + self.branch_dropout(y, training=training)

    def initial_state(self, batch_size, max_length):
        return self.block.initial_state(batch_size, max_length)

    def step(self, x, state, padding_mask=None):
        self.ensure_built(x)
        y, state = self.block.step(self.norm(x), state, padding_mask=padding_mask)
        return x + y, state

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {
            **super().get_config(),
            "block": keras.saving.serialize_keras_object(self.block),
            "dropout": self.dropout,
        }

    @classmethod
    def from_config(cls, config):
        config = dict(config)
        config["block"] = keras.saving.deserialize_keras_object(config["block"])
        return cls(**config)
