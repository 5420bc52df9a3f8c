"""What self-attention and cross-attention share: heads, and formula 4.3 over them."""

import keras
from keras import ops

from mlm_tf.checks import check_boolean, check_integer, check_number
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers.block import Block
from mlm_tf.layers.lora import Dense
from mlm_tf.layers.normalization import make_norm

# A finite "minus infinity": a row in which everything is masked stays finite.
MASKED_SCORE = -1e30


class MultiHeadBlock(Block):
    """Base of the attention blocks: projections, heads, and the weighted mean of the values.

    Several query heads may share one head of keys and values (`num_key_value_heads`, grouped
    query attention): query head h reads key head `h // (num_heads / num_key_value_heads)`.
    """

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
        **kwargs,
    ):
        super().__init__(**kwargs)
        hidden_dim = check_integer("hidden_dim", hidden_dim)
        num_heads = check_integer("num_heads", num_heads)
        if hidden_dim % num_heads:
            raise InvalidArgumentError(
                f"num_heads={num_heads} does not divide hidden_dim={hidden_dim}; choose a "
                "hidden_dim that is a multiple of num_heads."
            )
        shared = num_heads
        if num_key_value_heads is not None:
            shared = check_integer("num_key_value_heads", num_key_value_heads)
        if num_heads % shared:
            raise InvalidArgumentError(
                f"num_key_value_heads={shared} does not divide num_heads={num_heads}; choose a "
                "divisor, so that as many query heads share each of them."
            )
        self.hidden_dim = hidden_dim
        self.num_heads = num_heads
        self.num_key_value_heads = shared
        self.head_dim = hidden_dim // num_heads
        self.scaled = check_boolean("scaled", scaled)
        self.qk_norm = check_boolean("qk_norm", qk_norm)
        self.use_bias = check_boolean("use_bias", use_bias)
        self.dropout = check_number("dropout", dropout, least=0, below=1)

        def projection(width, name):
            # Two-dimensional kernels: optimizers for matrices (Muon) recognise them.
            return Dense(width, use_bias=use_bias, dtype=self.dtype_policy, name=name)

        self.query = projection(hidden_dim, "query")
        self.key = projection(shared * self.head_dim, "key")
        self.value = projection(shared * self.head_dim, "value")
        self.output_projection = projection(hidden_dim, "output_projection")
        self.query_norm = self.key_norm = None
        if qk_norm:
            self.query_norm = make_norm("rms_norm", "query_norm", dtype=self.dtype_policy)
            self.key_norm = make_norm("rms_norm", "key_norm", dtype=self.dtype_policy)
        self.weights_dropout = keras.layers.Dropout(dropout, dtype=self.dtype_policy)

    def build_projections(self, query_shape, key_shape) -> None:
        self.query.build(query_shape)
        for dense in (self.key, self.value):
            dense.build(key_shape)
        self.output_projection.build((*query_shape[:-1], self.hidden_dim))
        if self.qk_norm:
            self.query_norm.build((None, None, self.num_heads, self.head_dim))
            self.key_norm.build((None, None, self.num_key_value_heads, self.head_dim))

    # === Heads folded into the batch: XLA on a CPU runs the products of a single position three
    # times as fast as with heads on an axis of their own. ===

    def queries(self, x, turn=None):
        """`(B, S, D)` -> `(B, S, H, d)`; `turn` is what rotary positions do."""
        q = ops.reshape(self.query(x), (*ops.shape(x)[:2], self.num_heads, self.head_dim))
        q = self.query_norm(q) if self.qk_norm else q
        return q if turn is None else turn(q)

    def keys_and_values(self, x, turn=None):
        """`(B, S, D)` -> keys and values, each `(B·Hkv, S, d)`."""
        split = (*ops.shape(x)[:2], self.num_key_value_heads, self.head_dim)
        k, v = ops.reshape(self.key(x), split), ops.reshape(self.value(x), split)
        k = self.key_norm(k) if self.qk_norm else k
        k = k if turn is None else turn(k)
        folded = (split[0] * split[2], split[1], split[3])
        return tuple(ops.reshape(ops.transpose(t, (0, 2, 1, 3)), folded) for t in (k, v))

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
        y = ops.reshape(ops.transpose(y, (0, 2, 1, 3)), (batch, chunk, self.hidden_dim))
        return self.output_projection(y), weights  # (B, S, hidden_dim)

    def compute_output_shape(self, x_shape):
        return (*x_shape[:-1], self.hidden_dim)

    def get_config(self):
        return {
            **super().get_config(),
            "hidden_dim": self.hidden_dim,
            "num_heads": self.num_heads,
            "num_key_value_heads": self.num_key_value_heads,
            "scaled": self.scaled,
            "qk_norm": self.qk_norm,
            "use_bias": self.use_bias,
            "dropout": self.dropout,
        }
