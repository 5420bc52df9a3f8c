"""Preprocessing beside its peers: MB/s of encoding, seconds of learning, memory of streaming.

    pip install -e ".[bench]"
    python -m benchmarks.preprocessing --output preprocessing.json

Text in memory goes to token ids, vocabulary lookup included, on the Wikipedia articles, a sentence
a text. All run on two threads: the graphs through `tf.data` with two parallel calls, `tokenizers`
with two of its own; a Python loop has the one that the interpreter gives it. The rounds go through
all of them in turn, and the table has the median and the range of each, so that a slow moment of
the machine falls on all. Streaming runs `mlm-tf tokenize` on a file generated for it.
"""

import argparse
import json
import os
import pathlib
import re
import tempfile
import time
import unicodedata
from collections.abc import Callable

import mlm_tf  # isort: skip  # before Keras: TensorFlow then starts quietly
import keras
import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.measuring import cells, machine, paste, printed, spread, watched
from benchmarks.peers import subword_tokenizer
from mlm_tf import TextPipeline

THREADS = 2
REPEATED = 4  # so that starting a pass weighs little
WORDS, PIECES = 20_000, 8_000
BATCH = 1024
# The words of `mlm_tf`, as nearly as the `re` module says it.
WORD = re.compile(r"(?:[^\W\d_]\.){2,}|[^\W_]+(?:['.][^\W_]+|(?<=\d),\d+)*|[^\w\s]|_")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7, help="how often each is timed (7)")
    parser.add_argument(
        "--stream-gb", type=float, default=2.0, help="size of the streamed file (2)"
    )
    parser.add_argument("--output", type=pathlib.Path, help="where to write the figures as JSON")
    parser.add_argument("--page", type=pathlib.Path, help="a page to paste the tables into")
    options = parser.parse_args()
    limit_threads()
    articles = mlm_tf.corpora.wikipedia()
    sentences = mlm_tf.corpora.sentences(articles) * REPEATED
    results = {
        "machine": machine("keras", "tensorflow", "tensorflow-text", "tokenizers")
        | {"threads": THREADS},
        "text": {
            "sentences": len(sentences) // REPEATED,
            "times over": REPEATED,
            "MB": megabytes(sentences) / REPEATED,
            "plain ASCII": sum(s.isascii() for s in sentences) / len(sentences),
        },
        "words": words(sentences, options.rounds),
        "subwords": subwords(sentences, options.rounds),
        "characters": characters(sentences, options.rounds),
        "articles as texts": whole_articles([a.text for a in articles], options.rounds),
        "learning": learning(mlm_tf.corpora.sentences(articles), options.rounds),
    }
    if options.stream_gb:
        results["streaming"] = streaming(sentences, options.stream_gb)
    shown = show(results)
    if options.output:
        options.output.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    if options.page:
        paste(options.page, shown)


def limit_threads() -> None:
    """Both sides get the same, on a machine with more cores too."""
    import tensorflow as tf

    os.environ["RAYON_NUM_THREADS"] = str(THREADS)  # of tokenizers
    tf.config.threading.set_inter_op_parallelism_threads(THREADS)
    tf.config.threading.set_intra_op_parallelism_threads(THREADS)


# === What is timed ===


def words(texts: list[str], rounds: int) -> dict:
    import tensorflow as tf

    pipeline = TextPipeline.fit(texts, vocabulary_size=WORDS)
    vectorization = keras.layers.TextVectorization(max_tokens=WORDS)
    vectorization.adapt(texts)
    places = {word: i for i, word in enumerate(pipeline.vocabulary)}

    def python_loop():
        for text in texts:
            text = unicodedata.normalize("NFKC", text).lower()
            np.array([places.get(word, 1) for word in WORD.findall(text)], "int32")

    def python_loop_at_spaces():
        for text in texts:
            np.array([places.get(word, 1) for word in text.lower().split()], "int32")

    whole = tf.constant(texts)
    return rates(
        texts,
        rounds,
        {
            "mlm_tf, word": in_graph(pipeline.encode_tensor, texts),
            "TextVectorization": in_graph(vectorization, texts),
            "TextVectorization, one call": lambda: vectorization(whole),
            "Python loop, the same words": python_loop,
            "Python loop, split at spaces": python_loop_at_spaces,
        },
    )


def subwords(texts: list[str], rounds: int) -> dict:
    pipeline = TextPipeline.fit(texts, level="subword", vocabulary_size=PIECES)
    tokenizer = subword_tokenizer(pipeline)
    ours = pipeline.encode(texts, add_start=False, add_end=False)
    theirs = tokenizer.encode_batch(texts)
    same = sum(a.tolist() == b.ids for a, b in zip(ours, theirs, strict=True))
    found = rates(
        texts,
        rounds,
        {
            "mlm_tf, subword": in_graph(pipeline.encode_tensor, texts),
            "tokenizers encode_batch_fast": lambda: tokenizer.encode_batch_fast(texts),
            "tokenizers encode_batch": lambda: tokenizer.encode_batch(texts),
        },
    )
    return {**found, "texts with the same pieces": same / len(texts)}


def characters(texts: list[str], rounds: int) -> dict:
    pipeline = TextPipeline.fit(texts, level="character")
    return rates(texts, rounds, {"mlm_tf, character": in_graph(pipeline.encode_tensor, texts)})


