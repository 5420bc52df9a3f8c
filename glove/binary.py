"""The binary files of vectors that others write: word2vec's, and fastText's, which gensim reads."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from glove.errors import GloveFileError
from glove.opening import MAYBE_DAMAGED, in_words, open_bytes, unpacked_name

FASTTEXT = b"\xba\x16\x4f\x2f"
HEADER = re.compile(rb"\d{1,12} \d{1,6}\r?\n")
ROWS = 10_000
BYTES = 1 << 20  # that are read at once
LONGEST = 1 << 12  # bytes of a word
# The last byte of a float32 that is 0 or, without its sign, from 1e-9 to 1e5; and of one below
# 1e10, but not about 2e-19, whose last byte is a blank.
USUAL = bytes(byte for byte in range(256) if byte & 0x7F in (0, *range(0x30, 0x48)))
POSSIBLE = bytes(byte for byte in range(256) if byte & 0x7F < 0x51 and byte != 0x20)


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
    header = HEADER.match(head)
    # In the text format zeros do not stand between the numbers.
    binary = head.startswith(FASTTEXT) or bool(header and b"\0" in head[header.end() :])
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
    with open_bytes(path) as stream:
        fasttext = stream.peek(4).startswith(FASTTEXT)
    yield from _fasttext(path, limit) if fasttext else _word2vec(path, limit)


def _fasttext(path: Path, limit: int | None) -> Iterator[tuple[list[str], np.ndarray]]:
    from gensim.models.fasttext import load_facebook_vectors

    try:
        vectors = load_facebook_vectors(os.fspath(path))
    except (EOFError, ValueError, NotImplementedError, AssertionError, OSError) as error:
        raise GloveFileError(
            f"{path} is cut short or damaged, or of a kind that gensim cannot read ({error}); "
            "get it again."
        ) from error
    words, matrix = vectors.index_to_key[:limit], vectors.vectors
    for begin in range(0, len(words), ROWS):
        rows = np.ascontiguousarray(matrix[begin : min(begin + ROWS, len(words))], np.float32)
        yield words[begin : begin + ROWS], rows


def _word2vec(path: Path, limit: int | None) -> Iterator[tuple[list[str], np.ndarray]]:
    """A header "V D", and V times a word, a blank and D float32; a line break may follow each."""
    try:
        with open_bytes(path) as stream:
            count, size = map(int, stream.readline(32).split())
            width = 4 * size
            data, start = b"", 0  # what is read, and where the next word begins
            words: list[str] = []
            rows: list[np.ndarray] = []
            for left in reversed(range(max(0, count - (limit or count)), count)):
                if len(data) - start < LONGEST + width:
                    data, start = data[start:] + stream.read(BYTES + width), 0
                while data[start : start + 1] == b"\n":
                    start += 1
                end = _end_of_word(data, start, width, is_last=left == 0)
                if end < 0:
                    raise GloveFileError(
                        f"{path} is cut short or damaged: behind word {count - left:,} of "
                        f"{count:,} there are not {size} numbers; get it again."
                    )
                words.append(_decoded(path, data[start:end]))
                rows.append(np.frombuffer(data, "<f4", size, end + 1))
                start = end + 1 + width
                if len(words) == ROWS:
                    yield words, np.array(rows, np.float32)
                    words, rows = [], []
            yield words, np.array(rows, np.float32).reshape(-1, size)
    except MAYBE_DAMAGED as error:
        raise in_words(path, 1, error) from error


def _end_of_word(data: bytes, start: int, width: int, is_last: bool) -> int:
    """Where the blank stands behind which a vector of `width` bytes begins; -1 where none is.

    A word may have blanks too, as gensim writes it. Where numbers begin in the middle of one, they
    are huge or tiny, and behind the last vector something would be left over.
    """
    for allowed in (USUAL, POSSIBLE):
        end = data.find(b" ", start + 1, start + LONGEST)
        while 0 <= end <= len(data) - 1 - width:
            behind = end + 1 + width
            if not data[end + 4 : behind : 4].translate(None, allowed) and not (
                is_last and data[behind:].strip(b"\n")
            ):
                return end
            end = data.find(b" ", end + 1, start + LONGEST)
    return -1


def _decoded(path: Path, word: bytes) -> str:
    try:
        return word.decode("utf-8")
    except UnicodeDecodeError:
        raise GloveFileError(
            f"{path} is cut short or damaged, or not in UTF-8 (it has the word {word[:40]!r}); get "
            "it again."
        ) from None
