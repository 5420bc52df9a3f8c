"""Which files are meant: one, several, those of a folder, or the standard input."""

import os
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from glove.errors import GloveFileError, GloveNotFoundError, GloveValueError
from glove.opening import STANDARD_INPUT, unpacked_name
from glove.tables import is_table

Paths = str | os.PathLike | Iterable[str | os.PathLike]

TEXTS = (".txt", ".text", ".md")


def text_files(paths: Paths, tables: bool = False) -> list[Path]:
    """The files of texts that paths mean, in a fixed order.

    Args:
        paths: a file, a folder, "-" for the standard input, or several of these. A file is taken
            whatever its name is. In a folder, and in the folders in it, those are taken that end
            in .txt, .text or .md, packed or not; hidden ones are passed over.
        tables: take those of a folder that end in .csv, .tsv, .jsonl or .json instead.

    Raises:
        GloveNotFoundError: there is no such file.
        GloveFileError: a folder has no such file.
        GloveValueError: what is no path, no path at all, or the standard input twice.

    Example:

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> for name in ("10.txt", "9.txt", "README"):
    ...     _ = (folder / name).write_text("twinkle", encoding="utf-8")
    >>> [path.name for path in text_files(folder)]
    ['9.txt', '10.txt']
    """
    one = isinstance(paths, (str, os.PathLike))
    try:
        asked = [paths] if one else list(paths)
        given = [Path(path) for path in asked]
    except TypeError:
        raise GloveValueError(
            f"paths={paths!r:.60} is not allowed; use the path of a text file, or a list of such "
            "paths."
        ) from None
    if "" in asked:  # which a `Path` would take for this folder
        raise GloveValueError(
            "path='' names no file; use the path of a text file, or '.' for this folder."
        )
    if not given:
        raise GloveValueError("paths is empty; use the path of at least one text file.")
    if [str(path) for path in given].count(STANDARD_INPUT) > 1:
        raise GloveValueError(
            "'-' is given twice, but the standard input is one text; use it once."
        )
    found: list[Path] = []
    for path in given:
        if path.is_dir():
            found += _in_folder(path, tables)
        elif str(path) == STANDARD_INPUT or path.exists():  # a pipe is no file, but can be read
            found.append(path)
        else:
            raise GloveNotFoundError(
                f"path={str(path)!r} is not a file, since it does not exist; use the path of a "
                "text file, or of a folder of them."
            )
    return found


def _in_folder(folder: Path, tables: bool) -> list[Path]:
    files = [
        path
        for path in folder.rglob("*")
        if path.is_file() and not any(p.startswith(".") for p in path.relative_to(folder).parts)
    ]
    wanted = [path for path in files if _is_wanted(path, tables)]
    if not wanted:
        kinds = Counter(unpacked_name(path).suffix or "no ending" for path in files)
        held = ", ".join(f"{count} with {kind}" for kind, count in kinds.most_common(5))
        remedy = "give a folder of text files (.txt), or the files themselves"
        if not tables and any(map(is_table, files)):
            remedy = "say which column holds the text with text_column= (--text-column)"
        elif tables:
            remedy = "give a folder of tables (.csv, .tsv, .jsonl), or the files themselves"
        raise GloveFileError(
            f"{folder} is a folder without {'a table' if tables else 'a text file'} (it holds "
            f"{held or 'nothing'}); {remedy}."
        )
    return sorted(wanted, key=lambda path: _in_order(path.relative_to(folder)))


def _is_wanted(path: Path, tables: bool) -> bool:
    return is_table(path) if tables else unpacked_name(path).suffix.lower() in TEXTS


def _in_order(path: Path) -> list:
    """9.txt stands before 10.txt."""
    parts = re.split(r"(\d+)", path.as_posix())
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]
