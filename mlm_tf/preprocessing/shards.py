"""The work of `mlm-tf tokenize` in shares, and their results put together: to the byte what one
process would have written.

Text j of a corpus is in shard `j % N`, and so is what is counted or encoded of it. Each folder says
in `shard.json` which it is and of what.
"""

import itertools
import json
import pathlib
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from mlm_tf.checks import shown
from mlm_tf.errors import InvalidArgumentError, InvalidFileError
from mlm_tf.preprocessing.files import read_text
from mlm_tf.preprocessing.text_pipeline import TextPipeline
from mlm_tf.preprocessing.token_file import TokenFile, TokenFileWriter

SHARD = "shard.json"
TRAINING, VALIDATION, PIPELINE = "training.tokens", "validation.tokens", "pipeline.json"
FORMAT, VERSION = "mlm_tf shard", 1
TEXTS = 2**15  # that are put together at a time


class Shard(NamedTuple):
    """One of several shares of the texts of a corpus.

    >>> shard = Shard.of("2/3")
    >>> shard, list(shard.share("abcdef")), str(shard)
    (Shard(number=2, count=3), ['b', 'e'], '2/3')
    """

    number: int = 1
    count: int = 1

    @classmethod
    def of(cls, text: str) -> "Shard":
        """What `I/N` means.

        Raises:
            InvalidArgumentError: for what is not so written, or an I that is not 1 to N.
        """
        match = re.fullmatch(r"(\d+)/(\d+)", text, re.ASCII)
        number, count = map(int, match.groups()) if match else (0, 0)
        if not 1 <= number <= count:
            raise InvalidArgumentError(
                f"shard={text!r} is not allowed; use I/N, the first of four being 1/4 and the last "
                "4/4."
            )
        return cls(number, count)

    def share(self, items) -> Iterator:
        """Those of some items, one for each text, that are in this shard."""
        return itertools.islice(items, self.number - 1, None, self.count)

    def __str__(self):
        return f"{self.number}/{self.count}"


class Told(NamedTuple):
    """What `shard.json` says.

    Attributes:
        shard: which it is.
        texts: of the whole corpus.
        seed, validation_fraction: by which texts are held back.
        tokens: in each of its token files; `None` where texts were only counted.
    """

    shard: Shard
    texts: int
    seed: int
    validation_fraction: float
    tokens: dict[str, int] | None

    def save(self, folder: pathlib.Path) -> None:
        content = {"format": FORMAT, "version": VERSION, **self._asdict()}
        (folder / SHARD).write_text(json.dumps({**content, "shard": str(self.shard)}), "utf-8")

    @classmethod
    def load(cls, folder: pathlib.Path) -> "Told":
        path = folder / SHARD
        text = read_text(path, "shard, as mlm-tf tokenize --shard I/N writes it in its folder")
        try:
            content = json.loads(text)
            if (content.pop("format"), content.pop("version")) != (FORMAT, VERSION):
                raise ValueError(f"its format is not {FORMAT!r}, version {VERSION}")
            return cls(**{**content, "shard": Shard.of(content["shard"])})
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise InvalidFileError(
                f"{path} does not say which shard it is of what ({error}); tokenize it again."
            ) from error


def held_back(fraction: float, seed: int) -> Iterator[bool]:
    """For each text of a corpus whether it is held back for validation; endless."""
    rng = np.random.default_rng(seed)
    while True:
        yield bool(rng.random() < fraction)


