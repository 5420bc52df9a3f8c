"""What the arguments of this package must be; what is not is refused in one sentence."""

import contextlib
import math
import operator
import reprlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from numbers import Integral, Real

import numpy as np

from mlm_tf.errors import InvalidArgumentError

COMPARISONS = {">=": operator.ge, ">": operator.gt, "<=": operator.le, "<": operator.lt}


def check_integer(name: str, value, least: int = 1, why: str = "") -> int:
    """An integer of at least `least`, as an `int` of Python."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise InvalidArgumentError(
            f"{name}={shown(value)} is not allowed; use an integer >= {least}{why}."
        )
    return int(value)


def check_number(
    name: str, value, least=None, above=None, most=None, below=None, why: str = ""
) -> float:
    """A finite number, no truth value, within these bounds, as a `float` of Python."""
    bounds = {">=": least, ">": above, "<=": most, "<": below}
    bounds = {sign: bound for sign, bound in bounds.items() if bound is not None}
    number = math.nan
    if isinstance(value, Real) and not isinstance(value, bool):
        with contextlib.suppress(OverflowError):  # an integer that is too large for a float
            number = float(value)
    is_within = all(COMPARISONS[sign](number, bound) for sign, bound in bounds.items())
    if not (math.isfinite(number) and is_within):
        within = " and".join(f" {sign} {bound}" for sign, bound in bounds.items())
        raise InvalidArgumentError(
            f"{name}={shown(value)} is not allowed; use a number{within}{why}."
        )
    return number


def check_boolean(name: str, value, besides: Collection[str] = ()) -> bool | str:
    """True or false, as a `bool` of Python, or one of the strings that stand `besides`."""
    if isinstance(value, str) and value in besides:
        return value
    if not isinstance(value, (bool, np.bool_)):
        allowed = "".join(f"{string!r}, " for string in besides)
        raise InvalidArgumentError(
            f"{name}={shown(value)} is not allowed; use {allowed}True or False."
        )
    return bool(value)


def check_choice(name: str, value, allowed: Collection):
    """One of the values that are allowed."""
    if isinstance(value, (bool, np.bool_)) or not any(
        isinstance(value, type(one)) and value == one for one in allowed
    ):
        raise InvalidArgumentError(
            f"{name}={shown(value)} is not known; use {' or '.join(map(repr, allowed))}."
        )
    return value


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

    >>> class Drop:
    ...     is_on = Checked(check_boolean, name="on")
    ...     def __init__(self, on):
    ...         self.is_on = on
    >>> declared_values(Drop(np.True_))
    {'on': True}
    """
    attributes = {name: check.attribute for name, check in declared(type(instance)).items()}
    return {name: getattr(instance, attribute) for name, attribute in attributes.items()}


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


def shown(value) -> str:
    """A value for a message: short, and on one line."""
    return " ".join(reprlib.repr(value).split())
