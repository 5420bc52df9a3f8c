"""The whole way once, on real text: preprocess, embed, train, generate.

    mlm-tf demo            at most 5 minutes on two CPU cores
    mlm-tf demo --quick    at most one, with a quarter of the text

Reads the 106 Wikipedia articles that gensim ships (no download), trains three small language
models, compares them with models that only count, and writes the models, their learning curves
and the figures into a folder. At the end the models that come with the package write a text each.
Where the locale is Chinese, so are its sentences.
"""

import json
import os
import pathlib
import platform
import shlex
import subprocess
import sys
import textwrap
import time
from dataclasses import dataclass

import keras
import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table

import glove
from mlm_tf import TextPipeline, build_model, corpora, embeddings, load_model, viz
from mlm_tf.baselines import KneserNeyModel, UniformModel, UnigramModel, perplexity
from mlm_tf.cli.demo_sentences import say
from mlm_tf.cli.generate import stream_to_terminal
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.models import CausalLM
from mlm_tf.training import Recipe, train

console = Console(highlight=False)
STARTED = time.perf_counter()


@dataclass(frozen=True)
class Settings:
    """How large the demo is."""

    every_nth_document: int
    vocabulary_size: int
    hidden_dim: int
    glove_epochs: int
    epochs: int
    evaluations_per_epoch: int


FULL = Settings(1, 4000, 96, glove_epochs=3, epochs=2, evaluations_per_epoch=2)
QUICK = Settings(4, 2000, 64, glove_epochs=2, epochs=1, evaluations_per_epoch=1)

DROPOUT = 0.15
TRUNCATION = 40  # tokens; what it would cost is shown, no sentence is cut for training
NEIGHBOURS_OF = ("king", "river", "music", "three")
PROMPTS = ("the city of", "during the war")
PRETRAINED_PROMPTS = {"wikipedia-small": "The city", "tang-small": "春"}
MAX_LENGTH, GREEDY_LENGTH = 50, 16  # greedy text soon repeats itself
GENERATION = {"max_length": MAX_LENGTH, "sampler": "top_k", "temperature": 0.8}
WINDOWS = {"length": 32, "batch_size": 32}
# The models: name, architecture and layers, whether GloVe vectors start it.
MODELS = {
    "LSTM, random vectors": (["lstm"], False),
    "LSTM, GloVe vectors": (["lstm"], True),
    "self-attention": (["attention", "attention"], False),
}
BIGRAM, TRIGRAM = "Kneser-Ney bigram", "Kneser-Ney trigram"
RELOAD = """
import sys, mlm_tf
model = mlm_tf.load_model(sys.argv[1])
print(model.generate(sys.argv[2], max_length=int(sys.argv[3]), sampler="greedy"))
"""


def add_arguments(parser) -> None:
    parser.add_argument("--quick", action="store_true", help="a quarter of the text: one minute")
    parser.add_argument("--output", help="a folder to write into (runs/demo, runs/demo-2, ...)")
    parser.add_argument("--seed", type=int, default=0, help="of weights, order and sampling")


def run(options) -> int:
    settings = QUICK if options.quick else FULL
    folder = new_folder(options.output)
    versions = f"Keras {keras.__version__}, {keras.backend.backend()}"
    console.print(
        "[bold]mlm_tf demo[/]: "
        + say("raw text to a generated sentence ({}, {} cores)", versions, os.cpu_count())
    )
    training, validation, pipeline, held_back = _preprocess(settings)
    matrix = _embed(settings, training, pipeline, options.seed)
    rows = baselines(training, validation, pipeline)
    models, histories = {}, {}
    _heading(say("3. Train"), say(" by maximum likelihood"))
    for name, (blocks, pretrained) in MODELS.items():
        model = build_model(
            blocks,
            pipeline=pipeline,
            embedding=matrix if pretrained else "random",
            hidden_dim=settings.hidden_dim,
            dropout=DROPOUT,
            seed=options.seed,
        )
        result = train(
            model,
            pipeline.windows(training, seed=options.seed, **WINDOWS),
            pipeline.windows(validation, shuffle=False, **WINDOWS),
            Recipe(settings.epochs, settings.evaluations_per_epoch),
            folder / f"{_file_name(name)}.keras",
            description=say(name),
            checkpoints=False,  # all of it takes two minutes
        )
        if result.interrupted:
            return 130
        models[name], histories[name] = model, result.history
        rows[name] = _row(model, result)
    generate(models, options.seed)
    report(rows, histories, pipeline, held_back, folder, settings)
    _reload_elsewhere(models, rows, folder)
    _from_the_package(options.seed)
    _next_steps(folder, _best(rows))
    return 0


