"""GloVe beside its peers: loading a file, training, and how training grows with the text.

    pip install -e ".[bench]"
    MLM_TF_DATA=... python -m benchmarks.glove --reference GloVe --page docs/glove.md

`--reference` is a clone of https://github.com/stanfordnlp/GloVe in which `make` was run; without it
the reference program's rows are missing. Rounds go through all contestants in turn, and the tables
have the median and the range of each, so that a slow moment of the machine falls on all.

Choices that cost nothing but a look at similarity scores are made on every other pair of
WordSim-353, the first, third and so on of gensim's file; the pairs between them and SimLex-999 are
only reported.
"""

import argparse
import bz2
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict

import numpy as np
from gensim.corpora.wikicorpus import extract_pages, filter_wiki
from gensim.models import KeyedVectors
from gensim.test.utils import datapath
from rich.console import Console
from rich.table import Table

import glove
from benchmarks.measuring import cells, machine, paste, printed, spread, watched
from glove.adagrad import AdaGrad
from glove.ridge import Ridge, balance
from glove.vectors import keyed_vectors

VECTOR_SIZE, X_MAX, ALPHA = 50, 100.0, 0.75
REGULARIZATION, ETA = 0.03, 0.05
RIDGE_EPOCHS, ADAGRAD_EPOCHS = 10, 15
THREADS = 2  # of the reference program
GROWTH = (500_000, 1_000_000, 2_000_000, 4_000_000, 8_000_000)  # tokens


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="how often each is timed (5)")
    parser.add_argument("--reference", type=pathlib.Path, help="the reference program's clone")
    parser.add_argument("--no-growth", action="store_true", help="leave the larger texts out")
    parser.add_argument("--output", type=pathlib.Path, help="where to write the figures as JSON")
    parser.add_argument("--page", type=pathlib.Path, help="a page to paste the tables into")
    options = parser.parse_args()
    results = {"machine": machine("gensim", "numpy", "scipy", "pyarrow")}
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        results["loading"] = loading(folder, options.rounds)
        results["training"] = training(folder, options.rounds, options.reference)
        if not options.no_growth:
            results["growth"] = growth(folder)
    shown = show(results)
    if options.output:
        options.output.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    if options.page:
        paste(options.page, shown)


# === Loading ===


def loading(folder: pathlib.Path, rounds: int, rows: int = 100_000, size: int = 100) -> dict:
    path, cache = folder / "vectors.txt", folder / "cache"
    os.environ["GLOVE_CACHE"] = str(cache)
    numbers = np.random.default_rng(0).normal(0, 0.4, (rows, size))
    with path.open("w", encoding="utf-8") as file:
        for row, line in enumerate(numbers):
            file.write(f"w{row} " + " ".join(f"{x:.6f}" for x in line) + "\n")

    def first():
        shutil.rmtree(cache, ignore_errors=True)
        return glove.load(path)

    def gensims():
        return KeyedVectors.load_word2vec_format(str(path), binary=False, no_header=True)

    contestants = {
        "glove.load, first time": first,
        "glove.load, second time": lambda: glove.load(path),
        "glove.load, cache=False": lambda: glove.load(path, cache=False),
        "gensim load_word2vec_format": gensims,
    }
    theirs = gensims()
    same = [
        theirs.index_to_key == ours.index_to_key
        and theirs.vectors.tobytes() == ours.vectors.tobytes()
        for ours in (run() for run in contestants.values())
    ]
    del theirs
    seconds = timed(contestants, rounds)
    peer = "gensim load_word2vec_format"
    return {
        "rows": rows,
        "size": size,
        "MB": path.stat().st_size / 1e6,
        "equal bit for bit": all(same),
        "peak memory over matrix": {
            name: spread([memory / (4 * rows * size) for memory in peaks])
            for name, peaks in load_memory(path, cache, rounds).items()
        },
        "seconds": {name: spread(values) for name, values in seconds.items()},
        "times faster": {
            name: spread([p / s for s, p in zip(values, seconds[peer], strict=True)])
            for name, values in seconds.items()
            if name != peer
        },
    }


