r"""Generation beside its peers: tokens a second, the first call, and the limit of memory.

    pip install -e ".[bench]"
    python -m venv /tmp/hf && /tmp/hf/bin/pip install torch transformers
    python -m venv /tmp/kerashub && /tmp/kerashub/bin/pip install keras-hub 'tensorflow<2.21' jax
    python -m benchmarks.generation --transformers /tmp/hf/bin/python \
        --kerashub /tmp/kerashub/bin/python --page docs/generation.md

Each peer has an environment of its own; without its interpreter its rows are missing. Every
contestant runs in a process of its own, one at a time, and rounds go through all of them in turn,
so that a slow moment of the machine falls on all. A process times its calls after a first and a
second one and gives their median; the tables have the median and the range over the rounds. All
weights are random and float32, all decoding is greedy, and nothing stops early.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Column, Table

from benchmarks.measuring import cells, machine, paste, printed, spread

SCRIPTS = pathlib.Path(__file__).parent / "generation_peers"
OURS = "mlm_tf"
DEFAULT_PEER = "KerasHub, TensorFlow default"

SMALL = {
    "vocabulary_size": 65, "num_layers": 4, "num_heads": 4, "hidden_dim": 128,
    "intermediate_dim": 512, "max_sequence_length": 512,
}  # fmt: skip
GPT2 = {
    "vocabulary_size": 50257, "num_layers": 12, "num_heads": 12, "hidden_dim": 768,
    "intermediate_dim": 3072, "max_sequence_length": 1024,
}  # fmt: skip
LSTM = {"vocabulary_size": 65, "num_layers": 2, "hidden_dim": 128, "max_sequence_length": 512}


@dataclass
class Setting:
    """One table: a model's shape and what is asked of it."""

    title: str
    architecture: str
    shape: dict
    batch_sizes: tuple[int, ...]
    new_tokens: int
    prompt_length: int = 8


SETTINGS = {
    "small": Setting("GPT-2 of 4 layers x 128, 240 new tokens", "gpt2", SMALL, (1, 8, 32), 240),
    "124M": Setting("GPT-2, 124M parameters, 100 new tokens", "gpt2", GPT2, (1,), 100),
    "lstm": Setting("LSTM, 2 layers x 128, 240 new tokens", "lstm", LSTM, (1, 8, 32), 240),
}


@dataclass
class Contestant:
    """A script, the interpreter that runs it, and what it is told besides the setting."""

    name: str
    settings: tuple[str, ...]
    interpreter: str
    script: str
    backend: str = ""
    options: dict = field(default_factory=dict)

    def run(self, job: dict) -> dict:
        return answer(self.interpreter, self.script, job | self.options, self.backend)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kerashub", help="the Python interpreter that has keras-hub")
    parser.add_argument("--transformers", help="the Python interpreter that has transformers")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is run (5)")
    parser.add_argument("--quick", action="store_true", help="one short round, to see that it runs")
    parser.add_argument(
        "--only", nargs="+", default=[""], metavar="WORD",
        help="run those alone whose setting and name hold one of these words, as: small JAX",
    )  # fmt: skip
    parser.add_argument("--json", type=pathlib.Path, help="where to write the figures as JSON")
    parser.add_argument("--page", type=pathlib.Path, help="a page to paste the tables into")
    options = parser.parse_args()
    found = measure(
        contestants(options.kerashub, options.transformers),
        rounds=1 if options.quick else options.rounds,
        seconds=0.2 if options.quick else 3.0,
        only=options.only,
        reader=options.transformers or sys.executable,
    )
    shown = show(found)
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    if options.page:
        paste(options.page, shown)


# === Who runs ===


def contestants(kerashub: str | None, transformers: str | None) -> list[Contestant]:
    everywhere, attention = ("small", "124M", "lstm"), ("small", "124M")
    ours = [
        Contestant(f"{OURS}, {title}", everywhere, sys.executable, "mlm_tf_models.py", backend)
        for title, backend in (("TensorFlow", "tensorflow"), ("JAX", "jax"))
    ]
    hubs = [
        Contestant(name, settings, kerashub, "keras_hub_gpt2.py", backend, {"jit_compile": jit})
        for name, settings, backend, jit in (
            (DEFAULT_PEER, attention, "tensorflow", None),
            ("KerasHub, TensorFlow compiled", attention, "tensorflow", True),
            ("KerasHub, JAX", attention, "jax", None),
        )
    ]
    torches = [
        Contestant(
            f"{name}, {'one thread' if threads == 1 else 'all cores'}", settings, transformers,
            script, options={"threads": threads, "compiled": "compiled" in name},
        )
        for name, settings, script, threads in (
            ("transformers", attention, "transformers_gpt2.py", None),
            ("transformers", ("small",), "transformers_gpt2.py", 1),
            ("transformers compiled", ("124M",), "transformers_gpt2.py", None),
            ("transformers compiled", ("small",), "transformers_gpt2.py", 1),
            ("PyTorch loop", ("lstm",), "torch_lstm.py", None),
            ("PyTorch loop", ("lstm",), "torch_lstm.py", 1),
        )
    ]  # fmt: skip
    return [*ours, *(hubs if kerashub else []), *(torches if transformers else [])]


# === Running ===


