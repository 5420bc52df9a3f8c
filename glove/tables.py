"""Texts in tables: a column of a CSV, TSV or JSONL file, and the labels beside it.

CSV is read by Python's `csv`: a quoted field may hold commas, quotes and line breaks, and a NUL is
a character. (A columnar reader would take the lines of a field for rows where it splits a file.) A
row that has another number of fields than the header is refused, since a text that holds commas
without quotes would lose its end otherwise.
"""

import csv
import difflib
import io
import itertools
import json
import os
import re
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

from glove.errors import GloveFileError, GloveValueError
from glove.opening import MAYBE_DAMAGED, damaged, is_damage, not_utf_8, open_text, unpacked_name

FORMATS = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
}
DELIMITERS = ",;\t|"
MOST = 1 << 28  # characters of a field; one whose quote is never closed would take the whole file
SURROGATE = re.compile("[\ud800-\udfff]")
LONE_RETURN = re.compile(r"(?<=\r)(?!\n)")
TEXT = "text"  # the column that is meant where none is named

Column = str | int


class Record(NamedTuple):
    """A text, its label (None where none is asked for), and where it stands."""

    text: str
    label: Any
    place: str


def is_table(path: str | os.PathLike) -> bool:
    """Whether the name says that a file is a table: .csv, .tsv, .jsonl and so on, packed or not.

    >>> is_table("reviews.CSV.gz"), is_table("reviews.txt")
    (True, False)
    """
    return _format(path) is not None


def read_table(
    path: str | os.PathLike,
    text_column: Column | None = None,
    label_column: Column | None = None,
    encoding: str = "utf-8",
) -> Iterator[Record]:
    """The texts of a table, row by row; rows without a text are left out.

    Args:
        path: a file that ends in .csv, .tsv, .jsonl (an object a line) or .json (a list of objects,
            or JSONL), packed or not; of another name, and of the standard input "-", the first line
            tells. CSV may have semicolons, tabs or bars for its commas: the first line tells.
        text_column: the name of a column; or its number, from 0, of a table without a header. None
            takes the only column, or the one that is called "text".
        label_column: likewise; None for no labels.
        encoding: of the file.

    Raises:
        GloveValueError: a column that the table does not have, with those that it has.
        GloveFileError: a row that is damaged, with its line.

    Example:

    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "films.csv"
    >>> _ = path.write_text('label,text\\n1,"Great, see it"\\n', encoding="utf-8")
    >>> next(read_table(path, "text", "label"))[:2]
    ('Great, see it', '1')
    """
    with open_text(path, encoding) as stream:
        kind = _format(path) or _sniffed(stream)
        if kind.startswith("json"):
            yield from _from_objects(path, _objects(path, stream, kind), text_column, label_column)
        else:
            yield from _from_rows(path, _rows(path, stream, kind), text_column, label_column)


def _format(path: str | os.PathLike) -> str | None:
    return FORMATS.get(unpacked_name(path).suffix.lower())


def _sniffed(stream: io.BufferedReader) -> str:
    head = stream.peek(1).lstrip()
    if head.startswith((b"{", b"[")):
        return "json"
    return "tsv" if b"\t" in head.partition(b"\n")[0] else "csv"


# === CSV and TSV ===


def _from_rows(
    path, rows: Iterator[tuple[int, list[str]]], text_column, label_column
) -> Iterator[Record]:
    first, names = next(rows, (1, []))
    if not names:
        raise GloveFileError(f"{path} is empty; use a table with a text in each row.")
    names = [name.strip() for name in names]
    given = {"text_column": text_column, "label_column": label_column}
    given = {argument: column for argument, column in given.items() if column is not None}
    # Numbers mean that there is no header, unless all of them are names in it.
    by_number = bool(given) and all(map(_is_number, given.values()))
    by_number = by_number and not all(column in names for column in given.values())
    text = _place(path, names, "text_column", text_column, by_number)
    label = None
    if label_column is not None:
        label = _place(path, names, "label_column", label_column, by_number)
    if by_number:
        rows = itertools.chain([(first, names)], rows)
    for line, row in rows:
        if len(row) > len(names) and not any(row[len(names) :]):
            row = row[: len(names)]
        if len(row) != len(names):
            raise GloveFileError(
                f"{path}, line {line}: {len(row)} fields instead of the {len(names)} of line "
                f"{first}; put quotes round a text that holds commas, and write a text that holds "
                "tabs or line breaks as .csv."
            )
        if row[text].strip():
            place = f"{path}, line {line}"
            yield Record(row[text], None if label is None else row[label], place)


