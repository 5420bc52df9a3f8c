"""Self-attention: `α_ij = softmax_j(q_iᵀ k_j)` (formula 4.3), with a cache as its state."""

import keras
from keras import ops

from mlm_tf.checks import check_boolean, check_choice, check_integer
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers import cache
from mlm_tf.layers.multi_head import MultiHeadBlock
from mlm_tf.layers.rotary import rotate


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
        hidden_dim: width of the output; a multiple of `num_heads`.
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

    Call arguments:
        x: `(batch, length, dim)`.
        padding_mask: bool `(batch, length)`, true where there is a token, or `None`.
        return_attention_scores: whether to return `(output, α)`, α float32
            `(batch, num_heads, length, length)`.

    Raises:
        InvalidArgumentError: for an argument of another kind, if the heads do not divide
            `hidden_dim` or one another, if rotary positions meet an odd `head_dim`, or if `step` is
            called on a block that is not causal.

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
    et al. 2023 (grouped queries); Beltagy et al. 2020, section 3.1 (sliding window).
    """

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
        **kwargs,
    ):
        super().__init__(
            hidden_dim, num_heads, num_key_value_heads, scaled, qk_norm, use_bias, dropout, **kwargs
        )
        check_choice("positions", positions, ("rotary", None))
        if positions == "rotary" and self.head_dim % 2:
            raise InvalidArgumentError(
                f"head_dim={self.head_dim} (hidden_dim / num_heads) is odd, and rotary positions "
                "turn pairs of dimensions; choose an even head_dim or positions=None."
            )
        if sliding_window is not None:
            sliding_window = check_integer("sliding_window", sliding_window)
        self.causal = check_boolean("causal", causal)
        self.positions = positions
        self.sliding_window = sliding_window

    def build(self, input_shape):
        self.build_projections(input_shape, input_shape)

    def call(self, x, padding_mask=None, mask=None, training=None, return_attention_scores=False):
        padding_mask = self.first_mask(padding_mask, mask)
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
        turn = self._turn(positions)
        k, v = self.keys_and_values(x, turn)
        y, weights = self.attend(self.queries(x, turn), k, v, visible, training=training)
        return (y, weights) if return_attention_scores else y

    def initial_state(self, batch_size, max_length):
        if not self.causal:
            raise InvalidArgumentError(self._refusal())
        slots = max_length if self.sliding_window is None else min(self.sliding_window, max_length)
        return cache.empty(
            batch_size, self.num_key_value_heads, slots, self.head_dim, self.compute_dtype
        )

    def step(self, x, state, padding_mask=None):
        """See `Block.step`. The state must have room: a token past `max_length` is not kept."""
        if not self.causal:
            raise InvalidArgumentError(self._refusal())
        self.ensure_built(x)
        if padding_mask is None:
            padding_mask = ops.ones(x.shape[:2], dtype="bool")
        padding_mask = ops.cast(padding_mask, "bool")
        count = ops.cumsum(ops.cast(padding_mask, "int32"), axis=1)  # (B, S)
        positions = state["length"][:, None] + count - 1  # (B, S)
        turn = self._turn(positions)
        q = self.queries(x, turn)  # (B, S, H, d)
        chunk = *self.keys_and_values(x, turn), positions, padding_mask  # k and v: (B·Hkv, S, d)
        new_state = cache.written(state, *chunk, self.sliding_window)
        keys, values, visible = cache.readable(state, new_state, *chunk, self.sliding_window)
        y, _ = self.attend(q, keys, values, visible)
        return y, new_state

    def _turn(self, positions):
        return (lambda x: rotate(x, positions)) if self.positions == "rotary" else None

    def get_config(self):
        return {
            **super().get_config(),
            "causal": self.causal,
            "positions": self.positions,
            "sliding_window": self.sliding_window,
        }
