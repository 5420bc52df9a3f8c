"""How good are word vectors? Similarities that people judged, and analogies.

All of it is gensim's, `evaluate_word_pairs` and `evaluate_word_analogies`, with no limit on the
vocabulary; here the files are checked first, and what is not covered is counted.
"""

import io
import json
import logging
import os
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from glove.checks import check_booleans
from glove.errors import GloveFileError, GloveNotFoundError
from glove.progress import progress_bar
from glove.vectors import keyed_vectors, without_direction

if TYPE_CHECKING:
    from gensim.models import KeyedVectors

logger = logging.getLogger("glove")

FEWEST_PAIRS = 4  # the standard error divides by the root of n - 3


@dataclass(frozen=True)
class PairScore:
    """How well cosine similarities rank word pairs as people do.

    Attributes:
        rho: Spearman's rank correlation; None with fewer than 4 pairs, or without any order.
        standard_error: of rho.
        covered: pairs of which the vectors have both words.
        pairs: pairs in the set.
    """

    rho: float | None
    standard_error: float | None
    covered: int
    pairs: int


@dataclass(frozen=True)
class AnalogyScore:
    """How many questions "a is to b as c is to what?" are answered.

    Attributes:
        correct: questions whose answer is the word nearest to b - a + c, of all but a, b and c.
        covered: questions of which the vectors have all four words.
        questions: questions in the set.
    """

    correct: int
    covered: int
    questions: int

    @property
    def accuracy(self) -> float | None:
        """The share of the covered questions that is correct; None where none is covered."""
        return self.correct / self.covered if self.covered else None


@dataclass(frozen=True)
class Evaluation:
    """What `evaluate` found; prints as a table.

    Attributes:
        word_pairs: the score of each set, by its name.
        analogies: the score of each section, by its name.
    """

    word_pairs: dict[str, PairScore]
    analogies: dict[str, AnalogyScore]

    @property
    def syntactic(self) -> AnalogyScore:
        """Over the sections whose names begin with "gram", as in the set of Mikolov et al."""
        return _sum(s for name, s in self.analogies.items() if name.startswith("gram"))

    @property
    def semantic(self) -> AnalogyScore:
        """Over the other sections."""
        return _sum(s for name, s in self.analogies.items() if not name.startswith("gram"))

    @property
    def total(self) -> AnalogyScore:
        """Over all sections."""
        return _sum(self.analogies.values())

    def as_dict(self) -> dict:
        """The numbers as JSON has them; `analogies` is None where none were asked for."""
        return {
            "word_pairs": {name: asdict(score) for name, score in self.word_pairs.items()},
            "analogies": {
                "sections": {name: _as_dict(score) for name, score in self.analogies.items()},
                **{name: _as_dict(score) for name, score in self._sums().items()},
            }
            if self.analogies
            else None,
        }

    def to_json(self) -> str:
        """The same as text."""
        return json.dumps(self.as_dict(), indent=2, ensure_ascii=False)

    def __str__(self):
        from rich.console import Console

        text = io.StringIO()
        Console(file=text, width=88).print(self)
        return "\n".join(line.rstrip() for line in text.getvalue().rstrip().splitlines())

    def __rich__(self):
        from rich.console import Group

        pairs = _table("word pairs", "Spearman's rho", "covered")
        for name, score in self.word_pairs.items():
            pairs.add_row(*_cells(name, _correlation(score), score.covered, score.pairs))
        analogies = _table("analogies", "correct", "covered")
        for rows in (self.analogies, self._sums() if self.analogies else {}):
            for name, score in rows.items():
                correct = (
                    "" if score.accuracy is None else f"{score.correct:,} ({score.accuracy:.1%})"
                )
                analogies.add_row(*_cells(name, correct, score.covered, score.questions))
            analogies.add_section()
        return Group(*(table for table in (pairs, analogies) if table.rows))

    def _sums(self) -> dict[str, AnalogyScore]:
        return {"semantic": self.semantic, "syntactic": self.syntactic, "total": self.total}


