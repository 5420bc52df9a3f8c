"""Train, evaluate and look into GloVe word vectors from a terminal.

    python -m glove train poems.txt --output vectors.txt --vector-size 100
    python -m glove train reviews.csv --text-column review --lowercase --output vectors.txt
    python -m glove cooccur poems.txt --output counts.bin --memory-gib 2
    python -m glove train counts.bin --output vectors.txt --solver adagrad
    python -m glove evaluate vectors.txt --json scores.json
    python -m glove neighbours glove.6B.50d king woman --minus man

What cannot be done is told in one sentence, without a traceback, and ends with exit status 2;
Ctrl-C ends with 130, a closed pipe with 141.
"""

import argparse
import contextlib
import functools
import inspect
import logging
import math
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from glove import terminal
from glove.checks import check_new_file
from glove.cooccurrence import Cooccurrence, cooccurrence
from glove.corpus import read_corpus
from glove.counts_file import load_cooccurrence, save_cooccurrence, vocabulary_path
from glove.errors import GloveError, GloveFileError, GloveValueError
from glove.evaluation import evaluate
from glove.files import check_plain_name, load, save
from glove.neighbours import neighbours
from glove.published import PUBLISHED, download
from glove.training import EPOCHS, train
from glove.words import LANGUAGES
from glove.writing import written_beside

if TYPE_CHECKING:
    from gensim.models import KeyedVectors

