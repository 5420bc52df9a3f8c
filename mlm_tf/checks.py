"""What the arguments of this package must be; what is not is refused in one sentence."""

import functools
import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from glove import checks
from glove.checks import shown as shown
from mlm_tf.errors import InvalidArgumentError, MissingDependencyError, MissingFileError

# Each says what is wrong by this package's error; `glove`, which knows nothing of it, has them too.
check_integer = functools.partial(checks.check_integer, error=InvalidArgumentError)
check_number = functools.partial(checks.check_number, error=InvalidArgumentError)
check_boolean = functools.partial(checks.check_boolean, error=InvalidArgumentError)
check_choice = functools.partial(checks.check_choice, error=InvalidArgumentError)
check_path = functools.partial(checks.check_path, error=InvalidArgumentError)
check_new_file = functools.partial(
    checks.check_new_file,
    remedy="pass overwrite=True (--overwrite)",
    error=InvalidArgumentError,
    missing=MissingFileError,
    wrong=InvalidArgumentError,
)


class Checked:
    """An attribute, or an argument in a table, that passes one of the checks of this module.

    Args:
        check: the check.
        optional: whether `None` may stand there too.
        name: of the argument, where the attribute has another.
        settings: of the check.

    Example:

    >>> class Drop:
    ...     rate = Checked(check_number, least=0, below=1)
    ...     def __init__(self, rate=0.0):
    ...         self.rate = rate
    >>> Drop(2)
    Traceback (most recent call last):
    mlm_tf.errors.InvalidArgumentError: rate=2 is not allowed; use a number >= 0 and < 1.
    """

    def __init__(
        self, check: Callable, optional: bool = False, name: str | None = None, **settings
    ):
        self.check, self.optional, self.name, self.settings = check, optional, name, settings

    def __set_name__(self, owner, attribute):
        if hasattr(self, "attribute"):
            raise TypeError(f"{attribute} has the Checked of {self.attribute}; give it its own.")
        self.attribute, self.name = attribute, self.name or attribute

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        try:
            return vars(instance)[self.attribute]
        except KeyError:
            kind = type(instance).__name__
            raise AttributeError(f"{kind!r} object has no attribute {self.attribute!r}") from None

    def __set__(self, instance, value):
        vars(instance)[self.attribute] = self(self.name, value)

    def __call__(self, name: str, value):
        if value is None and self.optional:
            return None
        return self.check(name, value, **self.settings)


def checked(table: Mapping[str, Checked], arguments: Mapping) -> dict:
    """Those of the arguments that a table names, each of them checked.

    >>> checked({"length": Checked(check_integer)}, {"length": 8, "seed": None})
    {'length': 8}
    """
    return {name: check(name, arguments[name]) for name, check in table.items()}


def declared(kind: type) -> dict[str, Checked]:
    """The arguments that a class and its bases declare as `Checked`, those of the bases first."""
    members = (member for base in reversed(kind.__mro__) for member in vars(base).values())
    return {member.name: member for member in members if isinstance(member, Checked)}


def declared_values(instance) -> dict:
    """The values of these arguments, as they stand in a config.

    >>> import numpy as np
    >>> class Drop:
    ...     is_on = Checked(check_boolean, name="on")
    ...     def __init__(self, on):
    ...         self.is_on = on
    >>> declared_values(Drop(np.True_))
    {'on': True}
    """
    attributes = {name: check.attribute for name, check in declared(type(instance)).items()}
    return {name: getattr(instance, attribute) for name, attribute in attributes.items()}


def check_new_folder(name: str, folder, overwrite: bool) -> Path:
    """A folder that may be written into: absent, empty, or one that is given up."""
    folder = check_path(name, folder).absolute()
    check_boolean("overwrite", overwrite)
    label = f"{name}={str(folder)!r}"
    if folder.exists() and not folder.is_dir():
        raise InvalidArgumentError(f"{label} is a file; use the name of a folder.")
    if folder.is_dir() and any(folder.iterdir()) and not overwrite:
        raise InvalidArgumentError(
            f"{label} is not empty; choose another name, or pass overwrite=True."
        )
    if not folder.parent.is_dir():
        raise MissingFileError(f"{label} lies in a folder that does not exist; create that first.")
    return folder