def _is_number(column: Column) -> bool:
    return not isinstance(column, bool) and (isinstance(column, int) or str(column).isdecimal())


def _place(path, names: list[str], argument: str, column: Column | None, by_number: bool) -> int:
    """Where a column stands."""
    if column is None:
        if len(names) == 1:
            return 0
        if TEXT in names and not by_number:
            return names.index(TEXT)
        raise _which(path, names)
    if not by_number and column in names:
        return names.index(column)
    if not _is_number(column):
        raise _no_column(path, names, argument, column)
    if int(column) not in range(len(names)):
        raise GloveValueError(
            f"{argument}={column!r} is no column of {path}, which has {len(names)} columns, "
            f"0 to {len(names) - 1}; use one of these numbers."
        )
    return int(column)


def _rows(path, stream: BinaryIO, kind: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, and the lines in which they end."""
    lines = _Lines(path, stream)
    if kind == "tsv":
        for line in lines:
            if line.strip():
                yield lines.number, [_unquoted(f) for f in line.rstrip("\r\n").split("\t")]
        return
    csv.field_size_limit(max(csv.field_size_limit(), MOST))
    first = next((line for line in lines if line.strip()), None)
    if first is None:
        return
    delimiter = max(DELIMITERS, key=_outside_quotes(first).count)
    begin = lines.number
    reader = csv.reader(itertools.chain([first], lines), delimiter=delimiter)
    try:
        for row in reader:
            if lines.ended:  # it asked for one more line
                raise csv.Error("a quote is never closed")
            if any(row):
                yield lines.number, row
            begin = lines.number + 1
    except csv.Error as error:
        raise GloveFileError(
            f"{path}, line {begin}: {error}; close the quote, or double each quote that belongs to "
            "the text."
        ) from None


def _outside_quotes(line: str) -> str:
    return "".join(line.split('"')[::2])


def _unquoted(field: str) -> str:
    """A field of a TSV row, where a quote is an ordinary character unless it stands at both ends.

    >>> _unquoted('"So ""fresh"" it is"'), _unquoted('5" and 6"')
    ('So "fresh" it is', '5" and 6"')
    """
    if len(field) > 1 and field[0] == field[-1] == '"':
        inner = field[1:-1]
        if '"' not in inner.replace('""', ""):
            return inner.replace('""', '"')
    return field


# === JSON ===


def _from_objects(
    path, objects: Iterator[tuple[int, dict]], text_column, label_column
) -> Iterator[Record]:
    empty = True
    for line, row in objects:
        place = f"{path}, line {line}" if line else f"{path}"
        if not isinstance(row, dict):
            raise GloveFileError(
                f'{place}: {type(row).__name__} where an object {{"{TEXT}": …}} is needed; write '
                "one object for each text."
            )
        if empty:
            text_column = _key(path, list(row), "text_column", text_column)
            if label_column is not None:
                label_column = _key(path, list(row), "label_column", label_column)
            empty = False
        text = row.get(text_column)
        if text is not None and not isinstance(text, str):
            raise GloveFileError(
                f"{place}: {text_column!r} is {type(text).__name__}, and a text is a string; use "
                "the name of a column of texts, or make one string of what stands there."
            )
        if text and text.strip():
            _check_characters(place, text_column, text)
            if label_column is not None and label_column not in row:
                raise GloveFileError(f"{place} has no {label_column!r}; give every text a label.")
            label = None if label_column is None else row[label_column]
            if isinstance(label, str):
                _check_characters(place, label_column, label)
            yield Record(text, label, place)
    if empty:
        raise GloveFileError(f"{path} is empty; use a table with a text in each row.")


def _check_characters(place: str, column: str, text: str) -> None:
    """JSON can write half of what UTF-16 makes of an emoji, where a text was cut through it."""
    if half := SURROGATE.search(text):
        raise GloveFileError(
            f"{place}: {column!r} holds {half[0]!r}, which is half of a surrogate pair and no "
            "character; remove it, or write the whole character."
        )


def _key(path, names: list[str], argument: str, column: Column | None) -> str:
    if column is None:
        if len(names) == 1 or TEXT in names:
            return names[0] if len(names) == 1 else TEXT
        raise _which(path, names)
    if column not in names:
        raise _no_column(path, names, argument, column)
    return column


def _objects(path, stream: BinaryIO, kind: str) -> Iterator[tuple[int, Any]]:
    """The objects, and the lines of JSONL in which they stand (0 in one list of them)."""
    if kind == "json" and stream.peek(1).lstrip().startswith(b"["):
        lines = _Lines(path, stream)
        text = "".join(lines)
        try:
            rows = json.loads(text)
        except ValueError as error:
            raise GloveFileError(f"{path} is no JSON ({error}); correct it.") from None
        yield from ((0, row) for row in rows)
        return
    lines = _Lines(path, stream)
    for line in lines:
        if line.strip():
            try:
                row = json.loads(line)
            except ValueError as error:
                raise GloveFileError(
                    f"{path}, line {lines.number}: no JSON ({error}); JSONL has one whole object "
                    "in each line."
                ) from None
            yield lines.number, row


# === What all need ===


class _Lines:
    """The lines of a stream of UTF-8, with their ends; LF, CR LF and a lone CR end one.

    Attributes:
        number: that of the last line, from 1.
        ended: whether one more was asked for than there are.
    """

    def __init__(self, path, stream: BinaryIO):
        self._path, self.number, self.ended = path, 0, False
        self._lines = self._decoded(stream)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        return next(self._lines)

    def _decoded(self, stream: BinaryIO) -> Iterator[str]:
        try:
            for data in stream:
                try:
                    text = data.decode("utf-8")
                except UnicodeDecodeError as error:
                    raise GloveFileError(
                        f"{self._path}, line {self.number + 1}: the byte "
                        f"0x{data[error.start]:02x} is not UTF-8; {not_utf_8(self._path, data)}."
                    ) from None
                text = text.removeprefix("\ufeff")
                for line in LONE_RETURN.split(text) if "\r" in text else (text,):
                    if line:
                        self.number += 1
                        yield line
        except MAYBE_DAMAGED as error:
            if not is_damage(error):
                raise
            raise GloveFileError(
                f"{self._path} {damaged(self._path, error)} (line {self.number + 1} or later)."
            ) from error
        self.ended = True


def _which(path, names: list[str]) -> GloveValueError:
    return GloveValueError(
        f"text_column (--text-column) is needed, since {path} has several columns; use one of "
        f"{_listed(names)}."
    )


def _no_column(path, names: list[str], argument: str, column: Column) -> GloveValueError:
    near = difflib.get_close_matches(str(column), names, n=1)
    hint = f"did you mean {near[0]!r}, or another of {_listed(names)}" if near else ""
    hint = hint or f"use one of {_listed(names)}"
    if all(name.replace(".", "").isdecimal() for name in names) or len(max(names, key=len)) > 60:
        hint += "; if the first line is no header, use the number of the column, from 0"
    return GloveValueError(f"{argument}={column!r} is no column of {path}; {hint}.")


def _listed(names: list[str]) -> str:
    shown = [repr(name if len(name) <= 40 else name[:40] + "…") for name in names[:20]]
    return ", ".join(shown) + (", …" if len(names) > 20 else "")