def measure(
    everyone: list[Contestant], rounds: int, seconds: float, only: list[str], reader: str
) -> dict:
    """All rounds, and what came out of them, as it is written to JSON."""
    found = {"machine": machine("numpy"), "versions": {}, "settings": {}, "read": []}
    for round_ in range(1, rounds + 1):
        for name, setting in SETTINGS.items():
            job = {
                "architecture": setting.architecture,
                "shape": setting.shape,
                "batch_sizes": setting.batch_sizes,
                "prompt_length": setting.prompt_length,
                "new_tokens": setting.new_tokens,
                "seconds": seconds,
            }
            chosen = [
                one
                for one in everyone
                if name in one.settings and any(word in f"{name} {one.name}" for word in only)
            ]
            for one in chosen:
                note(f"round {round_} of {rounds}, {name}: {one.name}")
                told = one.run(job)
                found["versions"].setdefault(one.name.split(",")[0], {}).update(told["versions"])
                runs = found["settings"].setdefault(name, {}).setdefault(one.name, [])
                runs.append({"weights": told["weights"], "runs": told["runs"]})
            if name == "124M" and chosen:
                note(f"round {round_} of {rounds}: reading memory")
                job = {"megabytes": 512, "repeats": 3 if rounds == 1 else 10}
                found["read"].append(answer(reader, "read_bandwidth.py", job))
    return found


def answer(interpreter: str, script: str, job: dict, backend: str = "") -> dict:
    """Runs a script in a process of its own; the last line that it prints, read as JSON."""
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    if backend:
        environment["KERAS_BACKEND"] = backend
    process = subprocess.run(
        [interpreter, str(SCRIPTS / script), json.dumps(job)],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if process.returncode:
        raise SystemExit(f"{process.stderr}\n{script} ended with {process.returncode}.")
    return json.loads(process.stdout.splitlines()[-1])


def note(what: str) -> None:
    print(time.strftime("%H:%M:%S"), what, file=sys.stderr, flush=True)


# === What came out ===


def series(found: dict, setting: str, name: str, batch: int, figure: str) -> list[float]:
    """One figure of one contestant, round by round."""
    rounds = found["settings"][setting][name]
    return [run[figure] for told in rounds for run in told["runs"] if run["batch"] == batch]


def fastest(found: dict, setting: str, batch: int, ours: bool) -> str | None:
    """Of ours or of the peers, who makes the most tokens a second, by the median."""
    speeds = {
        name: statistics.median(series(found, setting, name, batch, "tokens/s"))
        for name in found["settings"][setting]
        if name.startswith(OURS) == ours
    }
    return max(speeds, key=speeds.get, default=None)


def times_faster(found: dict, setting: str, batch: int, one: str, other: str) -> dict:
    """By how much `one` is ahead of `other`, each round for itself."""
    speeds = (series(found, setting, name, batch, "tokens/s") for name in (one, other))
    return spread([own / theirs for own, theirs in zip(*speeds, strict=True)])


def show(found: dict) -> str:
    console = Console(width=96, record=True)
    console.print(", ".join(f"{name} {value}" for name, value in found["machine"].items()))
    for name, versions in found["versions"].items():
        versions = ", ".join(f"{package} {version}" for package, version in versions.items())
        console.print(f"{name}: {versions}")
    for setting in found["settings"]:
        show_setting(console, found, setting)
        if setting == "124M":
            show_limit(console, found)
    return printed(console)


def show_setting(console: Console, found: dict, setting: str) -> None:
    columns = ("tokens/s", "range", "first, s", "range")
    table = Table(Column("", no_wrap=True), *columns, title=SETTINGS[setting].title)
    for batch in SETTINGS[setting].batch_sizes:
        table.add_row(f"batch {batch}")
        for name in found["settings"][setting]:
            speed, first = (
                spread(series(found, setting, name, batch, figure))
                for figure in ("tokens/s", "first call, s")
            )
            digits = 0 if speed["median"] >= 1000 else 1
            table.add_row(f"  {name}", *cells(speed, digits), *cells(first, 1))
        table.add_section()
    console.print(table)
    for batch in SETTINGS[setting].batch_sizes:
        ours, peer = (fastest(found, setting, batch, ours) for ours in (True, False))
        if not ours or not peer:
            continue
        others = dict.fromkeys([peer, DEFAULT_PEER])
        compared = [
            "{} ({}) times {}".format(*cells(faster, 1), other)
            for other in others
            if other in found["settings"][setting]
            for faster in [times_faster(found, setting, batch, ours, other)]
        ]
        console.print(f"Batch {batch}: {ours} makes {' and '.join(compared)}.")


def show_limit(console: Console, found: dict) -> None:
    """How near each comes to reading its weights once a token and doing nothing else."""
    read = spread([told["GB/s"] for told in found["read"]])
    ways = ", ".join(sorted({told["way"] for told in found["read"]}))
    console.print(f"Memory is read at {' ('.join(cells(read, 1))}) GB/s ({ways}).")
    table = Table(
        Column("", no_wrap=True),
        "GB a token",
        "limit, tokens/s",
        "share",
        "range",
        title="The share of the limit of memory that is reached",
    )
    for name, rounds in found["settings"]["124M"].items():
        gigabytes = 4 * rounds[0]["weights"] / 1e9
        limits = [told["GB/s"] / gigabytes for told in found["read"]]
        speeds = series(found, "124M", name, 1, "tokens/s")
        shares = spread([speed / limit for speed, limit in zip(speeds, limits, strict=True)])
        limit = cells(spread(limits), 1)[0]
        table.add_row(name, f"{gigabytes:.3f}", limit, *cells(shares, 2))
    console.print(table)


if __name__ == "__main__":
    main()