def check_strings(name: str, strings) -> list[str]:
    """A list of strings, each of which can be written as UTF-8."""
    return list(iterate_strings(name, strings))


def iterate_strings(name: str, strings) -> Iterator[str]:
    """The same, one by one: only what is asked for is read."""
    if isinstance(strings, (str, bytes)):
        raise InvalidArgumentError(
            f"{name}={shown(strings)} is one string, and a list of strings is needed; pass [text]."
        )
    if not isinstance(strings, Iterable) or getattr(strings, "ndim", 1) == 0:
        raise InvalidArgumentError(
            f"{name}={shown(strings)} is not allowed; use a list of strings."
        )
    if _is_table(strings):
        raise InvalidArgumentError(  # which would be read for the names of its columns
            f"{name} is a {type(strings).__name__}, and a list of strings is needed; pass one "
            "column of it."
        )
    for index, string in enumerate(strings):
        if not isinstance(string, str):
            raise InvalidArgumentError(
                f"{name}[{index}]={shown(string)} is of type {type(string).__name__}; use a string."
            )
        try:
            string.encode()
        except UnicodeEncodeError as error:
            raise InvalidArgumentError(
                f"{name}[{index}] holds {string[error.start]!r} at {error.start}, half of a "
                "surrogate pair and no character; use text.encode(errors='replace').decode()."
            ) from None
        yield string


def _is_table(value) -> bool:
    """Whether a loop over it meets the names of columns. A dictionary of single values, as of
    `dict.fromkeys`, is its keys."""
    if isinstance(value, Mapping):
        return any(
            hasattr(part, "__len__") and not isinstance(part, str) for part in value.values()
        )
    return getattr(value, "ndim", 1) > 1


def fit_weight(weight, rank: int):
    """A weight of each row, `(batch,)` or `(batch, 1)`, or of each target -> one of `rank` axes.

    It only indexes, so that it does for arrays and for tensors of any kind.

    Args:
        weight: an array.
        rank: 1 where a row has one target, 2 where it has one at each position.

    Example:

    >>> import numpy as np
    >>> fit_weight(np.ones(4), 2).shape, fit_weight(np.ones((4, 7)), 2).shape
    ((4, 1), (4, 7))
    >>> fit_weight(np.ones((4, 1)), 1).shape
    (4,)
    """
    axes = len(weight.shape)
    if axes == rank:
        return weight
    if 0 < axes < rank:
        return weight[:, None]
    if axes == rank + 1 and weight.shape[-1] == 1:
        return weight[..., 0]
    shapes = "(batch,)" if rank == 1 else "(batch,), (batch, 1) or (batch, length)"
    raise InvalidArgumentError(
        f"sample_weight has shape {tuple(weight.shape)}, and this model needs {shapes}; give a "
        "number for each row or each target."
    )


def needs(package: str, extra: str, what: str, otherwise: str = ""):
    """The module of a package that is not installed with this one, but with one of its extras.

    Args:
        package: as pip calls it, such as "scikit-learn".
        extra: that brings it, as "tasks" does.
        what: that needs it, the beginning of the message.
        otherwise: what can be done without it, if anything.

    Raises:
        MissingDependencyError: if it is not installed.

    Example:

    >>> needs("scikit-learn", "tasks", "this example").__name__
    'sklearn'
    """
    name = {"scikit-learn": "sklearn"}.get(package, package.lower().replace("-", "_"))
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise MissingDependencyError(
            f"{what} needs {package}, which is not installed; use pip install 'mlm_tf[{extra}]'"
            f"{otherwise and f', or {otherwise}'}."
        ) from error
