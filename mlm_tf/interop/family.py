"""What a family of checkpoints says of itself to be read and written, and all that there are."""

import contextlib
import inspect
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import ClassVar

import keras

from mlm_tf.checks import Checked, check_integer, checked, shown
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.interop.tensors import Tensor
from mlm_tf.layers import Block, Transformer
from mlm_tf.models.language_model import CausalLM
from mlm_tf.models.text_model import TextModel

FAMILIES: "dict[str, Family]" = {}  # by the model_type of a config.json
_SPECIAL_IDS = ("bos_token_id", "eos_token_id", "pad_token_id")
_UNPREFIXED = ("lm_head.", "cls.")  # what stands beside the trunk in a checkpoint
_OF_EVERY_LAYER = {"name", "trainable", "dtype", "sublayers"}  # in a config, besides its settings


class Family:
    """Base class: a kind of checkpoint, told by the `model_type` of its configuration.

    A subclass is one file that reads like the card of the model: what an entry of `config.json`
    means where it is left out, which entries are checked and how, what is not built here; the
    blocks and the model that a configuration says; and of every tensor its name, its shape and the
    variable that it is. `@register_family("its_model_type")` makes `from_huggingface` read it.
    With `is_like` and `settings_of`, the way back, `to_huggingface` writes it too.

    Attributes:
        title: how messages call the model.
        architecture: the class of `transformers` that reads what is written.
        defaults: of its configuration, what an entry that is left out means.
        entries: by their names, what entries may be.
        required: entries that may have one value alone; another is refused by name.
        length: the entry that says how many positions there are.
        prefixes: what names of tensors may begin with; the last is written.
        left_out: the names of tensors that are no weights, or not of the model built here.
        words: the name of the table of word vectors.
        output: the name of the table of scores, in files that have one.

    Example: `docs/extending.md` adds a family from outside.

    >>> FAMILIES["llama"].title
    'Llama'
    """

    title: ClassVar[str]
    architecture: ClassVar[str]
    defaults: ClassVar[dict] = {}
    entries: ClassVar[dict[str, Checked]] = {}
    required: ClassVar[dict] = {}
    length: ClassVar[str] = "max_position_embeddings"
    prefixes: ClassVar[tuple[str, ...]] = ()
    left_out: ClassVar[re.Pattern] = re.compile("(?!)")
    words: ClassVar[str]
    output: ClassVar[str] = "lm_head.weight"

    # === The configuration ===

    def checked(self, given: dict) -> dict:
        """A configuration with its defaults filled in.

        Raises:
            InvalidArgumentError: for an entry that cannot be, or asks for what is not built here.
        """
        config = {**dict.fromkeys((*_SPECIAL_IDS, *self.entries)), **self.defaults, **given}
        for name, usual in self.required.items():
            if config.get(name) is not None and config[name] != usual:
                raise InvalidArgumentError(
                    f"{name}={shown(config[name])} asks for what is not built here; choose a "
                    f"checkpoint with {name}={usual}"
                )
        config |= checked(self.entries, config)
        for name in ("bos_token_id", "pad_token_id"):
            if config[name] is not None:
                check_integer(name, config[name], least=0)
        for token_id in end_ids_of(config):
            check_integer("eos_token_id", token_id, least=0)
        return config

    def with_names(self, config: dict, names: Iterable[str]) -> dict:
        """The configuration with what the names of the tensors alone tell."""
        return config

    # === The model ===

    def blocks(self, config: dict) -> list[Block]:
        """The blocks that a checked configuration says."""
        raise NotImplementedError(f"{type(self).__name__} does not define blocks().")

    def model(self, config: dict, pipeline=None) -> TextModel:
        """The model of these blocks, with random weights."""
        raise NotImplementedError(f"{type(self).__name__} does not define model().")

    # === The tensors ===

    def tensors(self, config: dict) -> Iterator[Tensor]:
        """All of a checkpoint with a checked configuration, by their names without a prefix."""
        raise NotImplementedError(f"{type(self).__name__} does not define tensors().")

    def bare_name(self, name: str) -> str | None:
        """The name that `tensors` has for a tensor of a file; `None` for what is left out."""
        for prefix in self.prefixes:
            name = name.removeprefix(prefix)
        return None if self.left_out.fullmatch(name) else name

    def full_name(self, name: str) -> str:
        """The name with which a tensor is written."""
        has_prefix = self.prefixes and not name.startswith(_UNPREFIXED)
        return self.prefixes[-1] + name if has_prefix else name

    # === The way back ===

    def is_like(self, model: TextModel) -> bool:
        """Whether this is the family as which a model would be written."""
        return False

    def settings_of(self, model: TextModel) -> dict:
        """What the `config.json` of a model says of its shape, read off its first block."""
        raise NotImplementedError(f"{type(self).__name__} does not define settings_of().")

    def config_of(self, model: TextModel) -> dict:
        """The `config.json` of a model.

        Raises:
            InvalidArgumentError: for a model that this configuration cannot say, with what is in
                the way.
        """
        config = {
            "architectures": [self.architecture],
            "model_type": _model_type_of(self),
            **self.settings_of(model),
            **_special_ids_of(model.pipeline),
            "torch_dtype": keras.backend.standardize_dtype(model.variable_dtype),
        }
        _check_blocks(model.blocks, self.blocks(self.checked(config)))
        if model.input_projection is not None:
            widths = f"embedding_dim={model.embedding_dim} is not its hidden_dim={model.hidden_dim}"
            refuse(f"its {widths}")
        return config


