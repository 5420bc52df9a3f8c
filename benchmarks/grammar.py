"""How far models are from the limit of `corpora.grammar`: counting, an LSTM, and the limit itself.

    python -m benchmarks.grammar

Prints, for English words and Chinese characters: the size of the corpus; bits a token of a unigram
model, Kneser-Ney, an LSTM and the grammar itself, on stories that none of them has seen; how far
references reach back; what TF-IDF with logistic regression makes of the opinions. About ten
minutes on two quiet cores; --quick takes two.
"""

import argparse
import itertools
import math
import pathlib
import re
import statistics
import tempfile
import time

from mlm_tf import TextPipeline, build_model, corpora  # isort: skip  # before Keras
import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.measuring import machine
from mlm_tf.baselines import GrammarModel, KneserNeyModel, UnigramModel
from mlm_tf.training import Recipe, train

LANGUAGES = {"en": ("English words", "word"), "zh": ("Chinese characters", "character")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a fifth of the stories, two epochs")
    options = parser.parse_args()
    training, epochs = (1_000, 2) if options.quick else (5_000, 5)
    print(machine("keras", "numpy"))
    for language in LANGUAGES:
        stories = corpora.grammar(training, 0, language)
        held_back = corpora.grammar(500, 1, language)
        Console().print(bits(language, stories, held_back, epochs))
        print(f"references reach back: {reach(held_back)}")
        print(f"opinions, TF-IDF and logistic regression: {opinions(stories, held_back):.3f}")


def bits(language: str, stories, held_back, epochs: int) -> Table:
    """A table of models and their bits a token."""
    name, level = LANGUAGES[language]
    texts, others = ([story.text for story in some] for some in (stories, held_back))
    pipeline = TextPipeline.fit(
        [*texts, *corpora.GrammarLimit(language).vocabulary], level=level, language=language
    )
    rows, unseen = (pipeline.encode(some, add_start=True, add_end=True) for some in (texts, others))
    outcomes = pipeline.vocabulary_size - len(pipeline.never_follow_ids)
    table = Table(
        "model",
        "bits a token",
        "seconds",
        title=f"{name}: {len(texts):,} stories, {sum(map(len, rows)):,} tokens, "
        f"{len({i for row in rows for i in row.tolist()}):,} types",
    )
    counting = {
        "unigram": UnigramModel(outcomes),
        "Kneser-Ney bigram": KneserNeyModel(outcomes, order=2),
        "Kneser-Ney trigram": KneserNeyModel(outcomes, order=3),
        "the limit": GrammarModel(pipeline),
    }
    for each, model in counting.items():
        if model is counting["the limit"]:
            table.add_row(*lstm(pipeline, texts, others, epochs))
        started = time.perf_counter()
        found = np.concatenate(model.fit(rows).log_probs(unseen))
        seconds = time.perf_counter() - started
        table.add_row(each, f"{-found.mean() / math.log(2):.3f}", f"{seconds:.0f}")
    return table


def lstm(pipeline, texts, others, epochs: int) -> tuple[str, str, str]:
    """An LSTM of 256 units, one story a row, trained by the recipe of `train`."""
    started = time.perf_counter()
    longest = max(len(row) for row in pipeline.encode([*texts, *others]))
    model = build_model("lstm", pipeline=pipeline, hidden_dim=256, num_layers=1, seed=0)
    with tempfile.TemporaryDirectory() as folder:
        train(
            model,
            pipeline.rows(texts, length=longest, batch_size=32),
            pipeline.rows(others, length=longest, batch_size=32, shuffle=False),
            Recipe(epochs=epochs, evaluations_per_epoch=1),
            pathlib.Path(folder) / "stories.keras",
        )
    found = model.score(others)
    seconds = time.perf_counter() - started
    return "LSTM, 256 units", f"{math.log2(found.perplexity):.3f}", f"{seconds:.0f}"


def reach(stories) -> str:
    """Between two mentions of the thing that the first sentence brings, and of the hero's name."""
    limit = corpora.GrammarLimit(stories[0].language)
    gaps = []
    for story in stories:
        tokens = limit.tokenize(story.text)
        name = limit.tokenize(hero(story))
        places = [
            i for i in range(len(tokens) - len(name) + 1) if tokens[i : i + len(name)] == name
        ]
        gaps += [later - earlier for earlier, later in itertools.pairwise(places)]
    share = sum(gap >= 20 for gap in gaps) / len(gaps)
    return (
        f"a name comes back after {statistics.median(gaps):.0f} tokens (median), "
        f"at most {max(gaps)}; {share:.0%} after 20 and more"
    )


def hero(story) -> str:
    """The name of the one of whom a story tells, with which its summary begins."""
    if story.language == "zh":
        return story.summary[:2]
    return " ".join(re.sub(r"^In \S+ ", "", story.summary).split()[:2])


def opinions(stories, held_back) -> float:
    """Accuracy on stories that were not learned from."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    analyzer = "word" if stories[0].language == "en" else "char"
    model = make_pipeline(
        TfidfVectorizer(analyzer=analyzer, ngram_range=(1, 2), sublinear_tf=True, min_df=2),
        LogisticRegression(C=10, max_iter=1000),
    )
    model.fit([s.text for s in stories], [s.label for s in stories])
    return model.score([s.text for s in held_back], [s.label for s in held_back])


if __name__ == "__main__":
    main()
