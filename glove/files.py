"""Vectors on disk: the plain GloVe text format, one word and its D numbers a line, UTF-8.

A columnar CSV reader parses the file, many times as fast as a loop over its lines. It says
little about a file that it cannot read, so only then a plain loop looks for the line at fault.
"""

import io
import itertools
import logging
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from glove.errors import GloveFileError, GloveNotFoundError, GloveValueError
from glove.vectors import keyed_vectors

if TYPE_CHECKING:
    import pyarrow
    from gensim.models import KeyedVectors

logger = logging.getLogger("glove")

_LINES_PER_WRITE = 10_000


def load(path: str | os.PathLike, limit: int | None = None) -> "KeyedVectors":
    """Reads a plain GloVe text file.

    Where a word comes twice the first vector is kept, and a warning with the count is logged.

    Args:
        path: the file.
        limit: read only so many lines from the top; GloVe files have the most frequent words first.

    Returns:
        A gensim `KeyedVectors`, float32.

    Raises:
        GloveNotFoundError: there is no such file.
        GloveFileError: the file does not hold vectors; the message names the line.
        GloveValueError: `limit` is out of range.

    Example:

    >>> import pathlib, tempfile
    >>> import glove
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "vectors.txt"
    >>> _ = path.write_text("the 0.1 0.2\\nking -1.5 2\\n", encoding="utf-8")
    >>> glove.load(path)["king"].tolist()
    [-1.5, 2.0]
    """
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 1):
        raise GloveValueError(f"limit={limit!r} must be None or a whole number of at least 1.")
    path = Path(path)
    if not path.is_file():
        raise GloveNotFoundError(
            f"path={str(path)!r} is not a file; give the path of a GloVe text file."
        )
    size = _first_line_size(path)
    try:
        words, matrix = _to_arrays(_read_table(path, size, limit), size)
    except ValueError as error:  # pyarrow.ArrowInvalid is one
        raise GloveFileError(_first_fault(path, size) or f"{path}: {error}") from None
    if not np.isfinite(matrix).all():
        raise GloveFileError(_first_fault(path, size))
    return _without_duplicates(words, matrix, path)


def save(vectors: "KeyedVectors", path: str | os.PathLike, overwrite: bool = False) -> None:
    """Writes vectors as a plain GloVe text file, which `load` reads back bit for bit.

    The file is written beside its place and then renamed, so that it is there whole or not at all.

    Args:
        vectors: a gensim `KeyedVectors`; written as float32.
        path: the file to write; its folder must exist.
        overwrite: replace a file that is already there.

    Raises:
        GloveFileError: the file exists and `overwrite` is False.
        GloveNotFoundError: the folder does not exist.
        GloveValueError: a word that the format cannot hold, or a number that is NaN or infinite.

    Example:

    >>> import pathlib, tempfile
    >>> import numpy as np
    >>> import glove
    >>> from gensim.models import KeyedVectors
    >>> vectors = KeyedVectors(2)
    >>> vectors.add_vectors(["the", "king"], np.array([[0.1, 0.2], [-1.5, 2]], dtype="float32"))
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "vectors.txt"
    >>> glove.save(vectors, path)
    >>> print(path.read_text(encoding="utf-8"), end="")
    the 0.1 0.2
    king -1.5 2
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise GloveNotFoundError(
            f"path={str(path)!r} lies in a folder that does not exist; create the folder first."
        )
    if path.exists() and not overwrite:
        raise GloveFileError(
            f"path={str(path)!r} exists already; choose another name or pass overwrite=True."
        )
    words, matrix = _checked_vectors(vectors)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(descriptor, "w", encoding="utf-8", newline="\n") as file:
            for begin in range(0, len(words), _LINES_PER_WRITE):
                end = begin + _LINES_PER_WRITE
                file.writelines(_lines(words[begin:end], matrix[begin:end]))
        # mkstemp lets only the owner read; a new file normally obeys the umask.
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(name, 0o666 & ~umask)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


# === Reading ===


def _first_line_size(path: Path) -> int:
    """D, the number of vector elements in the first line that is not empty."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                size = len(line.rstrip(b"\r\n").split(b" ")) - 1
                if size < 1:
                    raise GloveFileError(
                        f"{path}, line {number}: {_shown(line)} is a word without a vector; a GloVe"
                        " file has a word and its numbers on each line, and this one looks like a "
                        "list of words."
                    )
                return size
    raise GloveFileError(f"{path} is empty; a GloVe file has a word and its numbers on each line.")


