"""What the arguments of `build_model` must be; what is not is refused in one sentence."""

import inspect
from collections.abc import Callable

import numpy as np

from mlm_tf.checks import check_choice, check_integer, shown
from mlm_tf.embeddings import EmbeddingMatrix
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers import Block
from mlm_tf.models.registry import (
    ARCHITECTURES,
    BLOCK_SETTINGS,
    TASKS,
    architecture_names,
    takes,
    takes_argument,
)
from mlm_tf.preprocessing import Pipeline
from mlm_tf.preprocessing.labels import check_label_names

POSITIONS = ("none", "learned", "sinusoidal", "rotary")
# What `build_model` itself reads; and the heads, so that one call serves any architecture.
FOR_ANY_MODEL = ("architecture", "task", "num_layers", "num_heads", "positions", "seed")


def given(function: Callable, arguments: dict) -> set[str]:
    """The names of the arguments that are others than a function's defaults."""
    parameters = inspect.signature(function).parameters
    return {name for name, value in arguments.items() if value is not parameters[name].default}


def check_task(task) -> type:
    """The class of a task."""
    if not isinstance(task, str) or task not in TASKS:
        raise InvalidArgumentError(f"task={shown(task)} is not known; use one of {sorted(TASKS)}.")
    return TASKS[task]


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
            raise InvalidArgumentError(
                f"architecture={shown(item)} is not known; use one of {architecture_names()}, a "
                "Block instance, or a list of these (no preset in a list)."
            )
    return list(architecture)


def check_positions(positions: str | None, items: list, max_sequence_length: int | None) -> str:
    """By default rotary where there is attention to turn, else none."""
    turns = any(isinstance(item, str) and takes(item, "positions") for item in items)
    if positions is None:
        return "rotary" if turns else "none"
    check_choice("positions", positions, POSITIONS)
    if positions == "rotary" and not turns:
        raise InvalidArgumentError(
            "positions='rotary' turns the queries and keys of attention, and the architecture "
            "names no block that has them; use 'learned', 'sinusoidal' or 'none', or tell a Block "
            "instance of your own."
        )
    if positions == "learned" and max_sequence_length is None:
        raise InvalidArgumentError(
            "positions='learned' has a vector for each position, and max_sequence_length=None does "
            "not say how many; pass max_sequence_length."
        )
    return positions


def check_looks_ahead(settings: dict) -> None:
    """Raise if blocks of a task that predicts what stands ahead shall read it."""
    if settings["bidirectional"] and settings["causal"]:
        raise InvalidArgumentError(
            f"bidirectional=True looks ahead, and a {settings['task']} predicts what stands ahead; "
            "leave it out, or choose another task."
        )


def check_use(items: list, task: str, given: dict) -> None:
    """Raise for what was given and changes nothing: no task or named block here takes it."""
    for name, value in given.items():
        if takes_argument(TASKS[task], name) or name in FOR_ANY_MODEL:
            continue
        if name in BLOCK_SETTINGS:
            is_taken = any(isinstance(item, str) and takes(item, name) for item in items)
            if value is not False and not is_taken:
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
    if isinstance(size, bool) or not isinstance(size, (int, np.integer)) or size < 1:
        raise InvalidArgumentError(
            f"{name}={size!r} is not allowed; pass an integer >= 1, or a {pipeline_name}."
        )
    return int(size)


def check_target(settings: dict) -> dict:
    """What a `Seq2SeqLM` is told of its two vocabularies: one, if nothing tells them apart."""
    pipeline, target_pipeline = settings["pipeline"], settings["target_pipeline"]
    target_vocabulary_size = settings["target_vocabulary_size"]
    is_one = target_vocabulary_size is None and target_pipeline is None
    if is_one or (pipeline is not None and target_pipeline is pipeline):
        return {"target_pipeline": None}
    if pipeline is not None and target_pipeline is None:
        raise InvalidArgumentError(
            f"target_vocabulary_size={target_vocabulary_size} and a pipeline for the source alone "
            "leave nothing to write the target with; pass target_pipeline."
        )
    size = check_vocabulary_size(
        target_vocabulary_size, target_pipeline, "target_vocabulary_size", "target_pipeline"
    )
    return {
        "vocabulary_size": size,
        "source_vocabulary_size": settings["vocabulary_size"],
        "target_pipeline": target_pipeline,
    }


def check_table(table, vocabulary_size, embedding_dim, embedding_trainable) -> int:
    """The `embedding_dim` of a table that another model has too."""
    if table.input_dim != vocabulary_size:
        raise InvalidArgumentError(
            f"embedding is a table of {table.input_dim} rows, but the vocabulary has "
            f"{vocabulary_size} tokens; models that share a table have one vocabulary."
        )
    if embedding_dim not in (None, table.output_dim):
        raise InvalidArgumentError(
            f"embedding_dim={shown(embedding_dim)}, but the vectors of the table that is shared "
            f"have {table.output_dim} numbers; leave embedding_dim out."
        )
    if embedding_trainable is not True:
        raise InvalidArgumentError(
            "embedding_trainable=False would freeze the table for the model that it is shared with "
            "as well; leave it out, and set trainable=False on that table if that is meant."
        )
    return table.output_dim


def check_tied(table, tie_weights: bool) -> None:
    """Raise if the shared table has one of scores beside it and the model none, or vice versa."""
    if table.tie_weights and not tie_weights:
        raise InvalidArgumentError(
            "tie_weights=False asks for a table of scores, and the table that is shared has none "
            "beside it; leave it out."
        )
    if tie_weights and not table.tie_weights:
        raise InvalidArgumentError(
            "embedding is a table with one of scores beside it; pass tie_weights=False to share "
            "both (a source of its own vocabulary has no scores, and can share neither)."
        )


def check_matrix(embedding, vocabulary_size, pipeline) -> np.ndarray | None:
    """The starting matrix of the embedding, or `None` for a random one."""
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
    return matrix


def check_dims(hidden_dim, embedding_dim, matrix: np.ndarray | None) -> tuple[int, int]:
    """The width of the blocks and of the word vectors, each by default the other's."""
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
    return check_integer("hidden_dim", hidden_dim), check_integer("embedding_dim", embedding_dim)


def check_labels(num_classes, label_names) -> dict:
    """How many classes a classifier has, and their names, if they are given."""
    if label_names is None:
        why = ", or pass the label_names"
        return {"num_classes": check_integer("num_classes", num_classes, 2, why)}
    names = check_label_names(label_names)
    if num_classes not in (None, len(names)):
        raise InvalidArgumentError(
            f"num_classes={shown(num_classes)}, but label_names has {len(names)} names; leave "
            "num_classes out."
        )
    return {"num_classes": len(names), "label_names": names}
