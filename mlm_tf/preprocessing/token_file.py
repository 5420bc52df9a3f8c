"""A file of token ids, written once and read at any place: training without the text.

The format: one line of JSON, padded with spaces to `HEADER_BYTES` bytes, line break included, and
then the ids, little-endian, two bytes each where the vocabulary has at most 65,536 entries, else
four. `numpy.memmap(path, header["dtype"], "r", offset=256)` reads them without this package. The
header says how many there are, so that a file cut short is noticed, and of which pipeline, so
that no file is read with another.
"""

import contextlib
import copy
import hashlib
import json
import os
import pathlib
from collections.abc import Sequence

import numpy as np

from glove.writing import written_beside
from mlm_tf.checks import check_new_file, shown
from mlm_tf.errors import (
    EmptyCorpusError,
    InvalidArgumentError,
    InvalidFileError,
    MissingFileError,
)
from mlm_tf.preprocessing.decode_stream import check_ids
from mlm_tf.preprocessing.packing import is_rows

FORMAT, VERSION = "mlm_tf.TokenFile", 1
HEADER_BYTES = 256
TWO_BYTES, FOUR_BYTES = "<u2", "<i4"  # and nothing else: NumPy would take "|O" for addresses


class TokenFile:
    """The ids of a token file as one long int32 array, of which only what is asked for is read.

    `file[places]` takes what NumPy takes: an integer, a slice, an array of integers.

    Args:
        path: what `mlm-tf tokenize` or `TokenFileWriter` wrote.

    Attributes:
        path: the same.
        fingerprint: which pipeline the ids are of, see `fingerprint`.

    Raises:
        MissingFileError: if there is no such file.
        InvalidFileError: if it is no token file, or not a whole one.

    Example:

    >>> import pathlib, tempfile
    >>> from mlm_tf import TextPipeline
    >>> pipeline = TextPipeline.fit(["a b c"])
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "abc.tokens"
    >>> with TokenFileWriter(path, pipeline) as writer:
    ...     for row in pipeline.encode(["a b", "c"]):
    ...         writer.append(row)
    >>> file = TokenFile(path)
    >>> len(file), file[:4].tolist(), file[[0, -2]].tolist()
    (7, [2, 6, 7, 3], [2, 8])
    >>> file.check_pipeline(pipeline)
    """

    def __init__(self, path: str | os.PathLike):
        self.path = pathlib.Path(path)
        if not self.path.is_file():
            raise MissingFileError(
                f"path={str(path)!r} is not a file; use the path of a token file, as mlm-tf "
                "tokenize writes it."
            )
        try:
            with self.path.open("rb") as file:
                header = json.loads(file.read(HEADER_BYTES))
            if header["format"] != FORMAT or header["version"] != VERSION:
                raise ValueError(f"its format is not {FORMAT!r}, version {VERSION}")
            self.fingerprint = header["pipeline"]
            tokens, dtype = header["tokens"], header["dtype"]
            if dtype not in (TWO_BYTES, FOUR_BYTES):
                raise ValueError(f"its dtype is {shown(dtype)}")
            if type(tokens) is not int or tokens < 1:
                raise ValueError(f"its number of tokens is {shown(tokens)}")
            expected = HEADER_BYTES + tokens * np.dtype(dtype).itemsize
            if self.path.stat().st_size != expected:
                raise ValueError(f"it has {self.path.stat().st_size} bytes instead of {expected}")
            self._ids = np.memmap(self.path, dtype, "r", HEADER_BYTES, (tokens,))
        except (ValueError, TypeError, KeyError) as error:
            raise InvalidFileError(
                f"path={str(path)!r} is not a whole token file that this version of mlm_tf reads "
                f"({error}); write it again with mlm-tf tokenize."
            ) from error

    def __len__(self) -> int:
        return len(self._ids)

    def __getitem__(self, places) -> np.ndarray:
        return np.asarray(self._ids[places], "int32")

    def part(self, start: int, stop: int) -> "TokenFile":
        """The tokens from `start` to before `stop`, as a token file; nothing is copied."""
        part = copy.copy(self)
        part._ids = self._ids[start:stop]
        return part

    def check_pipeline(self, pipeline) -> None:
        """Refuse a pipeline whose ids mean something else.

        Raises:
            InvalidArgumentError: if the file was written with another pipeline.
        """
        if fingerprint(pipeline) != self.fingerprint:
            raise InvalidArgumentError(
                f"{self.path} was written with another pipeline, so that its ids mean other words; "
                "load the pipeline.json beside it, or write the file again with mlm-tf tokenize."
            )


