"""`build_model`: a thin registry over short builders, each of which reads like its model."""

import contextlib
import random

import numpy as np

from mlm_tf.embeddings import EmbeddingMatrix
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers import LSTM, Block, Residual, SelfAttention
from mlm_tf.models.causal_lm import CausalLM
from mlm_tf.models.text_classifier import TextClassifier
from mlm_tf.models.text_model import TextModel
from mlm_tf.preprocessing import TextPipeline
from mlm_tf.preprocessing.checks import check_integer

# === One builder an architecture: (settings) -> one block ===


def lstm_block(hidden_dim, dropout, **_) -> Block:
    """A recurrence over the sequence; `hidden_dim` units."""
    return LSTM(hidden_dim, dropout=dropout)


def attention_block(hidden_dim, dropout, num_heads, causal, **_) -> Block:
    """Self-attention in a residual connection. Rotary positions and RMS-normalised queries and
    keys are the recipe that trained best here (see docs/design.md)."""
    return Residual(SelfAttention(hidden_dim, num_heads, causal=causal, qk_norm=True), dropout)


ARCHITECTURES = {"lstm": lstm_block, "attention": attention_block}
TASKS = {"causal_lm": CausalLM, "text_classifier": TextClassifier}


def build_model(
    architecture: "str | list[str | Block]",
    task: str = "causal_lm",
    vocabulary_size: int | None = None,
    pipeline: TextPipeline | None = None,
    embedding: "str | EmbeddingMatrix | np.ndarray" = "random",
    embedding_dim: int | None = None,
    embedding_trainable: bool = True,
    hidden_dim: int | None = None,
    num_layers: int = 1,
    num_heads: int = 4,
    dropout: float = 0.0,
    num_classes: int | None = None,
    max_sequence_length: int | None = None,
    tie_weights: bool = True,
    seed: int | None = None,
) -> TextModel:
    """Build a Keras model from a name, or a list of names and blocks.

    The result trains with `compile` and `fit`, saves with `save`, loads with
    `keras.saving.load_model`, and nests in any Keras model. A `causal_lm` also has `generate`.

    Where the model stands at the start: with a pipeline, the output bias of a `causal_lm` is the
    logarithm of each word's frequency, so that its first prediction is the unigram model.

    Args:
        architecture: `"lstm"`, `"attention"`, or a list of such names and of `Block` instances,
            one an item, bottom first (then `num_layers` does not apply).
        task: `"causal_lm"` (predict the next token) or `"text_classifier"` (one label a text;
            attention then looks both ways).
        vocabulary_size: number of token ids; taken from the pipeline if there is one.
        pipeline: the `TextPipeline` that makes the ids; it is saved inside the model.
        embedding: `"random"`, or a matrix `(vocabulary_size, embedding_dim)`, for instance
            from `mlm_tf.embeddings.from_vectors`.
        embedding_dim: length of a word vector; by default the matrix's, else `hidden_dim`.
        embedding_trainable: whether training changes the word vectors, an output table of its own
            aside. Freeze them first and release them later with `model.embedding.trainable = True`
            and a second `compile` and `fit`, as below.
        hidden_dim: width of the blocks; by default `embedding_dim`, else 128.
        num_layers: how many blocks of the named architecture.
        num_heads: heads of each attention block; divides `hidden_dim`.
        dropout: share of the embeddings and of each block's outputs set to zero in training.
        num_classes: for `text_classifier`, the number of labels.
        max_sequence_length: the most tokens that `generate` may reach.
        tie_weights: for `causal_lm`, whether the output uses the embedding's table.
        seed: makes the starting weights (and dropout) repeatable.

    Returns:
        A `CausalLM` or a `TextClassifier`, built, not compiled.

    Raises:
        InvalidArgumentError: one sentence naming the argument, for every value above that
            cannot work.

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
    ...     model.embedding.trainable = is_trainable
    ...     model.compile(keras.optimizers.Adam(rate))
    ...     history = model.fit(windows, verbose=0)
    ...     vectors = keras.ops.convert_to_numpy(model.embedding.embeddings)
    ...     has_moved.append(bool((vectors != matrix.values).any()))
    >>> has_moved
    [False, True]
    """
    if task not in TASKS:
        raise InvalidArgumentError(f"task={task!r} is not known; use one of {sorted(TASKS)}.")
    vocabulary_size = _vocabulary_size(vocabulary_size, pipeline)
    matrix = _matrix(embedding, vocabulary_size, pipeline)
    if matrix is not None:
        if embedding_dim not in (None, matrix.shape[1]):
            raise InvalidArgumentError(
                f"embedding_dim={embedding_dim}, but the embedding matrix has "
                f"{matrix.shape[1]} columns; leave embedding_dim out."
            )
        embedding_dim = matrix.shape[1]
    if hidden_dim is None:
        hidden_dim = 128 if embedding_dim is None else embedding_dim
    if embedding_dim is None:
        embedding_dim = hidden_dim
    for name, value in (
        ("hidden_dim", hidden_dim),
        ("embedding_dim", embedding_dim),
        ("num_layers", num_layers),
        ("num_heads", num_heads),
    ):
        check_integer(name, value)
    if isinstance(dropout, str) or not 0 <= dropout < 1:
        raise InvalidArgumentError(f"dropout={dropout!r} is not allowed; use 0 <= dropout < 1.")
    task_settings = _task_settings(task, num_classes, tie_weights)

    if isinstance(architecture, str):
        architecture = [architecture] * num_layers
    elif not isinstance(architecture, (list, tuple)):
        architecture = [architecture]
    with seeded(seed):
        blocks = _blocks(
            architecture,
            hidden_dim=hidden_dim,
            dropout=dropout,
            num_heads=num_heads,
            causal=task == "causal_lm",
        )
        model = TASKS[task](
            vocabulary_size=vocabulary_size,
            embedding_dim=embedding_dim,
            hidden_dim=hidden_dim,
            blocks=blocks,
            embedding_trainable=embedding_trainable,
            dropout=dropout,
            max_sequence_length=max_sequence_length,
            pipeline=pipeline,
            **task_settings,
        )
    if matrix is not None:
        model.embedding.set_matrix(matrix)
    if task == "causal_lm" and pipeline is not None:
        model.output_bias.bias.assign(_log_frequencies(pipeline.counts))
    return model


