"""The tables of sentiment: on stories of the grammar, film reviews, and Chinese reviews."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from mlm_tf import corpora
from mlm_tf.tasks.result_table import Column, ResultTable
from mlm_tf.tasks.rows import Rows

RECIPES = (
    "Baselines: words and pairs of words, of Chinese one to three characters; TF-IDF sublinear, "
    "L2 with C=10; naive Bayes smoothed by 1."
)
DEFAULT = "LSTM, word2vec, attention pooling"
WITH_COUNTS = f"{DEFAULT}, + counts"
FACTORS = {  # what differs from the default, one at a time
    "architecture: transformer": {"architecture": "transformer"},
    "architecture: GRU": {"architecture": "gru"},
    "vectors: random": {"vectors": "random"},
    "vectors: GloVe of these texts": {"vectors": "glove"},
    "vectors: sample of GloVe 6B + word2vec": {"vectors": "glove.6B.50d.sub,word2vec"},
    "pooling: mean": {"pooling": "mean"},
    "pooling: max": {"pooling": "max"},
}
QUICK_FACTORS = ("vectors: random", "pooling: mean")
QUICK_TRAINING, QUICK_HELD = 3000, 1000
STORIES = {"epochs": 5, "dropout": 0.3, "learning_rate": 0.005}  # of the grammar
FOLDS, FOLDS_SEED = 10, 0
IMDB = "imdb/aclImdb_v1.tar.gz"  # 84 MB; in the full table where it has been downloaded already
SEEDS = (0, 1, 2)
PUBLISHED = {"CNN, random vectors (Kim 2014)": 0.761, "CNN, word2vec (Kim 2014)": 0.815}


class Corpus(NamedTuple):
    """What a table is measured on.

    Attributes:
        name: above its columns.
        splits: pairs of rows to learn from and rows held out; several are folds, of which the mean
            is one run.
        settings: of every model that is measured on it.
        factors: those of `FACTORS` that are varied on it.
        note: how it was split.
    """

    name: str
    splits: list[tuple[Rows, Rows]]
    settings: Mapping[str, str | float] = MappingProxyType({})
    factors: Sequence[str] = ()
    note: str = ""


def compare_on(
    kind: type,
    title: str,
    measured: Sequence[Corpus],
    seeds: Sequence[int],
    progress: bool = False,
) -> ResultTable:
    """The default with and without counts, the factors, and the baselines, on every corpus.

    Args:
        kind: the class `Sentiment`.
        title: of the table.
        measured: the corpora.
        seeds: of the runs.
        progress: whether to show bars.
    """
    columns = [
        column
        for corpus in measured
        for column in (
            Column(f"{corpus.name} accuracy"),
            Column(f"{corpus.name} calibration error", best="lowest"),
        )
    ]
    notes = [RECIPES, *(f"{corpus.name}: {corpus.note}." for corpus in measured if corpus.note)]
    table = ResultTable(title, columns, notes)
    found = {}  # by row and column a value a seed

    def note(name: str, corpus: Corpus, of_folds: Sequence[dict]) -> None:
        for figure in ("accuracy", "calibration error"):
            mean = float(np.mean([fold[figure] for fold in of_folds]))
            found.setdefault(name, {}).setdefault(f"{corpus.name} {figure}", []).append(mean)

    for corpus in measured:
        by_name = [kind().baselines(*split) for split in corpus.splits]
        for name in by_name[0]:
            note(name, corpus, [fold[name] for fold in by_name])
    for name, values in found.items():
        table.add(name, values, kind="baseline")
    found.clear()
    for corpus in measured:
        for seed in seeds:
            settings = {**corpus.settings, "seed": seed, "no_counts": True}
            both = [_with_and_without(kind(**settings), *s, progress) for s in corpus.splits]
            for name, of_folds in zip((DEFAULT, WITH_COUNTS), zip(*both, strict=True), strict=True):
                note(name, corpus, of_folds)
            for name in corpus.factors:
                varied = {**settings, **FACTORS[name]}
                of_folds = [
                    kind(**varied).fit(*training, progress=progress).evaluate(*held)
                    for training, held in corpus.splits
                ]
                note(name, corpus, of_folds)
    for name, values in found.items():
        table.add(name, values)
    return table


def _with_and_without(application, training: Rows, held: Rows, progress: bool) -> tuple[dict, dict]:
    """The figures of the network, and of the same network beside its counts."""
    alone = application.fit(*training, progress=progress).evaluate(*held)
    application.count(*training)
    return alone, application.evaluate(*held)


def table_of(kind: type, names: Sequence[str], quick: bool, progress: bool) -> ResultTable:
    """The table of some of `CORPORA`; arguments as for `Sentiment.table`."""
    measured = [corpus for name in names for corpus in CORPORA[name](quick)]
    size = f", quick: {QUICK_TRAINING:,} texts to learn from at most" if quick else ""
    title = f"sentiment: {', '.join(corpus.name for corpus in measured)}{size}"
    table = compare_on(kind, title, measured, SEEDS[:1] if quick else SEEDS, progress)
    if "rt-polarity" in names and not quick:
        for name, accuracy in PUBLISHED.items():
            table.add(name, {"rt-polarity accuracy": accuracy}, kind="published")
    return table


def full_table(kind: type, progress: bool) -> ResultTable:
    """All real reviews that are there, or can be downloaded in a minute, in one table."""
    names = ["rt-polarity", "movie-reviews", "chinese-reviews"]
    return table_of(
        kind, names if corpora.find_file(IMDB) is None else [*names, "imdb"], False, progress
    )


# === What the tables are measured on ===


def rows_of(texts: Sequence[corpora.LabelledText]) -> Rows:
    """Labelled texts of a corpus as rows."""
    return Rows([text.text for text in texts], [text.label for text in texts])


def held_back(rows: Rows, fraction: float = 0.1) -> tuple[Rows, Rows]:
    """All rows but the last, and the last: of corpora whose order is that of chance."""
    return rows.cut(round(len(rows.inputs) * (1 - fraction)))


def _some(rows: Rows, number: int, seed: int = 0) -> Rows:
    """So many rows, drawn at random; all in another order, if there are no more."""
    return rows.at(np.random.default_rng(seed).permutation(len(rows.inputs))[:number].tolist())


def folds(rows: Rows, count: int = FOLDS, seed: int = FOLDS_SEED) -> list[tuple[Rows, Rows]]:
    """Rows to learn from and rows held out, so that each row is held out once.

    >>> parts = folds(Rows([*"abcdef"], [0, 1] * 3), count=3)
    >>> [len(held.inputs) for _, held in parts], sorted(sum((h.inputs for _, h in parts), []))
    ([2, 2, 2], ['a', 'b', 'c', 'd', 'e', 'f'])
    """
    order = np.random.default_rng(seed).permutation(len(rows.inputs)).tolist()
    found = []
    for fold in range(count):
        held = order[fold::count]
        rest = [place for number, place in enumerate(order) if number % count != fold]
        found.append((rows.at(rest), rows.at(held)))
    return found


def _grammar(quick: bool) -> list[Corpus]:
    number = QUICK_TRAINING if quick else 10 * QUICK_TRAINING
    made = []
    for name, language in (("English", "en"), ("Chinese", "zh")):
        stories = corpora.grammar(number + QUICK_HELD, language=language)
        rows = Rows([s.text for s in stories], [s.sentiment for s in stories])
        factors = QUICK_FACTORS if language == "en" else ()
        note = f"{number:,} stories of the grammar to learn from, {QUICK_HELD:,} held out"
        made.append(Corpus(name, [rows.cut(number)], STORIES, factors, note))
    return made


def _sentences(quick: bool) -> list[Corpus]:
    rows = rows_of(corpora.movie_sentences())
    if quick:
        return [_last_tenth("rt-polarity", rows, quick)]
    note = f"{FOLDS} folds, drawn with seed {FOLDS_SEED}"
    return [Corpus("rt-polarity", folds(rows), factors=tuple(FACTORS), note=note)]


def _reviews(quick: bool) -> list[Corpus]:
    return [_last_tenth("movie reviews", rows_of(corpora.movie_reviews()), quick)]


def _chinese(quick: bool) -> list[Corpus]:
    corpus = _last_tenth("Chinese reviews", rows_of(corpora.chinese_reviews()), quick)
    return [corpus._replace(settings={"level": "word"}, note=f"read in words, {corpus.note}")]


def _imdb(quick: bool) -> list[Corpus]:
    parts = rows_of(corpora.imdb("train")), rows_of(corpora.imdb("test"))
    if quick:
        parts = _some(parts[0], QUICK_TRAINING), _some(parts[1], QUICK_HELD)
    return [Corpus("IMDB", [parts], note="its own split")]


def _last_tenth(name: str, rows: Rows, quick: bool) -> Corpus:
    if not quick:
        return Corpus(name, [held_back(rows)], note="the last tenth held out")
    rows = _some(rows, QUICK_TRAINING + QUICK_HELD)
    return Corpus(name, [held_back(rows, 0.25)], note="some, drawn, the last quarter held out")


CORPORA = {
    "grammar": _grammar,
    "rt-polarity": _sentences,
    "movie-reviews": _reviews,
    "chinese-reviews": _chinese,
    "imdb": _imdb,
}
