"""What `build_model` was given, checked and filled up: a task's class makes its model of it. What
cannot be is refused in one sentence."""

import inspect
from collections.abc import Callable, Collection

import numpy as np

from mlm_tf.checks import check_boolean, check_choice, check_integer, check_number, shown
from mlm_tf.embeddings import EmbeddingMatrix
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers import Block, LearnedPositions, SinusoidalPositions, TokenEmbedding
from mlm_tf.layers.sharing import copies_of
from mlm_tf.models.presets import PRESETS
from mlm_tf.models.registry import (
    ARCHITECTURES,
    BLOCK_SETTINGS,
    TASKS,
    architecture_names,
    arguments_of,
    build_block,
    takes,
    takes_argument,
)
from mlm_tf.preprocessing import Pipeline

POSITIONS = ("none", "learned", "sinusoidal", "rotary")
# What `build_model` itself reads; and the heads, so that one call serves any architecture.
FOR_ANY_MODEL = ("architecture", "task", "num_layers", "num_heads", "positions", "seed")
DEFAULTS = {"num_layers": 1, "num_heads": 4, "output_bias": True}  # where a preset says nothing


class ModelSettings(dict):
    """The arguments of `build_model` by their names, checked as far as every task has them.

    Beside them there are `items`, the names and blocks of the stack, bottom first; `causal`,
    whether blocks look at no later position; `cross_attention`, whether they read a source, which
    is false; and `matrix`, the starting values of `embedding`, which itself is the table of another
    model, or `None`.
    """

    def but(self, **others) -> "ModelSettings":
        """The same, some of them otherwise."""
        return ModelSettings({**self, **others})

    def stack(self, prefix: str = "") -> list[Block]:
        """The blocks, bottom first, each named after its architecture and place."""
        positions, blocks = self["positions"], []
        if positions == "learned":
            length = self["max_sequence_length"]
            blocks = [LearnedPositions(length, name=f"{prefix}learned_positions")]
        elif positions == "sinusoidal":
            blocks = [SinusoidalPositions(name=f"{prefix}sinusoidal_positions")]
        inside = self.but(positions="rotary" if positions == "rotary" else None)
        taken = {item.name for item in self["items"] if isinstance(item, Block)}
        for index, item in enumerate(self["items"]):
            if isinstance(item, str):
                name = free_name(f"{prefix}{item}", index, taken)
                item = build_block(item, {**inside, "name": name})
            blocks.append(item)
        return blocks

    def taken_by(self, task_class) -> dict:
        """Those that the constructors of a class name; what was not given is left to them."""
        taken = {}
        for name, parameter in arguments_of(task_class).items():
            if self.get(name) is not None:
                taken[name] = self[name]
            elif parameter.default is parameter.empty and name != "blocks":
                why = "has to be given; pass it to build_model"
                if name not in self:
                    why = f"build_model does not know; let {task_class.__name__} give it a default"
                raise InvalidArgumentError(f"task={self['task']!r} asks for {name}, which {why}.")
        return taken


def checked_settings(task_class, arguments: dict, given: Collection[str]) -> ModelSettings:
    """The arguments of `build_model`, of which the caller has given those named.

    Raises:
        InvalidArgumentError: for every value that cannot work, whatever the task; for one that
            would change nothing; and for one that another task takes and this does not.
    """
    architecture, pipeline = arguments["architecture"], arguments["pipeline"]
    preset = PRESETS.get(architecture, {}) if isinstance(architecture, str) else {}
    filled = {**DEFAULTS, "bidirectional": task_class.bidirectional, **preset}
    if pipeline is not None:
        filled.pop("vocabulary_size", None)
    settings = ModelSettings(
        {name: filled.get(name) if value is None else value for name, value in arguments.items()}
    )
    settings["causal"], settings["cross_attention"] = task_class.causal, False
    settings["vocabulary_size"] = check_vocabulary_size(settings["vocabulary_size"], pipeline)
    settings |= checked_vectors(settings)
    num_layers = check_integer("num_layers", settings["num_layers"])
    items = architecture_items(preset.get("architecture", architecture), num_layers)
    settings["items"] = items
    settings["positions"] = check_positions(
        settings["positions"], items, settings["max_sequence_length"]
    )
    settings["num_heads"] = check_integer("num_heads", settings["num_heads"])
    settings["dropout"] = check_number("dropout", settings["dropout"], least=0, below=1)
    for name in ("bidirectional", "embedding_trainable", "tie_weights", "output_bias"):
        settings[name] = check_boolean(name, settings[name])
    check_looks_ahead(settings)
    check_use(items, settings["task"], {name: arguments[name] for name in given})
    return settings


def checked_vectors(settings: ModelSettings) -> dict:
    """The widths, and the table of another model or the matrix that the word vectors begin with."""
    embedding, size = settings["embedding"], settings["vocabulary_size"]
    table, matrix, dim = None, None, settings["embedding_dim"]
    if isinstance(embedding, TokenEmbedding):
        table = embedding
        dim = check_table(table, size, dim, settings["embedding_trainable"])
    else:
        matrix = check_matrix(embedding, size, settings["pipeline"])
    hidden_dim, dim = check_dims(settings["hidden_dim"], dim, matrix)
    return {"embedding": table, "matrix": matrix, "hidden_dim": hidden_dim, "embedding_dim": dim}


# === What each argument must be ===


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
    return check_integer(name, size, why=f", or pass a {pipeline_name}")


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


# === Blocks ===


def with_copies(items: list, prefix: str = "") -> list:
    """The same items, with another block, made from its config, for each block instance."""
    copies = iter(copies_of([item for item in items if isinstance(item, Block)], prefix))
    return [next(copies) if isinstance(item, Block) else item for item in items]


def free_name(base: str, index: int, taken: set[str]) -> str:
    """The architecture and its place, or a later one if a block instance has that name."""
    while f"{base}_{index}" in taken:
        index += 1
    taken.add(f"{base}_{index}")
    return f"{base}_{index}"
