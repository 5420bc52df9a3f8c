"""How far models are from the limit of `corpora.grammar`: counting, an LSTM, and the limit itself.

    python -m benchmarks.grammar
    python -m benchmarks.grammar --minutes 10 --page docs/training.md --json grammar.json

Prints, for English words and Chinese characters: the size of the corpus; bits a token of a unigram
model, Kneser-Ney, an LSTM and the grammar itself, on stories that none of them has seen; how far
references reach back; what TF-IDF with logistic regression makes of the opinions. About ten
minutes on two quiet cores; --quick takes two.

With --minutes one model of English words is trained for so long instead, on stories that it mostly
sees once, and what it finds unseen ones to be is told beside their exact probability.
"""

import argparse
import itertools
import json
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

from benchmarks.measuring import machine, paste, printed
from mlm_tf.baselines import GrammarModel, KneserNeyModel, UnigramModel
from mlm_tf.training import Recipe, train

LANGUAGES = {"en": ("English words", "word"), "zh": ("Chinese characters", "character")}

# What is trained for some minutes: at most a million parameters, and rows that hold 97 stories of
# 100 whole.
NETWORK = {"architecture": "transformer", "hidden_dim": 128, "num_layers": 3}
STORIES, HELD_BACK, OF_VOCABULARY = 100_000, 1_000, 5_000
LENGTH, BATCH = 120, 16
MOST_PARAMETERS = 1_000_000
COMPILING = 1.0  # minutes of a training that are none of its steps


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a fifth of the stories, two epochs")
    parser.add_argument("--minutes", type=float, help="of the training of one model instead")
    parser.add_argument("--json", type=pathlib.Path, help="where to write its figures as JSON")
    parser.add_argument("--page", type=pathlib.Path, help="a page to paste them into")
    options = parser.parse_args()
    if options.minutes:
        told = near_the_limit(options.minutes, STORIES // (50 if options.quick else 1))
        if options.json:
            options.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        shown = show(told)
        if options.page:
            paste(options.page, shown, "grammar")
        return
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


def near_the_limit(minutes: float, num_stories: int) -> dict:
    """How probable a model finds unseen stories after some minutes, and how probable they are."""
    texts, held_back, validation = (
        [story.text for story in corpora.grammar(number, seed)]
        for seed, number in enumerate((num_stories, HELD_BACK, 100))
    )
    held_back = sorted(set(held_back).difference(texts, validation))
    known = [*texts[:OF_VOCABULARY], *corpora.GrammarLimit().vocabulary]
    pipeline = TextPipeline.fit(known, level="word", language="en")
    steps = minutes - min(COMPILING, minutes / 2)
    recipe = Recipe(max_minutes=steps, evaluations_per_epoch=1, jit_compile=True, weight_decay=0.1)
    started = time.perf_counter()
    model = build_model(pipeline=pipeline, seed=0, **NETWORK)
    if model.count_params() > MOST_PARAMETERS:
        raise SystemExit(f"The model has {model.count_params():,} parameters.")
    with tempfile.TemporaryDirectory() as folder:
        result = train(
            model,
            pipeline.rows(texts, LENGTH, BATCH),
            pipeline.rows(validation, LENGTH, BATCH, shuffle=False),
            recipe,
            pathlib.Path(folder) / "stories.keras",
            keep="last",
            checkpoints=False,
        )
    seconds = time.perf_counter() - started
    rows = pipeline.encode(held_back, add_start=True, add_end=True)
    exact = np.array([row.sum() for row in GrammarModel(pipeline).log_probs(rows)])
    found = np.array([row.sum(dtype="float64") for row in model.score(held_back).log_probs])
    return {
        "machine": machine("keras", "numpy"),
        "network": NETWORK,
        "recipe": str(result.recipe),
        "parameters": model.count_params(),
        "stories": num_stories,
        "stories trained on": result.history["tokens"][-1] / LENGTH,
        "minutes": seconds / 60,
        "minutes of steps": result.seconds / 60,
        "tokens": sum(map(len, rows)) - len(rows),
        "held back": len(rows),
        "nats a story": -found.mean(),
        "exactly": -exact.mean(),
        "more": found.sum() / exact.sum() - 1,
        "standard error": (found - exact).std() / math.sqrt(len(rows)) / -exact.mean(),
    }


def show(told: dict) -> str:
    console = Console(width=100, record=True)
    console.print(", ".join(f"{name} {value}" for name, value in told["machine"].items()))
    console.print(f"{told['network']}; {told['recipe']}")
    table = Table("", "", title="Stories of corpora.grammar, English words", show_header=False)
    per_token = told["held back"] / told["tokens"]
    for name, value in {
        "parameters": f"{told['parameters']:,}",
        "minutes, of the wall": f"{told['minutes']:.1f}",
        "of them, minutes of steps": f"{told['minutes of steps']:.1f}",
        "stories trained on": f"{told['stories trained on']:,.0f}",
        "of": f"{told['stories']:,}",
        "stories held back": f"{told['held back']:,}",
        "-log p a token, nats": f"{told['nats a story'] * per_token:.4f}",
        "exactly": f"{told['exactly'] * per_token:.4f}",
        "above it": f"{told['more']:.2%} (standard error {told['standard error']:.2%})",
    }.items():
        table.add_row(name, value)
    console.print(table)
    return printed(console)


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
