"""Which word vectors to start from: sentiment and language modelling, five starts, three seeds.

    python -m benchmarks.embeddings --page docs/embeddings.md --output embeddings.json

Each start is tried frozen and trainable, on two tasks. All vectors have 50 numbers, so that they
compare with the genuine GloVe vectors. A run that is stopped goes on where it was: runs that the
JSON file holds already are not repeated. About 20 minutes on two quiet cores; --quick, which only
tries the script, takes one.
"""

import argparse
import json
import pathlib
import statistics
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from mlm_tf import TextPipeline, build_model, corpora, embeddings  # isort: skip  # before Keras
import keras
import numpy as np

import glove
from benchmarks.measuring import machine, paste
from glove.writing import written_beside
from mlm_tf.training import make_optimizer, perplexities

DIM = 50
GENUINE = "glove.6B.50d.sub"


@dataclass(frozen=True)
class Settings:
    """How large all of it is."""

    seeds: int = 3
    part: int = 1  # of the texts one in so many
    sentiment_vocabulary: int = 8000
    sentiment_epochs: int = 3
    sentiment_length: int = 40
    sentiment_batch: int = 64
    sentiment_hidden: int = 64
    sentiment_rate: float = 0.01
    sentiment_dropout: float = 0.3
    language_vocabulary: int = 4000
    language_epochs: int = 1
    language_length: int = 32
    language_batch: int = 32
    language_hidden: int = 96
    language_rate: float = 0.01
    language_dropout: float = 0.15


QUICK = Settings(seeds=1, part=16, sentiment_vocabulary=1000, language_vocabulary=500)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a sixteenth of the texts, one seed")
    parser.add_argument("--output", type=pathlib.Path, help="JSON of the results, to go on from")
    parser.add_argument("--page", type=pathlib.Path, help="a page to paste the tables into")
    options = parser.parse_args()
    settings = QUICK if options.quick else Settings()
    results = begun(options.output, settings)
    genuine = glove.load(GENUINE)
    for seed in range(settings.seeds):
        for task in TASKS:
            run_missing(results, task, seed, settings, genuine, options.output)
    shown = show(results)
    print(shown)
    if options.page:
        paste(options.page, shown)


def run_missing(results, task, seed, settings, genuine, output) -> None:
    """The runs of one task and seed that the results lack, each saved as soon as it is done."""
    runs, wanted = results["runs"], settings.seeds * len(TASKS) * len(STARTS) * 2
    done = {key(run) for run in runs}
    missing = {
        start: [f for f in (True, False) if (task, start, f, seed) not in done] for start in STARTS
    }
    if not any(missing.values()):
        return
    data = TASKS[task](settings, seed)
    for start, make in STARTS.items():
        if not missing[start]:
            continue
        began = time.perf_counter()
        matrix = make(data.texts, data.pipeline, seed, genuine)
        report = matrix.report(data.pipeline.counts)
        known = {"types": share(report.types), "tokens": share(report.tokens)}
        for is_frozen in missing[start]:
            run = {"task": task, "start": start, "frozen": is_frozen, "seed": seed, **known}
            run |= data.train(matrix, is_frozen, seed)
            run["seconds"] = time.perf_counter() - began  # the first has made the vectors too
            began = time.perf_counter()
            runs.append(run)
            left = (wanted - len(runs)) * statistics.mean(run["seconds"] for run in runs)
            print(f"{len(runs)} of {wanted}: {said(run)}; {left / 60:.0f} min left", flush=True)
            if output:
                save(results, output)


# === The five starts ===


def tokens_of(texts: list[str], pipeline: TextPipeline) -> Iterator[list[str]]:
    for row in pipeline.encode(texts, add_start=False, add_end=False):
        yield [pipeline.vocabulary[i] for i in row if i != pipeline.unk_id]


def random(texts, pipeline, seed, genuine):
    return embeddings.random(pipeline.vocabulary, DIM, seed=seed)


def tfidf(texts, pipeline, seed, genuine):
    return embeddings.from_tfidf(texts, pipeline, DIM, seed=seed)


def word2vec(texts, pipeline, seed, genuine):
    return embeddings.from_word2vec(texts, pipeline, DIM, seed=seed, progress=False)


def glove_here(texts, pipeline, seed, genuine):
    pairs = glove.cooccurrence(tokens_of(texts, pipeline), min_count=1)
    vectors = glove.train(pairs, vector_size=DIM, seed=seed, progress=False)
    return embeddings.from_vectors(vectors, pipeline.vocabulary, seed=seed)


def glove_6b(texts, pipeline, seed, genuine):
    return embeddings.from_vectors(genuine, pipeline.vocabulary, seed=seed)


STARTS = {
    "random": random,
    "TF-IDF of these texts": tfidf,
    "word2vec of these texts": word2vec,
    "GloVe of these texts": glove_here,
    "GloVe 6B": glove_6b,
}

# === The two tasks ===