def _read_table(path: Path, size: int, limit: int | None) -> "pyarrow.Table":
    import pyarrow
    from pyarrow import csv

    source: str | io.BytesIO = str(path)
    if limit is not None:
        with path.open("rb") as file:
            source = io.BytesIO(b"".join(itertools.islice(file, limit)))
    names = ["word", *map(str, range(size))]
    types = dict.fromkeys(names[1:], pyarrow.float32()) | {"word": pyarrow.string()}
    return csv.read_csv(
        source,
        csv.ReadOptions(column_names=names),
        # Quotes and backslashes are ordinary words.
        csv.ParseOptions(delimiter=" ", quote_char=False, double_quote=False, escape_char=False),
        # No text stands for a missing value: "NA" and "null" are words too.
        csv.ConvertOptions(column_types=types, null_values=[], strings_can_be_null=False),
    )


def _to_arrays(table: "pyarrow.Table", size: int) -> tuple[list[str], np.ndarray]:
    matrix = np.empty((table.num_rows, size), dtype=np.float32)
    begin = 0
    for batch in table.to_batches():  # one batch at a time stays in the cache
        rows = matrix[begin : begin + batch.num_rows]
        for column in range(size):
            rows[:, column] = batch.column(column + 1).to_numpy(zero_copy_only=False)
        begin += batch.num_rows
    return table.column("word").to_pylist(), matrix


def _first_fault(path: Path, size: int) -> str | None:
    """One sentence about the first line that does not hold a word and `size` numbers."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            stripped = line.rstrip(b"\r\n")
            if stripped and (fault := _fault(stripped, size)):
                return f"{path}, line {number}: {fault}"
    return None


def _fault(line: bytes, size: int) -> str | None:
    try:
        fields = line.decode("utf-8").split(" ")
    except UnicodeDecodeError as error:
        return (
            f"byte 0x{line[error.start]:02x} is not UTF-8; convert the file to UTF-8 first, for "
            "example with iconv."
        )
    if len(fields) != size + 1:
        return (
            f"{_shown(line)} has {len(fields) - 1} numbers where the first line has {size}; every "
            "line needs a word and equally many numbers, with one space between."
        )
    for field in fields[1:]:
        number = _as_float(field)
        if number is None:
            return f"{field[:40]!r} is not a number; a word and {size} numbers are needed."
        if not abs(number) <= float(np.finfo(np.float32).max):  # NaN is not <= anything either
            return (
                f"{field[:40]!r} is not a finite float32 number; remove the line or train the "
                "vectors again."
            )
    return None


def _as_float(field: str) -> float | None:
    """As the columnar reader sees it: Python would also take "1_0" and other scripts."""
    if "_" in field or not field.isascii():
        return None
    try:
        return float(field)
    except ValueError:
        return None


def _shown(line: bytes) -> str:
    text = line.decode("utf-8", errors="replace").strip()
    return repr(text if len(text) <= 40 else text[:40] + "…")


def _without_duplicates(words: list[str], matrix: np.ndarray, path: Path) -> "KeyedVectors":
    if len(set(words)) < len(words):
        first_rows = np.array(sorted({word: i for i, word in _backwards(words)}.values()))
        logger.warning(
            "%s holds %d words more than once; the first vector of each was kept.",
            path,
            len(words) - len(first_rows),
        )
        words, matrix = [words[row] for row in first_rows], matrix[first_rows]
    return keyed_vectors(words, matrix)


def _backwards(words: list[str]) -> zip:
    return zip(range(len(words) - 1, -1, -1), reversed(words), strict=True)


# === Writing ===


def _checked_vectors(vectors: "KeyedVectors") -> tuple[list[str], np.ndarray]:
    words, matrix = vectors.index_to_key, np.asarray(vectors.vectors, dtype=np.float32)
    for word in words:
        if not isinstance(word, str) or not word or any(c in word for c in " \n\r"):
            raise GloveValueError(
                f"vectors hold the word {word!r}, but a GloVe text file can only hold words that "
                "are not empty and have no space or line break; rename or remove it."
            )
    unusable = np.flatnonzero(~np.isfinite(matrix).all(axis=1))
    if len(unusable):
        raise GloveValueError(
            f"vectors hold NaN or infinity for the word {words[unusable[0]]!r} and "
            f"{len(unusable) - 1} others; every number must be finite, so remove them first."
        )
    return words, matrix


def _lines(words: list[str], matrix: np.ndarray) -> list[str]:
    """The shortest digits that give back the same float32, joined with the words."""
    import pyarrow
    from pyarrow import compute

    numbers = [pyarrow.array(column).cast(pyarrow.string()) for column in matrix.T]
    lines = compute.binary_join_element_wise(pyarrow.array(words), *numbers, " ")
    return [f"{line}\n" for line in lines.to_pylist()]
