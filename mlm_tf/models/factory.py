"""`build_model`: from a few arguments, checked and filled up, to a model of a task's class; the
blocks are in architectures.py."""

import inspect
from collections.abc import Sequence

import numpy as np

from mlm_tf.checks import (
    Checked,
    check_boolean,
    check_choice,
    check_integer,
    check_number,
    checked,
    shown,
)
from mlm_tf.embeddings import EmbeddingMatrix
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers import Block, TokenEmbedding
from mlm_tf.layers.rotary import check_rope_scaling
from mlm_tf.models.architectures import ARCHITECTURES, BEFORE, BLOCK_SETTINGS, asked_by
from mlm_tf.models.presets import PRESETS
from mlm_tf.models.registry import TASKS
from mlm_tf.models.seeding import seeded
from mlm_tf.models.text_model import TextModel, check_vocabulary_size, takes_argument
from mlm_tf.preprocessing import Pipeline

SIZE, SIZE_OR_NONE = Checked(check_integer), Checked(check_integer, optional=True)
FLAG = Checked(check_boolean)
POSITIONS = ("none", "learned", "sinusoidal", "rotary")
ARGUMENTS = {  # numbers, truth values and names, once presets and tasks have filled them up
    "embedding_dim": SIZE_OR_NONE,
    "embedding_trainable": FLAG,
    "positions": Checked(check_choice, optional=True, allowed=POSITIONS),
    "hidden_dim": SIZE_OR_NONE,
    "num_layers": SIZE,
    "num_heads": SIZE,
    "num_key_value_heads": SIZE_OR_NONE,
    "intermediate_dim": SIZE_OR_NONE,
    "sliding_window": SIZE_OR_NONE,
    "dropout": Checked(check_number, least=0, below=1),
    "bidirectional": FLAG,
    "max_sequence_length": SIZE_OR_NONE,
    "tie_weights": FLAG,
    "output_bias": FLAG,
    "seed": Checked(check_integer, optional=True, least=0),
    "rope_max_wavelength": Checked(check_number, above=0),
    "rope_scaling": Checked(check_rope_scaling, optional=True),
    "head_dim": SIZE_OR_NONE,
}
DEFAULTS = {  # where a preset says nothing
    "num_layers": 1,
    "num_heads": 4,
    "output_bias": True,
    "rope_max_wavelength": 10_000,
}
OF_ROTARY = ("rope_max_wavelength", "rope_scaling")  # what else changes nothing
# What `build_model` itself reads; and the heads, so that one call serves any architecture.
FOR_ANY_MODEL = ("architecture", "task", "num_layers", "num_heads", "positions", "seed")


