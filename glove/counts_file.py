"""Counts on disk, as the reference program writes them: its records, and its list of words.

    counts.bin          one record a cell: int32 row, int32 column (both from 1), float64 count
    counts.vocab.txt    one line a word: the word, a blank, how often it occurs

Either program trains from what the other has counted.
"""

import os
from pathlib import Path
from typing import BinaryIO

import numpy as np
import scipy.sparse

from glove.checks import check_new_file, check_words
from glove.cooccurrence import Cooccurrence
from glove.errors import GloveFileError, GloveNotFoundError
from glove.writing import written_beside

RECORD = np.dtype([("row", "<i4"), ("column", "<i4"), ("count", "<f8")])
RECORDS_AT_ONCE = 1 << 20


def save_cooccurrence(
    cooccurrence: Cooccurrence, path: str | os.PathLike, overwrite: bool = False
) -> None:
    """Writes counts to `path`, and the words to `<path without its suffix>.vocab.txt`.

    Args:
        cooccurrence: what `glove.cooccurrence` returns.
        path: the file to write; its folder must exist.
        overwrite: replace files that are already there.

    Raises:
        GloveFileError: one of the files exists and `overwrite` is False.
        GloveNotFoundError: the folder does not exist.
        GloveValueError: a word that the file cannot hold.

    Example:

    >>> import pathlib, tempfile
    >>> import glove
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "counts.bin"
    >>> glove.save_cooccurrence(glove.cooccurrence([["to", "be"]] * 5), path)
    >>> print(path.with_suffix(".vocab.txt").read_text(encoding="utf-8"), end="")
    be 5
    to 5
    >>> glove.load_cooccurrence(path).counts.toarray().tolist()
    [[0.0, 5.0], [5.0, 0.0]]
    """
    path = Path(path)
    for file in (path, vocabulary_path(path)):
        check_new_file(file, overwrite)
    check_words(cooccurrence.vocabulary, "cooccurrence holds")
    counts = cooccurrence.counts
    # Both files get their names when both are complete.
    with written_beside(vocabulary_path(path)) as words, written_beside(path) as records:
        lines = zip(cooccurrence.vocabulary, cooccurrence.occurrences.tolist(), strict=True)
        words.write_bytes("".join(f"{word} {count}\n" for word, count in lines).encode())
        with open(records, "wb") as file:
            _write_records(counts, file)


def _write_records(counts: scipy.sparse.csr_array, file: BinaryIO) -> None:
    for begin in range(0, counts.nnz, RECORDS_AT_ONCE):
        end = min(begin + RECORDS_AT_ONCE, counts.nnz)
        records = np.empty(end - begin, RECORD)
        cells = np.arange(begin, end)
        records["row"] = np.searchsorted(counts.indptr, cells, side="right")  # from 1
        records["column"] = counts.indices[begin:end] + 1
        records["count"] = counts.data[begin:end]
        records.tofile(file)


def load_cooccurrence(path: str | os.PathLike) -> Cooccurrence:
    """Reads what `save_cooccurrence` or the reference program's `cooccur` wrote.

    The records may be in any order. The words are read from `<path without its suffix>.vocab.txt`;
    the reference program's `vocab_count` writes that file.

    Raises:
        GloveNotFoundError: one of the two files does not exist.
        GloveFileError: they do not hold counts and words, or do not fit each other.
    """
    path = Path(path)
    words_path = vocabulary_path(path)
    for file in (path, words_path):
        if not file.is_file():
            raise GloveNotFoundError(
                f"{file} does not exist, but counts are two files, {path.name} and "
                f"{words_path.name}; glove.save_cooccurrence writes both."
            )
    vocabulary, occurrences = _read_words(words_path)
    records = _read_records(path)
    size = len(vocabulary)
    for name in ("row", "column"):
        ids = records[name]
        if ids.min() < 1 or ids.max() > size:
            raise GloveFileError(
                f"{path} has a {name} of {ids.min()} or {ids.max()}, but {words_path.name} has "
                f"{size} words, so that 1 to {size} are possible; use the words it was counted "
                "with."
            )
    counts = records["count"]
    if not (np.isfinite(counts) & (counts > 0)).all():
        raise GloveFileError(
            f"{path} has a count that is not a finite number above 0; count again."
        )
    places = (records["row"] - 1, records["column"] - 1)
    matrix = scipy.sparse.coo_matrix((counts, places), shape=(size, size)).tocsr()
    matrix.sort_indices()
    return Cooccurrence(vocabulary, occurrences, matrix)


def vocabulary_path(path: Path) -> Path:
    """Where the words of the counts at `path` stand."""
    return path.with_suffix(".vocab.txt")


def _read_records(path: Path) -> np.ndarray:
    size = path.stat().st_size
    if not size or size % RECORD.itemsize:
        raise GloveFileError(
            f"{path} has {size} bytes, but counts are records of {RECORD.itemsize} bytes each; "
            "it is cut off or something else, so count again."
        )
    return np.fromfile(path, RECORD)


def _read_words(path: Path) -> tuple[list[str], np.ndarray]:
    occurrences: dict[str, int] = {}
    for number, line in enumerate(path.read_bytes().split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            word, count = line.decode("utf-8").split(" ")
            occurs = int(count)
        except ValueError:
            shown = line[:40].decode("utf-8", "replace")
            raise GloveFileError(
                f"{path}, line {number}: {shown!r} is not a word and a whole number in UTF-8, with "
                "one blank between; use the file that was written with the counts."
            ) from None
        if word in occurrences:
            raise GloveFileError(
                f"{path}, line {number}: {word!r} stands there a second time; use the file that "
                "was written with the counts."
            )
        occurrences[word] = occurs
    return list(occurrences), np.array(list(occurrences.values()), np.int64)