def evaluate(
    vectors: "KeyedVectors",
    word_pairs: Mapping[str, str | os.PathLike] | None = None,
    analogies: bool | str | os.PathLike | None = True,
    progress: bool = False,
) -> Evaluation:
    """Compares vectors with what people judge similar, and asks them analogies.

    Words are compared without regard to case; where the vectors have "US" and "us" the first one,
    in GloVe files the more frequent one, is taken. All vectors count, however many there are
    (gensim itself would stop after 300,000): load fewer for less. A word whose vector is all zeros
    is none that they have, and a warning with the count is logged.

    Args:
        vectors: a gensim `KeyedVectors`, of V words.
        word_pairs: files of word pairs, by the name to show; on each line two words and a score,
            tabs between them; lines that begin with # are comments. By default WordSim-353 and
            SimLex-999, which come with gensim.
        analogies: a file of questions, four words on each line, with a line ": name" above each
            section. True for the 19,544 that come with gensim, in 14 sections; None for no
            questions.
        progress: show a bar while the questions are answered.

    Returns:
        An `Evaluation`.

    Raises:
        GloveNotFoundError: a file does not exist.
        GloveFileError: a file holds something else; the message names the line.

    Example:

    >>> import pathlib, tempfile
    >>> import glove
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "vectors.txt"
    >>> lines = ["man 1 0", "woman 0 1", "king 1 .2", "queen .2 1", "apple -1 -1"]
    >>> _ = path.write_text("\\n".join(lines), encoding="utf-8")
    >>> questions = path.with_name("questions.txt")
    >>> _ = questions.write_text(": family\\nman woman king queen\\n", encoding="utf-8")
    >>> evaluate(glove.load(path), word_pairs={}, analogies=questions).total
    AnalogyScore(correct=1, covered=1, questions=1)

    Reference: Finkelstein et al. (2002), "Placing Search in Context" (WordSim-353); Hill, Reichart
    & Korhonen (2015), "SimLex-999"; Mikolov et al. (2013), "Efficient Estimation of Word
    Representations in Vector Space", section 4.1 (analogies); Bonett & Wright (2000), "Sample Size
    Requirements for Estimating Pearson, Kendall and Spearman Correlations" (standard error).
    """
    check_booleans(progress=progress)
    if word_pairs is None:
        word_pairs = {
            "WordSim-353": shipped("wordsim353.tsv"),
            "SimLex-999": shipped("simlex999.txt"),
        }
    # All files are read before any is worked on, so that a wrong one is refused at once.
    words_of = {name: _read_pairs(Path(path)) for name, path in word_pairs.items()}
    questions = shipped("questions-words.txt") if analogies is True else analogies
    sections = _read_questions(Path(questions)) if questions else {}
    vectors = _with_direction(vectors)
    known = {word.upper() for word in vectors.index_to_key}
    return Evaluation(
        {
            name: _pair_score(vectors, Path(word_pairs[name]), pairs, known)
            for name, pairs in words_of.items()
        },
        _analogy_scores(vectors, Path(questions), sections, progress) if questions else {},
    )


def _with_direction(vectors: "KeyedVectors") -> "KeyedVectors":
    """The vectors that point somewhere: a cosine similarity divides by their lengths."""
    short = without_direction(vectors.vectors)
    if not short.any():
        return vectors
    logger.warning(
        "%d of %d vectors are all zeros; their words count as not covered.", short.sum(), len(short)
    )
    rows = np.flatnonzero(~short)
    return keyed_vectors([vectors.index_to_key[row] for row in rows], vectors.vectors[rows])


# === Word pairs ===


def _pair_score(
    vectors: "KeyedVectors", path: Path, pairs: list[tuple[str, str]], known: set[str]
) -> PairScore:
    covered = sum(one in known and other in known for one, other in pairs)
    rho = error = None
    if covered >= FEWEST_PAIRS:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the correlation is not defined: all ranks are equal
            _, spearman, _ = vectors.evaluate_word_pairs(str(path), restrict_vocab=None)
        if np.isfinite(spearman[0]):
            rho = float(spearman[0])
            # The standard error of Fisher's z = artanh(rho), times the slope of its inverse.
            error = float(np.sqrt((1 + rho**2 / 2) / (covered - 3)) * (1 - rho**2))
    return PairScore(rho, error, covered, len(pairs))


