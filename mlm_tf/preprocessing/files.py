"""Files that are written whole or not at all, and never over another unless told."""

import os
import pathlib
from collections.abc import Iterator
from contextlib import contextmanager

from mlm_tf.checks import check_boolean
from mlm_tf.errors import InvalidArgumentError, InvalidFileError, MissingFileError


def check_new_file(path: str | os.PathLike, overwrite: bool) -> pathlib.Path:
    """A path that may be written.

    Raises:
        InvalidArgumentError: if there is a file already and `overwrite` is false, or a folder, and
            for an `overwrite` that is no truth value.
        MissingFileError: if the folder to write in does not exist.
    """
    path, overwrite = pathlib.Path(path), check_boolean("overwrite", overwrite)
    if path.is_dir():
        raise InvalidArgumentError(f"path={str(path)!r} is a folder; add the name of a file.")
    if path.exists() and not overwrite:
        raise InvalidArgumentError(
            f"path={str(path)!r} exists; choose another name, or pass overwrite=True (--overwrite)."
        )
    if not path.parent.is_dir():
        raise MissingFileError(
            f"path={str(path)!r} lies in a folder that does not exist; create the folder first."
        )
    return path


@contextmanager
def written_beside(path: pathlib.Path) -> Iterator[pathlib.Path]:
    """A place beside `path` to write to, renamed to it if the block ends without an exception."""
    beside = path.with_name(f".{path.name}.partial")
    try:
        yield beside
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def read_text(path: str | os.PathLike, what: str) -> str:
    """A UTF-8 file that should hold `what`.

    Raises:
        MissingFileError: if there is no such file.
        InvalidFileError: if it is not UTF-8.
    """
    path = pathlib.Path(path)
    if not path.is_file():
        raise MissingFileError(f"path={str(path)!r} is not a file; give the path of a {what}.")
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InvalidFileError(
            f"path={str(path)!r} is not UTF-8, so no {what}; give the path of one."
        ) from error
