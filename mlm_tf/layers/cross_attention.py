"""Cross-attention: the decoder's positions read the encoded source."""

import keras
from keras import ops

from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers.attention import MultiHeadBlock


@keras.saving.register_keras_serializable(package="mlm_tf")
class CrossAttention(MultiHeadBlock):
    """Multi-head attention from the positions of `x` to those of `context`.

    `α_ij = softmax_j(q_iᵀ k_j / sqrt(d))` with queries from x and keys and values from the
    context. Nothing is read from x itself, so the block is causal: its state is the context's
    keys, values and mask, made once and never changed.

    Masking: padded positions of the context are never read; a row whose context is all padding
    gives numbers without a meaning, but finite ones. `padding_mask` of x changes nothing.

    Args: `hidden_dim`, `num_heads`, `num_key_value_heads`, `scaled`, `qk_norm`, `use_bias`,
        `dropout`, `head_dim`, `qkv_bias` and `qk_norm_epsilon` as in `SelfAttention`.

    Call arguments:
        x: `(batch, length, dim)`.
        context: `(batch, source_length, context_dim)`, what an encoder gave.
        context_mask: bool `(batch, source_length)`, true where there is a token, or `None`.
        return_attention_scores: whether to return `(output, α)`, α float32
            `(batch, num_heads, length, source_length)`.

    Raises:
        InvalidArgumentError: for an argument of another kind, if the heads do not divide
            `hidden_dim` or one another, or if there is no context.

    Example:

    >>> import numpy as np
    >>> attention = CrossAttention(hidden_dim=8, num_heads=2)
    >>> x, context = np.zeros((1, 3, 8), "float32"), np.zeros((1, 5, 6), "float32")
    >>> y, weights = attention(x, context=context, return_attention_scores=True)
    >>> y.shape, weights.shape
    (TensorShape([1, 3, 8]), TensorShape([1, 2, 3, 5]))

    Reference: Bahdanau et al. 2015, section 3.1; Vaswani et al. 2017, section 3.2.3.
    """

    uses_context = True

    def call(
        self,
        x,
        padding_mask=None,
        context=None,
        context_mask=None,
        training=None,
        return_attention_scores=False,
    ):
        k, v, keep = self._source(context, context_mask)
        y, weights = self.attend(self.queries(x), k, v, keep[:, None, :], training=training)
        return (y, weights) if return_attention_scores else y

    def initial_state(self, batch_size, max_length, context=None, context_mask=None):
        if not self.built and context is not None:
            self.build((batch_size, None, self.hidden_dim), context.shape)
        k, v, keep = self._source(context, context_mask)
        return {"keys": k, "values": v, "mask": keep}

    def cut_state(self, state, length):
        return state  # of the context, whatever has been read of x

    def step(self, x, state, padding_mask=None):
        visible = state["mask"][:, None, :]
        y, _ = self.attend(self.queries(x), state["keys"], state["values"], visible)
        return y, state

    def _source(self, context, context_mask):
        """The keys and values of the context, and where it has tokens, bool `(B, T_source)`."""
        if context is None:
            raise InvalidArgumentError(
                f"Block {self.name!r} (CrossAttention) was given no context; pass context=..., "
                "what an encoder gave of the source."
            )
        k, v = self.keys_and_values(context)
        if context_mask is None:
            context_mask = ops.ones(ops.shape(context)[:2], dtype="bool")
        return k, v, ops.cast(context_mask, "bool")

    def compute_output_shape(self, x_shape, context_shape=None):
        return super().compute_output_shape(x_shape)
