"""Turn text files of any size into token files, once.

    mlm-tf tokenize my.txt more.txt.gz --output tokens --validation-fraction 0.01

The folder gets training.tokens, validation.tokens and pipeline.json. Blank lines separate the
documents, each of which becomes [START] text [END]; with --unit line every line is one. Without
--pipeline a vocabulary is learned first, from the training documents, in a pass of its own.
"""

import contextlib
import pathlib
import time
from collections.abc import Iterable, Iterator

import numpy as np
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from mlm_tf import TextPipeline
from mlm_tf.corpora import TextStream
from mlm_tf.errors import EmptyCorpusError, InvalidArgumentError
from mlm_tf.preprocessing.checks import check_integer
from mlm_tf.preprocessing.token_file import TokenFileWriter

TRAINING, VALIDATION, PIPELINE = "training.tokens", "validation.tokens", "pipeline.json"
VOCABULARY_SIZE = 8000
SHOWN_BYTES = 10**6  # how far the bar moves at a time


def add_arguments(parser) -> None:
    add = parser.add_argument
    add("corpus", nargs="+", help="UTF-8 text files, plain or .gz")
    add("--output", required=True, help="the folder to write to")
    add("--overwrite", action="store_true", help="replace the files of an earlier run in it")
    add("--unit", default="document", help="what is a text: document (blank lines between) or line")
    add("--pipeline", help="a saved pipeline; without, one is learned as the next three say")
    add("--level", help="word, character or subword (word; zh: character)")
    add("--language", help="en, zh or any (en)")
    add("--vocabulary-size", type=int, help="types, special tokens included (8000)")
    add("--validation-fraction", type=float, default=0.0, help="share of texts held back (0)")
    add("--seed", type=int, default=0, help="of which texts are held back")


def run(options) -> int:
    fraction = options.validation_fraction
    if not 0 <= fraction < 1:
        raise InvalidArgumentError(
            f"validation_fraction={fraction} is not allowed; use a share from 0 to below 1."
        )
    seed = check_integer("seed", options.seed, least=0)
    stream = TextStream(options.corpus, options.unit)
    with _folder(options.output, options.overwrite) as folder, _progress() as progress:
        training = _Training(_Watched(stream, progress, "learning a vocabulary"), fraction, seed)
        pipeline = _pipeline(options, training)
        started = time.perf_counter()
        texts = _Watched(stream, progress, "encoding")
        paths = [folder / TRAINING, folder / VALIDATION] if fraction else [folder / TRAINING]
        writers = _write(pipeline, texts, paths, _draws(fraction, seed), options.overwrite)
        if not fraction:
            (folder / VALIDATION).unlink(missing_ok=True)  # of an earlier run, with other texts
        seconds = time.perf_counter() - started
    for writer in writers:
        print(f"{writer.path}: {writer.tokens:,} tokens")
    print(
        f"{folder / PIPELINE}: {pipeline.vocabulary_size:,} types; encoded and written in "
        f"{seconds:.1f} s"
    )
    return 0


def _pipeline(options, training: Iterable[str]) -> TextPipeline:
    """The saved one, or one that is learned."""
    asked = {name: getattr(options, name) for name in ("level", "language", "vocabulary_size")}
    asked = {name: value for name, value in asked.items() if value is not None}
    if options.pipeline is None:
        return TextPipeline.fit(training, **{"vocabulary_size": VOCABULARY_SIZE, **asked})
    if asked:
        raise InvalidArgumentError(
            f"{', '.join(asked)} is for a pipeline to be learned, and {options.pipeline} has been; "
            "leave one of the two out."
        )
    return TextPipeline.load(options.pipeline)


def _write(pipeline, texts, paths, draws, overwrite: bool) -> list[TokenFileWriter]:
    """All texts into one of two files, as they are drawn, and the pipeline beside them."""
    with contextlib.ExitStack() as stack:
        writers = [
            stack.enter_context(TokenFileWriter(path, pipeline, overwrite)) for path in paths
        ]
        for row, held_back in zip(pipeline.iterate_encoded(texts), draws, strict=False):
            writers[held_back].append(row)
        for writer in writers:  # before any of the files appears
            if not writer.tokens:
                raise EmptyCorpusError(
                    f"No text is left for {writer.path.name}; give more text, another "
                    "--validation-fraction or another --seed."
                )
        pipeline.save(paths[0].with_name(PIPELINE), overwrite)
    return writers


@contextlib.contextmanager
def _folder(name: str, overwrite: bool) -> Iterator[pathlib.Path]:
    """The folder to write to, made if need be; if nothing comes of it, it goes again."""
    folder = pathlib.Path(name)
    if folder.is_file():
        raise InvalidArgumentError(f"output={name!r} is a file; choose a folder.")
    there = [file for file in (TRAINING, VALIDATION, PIPELINE) if (folder / file).exists()]
    if there and not overwrite:
        raise InvalidArgumentError(
            f"output={name!r} holds {', '.join(there)}; choose another folder, or add --overwrite."
        )
    is_new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield folder
    finally:
        if is_new and not any(folder.iterdir()):
            folder.rmdir()


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
        self.stream, self.progress, self.doing = stream, progress, doing

    def __iter__(self) -> Iterator[str]:
        paths = self.stream.paths
        packed = any(path.suffix == ".gz" for path in paths)  # whose size is not that of the text
        total = None if packed else sum(path.stat().st_size for path in paths)
        task = self.progress.add_task(self.doing, total=total)
        taken = 0
        for text in self.stream:
            yield text
            taken += len(text.encode()) + 1  # its line break
            if taken >= SHOWN_BYTES:
                self.progress.advance(task, taken)
                taken = 0
        if packed:
            self.progress.advance(task, taken)
        else:  # blank lines too
            self.progress.update(task, completed=total)


class _Training:
    """The texts that are not held back, in every pass the same."""

    def __init__(self, texts: Iterable[str], fraction: float, seed: int):
        self.texts, self.fraction, self.seed = texts, fraction, seed

    def __iter__(self) -> Iterator[str]:
        for text, held_back in zip(self.texts, _draws(self.fraction, self.seed), strict=False):
            if not held_back:
                yield text


def _draws(fraction: float, seed: int) -> Iterator[bool]:
    """For each text in its order whether it is held back; endless."""
    rng = np.random.default_rng(seed)
    while True:
        yield bool(rng.random() < fraction)
