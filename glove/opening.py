"""Text files of any encoding and packing, opened as streams of UTF-8 without a mark at the head."""

import bz2
import codecs
import contextlib
import gzip
import io
import lzma
import os
import shutil
import sys
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from glove.encodings import (
    SAMPLE,
    UTF_8_MARK,
    checked_encoding,
    format_of,
    guess_encoding,
    guess_wide,
    shown_encoding,
)
from glove.errors import GloveFileError

STANDARD_INPUT = "-"
PACKED = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
HEADS = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\x00": lzma.open}
PART = 1 << 14  # bytes
# What is raised where a packed file is damaged; of the OSErrors only those without a number.
MAYBE_DAMAGED = (OSError, EOFError, zlib.error, lzma.LZMAError)

_spooled: tuple = ()  # the standard input, and the file that it was copied to


def shown_path(path: str | os.PathLike) -> str:
    """A path as messages name it."""
    return "the standard input" if str(path) == STANDARD_INPUT else str(path)


def is_damage(error: Exception) -> bool:
    """Whether one of `MAYBE_DAMAGED` says that a packed file is damaged."""
    return not (isinstance(error, OSError) and error.errno)


def is_packed(path: str | os.PathLike) -> bool:
    """Whether the name says that a file is packed, in capitals too: .gz, .bz2 or .xz."""
    return Path(path).suffix.lower() in PACKED


def damaged(path: str | os.PathLike, error: Exception) -> str:
    """What is wrong with a packed file, in words."""
    kind = {".bz2": "bzip2", ".xz": "xz"}.get(Path(path).suffix.lower(), "gzip")
    return f"is cut off or no {kind} file ({error}); get it again, or pack it again"


def in_words(path: Path, number: int, error: Exception) -> Exception:
    """One of `MAYBE_DAMAGED` as the error to raise, for a file read up to a line."""
    if not is_damage(error):
        return error
    return GloveFileError(
        f"{path}, line {number} or later: the packed file is cut short or damaged ({error}); "
        "delete it and get it again."
    )


def unpacked_name(path: str | os.PathLike) -> Path:
    """The path without the ending of what packed it.

    >>> unpacked_name("poems.TXT.GZ").name
    'poems.TXT'
    """
    path = Path(path)
    return path.with_suffix("") if is_packed(path) else path


@contextlib.contextmanager
def open_text(path: str | os.PathLike, encoding: str = "utf-8") -> Iterator[BinaryIO]:
    """A text as a stream of UTF-8 bytes, unpacked and without a byte order mark.

    In a file that is said to be UTF-8 wrong bytes are passed on, so that whoever reads the lines
    can name the line; `not_utf_8` words it.

    Args:
        path: a file, packed where its name ends in .gz, .bz2 or .xz, or where its first bytes say
            so; "-" is the standard input, which is copied to a temporary file and can so be opened
            more than once.
        encoding: a name that Python knows.

    Raises:
        GloveFileError: the file is something else than a text, or in UTF-16 where UTF-8 is asked
            for; or (while it is read) a byte is not of that encoding.
        GloveValueError: there is no such encoding.

    Example:

    >>> path = Path(tempfile.mkdtemp()) / "star.txt"
    >>> _ = path.write_bytes("twinkle, twinkle".encode("utf-16"))
    >>> with open_text(path, "utf-16") as stream:
    ...     stream.read()
    b'twinkle, twinkle'
    """
    checked_encoding(encoding)
    with open_bytes(path) as stream:
        yield as_utf_8(stream, path, encoding)