def timed(contestants: dict[str, Callable], rounds: int) -> dict[str, list[float]]:
    seconds = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, run in contestants.items():
            started = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - started)
    return seconds


MEMORY = """
import sys, threading, time
import gensim.models, psutil, pyarrow.csv, glove
process, peak, done = psutil.Process(), 0, False
def watch():
    global peak
    while not done:
        peak = max(peak, process.memory_info().rss)
        time.sleep(0.002)
thread = threading.Thread(target=watch)
before = process.memory_info().rss
thread.start()
vectors = glove.load(sys.argv[1], cache=sys.argv[2] == "True")
loaded = peak
vectors.vectors.sum()
done = True
thread.join()
print(loaded - before, max(peak, process.memory_info().rss) - before)
"""


def load_memory(path: pathlib.Path, cache: pathlib.Path, rounds: int) -> dict[str, list[int]]:
    """Bytes above the process with everything imported, at the peak."""
    peaks: dict[str, list[int]] = {}
    for _ in range(rounds):
        for name, cached in (("first time", True), ("cache=False", False)):
            shutil.rmtree(cache, ignore_errors=True)
            command = [sys.executable, "-c", MEMORY, str(path), str(cached)]
            printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            loaded, read = map(int, printed.split())
            peaks.setdefault(f"{name}, until it is loaded", []).append(loaded)
            peaks.setdefault(f"{name}, until every vector was read", []).append(read)
    return peaks


# === Training ===


def training(folder: pathlib.Path, rounds: int, reference: pathlib.Path | None) -> dict:
    corpus = folder / "frozen.txt"
    corpus.write_text(" ".join(frozen_tokens()) + "\n", encoding="utf-8")
    halves = word_pair_halves(folder)
    found = {"runs": {}}
    contestants = {"ridge": ridge, "adagrad": adagrad}
    if reference:
        contestants = {"reference program": Reference(reference, folder, corpus)} | contestants
    for seed in range(rounds):
        started = time.perf_counter()
        pairs = glove.cooccurrence(glove.read_corpus(corpus))
        found.setdefault("counting, seconds", []).append(time.perf_counter() - started)
        for name, run in contestants.items():
            curve, vectors = run(pairs, seed)
            scores = similarity(vectors, halves)
            found["runs"].setdefault(name, []).append({"curve": curve, "similarity": scores})
    if reference:
        program = contestants["reference program"]
        found["largest difference"] = program.largest_difference(pairs)
        found["reference counting, seconds"] = program.counting_seconds
    found |= {"types": len(pairs.vocabulary), "cells": pairs.counts.nnz}
    found["choices"] = choices(pairs, rounds, halves)
    return found


def frozen_tokens() -> list[str]:
    """The Wikipedia articles as gensim alone gives them: runs of a to z, without any pipeline."""
    name = "enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2"
    tokens = []
    with bz2.open(datapath(name)) as dump:
        for _, markup, _ in extract_pages(dump):
            text = filter_wiki(markup)
            if len(text.split()) >= 50:
                tokens += re.findall("[a-z]+", text.lower())
    return tokens


Curve = list[tuple[float, float]]  # seconds since the start and cost, after each epoch


def ridge(pairs: glove.Cooccurrence, seed: int) -> tuple[Curve, KeyedVectors]:
    started = time.perf_counter()
    factors = Ridge(pairs.counts, VECTOR_SIZE, X_MAX, ALPHA, REGULARIZATION, seed)
    curve = list(epochs(factors, RIDGE_EPOCHS, started))
    return curve, keyed_vectors(pairs.vocabulary, factors.vectors())


def adagrad(pairs: glove.Cooccurrence, seed: int) -> tuple[Curve, KeyedVectors]:
    started = time.perf_counter()
    factors = AdaGrad(pairs.counts, VECTOR_SIZE, X_MAX, ALPHA, ETA, seed)
    curve = list(epochs(factors, ADAGRAD_EPOCHS, started))
    return curve, keyed_vectors(pairs.vocabulary, factors.vectors())


