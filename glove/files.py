"""Vectors on disk: the plain GloVe text format, one word and its D numbers a line, UTF-8."""

import io
import itertools
import logging
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from glove.binary import is_binary, read_binary
from glove.cache import Table, cache_entry, complete, find, mapped, remove_stale
from glove.checks import check_booleans, check_choice, check_integer, check_new_file, check_words
from glove.encodings import checked_encoding
from glove.errors import GloveFileError, GloveNotFoundError, GloveValueError
from glove.published import PUBLISHED, download, is_published, on_disk
from glove.reading import give_back, read_blocks
from glove.vectors import fill_norms, keyed_vectors, without_direction
from glove.writing import written_beside

if TYPE_CHECKING:
    from gensim.models import KeyedVectors

logger = logging.getLogger("glove")

HEADER = re.compile(r"[0-9]+ [0-9]+")
LINES_PER_WRITE = 10_000
WORTH_CACHING = 1 << 20  # bytes; a smaller file is parsed in milliseconds


def load(
    name_or_path: str | os.PathLike,
    limit: int | None = None,
    vocabulary: Iterable[str] | None = None,
    member: str | None = None,
    cache: bool = True,
    encoding: str = "utf-8",
    on_error: str = "raise",
) -> "KeyedVectors":
    """Reads vectors in the GloVe text format, or the word2vec text format with its header (of two
    numbers or more a word), or from the binary files of word2vec and fastText.

    A file of a megabyte or more is parsed once. Its vectors are then kept in the folder
    `GLOVE_CACHE`, or else `~/.cache/glove`, and later loads map them into memory, as long as the
    file has the same path, size and modification time. The array may be written to; the file and
    what is kept stay as they are. A part (`limit` or `vocabulary`) is taken from what is kept if
    there is something, but is not kept itself.

    A word may have spaces (". . ." in glove.840B.300d). Where a word comes twice the first vector
    is kept, and a warning with the count is logged. So it is for vectors of zeros, which some files
    have for padding: they are kept, and gensim's cosine similarities of them are 0, not NaN.

    Args:
        name_or_path: a `.txt` file (any other ending is read as text, too), packed (`.gz`, `.bz2`,
            `.xz`) or not, or a `.zip` that has one; a `.bin` of word2vec or fastText, which is not
            kept in the cache; or the name of published vectors, which `download` then gets.
        limit: read only so many lines from the top; GloVe files have the most frequent words first.
        vocabulary: keep only these words, in the order of the file; those that it does not have are
            left out. Memory is taken for what is kept, and the lines of other words are passed over
            without a look at their numbers. With `limit`, the words are sought in so many lines.
        member: which file of a `.zip` that has several, for example "glove.6B.100d.txt".
        cache: False neither looks for vectors that are kept nor keeps them. They are mapped all the
            same, to a file in the folder for temporary files (`TMPDIR`) that is gone with them.
        encoding: of the text, by the name that Python has for it.
        on_error: "skip" leaves out a line that is damaged, such as one with a blank for its word,
            and logs a warning with the count; such a file is not kept in the cache.

    Returns:
        A gensim `KeyedVectors`, float32.

    Raises:
        GloveNotFoundError: there is neither such a file nor such a name.
        GloveFileError: the file does not hold vectors; the message names the line.
        GloveValueError: `limit`, `vocabulary`, `member`, `encoding` or `on_error` cannot be meant.
        GloveDownloadError: published vectors are not on this machine and cannot be downloaded.

    Example:

    >>> import pathlib, tempfile
    >>> import glove
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "vectors.txt"
    >>> _ = path.write_text("the 0.1 0.2\\nof 0.3 0.1\\nking -1.5 2\\n", encoding="utf-8")
    >>> glove.load(path)["king"].tolist()
    [-1.5, 2.0]
    >>> glove.load(path, vocabulary=["king", "the", "queen"]).index_to_key
    ['the', 'king']
    """
    if limit is not None:
        check_integer("limit", limit)
    if isinstance(vocabulary, str):
        raise GloveValueError(
            f"vocabulary={vocabulary[:40]!r} is one text; use a list or another iterable of words."
        )
    wanted = None if vocabulary is None else set(vocabulary)
    if wanted is not None and not all(isinstance(word, str) for word in wanted):
        raise GloveValueError("vocabulary holds something that is no string; use a list of words.")
    check_choice("on_error", on_error, ("raise", "skip"))
    check_booleans(cache=cache)
    checked_encoding(encoding)
    path = _path(name_or_path, member, cache)
    _check_readable(path)
    binary = is_binary(path)
    cache = cache and not binary and path.stat().st_size >= WORTH_CACHING
    table = find(cache_entry(path, member, encoding)) if cache else None
    faults: dict[int, str] | None = {} if on_error == "skip" else None
    if table is None and cache and limit is None and wanted is None and faults is None:
        table = _cached(path, member, encoding)
    # Lines are counted with duplicates, which are not among the vectors that are kept.
    if table is not None and not (limit and table.duplicates):
        words, matrix, duplicates, short = _part(table, limit, wanted)
    else:
        # Mapped as well, if it may be large: an array that grows would lie beside the blocks.
        with _sink(path.stat().st_size) as file:
            if binary:
                blocks = _only(read_binary(path, limit), wanted)
            else:
                blocks = read_blocks(path, member, limit, wanted, encoding, faults)
            words, size, duplicates, short = _collect(blocks, file)
            give_back()
            matrix = mapped(file, len(words), size)
    if faults:
        first = min(faults)
        logger.warning("%s: %d lines were left out. First: %s", path, len(faults), faults[first])
    if duplicates:
        logger.warning(
            "%s holds %d words more than once; the first vector of each was kept.", path, duplicates
        )
    vectors = keyed_vectors(words, matrix)
    if short and (rows := np.flatnonzero(fill_norms(vectors))).size:
        logger.warning(
            "%s holds %d words whose vector is all zeros, %r first; their cosine similarity to "
            "every word is 0.",
            path,
            len(rows),
            vectors.index_to_key[rows[0]],
        )
    return vectors


