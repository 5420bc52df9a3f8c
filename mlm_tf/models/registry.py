"""Architecture names: what stands behind them, and blocks of one's own among them."""

import inspect
from collections.abc import Callable, Sequence

import keras

from mlm_tf.checks import shown
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers import Block
from mlm_tf.models.architectures import ARCHITECTURES
from mlm_tf.models.presets import PRESETS

BUILT_IN = frozenset(ARCHITECTURES) | frozenset(PRESETS)
# What a builder may ask for, by the names of its parameters.
SETTINGS = (
    "hidden_dim",
    "num_heads",
    "num_key_value_heads",
    "intermediate_dim",
    "causal",
    "cross_attention",
    "positions",
    "sliding_window",
    "bidirectional",
    "dropout",
    "name",
)


def register_block(name: str) -> Callable:
    """A decorator that makes a block of one's own an architecture of `build_model`.

    On a `Block` subclass: its constructor gets those settings of `build_model` that its parameters
    name (`hidden_dim`, `num_heads`, `num_key_value_heads`, `intermediate_dim`, `causal`,
    `positions`, `sliding_window`, `bidirectional`, `dropout`; in a decoder `cross_attention` is
    true), and Keras's `name` through `**kwargs`. The class is also registered for saving; where a
    model with it is loaded, the module that registers it has to be imported first.

    On a function: the same, and it returns the block, of classes that are registered already.

    The same class or function may be registered again, as when the cell of a notebook is run twice.

    Args:
        name: how `build_model` shall know it; a name of this package is refused.

    Raises:
        InvalidArgumentError: for a name that is taken, for what is neither a `Block` subclass nor
            a function, and for a parameter without a default that is none of the settings.

    Example:

    >>> from mlm_tf.layers import LSTM, Residual
    >>> @register_block("residual_lstm")
    ... def residual_lstm(hidden_dim, dropout, name):
    ...     return Residual(LSTM(hidden_dim), dropout, name=name)
    >>> from mlm_tf import build_model
    >>> model = build_model("residual_lstm", vocabulary_size=9, hidden_dim=8, num_layers=2)
    >>> [block.name for block in model.blocks]
    ['residual_lstm_0', 'residual_lstm_1']
    """
    if not isinstance(name, str) or not name.isidentifier():
        raise InvalidArgumentError(
            f"name={shown(name)} is not allowed; use a string like 'moving_average', and write "
            "@register_block('moving_average')."
        )

    def register(builder):
        _check_builder(name, builder)
        if inspect.isclass(builder):
            keras.saving.register_keras_serializable(package="mlm_tf.registered", name=name)(
                builder
            )
        ARCHITECTURES[name] = builder
        return builder

    return register


def build_block(architecture: str, settings: dict) -> Block:
    """The block of that name, from the settings that its builder asks for."""
    builder = ARCHITECTURES[architecture]
    asked = inspect.signature(builder).parameters
    known = {key: value for key, value in settings.items() if takes(architecture, key)}
    if "name" not in known and _takes_any(asked):
        known["name"] = settings["name"]
    block = builder(**known)
    if not isinstance(block, Block):
        raise InvalidArgumentError(
            f"architecture={architecture!r} gave a {type(block).__name__}, which is no Block; let "
            "its function return one."
        )
    return block


def takes(architecture: str, setting: str) -> bool:
    """Whether the builder of that name asks for a setting."""
    return setting in inspect.signature(ARCHITECTURES[architecture]).parameters


def architecture_names() -> Sequence[str]:
    return sorted({*ARCHITECTURES, *PRESETS})


def _check_builder(name, builder) -> None:
    is_block = inspect.isclass(builder) and issubclass(builder, Block)
    if not is_block and not inspect.isfunction(builder):
        raise InvalidArgumentError(
            f"{shown(builder)} cannot be registered as {name!r}; decorate a subclass of "
            "mlm_tf.layers.Block, or a function that returns a block."
        )
    there = ARCHITECTURES.get(name)
    if name in BUILT_IN or (there is not None and _origin(there) != _origin(builder)):
        owner = "this package" if name in BUILT_IN else there.__name__
        raise InvalidArgumentError(f"The name {name!r} is taken by {owner}; choose another.")
    for parameter in inspect.signature(builder).parameters.values():
        is_needed = parameter.default is parameter.empty
        is_named = parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)
        if is_needed and is_named and parameter.name not in SETTINGS:
            raise InvalidArgumentError(
                f"{builder.__name__} asks for {parameter.name!r}, which build_model does not know; "
                f"give it a default, or use one of {', '.join(SETTINGS)}."
            )


def _origin(builder) -> tuple[str, str]:
    return builder.__module__, builder.__qualname__


def _takes_any(parameters) -> bool:
    return any(p.kind is p.VAR_KEYWORD for p in parameters.values())