def epochs(factors: Ridge | AdaGrad, number: int, started: float) -> Iterator[tuple[float, float]]:
    for _ in range(number):
        squares = sum(squares for _, squares in factors.epoch())
        yield time.perf_counter() - started, squares / (2 * factors.cells)


class Reference:
    """The reference program on the same tokens; its counts are made once."""

    def __init__(self, clone: pathlib.Path, folder: pathlib.Path, corpus: pathlib.Path):
        self._folder, self._programs = folder, clone / "build"
        self._counts, self._shuffled = folder / "reference.bin", folder / "shuffled.bin"
        self.words = folder / "reference.vocab.txt"
        self._pipe("vocab_count", corpus, self.words, "-min-count", "5")
        started = time.perf_counter()
        arguments = ["-vocab-file", str(self.words), "-window-size", "10"]
        self._pipe("cooccur", corpus, self._counts, *arguments)
        self._pipe("shuffle", self._counts, self._shuffled)
        self.counting_seconds = time.perf_counter() - started

    def _pipe(self, program: str, source: pathlib.Path, target: pathlib.Path, *arguments) -> None:
        with source.open("rb") as read, target.open("wb") as write:
            command = [self._programs / program, *arguments, "-verbose", "0"]
            subprocess.run(
                command, stdin=read, stdout=write, stderr=subprocess.DEVNULL, check=True,
                cwd=self._folder,
            )  # fmt: skip

    def __call__(self, _, seed: int) -> tuple[Curve, KeyedVectors]:
        output = self._folder / f"reference-{seed}"
        options = {
            "-input-file": self._shuffled, "-vocab-file": self.words, "-save-file": output,
            "-vector-size": VECTOR_SIZE, "-threads": THREADS, "-iter": ADAGRAD_EPOCHS,
            "-x-max": X_MAX, "-alpha": ALPHA, "-eta": ETA, "-seed": seed + 1, "-binary": 0,
        }  # fmt: skip
        command = [self._programs / "glove", *(str(x) for pair in options.items() for x in pair)]
        started = time.perf_counter()
        process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE)
        curve = []
        for line in process.stderr:
            if match := re.search(rb"cost: ([\d.]+)", line):
                curve.append((time.perf_counter() - started, float(match[1])))
        if process.wait():
            raise SystemExit(f"{command[0]} ended with {process.returncode}.")
        return curve, glove.load(output.with_suffix(".txt"), cache=False)

    def largest_difference(self, pairs: glove.Cooccurrence) -> float:
        """Of its counts and ours, cell by cell, relative; infinite where the cells differ."""
        theirs = glove.load_cooccurrence(self._counts)
        if theirs.vocabulary != pairs.vocabulary:
            return float("inf")
        same = (theirs.counts.indices.tolist() == pairs.counts.indices.tolist()) and (
            theirs.counts.indptr.tolist() == pairs.counts.indptr.tolist()
        )
        difference = np.abs(theirs.counts.data - pairs.counts.data) / theirs.counts.data
        return float(difference.max()) if same else float("inf")


# === Similarity ===


def word_pair_halves(folder: pathlib.Path) -> dict[str, str]:
    """Files of word pairs: the half for choosing, the half for reporting, and SimLex-999."""
    lines = pathlib.Path(datapath("wordsim353.tsv")).read_text("utf-8").splitlines()
    lines = [line for line in lines if line and not line.startswith("#")]
    halves = {"WordSim-353, chosen on": lines[0::2], "WordSim-353, untouched": lines[1::2]}
    files = {}
    for name, half in halves.items():
        files[name] = str(folder / f"half-{len(files)}.tsv")
        pathlib.Path(files[name]).write_text("\n".join(half) + "\n", "utf-8")
    return files | {"SimLex-999": datapath("simlex999.txt")}


def similarity(vectors: KeyedVectors, files: dict[str, str]) -> dict:
    evaluation = glove.evaluate(vectors, word_pairs=files, analogies=None)
    return {name: asdict(score) for name, score in evaluation.word_pairs.items()}


