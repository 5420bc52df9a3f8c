"""Turn text files of any size into token files, once.

    mlm-tf tokenize my.txt more.txt.gz --output tokens --validation-fraction 0.01

The folder gets training.tokens, validation.tokens and pipeline.json, all of them or none. Every
line that is not blank is a text, which becomes [START] text [END]; of a hard-wrapped file every
paragraph is one. With --unit document all lines up to a blank one are, and have to fit into memory
together. Without --pipeline a vocabulary is learned first, from the training texts, in one to three
passes of its own.
"""

import contextlib
import pathlib
import time
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from mlm_tf.checks import check_integer, check_new_file, check_number
from mlm_tf.cli.common import add_pipeline_arguments, make_pipeline, pipeline_line
from mlm_tf.cli.corpus import PIPELINE, TRAINING, VALIDATION, add_reading_arguments
from mlm_tf.corpora import TextStream
from mlm_tf.corpora.text_stream import is_packed, no_text_in
from mlm_tf.errors import EmptyCorpusError, InvalidArgumentError
from mlm_tf.preprocessing.files import moved_together
from mlm_tf.preprocessing.token_file import TokenFileWriter

FILES = TRAINING, VALIDATION, PIPELINE
SHOWN_BYTES = 10**6  # how far the bar moves at a time


def add_arguments(parser) -> None:
    add = parser.add_argument
    what = "texts, tables (.csv, .tsv, .jsonl), folders of them, or - for the standard input"
    add("corpus", nargs="+", help=what)
    add("--output", required=True, help="the folder to write to")
    add("--overwrite", action="store_true", help="replace the files of an earlier run in it")
    unit = "what is a text: line, or document (blank lines between); line"
    add("--unit", default="line", help=unit)
    add_reading_arguments(add)
    add_pipeline_arguments(add)
    add("--validation-fraction", type=float, default=0.0, help="share of texts held back (0)")
    add("--seed", type=int, default=0, help="of which texts are held back")


def run(options) -> int:
    split = _Split(options.validation_fraction, options.seed)
    stream = TextStream(
        options.corpus, options.unit, options.encoding, options.text_column, options.line_breaks
    )
    folder = _new_output(options.output, options.overwrite)
    together = moved_together(folder, FILES, f"output={options.output!r}")
    with together as place, _progress() as progress:
        learned_from = _Training(_Watched(stream, progress, "learning a vocabulary"), split)
        pipeline = make_pipeline(options, learned_from, sample=stream)
        started = time.perf_counter()
        writers = _write(pipeline, _Watched(stream, progress, "encoding"), split, place)
        seconds = time.perf_counter() - started
    for message in stream.line_breaks.said():
        print(message)
    for writer in writers:
        print(f"{folder / writer.path.name}: {writer.tokens:,} tokens")
    print(f"{folder / PIPELINE}: {pipeline_line(pipeline)}; encoded and written in {seconds:.1f} s")
    return 0


def _write(pipeline, texts, split: "_Split", folder: pathlib.Path) -> list[TokenFileWriter]:
    """All texts into one of two files, as they are drawn, and the pipeline beside them."""
    with contextlib.ExitStack() as stack:
        writers = [
            stack.enter_context(TokenFileWriter(folder / file, pipeline)) for file in split.files
        ]
        for row, held_back in zip(pipeline.iterate_encoded(texts), split.draws(), strict=False):
            writers[held_back].append(row)
        split.check([writer.tokens for writer in writers])
    pipeline.save(folder / PIPELINE)
    return writers


def _new_output(name: str, overwrite: bool) -> pathlib.Path:
    """The folder `name`, in which those files are new or may be replaced."""
    if not name:
        raise InvalidArgumentError("output='' is no folder; use the name of one.")
    folder = pathlib.Path(name)
    if folder.is_file():
        raise InvalidArgumentError(f"output={name!r} is a file; choose a folder.")
    there = [file for file in FILES if (folder / file).exists()]
    if there and not overwrite:
        raise InvalidArgumentError(
            f"output={name!r} holds {', '.join(there)}; choose another folder, or add --overwrite."
        )
    for file in there:
        check_new_file(folder / file, overwrite)
    return folder


# === Texts on their way ===


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=16),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(compact=True),
    )


class _Watched:
    """A stream whose every pass shows how many bytes were taken, how fast, and what is left."""

    def __init__(self, stream: TextStream, progress: Progress, doing: str):
        self.stream, self.progress, self.doing, self.passes = stream, progress, doing, 0

    def __iter__(self) -> Iterator[str]:
        paths = self.stream.paths
        # The size of a packed file is not that of the text, and a pipe has none.
        packed = any(is_packed(path) or not path.is_file() for path in paths)
        total = None if packed else sum(path.stat().st_size for path in paths)
        self.passes += 1
        name = self.doing if self.passes == 1 else f"{self.doing}, pass {self.passes}"
        task = self.progress.add_task(name, total=total)
        taken, text = 0, None
        for text in self.stream:
            yield text
            taken += len(text.encode()) + 1  # its line break
            if taken >= SHOWN_BYTES:
                self.progress.advance(task, taken)
                taken = 0
        if text is None:
            raise no_text_in(paths)
        if packed:
            self.progress.advance(task, taken)
        else:  # blank lines too
            self.progress.update(task, completed=total)


class _Split:
    """Which texts are held back for validation: in every pass the same, a function of the seed."""

    def __init__(self, fraction: float, seed: int):
        self.fraction = check_number("validation_fraction", fraction, least=0, below=1)
        self.seed = check_integer("seed", seed, least=0)
        self.files = (TRAINING, VALIDATION) if fraction else (TRAINING,)

    def draws(self) -> Iterator[bool]:
        """For each text in its order whether it is held back; endless."""
        rng = np.random.default_rng(self.seed)
        while True:
            yield bool(rng.random() < self.fraction)

    def check(self, sizes: Sequence[int]) -> None:
        """Refuse a file of size 0."""
        for file, size in zip(self.files, sizes, strict=True):
            if not size:
                raise EmptyCorpusError(
                    f"validation_fraction={self.fraction} with seed={self.seed} leaves no text for "
                    f"{file}; use more text, another --validation-fraction or another --seed."
                )


class _Training:
    """The texts that are not held back."""

    def __init__(self, texts: Iterable[str], split: _Split):
        self.texts, self.split = texts, split

    def __iter__(self) -> Iterator[str]:
        sizes = [0 for _ in self.split.files]
        for text, held_back in zip(self.texts, self.split.draws(), strict=False):
            sizes[held_back] += 1
            if not held_back:
                yield text
        self.split.check(sizes)
