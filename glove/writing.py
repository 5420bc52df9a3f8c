"""A file that is there whole or not at all: written beside its place, then renamed."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def written_beside(path: Path) -> Iterator[Path]:
    """A place to write to, which becomes `path` when the block ends and vanishes if it fails.

    It lies in a folder of its own beside `path`, so that two processes never write to the same.

    Args:
        path: what has that name already is replaced.

    Raises:
        OSError: the folder of `path` does not exist or cannot be written to, or the disk is full.

    Example:

    >>> path = Path(tempfile.mkdtemp()) / "star.txt"
    >>> with written_beside(path) as beside:
    ...     _ = beside.write_bytes(b"Twinkle")
    ...     print(path.exists())
    False
    >>> path.read_bytes()
    b'Twinkle'
    """
    with tempfile.TemporaryDirectory(prefix=".partial-", dir=path.parent) as folder:
        beside = Path(folder, path.name)
        yield beside
        os.replace(beside, path)
