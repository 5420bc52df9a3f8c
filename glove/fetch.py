"""One file from the network, verified: searched for in folders, kept in a cache, resumed.

`pooch` verifies a download and renames it into place; left alone it starts again from the first
byte whenever a connection breaks. `_Transfer`, the downloader handed to it here, goes on from what
has arrived instead. A file has its name only once its checksum is right:

    <file>.partial --complete--> pooch's temporary file --checksum--> <file>
"""

import contextlib
import hashlib
import logging
import os
import re
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from glove.errors import GloveDownloadError, GloveFileError, GloveValueError

if TYPE_CHECKING:
    import requests

logger = logging.getLogger("glove")

PAUSES = (0.5, 1.0, 2.0)  # seconds before the second, third and fourth try at one mirror
TIMEOUTS = (10.0, 30.0)  # seconds without a connection, and without a byte
CHUNK = 1 << 16  # bytes

Show = Callable[[int, int | None], None]  # moves a bar: bytes so far, bytes in all if known


@dataclass(frozen=True)
class Remote:
    """A file that can be downloaded, and what its bytes must be.

    Attributes:
        name: `<dataset>/<file>`, its place below the cache and below each folder searched.
        urls: where it lies, one address a mirror; each is tried in turn.
        checksum: `sha256:` or `md5:` and the digest in hexadecimal.
        size: its bytes, None where nobody published the number.
        licence: under which it may be used.
        citation: what to name where a number or a sample from it is shown.
    """

    name: str
    urls: tuple[str, ...]
    checksum: str
    size: int | None
    licence: str
    citation: str


def fetch(remote: Remote) -> Path:
    """The path of a file with the right bytes, downloaded if it is nowhere yet.

    First it is looked for in the folders that the environment variable `MLM_TF_DATA` names
    (several are joined as in `PATH`), which are never written to; then in the cache, the folder
    `MLM_TF_CACHE` or `~/.cache/mlm_tf`. Only then is it downloaded. Its checksum is compared
    wherever it is found. A transfer that breaks off is resumed, by this call or a later one. Two
    processes that want the same file download it once.

    A mirror that the environment variable `MLM_TF_MIRROR` names is asked before the addresses of
    the file: `https://HOST/FOLDER`, below which files lie by their names, or, with `{url}` where
    the whole address of a file belongs, a mirror that passes addresses on: `https://HOST/{url}`.

    A progress bar is shown on a terminal and in a notebook.

    Args:
        remote: the file.

    Returns:
        Where it lies: in one of the folders, or in the cache.

    Raises:
        GloveFileError: the file in a folder of `MLM_TF_DATA` is not the right one. It is not
            passed over in silence, since whoever put it there means it to be used.
        GloveValueError: `MLM_TF_MIRROR` is no such address.
        GloveDownloadError: no mirror gave the right bytes, or the cache cannot be written to. The
            message says why, and where else the file may be put.

    Example:

    >>> import hashlib, os, pathlib, tempfile
    >>> from unittest import mock
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> (folder / "rhymes").mkdir()
    >>> _ = (folder / "rhymes" / "star.txt").write_bytes(b"Twinkle, twinkle")
    >>> star = Remote(
    ...     name="rhymes/star.txt",
    ...     urls=("https://example.org/star.txt",),
    ...     checksum=f"sha256:{hashlib.sha256(b'Twinkle, twinkle').hexdigest()}",
    ...     size=16,
    ...     licence="public domain",
    ...     citation="Taylor (1806)",
    ... )
    >>> with mock.patch.dict(os.environ, MLM_TF_DATA=str(folder)):
    ...     fetch(star) == folder / "rhymes" / "star.txt"
    True
    """
    from filelock import FileLock

    if (found := find(remote)) is not None:
        return found
    path = cache_folder() / remote.name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(_beside(path, ".lock")):
            failures = _download(remote, path)
    except OSError as error:  # the network's errors are among the failures
        raise GloveDownloadError(
            f"{path} cannot be written ({error.strerror or error}); set MLM_TF_CACHE to a folder "
            f"that can, or put {remote.urls[0]} as {remote.name} into a folder and name that "
            "folder in MLM_TF_DATA."
        ) from error
    if failures:
        raise GloveDownloadError(
            f"{remote.name} cannot be downloaded ({'; '.join(failures)}); check the connection "
            f"and try again, or put the file at {path} or as {remote.name} into a folder that "
            "MLM_TF_DATA names."
        )
    return path


