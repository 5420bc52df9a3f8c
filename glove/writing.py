"""A file that is there whole or not at all: written beside its place, then renamed."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


@contextlib.contextmanager
def whole_or_not(path: Path) -> Iterator[BinaryIO]:
    """A file to write to, which gets its name when the block ends and vanishes if it fails.

    Args:
        path: the name that it gets; what has that name already is replaced.

    Raises:
        OSError: the folder does not exist or cannot be written to, or the disk is full.

    Example:

    >>> path = Path(tempfile.mkdtemp()) / "star.txt"
    >>> with whole_or_not(path) as file:
    ...     _ = file.write(b"Twinkle")
    ...     print(path.exists())
    False
    >>> path.read_bytes()
    b'Twinkle'
    """
    descriptor, name = tempfile.mkstemp(
        dir=path.parent, prefix=f".{path.name[:40]}.", suffix=".partial"
    )
    try:
        with open(descriptor, "wb") as file:
            yield file
        # mkstemp lets only the owner read; a new file normally obeys the umask.
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(name, 0o666 & ~umask)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
