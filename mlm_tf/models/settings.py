"""What `build_model` was given, checked and filled up: a task's class makes its model of it."""

from collections.abc import Collection

from mlm_tf.checks import check_boolean, check_integer, check_number
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers import Block, LearnedPositions, SinusoidalPositions, TokenEmbedding
from mlm_tf.layers.sharing import copies_of
from mlm_tf.models.arguments import (
    architecture_items,
    check_dims,
    check_looks_ahead,
    check_matrix,
    check_positions,
    check_table,
    check_use,
    check_vocabulary_size,
)
from mlm_tf.models.presets import PRESETS
from mlm_tf.models.registry import arguments_of, build_block

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
