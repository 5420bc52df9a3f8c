"""The tables of summaries: on Wikipedia and on the stories of the grammar."""

from collections.abc import Sequence

import numpy as np

from mlm_tf import corpora
from mlm_tf.tasks.extraction import filled, joined
from mlm_tf.tasks.result_table import ResultTable
from mlm_tf.tasks.retrieval import most_similar
from mlm_tf.tasks.rouge import NOTE, cut, rouge_and_exact, words_of
from mlm_tf.tasks.rows import Rows

DRAWS = 10  # of sentences by chance, whose figures are averaged
LEAST_LEAD, LEAST_BODY = 50, 10  # words and sentences of a Wikipedia article
MOST_WORDS = 68  # of a lead that are asked for: three sentences of the bodies have so many
GLOVE = "glove.6B.50d.sub"  # 9,163 words, 4 MB
HELD = 200  # stories
SMALL = {"hidden_dim": 128, "epochs": 8, "num_beams": 1}
QUICK_STORIES, QUICK = 2000, {"attention": SMALL, "pointer": SMALL}
FULL_STORIES, FULL_HELD, FULL = (
    20_000,
    1000,
    {
        "attention": {},
        "pointer": {},
        "transformer": {"num_layers": 3},
    },
)
TITLES = {
    "attention": "LSTM with attention",
    "pointer": "pointer-generator",
    "transformer": "Transformer",
}
NEAREST = "nearest text's summary"


def extractive_scores(
    documents: Sequence[Sequence[str]],
    references: Sequence[str],
    method: str,
    vectors=None,
    seed: int = 0,
) -> dict[str, float]:
    """The figures of sentences that are taken until they have as many words as the reference."""
    lengths = [len(words_of(reference)) for reference in references]
    return rouge_and_exact(filled(documents, method, lengths, vectors, seed), references)


def simple_scores(
    documents: Sequence[Sequence[str]], references: Sequence[str]
) -> dict[str, dict[str, float]]:
    """The first sentences, and sentences by chance, the mean of ten draws."""
    draws = [extractive_scores(documents, references, "random", seed=s) for s in range(DRAWS)]
    return {
        "lead-3": extractive_scores(documents, references, "lead"),
        "random-3": {name: float(np.mean([d[name] for d in draws])) for name in draws[0]},
    }


def nearest_scores(training: Rows, held: Rows) -> dict[str, float]:
    """The figures of the summary that the most similar text of the training set has."""
    found = most_similar([training.inputs], [held.inputs])
    return rouge_and_exact([training.targets[place] for place in found], held.targets)


def grammar_table(kind, quick: bool, progress: bool, language: str) -> ResultTable:
    """Everything on stories whose summary is known, in one language.

    Args:
        kind: the `Summarizer`.
        quick, progress: as for its `table`.
        language: "en" or "zh".
    """
    number = QUICK_STORIES if quick else FULL_STORIES
    training = corpora.grammar(number, seed=0, language=language)
    held = corpora.grammar(HELD if quick else FULL_HELD, seed=1, language=language)
    training_rows, held_rows = (
        Rows([story.text for story in stories], [story.summary for story in stories])
        for stories in (training, held)
    )
    name = {"en": "English", "zh": "Chinese"}[language]
    table = ResultTable(
        f"summaries: {name} stories of the grammar, {number:,} to learn from, {len(held):,} held "
        "out",
        kind.columns,
        [NOTE],
    )
    documents = [story.sentences for story in held]
    for title, figures in simple_scores(documents, held_rows.targets).items():
        table.add(title, figures, kind="baseline")
    table.add(NEAREST, nearest_scores(training_rows, held_rows), kind="baseline")
    _add_extractive(table, documents, held_rows.targets, {})
    for model, settings in (QUICK if quick else FULL).items():
        runs = [
            kind(model=model, **settings, seed=seed).fit(*training_rows, progress=progress)
            for seed in range(1 if quick else 3)
        ]
        table.add_runs(TITLES[model], [run.evaluate(*held_rows) for run in runs])
    _explain(table)
    return table


def wikipedia_table(kind, quick: bool) -> ResultTable:
    """Sentences of the bodies of Wikipedia articles, measured by their leads.

    Args:
        kind: the `Summarizer`.
        quick: without vectors that are downloaded.
    """
    articles = [
        article
        for article in corpora.wikipedia()
        if len(words_of(joined(article.lead))) >= LEAST_LEAD and len(article.body) >= LEAST_BODY
    ]
    references = [cut(joined(article.lead), MOST_WORDS) for article in articles]
    documents = [article.body for article in articles]
    table = ResultTable(
        f"summaries: the bodies of {len(articles)} Wikipedia articles, by their leads",
        [column for column in kind.columns if column.name != "exact"],
        [NOTE, f"Of a lead the first {MOST_WORDS} words are asked for: three sentences."],
    )
    for title, figures in simple_scores(documents, references).items():
        table.add(title, _without_exact(figures), kind="baseline")
    vectors = {}
    if not quick:
        import glove

        vectors["centroid, GloVe"] = glove.load(glove.download(GLOVE))
    _add_extractive(table, documents, references, vectors)
    _explain(table)
    return table


def _add_extractive(table: ResultTable, documents, references, vectors: dict) -> None:
    named = {"centroid": ("centroid", None), "graph": ("graph", None)}
    named |= {name: ("centroid", value) for name, value in vectors.items()}
    for name, (method, value) in named.items():
        figures = extractive_scores(documents, references, method, value)
        table.add(name, {column.name: figures[column.name] for column in table.columns})


def _explain(table: ResultTable) -> None:
    """A note of the ways to take sentences that lose to the first ones."""
    losers = []
    for row in table.rows:
        names = [name for name in row.figures if name.startswith("ROUGE")]
        below = [n for n in names if table.mean(row.name, n) < table.mean("lead-3", n)]
        if below and row.name.startswith(("centroid", "graph")):
            losers.append(f"{row.name} (in {', '.join(below)})")
    if losers:
        table.notes.append(
            f"Below lead-3: {', '.join(losers)}. They do not know where a sentence stands, and "
            "these texts begin with what their summaries tell."
        )


def _without_exact(figures: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in figures.items() if name != "exact"}
