"""Arguments that are wrong, told in one sentence."""

import contextlib
import math
import os
import re
from collections.abc import Collection, Iterable
from numbers import Integral, Real
from pathlib import Path

import numpy as np

from glove.errors import GloveFileError, GloveNotFoundError, GloveValueError

UNFIT = re.compile("[ \t\n\v\f\r\ud800-\udfff]")


def check_integer(name: str, value, least: int = 1) -> int:
    """An integer of at least `least`, and no truth value."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise GloveValueError(f"{name}={value!r} is not allowed; use an integer >= {least}.")
    return int(value)


def check_number(name: str, value) -> float:
    """A finite number above 0, and no truth value."""
    number = math.nan
    if isinstance(value, Real) and not isinstance(value, bool):
        with contextlib.suppress(OverflowError):  # an integer that is too large for a float
            number = float(value)
    if not 0 < number < math.inf:
        raise GloveValueError(f"{name}={value!r} is not allowed; use a number > 0.")
    return number


def check_booleans(**values) -> None:
    """Each of them is true or false."""
    for name, value in values.items():
        if not isinstance(value, (bool, np.bool_)):
            raise GloveValueError(f"{name}={value!r} is not allowed; use True or False.")


def check_choice(name: str, value, allowed: Collection[str]) -> str:
    """One of the names that are allowed."""
    if not isinstance(value, str) or value not in allowed:
        raise GloveValueError(
            f"{name}={value!r} is not known; use {' or '.join(map(repr, allowed))}."
        )
    return value


def check_words(words: Iterable[str], name: str) -> None:
    """Words that a text file with blanks between can hold, whoever reads it.

    A C program parts words at every white space that ASCII has, U+000B and U+000C among it.
    """
    for word in words:
        if not isinstance(word, str) or not word or UNFIT.search(word):
            raise GloveValueError(
                f"{name} the word {word!r}, but a GloVe text file can only hold words that are not "
                "empty and have no space, tab or line break, nor half of a surrogate pair; rename "
                "or remove it."
            )


def check_new_file(
    path: str | os.PathLike,
    overwrite: bool,
    label: str | None = None,
    remedy: str = "pass overwrite=True",
) -> Path:
    """A path that may be written.

    Args:
        path: the path.
        overwrite: whether a file may be replaced.
        label: what to call it, by default by the argument `path`.
        remedy: what to do to have a file replaced.
    """
    check_booleans(overwrite=overwrite)
    path = Path(path)
    label = label or f"path={str(path)!r}"
    if not path.parent.is_dir():
        raise GloveNotFoundError(
            f"{label} lies in a folder that does not exist; create the folder first."
        )
    if path.exists() and not path.is_file():
        raise GloveFileError(f"{label} is a folder or a device; use the name of a file.")
    if path.exists() and not overwrite:
        raise GloveFileError(f"{label} exists already; choose another name or {remedy}.")
    return path