# === Step 1 ===


def _preprocess(settings: Settings):
    """Sentences to train and to validate on, the pipeline fitted to the first, and what it does to
    the second."""
    _heading(say("1. Preprocess"), say(": 106 Wikipedia articles, shipped by gensim"))
    with console.status(say("reading and cleaning the articles")):
        documents = corpora.wikipedia()[:: settings.every_nth_document]
        training, validation = map(corpora.sentences, corpora.split(documents))
        pipeline = TextPipeline.fit(training, vocabulary_size=settings.vocabulary_size)
        whole = pipeline.report(training, max_length=TRUNCATION)
        held_back = pipeline.report(validation)
        bare = TextPipeline.fit(training, stopwords="en").report(training)
    table = Table(show_header=False)
    rows = {
        "documents": say("{:,}, split whole: a tenth to validate on", len(documents)),
        "sentences": say("{:,} to train on, {:,} to validate on", whole.texts, held_back.texts),
        "tokens": say("{:,} and {:,}, punctuation included", whole.tokens, held_back.tokens),
        "types": say("{:,} distinct tokens in the training set", whole.types),
        "vocabulary": say(
            "{:,} types; the rest is \\[UNK], {:.1%} and {:.1%} of the tokens",
            pipeline.vocabulary_size,
            whole.unknown_share,
            held_back.unknown_share,
        ),
        "stopwords": say(
            "leaving out the English ones ({}, ...) would remove {:.1%} of the tokens;\n"
            "kept here, since a sentence needs them",
            ", ".join(word for word, _ in bare.removed.most_common(5)),
            bare.removed_share,
        ),
        "truncation": say(
            "to {} tokens would cut {:.1%} of them; padding to {} would fill {:.1%} of the places;"
            "\nneither is done here: models train on windows of the stream \\[START] sentence "
            "\\[END] ...",
            TRUNCATION,
            whole.cut_share,
            TRUNCATION,
            whole.padding_share,
        ),
    }
    for name, value in rows.items():
        table.add_row(say(name), value)
    console.print(table)
    sentence = min(training[:200], key=lambda s: abs(len(s) - 60))
    ids = pipeline.encode([sentence])[0]
    tokens = (pipeline.vocabulary[i] for i in ids)
    for name, value in (
        ("a sentence  ", sentence),
        ("its tokens  ", " ".join(tokens)),
        ("their ids   ", " ".join(map(str, ids))),
    ):
        console.print(f"  {say(name)}{value}", markup=False)
    return training, validation, pipeline, held_back


# === Step 2 ===


def _embed(settings: Settings, training, pipeline, seed: int) -> embeddings.EmbeddingMatrix:
    """GloVe vectors of this corpus as a starting matrix; beside them random ones."""
    _heading(say("2. Embeddings"), say(": random, and GloVe vectors of this corpus"))
    words = pipeline.tokenize(training)
    counts = glove.cooccurrence(words, min_count=5)
    vectors = glove.train(
        counts, vector_size=settings.hidden_dim, epochs=settings.glove_epochs, seed=seed
    )
    matrix = embeddings.from_vectors(vectors, pipeline.vocabulary, seed=seed)
    random = embeddings.random(pipeline.vocabulary, settings.hidden_dim, seed=seed)
    table = Table(*map(say, ("nearest to", "random vectors", "GloVe vectors")))
    for word in NEIGHBOURS_OF:
        if word in vectors and word in pipeline.vocabulary:
            near = [neighbour for neighbour, _ in vectors.most_similar(word, topn=5)]
            table.add_row(word, ", ".join(_nearest(random, word)), ", ".join(near))
    console.print(table)
    report = matrix.report(pipeline.counts)
    console.print(
        say(
            "GloVe vectors start {:,} of {:,} words, {:,} of {:,} tokens; the others start at "
            "random",
            *report.types,
            *report.tokens,
        )
    )
    return matrix


