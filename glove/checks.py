"""Arguments that are wrong, told in one sentence, by the `error` of whoever checks them."""

import contextlib
import math
import operator
import os
import re
import reprlib
from collections.abc import Collection, Iterable
from numbers import Integral, Real
from pathlib import Path

import numpy as np

from glove.errors import GloveFileError, GloveNotFoundError, GloveValueError

COMPARISONS = {">=": operator.ge, ">": operator.gt, "<=": operator.le, "<": operator.lt}
UNFIT = re.compile("[ \t\n\v\f\r\ud800-\udfff]")


def check_integer(name: str, value, least: int = 1, why: str = "", error=GloveValueError) -> int:
    """An integer of at least `least`, as an `int` of Python."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        raise error(f"{name}={shown(value)} is not allowed; use an integer >= {least}{why}.")
    return int(value)


def check_number(
    name: str,
    value,
    least=None,
    above=None,
    most=None,
    below=None,
    why: str = "",
    error=GloveValueError,
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
        raise error(f"{name}={shown(value)} is not allowed; use a number{within}{why}.")
    return number


def check_boolean(
    name: str, value, besides: Collection[str] = (), error=GloveValueError
) -> bool | str:
    """True or false, as a `bool` of Python, or one of the strings that stand `besides`."""
    if isinstance(value, str) and value in besides:
        return value
    if not isinstance(value, (bool, np.bool_)):
        allowed = "".join(f"{string!r}, " for string in besides)
        raise error(f"{name}={shown(value)} is not allowed; use {allowed}True or False.")
    return bool(value)


def check_choice(name: str, value, allowed: Collection, error=GloveValueError):
    """One of the values that are allowed."""
    if isinstance(value, (bool, np.bool_)) or not any(
        isinstance(value, type(one)) and value == one for one in allowed
    ):
        raise error(f"{name}={shown(value)} is not known; use {' or '.join(map(repr, allowed))}.")
    return value


def check_booleans(**values) -> None:
    """Each of them is true or false."""
    for name, value in values.items():
        check_boolean(name, value)


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
    error=GloveFileError,
    missing=GloveNotFoundError,
    wrong=GloveValueError,
) -> Path:
    """A path that may be written.

    Args:
        path: the path.
        overwrite: whether a file may be replaced.
        label: what to call it, by default by the argument `path`.
        remedy: what to do to have a file replaced.
        error: of a path that is taken.
        missing: of a folder that is not there.
        wrong: of arguments that are no path, or no truth value.
    """
    overwrite = check_boolean("overwrite", overwrite, error=wrong)
    path = check_path("path", path, error=wrong)
    label = label or f"path={str(path)!r}"
    if not path.parent.is_dir():
        raise missing(f"{label} lies in a folder that does not exist; create the folder first.")
    if path.exists() and not path.is_file():
        raise error(f"{label} is a folder or a device; use the name of a file.")
    if path.exists() and not overwrite:
        raise error(f"{label} exists already; choose another name or {remedy}.")
    return path


def check_path(name: str, path, error=GloveValueError) -> Path:
    """A path, or the string of one, as a `Path`."""
    try:
        return Path(path)
    except TypeError:
        raise error(f"{name}={shown(path)} is no path; use the name of a file.") from None


def shown(value) -> str:
    """A value for a message: short, and on one line."""
    return " ".join(reprlib.repr(value).split())