def choices(pairs: glove.Cooccurrence, rounds: int, files: dict[str, str]) -> dict[str, list]:
    """What each choice is worth, by the half that is chosen on; one number a seed."""
    name = next(iter(files))
    found: dict[str, list[float]] = {}

    def note(choice: str, matrix: np.ndarray) -> None:
        vectors = keyed_vectors(pairs.vocabulary, matrix.astype(np.float32))
        rho = similarity(vectors, {name: files[name]})[name]["rho"]
        found.setdefault(choice, []).append(rho)

    for seed in range(rounds):
        for regularization in (0.003, 0.01, 0.03, 0.1):
            factors = Ridge(pairs.counts, VECTOR_SIZE, X_MAX, ALPHA, regularization, seed)
            for epoch in range(1, RIDGE_EPOCHS + 1):
                list(factors.epoch())
                if regularization == REGULARIZATION and epoch in (1, 3, 5):
                    note(f"{epoch} epochs", factors.vectors())
            note(f"regularization {regularization}", factors.vectors())
            if regularization == REGULARIZATION:
                words, contexts = factors.words[:, :-1], factors.contexts[:, :-1]
                equal = np.ones(len(words), np.float32)
                note("w alone, not the sum", balance(words, contexts, equal, equal)[0])
                note("each row counts its weight in the sum", words + contexts)
                centred = factors.vectors() - factors.vectors().mean(axis=0)
                note("centred", centred)
                first = np.linalg.svd(centred, full_matrices=False)[2][:1]  # (1, D)
                note("centred, less its first direction", centred - centred @ first.T @ first)
    return found


# === Growth ===


def growth(folder: pathlib.Path) -> list[dict]:
    """The two commands, `cooccur` and `train`, on the first so many tokens of a growing text."""
    rows, corpus, counts = [], folder / "growth.txt", folder / "growth.bin"
    lines = growing_text()
    tokens = 0
    for size in GROWTH:
        with corpus.open("a", encoding="utf-8") as file:
            for line in lines:
                file.write(" ".join(line) + "\n")
                tokens += len(line)
                if tokens >= size:
                    break
        arguments = ["--output", str(counts), "--overwrite"]
        counting = watched("glove", ["cooccur", str(corpus), *arguments])
        pairs = glove.load_cooccurrence(counts)
        row = {"tokens": tokens, "types": len(pairs.vocabulary), "cells": pairs.counts.nnz}
        del pairs
        for solver in ("ridge", "adagrad"):
            arguments = ["--output", str(folder / "growth-vectors.txt"), "--overwrite"]
            command = ["train", str(counts), "--solver", solver, "--epochs", "3", *arguments]
            row[f"{solver}, three epochs"] = watched("glove", command)
        rows.append(row | {"counting": counting})
        if tokens < size:
            break  # there is no more
    return rows


def growing_text() -> Iterator[list[str]]:
    """The Wikipedia articles, WikiText-2, then film reviews, dialogues, sentences and news."""
    from mlm_tf import corpora

    def texts():
        yield from (article.text for article in corpora.wikipedia())
        for split in ("train", "validation", "test"):
            yield from (document.text for document in corpora.wikitext_2(split))
        yield from (document.text for document in corpora.movie_reviews())
        for split in ("train", "validation", "test"):
            yield from (" ".join(dialogue.turns) for dialogue in corpora.daily_dialog(split))
        yield from (pair.source for pair in corpora.english_french())
        yield corpora.tiny_shakespeare("train")
        yield corpora.tiny_shakespeare("validation")
        yield from (document.text for document in corpora.movie_sentences())
        yield from (document.text for document in corpora.lee_news().background)

    for text in texts():
        yield re.findall(r"[a-z]+|[0-9]+|[^\sa-z0-9]", text.lower())


# === What is printed ===


def show(results: dict) -> str:
    console = Console(width=96, record=True)
    console.print(", ".join(f"{name} {value}" for name, value in results["machine"].items()))
    show_loading(console, results["loading"])
    show_training(console, results["training"])
    if "growth" in results:
        show_growth(console, results["growth"])
    return printed(console)