class TokenFiles(TokenFile):
    """Several token files as one: their ids one after the other, of which only what is asked for is
    read. Nothing is copied, so that files that several processes wrote need not be put together.

    Args:
        paths: of token files, of one pipeline, in their order; or a folder, whose files with the
            ending `.tokens` are taken, in the order of their names.

    Raises:
        InvalidArgumentError: if there is none, or two are of different pipelines.
        MissingFileError, InvalidFileError: as `TokenFile`.

    Example:

    >>> import pathlib, tempfile
    >>> from mlm_tf import TextPipeline
    >>> pipeline = TextPipeline.fit(["a b c"])
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> for number, text in enumerate(["a b", "c"]):
    ...     with TokenFileWriter(folder / f"{number}.tokens", pipeline) as writer:
    ...         writer.append(pipeline.encode([text])[0])
    >>> files = TokenFiles(folder)
    >>> len(files), files[2:6].tolist(), files[[0, -2]].tolist()
    (7, [7, 3, 2, 8], [2, 8])
    """

    def __init__(self, paths: str | os.PathLike | Sequence[str | os.PathLike]):
        if isinstance(paths, (str, os.PathLike)):
            self.path = pathlib.Path(paths)
            paths = sorted(self.path.glob("*.tokens")) if self.path.is_dir() else [self.path]
        else:
            paths = list(paths)
            self.path = pathlib.Path(paths[0] if paths else "")
        if not paths:
            raise InvalidArgumentError(
                f"paths={str(self.path)!r} holds no token file; use a folder with files that end "
                "in .tokens, as mlm-tf tokenize writes them, or a list of files."
            )
        files = [TokenFile(path) for path in paths]
        self.fingerprint = files[0].fingerprint
        for file in files:
            if file.fingerprint != self.fingerprint:
                raise InvalidArgumentError(
                    f"{files[0].path} and {file.path} were written with different pipelines, so "
                    "that the same id means two words; tokenize both with one --pipeline."
                )
        self._ids = _Joined([file._ids for file in files])

    def part(self, start: int, stop: int) -> "TokenFiles":
        part = copy.copy(self)
        part._ids = self._ids.cut(start, stop)
        return part


class _Joined:
    """Arrays `(n,)` as one, which is nowhere in memory."""

    def __init__(self, arrays: Sequence[np.ndarray]):
        self.arrays = arrays
        self.ends = np.cumsum([len(array) for array in arrays])
        self.starts = self.ends - [len(array) for array in arrays]

    def __len__(self) -> int:
        return int(self.ends[-1])

    def __getitem__(self, places) -> np.ndarray:
        if isinstance(places, slice):
            start, stop, step = places.indices(len(self))
            if step == 1:
                return np.concatenate(self.cut(start, stop).arrays)
            places = np.arange(start, stop, step)
        places = np.asarray(places)
        places = np.where(places < 0, places + len(self), places)
        if places.size and not (places.min() >= 0 and places.max() < len(self)):
            raise IndexError(f"There are {len(self):,} tokens, and {shown(places)} is asked for.")
        which = np.searchsorted(self.ends, places, side="right")
        found = np.empty(places.shape, "int32")
        for number in np.unique(which):
            here = which == number
            found[here] = self.arrays[number][places[here] - self.starts[number]]
        return found

    def cut(self, start: int, stop: int) -> "_Joined":
        """What lies between two places; views."""
        ends = zip(self.arrays, self.starts, strict=True)
        parts = [a[max(start - s, 0) : max(stop - s, 0)] for a, s in ends]
        return _Joined([part for part in parts if len(part)] or [self.arrays[0][:0]])


