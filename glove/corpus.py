"""A text file as lists of words, one list a line, read as the reference program reads it."""

import gzip
import io
import os
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from glove.errors import GloveFileError, GloveNotFoundError

_BYTES_AT_ONCE = 1 << 20


def read_corpus(path: str | os.PathLike) -> Iterator[list[str]]:
    """The lines of a text as lists of words, for `glove.cooccurrence`.

    Spaces and tabs part the words, whatever else Unicode calls a space does not; carriage returns
    are dropped, and so are lines without a word. The text goes by in pieces: what is in memory is
    one line, in which a word that comes again is the same object, so that a corpus of a single
    line, such as text8, is read too.

    Args:
        path: a UTF-8 text file; packed if the name ends in `.gz`.

    Returns:
        An iterator, to be gone through once.

    Raises:
        GloveNotFoundError: there is no such file.
        GloveFileError: it is a folder; or, while it is read: a line is not UTF-8, the file has no
            word, or it is packed and damaged.

    Example:

    >>> import pathlib, tempfile
    >>> import glove
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "star.txt"
    >>> _ = path.write_text("twinkle twinkle little star\\n\\nhow I wonder\\n", encoding="utf-8")
    >>> list(read_corpus(path))
    [['twinkle', 'twinkle', 'little', 'star'], ['how', 'I', 'wonder']]
    >>> glove.cooccurrence(read_corpus(path), min_count=1).vocabulary[:2]
    ['twinkle', 'I']

    Reference: `get_word` in `src/common.c` of https://github.com/stanfordnlp/GloVe.
    """
    path = Path(path)
    if path.is_dir():
        raise GloveFileError(f"{path} is a folder; give a text file.")
    if not path.exists():  # a pipe is no file, but can be read
        raise GloveNotFoundError(f"{path} does not exist; give a text file.")
    return _sentences(path)


def _sentences(path: Path) -> Iterator[list[str]]:
    number, empty = 1, True
    line: list[str] = []  # the words so far of a line that comes in several pieces
    rest = b""  # its last word, which may go on
    known: dict[str, str] = {}  # its types
    try:
        with _opened(path) as file:
            for piece in iter(partial(file.readline, _BYTES_AT_ONCE), b""):
                piece = rest + piece.replace(b"\t", b" ").replace(b"\r", b"")
                if not piece.endswith(b"\n"):
                    piece, _, rest = piece.rpartition(b" ")
                    words = _words(piece)
                    line.extend(map(known.setdefault, words, words))
                    continue
                sentence, line, rest, known = line + _words(piece[:-1]), [], b"", {}
                if sentence:
                    empty = False
                    yield sentence
                number += 1
            if sentence := line + _words(rest):  # no line feed at the end
                empty = False
                yield sentence
    except UnicodeDecodeError as error:
        raise GloveFileError(
            f"{path}, line {number}: the byte 0x{error.object[error.start]:02x} is not UTF-8; "
            "convert the file, for example with iconv -f cp1252 -t utf-8."
        ) from None
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise GloveFileError(
            f"{path}, line {number} or later: the packed file is cut short or damaged ({error}); "
            "get it again."
        ) from error
    if empty:
        raise GloveFileError(f"{path} has no word; give a text of two or more words.")


def _opened(path: Path) -> BinaryIO:
    # gzip reads single lines slowly.
    return io.BufferedReader(gzip.open(path)) if path.suffix == ".gz" else open(path, "rb")


def _words(blanks_between: bytes) -> list[str]:
    return list(filter(None, blanks_between.decode("utf-8").split(" ")))