def _nearest(matrix: embeddings.EmbeddingMatrix, word: str, count: int = 5) -> list[str]:
    unit = matrix.values / np.linalg.norm(matrix.values, axis=1, keepdims=True)
    order = np.argsort(-unit @ unit[matrix.vocabulary.index(word)])
    return [matrix.vocabulary[i] for i in order[1 : count + 1]]


# === What counting alone achieves ===


def baselines(training, validation, pipeline) -> dict[str, dict]:
    """A row for each model that only counts, over the tokens that the others are measured on."""
    train_ids, validation_ids = pipeline.encode(training), pipeline.encode(validation)
    known = [row[1:] != pipeline.unk_id for row in validation_ids]
    outcomes = pipeline.num_outcomes
    rows = {}
    for name, model in {
        "uniform": UniformModel(outcomes),
        "unigram": UnigramModel(outcomes),
        BIGRAM: KneserNeyModel(outcomes, order=2),
        TRIGRAM: KneserNeyModel(outcomes, order=3),
    }.items():
        started = time.perf_counter()
        log_probs = model.fit(train_ids).log_probs(validation_ids)
        rows[name] = {
            "perplexity": perplexity(log_probs),
            "known_perplexity": perplexity(log_probs, known),
            "seconds": time.perf_counter() - started,
        }
    return rows


def _row(model: CausalLM, result) -> dict:
    return {
        "perplexity": result.best["val_perplexity"],
        "known_perplexity": result.best["val_known_perplexity"],
        "parameters": model.count_params(),
        "tokens_per_second": result.tokens_per_second,
        "seconds": result.seconds,
        "file": result.path.name,
    }


# === Step 4 ===


def generate(models: dict[str, CausalLM], seed: int) -> None:
    """Sentences from each model, streamed."""
    _heading(say("4. Generate"), say(" until the end token"))
    console.print(say("Drawn from the 20 likeliest tokens but \\[UNK], at temperature 0.8:"))
    for name, model in models.items():
        console.print(f"[bold]{say(name)}[/]")
        for prompt in PROMPTS:
            pieces = model.generate(prompt, stream=True, seed=seed, **GENERATION)
            sys.stdout.write("  ")
            stream_to_terminal(pieces)


# === The results ===


def report(rows, histories, pipeline, held_back, folder, settings) -> None:
    """The table, what it says, and the same as files."""
    _heading(say("Results"))
    table = Table(box=box.SIMPLE_HEAD, padding=0, pad_edge=False)
    table.add_column(say("model"), no_wrap=True)
    for column in ("perplexity", "known words", "parameters", "tokens/s", "seconds"):
        table.add_column(say(column), justify="right", no_wrap=True)
    for name, row in rows.items():
        table.add_row(
            say(name),
            f"{row['perplexity']:,.1f}",
            f"{row['known_perplexity']:,.1f}",
            f"{row['parameters']:,}" if "parameters" in row else "-",
            f"{row['tokens_per_second']:,.0f}" if "tokens_per_second" in row else "-",
            f"{row['seconds']:,.1f}",
            end_section=name == TRIGRAM,
        )
    console.print(table)
    console.print(
        say(
            "Validation perplexity over the same {:,} tokens in every row, end tokens included; "
            "lower is better. The vocabulary has {:,} types, and {:.1%} of the words are outside "
            "it: \\[UNK], easy to guess, flatters the first column; the second leaves it out.",
            held_back.tokens + held_back.texts,
            pipeline.vocabulary_size,
            held_back.unknown_share,
        )
    )
    for line in verdicts(rows):
        console.print(line, soft_wrap=True)
    summary = {
        "settings": vars(settings),
        "cpu_cores": os.cpu_count(),
        "python": platform.python_version(),
        "keras": keras.__version__,
        "backend": keras.backend.backend(),
        "unknown_share": held_back.unknown_share,
        "rows": rows,
    }
    (folder / "results.json").write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    counted = {name: rows[name]["perplexity"] for name in (BIGRAM, TRIGRAM)}
    viz.learning_curves(
        histories, counted, title="Wikipedia articles", path=folder / "learning_curves.png"
    )


