"""What `build_model` was given, checked and filled up: a task's class makes its model of it. What
cannot be is refused in one sentence."""

import inspect
from collections.abc import Callable

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
from mlm_tf.models.architectures import ARCHITECTURES, BLOCK_SETTINGS, asked_by
from mlm_tf.models.presets import PRESETS
from mlm_tf.models.registry import TASKS
from mlm_tf.models.text_model import takes_argument
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
}
DEFAULTS = {"num_layers": 1, "num_heads": 4, "output_bias": True}  # where a preset says nothing
# What `build_model` itself reads; and the heads, so that one call serves any architecture.
FOR_ANY_MODEL = ("architecture", "task", "num_layers", "num_heads", "positions", "seed")


def checked_settings(build_model: Callable, arguments: dict) -> dict:
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
    settings = {n: filled.get(n) if value is None else value for n, value in arguments.items()}
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
    settings["items"] = architecture_items(architecture, settings["num_layers"])
    asked = asked_by(settings["items"])
    settings["positions"] = check_positions(settings, "positions" in asked)
    parameters = inspect.signature(build_model).parameters
    for name, value in arguments.items():
        if value is not parameters[name].default and name not in FOR_ANY_MODEL:
            check_use(name, value, task, asked)
    return settings


def check_vocabulary_size(
    size, pipeline, name: str = "vocabulary_size", pipeline_name: str = "pipeline"
) -> int:
    if pipeline is not None:
        if not isinstance(pipeline, Pipeline):
            raise InvalidArgumentError(
                f"{pipeline_name}={shown(pipeline)} is no pipeline; pass what "
                "TextPipeline.fit(...) gives."
            )
        if size not in (None, pipeline.vocabulary_size):
            raise InvalidArgumentError(
                f"{name}={size}, but the {pipeline_name} knows {pipeline.vocabulary_size} tokens; "
                f"leave {name} out."
            )
        return pipeline.vocabulary_size
    return check_integer(name, size, why=f", or pass a {pipeline_name}")


def vectors(settings: dict) -> dict:
    """The table of another model, or the matrix that the word vectors begin with; and the width of
    the blocks and of the word vectors, each by default the other's."""
    embedding, table, matrix, dim = settings["embedding"], None, None, settings["embedding_dim"]
    if isinstance(embedding, TokenEmbedding):
        check_table(embedding, settings)
        table, dim = embedding, embedding.output_dim
    elif not isinstance(embedding, str) or embedding != "random":
        matrix = check_matrix(embedding, settings)
        dim = matrix.shape[1]
    hidden_dim = settings["hidden_dim"] or dim or 128
    dim = hidden_dim if dim is None else dim
    return {"embedding": table, "matrix": matrix, "hidden_dim": hidden_dim, "embedding_dim": dim}


def architecture_items(architecture, num_layers: int) -> list[str | Block]:
    """The names and blocks of a stack, bottom first."""
    if isinstance(architecture, str):
        architecture = [architecture] * num_layers
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


def check_positions(settings: dict, turns: bool) -> str:
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


def check_use(name: str, value, task: str, asked: set[str]) -> None:
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


def check_table(table: TokenEmbedding, settings: dict) -> None:
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


def check_matrix(embedding, settings: dict) -> np.ndarray:
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
