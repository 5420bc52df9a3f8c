"""Rows that people have: what goes in, and what shall come out, from tables and folders."""

import contextlib
import os
import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from glove.opening import STANDARD_INPUT
from glove.sources import Paths, text_files
from glove.tables import Column, is_table, read_table
from mlm_tf import corpora
from mlm_tf.checks import check_integer, check_number, check_strings, shown
from mlm_tf.corpora.downloads import our_errors
from mlm_tf.corpora.text_file import FOLDER
from mlm_tf.corpora.text_stream import lines_of
from mlm_tf.errors import EmptyCorpusError, InvalidArgumentError, MissingFileError
from mlm_tf.preprocessing.labels import is_missing

UNEVEN = 0.8  # share of the largest class from which on accuracy says little
COLUMN = re.compile(r"^(text|label)_column( \(--\1-column\))?")
TEXT_ENDINGS = (".txt", ".csv", ".tsv", ".jsonl", ".json", ".gz", ".md")


class Rows(NamedTuple):
    """What goes in, and for each what shall come out: `application.fit(*rows)`.

    Attributes:
        inputs: list of texts.
        targets: list as long: labels, or other texts; None where nothing is learned to come out.
    """

    inputs: list[str]
    targets: list | None

    def at(self, places: Sequence[int]) -> "Rows":
        """The rows at some places.

        >>> Rows(["a", "b", "c"], [0, 1, 2]).at([2, 0])
        Rows(inputs=['c', 'a'], targets=[2, 0])
        """
        return Rows(*(c if c is None else [c[place] for place in places] for c in self))

    def cut(self, place: int) -> "tuple[Rows, Rows]":
        """The rows before a place, and those from there on."""
        every = range(len(self.inputs))
        return self.at(every[:place]), self.at(every[place:])


def read_rows(
    path: Paths,
    input_column: Column | None = None,
    target_column: Column | None = None,
    encoding: str = "utf-8",
) -> tuple[Rows, int]:
    """Pairs of a text and its label, or of two texts, as `corpora.read` finds them.

    Args:
        path: a table (.csv, .tsv, .jsonl), or a folder with a folder of texts for each label, or a
            list of several.
        input_column: the column with the texts, by its name, or by its number in a table without
            a header; by default the one called "text".
        target_column: the column with what is to come out, likewise, or "folder" for the names of
            the folders; by default "folder" for a folder and "label" for a table.
        encoding: of the files.

    Returns:
        `(rows, left_out)`: the rows, and how many more have no label, or an empty other side.

    Raises:
        EmptyCorpusError: if no row is left.
        Those of `corpora.read`.

    Example:

    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "films.csv"
    >>> _ = path.write_text("text,label\\nA fine film.,good\\nWell.,\\nA bore.,bad\\n")
    >>> read_rows(path)
    (Rows(inputs=['A fine film.', 'A bore.'], targets=['good', 'bad']), 1)
    """
    if target_column is None:
        paths = [path] if isinstance(path, (str, Path)) else list(path)
        is_folder = input_column is None and all(Path(p).is_dir() for p in paths)
        target_column = FOLDER if is_folder else "label"
    if target_column != FOLDER and input_column is None:
        input_column = "text"
    read = corpora.read(path, input_column, target_column, encoding)
    kept = [row for row in read if not _is_empty(row.label)]
    if not kept:
        raise EmptyCorpusError(
            f"None of the {len(read):,} rows has anything in {target_column!r}; fill it in, or "
            "name another column."
        )
    rows = Rows([row.text for row in kept], [row.label for row in kept])
    return rows, len(read) - len(kept)


def read_inputs(
    what: Sequence[str],
    input_column: Column | None = None,
    encoding: str = "utf-8",
    whole: bool = False,
) -> list[str]:
    """Texts to predict on: each argument is a file, a folder, or else the text itself.

    Args:
        what: the arguments; none, or "-", is the standard input.
        input_column: the column of a table with the texts.
        encoding: of the files.
        whole: whether a text file is one text; otherwise each of its lines is.

    Raises:
        MissingFileError: for what looks like the name of a file that is not there.
        EmptyCorpusError: if there is no text.
    """
    texts = [
        text
        for argument in what or [STANDARD_INPUT]
        for text in _texts_of(argument, input_column, encoding, whole)
        if text.strip()
    ]
    if not texts:
        raise EmptyCorpusError(f"{shown([*what])} holds no text; use at least one sentence.")
    return texts


@contextlib.contextmanager
def columns_called(input_name: str, target_name: str | None) -> Iterator[None]:
    """Messages call a column as an application does, and its option; a table has texts and labels.

    >>> with columns_called("source", "target"):
    ...     raise InvalidArgumentError("text_column (--text-column) is needed.")
    Traceback (most recent call last):
    mlm_tf.errors.InvalidArgumentError: source_column (--source-column) is needed.
    """
    names = {"text": input_name, "label": target_name}
    try:
        yield
    except InvalidArgumentError as error:
        message = COLUMN.sub(lambda m: m[0].replace(m[1], str(names[m[1]])), str(error))
        raise InvalidArgumentError(message) from error


