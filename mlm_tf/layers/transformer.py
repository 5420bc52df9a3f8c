"""The Transformer block: attention and a position-wise network, each in a residual connection."""

import keras

from mlm_tf.checks import Checked, check_boolean, declared_values
from mlm_tf.layers.attention import SelfAttention
from mlm_tf.layers.block import Block
from mlm_tf.layers.cross_attention import CrossAttention
from mlm_tf.layers.feed_forward import FeedForward
from mlm_tf.layers.residual import Residual


@keras.saving.register_keras_serializable(package="mlm_tf")
class Transformer(Block):
    """A pre-norm Transformer block, made of the blocks of this package::

        x = x + self_attention(norm(x))
        x = x + cross_attention(norm(x), context)     with cross_attention=True, in decoders
        x = x + feed_forward(norm(x))

    Notable choices: rotary positions inside attention, RMS normalisation and no biases, as
    today's models have them; GPT-2 is `positions=None, normalization="layer_norm", use_bias=True,
    activation="gelu_approximate"` with learned positions before the first block.

    Masking: as `SelfAttention`; with a context also as `CrossAttention`.

    Args:
        hidden_dim: width of the input and the output.
        num_heads: number of heads.
        intermediate_dim: width inside the position-wise network; see `FeedForward`.
        num_key_value_heads, causal, positions, sliding_window, qk_norm: see `SelfAttention`.
        normalization, norm_epsilon: see `Residual`.
        activation: see `FeedForward`.
        use_bias: whether the projections have biases.
        cross_attention: whether the block also reads a context.
        dropout: share of each branch's output, and of the attention weights, set to zero during
            training.

    Call arguments:
        x: `(batch, length, hidden_dim)`.
        padding_mask: bool `(batch, length)`, true where there is a token, or `None`.
        context, context_mask: see `CrossAttention`.
        return_attention_scores: whether to return `(output, α)`: see `SelfAttention`; with
            cross-attention α is a dictionary, `{"self_attention": ..., "cross_attention": ...}`.

    Raises:
        InvalidArgumentError: as the blocks inside.

    Example:

    >>> import numpy as np
    >>> block = Transformer(hidden_dim=8, num_heads=2)
    >>> block(np.zeros((2, 5, 8), "float32")).shape
    TensorShape([2, 5, 8])

    Reference: Vaswani et al. 2017, section 3.1; Xiong et al. 2020 (pre-norm); Radford et al.
    2019, section 2.3 (GPT-2).
    """

    uses_context = Checked(check_boolean, name="cross_attention")
    attends = True
    suited_optimizer = "muon"

    def __init__(
        self,
        hidden_dim: int,
        num_heads: int,
        intermediate_dim: int | None = None,
        num_key_value_heads: int | None = None,
        causal: bool = True,
        positions: str | None = "rotary",
        sliding_window: int | None = None,
        normalization: str = "rms_norm",
        norm_epsilon: float = 1e-6,
        activation: str = "gelu",
        qk_norm: bool = False,
        use_bias: bool = False,
        cross_attention: bool = False,
        dropout: float = 0.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.uses_context = cross_attention
        of_attention = {
            "num_key_value_heads": num_key_value_heads,
            "qk_norm": qk_norm,
            "use_bias": use_bias,
            "dropout": dropout,
            "dtype": self.dtype_policy,
        }

        def residual(block, name):
            return Residual(
                block, dropout, normalization, norm_epsilon, dtype=self.dtype_policy, name=name
            )

        self.self_attention = residual(
            SelfAttention(
                hidden_dim,
                num_heads,
                causal=causal,
                positions=positions,
                sliding_window=sliding_window,
                name="self_attention",
                **of_attention,
            ),
            "self_attention_residual",
        )
        self.causal = self.self_attention.causal
        self.cross_attention = None
        if self.uses_context:
            self.cross_attention = residual(
                CrossAttention(hidden_dim, num_heads, name="cross_attention", **of_attention),
                "cross_attention_residual",
            )
        self.feed_forward = residual(
            FeedForward(
                hidden_dim,
                intermediate_dim,
                activation,
                use_bias,
                dtype=self.dtype_policy,
                name="feed_forward",
            ),
            "feed_forward_residual",
        )

    def build(self, x_shape, context_shape=None):
        self.self_attention.build(x_shape)
        if self.cross_attention is not None:
            self.cross_attention.build(x_shape, context_shape)
        self.feed_forward.build(x_shape)

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
        self.check_takes(context, context_mask)
        asked = {"training": training, "return_attention_scores": return_attention_scores}
        x = self.self_attention(x, padding_mask=padding_mask, **asked)
        x, weights = x if return_attention_scores else (x, None)
        if self.cross_attention is not None:
            x = self.cross_attention(x, context=context, context_mask=context_mask, **asked)
            x, of_context = x if return_attention_scores else (x, None)
            weights = {"self_attention": weights, "cross_attention": of_context}
        y = self.feed_forward(x, training=training)
        return (y, weights) if return_attention_scores else y

    def initial_state(self, batch_size, max_length, **context):
        if not self.causal:
            raise self._refusal()
        self.check_takes(**context)
        state = {"self_attention": self.self_attention.initial_state(batch_size, max_length)}
        if self.cross_attention is not None:
            state["cross_attention"] = self.cross_attention.initial_state(
                batch_size, max_length, **context
            )
        return state

    def step(self, x, state, padding_mask=None):
        if not self.causal:
            raise self._refusal()
        if not self.built:
            self.build(tuple(x.shape))
        new_state = dict(state)
        x, new_state["self_attention"] = self.self_attention.step(
            x, state["self_attention"], padding_mask
        )
        if self.cross_attention is not None:
            x, _ = self.cross_attention.step(x, state["cross_attention"])
        x, _ = self.feed_forward.step(x, ())
        return x, new_state

    def final_norm(self, name, dtype=None):
        return self.feed_forward.final_norm(name, dtype)

    def compute_output_shape(self, x_shape, context_shape=None):
        return x_shape

    def get_config(self):
        attention, residual = self.self_attention.block, self.feed_forward
        settings = declared_values(attention) | declared_values(residual.block)
        settings |= declared_values(residual) | declared_values(self)  # dropout: the residual's
        del settings["scaled"]  # always, in this block
        return {**super().get_config(), **settings}
