"""Turn text files of any size into token files, once.

    mlm-tf tokenize my.txt more.txt.gz --output tokens --validation-fraction 0.01

The folder gets training.tokens, validation.tokens and pipeline.json, all of them or none. Every
line that is not blank is a text, which becomes [START] text [END]; of a hard-wrapped file every
paragraph is one. With --unit document all lines up to a blank one are, and have to fit into memory
together. Without --pipeline a vocabulary is learned first, from the training texts, in one to three
passes of its own.

Several processes share the work by --shard I/N, and --merge puts together what they wrote, which is
to the byte what one process writes. Without --pipeline a shard counts words or characters, of which
--merge makes the pipeline:

    seq 4 | xargs -P 4 -I{} mlm-tf tokenize my.txt --shard {}/4 --output counted/{}
    mlm-tf tokenize --merge counted/* --output vocabulary
    seq 4 | xargs -P 4 -I{} mlm-tf tokenize my.txt --shard {}/4 \\
        --pipeline vocabulary/pipeline.json --output shards/{}
    mlm-tf tokenize --merge shards/* --output tokens
"""

import contextlib
import pathlib
import time
from collections.abc import Iterable, Iterator, Sequence

from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from mlm_tf.checks import check_integer, check_new_file, check_number
from mlm_tf.cli.common import (
    VOCABULARY_SIZE,
    add_pipeline_arguments,
    make_pipeline,
    pipeline_line,
    pipeline_settings,
)
from mlm_tf.cli.corpus import add_reading_arguments
from mlm_tf.corpora import TextStream
from mlm_tf.corpora.text_stream import is_packed, no_text_in
from mlm_tf.errors import EmptyCorpusError, InvalidArgumentError
from mlm_tf.preprocessing.files import moved_together
from mlm_tf.preprocessing.shards import (
    PIPELINE,
    SHARD,
    TRAINING,
    VALIDATION,
    Shard,
    Shards,
    Told,
    held_back,
)
from mlm_tf.preprocessing.token_file import TokenFileWriter

FILES = TRAINING, VALIDATION, SHARD, PIPELINE
SHOWN_BYTES = 10**6  # how far the bar moves at a time


def add_arguments(parser) -> None:
    add = parser.add_argument
    what = "texts, tables (.csv, .tsv, .jsonl), folders of them, or - for the standard input"
    add("corpus", nargs="+", help=f"{what}; with --merge folders")
    add("--output", required=True, help="the folder to write to")
    add("--overwrite", action="store_true", help="replace the files of an earlier run in it")
    unit = "what is a text: line, or document (blank lines between); line"
    add("--unit", default="line", help=unit)
    add_reading_arguments(add)
    add_pipeline_arguments(add)
    add("--validation-fraction", type=float, default=0.0, help="share of texts held back (0)")
    add("--seed", type=int, default=0, help="of which texts are held back")
    add("--shard", help="work on one share of the texts: 1/4 to 4/4, say")
    add("--merge", action="store_true", help="put together the shards in the folders named")


def run(options) -> int:
    if options.merge:
        return _merge(options)
    shard = None if options.shard is None else Shard.of(options.shard)
    split = _Split(options.validation_fraction, options.seed, shard)
    stream = TextStream(
        options.corpus, options.unit, options.encoding, options.text_column, options.line_breaks
    )
    folder = _new_output(options.output, options.overwrite)
    is_counted = shard is not None and options.pipeline is None
    if is_counted:
        _check_counts(options)
    together = moved_together(folder, FILES, f"output={options.output!r}")
    with together as place, _progress() as progress:
        watched = _Watched(stream, progress, "learning a vocabulary")
        size = None if is_counted else VOCABULARY_SIZE
        pipeline = make_pipeline(options, _Training(watched, split), stream, size)
        if is_counted and pipeline.level == "subword":
            raise _no_counts_of_subwords()
        started = time.perf_counter()
        writers = []
        if not is_counted:
            watched = _Watched(stream, progress, "encoding")
            writers = _write(pipeline, watched, split, place)
        pipeline.save(place / PIPELINE)
        if shard is not None:
            tokens = {writer.path.name: writer.tokens for writer in writers}
            settings = (watched.texts, split.seed, split.fraction)
            Told(shard, *settings, None if is_counted else tokens).save(place)
        seconds = time.perf_counter() - started
    for message in stream.line_breaks.said():
        print(message)
    if is_counted:
        print(f"{folder / PIPELINE}: {pipeline_line(pipeline)}, counted in shard {shard}")
    else:
        _say(folder, writers, pipeline, seconds)
    return 0


def _say(folder, writers, pipeline, seconds) -> None:
    for writer in writers:
        print(f"{folder / writer.path.name}: {writer.tokens:,} tokens")
    print(f"{folder / PIPELINE}: {pipeline_line(pipeline)}; encoded and written in {seconds:.1f} s")


