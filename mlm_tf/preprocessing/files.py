"""Files that are written whole or not at all, and never over another unless told."""

import contextlib
import os
import pathlib
import tempfile
from collections.abc import Iterator, Sequence

from mlm_tf.errors import InvalidArgumentError, InvalidFileError, MissingFileError


@contextlib.contextmanager
def moved_together(
    folder: pathlib.Path, names: Sequence[str], label: str
) -> Iterator[pathlib.Path]:
    """A place to write files to, all of which move into `folder` when the block ends, or none.

    What has one of the names there goes, whether there is a new one or not. If anything fails, all
    is as it was before; a folder that was made for it goes again.

    Args:
        folder: where to; it is made if need be.
        names: of the files; the last, without which nobody can read the others, goes first and
            comes last.
        label: how messages call the folder.

    Raises:
        InvalidArgumentError: if the folder cannot be written to.
    """
    new_folders = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            place = tempfile.TemporaryDirectory(prefix=".partial-", dir=folder)
        except OSError as error:
            raise InvalidArgumentError(
                f"{label} cannot be written to ({error.strerror}); choose another folder."
            ) from error
        with place:
            yield pathlib.Path(place.name)
            _move(pathlib.Path(place.name), folder, names)
    finally:
        for path in new_folders:  # the innermost first
            with contextlib.suppress(OSError):  # what holds files now stays
                path.rmdir()


def _move(place: pathlib.Path, folder: pathlib.Path, names: Sequence[str]) -> None:
    """Put the new files where the old ones were; if that fails, the old ones are there again."""
    old = place / "old"
    old.mkdir()
    with contextlib.ExitStack() as undo:

        def move(source, target):
            os.replace(source, target)
            undo.callback(os.replace, target, source)

        for name in reversed(names):
            if (folder / name).exists():
                move(folder / name, old / name)
        for name in names:
            if (place / name).exists():
                move(place / name, folder / name)
        undo.pop_all()


def read_text(path: str | os.PathLike, what: str) -> str:
    """A UTF-8 file that should hold `what`.

    Raises:
        MissingFileError: if there is no such file.
        InvalidFileError: if it is not UTF-8.
    """
    path = pathlib.Path(path)
    if not path.is_file():
        raise MissingFileError(f"path={str(path)!r} is not a file; use the path of a {what}.")
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InvalidFileError(
            f"path={str(path)!r} is not UTF-8, so no {what}; use the path of one."
        ) from error