def _read_pairs(path: Path) -> list[tuple[str, str]]:
    pairs = []
    for number, line in _lines(path):
        if line.startswith("#"):
            continue
        try:
            one, other, score = line.split("\t")
            float(score)
        except ValueError:
            raise GloveFileError(
                f"{path}, line {number}: {line[:60]!r} is not two words and a number with tabs "
                "between them; correct the line, or make it a comment with # in front."
            ) from None
        pairs.append((one.upper(), other.upper()))
    if not pairs:
        raise GloveFileError(f"{path} has no word pairs; use a file with some.")
    return pairs


# === Analogies ===


def _analogy_scores(
    vectors: "KeyedVectors", path: Path, questions: dict[str, int], progress: bool
) -> dict[str, AnalogyScore]:
    with progress_bar("analogies", None, "", progress):  # gensim does not say how far it is
        _, sections = vectors.evaluate_word_analogies(str(path), restrict_vocab=None)
    scores: dict[str, AnalogyScore] = {}
    for section in sections[:-1]:  # the last one is the total
        name, right, wrong = section["section"], section["correct"], section["incorrect"]
        scores[name] = AnalogyScore(len(right), len(right) + len(wrong), questions[name])
    return scores


def _read_questions(path: Path) -> dict[str, int]:
    """How many questions each section has."""
    sections: dict[str, int] = {}
    section = None
    for number, line in _lines(path):
        if line.startswith(":"):
            section = line.lstrip(": ")
            if section in sections:
                raise GloveFileError(
                    f"{path}, line {number}: the section {section!r} begins a second time; use "
                    "each section a name of its own."
                )
            sections[section] = 0
        elif section is not None and len(line.split()) == 4:
            sections[section] += 1
        else:
            raise GloveFileError(
                f"{path}, line {number}: {line[:60]!r} is not a question of four words below a "
                "line ': name' of its section; correct the line."
            )
    if not any(sections.values()):
        raise GloveFileError(f"{path} has no questions; use a file with some.")
    return sections


def _sum(scores: Iterable[AnalogyScore]) -> AnalogyScore:
    correct = covered = questions = 0
    for score in scores:
        correct += score.correct
        covered += score.covered
        questions += score.questions
    return AnalogyScore(correct, covered, questions)


# === Files ===


def shipped(name: str) -> Path:
    """A file that comes with gensim."""
    import gensim

    return Path(gensim.__file__).parent / "test" / "test_data" / name


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines that are not empty, and their numbers."""
    if not path.is_file():
        raise GloveNotFoundError(f"{path} does not exist or is no file; use a text file.")
    for number, line in enumerate(path.read_bytes().split(b"\n"), start=1):
        try:
            text = line.decode("utf-8").strip()
        except UnicodeDecodeError:
            raise GloveFileError(
                f"{path}, line {number}: {line[:60]!r} is not UTF-8; convert the file."
            ) from None
        if text:
            yield number, text


# === Showing ===


def _as_dict(score: AnalogyScore) -> dict:
    return {**asdict(score), "accuracy": score.accuracy}


def _correlation(score: PairScore) -> str:
    if score.rho is not None:
        return f"{score.rho:.3f} ± {score.standard_error:.3f}"
    return "not enough pairs" if score.covered < FEWEST_PAIRS else "all equal"


def _table(*headers: str):
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE)
    for column, header in enumerate(headers):
        table.add_column(header, justify="right" if column else "left")
    return table


def _cells(name: str, value: str, covered: int, of: int) -> list:
    from rich.text import Text

    return [Text(name), value, f"{covered:,} of {of:,}"]  # Text: a name like "[b]" is no markup
