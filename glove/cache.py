"""Vectors that were read once, kept so that the next load maps them instead of parsing text.

An entry is one file in the folder that `GLOVE_CACHE` names, or else in `~/.cache/glove`:

    V x D float32 numbers | the words, a line feed between two | a footer of six fields

Its name tells the path, size and modification time of the text, so that a text that has changed
has another entry. Nothing in it is executed, an entry that is cut short is as good as none, and the
folder may be deleted at any time.
"""

import contextlib
import hashlib
import io
import os
import shutil
import struct
import time
from collections.abc import Collection
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from glove.encodings import checked_encoding
from glove.fetch import cache_folder

FOOTER = struct.Struct("<8s5Q")  # MAGIC, V, D, duplicates, short, bytes of the words
MAGIC = b"glove v2"
DAY = 86_400  # seconds


class Table(NamedTuple):
    """What a file of vectors holds.

    Attributes:
        words: V distinct words.
        matrix: float32 (V, D), their vectors.
        duplicates: how many further vectors were dropped, since their words had one.
        short: how many of the vectors are zeros, or no longer than that.
    """

    words: Collection[str]
    matrix: np.ndarray
    duplicates: int
    short: int


def cache_entry(path: Path, member: str | None, encoding: str = "utf-8") -> Path:
    """Where the vectors of a file are kept, or would be.

    Args:
        path: the text or the archive.
        member: the file in the archive.
        encoding: of the text.

    Example:

    >>> import os, tempfile
    >>> from unittest import mock
    >>> path = Path(tempfile.mkdtemp()) / "vectors.txt"
    >>> _ = path.write_text("the 0.1 0.2\\n", encoding="utf-8")
    >>> with mock.patch.dict(os.environ, GLOVE_CACHE="/scratch/glove"):
    ...     str(cache_entry(path, None))
    '/scratch/glove/...-12-...-vectors.txt.vectors'
    """
    folder = cache_folder("GLOVE_CACHE", "glove")
    path = path.resolve()
    read_as = repr(member) if checked_encoding(encoding) == "utf-8" else repr((member, encoding))
    source = hashlib.sha256(os.fsencode(path) + b"\0" + read_as.encode()).hexdigest()
    state = path.stat()
    version = f"{source[:16]}-{state.st_size}-{state.st_mtime_ns}"
    return folder / f"{version}-{path.name[:40]}.vectors"


def find(entry: Path) -> Table | None:
    """What an entry holds, its vectors mapped.

    Args:
        entry: from `cache_entry`.

    Returns:
        The vectors, or None if they are not kept or the entry is damaged.
    """
    try:
        with open(entry, "rb") as file:
            end = file.seek(-FOOTER.size, os.SEEK_END)
            magic, count, size, duplicates, short, length = FOOTER.unpack(file.read())
            if magic != MAGIC or end != count * size * 4 + length:
                return None
            file.seek(end - length)
            words = file.read(length).decode("utf-8").split("\n")
        if len(set(words)) != count or len(words) != count:
            return None
        return Table(words, mapped(entry, count, size), duplicates, short)
    except (OSError, ValueError):
        return None


def mapped(file: Path | BinaryIO, count: int, size: int) -> np.ndarray:
    """The vectors (V, D) at the head of a file, mapped: pages are read when they are touched.

    The caller may write to the array; the file stays as it is, and may be deleted.
    """
    if isinstance(file, io.BytesIO):  # small, and gone when it is closed
        return np.frombuffer(file.getvalue(), np.float32).reshape(count, size).copy()
    if not count * size:
        return np.empty((count, size), np.float32)
    return np.asarray(np.memmap(file, np.float32, mode="c", shape=(count, size)))


def complete(
    file: BinaryIO, words: Collection[str], size: int, duplicates: int, short: int
) -> None:
    """Completes an entry whose vectors have been written.

    Args:
        file: the entry.
        words: the words (V).
        size: D, the numbers of each vector.
        duplicates, short: as in `Table`.
    """
    text = "\n".join(words).encode("utf-8")
    file.write(text)
    file.write(FOOTER.pack(MAGIC, len(words), size, duplicates, short, len(text)))


def remove_stale(entry: Path) -> None:
    """Removes the entries of earlier states of the same file, and what killed processes left."""
    source = entry.name.partition("-")[0]
    with contextlib.suppress(OSError):
        for other in entry.parent.glob(f"{source}-*"):
            if other != entry:
                other.unlink()
        for other in entry.parent.glob(".partial-*"):
            if time.time() - other.stat().st_mtime > DAY:
                shutil.rmtree(other)
