"""The Transformer block: attention and a position-wise network, each in a residual connection."""

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
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers.attention import SelfAttention
from mlm_tf.layers.block import Block
from mlm_tf.layers.cross_attention import CrossAttention
from mlm_tf.layers.lora import Dense
from mlm_tf.layers.norm import NORMALIZATIONS, make_norm
from mlm_tf.layers.sharing import deserialize_block, serialize_block

ACTIVATIONS = ("gelu", "gelu_approximate", "swiglu")


@keras.saving.register_keras_serializable(package="mlm_tf")
class Transformer(Block):
    """A Transformer block, made of the blocks of this package::

        x = x + self_attention(norm(x))
        x = x + cross_attention(norm(x), context)     with cross_attention=True, in decoders
        x = x + feed_forward(norm(x))

    Notable choices: the norm before each part, rotary positions inside attention, RMS
    normalisation and no biases, as today's models have them; GPT-2 is `positions=None,
    normalization="layer_norm", use_bias=True, activation="gelu_approximate"` with learned
    positions before the first block. The first Transformer and BERT have the norm after each sum,
    `normalize_first=False`: `x = norm(x + self_attention(x))`.

    Masking: as `SelfAttention`; with a context also as `CrossAttention`.

    Args:
        hidden_dim: width of the input and the output.
        num_heads: number of heads.
        intermediate_dim: width inside the position-wise network; see `FeedForward`.
        num_key_value_heads, causal, positions, sliding_window, qk_norm: see `SelfAttention`.
        rope_max_wavelength, rope_scaling, head_dim, qkv_bias, qk_norm_epsilon: likewise.
        normalization, norm_epsilon, normalize_first: see `Residual`.
        activation: see `FeedForward`.
        use_bias: whether the projections have biases, in attention and in the position-wise
            network.
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
    2019, section 2.3 (GPT-2); Devlin et al. 2019, section 3 (BERT).
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
        rope_max_wavelength: float = 10_000,
        rope_scaling: dict | None = None,
        head_dim: int | None = None,
        qkv_bias: bool | None = None,
        qk_norm_epsilon: float = 1e-6,
        normalize_first: bool = True,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.uses_context = cross_attention
        of_attention = {
            "num_key_value_heads": num_key_value_heads,
            "qk_norm": qk_norm,
            "use_bias": use_bias,
            "dropout": dropout,
            "head_dim": head_dim,
            "qkv_bias": qkv_bias,
            "qk_norm_epsilon": qk_norm_epsilon,
            "dtype": self.dtype_policy,
        }

        def residual(block, name):
            return Residual(
                block,
                dropout,
                normalization,
                norm_epsilon,
                normalize_first,
                dtype=self.dtype_policy,
                name=name,
            )

        self.self_attention = residual(
            SelfAttention(
                hidden_dim,
                num_heads,
                causal=causal,
                positions=positions,
                sliding_window=sliding_window,
                rope_max_wavelength=rope_max_wavelength,
                rope_scaling=rope_scaling,
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

    def cut_state(self, state, length):
        cut = {name: getattr(self, name).cut_state(part, length) for name, part in state.items()}
        return None if any(part is None for part in cut.values()) else cut

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


@keras.saving.register_keras_serializable(package="mlm_tf")
class Residual(Block):
    """`x + dropout(block(norm(x)))`: a residual connection around any block.

    The sum lets the gradient pass a deep stack unhindered, and the block has only to learn what
    to add. With the norm after it, `norm(x + dropout(block(x)))`, as the first Transformer had it,
    what goes on is of one scale, and deep stacks need a learning rate that warms up. It is a block
    as well: its state is the inner block's, and it is causal, reads a
    context, or gives attention weights, if that does.

    Masking: as the inner block's.

    Args:
        block: a `Block` whose output has the width of its input.
        dropout: share of the block's output set to zero during training.
        normalization: `"rms_norm"`, which divides by the root of the mean square and has a gain
            (Zhang & Sennrich 2019, equation 4), or `"layer_norm"`, which subtracts the mean first
            and has a bias as well (Ba et al. 2016, equation 4).
        norm_epsilon: added to the variance, or the mean square, before the root is taken.
        normalize_first: whether the norm stands before the block ("pre-norm"), so that a stack ends
            with one more; or after the sum ("post-norm").

    Raises:
        InvalidArgumentError: for what is no `Block`, or one whose output has another width, and for
            an argument of another kind.

    Example:

    >>> import numpy as np
    >>> from mlm_tf.layers import SelfAttention
    >>> layer = Residual(SelfAttention(hidden_dim=8, num_heads=2))
    >>> layer(np.zeros((2, 5, 8), "float32")).shape
    TensorShape([2, 5, 8])

    Reference: He et al. 2016; Vaswani et al. 2017, section 3.1 (the norm after the sum); Xiong et
    al. 2020 (the norm before the block).
    """

    dropout = Checked(check_number, least=0, below=1)
    normalization = Checked(check_choice, allowed=tuple(NORMALIZATIONS))
    norm_epsilon = Checked(check_number, least=0)
    normalize_first = Checked(check_boolean)

    def __init__(
        self,
        block: Block,
        dropout: float = 0.0,
        normalization: str = "rms_norm",
        norm_epsilon: float = 1e-6,
        normalize_first: bool = True,
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
        self.normalize_first = normalize_first
        self.norm = self._new_norm("norm", self.dtype_policy)
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
        inner = self.norm(x) if self.normalize_first else x
        y = self.block(inner, padding_mask=padding_mask, training=training, **asked)
        y, *weights = y if return_attention_scores else (y,)
        y = x + self.branch_dropout(y, training=training)
        y = y if self.normalize_first else self.norm(y)
        return (y, *weights) if return_attention_scores else y

    def initial_state(self, batch_size, max_length, **context):
        self.check_takes(**context)
        context = context if self.uses_context else {}
        return self.block.initial_state(batch_size, max_length, **context)

    def step(self, x, state, padding_mask=None):
        if not self.built:
            self.build(tuple(x.shape))
        inner = self.norm(x) if self.normalize_first else x
        y, state = self.block.step(inner, state, padding_mask=padding_mask)
        return x + y if self.normalize_first else self.norm(x + y), state

    def grown_state(self, state, empty):
        return self.block.grown_state(state, empty)

    def cut_state(self, state, length):
        return self.block.cut_state(state, length)

    def final_norm(self, name, dtype=None):
        return self._new_norm(name, dtype) if self.normalize_first else None

    def _new_norm(self, name, dtype):
        return make_norm(self.normalization, self.norm_epsilon, name, dtype)

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
