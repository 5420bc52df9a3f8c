"""The residual connection around a block, itself a block."""

import keras

from mlm_tf.checks import check_number
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers.block import Block
from mlm_tf.layers.normalization import make_norm
from mlm_tf.layers.sharing import deserialize_block, serialize_block


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
        normalization: `"rms_norm"` or `"layer_norm"`.
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
        self.dropout = check_number("dropout", dropout, least=0, below=1)
        self.suited_optimizer = block.suited_optimizer
        self.normalization = normalization
        self.norm_epsilon = norm_epsilon
        self.norm = make_norm(normalization, "norm", norm_epsilon, dtype=self.dtype_policy)
        self.branch_dropout = keras.layers.Dropout(dropout, dtype=self.dtype_policy)

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
        x_mask=None,
        training=None,
        return_attention_scores=False,
    ):
        padding_mask = self.first_mask(padding_mask, mask, x_mask)
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
        self.ensure_built(x)
        y, state = self.block.step(self.norm(x), state, padding_mask=padding_mask)
        return x + y, state

    def final_norm(self, name, dtype=None):
        return make_norm(self.normalization, name, self.norm_epsilon, dtype=dtype)

    def compute_output_shape(self, x_shape, context_shape=None):
        return x_shape

    def compute_output_spec(self, x, *others, context=None, context_mask=None, **arguments):
        self.check_takes(context, context_mask)
        return super().compute_output_spec(x, *others, context=context, **arguments)

    def get_config(self):
        return {
            **super().get_config(),
            "block": serialize_block(self.block),
            "dropout": self.dropout,
            "normalization": self.normalization,
            "norm_epsilon": self.norm_epsilon,
        }

    @classmethod
    def from_config(cls, config):
        config = dict(config)
        config["block"] = deserialize_block(config["block"])
        return cls(**config)
