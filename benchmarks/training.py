r"""Training beside PyTorch: the loss that a time buys, the first step, and tokens a second.

    pip install -e ".[bench]"
    python -m venv /tmp/hf && /tmp/hf/bin/pip install torch transformers
    python -m benchmarks.training --torch /tmp/hf/bin/python --page docs/training.md \
        --json training.json

PyTorch has an environment of its own; without its interpreter its rows are missing, and so is what
is compared with them. Every contestant runs in a process of its own, one at a time, and rounds go
through all of them in turn, so that a slow moment of the machine falls on all. Seconds are of the
wall and begin when all imports are done: they hold building, tracing, compiling and every step,
not the evaluation at the end. `--quick` runs few steps of each, to see that it runs.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from rich.console import Console
from rich.table import Column, Table

from benchmarks.measuring import cells, machine, paste, printed, spread
from mlm_tf.corpora import tiny_shakespeare

SCRIPTS = pathlib.Path(__file__).parent / "training_peers"
REFERENCE = "PyTorch, GPT-2"
A100 = 1.4697  # nanoGPT's README: a model of 10.7 million parameters, three minutes on an A100
QUICK_STEPS = 12

# nanoGPT's setting for a processor: config/train_shakespeare_char.py with what its README changes.
NANOGPT = {
    "vocabulary_size": 65, "num_layers": 4, "num_heads": 4, "hidden_dim": 128,
    "length": 64, "batch": 12, "steps": 2000, "learning_rate": 1e-3, "warmup_steps": 100,
}  # fmt: skip
OURS = {
    "architecture": "transformer", "vocabulary_size": 65, "num_layers": 4, "hidden_dim": 128,
    "length": 64, "batch": 12, "optimizer": None, "learning_rate": None, "jit_compile": True,
    "of_keras": False, "steps_per_execution": 1, "evaluated": False,
    "settings": {"output_bias": False}, "weight_decay": 0.01, "order": "drawn",
}  # fmt: skip
LSTM = {
    "vocabulary_size": 4000, "num_layers": 2, "hidden_dim": 256, "length": 64, "batch": 32,
    "steps": 40,
}  # fmt: skip
OUR_LSTM = {
    **OURS, **LSTM, "architecture": "lstm", "optimizer": "adamw", "settings": {},
}  # fmt: skip
ARCHITECTURES = ("rnn", "gru", "lstm", "attention", "transformer", "gpt2")
BACKENDS = {"TensorFlow": "tensorflow", "JAX": "jax"}
# JAX asks the C library for the memory of every step anew. By itself glibc hands large pieces back
# to the system each time, which then has to clear them again.
KEEP_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": "1000000000",
    "MALLOC_TRIM_THRESHOLD_": "2000000000",
    "MALLOC_TOP_PAD_": "200000000",
}


@dataclass
class Contestant:
    """A training: its part of the page, its name, the script, and what that is told."""

    part: str
    name: str
    script: str
    job: dict
    backend: str = ""  # none: PyTorch
    reads_text: bool = True
    keeps_memory: bool = True  # on JAX

    def run(self, interpreter: str, job: dict) -> dict:
        """What the script found, of the job and what else it is told."""
        environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}
        if self.backend:
            environment["KERAS_BACKEND"] = self.backend
        if self.backend == "jax" and self.keeps_memory:
            environment |= KEEP_MEMORY
        process = subprocess.run(
            [interpreter, str(SCRIPTS / self.script), json.dumps({**self.job, **job})],
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if process.returncode:
            raise SystemExit(f"{process.stderr}\n{self.name} ended with {process.returncode}.")
        return json.loads(process.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--torch", help="the Python interpreter that has torch and transformers")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is run (3)")
    parser.add_argument("--quick", action="store_true", help="one round of few steps")
    parser.add_argument(
        "--only", nargs="+", default=[""], metavar="WORD",
        help="run those alone whose part and name hold one of these words: "
        + ", ".join(PARTS) + ", JAX, ...",
    )  # fmt: skip
    parser.add_argument("--json", type=pathlib.Path, help="where to write the figures as JSON")
    parser.add_argument("--page", type=pathlib.Path, help="a page to paste the tables into")
    options = parser.parse_args()
    everyone = [c for part in PARTS.values() for c in part.contestants()]
    chosen = [
        one
        for one in everyone
        if any(word in f"{one.part} {one.name}" for word in options.only)
        and (one.backend or options.torch)
    ]
    rounds = 1 if options.quick else options.rounds
    found = measure(chosen, rounds, options.quick, options.torch)
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    shown = show(found)
    if options.page:
        paste(options.page, shown)


# === Who runs ===


def losses() -> list[Contestant]:
    """One training for each question: how soon, how far in the same time, how far in four."""
    reference = Contestant("loss", REFERENCE, "torch_gpt2.py", NANOGPT)
    trainings = [("TensorFlow", training) for training in TRAININGS] + [("JAX", TRAININGS[0])]
    found = [reference]
    for backend, training in trainings:
        title = "{steps} x {batch} x {length}, {backend}".format(backend=backend, **training)
        found.append(ours("loss", title, BACKENDS[backend], evaluated=True, **training))
    return found


# How many steps of which batches; the schedule of the learning rate ends with them.
TRAININGS = (
    {"steps": 300, "batch": 12, "length": 64, "learning_rate": 0.04},
    *(
        {"steps": steps, "batch": 4, "length": 256, "order": "epochs", "weight_decay": 0.1}
        for steps in (1080, 3600)
    ),
)


def speeds() -> list[Contestant]:
    """What one choice costs or gains, all else being equal."""
    ways = {
        "as above": {},
        "Muon of Keras": {"of_keras": True},
        "AdamW": {"optimizer": "adamw"},
        "AdamW of Keras": {"optimizer": "adamw", "of_keras": True},
        "262 ids": {"vocabulary_size": 262},
        "10 steps at once": {"steps_per_execution": 10},
        "without XLA": {"jit_compile": False},
        "memory as it comes": {"keeps_memory": False},
    }
    backends = {  # the ways that change nothing on one of them
        "without XLA": ["TensorFlow"],
        "memory as it comes": ["JAX"],
    }
    return [
        ours("speed", f"{way}, {title}", backend, steps=200, **options)
        for title, backend in BACKENDS.items()
        for way, options in ways.items()
        if title in backends.get(way, BACKENDS)
    ]


def first_steps() -> list[Contestant]:
    return [
        ours("first", f"{name}, {title}", backend, architecture=name, steps=3, **settings_of(name))
        for title, backend in BACKENDS.items()
        for name in ARCHITECTURES
    ]


def settings_of(architecture: str) -> dict:
    """What an architecture has to be told; "gpt2" is a preset, of twelve heads."""
    sizes = {"num_heads": 4, "intermediate_dim": 512, "max_sequence_length": 64}
    return {"settings": OURS["settings"] | (sizes if architecture == "gpt2" else {})}


def lstms() -> list[Contestant]:
    compiled = {"TensorFlow": False, "TensorFlow, XLA": True, "JAX": True}
    return [
        Contestant("lstm", "PyTorch", "torch_lstm.py", LSTM, reads_text=False),
        *(
            Contestant(
                "lstm", f"mlm_tf, {title}", "mlm_tf_models.py", OUR_LSTM | {"jit_compile": jit},
                BACKENDS[title.split(",")[0]], reads_text=False,
            )
            for title, jit in compiled.items()
        ),
    ]  # fmt: skip


def ours(part: str, name: str, backend: str, keeps_memory: bool = True, **options) -> Contestant:
    job, name = OURS | options, f"mlm_tf, {name}"
    return Contestant(part, name, "mlm_tf_models.py", job, backend, keeps_memory=keeps_memory)


@dataclass
class Part:
    """One table of the page."""

    title: str
    contestants: Callable[[], list[Contestant]]
    figures: dict[str, int]  # the columns, and their digits behind the point


PARTS = {
    "loss": Part(
        "Tiny Shakespeare: loss over the whole last tenth, 4 layers x 128", losses,
        {"loss": 3, "seconds": 1},
    ),
    "speed": Part(
        "The same model: tokens a second, and what each choice changes", speeds,
        {"tokens/s": 0, "second step, s": 1},
    ),
    "first": Part(
        "Seconds to the end of the first step, 4 layers x 128", first_steps, {"first step, s": 1}
    ),
    "lstm": Part(
        "LSTM, 2 layers x 256, 4,000 words, batch 32 x 64", lstms,
        {"tokens/s": 0, "first step, s": 1},
    ),
}  # fmt: skip


# === Running ===


def measure(chosen: list[Contestant], rounds: int, is_quick: bool, torch: str | None) -> dict:
    """All rounds, and what came out of them, as it is written to JSON."""
    found = {"machine": machine("numpy"), "versions": {}, "parts": {}}
    with tempfile.TemporaryDirectory() as folder:
        text = pathlib.Path(folder) / "text.npz"
        if any(one.reads_text for one in chosen):
            np.savez(text, **characters())
        for round_ in range(1, rounds + 1):
            for one in chosen:
                what = f"round {round_} of {rounds}, {one.part}: {one.name}"
                print(time.strftime("%H:%M:%S"), what, file=sys.stderr, flush=True)
                job = {"data": str(text) if one.reads_text else None, "seed": round_ - 1}
                if is_quick:
                    job["steps"] = min(one.job["steps"], QUICK_STEPS)
                told = one.run(sys.executable if one.backend else torch, job)
                found["versions"].setdefault(one.name.split(",")[0], {}).update(told["versions"])
                runs = found["parts"].setdefault(one.part, {}).setdefault(one.name, [])
                runs.append(told)
    return found


def characters() -> dict[str, np.ndarray]:
    """Both parts of the text as ids of the characters that occur."""
    parts = {split: tiny_shakespeare(split) for split in ("train", "validation")}
    known = sorted({*parts["train"], *parts["validation"]})
    ids = {character: place for place, character in enumerate(known)}
    return {
        name: np.array([ids[character] for character in parts[split]], "int32")
        for name, split in (("training", "train"), ("validation", "validation"))
    }


# === What came out ===


def show(found: dict) -> str:
    console = Console(width=100, record=True)
    console.print(", ".join(f"{name} {value}" for name, value in found["machine"].items()))
    for name, versions in found["versions"].items():
        versions = ", ".join(f"{package} {version}" for package, version in versions.items())
        console.print(f"{name}: {versions}")
    for name, runs in found["parts"].items():
        show_part(console, PARTS[name], runs)
        if name == "loss":
            show_goals(console, runs)
    return printed(console)


def show_part(console: Console, part: Part, runs: dict) -> None:
    columns = [Column(text, no_wrap=True) for name in part.figures for text in (name, "range")]
    table = Table(Column("", no_wrap=True), *columns, title=part.title)
    for name, rounds in runs.items():
        row = []
        for figure, digits in part.figures.items():
            values = [told[figure] for told in rounds if told[figure] is not None]
            row += cells(spread(values), digits) if values else ("", "")
        table.add_row(name, *row)
    console.print(table)


def show_goals(console: Console, runs: dict) -> None:
    """Each of ours in the reference's time, round by round."""
    if REFERENCE not in runs:
        return
    table = Table(
        Column("", no_wrap=True), "of its seconds", "range", "loss less its", "parameters",
        title=f"Beside {REFERENCE}; nanoGPT's figure on an A100 is {A100}",
    )  # fmt: skip
    for name, rounds in runs.items():
        if name == REFERENCE:
            continue
        pairs = list(zip(rounds, runs[REFERENCE], strict=True))
        share = spread([ours["seconds"] / theirs["seconds"] for ours, theirs in pairs])
        less = statistics.median(theirs["loss"] - ours["loss"] for ours, theirs in pairs)
        table.add_row(name, *cells(share, 2), f"{less:.3f}", f"{rounds[0]['parameters']:,}")
    console.print(table)


if __name__ == "__main__":
    main()