def as_utf_8(stream: BinaryIO, path: str | os.PathLike, encoding: str) -> io.BufferedReader:
    """A stream of a text in some encoding, as `open_text` gives it; `path` is what errors name."""
    encoding = checked_encoding(encoding)
    if not isinstance(stream, io.BufferedReader):
        stream = io.BufferedReader(_Raw(stream), PART)
    head = stream.peek(PART)
    if known := format_of(head):
        what, remedy = known
        raise GloveFileError(f"{path} is {what}, but a text is needed; {remedy}.")
    if encoding not in ("utf-8", "utf-8-sig"):
        return io.BufferedReader(_Recoded(stream, path, encoding), PART)
    if head.startswith(UTF_8_MARK):
        stream.read(len(UTF_8_MARK))
    if guess := guess_wide(head[:4096]):
        raise GloveFileError(f"{path} is not UTF-8 but {shown_encoding(guess)}; {_say(guess)}.")
    return stream


@contextlib.contextmanager
def open_bytes(path: str | os.PathLike) -> Iterator[io.BufferedReader]:
    """The bytes of a file, unpacked; see `open_text`."""
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(open(_file(path), "rb", buffering=PART))
        opener = PACKED.get(Path(path).suffix.lower())
        if opener is None:
            head = file.peek(8)
            opener = next((o for first, o in HEADS.items() if head.startswith(first)), None)
        if opener is not None:  # which reads single lines slowly
            file = io.BufferedReader(_Raw(stack.enter_context(opener(file))), PART)
        yield file


def not_utf_8(path: str | os.PathLike, data: bytes) -> str:
    """What to do about bytes (of a line) that are not UTF-8, in words without a full stop."""
    with contextlib.suppress(*MAYBE_DAMAGED), open_bytes(path) as stream:
        head = stream.read(SAMPLE) if Path(path).is_file() else data
        data = data if format_of(head) else head  # in an archive
    guess = guess_encoding(data)
    if guess in (None, "utf-8"):
        return (
            "its encoding is none of those that are recognised, so find it out and pass it as "
            "encoding= (--encoding)"
        )
    return f"it looks like {shown_encoding(guess)}: {_say(guess)}"


def _say(encoding: str) -> str:
    return (
        f"pass encoding={encoding!r} (--encoding {encoding}), or convert it with "
        f"iconv -f {encoding} -t utf-8"
    )


def _file(path: str | os.PathLike) -> str | os.PathLike:
    """The path, or that of what the standard input held."""
    global _spooled
    if str(path) != STANDARD_INPUT:
        return path
    if not _spooled or _spooled[0] is not sys.stdin:
        file = tempfile.NamedTemporaryFile()  # noqa: SIM115  # gone when the process ends
        shutil.copyfileobj(getattr(sys.stdin, "buffer", sys.stdin), file)
        file.flush()
        _spooled = sys.stdin, file
    return _spooled[1].name


class _Raw(io.RawIOBase):
    """What has a method `read`, as a raw stream."""

    def __init__(self, stream: BinaryIO):
        self._stream, self._position = stream, 0

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer) -> int:
        # Not `read`, which loses what stands before the place where a packed file is cut off.
        read = getattr(self._stream, "read1", self._stream.read)
        data = read(len(buffer))
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)


class _Recoded(io.RawIOBase):
    """A stream in another encoding, as UTF-8."""

    def __init__(self, stream: BinaryIO, path: str | os.PathLike, encoding: str):
        self._stream, self._path, self._encoding = stream, path, encoding
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._ready, self._position, self._at_head, self._ended = b"", 0, True, False
        self._given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        while not self._ready and not self._ended:
            self._ready = self._next()
        count = min(len(buffer), len(self._ready))
        buffer[:count], self._ready = self._ready[:count], self._ready[count:]
        self._given += count
        return count

    def tell(self) -> int:
        return self._given

    def _next(self) -> bytes:
        data = self._stream.read(PART)
        self._position += len(data)
        self._ended = not data
        try:
            text = self._decoder.decode(data, final=self._ended)
        except UnicodeDecodeError as error:
            place = self._position - len(error.object) + error.start
            raise GloveFileError(
                f"{self._path} is not {shown_encoding(self._encoding)} (byte {place} is "
                f"{error.object[error.start]:#04x}); use the encoding that it has."
            ) from None
        if self._at_head and text:
            text, self._at_head = text.removeprefix("\ufeff"), False
        return text.encode("utf-8", "replace")