def verdicts(rows: dict[str, dict]) -> list[str]:
    """For each trained model one line: does it beat the bigram, and the trigram?"""
    lines = []
    for name, row in rows.items():
        if "parameters" not in row:
            continue
        says = []
        for baseline in (BIGRAM, TRIGRAM):
            other = rows[baseline]
            wins = sum(row[f] < other[f] for f in ("perplexity", "known_perplexity"))
            short = say(baseline.removeprefix("Kneser-Ney "))
            if wins == 2:
                says.append(say("beats the {} on both figures", short))
            elif wins == 1:
                says.append(say("beats the {} on one figure only", short))
            else:
                says.append(say("does not beat the {}", short))
        lines.append("  " + say("{}: {}, {}", say(name), *says))
    return lines


def _reload_elsewhere(models, rows, folder: pathlib.Path) -> None:
    """The best model's file, opened by a new process, must write the same greedy sentence."""
    name = _best(rows)
    path, prompt = folder / rows[name]["file"], PROMPTS[-1]
    model = models[name]
    here = model.generate(prompt, max_length=GREEDY_LENGTH, sampler="greedy")
    with console.status(say("loading {} in a new process", path)):
        ran = subprocess.run(
            [sys.executable, "-c", RELOAD, str(path), prompt, str(GREEDY_LENGTH)],
            capture_output=True,
            text=True,
        )
    there = ran.stdout.rstrip("\n")
    if ran.returncode or there != here:
        raise InvalidArgumentError(
            f"{path} was loaded in a new process and gave {there or ran.stderr[-300:]!r} where "
            f"this process gave {here!r}; please report this."
        )
    console.print(say("{}, loaded in a new process, writes the same greedy sentence:", path.name))
    console.print(f"  {there}", markup=False)


def _best(rows: dict[str, dict]) -> str:
    trained = [name for name in rows if "parameters" in rows[name]]
    return min(trained, key=lambda name: rows[name]["perplexity"])


def _from_the_package(seed: int) -> None:
    """A text of each model that is installed with the package, under the command that writes it."""
    _heading(say("In the package"), say(": two models, trained for longer"))
    for name, prompt in PRETRAINED_PROMPTS.items():
        command = f"{_program()} generate --model {name} {shlex.quote(prompt)}"
        console.print(command, style="bold", markup=False, soft_wrap=True)
        text = load_model(name).generate(prompt, seed=seed, **GENERATION)
        console.print(textwrap.indent(text, "  "), markup=False)


def _program() -> pathlib.Path:
    """This command, as one would type it here."""
    program = pathlib.Path(sys.argv[0])
    if program.is_absolute() and program.is_relative_to(pathlib.Path.cwd()):
        program = program.relative_to(pathlib.Path.cwd())
    return program


def _next_steps(folder: pathlib.Path, best: str) -> None:
    program = _program()
    path = folder / f"{_file_name(best)}.keras"
    _heading(say("Next"))
    curves = folder / "learning_curves.png"
    console.print(say("{} shows how the models learned. To go on:", curves))
    for line in (
        f'{program} generate --model {path} "the history of" --temperature 0.7',
        f"{program} train YOUR.txt --output your.keras --architecture lstm,attention",
        f"{program} evaluate {path} YOUR.txt",
        f"{program.parent / 'jupyter'} lab {say('notebooks/00_quickstart.ipynb')}",
    ):
        console.print(f"  {line}", markup=False, soft_wrap=True)
    console.print(say("Finished in {:.0f} s.", _seconds()))


def _heading(name: str, what: str = "") -> None:
    console.rule(f"[bold]{name}[/]{what}{say(' ({:.0f} s so far)', _seconds())}", align="left")


def _seconds() -> float:
    """Since this module was imported, which is after TensorFlow and Keras."""
    return time.perf_counter() - STARTED


def new_folder(wanted: str | None) -> pathlib.Path:
    """The folder asked for, which must be new or empty, or the first unused runs/demo-N."""
    if wanted is not None:
        folder = pathlib.Path(wanted)
        if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
            raise InvalidArgumentError(
                f"output={wanted!r} exists and is not an empty folder; choose another."
            )
    else:
        number = 1
        while (folder := pathlib.Path("runs", f"demo-{number}" if number > 1 else "demo")).exists():
            number += 1
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _file_name(name: str) -> str:
    """`LSTM, GloVe vectors` -> `lstm-glove-vectors`."""
    return name.lower().replace(",", "").replace(" ", "-")