def find(remote: Remote) -> Path | None:
    """The path of a file with the right bytes if it is on this machine already, else None.

    Where `fetch` looks before it downloads: in the folders of `MLM_TF_DATA`, then in the cache.

    Raises:
        GloveFileError: the file in a folder of `MLM_TF_DATA` is not the right one.
    """
    for folder in data_folders():
        path = folder / remote.name
        if path.is_file():
            if (found := _checksum(path, remote)) != remote.checksum:
                raise GloveFileError(
                    f"{path} has the checksum {found} instead of {remote.checksum}; replace it by "
                    f"{remote.urls[0]}, or take it out of the folder that MLM_TF_DATA names."
                )
            return path
    path = cache_folder() / remote.name
    return path if path.is_file() and _checksum(path, remote) == remote.checksum else None


def data_folders() -> list[Path]:
    """The folders that `MLM_TF_DATA` names, to be read and never written to."""
    names = os.environ.get("MLM_TF_DATA", "").split(os.pathsep)
    return [Path(name).expanduser() for name in names if name]


def cache_folder(variable: str = "MLM_TF_CACHE", name: str = "mlm_tf") -> Path:
    """Where downloads are kept: `MLM_TF_CACHE`, or else `~/.cache/mlm_tf`.

    Args:
        variable: the environment variable that names the folder.
        name: of the folder, where the variable names none.
    """
    return Path(os.environ.get(variable) or f"~/.cache/{name}").expanduser()