def build_model(
    architecture: "str | Block | list[str | Block]",
    task: str = "causal_lm",
    vocabulary_size: int | None = None,
    pipeline: Pipeline | None = None,
    target_vocabulary_size: int | None = None,
    target_pipeline: Pipeline | None = None,
    embedding: "str | EmbeddingMatrix | np.ndarray | TokenEmbedding" = "random",
    embedding_dim: int | None = None,
    embedding_trainable: bool = True,
    positions: str | None = None,
    hidden_dim: int | None = None,
    num_layers: int | None = None,
    num_heads: int | None = None,
    num_key_value_heads: int | None = None,
    intermediate_dim: int | None = None,
    sliding_window: int | None = None,
    dropout: float = 0.0,
    bidirectional: bool | None = None,
    pooling: str | None = None,
    read_length: int | None = None,
    num_classes: int | None = None,
    label_names: "Sequence[str] | Sequence[int] | None" = None,
    max_sequence_length: int | None = None,
    tie_weights: bool = True,
    output_bias: bool | None = None,
    seed: int | None = None,
    rope_max_wavelength: float | None = None,
    rope_scaling: dict | None = None,
    head_dim: int | None = None,
) -> TextModel:
    """Build a Keras model from a name, or a list of names and blocks.

    The result trains with `compile` and `fit`, saves with `save`, loads with
    `keras.saving.load_model`, and nests in any Keras model. A `causal_lm` and a `seq2seq_lm` have
    `generate`, a `masked_lm` has `fill_mask`. `mlm_tf.estimate` takes the same arguments, and tells
    the size before anything is allocated.

    Where the model stands at the start: with a pipeline that has counted its words, the output
    bias is the logarithm of each word's frequency, so that the first prediction is the unigram
    model.

    Args:
        architecture: `"rnn"`, `"gru"`, `"lstm"`, `"attention"`, `"transformer"`, a model's own kind
            of that, `"llama"`, `"qwen3"` or `"bert"`, or a name given to `register_block`; a list
            of such names and of `Block` instances, one an item, bottom first (then `num_layers`
            does not apply); or a preset, whose numbers other arguments override: by size `"tiny"`,
            `"mini"`, `"small"`, `"medium"` or `"base"`, by the model whose shape it is `"gpt2"`,
            `"smollm2-135m"`, `"llama3.2-1b"`, `"qwen3-0.6b"` or `"bert-base"` (whose segments
            and head come with the tasks that have them).
        task: `"causal_lm"` (predict the next token), `"masked_lm"` (say what hidden tokens were),
            `"text_classifier"` (one label a text), `"counted_classifier"` (the same, beside what
            words and pairs are worth by their counts), `"token_classifier"` (one label a word),
            `"seq2seq_lm"` (write a text from another: an encoder and a decoder, each of this
            architecture), `"pointer_generator"` (the same, which may also copy what stands in the
            source), or a name given to `register_task`. Attention looks both ways but in a
            `causal_lm` and a decoder. A recurrent decoder begins where its encoder ended; in
            `["lstm", "cross_attention"]` it also reads all of the source.
        vocabulary_size: number of token ids; taken from the pipeline if there is one.
        pipeline: the `Pipeline` that makes the ids; it is saved inside the model.
        target_vocabulary_size: for `seq2seq_lm`, as `vocabulary_size` of what is written. Without
            it or a `target_pipeline` there is one vocabulary, and one table of word vectors.
        target_pipeline: for `seq2seq_lm`, the pipeline of what is written.
        embedding: `"random"`, or a matrix `(vocabulary_size, embedding_dim)`, for instance
            from `mlm_tf.embeddings.from_vectors`; or the table of another model, as
            `other.embedding`, which both then read and train. Each is saved with a copy of it.
        embedding_dim: length of a word vector; by default the matrix's, else `hidden_dim`.
        embedding_trainable: whether training changes the word vectors, an output table of its own
            aside. Freeze them first and release them later with
            `model.input_embedding.trainable = True` and a second `compile` and `fit`, as below.
        positions: how the blocks know the order: `"rotary"` (inside attention; the default where
            there is attention), `"learned"` (a vector for each of `max_sequence_length`),
            `"sinusoidal"`, or `"none"` (the default of recurrent stacks).
        hidden_dim: width of the blocks; by default `embedding_dim`, else 128.
        num_layers: how many blocks of the named architecture; by default 1.
        num_heads: heads of each attention block; divides `hidden_dim`, unless `head_dim` is given;
            by default 4.
        num_key_value_heads: heads of keys and values, which several query heads then share.
        intermediate_dim: width inside a `transformer`'s position-wise network; by default four
            times `hidden_dim`.
        sliding_window: how far back attention reads; by default everything.
        dropout: share of the embeddings and of each block's outputs set to zero in training.
        bidirectional: whether recurrent blocks, of a `seq2seq_lm` those of the encoder, read both
            ways; by default in a `masked_lm` and a `token_classifier`.
        pooling: for `text_classifier`, how the tokens become one vector: `"mean"` (the default),
            `"last"`, `"max"`, `"attention"` or `"tfidf"` (weighed by what `model.pooling.set_idf`
            is told).
        read_length: for `counted_classifier`, how many tokens of a row the network reads, from its
            start, while counting reads all; by default all.
        num_classes: for `text_classifier` and `token_classifier`, the number of labels.
        label_names: for these, what they are called, in the order of their numbers;
            without it `fit` learns names from its labels, or takes integers from 0.
        max_sequence_length: the most tokens that `generate` may reach.
        tie_weights: whether the scores over the vocabulary use the embedding's table.
        output_bias: whether each word has a number of its own added to its score; by default yes.
        seed: makes the starting weights (and dropout) repeatable.
        rope_max_wavelength: of rotary positions the base of their periods; by default 10,000.
        rope_scaling: how these are stretched, for texts longer than a model was trained on; see
            `layers.SelfAttention`. By default not at all.
        head_dim: width of an attention head; by default `hidden_dim / num_heads`.

    Returns:
        A `CausalLM`, `MaskedLM`, `Seq2SeqLM`, `PointerGenerator`, `TextClassifier`,
        `CountedClassifier` or `TokenClassifier`, or a model of one's own task, built, not compiled.

    Raises:
        InvalidArgumentError: one sentence naming the argument, for every value above that
            cannot work, or would change nothing.

    Example:

    >>> import numpy as np
    >>> model = build_model("attention", vocabulary_size=50, hidden_dim=16, num_layers=2, seed=0)
    >>> model.compile("adam")
    >>> ids = np.random.default_rng(0).integers(0, 50, size=(8, 12))
    >>> history = model.fit(ids[:, :-1], ids[:, 1:], verbose=0)
    >>> model(ids[:, :-1]).shape
    TensorShape([8, 11, 50])

    Given vectors, frozen while the rest learns what to do with them, and then released to be fitted
    to the task at a lower rate:

    >>> import keras
    >>> from mlm_tf import TextPipeline, embeddings
    >>> texts = ["the cat sat on the mat", "the dog sat on the log"] * 8
    >>> pipeline = TextPipeline.fit(texts)
    >>> matrix = embeddings.from_word2vec(texts, pipeline, embedding_dim=4, progress=False)
    >>> model = build_model(
    ...     "lstm", pipeline=pipeline, embedding=matrix, embedding_trainable=False, hidden_dim=8
    ... )
    >>> windows = pipeline.windows(texts, length=6, batch_size=4)
    >>> has_moved = []
    >>> for is_trainable, rate in ((False, 0.01), (True, 0.001)):
    ...     model.input_embedding.trainable = is_trainable
    ...     model.compile(keras.optimizers.Adam(rate))
    ...     history = model.fit(windows, verbose=0)
    ...     vectors = keras.ops.convert_to_numpy(model.input_embedding.embeddings)
    ...     has_moved.append(bool((vectors != matrix.values).any()))
    >>> has_moved
    [False, True]
    """
    settings = _checked_settings({**locals()})
    with seeded(settings["seed"]):
        model = TASKS[task].from_settings(settings)
    if settings["matrix"] is not None:
        model.input_embedding.set_matrix(settings["matrix"])
    return model


