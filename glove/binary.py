"""The binary files of vectors that others write: word2vec's and fastText's, read by gensim."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from glove.errors import GloveFileError
from glove.opening import MAYBE_DAMAGED, in_words, open_bytes, unpacked_name

_FASTTEXT = b"\xba\x16\x4f\x2f"
_HEADER = re.compile(rb"\d{1,12} \d{1,6}\r?\n")
_ROWS = 10_000


def is_binary(path: str | os.PathLike) -> bool:
    """Whether a file holds vectors in binary: by its name (.bin, packed or not), or its bytes.

    Raises:
        GloveFileError: the name ends in .bin, and it is neither word2vec's nor fastText's.
    """
    if Path(path).suffix.lower() == ".zip":
        return False
    named = unpacked_name(path).suffix.lower() == ".bin"
    try:
        with open_bytes(path) as stream:
            head = stream.peek(4096)
    except MAYBE_DAMAGED as error:
        raise in_words(path, 1, error) from error
    header = _HEADER.match(head)
    # In the text format zeros do not stand between the numbers.
    binary = head.startswith(_FASTTEXT) or bool(header and b"\0" in head[header.end() :])
    if named and not binary and not header:
        raise GloveFileError(
            f"{path} is neither a binary file of word2vec nor one of fastText; if it holds "
            "co-occurrence counts, train vectors from them first."
        )
    return binary or (named and not _is_text(head))


def _is_text(head: bytes) -> bool:
    try:
        head[:1024].decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start > 1000  # a character is cut off
    return True


def read_binary(path: Path, limit: int | None) -> Iterator[tuple[list[str], np.ndarray]]:
    """The words and vectors, N and (N, D) at a time, as `reading.read_blocks` gives them.

    Of fastText the vectors of whole words; what it makes up for words that it has not seen needs
    its own program, or gensim's `load_facebook_vectors`.

    Raises:
        GloveFileError: it is cut short, or damaged.
    """
    from gensim.models import KeyedVectors
    from gensim.models.fasttext import load_facebook_vectors

    with open_bytes(path) as stream:
        fasttext = stream.peek(4).startswith(_FASTTEXT)
    try:
        if fasttext:
            vectors = load_facebook_vectors(os.fspath(path))
        else:
            vectors = KeyedVectors.load_word2vec_format(os.fspath(path), binary=True, limit=limit)
    except (EOFError, ValueError, NotImplementedError, AssertionError, OSError) as error:
        raise GloveFileError(
            f"{path} is cut short or damaged, or of a kind that gensim cannot read ({error}); "
            "get it again."
        ) from error
    words, matrix = vectors.index_to_key[:limit], vectors.vectors
    for begin in range(0, len(words), _ROWS):
        rows = np.ascontiguousarray(matrix[begin : min(begin + _ROWS, len(words))], np.float32)
        yield words[begin : begin + _ROWS], rows