def _write(pipeline, texts, split: "_Split", folder: pathlib.Path) -> list[TokenFileWriter]:
    """All texts of a share into one of two files, as they are drawn."""
    writers: dict[bool, TokenFileWriter] = {}
    with contextlib.ExitStack() as stack:
        encoded = pipeline.iterate_encoded(_Share(texts, split.shard))
        for row, held in zip(encoded, split.draws(), strict=False):
            if held not in writers:
                writer = TokenFileWriter(folder / split.files[held], pipeline)
                writers[held] = stack.enter_context(writer)
            writers[held].append(row)
        split.check([held in writers for held in range(len(split.files))])
    return [writers[held] for held in sorted(writers)]


# === Shards ===


def _merge(options) -> int:
    """Put shards together."""
    given = [n for n in ("pipeline", "level", "language", "shard") if getattr(options, n)]
    shards = Shards(options.corpus)
    if not shards.are_counts and options.vocabulary_size is not None:
        given.append("vocabulary_size")
    if given:
        raise InvalidArgumentError(
            f"{', '.join(given)} is for texts, and --merge puts together what has been made of "
            "them; leave it out."
        )
    folder = _new_output(options.output, options.overwrite)
    started = time.perf_counter()
    with moved_together(folder, FILES, f"output={options.output!r}") as place:
        size = options.vocabulary_size or VOCABULARY_SIZE
        pipeline = shards.pipeline(size if shards.are_counts else None)
        files = (TRAINING, VALIDATION) if shards.told.validation_fraction else (TRAINING,)
        files = () if shards.are_counts else files
        writers = [shards.write(file, pipeline, place) for file in files]
        pipeline.save(place / PIPELINE)
    _say(folder, writers, pipeline, time.perf_counter() - started)
    return 0


def _check_counts(options) -> None:
    """Raise for what cannot be asked of a shard that learns no vocabulary, but counts."""
    asked = pipeline_settings(options)
    if asked.get("level") == "subword":
        raise _no_counts_of_subwords()
    if "vocabulary_size" in asked:
        raise InvalidArgumentError(
            f"vocabulary_size={asked['vocabulary_size']} is not for a shard, which counts all; "
            "give it to --merge."
        )


def _no_counts_of_subwords() -> InvalidArgumentError:
    return InvalidArgumentError(
        "Subwords are learned from texts, and counts of shards do not tell which; learn a pipeline "
        "first, from all texts or a part of them, and give it to each shard with --pipeline."
    )


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
        self.texts = 0  # in a pass

    def __iter__(self) -> Iterator[str]:
        paths = self.stream.paths
        # The size of a packed file is not that of the text, and a pipe has none.
        packed = any(is_packed(path) or not path.is_file() for path in paths)
        total = None if packed else sum(path.stat().st_size for path in paths)
        self.passes += 1
        name = self.doing if self.passes == 1 else f"{self.doing}, pass {self.passes}"
        task = self.progress.add_task(name, total=total)
        taken = count = 0
        for text in self.stream:
            yield text
            count += 1
            taken += len(text.encode()) + 1  # its line break
            if taken >= SHOWN_BYTES:
                self.progress.advance(task, taken)
                taken = 0
        if not count:
            raise no_text_in(paths)
        self.texts = count
        if packed:
            self.progress.advance(task, taken)
        else:  # blank lines too
            self.progress.update(task, completed=total)


class _Share:
    """The texts of one shard."""

    def __init__(self, texts: Iterable[str], shard: Shard | None):
        self.texts, self.shard = texts, shard or Shard()

    def __iter__(self) -> Iterator[str]:
        texts, is_empty = iter(self.texts), True
        for text in self.shard.share(texts):
            is_empty = False
            yield text
        for _ in texts:  # they count
            pass
        if is_empty:
            raise EmptyCorpusError(
                f"shard={str(self.shard)!r} has no text, since there are fewer than "
                f"{self.shard.number}; use fewer shards."
            )


class _Split:
    """Which texts are held back for validation: in every pass the same, a function of the seed."""

    def __init__(self, fraction: float, seed: int, shard: Shard | None = None):
        self.fraction = check_number("validation_fraction", fraction, least=0, below=1)
        self.seed = check_integer("seed", seed, least=0)
        self.files = (TRAINING, VALIDATION) if fraction else (TRAINING,)
        self.shard = shard

    def draws(self) -> Iterator[bool]:
        """For each text of the shard, in its order, whether it is held back; endless."""
        return (self.shard or Shard()).share(held_back(self.fraction, self.seed))

    def check(self, sizes: Sequence[int]) -> None:
        """Refuse a file of size 0; of a shard one may be empty."""
        for file, size in zip(self.files, sizes, strict=True):
            if not size and (self.shard is None or not any(sizes)):
                raise EmptyCorpusError(
                    f"validation_fraction={self.fraction} with seed={self.seed} leaves no text for "
                    f"{file}; use more text, another --validation-fraction or another --seed."
                )


class _Training:
    """The texts that are not held back."""

    def __init__(self, texts: Iterable[str], split: _Split):
        self.texts, self.split = _Share(texts, split.shard), split

    def __iter__(self) -> Iterator[str]:
        sizes = [0 for _ in self.split.files]
        for text, held in zip(self.texts, self.split.draws(), strict=False):
            sizes[held] += 1
            if not held:
                yield text
        self.split.check(sizes)
