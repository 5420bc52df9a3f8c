"""The functions through which loaders read the files of the table, downloaded when first needed."""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

from glove.archives import members
from glove.errors import (
    GloveDownloadError,
    GloveFileError,
    GloveNotFoundError,
    GloveValueError,
)
from glove.fetch import Remote, fetch, find
from mlm_tf.corpora.datasets import DATASETS
from mlm_tf.errors import (
    DownloadError,
    InvalidArgumentError,
    InvalidFileError,
    MissingFileError,
)

UNPACKED_LIMIT = 1 << 30  # bytes; the largest archive, IMDB, unpacks to well below a half of it


def fetch_file(name: str) -> Path:
    """The path of a file of the table, its checksum verified, downloaded if it is nowhere yet.

    It is looked for in the folders that the environment variable `MLM_TF_DATA` names, which are
    only read, then in the cache, `MLM_TF_CACHE` or else `~/.cache/mlm_tf`; see `glove.fetch`.

    Args:
        name: `<dataset>/<file>`, a key of `DATASETS`.

    Raises:
        DownloadError: there is no network, no mirror gives the right bytes, or the cache cannot
            be written to; the message names both remedies.
        InvalidFileError: the file in a folder of `MLM_TF_DATA` is not the right one.
        InvalidArgumentError: the table has no such name.

    Example, for gensim, which reads the analogy questions from a file:
    `vectors.evaluate_word_analogies(fetch_file("wordsim/questions-words.txt"))`

    >>> DATASETS["wordsim/questions-words.txt"].licence
    'Apache-2.0'
    """
    with our_errors():
        return fetch(_entry(name))


def find_file(name: str) -> Path | None:
    """The path of a file of the table if it is on this machine already; nothing is downloaded.

    For what is to run without the network too, on other data where this is None.

    Args:
        name: `<dataset>/<file>`, a key of `DATASETS`.

    Raises:
        InvalidFileError: the file in a folder of `MLM_TF_DATA` is not the right one.
        InvalidArgumentError: the table has no such name.

    Example, to measure on what is there:
    `english_french() if find_file("eng-fra/fra-eng.zip") else grammar()`

    >>> find_file("shakespeare/input.txt")
    Traceback (most recent call last):
    mlm_tf.errors.InvalidArgumentError: name='shakespeare/input.txt' is not in the table; use ...
    """
    with our_errors():
        return find(_entry(name))


def _entry(name: str) -> Remote:
    if not isinstance(name, str) or name not in DATASETS:
        raise InvalidArgumentError(
            f"name={name!r} is not in the table; use one of mlm_tf.corpora.datasets()."
        )
    return DATASETS[name]


def read_lines(name: str, encoding: str = "utf-8") -> list[str]:
    """The lines of a file of the table. Only LF and CR LF end a line, and no other character."""
    return lines(fetch_file(name).read_bytes(), encoding)


def lines(data: bytes, encoding: str = "utf-8") -> list[str]:
    """The lines of a text whose last line has a line break too.

    `str.splitlines` would also split at U+0085, which the byte 0x85 of cp1252 text becomes when it
    is read as Latin-1, and at U+2028.

    >>> lines("moving\\x85 and funny\\r\\nslow\\n".encode("latin-1"), "cp1252")
    ['moving… and funny', 'slow']
    """
    return data.decode(encoding).replace("\r\n", "\n").removesuffix("\n").split("\n")


def read_members(name: str, pattern: str) -> Iterator[tuple[re.Match, bytes]]:
    """The members of an archive whose whole name matches: the match, and the bytes."""
    with our_errors():
        for member in members(fetch_file(name), UNPACKED_LIMIT):
            if match := re.fullmatch(pattern, member.name):
                yield match, member.read()


@contextlib.contextmanager
def our_errors() -> Iterator[None]:
    """`glove` knows nothing of `mlm_tf`, and so has errors of its own."""
    try:
        yield
    except GloveDownloadError as error:
        raise DownloadError(str(error)) from error
    except GloveFileError as error:
        raise InvalidFileError(str(error)) from error
    except GloveNotFoundError as error:
        raise MissingFileError(str(error)) from error
    except GloveValueError as error:
        raise InvalidArgumentError(str(error)) from error