class Shards:
    """The shards of one corpus, each in its folder.

    Args:
        folders: of all of them, in any order.

    Attributes:
        are_counts: whether they hold counts, of which a pipeline can be made, and no tokens.

    Raises:
        MissingFileError, InvalidFileError: for a folder that holds none, or a part of one.
        InvalidArgumentError: if one is missing or there twice, or they are not of one corpus.
    """

    def __init__(self, folders: Sequence[str | pathlib.Path]):
        found: dict[int, tuple[pathlib.Path, Told]] = {}
        for folder in map(pathlib.Path, folders):
            told = Told.load(folder)
            other, first = next(iter(found.values()), (folder, told))
            if told.shard.number in found and told.shard.count == first.shard.count:
                raise InvalidArgumentError(
                    f"Shard {told.shard} is there twice, in {found[told.shard.number][0]} and "
                    f"{folder}; name each once."
                )
            if _what(told) != _what(first):
                raise InvalidArgumentError(
                    f"{other} and {folder} are not of one corpus ({_difference(first, told)}); "
                    "merge what the same command wrote for each shard."
                )
            found[told.shard.number] = folder, told
        if not found:
            raise InvalidArgumentError("There is no shard; name the folders of all.")
        self.told = next(iter(found.values()))[1]
        count = self.told.shard.count
        missing = [number for number in range(1, count + 1) if number not in found]
        if missing:
            raise InvalidArgumentError(
                f"Shard {missing[0]}/{count} is missing; tokenize it, and name its folder too."
            )
        self.folders = [found[number][0] for number in range(1, count + 1)]
        self._told = [found[number][1] for number in range(1, count + 1)]
        self.are_counts = self.told.tokens is None

    def pipeline(self, vocabulary_size: int | None = None) -> TextPipeline:
        """The pipeline of all texts: see `TextPipeline.merge`; or that with which all were encoded.

        Raises:
            InvalidArgumentError: if they were encoded with different ones.
        """
        pipelines = [TextPipeline.load(folder / PIPELINE) for folder in self.folders]
        if self.are_counts:
            return TextPipeline.merge(pipelines, vocabulary_size)
        for folder, pipeline in zip(self.folders, pipelines, strict=True):
            if pipeline.to_json() != pipelines[0].to_json():
                raise InvalidArgumentError(
                    f"{self.folders[0]} and {folder} were encoded with different pipelines, so "
                    "that the same id means two words; tokenize all with one --pipeline."
                )
        return pipelines[0]

    def write(self, name: str, pipeline: TextPipeline, folder: pathlib.Path) -> TokenFileWriter:
        """Write one of the token files of the whole corpus; a few megabytes are in memory."""
        rows = [
            _Rows(path, told, name, pipeline)
            for path, told in zip(self.folders, self._told, strict=True)
        ]
        draws = held_back(self.told.validation_fraction, self.told.seed)
        with TokenFileWriter(folder / name, pipeline) as writer:
            for first in range(0, self.told.texts, TEXTS):
                count = min(TEXTS, self.told.texts - first)
                held = np.fromiter(itertools.islice(draws, count), bool, count)
                of = np.arange(first, first + count)[held == (name == VALIDATION)] % len(rows)
                texts: list = [None] * len(of)
                for number, source in enumerate(rows):
                    places = np.flatnonzero(of == number)
                    for place, row in zip(places, source.take(len(places)), strict=True):
                        texts[place] = row
                if texts:
                    writer.append(np.concatenate(texts))
            if any(source.is_left for source in rows):
                raise InvalidFileError(
                    f"{name} of the shards holds more texts than their corpus; tokenize again."
                )
        return writer


class _Rows:
    """The texts of one token file, one after the other."""

    def __init__(self, folder: pathlib.Path, told: Told, name: str, pipeline: TextPipeline):
        path, tokens = folder / name, told.tokens.get(name, 0)
        self.file, self.place = None, 0
        self.start_id, self.path = pipeline.start_id, path
        if tokens:  # none were drawn for it, in a small shard
            self.file = TokenFile(path)
            self.file.check_pipeline(pipeline)
            if len(self.file) != tokens:
                raise InvalidFileError(
                    f"{path} holds {len(self.file):,} tokens, and {SHARD} says {tokens:,}; "
                    "tokenize this shard again."
                )

    @property
    def is_left(self) -> bool:
        return self.file is not None and self.place < len(self.file)

    def take(self, count: int) -> list[np.ndarray]:
        """The next texts; each begins with a start token, which stands nowhere else."""
        size = 2**12 + 2**6 * count
        while count:
            ids = self.file[self.place : self.place + size] if self.file else np.zeros(0, "int32")
            starts = np.flatnonzero(ids == self.start_id)
            at_end = self.file is None or self.place + size >= len(self.file)
            if len(starts) > count or (at_end and len(starts) == count):
                end = starts[count] if len(starts) > count else len(ids)
                self.place += int(end)
                return np.split(ids[:end], starts[1:count])
            if at_end:
                raise InvalidFileError(
                    f"{self.path} holds fewer texts than its corpus has; tokenize this shard again."
                )
            size *= 2
        return []


def _what(told: Told) -> tuple:
    is_counted = told.tokens is None
    return told.shard.count, told.texts, told.seed, told.validation_fraction, is_counted


def _difference(first: Told, other: Told) -> str:
    names = ("shards", "texts", "seed", "validation_fraction", "counted only")
    pairs = zip(names, _what(first), _what(other), strict=True)
    return next(f"{name}: {shown(a)} and {shown(b)}" for name, a, b in pairs if a != b)