def show_loading(console: Console, found: dict) -> None:
    title = f"Loading {found['rows']:,} x {found['size']} ({found['MB']:.0f} MB of text)"
    table = Table("", "seconds", "range", "times faster", "range", title=title)
    for name, seconds in found["seconds"].items():
        faster = found["times faster"].get(name)
        table.add_row(name, *cells(seconds, 3), *(cells(faster, 1) if faster else ()))
    console.print(table)
    equal = "equal" if found["equal bit for bit"] else "NOT equal"
    console.print(f"The vectors are {equal} to gensim's bit for bit.")
    table = Table(
        "", "times the matrix", "range", title="Peak of memory above the imported process"
    )
    for name, peak in found["peak memory over matrix"].items():
        table.add_row(name, *cells(peak, 2))
    console.print(table)


def show_training(console: Console, found: dict) -> None:
    title = f"Training: {found['types']:,} types, {found['cells']:,} cells, {VECTOR_SIZE} numbers"
    table = Table("", "epochs", "seconds", "range", "cost", "M cells/s", title=title)
    scores = Table("", "test", "rho", "range", "standard error", "pairs", title="Similarity")
    for name, runs in found["runs"].items():
        seconds = [run["curve"][-1][0] for run in runs]
        number = len(runs[0]["curve"])
        cost = spread([run["curve"][-1][1] for run in runs])["median"]
        speed = spread([found["cells"] * number / s / 1e6 for s in seconds])["median"]
        table.add_row(name, str(number), *cells(spread(seconds), 2), f"{cost:.5f}", f"{speed:.2f}")
        for test in runs[0]["similarity"]:
            figures = [run["similarity"][test] for run in runs]
            rho = spread([figure["rho"] for figure in figures])
            error, covered = figures[0]["standard_error"], figures[0]["covered"]
            scores.add_row(name, test, *cells(rho, 3), f"{error:.3f}", str(covered))
    console.print(table)
    show_race(console, found["runs"])
    counting = spread(found["counting, seconds"])
    console.print(
        f"Counting, reading included: {cells(counting, 2)[0]} s ({cells(counting, 2)[1]})."
    )
    if "reference counting, seconds" in found:
        seconds, difference = found["reference counting, seconds"], found["largest difference"]
        console.print(
            f"The reference program counts and shuffles in {seconds:.2f} s; the largest relative "
            f"difference of a cell is {difference:.1e}."
        )
    console.print(scores)
    table = Table("", "rho", "range", title="Choices, on the half that is chosen on")
    for choice, values in found["choices"].items():
        table.add_row(choice, *cells(spread(values), 3))
    console.print(table)


def show_race(console: Console, runs: dict) -> None:
    """How long ridge takes to the cost at which the reference program ends, round by round."""
    goals = runs.get("reference program") or runs["adagrad"]
    who = "the reference program" if "reference program" in runs else "adagrad"
    seconds, shares = [], []
    for goal, own in zip(goals, runs["ridge"], strict=True):
        total, cost = goal["curve"][-1]
        seconds.append(next(s for s, reached in own["curve"] if reached <= cost))
        shares.append(total / seconds[-1])
    (median, least_to_most), (share, shares_range) = (
        cells(spread(seconds), 2),
        cells(spread(shares), 1),
    )
    console.print(
        f"To the cost at which {who} ends, ridge takes {median} s ({least_to_most}): it is "
        f"{share} times as fast ({shares_range})."
    )


def show_growth(console: Console, rows: list[dict]) -> None:
    title = "Growth: the commands, each in a process of its own (seconds, GiB at the peak)"
    names = ("counting", "ridge, three epochs", "adagrad, three epochs")
    table = Table("tokens", "types", "cells", *names, title=title)
    for row in rows:
        figures = (f"{row[n]['seconds']:.1f} s, {row[n]['peak memory, GiB']:.2f}" for n in names)
        table.add_row(f"{row['tokens']:,}", f"{row['types']:,}", f"{row['cells']:,}", *figures)
    console.print(table)


if __name__ == "__main__":
    main()