def _texts_of(argument: str, input_column, encoding: str, whole: bool) -> Iterator[str]:
    # `Path.exists` raises for a text that is too long for a name, and takes "" for this folder.
    is_there = argument == STANDARD_INPUT or os.path.exists(argument)
    if not is_there:
        if argument.endswith(TEXT_ENDINGS) and " " not in argument:
            raise MissingFileError(f"There is no file {argument}; check the path.")
        yield argument
        return
    with our_errors():
        files = text_files(argument, tables=input_column is not None)
        for file in files:
            if is_table(file) or input_column is not None:
                yield from (row.text for row in read_table(file, input_column, encoding=encoding))
            elif whole:
                yield "\n".join(lines_of(file, encoding))
            else:
                yield from lines_of(file, encoding)


def check_rows(inputs, targets, names: tuple[str, str] = ("texts", "labels")) -> Rows:
    """Two lists of one length, no text and no target empty.

    Args:
        inputs: list of strings.
        targets: list of as many labels or strings.
        names: of the two, as messages call them.

    Raises:
        InvalidArgumentError: with the place of what is missing.
    """
    inputs = check_strings(names[0], inputs)
    if isinstance(targets, str) or not hasattr(targets, "__len__"):
        raise InvalidArgumentError(
            f"{names[1]}={shown(targets)} is not allowed; use a list, one for each of the "
            f"{len(inputs):,} {names[0]}."
        )
    targets = list(targets)
    if len(inputs) != len(targets):
        raise InvalidArgumentError(
            f"{names[0]} has {len(inputs):,} items and {names[1]} {len(targets):,}; each needs its "
            "own."
        )
    for name, column in zip(names, (inputs, targets), strict=True):
        _check_filled(name, column)
    return Rows(inputs, targets)


def check_inputs(name: str, inputs) -> list[str]:
    """A list of strings, at least one, and none of them empty."""
    inputs = check_strings(name, inputs)
    _check_filled(name, inputs)
    return inputs


def _check_filled(name: str, column: Sequence) -> None:
    if not column:
        raise EmptyCorpusError(f"{name} is empty; use at least one.")
    for place, value in enumerate(column):
        if _is_empty(value):
            raise InvalidArgumentError(
                f"{name}[{place}]={shown(value)} is empty; leave out the rows that lack one."
            )


def check_classes(targets: Sequence[Hashable]) -> dict[Hashable, int]:
    """How often each label occurs, the most frequent first; there are at least two labels.

    Raises:
        InvalidArgumentError: if there is one alone.
    """
    counts = dict(Counter(targets).most_common())
    if len(counts) < 2:
        raise InvalidArgumentError(
            f"All {len(targets):,} rows have the label {shown(next(iter(counts), None))}, and with "
            "one class there is nothing to tell apart; use rows of at least two."
        )
    return counts


def uneven_note(targets: Sequence[Hashable]) -> str | None:
    """A sentence where one class is so large that accuracy says little; otherwise None.

    >>> uneven_note(["spam"] + ["ham"] * 9)
    "90% of the rows are 'ham': whoever always says so has that accuracy; look at macro F1."
    >>> uneven_note(["spam", "ham"]) is None
    True
    """
    label, count = Counter(targets).most_common(1)[0]
    share = count / len(targets)
    if share < UNEVEN:
        return None
    return (
        f"{share:.0%} of the rows are {shown(label)}: whoever always says so has that accuracy; "
        "look at macro F1."
    )


def split_rows(
    rows: Rows, held_fraction: float = 0.1, seed: int = 0, by_class: bool = True
) -> tuple[Rows, Rows]:
    """Set rows aside to measure on; rows of the same text stay together.

    Otherwise a text that occurs twice, as in a list of translations, would be learned and then
    asked for.

    Args:
        rows: at least two different inputs.
        held_fraction: how many of the different inputs are set aside; at least one.
        seed: of the choice.
        by_class: whether each label gives its share, as far as it has more than one input.

    Returns:
        `(training, held)`.

    Example:

    >>> rows = Rows([f"text {i // 2}" for i in range(40)], ["a", "a", "b", "b"] * 10)
    >>> training, held = split_rows(rows, held_fraction=0.2)
    >>> len(training.inputs), sorted(held.targets), set(training.inputs) & set(held.inputs)
    (32, ['a', 'a', 'a', 'a', 'b', 'b', 'b', 'b'], set())
    """
    check_number("held_fraction", held_fraction, above=0, below=1)
    check_integer("seed", seed, least=0)
    targets = rows.targets if rows.targets is not None else [None] * len(rows.inputs)
    groups = defaultdict(list)  # the different inputs of each label
    for text, target in dict(zip(reversed(rows.inputs), reversed(targets), strict=True)).items():
        groups[target if by_class else None].append(text)
    total = sum(map(len, groups.values()))
    if total < 2:
        raise EmptyCorpusError(
            "There is one text, and to learn and to measure needs two different ones; use more."
        )
    draw, held = np.random.default_rng(seed), set()
    for texts in groups.values():
        order = draw.permutation(len(texts))
        count = min(len(texts) - 1, max(round(held_fraction * len(texts)), 1))
        held |= {texts[place] for place in order[:count]}
    if not held:  # each label has one text alone
        texts = [text for group in groups.values() for text in group]
        held = {texts[int(draw.integers(len(texts)))]}
    return _part(rows, held, False), _part(rows, held, True)


def _part(rows: Rows, held: set[str], is_held: bool) -> Rows:
    return rows.at([i for i, text in enumerate(rows.inputs) if (text in held) == is_held])


def _is_empty(value) -> bool:
    return is_missing(value) or (isinstance(value, str) and not value.strip())
