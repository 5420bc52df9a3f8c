"""Names of architectures and of tasks, given by a decorator each."""

import inspect
from collections.abc import Callable

import keras

from mlm_tf.checks import shown
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers import Block
from mlm_tf.models.architectures import ARCHITECTURES, BLOCK_SETTINGS, REST
from mlm_tf.models.presets import PRESETS
from mlm_tf.models.text_model import TextModel

BUILT_IN = frozenset(ARCHITECTURES) | frozenset(PRESETS)
TASKS = {}  # by their names, the classes of models


def register_block(name: str) -> Callable:
    """A decorator that makes a block of one's own an architecture of `build_model`.

    On a `Block` subclass: its constructor gets those settings that its parameters name
    (`hidden_dim`, `causal`, `dropout`, and whatever else the builders of `models/architectures.py`
    ask for; in a decoder `cross_attention` is true), and Keras's `name` through `**kwargs`. The
    class is also registered for saving; where a model with it is loaded, the module that registers
    it has to be imported first.

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
    _check_name(name, "register_block", "moving_average")

    def register(builder):
        _check_builder(name, builder)
        if inspect.isclass(builder):
            keras.saving.register_keras_serializable(package="mlm_tf.registered", name=name)(
                builder
            )
        ARCHITECTURES[name] = builder
        return builder

    return register


def register_task(name: str) -> Callable:
    """A decorator that makes a model of one's own a task of `build_model`.

    On a subclass of `TextModel`, or of one of the models here: its constructor gets the blocks, and
    those arguments of `build_model` that its parameters name, and that the constructors name to
    which it passes `**kwargs`; all others that belong to a task are refused by name. Where that is
    not all, the class method `from_settings` is overridden. `causal = True` in the class says that
    no block may look ahead, `bidirectional = True` that recurrent blocks read both ways unless
    told. The class is also registered for saving, with what its constructor takes; where a model of
    it is loaded, the module that registers it has to be imported first. What its targets are
    `targets_are_ids` and `target_limit` say.

    The same class may be registered again, as when the cell of a notebook is run twice.

    Args:
        name: how `build_model` shall know it; a name of this package is refused.

    Raises:
        InvalidArgumentError: for a name that is taken, for what is no such class, and for one whose
            constructor takes no `**kwargs`.

    Example: a model that ends in one number a text.

    >>> import keras
    >>> from mlm_tf import build_model
    >>> from mlm_tf.models import TextModel
    >>> @register_task("text_score")
    ... class TextScore(TextModel):
    ...     target_axes = 1
    ...
    ...     def __init__(self, vocabulary_size, embedding_dim, hidden_dim, blocks, **kwargs):
    ...         super().__init__(vocabulary_size, embedding_dim, hidden_dim, blocks, **kwargs)
    ...         self.number = keras.layers.Dense(1, dtype="float32", name="number")
    ...         self.build()
    ...
    ...     def build_head(self, hidden_shape):
    ...         self.number.build((None, self.hidden_dim))
    ...
    ...     def call(self, inputs, training=None):
    ...         hidden = self.hidden_states(inputs, training=training)  # (B, T, hidden_dim)
    ...         return self.number(hidden[:, -1])  # (B, 1)
    ...
    ...     def compute_output_shape(self, input_shape):
    ...         return (None, 1)
    >>> build_model("gru", "text_score", vocabulary_size=9, hidden_dim=8).count_params()
    513
    """
    _check_name(name, "register_task", "text_score")

    def register(task_class):
        if not inspect.isclass(task_class) or not issubclass(task_class, TextModel):
            raise InvalidArgumentError(
                f"{shown(task_class)} cannot be registered as {name!r}; decorate a subclass of "
                "mlm_tf.models.TextModel."
            )
        parameters = inspect.signature(task_class.__init__).parameters.values()
        if not any(p.kind == p.VAR_KEYWORD for p in parameters):
            raise InvalidArgumentError(
                f"The constructor of {task_class.__name__} takes no **kwargs, and a file has the "
                "arguments of every model, such as its name; let it take them and hand them on."
            )
        _check_free(name, TASKS.get(name), task_class)
        if keras.saving.get_registered_name(task_class) == task_class.__name__:  # not yet
            keras.saving.register_keras_serializable("mlm_tf.registered_tasks", name)(task_class)
        TASKS[name] = task_class
        return task_class

    return register


def _check_builder(name, builder) -> None:
    is_block = inspect.isclass(builder) and issubclass(builder, Block)
    if not is_block and not inspect.isfunction(builder):
        raise InvalidArgumentError(
            f"{shown(builder)} cannot be registered as {name!r}; decorate a subclass of "
            "mlm_tf.layers.Block, or a function that returns a block."
        )
    if name in BUILT_IN:
        raise InvalidArgumentError(f"The name {name!r} is taken by this package; choose another.")
    _check_free(name, ARCHITECTURES.get(name), builder)
    for parameter in inspect.signature(builder).parameters.values():
        is_needed = parameter.default is parameter.empty
        is_rest = parameter.kind in REST
        if is_needed and not is_rest and parameter.name not in BLOCK_SETTINGS:
            raise InvalidArgumentError(
                f"{builder.__name__} asks for {parameter.name!r}, which build_model does not know; "
                f"give it a default, or use one of {', '.join(sorted(BLOCK_SETTINGS))}."
            )


def _check_name(name, decorator: str, example: str) -> None:
    if not isinstance(name, str) or not name.isidentifier():
        raise InvalidArgumentError(
            f"name={shown(name)} is not allowed; use a string like {example!r}, and write "
            f"@{decorator}({example!r})."
        )


def _check_free(name: str, there, new) -> None:
    """Raise if a name stands for something else than what is to be registered, or was before."""
    if there is not None and _origin(there) != _origin(new):
        raise InvalidArgumentError(
            f"The name {name!r} is taken by {there.__name__}; choose another."
        )


def _origin(registered) -> tuple[str, str]:
    return registered.__module__, registered.__qualname__
