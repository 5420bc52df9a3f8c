"""Self-attention: `α_ij = softmax_j(q_iᵀ k_j)` (formula 4.3), with rotary positions."""

import keras
from keras import ops

from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers.block import Block

# A finite "minus infinity": a row in which everything is masked stays finite.
MASKED_SCORE = -1e30


@keras.saving.register_keras_serializable(package="mlm_tf")
class SelfAttention(Block):
    """Multi-head self-attention: each position reads a weighted mean of the others' values.

    With `q_i`, `k_j`, `v_j` linear images of the positions i and j, of `head_dim` = d each::

        α_ij = softmax_j(q_iᵀ k_j / sqrt(d))        output_i = Σ_j α_ij v_j

    per head; the heads are concatenated and projected. A causal block lets i read j <= i only.
    Dividing by sqrt(d) keeps the scores near one whatever the width (Vaswani et al.). With
    rotary positions q and k are turned by an angle that grows with the position, so that the
    score depends on how far i and j are apart. The softmax is always taken in float32.

    The state of a causal block is what attention remembers, the keys and values so far (the "KV
    cache", one length per row): a cache of `max_length` slots, the slot of a token being its
    position, and one more slot into which padding is written and which nothing reads.

    Masking: padded positions are never read, take no position of their own, and leave the state
    as it was; their own output has no meaning, but is finite.

    Args:
        hidden_dim: width of the output; a multiple of `num_heads`.
        num_heads: number of heads.
        causal: whether a position may read only itself and what stands before it.
        positions: `"rotary"`, or `None` for attention that does not know the order.
        qk_norm: whether q and k are RMS-normalised per head, which keeps the scores bounded
            and allows large learning rates (Henry et al. 2020).
        dropout: share of the attention weights set to zero during training.

    Call arguments:
        x: `(batch, length, dim)`.
        padding_mask: bool `(batch, length)`, true where there is a token, or `None`.

    Raises:
        InvalidArgumentError: if the heads do not divide `hidden_dim`, if rotary positions meet
            an odd `head_dim`, or if `step` is called on a block that is not causal.

    Example:

    >>> import numpy as np
    >>> attention = SelfAttention(hidden_dim=8, num_heads=2)
    >>> x = np.random.normal(size=(1, 5, 8)).astype("float32")
    >>> whole = attention(x)
    >>> first, state = attention.step(x[:, :3], attention.initial_state(1, max_length=5))
    >>> rest, state = attention.step(x[:, 3:], state)
    >>> bool(np.allclose(whole, np.concatenate([first, rest], axis=1), atol=1e-5))
    True

    Reference: Vaswani et al. 2017, section 3.2; Su et al. 2021 (rotary), section 3.2.2.
    """

    def __init__(
        self,
        hidden_dim: int,
        num_heads: int,
        causal: bool = True,
        positions: str | None = "rotary",
        qk_norm: bool = False,
        dropout: float = 0.0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if num_heads < 1 or hidden_dim % num_heads:
            raise InvalidArgumentError(
                f"num_heads={num_heads} does not divide hidden_dim={hidden_dim}; choose a "
                "hidden_dim that is a multiple of num_heads."
            )
        if positions not in ("rotary", None):
            raise InvalidArgumentError(
                f"positions={positions!r} is not known to self-attention; use 'rotary' or None."
            )
        self.hidden_dim = hidden_dim
        self.num_heads = num_heads
        self.head_dim = hidden_dim // num_heads
        if positions == "rotary" and self.head_dim % 2:
            raise InvalidArgumentError(
                f"head_dim={self.head_dim} (hidden_dim / num_heads) is odd, and rotary positions "
                "turn pairs of dimensions; choose an even head_dim or positions=None."
            )
        self.causal = causal
        self.positions = positions
        self.qk_norm = qk_norm
        self.dropout = dropout

        def projection(name):
            # Two-dimensional kernels: optimizers for matrices (Muon) recognise them.
            return keras.layers.Dense(
                hidden_dim, use_bias=False, dtype=self.dtype_policy, name=name
            )

        self.query, self.key = projection("query"), projection("key")
        self.value, self.output_projection = projection("value"), projection("output_projection")
        self.query_norm = self.key_norm = None
        if qk_norm:
            self.query_norm = keras.layers.RMSNormalization(dtype=self.dtype_policy, name="q_norm")
            self.key_norm = keras.layers.RMSNormalization(dtype=self.dtype_policy, name="k_norm")
        self.weights_dropout = keras.layers.Dropout(dropout, dtype=self.dtype_policy)

    def build(self, input_shape):
        for dense in (self.query, self.key, self.value):
            dense.build(input_shape)
        self.output_projection.build((*input_shape[:-1], self.hidden_dim))
        if self.qk_norm:
            self.query_norm.build((*input_shape[:-1], self.num_heads, self.head_dim))
            self.key_norm.build((*input_shape[:-1], self.num_heads, self.head_dim))

    def call(self, x, padding_mask=None, mask=None, training=None):
        padding_mask = mask if padding_mask is None else padding_mask
        length = ops.shape(x)[1]
        index = ops.arange(length, dtype="int32")
        if padding_mask is None:
            positions = index[None, :]  # (1, T)
            visible = ops.ones((1, 1, length), dtype="bool")  # (1, 1, T)
        else:
            positions = ops.cumsum(ops.cast(padding_mask, "int32"), axis=1) - 1  # (B, T)
            visible = ops.cast(padding_mask, "bool")[:, None, :]  # (B, 1, T)
        if self.causal:
            visible = ops.logical_and(visible, index[None, None, :] <= index[None, :, None])
        q, k, v = self._queries_keys_values(x, positions)  # (B·H, T, d) each
        return self._attend(q, k, v, visible, training=training)

    def initial_state(self, batch_size, max_length):
        if not self.causal:
            raise InvalidArgumentError(self._refusal())
        rows = batch_size * self.num_heads
        cache = ops.zeros((rows, max_length + 1, self.head_dim), dtype=self.compute_dtype)
        return {
            "keys": cache,  # (B·H, L + 1, d); slot L collects the padding
            "values": cache,
            "length": ops.zeros((batch_size,), dtype="int32"),
        }

    def step(self, x, state, padding_mask=None):
        """See `Block.step`. The state must have room: a token past `max_length` is not kept."""
        if not self.causal:
            raise InvalidArgumentError(self._refusal())
        self.ensure_built(x)
        batch, chunk = x.shape[0], x.shape[1]
        padding_slot = state["keys"].shape[1] - 1
        if padding_mask is None:
            padding_mask = ops.ones((batch, chunk), dtype="bool")
        padding_mask = ops.cast(padding_mask, "bool")
        count = ops.cumsum(ops.cast(padding_mask, "int32"), axis=1)  # (B, S)
        positions = state["length"][:, None] + count - 1  # (B, S)
        q, k, v = self._queries_keys_values(x, positions)  # (B·H, S, d) each

        keep = ops.logical_and(padding_mask, positions < padding_slot)
        slots = ops.where(keep, positions, padding_slot)  # (B, S)
        slots = ops.reshape(ops.repeat(slots, self.num_heads, axis=0), (-1,))  # (B·H·S,)
        rows = ops.repeat(ops.arange(batch * self.num_heads, dtype="int32"), chunk)
        where = ops.stack([rows, slots], axis=1)  # (B·H·S, 2)
        flat = (batch * self.num_heads * chunk, self.head_dim)
        keys = ops.scatter_update(state["keys"], where, ops.reshape(k, flat))
        values = ops.scatter_update(state["values"], where, ops.reshape(v, flat))

        # The slot of a token is its position, so causality alone says which slots hold one.
        slot_index = ops.arange(padding_slot + 1, dtype="int32")
        last = ops.minimum(positions, padding_slot - 1)
        visible = slot_index[None, None, :] <= last[:, :, None]  # (B, S, L + 1)
        y = self._attend(q, keys, values, visible)
        return y, {"keys": keys, "values": values, "length": state["length"] + count[:, -1]}

    def _queries_keys_values(self, x, positions):
        """Three tensors `(B·H, S, d)`: with the heads folded into the batch, XLA on a CPU runs
        the products of a single position three times as fast as with heads on an axis."""
        batch, length = ops.shape(x)[0], ops.shape(x)[1]
        split = (batch, length, self.num_heads, self.head_dim)
        q = ops.reshape(self.query(x), split)  # (B, S, H, d)
        k = ops.reshape(self.key(x), split)
        v = ops.reshape(self.value(x), split)
        if self.qk_norm:
            q, k = self.query_norm(q), self.key_norm(k)
        if self.positions == "rotary":
            q, k = rotate(q, positions), rotate(k, positions)
        folded = (batch * self.num_heads, length, self.head_dim)
        return tuple(ops.reshape(ops.transpose(t, (0, 2, 1, 3)), folded) for t in (q, k, v))

    def _attend(self, q, k, v, visible, training=None):
        """Formula 4.3 for q `(B·H, S, d)`, k and v `(B·H, T, d)`, visible `(B or 1, S or 1, T)`."""
        rows, chunk, length = ops.shape(q)[0], ops.shape(q)[1], ops.shape(k)[1]
        scores = ops.matmul(q, ops.transpose(k, (0, 2, 1)))  # (B·H, S, T)
        scores = ops.cast(scores, "float32") / self.head_dim**0.5
        per_head = (rows // self.num_heads, self.num_heads, chunk, length)
        scores = ops.where(visible[:, None], ops.reshape(scores, per_head), MASKED_SCORE)
        weights = ops.exp(scores - ops.logsumexp(scores, axis=-1, keepdims=True))  # softmax over j
        weights = ops.cast(weights, v.dtype)  # (B, H, S, T)
        weights = self.weights_dropout(weights, training=training)
        y = ops.matmul(ops.reshape(weights, (rows, chunk, length)), v)  # (B·H, S, d)
        y = ops.reshape(y, (*per_head[:3], self.head_dim))
        y = ops.reshape(ops.transpose(y, (0, 2, 1, 3)), (-1, chunk, self.hidden_dim))
        return self.output_projection(y)  # (B, S, hidden_dim)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], self.hidden_dim)

    def get_config(self):
        return {
            **super().get_config(),
            "hidden_dim": self.hidden_dim,
            "num_heads": self.num_heads,
            "causal": self.causal,
            "positions": self.positions,
            "qk_norm": self.qk_norm,
            "dropout": self.dropout,
        }


def rotate(x, positions, max_wavelength: float = 10_000.0):
    """Turn each pair of dimensions of `x` by an angle proportional to the position.

    Dimension m is paired with dimension m + d/2; their angle at position p is
    `p / max_wavelength**(2m / d)`. The product of a rotated query and a rotated key then
    depends on the difference of their positions alone.

    Args:
        x: `(batch, length, heads, d)`, d even.
        positions: int32 `(batch or 1, length)`.

    Returns:
        A tensor of the shape and dtype of `x`.

    Example:

    >>> import numpy as np
    >>> q, k = np.random.normal(size=(2, 1, 1, 1, 8)).astype("float32")
    >>> def score(i, j):
    ...     at = lambda p: np.array([[p]], "int32")
    ...     return float(np.sum(np.array(rotate(q, at(i)) * rotate(k, at(j)))))
    >>> abs(score(3, 1) - score(12, 10)) < 1e-5
    True

    Reference: Su et al. 2021, equation 34.
    """
    half = x.shape[-1] // 2
    exponents = ops.arange(half, dtype="float32") / half
    angles = ops.cast(positions, "float32")[..., None] / max_wavelength**exponents  # (B, S, d/2)
    cos, sin = ops.cos(angles)[:, :, None], ops.sin(angles)[:, :, None]  # (B, S, 1, d/2)
    a, b = x[..., :half], x[..., half:]
    a, b = ops.cast(a, "float32"), ops.cast(b, "float32")
    turned = ops.concatenate([a * cos - b * sin, b * cos + a * sin], axis=-1)
    return ops.cast(turned, x.dtype)