# Options that only one solver knows.
SOLVER_OF = {"regularization": "ridge", "eta": "adagrad"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        arguments: what stands behind `python -m glove`; None for those of this process.

    Returns:
        The exit status.

    Example:

    >>> main(["train", "poems.txt", "--output", "vectors.txt", "--vector-size", "0"])
    2
    """
    return terminal.run("glove", lambda: _run(arguments), (GloveError,))


def _run(arguments: Sequence[str] | None) -> int:
    with _notices() as notices:
        options = _parser().parse_args(arguments)
        options.run(options)
    return 130 if notices.interrupted else 0


# === Commands ===


def _train(options: argparse.Namespace) -> None:
    """Train vectors on a text, or on counts of one.

    CORPUS is a text: blanks part the words, and windows do not reach across the end of a line. It
    may be packed (.gz, .bz2, .xz), a table (.csv, .tsv, .jsonl), a folder of texts, several of
    these, or - for the standard input. Or it is a file of counts that ends in .bin, from `cooccur`
    or from the reference program.
    Ctrl-C ends the training early: the vectors so far are written all the same.
    """
    output = _new_file("--output", options.output, options.overwrite, *options.corpus)
    check_plain_name(output, f"--output {output}")
    solver = getattr(options, "solver", _default(train, "solver"))
    for name, only in SOLVER_OF.items():
        if name in options and solver != only:
            raise GloveValueError(
                f"{_option(name)} belongs to --solver {only}, but the solver is {solver}; leave "
                "one of the two out."
            )
    counted = [path for path in options.corpus if Path(path).suffix == ".bin"]
    if counted:
        corpus = Path(counted[0])
        if len(options.corpus) > 1:
            raise GloveValueError(
                f"{corpus} holds counts, which cannot be put together with other files; use it "
                "alone, or count all the texts with cooccur."
            )
        _new_file("--output", output, options.overwrite, vocabulary_path(corpus))
        if given := _given(options, READING) | _given(options, COUNTING):
            raise GloveValueError(
                f"{_option(next(iter(given)))} belongs to counting, but {corpus} has been counted "
                "already; leave it out, or count again with cooccur."
            )
        pairs = load_cooccurrence(corpus)
        _report(pairs)
    else:
        pairs = _count(options)
    vectors = train(pairs, **_given(options, TRAINING), progress=_on_terminal())
    save(vectors, output, overwrite=options.overwrite)
    print(output)


def _cooccur(options: argparse.Namespace) -> None:
    """Count which words stand near each other, to train on later and more than once.

    The counts are the reference program's records, which its own `shuffle` and `glove` read too.
    Beside them their words are written: counts.bin and counts.vocab.txt.
    """
    if not options.output.endswith(".bin"):
        raise GloveValueError(
            f"--output {options.output} must end in .bin, by which train tells counts from text."
        )
    output = _new_file("--output", options.output, options.overwrite, *options.corpus)
    _new_file("--output", vocabulary_path(output), options.overwrite, *options.corpus)
    save_cooccurrence(_count(options), output, overwrite=options.overwrite)
    print(output)


def _evaluate(options: argparse.Namespace) -> None:
    """Measure vectors on WordSim-353, SimLex-999 and 19,544 analogies.

    Words are compared without regard to case. Pairs and questions with a word that the vectors do
    not have are left out; the table says how many are covered.
    """
    to_file = options.json not in (None, "-")
    if to_file:
        output = _new_file("--json", options.json, options.overwrite, options.vectors)
    vectors = _load(options)
    evaluation = evaluate(vectors, progress=_on_terminal())
    if options.json == "-":
        print(evaluation.to_json())
    else:
        _print(evaluation)
    if to_file:
        with written_beside(output) as beside:
            beside.write_bytes(f"{evaluation.to_json()}\n".encode())


def _download(options: argparse.Namespace) -> None:
    """Get published vectors, unless they are on this machine already, and print their path."""
    print(download(options.name))


def _neighbours(options: argparse.Namespace) -> None:
    """Show the words nearest to a word, or to a sum of words.

    Give the words to add first, then each word to subtract with a --minus of its own: king - man +
    woman is `king woman --minus man`.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    vectors = _load(options)
    table = Table("word", "cosine similarity", box=box.SIMPLE)
    for word, similarity in neighbours(vectors, options.words, options.minus, options.top):
        table.add_row(Text(word), f"{similarity:.3f}")  # Text: a word like "[b]" is no markup
    _print(table)


def _load(options: argparse.Namespace) -> "KeyedVectors":
    return load(
        options.vectors,
        limit=options.limit,
        member=options.member,
        encoding=options.encoding,
        on_error="skip" if options.skip_errors else "raise",
    )


# === Counting ===


def _count(options: argparse.Namespace) -> Cooccurrence:
    text = read_corpus(options.corpus, **_given(options, READING))
    given = _given(options, COUNTING)
    try:
        pairs = cooccurrence(text, **given, progress=_on_terminal())
    except GloveValueError as error:
        raise GloveValueError(f"{', '.join(options.corpus)}: {error}") from None
    _report(pairs)
    return pairs


def _report(pairs: Cooccurrence) -> None:
    print(
        f"{pairs.occurrences.sum():,} tokens of {len(pairs.vocabulary):,} types in the vocabulary; "
        f"{pairs.counts.nnz:,} cells with a count",
        file=sys.stderr,
    )


# === Options ===


class _Parser(argparse.ArgumentParser):
    """One whose errors are one sentence."""

    def error(self, message: str):
        raise GloveValueError(f"{message.rstrip('.')}; see {self.prog} --help.")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m glove",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="command")

    def command(run: Callable[[argparse.Namespace], None]) -> argparse.ArgumentParser:
        description = inspect.cleandoc(run.__doc__)
        added = commands.add_parser(
            run.__name__.removeprefix("_"),
            help=description.splitlines()[0],
            description=description,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        added.set_defaults(run=run)
        return added

    added = command(_train)
    _add_corpus(added, "texts, tables or folders, - for the standard input, or counts (.bin)")
    _add_output(added, "the file of vectors to write, in the GloVe text format")
    _add_options(added, read_corpus, READING)
    _add_options(added, cooccurrence, COUNTING)
    _add_options(added, train, TRAINING)
    added = command(_cooccur)
    _add_corpus(added, "texts, tables or folders, or - for the standard input")
    _add_output(added, "the file of counts to write; it ends in .bin")
    _add_options(added, read_corpus, READING)
    _add_options(added, cooccurrence, COUNTING)
    added = command(_evaluate)
    _add_vectors(added)
    added.add_argument("--json", metavar="F", help="write the numbers here too; - prints them only")
    added.add_argument("--overwrite", action="store_true", help="replace a file that exists")
    added = command(_download)
    added.add_argument("name", metavar="NAME", help=f"one of {', '.join(PUBLISHED)}")
    added = command(_neighbours)
    _add_vectors(added)
    added.add_argument("words", metavar="WORD", nargs="+", help="the words to add")
    added.add_argument(
        "--minus", metavar="WORD", action="append", default=[], help="a word to subtract"
    )
    top = _default(neighbours, "top_n")
    added.add_argument("--top", metavar="N", type=_integer, default=top, help=f"how many ({top})")
    return parser


def _add_corpus(parser: argparse.ArgumentParser, help: str) -> None:
    parser.add_argument("corpus", metavar="CORPUS", nargs="+", help=help)


def _add_output(parser: argparse.ArgumentParser, help: str) -> None:
    parser.add_argument("--output", metavar="F", required=True, help=help)
    parser.add_argument("--overwrite", action="store_true", help="replace a file that exists")


def _add_vectors(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "vectors",
        metavar="VECTORS",
        help="a file in the GloVe text format, or the name of published vectors (see download)",
    )
    parser.add_argument("--limit", metavar="N", type=_integer, help="read the first N lines only")
    parser.add_argument("--member", metavar="F", help="which file of a .zip that has several")
    parser.add_argument("--encoding", metavar="E", default="utf-8", help="of the text (utf-8)")
    parser.add_argument("--skip-errors", action="store_true", help="leave damaged lines out")


def _integer(text: str, least: int = 1) -> int:
    if not text.isdecimal() or int(text) < least:
        raise argparse.ArgumentTypeError(f"{text} is not allowed; use an integer >= {least}")
    return int(text)


def _number(text: str) -> float:
    with contextlib.suppress(ValueError):
        if 0 < float(text) < math.inf:
            return float(text)
    raise argparse.ArgumentTypeError(f"{text} is not allowed; use a number > 0")


SWITCH = {"action": argparse.BooleanOptionalAction}
FLAG = {"action": "store_true"}
COUNT, NUMBER = {"type": _integer, "metavar": "N"}, {"type": _number, "metavar": "X"}
FROM_0 = {"type": functools.partial(_integer, least=0), "metavar": "N"}

# The arguments of the three functions: how each is read, and what it means.
READING = {
    "text_column": ({"metavar": "C"}, "the column of a table that holds the texts, or its number"),
    "encoding": ({"metavar": "E"}, "of the text"),
    "lowercase": (FLAG, "write every word in lower case"),
    "split_punctuation": (FLAG, "make each sign around words, and between them, a word"),
    "language": ({"choices": LANGUAGES}, "cut text without blanks into words"),
}
COUNTING = {
    "min_count": (COUNT, "leave out words that occur less often"),
    "max_vocab": (COUNT, "so many words at most, the most frequent"),
    "window_size": (COUNT, "how many words to each side stand near a word"),
    "symmetric": (SWITCH, "count the words to the right as well as those to the left"),
    "distance_weighting": (SWITCH, "count a pair d words apart as 1/d instead of 1"),
    "memory_gib": (NUMBER, "GiB for the counts while they are summed; more goes to TMPDIR"),
}
TRAINING = {
    "vector_size": (COUNT, "numbers in a vector"),
    "x_max": (NUMBER, "counts from here on weigh 1"),
    "alpha": (NUMBER, "smaller counts weigh (count / x-max) ** alpha"),
    "solver": ({"choices": sorted(EPOCHS)}, "how the vectors are found"),
    "epochs": (COUNT, "how often to go through all cells"),
    "regularization": (NUMBER, "ridge only: larger values shorten all vectors"),
    "eta": (NUMBER, "adagrad only: the learning rate"),
    "seed": (FROM_0, "of the random numbers"),
}

NONE = {"text_column": "the only one, or text", "language": "blanks part the words"}


def _add_options(parser: argparse.ArgumentParser, function: Callable, options: dict) -> None:
    """The options have no value of their own; what is not given is left to the function."""
    for name, (reading, help) in options.items():
        default = _default(function, name)
        if name == "epochs":
            default = ", ".join(f"{epochs} with {solver}" for solver, epochs in EPOCHS.items())
        shown = NONE.get(name, "no limit") if default is None else default
        if reading is SWITCH:
            shown = f"yes; --no-... is the reference program's {_option(name)[1:]} 0"
        help = help if reading is FLAG else f"{help} ({shown})"
        parser.add_argument(_option(name), **reading, default=argparse.SUPPRESS, help=help)


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def _default(function: Callable, name: str):
    return inspect.signature(function).parameters[name].default


def _given(options: argparse.Namespace, names: Iterable[str]) -> dict:
    return {name: getattr(options, name) for name in names if name in options}


# === Files and the terminal ===


def _new_file(option: str, path: str | Path, overwrite: bool, *sources: str | Path) -> Path:
    """A path that may be written, which is found out before any work is done.

    Args:
        option: which option named it.
        path: the path.
        overwrite: whether a file may be replaced.
        sources: what is read, which may not be replaced in any case.
    """
    path, label = Path(path), f"{option} {path}"
    if path.is_file():
        for source in map(Path, sources):
            inside = source.is_dir() and path.resolve().is_relative_to(source.resolve())
            if inside or (source.exists() and path.samefile(source)):
                raise GloveFileError(f"{label} is the file that is read; choose another name.")
    check_new_file(path, overwrite, label, "add --overwrite")
    if not os.access(path.parent, os.W_OK):
        raise GloveFileError(
            f"{label} lies in a folder that may not be written to; choose another folder."
        )
    return path


def _on_terminal() -> bool:
    return sys.stdout.isatty()


def _print(renderable) -> None:
    from rich.console import Console

    Console().print(renderable)


class _Notices(logging.Handler):
    """Prints what the package logs: warnings, and where no bar is seen the epochs too.

    Attributes:
        interrupted: whether Ctrl-C ended a training whose vectors are kept.
    """

    interrupted = False

    def emit(self, record: logging.LogRecord) -> None:
        self.interrupted |= getattr(record, "interrupted", False)
        print(f"glove: {record.getMessage()}", file=sys.stderr)


@contextlib.contextmanager
def _notices() -> Iterator[_Notices]:
    logger, handler = logging.getLogger("glove"), _Notices()
    level = logger.level
    logger.setLevel(logging.WARNING if _on_terminal() else logging.INFO)
    logger.addHandler(handler)
    try:
        yield handler
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