def save(vectors: "KeyedVectors", path: str | os.PathLike, overwrite: bool = False) -> None:
    """Writes vectors as a plain GloVe text file, which `load` reads back bit for bit.

    The file is written beside its place and then renamed, so that it is there whole or not at all.

    Args:
        vectors: a gensim `KeyedVectors`; written as float32.
        path: the file to write; its folder must exist.
        overwrite: replace a file that is already there.

    Raises:
        GloveFileError: the file exists and `overwrite` is False, or it is a folder.
        GloveNotFoundError: the folder does not exist.
        GloveValueError: the name is that of a packed file; a word that the format cannot hold, or a
            number that is NaN or infinite.

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
    path = check_new_file(path, overwrite)
    check_plain_name(path, f"path={str(path)!r}")
    words, matrix = _checked_vectors(vectors)
    with written_beside(path) as beside, open(beside, "wb") as file:
        for begin in range(0, len(words), LINES_PER_WRITE):
            end = begin + LINES_PER_WRITE
            file.write("".join(_lines(words[begin:end], matrix[begin:end])).encode("utf-8"))


def check_plain_name(path: Path, label: str) -> None:
    """The name of a file to write, called by the label, that `load` will read as plain text."""
    if path.suffix.lower() in (".gz", ".bz2", ".xz", ".zip"):
        raise GloveValueError(
            f"{label} would be read as a packed file, but plain text is written; use another "
            "ending, for example .txt."
        )


# === Reading ===


def _path(name_or_path: str | os.PathLike, member: str | None, cache: bool) -> Path:
    path = Path(name_or_path)
    if path.is_file():
        return path
    if not is_published(str(name_or_path)):
        raise GloveNotFoundError(
            f"name_or_path={str(path)!r} is not a file and not the name of published vectors; use "
            f"the path of a GloVe text file or one of {', '.join(PUBLISHED)}."
        )
    for path in on_disk(str(name_or_path)) if cache else ():
        if cache_entry(path, member).is_file():  # its checksum was compared when it was parsed
            return path
    return download(str(name_or_path))


def _check_readable(path: Path) -> None:
    """Names what holds vectors and is not read here."""
    ending = path.suffix.lower()
    if ending in (".kv", ".model"):
        raise GloveFileError(
            f"{path} is a file of gensim's own, a pickle, which may run any code when it is read; "
            "if you trust it, gensim.models.KeyedVectors.load(...) reads it, and its result is "
            "taken wherever vectors are."
        )
    if ending in (".npy", ".npz"):
        raise GloveFileError(
            f"{path} holds numbers without their words; read it with numpy.load, and put both "
            "together with gensim's KeyedVectors(size).add_vectors(words, array)."
        )


def _only(
    blocks: Iterable[tuple[list[str], np.ndarray]], wanted: set[str] | None
) -> Iterator[tuple[list[str], np.ndarray]]:
    for words, rows in blocks:
        if wanted is not None:
            kept = [row for row, word in enumerate(words) if word in wanted]
            words, rows = [words[row] for row in kept], rows[kept]
        yield words, rows


def _cached(path: Path, member: str | None, encoding: str) -> Table | None:
    """Parses a file into the cache, one block in memory at a time. None if that is not possible."""
    entry = cache_entry(path, member, encoding)
    try:
        entry.parent.mkdir(parents=True, exist_ok=True)
        with written_beside(entry) as beside, open(beside, "wb") as file:
            words, size, duplicates, short = _collect(
                read_blocks(path, member, encoding=encoding), file
            )
            complete(file, words, size, duplicates, short)
        give_back()
        remove_stale(entry)
        return Table(words, mapped(entry, len(words), size), duplicates, short)
    except OSError as error:
        logger.warning(
            "%s is parsed, but not kept for the next time (%s); set GLOVE_CACHE to a folder that "
            "can be written to.",
            path,
            error,
        )
        return None


def _sink(size: int) -> BinaryIO:
    """Where the vectors of a file of so many bytes go if they are not kept."""
    if size < WORTH_CACHING:
        return io.BytesIO()
    try:
        return tempfile.TemporaryFile()
    except OSError as error:
        raise GloveFileError(
            f"There is no folder for temporary files ({error}); set TMPDIR to one that can be "
            "written to."
        ) from error


def _collect(
    blocks: Iterable[tuple[list[str], np.ndarray]], sink: BinaryIO
) -> tuple[dict[str, int], int, int, int]:
    """Writes the first vector of each word to the sink.

    Returns:
        The row of each, D, how many others there were, and how many of those kept are zeros.
    """
    index: dict[str, int] = {}
    total = size = short = 0
    for words, rows in blocks:
        total += len(words)
        if len(set(words)) == len(words) and index.keys().isdisjoint(words):
            index.update(zip(words, itertools.count(len(index))))
        else:
            kept = []
            for row, word in enumerate(words):
                if word not in index:
                    index[word] = len(index)
                    kept.append(row)
            rows = rows[kept]
        sink.write(rows)
        size = rows.shape[1]
        short += int(without_direction(rows).sum())
    sink.flush()
    return index, size, total - len(index), short


def _part(table: Table, limit: int | None, wanted: set[str] | None) -> Table:
    words, matrix, duplicates, short = table
    if limit is not None:
        words, matrix = list(words)[:limit], matrix[:limit]
    if wanted is not None:
        rows = [row for row, word in enumerate(words) if word in wanted]
        words, matrix = [words[row] for row in rows], matrix[rows]
    return Table(words, matrix, duplicates, short)


# === Writing ===


def _checked_vectors(vectors: "KeyedVectors") -> tuple[list[str], np.ndarray]:
    words, matrix = vectors.index_to_key, np.asarray(vectors.vectors, dtype=np.float32)
    check_words(words, "vectors hold")
    if words and words[0].startswith("\ufeff"):
        raise GloveValueError(
            f"vectors hold the word {words[0]!r} first, whose first character is the mark of an "
            "encoding at the head of a file; rename the word or put another one first."
        )
    unusable = np.flatnonzero(~np.isfinite(matrix).all(axis=1))
    if len(unusable):
        raise GloveValueError(
            f"vectors hold NaN or infinity for the word {words[unusable[0]]!r} and "
            f"{len(unusable) - 1} others; a vector has finite numbers; remove them first."
        )
    return words, matrix


def _lines(words: list[str], matrix: np.ndarray) -> list[str]:
    """The shortest digits that give back the same float32, joined with the words."""
    import pyarrow
    from pyarrow import compute

    numbers = [pyarrow.array(column).cast(pyarrow.string()) for column in matrix.T]
    lines = compute.binary_join_element_wise(pyarrow.array(words), *numbers, " ").to_pylist()
    # A word of digits with one whole number would be read as the header "V D".
    lines = [f"{line}.0" if HEADER.fullmatch(line) else line for line in lines]
    return [f"{line}\n" for line in lines]