def register_family(model_type: str) -> Callable:
    """A decorator that makes a subclass of `Family` the way to read checkpoints of a `model_type`.

    The same class may be registered again, as when the cell of a notebook is run twice.

    Args:
        model_type: what the `config.json` of such a checkpoint says.

    Raises:
        InvalidArgumentError: for what is no such class, and for a name that is taken.

    Example:

    >>> @register_family("llama")
    ... class Llama(Family):
    ...     title = "Llama"
    Traceback (most recent call last):
    mlm_tf.errors.InvalidArgumentError: model_type='llama' is read by Llama already; choose another.
    """
    if not isinstance(model_type, str) or not model_type:
        raise InvalidArgumentError(
            f"model_type={shown(model_type)} is not allowed; use that of a config.json, as 'gpt2', "
            "and write @register_family('gpt2')."
        )

    def register(family):
        if not inspect.isclass(family) or not issubclass(family, Family):
            raise InvalidArgumentError(
                f"{shown(family)} cannot be registered as {model_type!r}; decorate a subclass of "
                "mlm_tf.interop.Family."
            )
        there = type(FAMILIES[model_type]) if model_type in FAMILIES else family
        if (there.__module__, there.__qualname__) != (family.__module__, family.__qualname__):
            raise InvalidArgumentError(
                f"model_type={model_type!r} is read by {there.__name__} already; choose another."
            )
        FAMILIES[model_type] = family()
        return family

    return register


def read_config(text: str, generation: dict | None = None) -> tuple[Family, dict]:
    """The family of a `config.json`, and its checked configuration.

    Args:
        text: its content.
        generation: that of `generation_config.json`, if there is one, whose special ids count
            before those of the other, as `transformers` generates.

    Raises:
        InvalidArgumentError: for what is no configuration of a family that is read.
    """
    try:
        given = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidArgumentError(f"it is no JSON ({error})") from None
    return family_of_config(given, generation)


def family_of_config(given, generation: dict | None = None) -> tuple[Family, dict]:
    """As `read_config`, of what such a text holds."""
    kind = given.get("model_type") if isinstance(given, dict) else None
    family = FAMILIES.get(kind) if isinstance(kind, str) else None
    if family is None:
        raise InvalidArgumentError(
            f"its model_type is {shown(kind)}, and {', '.join(map(repr, sorted(FAMILIES)))} are "
            "read; choose a checkpoint of one of these, or add its family (docs/extending.md)"
        )
    told = {name: (generation or {}).get(name) for name in _SPECIAL_IDS}
    return family, family.checked({**given, **{n: i for n, i in told.items() if i is not None}})