def is_token_file(path: str | os.PathLike) -> bool:
    """Whether a path is a file that begins as a token file does."""
    path = pathlib.Path(path)
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(HEADER_BYTES).startswith(f'{{"format": "{FORMAT}"'.encode())


class TokenFileWriter:
    """Writes a token file row by row, with no more than a row in memory.

    A context manager: the file appears, whole, when the block ends, and not at all if it ends in
    an exception, Ctrl-C among them.

    Args:
        path: the file to write.
        pipeline: the `Pipeline` that the ids are of.
        overwrite: whether a file that is already there may be replaced.

    Attributes:
        tokens: how many have been appended.

    Raises:
        InvalidArgumentError: if the file exists and `overwrite` is false, or is a folder.
        MissingFileError: if the folder to write in does not exist.
        EmptyCorpusError: (at the end) if nothing was appended.

    Example: see `TokenFile`.
    """

    def __init__(self, path: str | os.PathLike, pipeline, overwrite: bool = False):
        self.path = check_new_file(path, overwrite)
        self.tokens = 0
        self._vocabulary_size = pipeline.vocabulary_size
        self._dtype = TWO_BYTES if pipeline.vocabulary_size <= 2**16 else FOUR_BYTES
        self._fingerprint = fingerprint(pipeline)
        self._file = None

    def __enter__(self) -> "TokenFileWriter":
        with contextlib.ExitStack() as stack:
            beside = stack.enter_context(written_beside(self.path))
            self._file = stack.enter_context(beside.open("wb"))
            self._file.write(b" " * HEADER_BYTES)
            self._open = stack.pop_all()
        return self

    def append(self, ids: Sequence[int]) -> None:
        """Add ids, `(tokens,)`, at the end.

        Raises:
            InvalidArgumentError: for what is no sequence of ids of the pipeline, or outside the
                `with` block.
        """
        if self._file is None or self._file.closed:
            raise InvalidArgumentError(
                f"{self.path} is not open; append inside the block of `with TokenFileWriter(path, "
                "pipeline) as writer:`."
            )
        if is_rows(ids):
            raise InvalidArgumentError(f"ids={shown(ids)} is several rows; append them one by one.")
        ids = check_ids(ids, self._vocabulary_size)
        self._file.write(ids.astype(self._dtype).tobytes())
        self.tokens += len(ids)

    def __exit__(self, *error) -> None:
        if error[0] is not None:
            self._open.__exit__(*error)
            return
        with self._open:
            if not self.tokens:
                raise EmptyCorpusError(
                    f"There is no token to write to {self.path}; give more text."
                )
            self._file.seek(0)
            self._file.write(self._header())

    def _header(self) -> bytes:
        header = {
            "format": FORMAT,
            "version": VERSION,
            "dtype": self._dtype,
            "tokens": self.tokens,
            "pipeline": self._fingerprint,
        }
        return json.dumps(header).encode().ljust(HEADER_BYTES - 1) + b"\n"


def fingerprint(pipeline) -> str:
    """SHA-256 of all that decides which ids a text gets, in hexadecimal digits."""
    content = json.loads(pipeline.to_json())
    for without_effect in ("counts", "max_sequence_length"):
        content.pop(without_effect, None)
    if content["version"] < 3:  # one set of rules, and of fingerprints, up to there
        del content["version"]
    if content.get("user_dict", ...) is None:
        del content["user_dict"]  # as if there were no such setting, in the files before it
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()
