"""One short builder an architecture or a family of them, which reads like the diagram of the model,
and the stack that `build_model` makes of them.

A builder is called with the settings that its parameters name. Copy one, change it, and give it a
name with `mlm_tf.register_block`: it is then an architecture like these.
"""

import inspect
from collections.abc import Callable, Iterable

from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers import (
    GRU,
    LSTM,
    RNN,
    Block,
    CrossAttention,
    EmbeddingNorm,
    LearnedPositions,
    Residual,
    SelfAttention,
    SinusoidalPositions,
    Transformer,
)
from mlm_tf.layers.sharing import copies_of


def _rnn_block(hidden_dim, bidirectional, dropout, name) -> Block:
    """Formula 4.2 with one matrix and a tanh."""
    return RNN(hidden_dim, bidirectional, dropout, name=name)


def _gru_block(hidden_dim, bidirectional, dropout, name) -> Block:
    """A recurrence whose gates decide what to keep."""
    return GRU(hidden_dim, bidirectional, dropout, name=name)


def _lstm_block(hidden_dim, bidirectional, dropout, name) -> Block:
    """A recurrence with a memory cell beside the hidden state."""
    return LSTM(hidden_dim, bidirectional, dropout, name=name)


def _attention_block(
    hidden_dim,
    num_heads,
    num_key_value_heads,
    head_dim,
    causal,
    positions,
    rope_max_wavelength,
    rope_scaling,
    sliding_window,
    dropout,
    name,
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
        rope_max_wavelength=rope_max_wavelength,
        rope_scaling=rope_scaling,
        head_dim=head_dim,
    )
    return Residual(attention, dropout, name=name)


def _cross_attention_block(
    hidden_dim, num_heads, num_key_value_heads, head_dim, dropout, name
) -> Block:
    """In a decoder: each position reads the encoded source, as Luong et al. (2015) add it to a
    recurrent decoder."""
    attention = CrossAttention(
        hidden_dim, num_heads, num_key_value_heads, qk_norm=True, head_dim=head_dim
    )
    return Residual(attention, dropout, name=name)


def _rotary_transformer(**choices) -> Callable[..., Block]:
    """A builder of today's Transformer blocks, which differ by these choices: self-attention, in a
    decoder cross-attention, and a position-wise network, pre-norm, with rotary positions."""

    def build(
        hidden_dim,
        num_heads,
        num_key_value_heads,
        head_dim,
        intermediate_dim,
        causal,
        cross_attention,
        positions,
        rope_max_wavelength,
        rope_scaling,
        sliding_window,
        dropout,
        name,
    ) -> Block:
        return Transformer(
            hidden_dim,
            num_heads,
            intermediate_dim,
            num_key_value_heads,
            causal=causal,
            cross_attention=cross_attention,
            positions=positions,
            rope_max_wavelength=rope_max_wavelength,
            rope_scaling=rope_scaling,
            sliding_window=sliding_window,
            head_dim=head_dim,
            dropout=dropout,
            name=name,
            **choices,
        )

    return build


def _gpt2_block(
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


def _embedding_norm_block(name) -> Block:
    """What BERT has between its embeddings and its first block."""
    return EmbeddingNorm("layer_norm", norm_epsilon=1e-12, name=name)


def _bert_block(
    hidden_dim, num_heads, intermediate_dim, causal, cross_attention, positions, dropout, name
) -> Block:
    """The Transformer block of BERT, the norm after each sum; positions stand before the first."""
    return Transformer(
        hidden_dim,
        num_heads,
        intermediate_dim,
        causal=causal,
        cross_attention=cross_attention,
        positions=positions,
        normalization="layer_norm",
        norm_epsilon=1e-12,
        use_bias=True,
        dropout=dropout,
        normalize_first=False,
        name=name,
    )


ARCHITECTURES = {
    "rnn": _rnn_block,
    "gru": _gru_block,
    "lstm": _lstm_block,
    "attention": _attention_block,
    "cross_attention": _cross_attention_block,
    "transformer": _rotary_transformer(qk_norm=True),
    "gpt2": _gpt2_block,
    # SwiGLU, RMS normalisation and no biases, SmolLM2's too; Qwen 3 norms queries and keys as well.
    "llama": _rotary_transformer(norm_epsilon=1e-5, activation="swiglu"),
    "qwen3": _rotary_transformer(
        norm_epsilon=1e-6, activation="swiglu", qk_norm=True, qk_norm_epsilon=1e-6
    ),
    "embedding_norm": _embedding_norm_block,
    "bert": _bert_block,
}
BEFORE = {"bert": ["embedding_norm"]}  # what stands once before the first of so many blocks


def asked_by(items: Iterable) -> set[str]:
    """The settings that the architectures with a name ask for, among names and blocks."""
    builders = [ARCHITECTURES[item] for item in items if isinstance(item, str)]
    return {name for builder in builders for name in inspect.signature(builder).parameters}


# The kinds of parameters that stand for all arguments without a name here.
REST = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
# What a builder may ask for by the names of its parameters: what those of this package do.
BLOCK_SETTINGS = frozenset(asked_by(ARCHITECTURES))


def stack(settings: dict, prefix: str = "") -> list[Block]:
    """The blocks of `settings["items"]`, bottom first, each named after its architecture and place,
    behind the positions that are added to word vectors."""
    positions, blocks = settings["positions"], []
    if positions == "learned":
        length = settings["max_sequence_length"]
        blocks = [LearnedPositions(length, name=f"{prefix}learned_positions")]
    elif positions == "sinusoidal":
        blocks = [SinusoidalPositions(name=f"{prefix}sinusoidal_positions")]
    inside = {**settings, "positions": "rotary" if positions == "rotary" else None}
    taken = {item.name for item in settings["items"] if isinstance(item, Block)}
    for index, item in enumerate(settings["items"]):
        if isinstance(item, str):
            name = _free_name(f"{prefix}{item}", index, taken)
            item = _build_block(item, {**inside, "name": name})
        blocks.append(item)
    return blocks


def _build_block(architecture: str, settings: dict) -> Block:
    """The block of that name, from the settings that its builder asks for."""
    builder = ARCHITECTURES[architecture]
    asked = inspect.signature(builder).parameters
    known = {key: settings[key] for key in BLOCK_SETTINGS if key in asked}
    if any(parameter.kind in REST for parameter in asked.values()):
        known["name"] = settings["name"]
    block = builder(**known)
    if not isinstance(block, Block):
        raise InvalidArgumentError(
            f"architecture={architecture!r} gave a {type(block).__name__}, which is no Block; let "
            "its function return one."
        )
    return block


def _free_name(base: str, index: int, taken: set[str]) -> str:
    """The architecture and its place, or a later one if a block instance has that name."""
    while f"{base}_{index}" in taken:
        index += 1
    taken.add(f"{base}_{index}")
    return f"{base}_{index}"


def with_copies(items: list, prefix: str = "") -> list:
    """The same items, with another block, made from its config, for each block instance."""
    copies = iter(copies_of([item for item in items if isinstance(item, Block)], prefix))
    return [next(copies) if isinstance(item, Block) else item for item in items]