def whole_articles(texts: list[str], rounds: int) -> dict:
    """Texts of tens of kilobytes, nearly all of which hold a character outside ASCII."""
    pipeline = TextPipeline.fit(texts, vocabulary_size=WORDS)
    pieces = TextPipeline.fit(texts, level="subword", vocabulary_size=PIECES)
    vectorization = keras.layers.TextVectorization(max_tokens=WORDS)
    vectorization.adapt(texts)
    return rates(
        texts,
        rounds,
        {
            "mlm_tf, word": in_graph(pipeline.encode_tensor, texts, batch=8),
            "mlm_tf, subword": in_graph(pieces.encode_tensor, texts, batch=8),
            "TextVectorization": in_graph(vectorization, texts, batch=8),
        },
    )


def learning(texts: list[str], rounds: int) -> dict:
    seconds = []
    for _ in range(rounds):
        started = time.perf_counter()
        pipeline = TextPipeline.fit(texts, level="subword", vocabulary_size=PIECES)
        seconds.append(time.perf_counter() - started)
    return {"pieces": pipeline.vocabulary_size, "seconds": spread(seconds)}


def streaming(texts: list[str], gigabytes: float) -> dict:
    """Learning and encoding; subwords, whose learning reads thrice, of a quarter of the size."""
    found = {}
    for level, size in (("word", gigabytes), ("subword", gigabytes / 4)):
        with tempfile.TemporaryDirectory() as folder:
            corpus, output = pathlib.Path(folder, "generated.txt"), pathlib.Path(folder, "tokens")
            generate(corpus, texts, int(size * 1e9))
            arguments = ["--level", level, "--validation-fraction", "0.01"]
            found[level] = {
                "GB": corpus.stat().st_size / 1e9,
                **watched(
                    "mlm_tf.cli", ["tokenize", str(corpus), "--output", str(output), *arguments]
                ),
            }
    return found


# === How ===


def in_graph(encode: Callable, texts: list[str], batch: int = BATCH) -> Callable:
    """Batches of texts that lie in memory, through `tf.data` on two threads."""
    import tensorflow as tf

    dataset = tf.data.Dataset.from_tensor_slices(texts).batch(batch).cache()
    dataset = dataset.map(encode, num_parallel_calls=THREADS, deterministic=True)

    def run():
        for _ in dataset:
            pass

    return run


def rates(texts: list[str], rounds: int, contestants: dict[str, Callable]) -> dict:
    """MB/s of each, and the first one's share of each other, round by round."""
    size = megabytes(texts)
    seconds = {name: [] for name in contestants}
    for run in contestants.values():
        run()
    for _ in range(rounds):
        for name, run in contestants.items():
            started = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - started)
    ours = next(iter(contestants))
    found = {name: {"MB/s": spread([size / s for s in seconds[name]])} for name in contestants}
    for name in contestants:
        if name != ours:
            pairs = zip(seconds[ours], seconds[name], strict=True)
            found[name]["times as fast is mlm_tf"] = spread([theirs / own for own, theirs in pairs])
    return found


def generate(path: pathlib.Path, texts: list[str], size: int) -> None:
    """Sentences drawn at random, every sixteenth with a word drawn from ten million at its end."""
    rng = np.random.default_rng(0)
    lines = np.array(texts, object)
    with path.open("w", encoding="utf-8") as file:
        while file.tell() < size:
            drawn = lines[rng.integers(len(lines), size=16_000)].tolist()
            rare = rng.integers(10**7, size=1_000).tolist()
            drawn[::16] = [f"{line} w{n}" for line, n in zip(drawn[::16], rare, strict=True)]
            file.write("\n".join(drawn) + "\n")


def megabytes(texts: list[str]) -> float:
    return sum(len(text.encode()) for text in texts) / 1e6


# === What is printed ===


def show(results: dict) -> str:
    console = Console(width=88, record=True)
    console.print(", ".join(f"{name} {value}" for name, value in results["machine"].items()))
    text = results["text"]
    console.print(
        f"{text['sentences']:,} sentences, {text['MB']:.2f} MB, {text['plain ASCII']:.0%} of them "
        f"plain ASCII; each pass goes over them {text['times over']} times"
    )
    for title in ("words", "subwords", "characters", "articles as texts"):
        table = Table("", "MB/s", "range", "mlm_tf faster by", "range", title=title)
        for name, row in results[title].items():
            if isinstance(row, dict):
                ratio = row.get("times as fast is mlm_tf")
                table.add_row(name, *cells(row["MB/s"], 1), *(cells(ratio, 2) if ratio else ()))
        console.print(table)
    same = results["subwords"]["texts with the same pieces"]
    console.print(f"The same pieces as tokenizers in {same:.2%} of the sentences.")
    learned = results["learning"]
    median, least_to_most = cells(learned["seconds"], 2)
    console.print(f"Learning {learned['pieces']:,} subwords: {median} s ({least_to_most}).")
    for level, row in results.get("streaming", {}).items():
        console.print(
            f"mlm-tf tokenize, {level} level, {row['GB']:.2f} GB: learned and encoded in "
            f"{row['seconds']:.0f} s, peak memory {row['peak memory, GiB']:.2f} GiB."
        )
    return printed(console)


if __name__ == "__main__":
    main()