@contextlib.contextmanager
def seeded(seed: int | None):
    """Repeatable starting weights without touching anybody else's random numbers.

    Keras draws the seed of every initializer and dropout layer from Python's `random`.
    """
    if seed is None:
        yield
        return
    before = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(before)


def _blocks(architectures, **settings) -> list[Block]:
    blocks = []
    for architecture in architectures:
        if isinstance(architecture, Block):
            blocks.append(architecture)
        elif isinstance(architecture, str) and architecture in ARCHITECTURES:
            blocks.append(ARCHITECTURES[architecture](**settings))
        else:
            raise InvalidArgumentError(
                f"architecture={architecture!r} is not known; use one of "
                f"{sorted(ARCHITECTURES)}, a Block instance, or a list of these."
            )
    if not blocks:
        raise InvalidArgumentError("architecture=[] has no block; name at least one.")
    return blocks


def _vocabulary_size(vocabulary_size, pipeline) -> int:
    if pipeline is not None:
        if vocabulary_size not in (None, pipeline.vocabulary_size):
            raise InvalidArgumentError(
                f"vocabulary_size={vocabulary_size}, but the pipeline knows "
                f"{pipeline.vocabulary_size} tokens; leave vocabulary_size out."
            )
        return pipeline.vocabulary_size
    if not isinstance(vocabulary_size, (int, np.integer)) or vocabulary_size < 1:
        raise InvalidArgumentError(
            f"vocabulary_size={vocabulary_size!r} is not allowed; pass an integer >= 1, or a "
            "pipeline."
        )
    return int(vocabulary_size)


def _matrix(embedding, vocabulary_size, pipeline) -> np.ndarray | None:
    if isinstance(embedding, str):
        if embedding != "random":
            raise InvalidArgumentError(
                f"embedding={embedding!r} is not known; use 'random' or a matrix, for instance "
                "from mlm_tf.embeddings.from_vectors."
            )
        return None
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
    matrix = np.asarray(embedding)
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
    return matrix


def _task_settings(task, num_classes, tie_weights) -> dict:
    if task == "causal_lm":
        return {"tie_weights": tie_weights}
    if not isinstance(num_classes, (int, np.integer)) or num_classes < 2:
        raise InvalidArgumentError(
            f"num_classes={num_classes!r} is not allowed for a text_classifier; use an "
            "integer >= 2."
        )
    return {"num_classes": int(num_classes)}


def _log_frequencies(counts) -> np.ndarray:
    """Log of the share of each token, tokens never seen counting as half an occurrence."""
    counts = np.maximum(np.asarray(counts, "float64"), 0.5)
    return np.log(counts / counts.sum()).astype("float32")
