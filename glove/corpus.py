"""Texts as lists of words, one list a line, read as the reference program reads them."""

import logging
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from glove.checks import check_booleans
from glove.encodings import checked_encoding
from glove.errors import GloveFileError
from glove.opening import MAYBE_DAMAGED, is_damage, not_utf_8, open_text, shown_path
from glove.sources import Paths, text_files
from glove.tables import Column, is_table, read_table
from glove.words import Words, is_unsegmented

logger = logging.getLogger("glove")

BYTES_AT_ONCE = 1 << 20
LOOKED_AT = 10_000  # words, before it is said that a text looks like Chinese without blanks
MARK = "\ufeff".encode()
# What parts words: U+000B and U+000C too, by which the C program's scanf would part them later.
BLANKS = bytes.maketrans(b"\t\v\f", b"   ")


def read_corpus(
    path: Paths,
    text_column: Column | None = None,
    encoding: str = "utf-8",
    lowercase: bool = False,
    split_punctuation: bool = False,
    language: str | None = None,
) -> Iterator[list[str]]:
    """The lines of texts as lists of words, for `glove.cooccurrence`.

    Spaces and tabs part the words, whatever else Unicode calls a space does not; carriage returns
    are dropped, and so are lines without a word. The text goes by in pieces: what is in memory is
    one line, in which a word that comes again is the same object, so that a corpus of a single
    line, such as text8, is read too. Of a table each row is a list.

    Args:
        path: a text, packed if the name ends in `.gz`, `.bz2` or `.xz`; a table (.csv, .tsv,
            .jsonl, .json); a folder of texts; "-" for the standard input; or a list of these.
        text_column: the column of a table that holds the texts, by its name, or by its number, from
            0, in a table without a header; by default the only one, or the one called "text".
        encoding: of the files, by the name that Python has for it.
        lowercase: write every word in lower case ("İ" as "i").
        split_punctuation: make each sign around words, and between them, a word of its own. An
            apostrophe inside a word stays, of whatever form as "'", and so do stop and comma
            between digits and the stops of "U.S."; what differs in print alone is made one (NFKC).
        language: "zh" cuts runs of Han characters into words, by jieba where it is installed, and
            otherwise each character is a word; which of the two is logged.

    Returns:
        An iterator, to be gone through once.

    Raises:
        GloveNotFoundError: there is no such file.
        GloveFileError: a folder has no text; or, while it is read: a line is in another encoding,
            a file has no word, or is something else than a text, or packed and damaged.
        GloveValueError: an encoding, a language or a column that does not exist.

    Example:

    >>> import pathlib, tempfile
    >>> import glove
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "star.txt"
    >>> _ = path.write_text("Twinkle, twinkle\\n\\nhow I wonder\\n", encoding="utf-8")
    >>> list(read_corpus(path))
    [['Twinkle,', 'twinkle'], ['how', 'I', 'wonder']]
    >>> list(read_corpus(path, lowercase=True, split_punctuation=True))
    [['twinkle', ',', 'twinkle'], ['how', 'i', 'wonder']]

    Reference: `get_word` in `src/common.c` of https://github.com/stanfordnlp/GloVe.
    """
    check_booleans(lowercase=lowercase, split_punctuation=split_punctuation)
    words = Words(lowercase, split_punctuation, language)
    files = text_files(path, tables=text_column is not None)
    checked_encoding(encoding)
    return _sentences(files, text_column, encoding, words)


def _sentences(
    files: list[Path], text_column: Column | None, encoding: str, words: Words
) -> Iterator[list[str]]:
    sample: list[str] | None = [] if words.language is None else None
    empty = True
    for path in files:
        table = text_column is not None or is_table(path)
        lines = _rows(path, text_column, encoding) if table else _lines(path, encoding)
        for line in lines:
            if sentence := words(line):
                empty = False
                if sample is not None:
                    sample += line[: LOOKED_AT - len(sample)]
                    if len(sample) >= LOOKED_AT:
                        sample = _said(sample)
                yield sentence
    if empty:
        one = len(files) == 1
        nothing = f"{shown_path(files[0])} has no" if one else f"None of {len(files)} files has a"
        raise GloveFileError(f"{nothing} word; use a text of two or more words.")
    if sample:
        _said(sample)


def _said(sample: list[str]) -> None:
    if is_unsegmented(sample):
        logger.warning(
            "Most of the text is Chinese without blanks between its words, so that whole clauses "
            'count as words; pass language="zh" (--language zh).'
        )


def _rows(path: Path, text_column: Column | None, encoding: str) -> Iterator[list[str]]:
    for record in read_table(path, text_column, encoding=encoding):
        yield record.text.split()


def _lines(path: Path, encoding: str) -> Iterator[list[str]]:
    number = 1
    line: list[str] = []  # the words so far of a line that comes in several pieces
    rest = b""  # its last word, which may go on
    known: dict[str, str] = {}  # its types
    try:
        with open_text(path, encoding) as file:
            for piece in iter(partial(file.readline, BYTES_AT_ONCE), b""):
                piece = rest + piece.translate(BLANKS, b"\r")
                if not piece.endswith(b"\n"):
                    piece, _, rest = piece.rpartition(b" ")
                    words = _words(piece)
                    line.extend(map(known.setdefault, words, words))
                    continue
                sentence, line, rest, known = line + _words(piece[:-1]), [], b"", {}
                yield sentence
                number += 1
            yield line + _words(rest)  # no line feed at the end
    except UnicodeDecodeError as error:
        raise GloveFileError(
            f"{path}, line {number}: the byte 0x{error.object[error.start]:02x} is not UTF-8; "
            f"{not_utf_8(path, error.object)}."
        ) from None
    except MAYBE_DAMAGED as error:
        if not is_damage(error):
            raise
        raise GloveFileError(
            f"{path}, line {number} or later: the packed file is cut short or damaged ({error}); "
            "get it again."
        ) from error


def _words(blanks_between: bytes) -> list[str]:
    # A mark of byte order is no part of a word, in the middle of files put together either.
    text = blanks_between.removeprefix(MARK).decode("utf-8")
    return list(filter(None, text.split(" ")))