# === What it is given ===


def _checked_settings(arguments: dict) -> dict:
    """The arguments of `build_model` by their names, checked as far as every task has them.

    Beside them there are `items`, the names and blocks of the stack, bottom first; `causal`,
    whether blocks look at no later position; `cross_attention`, whether they read a source, which
    is false; and `matrix`, the starting values of `embedding`, which itself is the table of another
    model, or `None`.

    Raises:
        InvalidArgumentError: for every value that cannot work, whatever the task; for one that
            would change nothing; and for one that another task takes and this does not.
    """
    architecture, task = arguments["architecture"], arguments["task"]
    if not isinstance(task, str) or task not in TASKS:
        raise InvalidArgumentError(f"task={shown(task)} is not known; use one of {sorted(TASKS)}.")
    preset = PRESETS.get(architecture, {}) if isinstance(architecture, str) else {}
    filled = {**DEFAULTS, "bidirectional": TASKS[task].bidirectional, **preset}
    if arguments["pipeline"] is not None:
        filled.pop("vocabulary_size", None)
    given = {n: filled.get(n) if value is None else value for n, value in arguments.items()}
    settings = {**preset, **given}  # a preset may tell more than the arguments here
    settings |= checked(ARGUMENTS, settings)
    settings["vocabulary_size"] = check_vocabulary_size(
        settings["vocabulary_size"], settings["pipeline"]
    )
    settings |= {"causal": TASKS[task].causal, "cross_attention": False}
    if settings["bidirectional"] and settings["causal"]:
        raise InvalidArgumentError(
            f"bidirectional=True looks ahead, and a {task} predicts what stands ahead; leave it "
            "out, or choose another task."
        )
    settings |= vectors(settings)
    architecture = preset.get("architecture", architecture)
    settings["items"] = _architecture_items(architecture, settings["num_layers"])
    asked = asked_by(settings["items"])
    settings["positions"] = _check_positions(settings, "positions" in asked)
    parameters = inspect.signature(build_model).parameters
    for name, value in arguments.items():
        if value is not parameters[name].default and name not in FOR_ANY_MODEL:
            _check_use(name, value, task, asked)
            _check_turns(name, value, settings["positions"])
    return settings


def vectors(settings: dict) -> dict:
    """The table of another model, or the matrix that the word vectors begin with; and the width of
    the blocks and of the word vectors, each by default the other's."""
    embedding, table, matrix, dim = settings["embedding"], None, None, settings["embedding_dim"]
    if isinstance(embedding, TokenEmbedding):
        _check_table(embedding, settings)
        table, dim = embedding, embedding.output_dim
    elif not isinstance(embedding, str) or embedding != "random":
        matrix = _check_matrix(embedding, settings)
        dim = matrix.shape[1]
    hidden_dim = settings["hidden_dim"] or dim or 128
    dim = hidden_dim if dim is None else dim
    return {"embedding": table, "matrix": matrix, "hidden_dim": hidden_dim, "embedding_dim": dim}


def _architecture_items(architecture, num_layers: int) -> list[str | Block]:
    """The names and blocks of a stack, bottom first."""
    if isinstance(architecture, str):
        architecture = [*BEFORE.get(architecture, ()), *[architecture] * num_layers]
    elif not isinstance(architecture, (list, tuple)):
        architecture = [architecture]
    if not architecture:
        raise InvalidArgumentError("architecture=[] has no block; name at least one.")
    for item in architecture:
        if not isinstance(item, Block) and not (isinstance(item, str) and item in ARCHITECTURES):
            names = sorted({*ARCHITECTURES, *PRESETS})
            raise InvalidArgumentError(
                f"architecture={shown(item)} is not known; use one of {names}, a Block instance, "
                "or a list of these (no preset in a list)."
            )
    return list(architecture)


