"""Attention: `α_ij = softmax_j(q_iᵀ k_j)` (formula 4.3) over heads, and self-attention, which has a
cache as its state; `cross_attention.py` has the other kind."""

import functools

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
from mlm_tf.layers import cache
from mlm_tf.layers.block import Block
from mlm_tf.layers.lora import Dense
from mlm_tf.layers.rotary import check_rope_scaling, rotate

# A finite "minus infinity": a row in which everything is masked stays finite.
MASKED_SCORE = -1e30


class MultiHeadBlock(Block):
    """Base of the attention blocks: projections, heads, and the weighted mean of the values.

    Several query heads may share one head of keys and values (`num_key_value_heads`, grouped
    query attention): query head h reads key head `h // (num_heads / num_key_value_heads)`.
    """

    hidden_dim = Checked(check_integer)
    num_heads = Checked(check_integer)
    num_key_value_heads = Checked(check_integer)
    scaled = Checked(check_boolean)
    qk_norm = Checked(check_boolean)
    use_bias = Checked(check_boolean)
    dropout = Checked(check_number, least=0, below=1)
    head_dim = Checked(check_integer)
    qkv_bias = Checked(check_boolean)
    qk_norm_epsilon = Checked(check_number, least=0)

    attends = True
    suited_optimizer = "muon"

    def __init__(
        self,
        hidden_dim: int,
        num_heads: int,
        num_key_value_heads: int | None = None,
        scaled: bool = True,
        qk_norm: bool = False,
        use_bias: bool = False,
        dropout: float = 0.0,
        head_dim: int | None = None,
        qkv_bias: bool | None = None,
        qk_norm_epsilon: float = 1e-6,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.hidden_dim = hidden_dim
        self.num_heads = num_heads
        if head_dim is None and self.hidden_dim % self.num_heads:
            raise InvalidArgumentError(
                f"num_heads={num_heads} does not divide hidden_dim={hidden_dim}; choose a "
                "hidden_dim that is a multiple of num_heads, or say how wide a head is with "
                "head_dim."
            )
        self.head_dim = self.hidden_dim // self.num_heads if head_dim is None else head_dim
        shared = num_heads if num_key_value_heads is None else num_key_value_heads
        self.num_key_value_heads = shared
        if self.num_heads % self.num_key_value_heads:
            raise InvalidArgumentError(
                f"num_key_value_heads={shared} does not divide num_heads={num_heads}; choose a "
                "divisor, so that as many query heads share each of them."
            )
        self.scaled = scaled
        self.qk_norm = qk_norm
        self.use_bias = use_bias
        self.qkv_bias = self.use_bias if qkv_bias is None else qkv_bias
        self.dropout = dropout
        self.qk_norm_epsilon = qk_norm_epsilon

        def projection(width, name, use_bias=self.qkv_bias):
            # Two-dimensional kernels: optimizers for matrices (Muon) recognise them.
            return Dense(width, use_bias=use_bias, dtype=self.dtype_policy, name=name)

        of_keys = self.num_key_value_heads * self.head_dim
        self._heads_dim = self.num_heads * self.head_dim
        self.query = projection(self._heads_dim, "query")
        self.key = projection(of_keys, "key")
        self.value = projection(of_keys, "value")
        self.output_projection = projection(self.hidden_dim, "output_projection", self.use_bias)
        self.query_norm = self.key_norm = None
        if self.qk_norm:
            norm = functools.partial(
                keras.layers.RMSNormalization,
                epsilon=self.qk_norm_epsilon,
                dtype=self.dtype_policy,
            )
            self.query_norm, self.key_norm = norm(name="query_norm"), norm(name="key_norm")
        self.weights_dropout = keras.layers.Dropout(self.dropout, dtype=self.dtype_policy)

    def build(self, x_shape, context_shape=None):
        self.query.build(x_shape)
        for dense in (self.key, self.value):
            dense.build(context_shape or x_shape)
        self.output_projection.build((*x_shape[:-1], self._heads_dim))
        if self.qk_norm:
            self.query_norm.build((None, None, self.num_heads, self.head_dim))
            self.key_norm.build((None, None, self.num_key_value_heads, self.head_dim))

    # === Heads folded into the batch: XLA on a CPU runs the products of a single position three
    # times as fast as with heads on an axis of their own. ===

    def queries(self, x, positions=None):
        """`(B, S, D)` -> `(B, S, H, d)`; `positions` are what rotary ones turn by."""
        q = ops.reshape(self.query(x), (*ops.shape(x)[:2], self.num_heads, self.head_dim))
        q = self.query_norm(q) if self.qk_norm else q
        return self.turned(q, positions)

    def keys_and_values(self, x, positions=None):
        """`(B, S, D)` -> keys and values, each `(B·Hkv, S, d)`."""
        return tuple(map(_folded, self.heads_of_keys_and_values(x, positions)))

    def heads_of_keys_and_values(self, x, positions=None):
        """`(B, S, D)` -> keys and values, each `(B, S, Hkv, d)`."""
        split = (*ops.shape(x)[:2], self.num_key_value_heads, self.head_dim)
        k, v = ops.reshape(self.key(x), split), ops.reshape(self.value(x), split)
        k = self.key_norm(k) if self.qk_norm else k
        return self.turned(k, positions), v

    def turned(self, heads, positions):
        """Queries or keys `(B, S, heads, d)` as they tell where they stand: here not at all."""
        return heads

    def attend(self, q, k, v, visible, training=None):
        """Formula 4.3.

        Args:
            q: `(B, S, H, d)`.
            k, v: `(B·Hkv, T, d)`.
            visible: bool `(B or 1, S or 1, T)`, true where a query may read a key.

        Returns:
            The output `(B, S, hidden_dim)` and the weights, float32 `(B, H, S, T)`.
        """
        batch, chunk, length = ops.shape(q)[0], ops.shape(q)[1], ops.shape(k)[1]
        rows, group = ops.shape(k)[0], self.num_heads // self.num_key_value_heads
        # The heads that share keys stand one after the other, as so many more positions.
        q = ops.reshape(ops.transpose(q, (0, 2, 1, 3)), (rows, group * chunk, self.head_dim))
        scores = ops.matmul(q, ops.transpose(k, (0, 2, 1)))  # (B·Hkv, G·S, T)
        scores = ops.cast(scores, "float32")
        if self.scaled:
            scores = scores / self.head_dim**0.5
        per_head = (batch, self.num_heads, chunk, length)
        scores = ops.where(visible[:, None], ops.reshape(scores, per_head), MASKED_SCORE)
        # By hand: ops.softmax warns where there is one key, and a text may be of one token.
        weights = ops.exp(scores - ops.max(scores, axis=-1, keepdims=True))
        weights = weights / ops.sum(weights, axis=-1, keepdims=True)  # (B, H, S, T): softmax over j
        dropped = self.weights_dropout(ops.cast(weights, v.dtype), training=training)
        y = ops.matmul(ops.reshape(dropped, (rows, group * chunk, length)), v)  # (B·Hkv, G·S, d)
        y = ops.reshape(y, (batch, self.num_heads, chunk, self.head_dim))
        y = ops.reshape(ops.transpose(y, (0, 2, 1, 3)), (batch, chunk, self._heads_dim))
        return self.output_projection(y), weights  # (B, S, hidden_dim)

    def attend_at_once(self, q, k, v, visible=None, causal=False):
        """Formula 4.3 as one operation of the backend's, which keeps no weights: on GPUs and TPUs
        a kernel that holds a tile of them at a time (Dao et al. 2022), so that memory and its
        traffic grow with the length, not with its square.

        Args:
            q: `(B, S, H, d)`.
            k, v: `(B, T, Hkv, d)`.
            visible: as in `attend`, or `None` where all is, or `causal` says it.
            causal: whether a query reads only what stands no later than itself.

        Returns:
            The output `(B, S, hidden_dim)`.
        """
        group = self.num_heads // self.num_key_value_heads
        if group > 1:  # Keras's for TensorFlow does not share a single head
            k, v = ops.repeat(k, group, axis=2), ops.repeat(v, group, axis=2)
        y = ops.dot_product_attention(
            q,
            k,
            v,
            mask=None if visible is None else visible[:, None],
            scale=self.head_dim**-0.5 if self.scaled else 1.0,
            is_causal=causal,
        )
        return self.output_projection(ops.reshape(y, (*ops.shape(y)[:2], self._heads_dim)))

    def keeps_no_weights(self, training) -> bool:
        """Whether `attend_at_once` will do: for bfloat16, which those kernels are made for, and
        where no weights are dropped."""
        return self.compute_dtype == "bfloat16" and not (training and self.dropout)

    def compute_output_shape(self, x_shape):
        return (*x_shape[:-1], self.hidden_dim)

    def get_config(self):
        return {**super().get_config(), **declared_values(self)}


def _folded(x):
    """`(B, S, heads, d)` -> `(B·heads, S, d)`."""
    batch, length, heads, width = ops.shape(x)
    return ops.reshape(ops.transpose(x, (0, 2, 1, 3)), (batch * heads, length, width))


@keras.saving.register_keras_serializable(package="mlm_tf")
class SelfAttention(MultiHeadBlock):
    """Multi-head self-attention: each position reads a weighted mean of the others' values.

    With `q_i`, `k_j`, `v_j` linear images of the positions i and j, of `head_dim` = d each::

        α_ij = softmax_j(q_iᵀ k_j / sqrt(d))        output_i = Σ_j α_ij v_j

    per head; the heads are concatenated and projected. A causal block lets i read j <= i only.
    Dividing by sqrt(d) keeps the scores near one whatever the width (Vaswani et al.); without it
    (`scaled=False`) this is formula 4.3 as printed, whose "density vectors" are the keys. With
    rotary positions q and k are turned by an angle that grows with the position, so that the
    score depends on how far i and j are apart. The softmax is always taken in float32.

    The state of a causal block is what attention remembers, the keys and values so far (the "KV
    cache", one length per row): as many as can ever be read, `max_length` or the sliding window;
    `mlm_tf/layers/cache.py` has it.

    Masking: padded positions are never read, take no position of their own, and leave the state
    as it was; their own output has no meaning, but is finite.

    Args:
        hidden_dim: width of the output; a multiple of `num_heads`, unless `head_dim` is given.
        num_heads: number of heads.
        num_key_value_heads: number of heads of keys and values, a divisor of `num_heads`; by
            default as many. Fewer make the cache smaller (grouped query attention).
        causal: whether a position may read only itself and what stands before it.
        scaled: whether the scores are divided by sqrt(d).
        positions: `"rotary"`, or `None` for attention that does not know the order.
        sliding_window: how many tokens a position reads, itself included; of a block that is not
            causal as many on either side. `None` for all of them.
        qk_norm: whether q and k are RMS-normalised per head, which keeps the scores bounded
            and allows large learning rates (Henry et al. 2020).
        use_bias: whether the four projections have a bias.
        dropout: share of the attention weights set to zero during training.
        rope_max_wavelength: of rotary positions the base of the periods, at dimension m of d
            `rope_max_wavelength^(2m/d)`; "theta" in checkpoints. A larger one tells positions
            apart that are further away.
        rope_scaling: how these periods are stretched, so that a model reads longer texts than it
            was first trained on: `None`; `{"rope_type": "linear", "factor": ...}`, all by one
            factor (Chen et al. 2023); or Llama 3's, `{"rope_type": "llama3", "factor": ...,
            "low_freq_factor": ..., "high_freq_factor": ..., "original_max_position_embeddings":
            ...}`, the long ones alone. The names are those of checkpoints.
        head_dim: width of a head's queries, keys and values; by default `hidden_dim / num_heads`.
            With another all heads together are wider or narrower than `hidden_dim`, and the last
            projection brings them back (Qwen 3 and Gemma have it so).
        qkv_bias: whether the projections to queries, keys and values have a bias, where that is not
            as `use_bias` says of all four: with `use_bias=False` theirs are the only ones (Qwen 2).
        qk_norm_epsilon: added to the mean square of q and k before the root is taken.

    Call arguments:
        x: `(batch, length, dim)`.
        padding_mask: bool `(batch, length)`, true where there is a token, or `None`.
        return_attention_scores: whether to return `(output, α)`, α float32
            `(batch, num_heads, length, length)`.

    Raises:
        InvalidArgumentError: for an argument of another kind, if the heads do not divide
            `hidden_dim` or one another, if rotary positions meet an odd `head_dim`, for a
            `rope_scaling` of another `rope_type`, or if `step` is called on a block that is not
            causal.

    Example:

    >>> import numpy as np
    >>> attention = SelfAttention(hidden_dim=8, num_heads=2)
    >>> x = np.random.normal(size=(1, 5, 8)).astype("float32")
    >>> whole = attention(x)
    >>> first, state = attention.step(x[:, :3], attention.initial_state(1, max_length=5))
    >>> rest, state = attention.step(x[:, 3:], state)
    >>> bool(np.allclose(whole, np.concatenate([first, rest], axis=1), atol=1e-5))
    True

    Reference: Vaswani et al. 2017, section 3.2; Su et al. 2021, section 3.2.2 (rotary); Ainslie
    et al. 2023 (grouped queries); Beltagy et al. 2020, section 3.1 (sliding window); Chen et al.
    2023, section 3.2 (linear scaling); Grattafiori et al. 2024, section 3.2 (Llama 3's base); Yang
    et al. 2024, section 2.2.1 (Qwen 2's biases).
    """

    causal = Checked(check_boolean)
    positions = Checked(check_choice, allowed=("rotary", None))
    sliding_window = Checked(check_integer, optional=True)
    rope_max_wavelength = Checked(check_number, above=0)
    rope_scaling = Checked(check_rope_scaling, optional=True)

    def __init__(
        self,
        hidden_dim: int,
        num_heads: int,
        num_key_value_heads: int | None = None,
        causal: bool = True,
        scaled: bool = True,
        positions: str | None = "rotary",
        sliding_window: int | None = None,
        qk_norm: bool = False,
        use_bias: bool = False,
        dropout: float = 0.0,
        rope_max_wavelength: float = 10_000,
        rope_scaling: dict | None = None,
        head_dim: int | None = None,
        qkv_bias: bool | None = None,
        qk_norm_epsilon: float = 1e-6,
        **kwargs,
    ):
        super().__init__(
            hidden_dim,
            num_heads,
            num_key_value_heads,
            scaled,
            qk_norm,
            use_bias,
            dropout,
            head_dim,
            qkv_bias,
            qk_norm_epsilon,
            **kwargs,
        )
        self.causal = causal
        self.positions = positions
        self.sliding_window = sliding_window
        self.rope_max_wavelength = rope_max_wavelength
        self.rope_scaling = rope_scaling
        if positions == "rotary" and self.head_dim % 2:
            raise InvalidArgumentError(
                f"head_dim={self.head_dim} (by default hidden_dim / num_heads) is odd, and rotary "
                "positions turn pairs of dimensions; choose an even head_dim or positions=None."
            )

    def build(self, input_shape):
        super().build(input_shape)

    def turned(self, heads, positions):
        if self.positions != "rotary":
            return heads
        return rotate(heads, positions, self.rope_max_wavelength, self.rope_scaling)

    def call(self, x, padding_mask=None, mask=None, training=None, return_attention_scores=False):
        padding_mask = mask if padding_mask is None else padding_mask
        length = ops.shape(x)[1]
        index = ops.arange(length, dtype="int32")[None]
        if padding_mask is None:
            positions = index  # (1, T)
            visible = ops.ones((1, 1, length), dtype="bool")  # (1, 1, T)
        else:
            positions = ops.cumsum(ops.cast(padding_mask, "int32"), axis=1) - 1  # (B, T)
            visible = ops.cast(padding_mask, "bool")[:, None, :]  # (B, 1, T)
        if self.causal:
            visible = ops.logical_and(visible, index[:, None, :] <= index[:, :, None])
        if self.sliding_window is not None:
            distance = ops.abs(positions[:, :, None] - positions[:, None, :])  # (B or 1, T, T)
            visible = ops.logical_and(visible, distance < self.sliding_window)
        q = self.queries(x, positions)
        if self.keeps_no_weights(training) and not return_attention_scores:
            k, v = self.heads_of_keys_and_values(x, positions)
            if self.causal and padding_mask is None and self.sliding_window is None:
                return self.attend_at_once(q, k, v, causal=True)
            every = (ops.shape(visible)[0], length, length)
            return self.attend_at_once(q, k, v, ops.broadcast_to(visible, every))
        k, v = self.keys_and_values(x, positions)
        y, weights = self.attend(q, k, v, visible, training=training)
        return (y, weights) if return_attention_scores else y

    def initial_state(self, batch_size, max_length):
        if not self.causal:
            raise self._refusal()
        slots = max_length if self.sliding_window is None else min(self.sliding_window, max_length)
        return cache.empty(
            batch_size, self.num_key_value_heads, slots, self.head_dim, self.compute_dtype
        )

    def cut_state(self, state, length):
        # A ring that is full has lost the tokens that a smaller window would begin with.
        return cache.cut(state, length) if self.sliding_window is None else None

    def step(self, x, state, padding_mask=None):
        """See `Block.step`. The state must have room: a token past `max_length` is not kept."""
        if not self.causal:
            raise self._refusal()
        if not self.built:
            self.build(tuple(x.shape))
        if padding_mask is None:
            padding_mask = ops.ones(x.shape[:2], dtype="bool")
        padding_mask = ops.cast(padding_mask, "bool")
        count = ops.cumsum(ops.cast(padding_mask, "int32"), axis=1)  # (B, S)
        positions = state["length"][:, None] + count - 1  # (B, S)
        q = self.queries(x, positions)  # (B, S, H, d)
        k, v = self.keys_and_values(x, positions)  # (B·Hkv, S, d)
        chunk = (k, v, positions, padding_mask)
        new_state = cache.written(state, *chunk, self.sliding_window)
        keys, values, visible = cache.readable(state, new_state, *chunk, self.sliding_window)
        y, _ = self.attend(q, keys, values, visible)
        return y, new_state