def family_of(model) -> tuple[Family, dict]:
    """The family as which a model is written, and its configuration.

    Raises:
        InvalidArgumentError: if there is none that can say it.
    """
    problem = None
    for family in FAMILIES.values():
        if not family.is_like(model):
            continue
        try:
            return family, family.config_of(model)
        except InvalidArgumentError as error:
            problem = problem or (
                f"model cannot be written as a {family.title} checkpoint: "
                f"{str(error).rstrip('.')}; save it with model.save(), or build one of "
                f"{family.title}'s shape."
            )
    if problem is None:
        kinds = (
            f"a {type(model).__name__} whose first block is a {type(first_block(model)).__name__}"
        )
        problem = (
            f"model cannot be written as a checkpoint: it is {kinds}, and no family here has such "
            "a model; save it with model.save()."
        )
    raise InvalidArgumentError(problem)


def end_ids_of(config: dict) -> list[int]:
    """The tokens of which each ends a text: one, several, or none."""
    end_ids = config["eos_token_id"]
    return end_ids if isinstance(end_ids, list) else [] if end_ids is None else [end_ids]


def first_block(model) -> Block | None:
    """The first of a model's blocks, if it has any."""
    return next(iter(getattr(model, "blocks", ())), None)


def check_no_output_bias(model: CausalLM) -> None:
    """Raise for a model that adds a number of its own to the score of each word."""
    if model.output_bias is not None:
        refuse("it has an output bias")


def transformers_of(blocks: list[Block]) -> list[Transformer]:
    """Blocks of which each has to be a Transformer's."""
    if not blocks:
        refuse("it has no Transformer block")
    for block in blocks:
        if type(block) is not Transformer:
            refuse(f"its block {block.name!r} is a {type(block).__name__} and no Transformer")
    return blocks


def refuse(why: str):
    """Raise: a configuration cannot say a model, for this reason."""
    raise InvalidArgumentError(why)


def _check_blocks(blocks: list[Block], expected: list[Block]) -> None:
    """Raise for the first setting of a block that another than that of its configuration is."""
    for block, one in zip(blocks, expected, strict=True):
        if type(block) is not type(one):
            kinds = f"a {type(block).__name__} and no {type(one).__name__}"
            refuse(f"its block {block.name!r} is {kinds}")
        found, said = block.get_config(), one.get_config()
        for name in said:
            if name not in _OF_EVERY_LAYER and found[name] != said[name]:
                refuse(
                    f"its block {block.name!r} has {name}={found[name]!r}, where {said[name]!r} "
                    "is said"
                )


def _model_type_of(family: Family) -> str:
    return next(name for name, known in FAMILIES.items() if known is family)


def _special_ids_of(pipeline) -> dict:
    special = dict.fromkeys(_SPECIAL_IDS)
    if pipeline is not None:
        special["bos_token_id"], special["eos_token_id"] = pipeline.start_id, pipeline.end_id
        if others := pipeline.end_ids[1:]:
            special["eos_token_id"] = [pipeline.end_id, *others]
        if pipeline.pad_id != pipeline.end_id:  # else there is none
            special["pad_token_id"] = pipeline.pad_id
    return special


@contextlib.contextmanager
def dtype_policy(dtype) -> Iterator[None]:
    """Inside, layers are made with another dtype policy, if one is given."""
    before = keras.config.dtype_policy()
    if dtype is not None:
        try:
            keras.config.set_dtype_policy(keras.dtype_policies.get(dtype))
        except (TypeError, ValueError) as error:
            raise InvalidArgumentError(
                f"dtype={shown(dtype)} is not known; use None or a dtype policy of Keras, as "
                "'bfloat16' or 'mixed_bfloat16'."
            ) from error
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