class Sentiment:
    """Is a sentence of a film review favourable? A tenth, another for each seed, is held back."""

    def __init__(self, settings: Settings, seed: int):
        self.settings = settings
        reviews = corpora.movie_sentences()
        reviews = reviews[: len(reviews) // settings.part]
        order = np.random.default_rng(seed).permutation(len(reviews))
        held = len(reviews) // 10
        training, validation = ([reviews[i] for i in part] for part in (order[held:], order[:held]))
        self.texts = [review.text for review in training]
        self.pipeline = TextPipeline.fit(self.texts, vocabulary_size=settings.sentiment_vocabulary)
        self.training, self.validation = map(self.arrays, (training, validation))

    def arrays(self, reviews):
        rows = self.pipeline([r.text for r in reviews], max_length=self.settings.sentiment_length)
        return rows, np.array([review.label for review in reviews])

    def train(self, matrix, is_frozen: bool, seed: int) -> dict:
        settings = self.settings
        keras.utils.set_random_seed(seed)
        model = build_model(
            "lstm",
            "text_classifier",
            pipeline=self.pipeline,
            embedding=matrix,
            embedding_trainable=not is_frozen,
            hidden_dim=settings.sentiment_hidden,
            dropout=settings.sentiment_dropout,
            num_classes=2,
            seed=seed,
        )
        size, epochs = settings.sentiment_batch, settings.sentiment_epochs
        steps = -(-len(self.texts) // size) * epochs
        optimizer = make_optimizer("adamw", steps, settings.sentiment_rate)
        model.compile(optimizer, weighted_metrics=["accuracy"])
        model.fit(*self.training, batch_size=size, epochs=epochs, verbose=0)
        found = model.evaluate(*self.validation, batch_size=size, verbose=0, return_dict=True)
        return {"accuracy": found["accuracy"]}


class Language:
    """What is the next word of the Wikipedia articles? Whole articles are held back."""

    def __init__(self, settings: Settings, seed: int):
        self.settings = settings
        articles = corpora.wikipedia()[:: settings.part]
        self.texts, self.validation = map(corpora.sentences, corpora.split(articles))
        self.pipeline = TextPipeline.fit(self.texts, vocabulary_size=settings.language_vocabulary)

    def train(self, matrix, is_frozen: bool, seed: int) -> dict:
        settings, pipeline = self.settings, self.pipeline
        model = build_model(
            "lstm",
            pipeline=pipeline,
            embedding=matrix,
            embedding_trainable=not is_frozen,
            hidden_dim=settings.language_hidden,
            dropout=settings.language_dropout,
            seed=seed,
        )
        sizes = {"length": settings.language_length, "batch_size": settings.language_batch}
        training = pipeline.windows(self.texts, seed=seed, **sizes)
        steps = len(training) * settings.language_epochs
        optimizer = make_optimizer("adamw", steps, settings.language_rate)
        model.compile(optimizer, weighted_metrics=perplexities(pipeline))
        model.fit(training, epochs=settings.language_epochs, verbose=0)
        validation = pipeline.windows(self.validation, shuffle=False, **sizes)
        found = model.evaluate(validation, verbose=0, return_dict=True)
        return {name: found[name] for name in ("perplexity", "known_perplexity")}


TASKS = {"sentiment": Sentiment, "language": Language}

# === The file that it goes on from ===


def begun(path: pathlib.Path | None, settings: Settings) -> dict:
    if path is not None and path.exists():
        results = json.loads(path.read_text(encoding="utf-8"))
        if results["settings"] != asdict(settings):
            raise SystemExit(f"{path} holds runs with other settings; name another file.")
        return results
    return {
        "machine": machine("keras", "tensorflow", "gensim"),
        "settings": asdict(settings),
        "runs": [],
    }


def save(results: dict, path: pathlib.Path) -> None:
    with written_beside(path) as beside:
        beside.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def key(run: dict) -> tuple:
    return run["task"], run["start"], run["frozen"], run["seed"]


# === What is printed ===


def share(part_and_whole: tuple[int, int]) -> float:
    part, whole = part_and_whole
    return part / whole


def said(run: dict) -> str:
    frozen = "frozen" if run["frozen"] else "trainable"
    name = "accuracy" if run["task"] == "sentiment" else "perplexity"
    return f"{run['task']}, {run['start']}, {frozen}, seed {run['seed']}: {name} {run[name]:.3f}"


def show(results: dict) -> str:
    """Two Markdown tables."""
    seconds = sum(run["seconds"] for run in results["runs"])
    lines = [", ".join(f"{name} {value}" for name, value in results["machine"].items())]
    lines[0] += f"; {seconds / 60:.0f} minutes in all.\n"
    for task, figure, scale, unit in (
        ("sentiment", "accuracy", 100, "%"),
        ("language", "perplexity", 1, ""),
        ("language", "known_perplexity", 1, ""),
    ):
        title = TITLES[figure]
        lines += [f"{title}\n", "| start | known words | known tokens | frozen | trainable |"]
        lines.append("|---|---|---|---|---|")
        for start in STARTS:
            runs = [r for r in results["runs"] if (r["task"], r["start"]) == (task, start)]
            known = (f"{statistics.mean(r[k] for r in runs):.1%}" for k in ("types", "tokens"))
            cells = []
            for is_frozen in (True, False):
                values = [scale * r[figure] for r in runs if r["frozen"] == is_frozen]
                spread = f"{min(values):.1f} to {max(values):.1f}"
                cells.append(f"{statistics.mean(values):.1f}{unit} ({spread})")
            lines.append("| " + " | ".join([start, *known, *cells]) + " |")
        lines.append("")
    return "\n".join(lines)


TITLES = {
    "accuracy": "**Sentiment of film sentences (rt-polarity)**, validation accuracy, higher is "
    "better: mean of the seeds (least to most)",
    "perplexity": "**Language model of the Wikipedia articles**, validation perplexity, lower is "
    "better: mean of the seeds (least to most)",
    "known_perplexity": "The same over the known words alone, without `[UNK]`",
}


if __name__ == "__main__":
    main()
