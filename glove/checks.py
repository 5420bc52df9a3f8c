"""Arguments that are wrong, told in one sentence."""

import os
import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from glove.errors import GloveFileError, GloveNotFoundError, GloveValueError

_UNFIT = re.compile("[ \t\n\v\f\r\ud800-\udfff]")


def require_positive_integer(name: str, value: int) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise GloveValueError(f"{name}={value!r} must be a whole number of at least 1.")


def require_positive_number(name: str, value: float) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)):
        raise GloveValueError(f"{name}={value!r} must be a number above 0.")
    if not (np.isfinite(value) and value > 0):
        raise GloveValueError(f"{name}={value!r} must be a finite number above 0.")


def require_seed(seed: int) -> None:
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise GloveValueError(f"seed={seed!r} must be a whole number of at least 0.")


def require_words(words: Iterable[str], name: str) -> None:
    """Words that a text file with blanks between can hold, whoever reads it.

    A C program parts words at every white space that ASCII has, U+000B and U+000C among it.
    """
    for word in words:
        if not isinstance(word, str) or not word or _UNFIT.search(word):
            raise GloveValueError(
                f"{name} the word {word!r}, but a GloVe text file can only hold words that are not "
                "empty and have no space, tab or line break, nor half of a surrogate pair; rename "
                "or remove it."
            )


def require_new_file(
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
    path = Path(path)
    label = label or f"path={str(path)!r}"
    if not path.parent.is_dir():
        raise GloveNotFoundError(
            f"{label} lies in a folder that does not exist; create the folder first."
        )
    if path.exists() and not path.is_file():
        raise GloveFileError(f"{label} is a folder or a device; give the name of a file.")
    if path.exists() and not overwrite:
        raise GloveFileError(f"{label} exists already; choose another name or {remedy}.")
    return path
