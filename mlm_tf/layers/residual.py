"""The residual connection around a block, itself a block."""

import keras

from mlm_tf.checks import Checked, check_choice, check_number, declared_values
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers.block import Block
from mlm_tf.layers.sharing import deserialize_block, serialize_block

NORMALIZATIONS = {
    "layer_norm": keras.layers.LayerNormalization,
    "rms_norm": keras.layers.RMSNormalization,
}


@keras.saving.register_keras_serializable(package="mlm_tf")
class Residual(Block):
    """`x + dropout(block(norm(x)))`: pre-norm residual connection around any block.

    The sum lets the gradient pass a deep stack unhindered, and the block has only to learn what
    to add. It is a block as well: its state is the inner block's, and it is causal, reads a
    context, or gives attention weights, if that does.

    Masking: as the inner block's.

    Args:
        block: a `Block` whose output has the width of its input.
        dropout: share of the block's output set to zero during training.
        normalization: `"rms_norm"`, which divides by the root of the mean square and has a gain
            (Zhang & Sennrich 2019, equation 4), or `"layer_norm"`, which subtracts the mean first
            and has a bias as well (Ba et al. 2016, equation 4).
        norm_epsilon: added to the variance, or the mean square, before the root is taken.

    Raises:
        InvalidArgumentError: for what is no `Block`, or one whose output has another width, and for
            an argument of another kind.

    Example:

    >>> import numpy as np
    >>> from mlm_tf.layers import SelfAttention
    >>> layer = Residual(SelfAttention(hidden_dim=8, num_heads=2))
    >>> layer(np.zeros((2, 5, 8), "float32")).shape
    TensorShape([2, 5, 8])

    Reference: He et al. 2016; Xiong et al. 2020 (the norm before the block).
    """

    dropout = Checked(check_number, least=0, below=1)
    normalization = Checked(check_choice, allowed=tuple(NORMALIZATIONS))
    norm_epsilon = Checked(check_number, least=0)

    def __init__(
        self,
        block: Block,
        dropout: float = 0.0,
        normalization: str = "rms_norm",
        norm_epsilon: float = 1e-6,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if not isinstance(block, Block):
            raise InvalidArgumentError(
                f"block={block!r} is no Block, which Residual puts a connection around; pass one, "
                "as LSTM(64)."
            )
        self.block = block
        self.causal = block.causal
        self.uses_context = block.uses_context
        self.attends = block.attends
        self.suited_optimizer = block.suited_optimizer
        self.dropout = dropout
        self.normalization = normalization
        self.norm_epsilon = norm_epsilon
        self.norm = self.final_norm("norm", self.dtype_policy)
        self.branch_dropout = keras.layers.Dropout(self.dropout, dtype=self.dtype_policy)

    def build(self, x_shape, context_shape=None):
        self.norm.build(x_shape)
        if not self.block.built:  # loading builds the inner block first
            shapes = (x_shape, context_shape) if self.uses_context else (x_shape,)
            self.block.build(*shapes)
        width = self.block.compute_output_shape(x_shape)[-1]
        if width != x_shape[-1]:
            raise InvalidArgumentError(
                f"Block {self.block.name!r} gives vectors of {width}, and Residual adds them to "
                f"its input's, of {x_shape[-1]}; choose a hidden_dim of that width."
            )

    def call(
        self,
        x,
        padding_mask=None,
        context=None,
        context_mask=None,
        mask=None,
        training=None,
        return_attention_scores=False,
    ):
        padding_mask = mask if padding_mask is None else padding_mask
        self.check_takes(context, context_mask, return_attention_scores)
        asked = {"context": context, "context_mask": context_mask} if self.uses_context else {}
        if return_attention_scores:
            asked["return_attention_scores"] = True
        y = self.block(self.norm(x), padding_mask=padding_mask, training=training, **asked)
        y, *weights = y if return_attention_scores else (y,)
        y = x + self.branch_dropout(y, training=training)
        return (y, *weights) if return_attention_scores else y

    def initial_state(self, batch_size, max_length, **context):
        self.check_takes(**context)
        context = context if self.uses_context else {}
        return self.block.initial_state(batch_size, max_length, **context)

    def step(self, x, state, padding_mask=None):
        if not self.built:
            self.build(tuple(x.shape))
        y, state = self.block.step(self.norm(x), state, padding_mask=padding_mask)
        return x + y, state

    def final_norm(self, name, dtype=None):
        norm = NORMALIZATIONS[self.normalization]
        norm = norm(epsilon=self.norm_epsilon, name=name, dtype=dtype)
        norm.supports_masking = True  # else Keras warns that RMSNormalization loses the mask
        return norm

    def compute_output_shape(self, x_shape, context_shape=None):
        return x_shape

    def get_config(self):
        return {
            **super().get_config(),
            "block": serialize_block(self.block),
            **declared_values(self),
        }

    @classmethod
    def from_config(cls, config):
        return cls(**{**config, "block": deserialize_block(config["block"])})