def _checksum(path: Path, remote: Remote) -> str:
    """The checksum of a file, of the kind and in the spelling of the one it should have."""
    algorithm = remote.checksum.partition(":")[0]
    with open(path, "rb") as file:
        return f"{algorithm}:{hashlib.file_digest(file, algorithm).hexdigest()}"


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _download(remote: Remote, path: Path) -> list[str]:
    """Tries each mirror until the right bytes are at `path`; if they never are, says why."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of tqdm, in a notebook without widgets
        import pooch

    failures: list[str] = []
    mirrors = _addresses(remote)
    while mirrors:
        url = mirrors.pop(0)
        transfer = _Transfer(remote, _beside(path, ".partial"))
        try:
            pooch.retrieve(url, remote.checksum, path.name, path.parent, downloader=transfer)
            return []
        except _TransferError as error:
            failures.append(f"{url}: {error}")
        except ValueError as error:  # the checksum is wrong, and pooch has removed the file
            if transfer.from_start:
                failures.append(f"{url}: {str(error).partition('. Deleted')[0]}")
            else:  # what it went on from may have been something else: once more, all of it
                mirrors.insert(0, url)
    return failures


def _addresses(remote: Remote) -> list[str]:
    """Where the file may lie, in the order in which they are asked."""
    mirror = os.environ.get("MLM_TF_MIRROR", "").strip()
    if not mirror:
        return list(remote.urls)
    asked = mirror.replace("{url}", "")
    is_folder = asked == mirror  # below which a name is put: no query may end it
    if not re.fullmatch(r"https?://[^{}\s/]+[^{}\s]*", asked, re.IGNORECASE) or (
        is_folder and re.search("[?#]", mirror)
    ):
        raise GloveValueError(
            f"MLM_TF_MIRROR={mirror!r} is no address of a mirror; use https://HOST/FOLDER, or "
            "https://HOST/{url} where the whole address of a file belongs there."
        )
    if is_folder:
        return [f"{mirror.rstrip('/')}/{remote.name}", *remote.urls]
    return [*(mirror.replace("{url}", url) for url in remote.urls), *remote.urls]


class _TransferError(Exception):
    """Why one mirror did not give the whole file."""


class _BrokenOffError(_TransferError):
    """The same, but another try may go better."""


@dataclass
class _Transfer:
    """A downloader for pooch that goes on where the last transfer broke off.

    Attributes:
        remote: what is downloaded.
        partial: holds what has arrived so far, and stays when the transfer breaks off.
        from_start: whether the first byte is of this transfer, and not of an earlier one.
    """

    remote: Remote
    partial: Path
    from_start: bool = field(default=False, init=False)

    def __call__(self, url: str, output_file: str, pooch: object) -> None:
        most, pauses = self._arrived(), list(PAUSES)
        with _progress(self.remote) as show:
            while True:
                try:
                    self._receive(url, show)
                    break
                except _BrokenOffError as error:
                    # Whoever gets further each time gets there, however often it breaks off.
                    if self._arrived() > most:
                        most, pauses = self._arrived(), list(PAUSES)
                    if not pauses:
                        raise
                    logger.info("%s: %s; trying again", url, error)
                    time.sleep(pauses.pop(0))
        os.replace(self.partial, output_file)

    def _arrived(self) -> int:
        return self.partial.stat().st_size if self.partial.exists() else 0

    def _receive(self, url: str, show: Show) -> None:
        """One request: for what is missing, which a server without ranges answers with it all."""
        import requests
        import urllib3

        begin = self._arrived()
        if begin and begin == self.remote.size:
            return  # it ended between the last byte and the checksum
        # Without "identity" a server may compress, and a range would be one of compressed bytes.
        headers = {"Accept-Encoding": "identity"}
        if begin:
            headers["Range"] = f"bytes={begin}-"
        try:
            with requests.get(url, headers=headers, stream=True, timeout=TIMEOUTS) as response:
                begin = self._accept(response, begin)
                total = _total(response, begin) or self.remote.size
                with open(self.partial, "ab") as file:
                    arrived = begin
                    show(arrived, total)
                    for chunk in response.raw.stream(CHUNK, decode_content=False):
                        arrived += file.write(chunk)
                        show(arrived, total)
                        if self.remote.size and arrived > self.remote.size:
                            return  # something else, maybe endless: its checksum will be wrong
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise _BrokenOffError(_reason(error)) from error
        if total and arrived < total:
            raise _BrokenOffError("the transfer broke off")

    def _accept(self, response: "requests.Response", begin: int) -> int:
        """The byte at which the answer begins: `begin`, as asked for, or 0."""
        status, given = response.status_code, response.headers.get("Content-Range", "")
        if status not in (200, 206, 416):
            message = f"the server answers {status} {response.reason}"
            busy = status == 429 or status >= 500
            raise _BrokenOffError(message) if busy else _TransferError(message)
        if status != 206 or not given.startswith(f"bytes {begin}-"):
            self.partial.unlink(missing_ok=True)  # this answer does not go on from it
            if status != 200:
                raise _BrokenOffError("the server does not go on where the transfer broke off")
            begin = 0
        self.from_start |= begin == 0
        return begin


def _total(response: "requests.Response", begin: int) -> int | None:
    """How long the file is, from what the server says of this answer."""
    length = response.headers.get("Content-Length", "")
    return begin + int(length) if length.isdecimal() else None


def _reason(error: Exception) -> str:
    """The kind of a network error in words; its own text is a page of nested objects."""
    import requests
    import urllib3

    if isinstance(error, (requests.Timeout, urllib3.exceptions.TimeoutError)):
        return "the server does not answer"
    if isinstance(error, urllib3.exceptions.HTTPError):
        return "the transfer broke off"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    return type(error).__name__


@contextlib.contextmanager
def _progress(remote: Remote) -> Iterator[Show]:
    """A bar, and the function that moves it."""
    import rich
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    console = rich.get_console()
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        disable=not (console.is_terminal or console.is_jupyter),  # no bar in a log
    ) as bar:
        task = bar.add_task(remote.name, total=remote.size)
        yield lambda arrived, total: bar.update(task, completed=arrived, total=total)