def _check_positions(settings: dict, turns: bool) -> str:
    """By default rotary where there is attention to turn, else none."""
    positions = settings["positions"]
    if positions is None:
        return "rotary" if turns else "none"
    if positions == "rotary" and not turns:
        raise InvalidArgumentError(
            "positions='rotary' turns the queries and keys of attention, and the architecture "
            "names no block that has them; use 'learned', 'sinusoidal' or 'none', or tell a Block "
            "instance of your own."
        )
    if positions == "learned" and settings["max_sequence_length"] is None:
        raise InvalidArgumentError(
            "positions='learned' has a vector for each position, and max_sequence_length=None does "
            "not say how many; pass max_sequence_length."
        )
    return positions


def _check_use(name: str, value, task: str, asked: set[str]) -> None:
    """Raise for what was given and changes nothing: neither the task nor a named block takes it."""
    if takes_argument(TASKS[task], name):
        return
    if name in BLOCK_SETTINGS:
        if value is not False and name not in asked:
            raise InvalidArgumentError(
                f"{name}={shown(value)} changes nothing, since the architecture names no block "
                "that takes it; leave it out, or tell a Block instance of your own."
            )
    else:
        tasks = [repr(other) for other, kind in TASKS.items() if takes_argument(kind, name)]
        raise InvalidArgumentError(
            f"{name}={shown(value)} is for task={' or '.join(tasks)}, and task={task!r} has no "
            "use for it; leave it out."
        )


def _check_turns(name: str, value, positions: str) -> None:
    """Raise for what was said of rotary positions where there are none."""
    if name in OF_ROTARY and positions != "rotary":
        raise InvalidArgumentError(
            f"{name}={shown(value)} is of rotary positions, and positions={positions!r} has none "
            "of them; leave one of the two out."
        )


def _check_table(table: TokenEmbedding, settings: dict) -> None:
    """Raise if a table that another model has too does not fit this one."""
    vocabulary_size, embedding_dim = settings["vocabulary_size"], settings["embedding_dim"]
    if table.input_dim != vocabulary_size:
        raise InvalidArgumentError(
            f"embedding is a table of {table.input_dim} rows, but the vocabulary has "
            f"{vocabulary_size} tokens; models that share a table have one vocabulary."
        )
    if embedding_dim not in (None, table.output_dim):
        raise InvalidArgumentError(
            f"embedding_dim={embedding_dim}, but the vectors of the table that is shared "
            f"have {table.output_dim} numbers; leave embedding_dim out."
        )
    if not settings["embedding_trainable"]:
        raise InvalidArgumentError(
            "embedding_trainable=False would freeze the table for the model that it is shared with "
            "as well; leave it out, and set trainable=False on that table if that is meant."
        )


def _check_matrix(embedding, settings: dict) -> np.ndarray:
    """The starting matrix of the embedding."""
    vocabulary_size, pipeline = settings["vocabulary_size"], settings["pipeline"]
    if isinstance(embedding, str):
        raise InvalidArgumentError(
            f"embedding={embedding!r} is not known; use 'random' or a matrix, for instance from "
            "mlm_tf.embeddings.from_vectors."
        )
    if (
        isinstance(embedding, EmbeddingMatrix)
        and pipeline is not None
        and embedding.vocabulary != pipeline.vocabulary
    ):
        raise InvalidArgumentError(
            f"embedding was made for another vocabulary ({len(embedding.vocabulary)} tokens) "
            f"than the pipeline's ({pipeline.vocabulary_size}), so its rows belong to other "
            "words; make it from pipeline.vocabulary."
        )
    try:
        matrix = np.asarray(embedding)
    except ValueError:  # rows of different lengths
        matrix = np.empty(0)
    if matrix.ndim != 2 or matrix.shape[0] != vocabulary_size:
        raise InvalidArgumentError(
            f"embedding has shape {matrix.shape}, but the vocabulary has {vocabulary_size} tokens; "
            f"its shape must be ({vocabulary_size}, embedding_dim)."
        )
    if matrix.dtype.kind not in "fiu" or not np.isfinite(matrix).all():
        raise InvalidArgumentError(
            "embedding holds NaN, infinity or something that is no number; every number must be "
            "finite."
        )
    if settings["embedding_dim"] not in (None, matrix.shape[1]):
        raise InvalidArgumentError(
            f"embedding_dim={settings['embedding_dim']}, but the embedding matrix has "
            f"{matrix.shape[1]} columns; leave embedding_dim out."
        )
    return matrix
