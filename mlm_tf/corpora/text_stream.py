"""Text files of any size, read as they are needed."""

import gzip
import os
import reprlib
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from mlm_tf.corpora.checks import check_choice
from mlm_tf.errors import InvalidArgumentError, InvalidFileError, MissingFileError

BYTE_ORDER_MARK = "\ufeff"
PART_BYTES = 2**14  # read at a time


class TextStream:
    """The lines, or the documents, of UTF-8 text files that need not fit into memory.

    Each `iter` starts at the first file again, so a stream can be gone through once an epoch. Only
    the line or document at hand is in memory: a file without a blank line is one document, however
    large. A file whose name ends in `.gz` is unpacked on the way.

    Args:
        paths: a file, or several that are read one after the other.
        unit: `"line"` gives every line that is not blank, without its line break; `"document"`
            gives lines that no blank line separates, with a line break between them.

    Raises:
        MissingFileError: if one of the paths is no file.
        InvalidFileError: (while it is read) if a file is not UTF-8, or is damaged.
        InvalidArgumentError: for another unit, what is no path, or no path at all.

    Example:

    >>> import gzip, pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "cats.txt.gz"
    >>> _ = path.write_bytes(gzip.compress(b"A cat sat.\\nIt slept.\\n\\nA dog ran.\\n"))
    >>> list(TextStream(path))
    ['A cat sat.', 'It slept.', 'A dog ran.']
    >>> list(TextStream(path, unit="document"))
    ['A cat sat.\\nIt slept.', 'A dog ran.']
    """

    def __init__(self, paths: str | os.PathLike | Iterable[str | os.PathLike], unit: str = "line"):
        check_choice("unit", unit, ("line", "document"))
        one = isinstance(paths, (str, os.PathLike))
        try:
            self.paths = tuple(Path(path) for path in ([paths] if one else paths))
        except TypeError:
            raise InvalidArgumentError(
                f"paths={reprlib.repr(paths)} is not allowed; give the path of a text file, or a "
                "list of such paths."
            ) from None
        self.unit = unit
        if not self.paths:
            raise InvalidArgumentError("paths is empty; give the path of at least one text file.")
        for path in self.paths:
            _check_file(path)

    def __iter__(self) -> Iterator[str]:
        for path in self.paths:
            lines = _lines(path)
            yield from _documents(lines) if self.unit == "document" else filter(str.strip, lines)


def is_packed(path: Path) -> bool:
    """Whether a file is read through gzip: its name decides, in capitals too."""
    return path.suffix.lower() == ".gz"


def _check_file(path: Path) -> None:
    if not path.is_file():
        raise MissingFileError(
            f"path={str(path)!r} is not a file; give the path of a UTF-8 text file, plain or .gz."
        )


def _documents(lines: Iterator[str]) -> Iterator[str]:
    gathered: list[str] = []
    for line in lines:
        if line.strip():
            gathered.append(line)
        elif gathered:
            yield "\n".join(gathered)
            gathered = []
    if gathered:
        yield "\n".join(gathered)


def _lines(path: Path) -> Iterator[str]:
    """All lines of one file without their line breaks: LF, CR LF, or the CR of an old Mac."""
    _check_file(path)
    position = 0
    for number, data in enumerate(_byte_lines(path)):
        try:
            # Line by line, so that a wrong byte is found at its place in the file.
            line = data.decode()
        except UnicodeDecodeError as error:
            raise InvalidFileError(
                f"path={str(path)!r} is not UTF-8 (byte {position + error.start} is "
                f"{error.object[error.start]:#04x}); convert it, for instance with iconv -f cp1252 "
                "-t utf-8."
            ) from error
        position += len(data)
        if number == 0:
            line = line.removeprefix(BYTE_ORDER_MARK)
        yield line.removesuffix("\n").removesuffix("\r")


def _byte_lines(path: Path) -> Iterator[bytes]:
    opener = gzip.open if is_packed(path) else open
    rest = b""
    try:
        with opener(path, "rb") as file:
            # As much again as is held, so that a long line is not copied again and again.
            while part := file.read(max(PART_BYTES, len(rest))):
                # The last line may go on, and its CR may be half of a CR LF.
                *lines, rest = (rest + part).splitlines(keepends=True)
                yield from lines
        if rest:
            yield rest
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InvalidFileError(
            f"path={str(path)!r} is cut off or no gzip file ({error}); get it again, or compress "
            "it again with gzip."
        ) from error
