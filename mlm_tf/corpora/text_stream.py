"""Text files of any size, read as they are needed."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from glove.encodings import checked_encoding
from glove.opening import (
    MAYBE_DAMAGED,
    STANDARD_INPUT,
    damaged,
    is_damage,
    is_packed,
    not_utf_8,
    open_text,
    shown_path,
)
from glove.sources import Paths, text_files
from glove.tables import Column, is_table, read_table
from mlm_tf.checks import check_choice
from mlm_tf.corpora.downloads import our_errors
from mlm_tf.corpora.line_breaks import LineBreaks, blocks_of
from mlm_tf.errors import EmptyCorpusError, InvalidFileError, MissingFileError

__all__ = ["BYTE_ORDER_MARK", "TextStream", "is_packed"]

BYTE_ORDER_MARK = "\ufeff"
PART_BYTES = 2**14  # read at a time
NAMED = 5  # files of many in a message


class TextStream:
    """The lines, or the documents, of text files that need not fit into memory.

    Each `iter` starts at the first file again, so a stream can be gone through once an epoch. Only
    the line or document at hand is in memory: a file without a blank line is one document, however
    large. A file whose name ends in `.gz`, `.bz2` or `.xz` is unpacked on the way. Of a table (CSV,
    TSV, JSONL) the texts of one column are given, each a document.

    Args:
        paths: a file, or several that are read one after the other; "-" is the standard input,
            which is copied to a temporary file. Of a folder the text files in it are read, in the
            order of their names (of a folder of tables, with `text_column`, those).
        unit: `"line"` gives every line that is not blank, without its line break; `"document"`
            gives lines that no blank line separates, with a line break between them.
        encoding: of the files, by the name that Python has for it.
        text_column: the column of a table that holds the texts, by its name, or by its number, from
            0, in a table without a header; see `read`.
        line_breaks: `"keep"`; or `"auto"` or `"unwrap"`, which join the lines of hard-wrapped
            paragraphs as `from_text_file` does, and hold four million characters in memory.

    Raises:
        MissingFileError: if one of the paths is no file.
        InvalidFileError: (while it is read) if a file is not in that encoding, or is damaged; the
            message names the encoding that it looks like.
        InvalidArgumentError: for another unit, an encoding or a column that does not exist, what is
            no path, or no path at all.

    Example:

    >>> import gzip, pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "cats.txt.gz"
    >>> _ = path.write_bytes(gzip.compress(b"A cat sat.\\nIt slept.\\n\\nA dog ran.\\n"))
    >>> list(TextStream(path))
    ['A cat sat.', 'It slept.', 'A dog ran.']
    >>> list(TextStream(path, unit="document"))
    ['A cat sat.\\nIt slept.', 'A dog ran.']
    """

    def __init__(
        self,
        paths: Paths,
        unit: str = "line",
        encoding: str = "utf-8",
        text_column: Column | None = None,
        line_breaks: str = "keep",
    ):
        check_choice("unit", unit, ("line", "document"))
        with our_errors():
            self.encoding = checked_encoding(encoding)
            self.paths = tuple(text_files(paths, tables=text_column is not None))
        self.unit, self.text_column = unit, text_column
        self.line_breaks = LineBreaks(line_breaks)
        for path in self.paths:
            _check_file(path)

    def __iter__(self) -> Iterator[str]:
        for path in self.paths:
            if self.line_breaks.treatment == "keep":
                lines = self._lines(path)
                yield from blocks_of(lines) if self.unit == "document" else filter(str.strip, lines)
            else:
                for text in self._unwrapped(path):
                    yield from [text] if self.unit == "document" else text.split("\n")

    def _lines(self, path: Path) -> Iterator[str]:
        if not self._is_table(path):
            yield from lines_of(path, self.encoding)
            return
        for text in self._rows(path):
            yield from text.splitlines() if self.unit == "line" else [text, ""]

    def _unwrapped(self, path: Path) -> Iterator[str]:
        if not self._is_table(path):
            yield from self.line_breaks.of_text(lines_of(path, self.encoding), path)
            return
        for blocks in self.line_breaks.of_table(self._rows(path), path):
            if blocks:
                yield "\n".join(blocks)

    def _is_table(self, path: Path) -> bool:
        return self.text_column is not None or is_table(path)

    def _rows(self, path: Path) -> Iterator[str]:
        with our_errors():
            for record in read_table(path, self.text_column, encoding=self.encoding):
                yield record.text


def _check_file(path: Path) -> None:
    if str(path) != STANDARD_INPUT and not path.is_file():
        raise MissingFileError(
            f"path={str(path)!r} is not a file; use the path of a text file, plain or packed."
        )


def no_text_in(files: Sequence[Path]) -> EmptyCorpusError:
    """The error to raise where none of the files holds text."""
    named = ", ".join(map(shown_path, files[:NAMED]))
    more = f" and {len(files) - NAMED:,} more" * (len(files) > NAMED)
    if len(files) == 1 and named == str(files[0]):
        named = f"path={named!r}"
    return EmptyCorpusError(
        f"{named}{more} hold{'s' * (len(files) == 1)} no text; use a file with at least one "
        "sentence."
    )


def lines_of(path: Path, encoding: str = "utf-8") -> Iterator[str]:
    """All lines of one file without their line breaks: LF, CR LF, or the CR of an old Mac."""
    _check_file(path)
    for position, data in _byte_lines(path, encoding):
        try:
            # Line by line, so that a wrong byte is found at its place in the file.
            line = data.decode()
        except UnicodeDecodeError as error:
            raise InvalidFileError(
                f"path={str(path)!r} is not UTF-8 (byte {position + error.start} is "
                f"{error.object[error.start]:#04x}); {not_utf_8(path, data)}."
            ) from error
        # Not only in the first line: files may have been put together.
        yield line.removeprefix(BYTE_ORDER_MARK).removesuffix("\n").removesuffix("\r")


def _byte_lines(path: Path, encoding: str) -> Iterator[tuple[int, bytes]]:
    """Lines, and where in the file each begins (in another encoding than UTF-8: in its UTF-8)."""
    rest = b""
    try:
        with our_errors(), open_text(path, encoding) as file:
            position = 0
            with contextlib.suppress(OSError):  # a pipe does not tell
                position = file.tell()  # behind the mark of byte order
            # As much again as is held, so that a long line is not copied again and again.
            while part := file.read(max(PART_BYTES, len(rest))):
                # The last line may go on, and its CR may be half of a CR LF.
                *lines, rest = (rest + part).splitlines(keepends=True)
                for line in lines:
                    yield position, line
                    position += len(line)
        if rest:
            yield position, rest
    except MAYBE_DAMAGED as error:
        if not is_damage(error):
            raise
        raise InvalidFileError(f"path={str(path)!r} {damaged(path, error)}.") from error
