"""One line of a GloVe text: a word and its numbers, or what is wrong with it in words."""

import contextlib
import itertools
import math
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from glove.errors import GloveFileError
from glove.opening import not_utf_8

# What a person would read as a first number, or as a sign that there is none.
FIRST_NUMBER = re.compile(r"\d|^[\[(]|^(none|null|nan|na|n/a|inf|-)$", re.IGNORECASE)
NUMBER_AND_TAB = re.compile(rb"\d+\t[^ \t]")
MOST = float(np.finfo(np.float32).max)


class _Fault(Exception):
    """What is wrong with a line, in words."""


class _NotUtf8(Exception):
    """A line, and where in it a byte is no UTF-8."""


@contextlib.contextmanager
def located(path: Path, number: int) -> Iterator[None]:
    """Adds the file and the line to what is found wrong with a line meanwhile."""
    try:
        yield
    except _Fault as fault:
        raise GloveFileError(f"{path}, line {number}: {fault}") from None
    except _NotUtf8 as fault:
        line, place = fault.args
        raise GloveFileError(
            f"{path}, line {number}: byte 0x{line[place]:02x} is not UTF-8; "
            f"{not_utf_8(path, line)}."
        ) from None


def text_size(lines: list[bytes], skip: bool = False) -> int:
    """D of a file without a header, from the first lines of it.

    It is how many fields stand behind the first one in most of the lines in which all of them are
    numbers, so that a number lost, a first number in another spelling ("−0.1", "None") or a column
    of ids is found out, and not taken for a part of a word that has a space. Only where the words
    of all lines have spaces it is the numbers at the end that count.

    Args:
        lines: without line ends, none of them empty.
        skip: whether lines that say nothing may be passed over, as long as one does.

    Example:

    >>> text_size([b". . . 0.5 -1", b"the 2 3"])
    2
    """
    rows = [line.decode("utf-8", "replace").split(" ")[1:] for line in lines]
    sizes = Counter(len(row) for row in rows if row and all(map(_is_number, row)))
    if sizes and (rows[0] or skip):
        return max(sizes, key=sizes.__getitem__)  # of equally many lines the first
    for line in lines if skip else ():
        with contextlib.suppress(_Fault, _NotUtf8):
            return _size_at_end(line)
    return _size_at_end(lines[0])


def _size_at_end(line: bytes) -> int:
    """How many numbers stand at the end of a line, whose word may have spaces."""
    text = _decoded(line)
    fields = text.split(" ")[1:]
    if not fields:
        remedy = "this one looks like a list of words"
        if "," in text:
            remedy = "here commas stand between; write spaces instead"
        raise _Fault(
            f"{_shown(text)} is a word without a vector; a GloVe file has a word and its numbers "
            f"on each line, with spaces between, and {remedy}."
        )
    size = len(list(itertools.takewhile(_is_number, reversed(fields))))
    wrong = fields[-size - 1]
    if size == 0 or FIRST_NUMBER.search(wrong) or any(map(_is_number, fields[:-size])):
        raise _Fault(f"{_shown(wrong)} is not a number; a word and its numbers are needed.")
    if text.split(" ")[0].isdecimal():
        raise _numbered(text, "-d ' ' -f 2-")
    return size


def check_not_numbered(lines: list[bytes]) -> None:
    """That the words are not behind the numbers of their lines, each with a tab between."""
    if all(map(NUMBER_AND_TAB.match, lines)):
        raise _numbered(_decoded(lines[0]), "-f 2-")


def _numbered(text: str, cut: str) -> _Fault:
    return _Fault(
        f"{_shown(text)} begins with a number and a word, as if lines were numbered; remove the "
        f"numbers, for example with cut {cut}."
    )


def parse_line(line: bytes, size: int) -> tuple[str, list[float]]:
    """The word and the numbers of a line.

    A word may have spaces, as ". . ." has in glove.840B.300d, as long as no part of it but the
    first could be meant for a number.

    Args:
        line: without its line end, and not empty.
        size: D, how many numbers it needs.

    Example:

    >>> parse_line(b"to name@domain.com 0.5 -1", size=2)
    ('to name@domain.com', [0.5, -1.0])
    """
    text = _decoded(line)
    word, *fields = text.rsplit(" ", size)
    parts = re.split("[ \t]", word)[1:]
    if not word and len(fields) == size:
        raise _Fault(
            f"{_shown(text)} begins with a space where a word is needed; put one there, or leave "
            'the line out with on_error="skip" (--skip-errors).'
        )
    if len(fields) < size or "" in parts or any(map(_is_meant_for_a_number, parts)):
        raise _Fault(
            f"{_shown(text)} has {text.count(' ')} numbers instead of the {size} of other lines; "
            "every line needs a word and equally many numbers, with one space between."
        )
    return word, [_number(field, size) for field in fields]


def _number(field: str, size: int) -> float:
    number = _float(field)
    if number is None:
        raise _Fault(f"{_shown(field)} is not a number; a word and {size} numbers are needed.")
    if not abs(number) <= MOST:  # NaN is not <= anything
        raise _Fault(
            f"{_shown(field)} is not a finite float32 number; remove the line or train the vectors "
            "again."
        )
    return number


def _decoded(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _NotUtf8(line, error.start) from None


def _float(field: str) -> float | None:
    """As the columnar reader sees it: Python would also take "1_0" and other scripts."""
    if "_" in field or not field.isascii():
        return None
    try:
        return float(field)
    except ValueError:
        return None


def _is_number(field: str) -> bool:
    return _float(field) is not None


def _is_meant_for_a_number(field: str) -> bool:
    """Also with another minus, in brackets, or as C writes a float."""
    plain = field.replace("−", "-").strip("[](),;").removesuffix("f")
    return _is_number(plain) and math.isfinite(float(plain))


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:40] + "…")
