"""One short builder an architecture, each of which reads like the diagram of its model.

`build_model` calls a builder with the settings that its parameters name. Copy one, change it, and
give it a name with `mlm_tf.register_block`: it is then an architecture like these.
"""

from mlm_tf.layers import (
    GRU,
    LSTM,
    RNN,
    Block,
    CrossAttention,
    Residual,
    SelfAttention,
    Transformer,
)


def rnn_block(hidden_dim, bidirectional, dropout, name) -> Block:
    """Formula 4.2 with one matrix and a tanh."""
    return RNN(hidden_dim, bidirectional, dropout, name=name)


def gru_block(hidden_dim, bidirectional, dropout, name) -> Block:
    """A recurrence whose gates decide what to keep."""
    return GRU(hidden_dim, bidirectional, dropout, name=name)


def lstm_block(hidden_dim, bidirectional, dropout, name) -> Block:
    """A recurrence with a memory cell beside the hidden state."""
    return LSTM(hidden_dim, bidirectional, dropout, name=name)


def attention_block(
    hidden_dim, num_heads, num_key_value_heads, causal, positions, sliding_window, dropout, name
) -> Block:
    """Self-attention in a residual connection, without a position-wise network. RMS-normalised
    queries and keys are the recipe that trained best here (see docs/design.md)."""
    attention = SelfAttention(
        hidden_dim,
        num_heads,
        num_key_value_heads,
        causal=causal,
        positions=positions,
        sliding_window=sliding_window,
        qk_norm=True,
    )
    return Residual(attention, dropout, name=name)


def cross_attention_block(hidden_dim, num_heads, num_key_value_heads, dropout, name) -> Block:
    """In a decoder: each position reads the encoded source, as Luong et al. (2015) add it to a
    recurrent decoder."""
    attention = CrossAttention(hidden_dim, num_heads, num_key_value_heads, qk_norm=True)
    return Residual(attention, dropout, name=name)


def transformer_block(
    hidden_dim,
    num_heads,
    num_key_value_heads,
    intermediate_dim,
    causal,
    cross_attention,
    positions,
    sliding_window,
    dropout,
    name,
) -> Block:
    """Self-attention, in a decoder cross-attention, and a position-wise network, pre-norm."""
    return Transformer(
        hidden_dim,
        num_heads,
        intermediate_dim,
        num_key_value_heads,
        causal=causal,
        cross_attention=cross_attention,
        positions=positions,
        sliding_window=sliding_window,
        qk_norm=True,
        dropout=dropout,
        name=name,
    )


def gpt2_block(
    hidden_dim, num_heads, intermediate_dim, causal, cross_attention, positions, dropout, name
) -> Block:
    """The Transformer block of GPT-2, whose positions stand before the first block."""
    return Transformer(
        hidden_dim,
        num_heads,
        intermediate_dim,
        causal=causal,
        cross_attention=cross_attention,
        positions=positions,
        normalization="layer_norm",
        norm_epsilon=1e-5,
        activation="gelu_approximate",
        use_bias=True,
        dropout=dropout,
        name=name,
    )


ARCHITECTURES = {
    "rnn": rnn_block,
    "gru": gru_block,
    "lstm": lstm_block,
    "attention": attention_block,
    "cross_attention": cross_attention_block,
    "transformer": transformer_block,
    "gpt2": gpt2_block,
}
