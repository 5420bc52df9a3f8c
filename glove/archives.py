"""The members of a zip or tar archive, read one after the other and never unpacked to disk.

An archive can name a member `../../.profile`, hide a link among its members, or hold a terabyte of
zeros in a megabyte. Nothing is written under a member's name here, such an archive is refused all
the same, and bytes are counted as they come out, since a header may say anything.
"""

import contextlib
import gzip
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PureWindowsPath
from typing import BinaryIO

from glove.errors import GloveFileError

BROKEN = (
    zipfile.BadZipFile,
    tarfile.TarError,
    gzip.BadGzipFile,
    zlib.error,
    EOFError,
    RuntimeError,  # zipfile: a password is needed, or it does not know this way of packing
)


class Member:
    """One file in an archive, to be read before the next one is asked for.

    Attributes:
        name: its path in the archive, with `/` between folders.
    """

    def __init__(self, name: str, stream: BinaryIO, archive: Path):
        self.name = name
        self._stream, self._archive = stream, archive

    def read(self, size: int = -1) -> bytes:
        """The next `size` bytes, or all that are left."""
        with _described(self._archive):
            return self._stream.read(size)


def members(archive: Path, limit: int) -> Iterator[Member]:
    """The files of a `.zip`, `.tar` or `.tar.gz` archive, in its order.

    Args:
        archive: its path; the name ends in `.zip` or it is a tar archive.
        limit: how many bytes may come out of it. Of a zip archive those are counted that are
            read; in a tar archive there is no way past a member but through its bytes, so all are.

    Raises:
        GloveFileError: (also while a member is read) the archive is damaged; a name in it leads
            out of a folder that it would be unpacked to; a member is neither file nor folder; or
            more than `limit` bytes come out.

    Example:

    >>> import pathlib, tempfile, zipfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "poems.zip"
    >>> with zipfile.ZipFile(path, "w") as archive:
    ...     archive.writestr("poems/star.txt", "Twinkle, twinkle")
    >>> [(member.name, member.read()) for member in members(path, limit=1_000)]
    [('poems/star.txt', b'Twinkle, twinkle')]
    """
    with _described(archive):
        if archive.name.endswith(".zip"):
            yield from _zip_members(archive, limit)
        else:
            yield from _tar_members(archive, limit)


@contextlib.contextmanager
def _described(archive: Path) -> Iterator[None]:
    try:
        yield
    except BROKEN as error:
        raise GloveFileError(
            f"{archive} is no archive that can be read ({error}); delete it and get it again."
        ) from error


def _zip_members(archive: Path, limit: int) -> Iterator[Member]:
    with zipfile.ZipFile(archive) as file:
        entries = file.infolist()
        for entry in entries:
            mode = entry.external_attr >> 16  # 0 where the archive was not made on Unix
            plain = stat.S_IFMT(mode) in (0, stat.S_IFREG, stat.S_IFDIR)
            _check_safe(archive, entry.filename, plain)
        budget = _Budget(archive, limit)
        for entry in entries:
            if not entry.is_dir():
                with file.open(entry) as stream:
                    yield Member(entry.filename, _Counted(stream, budget), archive)


def _tar_members(archive: Path, limit: int) -> Iterator[Member]:
    opener = gzip.open if archive.name.endswith(".gz") else open
    with opener(archive, "rb") as packed:
        unpacked = _Counted(packed, _Budget(archive, limit))
        with tarfile.open(fileobj=unpacked, mode="r|") as file:  # |: in one go, without seeking
            for entry in file:
                _check_safe(archive, entry.name, entry.isfile() or entry.isdir())
                if entry.isfile():
                    yield Member(entry.name, file.extractfile(entry), archive)


def _check_safe(archive: Path, name: str, plain: bool) -> None:
    # A Windows path knows every trick: both slashes, drive letters, and what Unix knows.
    path = PureWindowsPath(name)
    if path.anchor or ".." in path.parts:
        raise GloveFileError(
            f"{archive} has a member {name!r}, which leads out of the folder that it would be "
            "unpacked to, so nothing of it is used; get the archive from another place."
        )
    if not plain:
        raise GloveFileError(
            f"{archive} has a member {name!r} that is a link or a device instead of a file, so "
            "nothing of it is used; get the archive from another place."
        )


class _Budget:
    """How many bytes may still come out of an archive."""

    def __init__(self, archive: Path, limit: int):
        self.archive, self.limit, self.left = archive, limit, limit

    def spend(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise GloveFileError(
                f"{self.archive} unpacks to more than {self.limit:,} bytes, which looks like a "
                "decompression bomb; get the archive from another place."
            )


class _Counted:
    """A stream that never holds more than the budget allows, and one byte."""

    def __init__(self, stream: BinaryIO, budget: _Budget):
        self._stream, self._budget = stream, budget

    def read(self, size: int = -1) -> bytes:
        most = self._budget.left + 1
        data = self._stream.read(most if size < 0 else min(size, most))
        self._budget.spend(len(data))
        return data
