"""What the arguments of this package must be; what is not is refused in one sentence."""

import reprlib
from collections.abc import Iterable
from numbers import Integral

from mlm_tf.errors import InvalidArgumentError


def check_integer(name: str, value, least: int = 1, why: str = "") -> int:
    """An integer of at least `least`, as an `int` of Python."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise InvalidArgumentError(
            f"{name}={shown(value)} is not allowed; use an integer >= {least}{why}."
        )
    return int(value)


def check_strings(name: str, strings) -> list[str]:
    """A list of strings, each of which can be written as UTF-8."""
    if isinstance(strings, (str, bytes)):
        raise InvalidArgumentError(
            f"{name}={shown(strings)} is one string, and a list of strings is needed; pass [text]."
        )
    if not isinstance(strings, Iterable):
        raise InvalidArgumentError(
            f"{name}={shown(strings)} is not allowed; use a list of strings."
        )
    strings = list(strings)
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
    return strings


def shown(value) -> str:
    """A value for a message: short, and on one line."""
    return " ".join(reprlib.repr(value).split())
