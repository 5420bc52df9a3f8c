r"""Recipes compared on one task: the loss that the same number of updates reaches.

    pip install -e ".[bench]"
    python -m benchmarks.recipes --page docs/training.md --json recipes.json

Every training is a process of its own, one at a time, and seeds go through all recipes in turn. A
seed draws the windows and the first weights, and both are the same for all recipes. `KERAS_BACKEND`
names the backend. `--quick` makes few updates of one seed, to see that it runs. What a recipe costs
in time is a question for `benchmarks.training`, which alternates.
"""

import argparse
import json
import os
import pathlib
import statistics

from rich.console import Console
from rich.table import Column, Table

from benchmarks.measuring import paste, printed
from benchmarks.training import OURS, Contestant, measure

UPDATES, SEEDS = 600, 3
FIRST = "Muon, cosine"  # what all others are compared with
RECIPES = {  # what differs from `Recipe()`, which lets this model be trained by Muon
    "AdamW, cosine": {"optimizer": "adamw"},
    FIRST: {},
    "Muon, warmup-stable-decay": {"schedule": "warmup_stable_decay"},
    "Muon, constant rate": {"schedule": "constant"},
    "... and average of weights, 0.99": {"schedule": "constant", "ema_momentum": 0.99},
    "average of weights, 0.99": {"ema_momentum": 0.99},
    "no clipping": {"global_clipnorm": None},
    "no weight decay": {"weight_decay": 0.0},
    "weight decay 0.1": {"weight_decay": 0.1},
    "2 batches of 6 an update": {"accumulation_steps": 2},
    "label smoothing 0.1": {"label_smoothing": 0.1},
    "bfloat16": {"precision": "mixed_bfloat16"},
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=SEEDS, help="how many (3)")
    parser.add_argument("--quick", action="store_true", help="few updates of one seed")
    parser.add_argument(
        "--only", nargs="+", default=[""], metavar="WORD",
        help="those alone whose names hold one of these words",
    )  # fmt: skip
    parser.add_argument("--json", type=pathlib.Path, help="where to write the figures as JSON")
    parser.add_argument("--page", type=pathlib.Path, help="a page to paste the table into")
    options = parser.parse_args()
    chosen = [one for one in contestants() if any(word in one.name for word in options.only)]
    found = measure(chosen, 1 if options.quick else options.seeds, options.quick, None)
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    shown = show(found)
    if options.page:
        paste(options.page, shown, "recipes")


def contestants() -> list[Contestant]:
    """The model of `benchmarks.training` and its windows, with each recipe."""
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    job = OURS | {"steps": UPDATES}
    return [
        Contestant("recipes", name, "mlm_tf_recipe.py", job | {"recipe": recipe}, backend)
        for name, recipe in RECIPES.items()
    ]


def show(found: dict) -> str:
    """The table, of which the differences are those of single seeds."""
    console = Console(width=100, record=True)
    console.print(", ".join(f"{name} {value}" for name, value in found["machine"].items()))
    [versions, *_] = found["versions"].values()
    console.print(", ".join(f"{name} {version}" for name, version in versions.items()))
    runs = found["parts"]["recipes"]
    columns = [Column("", no_wrap=True), "loss", "range", f"more than {FIRST}"]
    table = Table(*columns, title="Tiny Shakespeare: loss over the whole last tenth, mean of seeds")
    for name, ours in runs.items():
        losses = [run["loss"] for run in ours]
        table.add_row(
            name,
            f"{statistics.mean(losses):.3f}",
            between(losses, ".3f"),
            between(differences(losses, runs), "+.3f"),
        )
    console.print(table)
    return printed(console)


def differences(losses: list[float], runs: dict) -> list[float]:
    """From those of the first recipe, seed by seed."""
    firsts = [run["loss"] for run in runs.get(FIRST, ())]
    return [loss - first for loss, first in zip(losses, firsts, strict=False)]


def between(values: list[float], digits: str) -> str:
    return f"{min(values):{digits}} to {max(values):{digits}}" if values else ""


if __name__ == "__main__":
    main()
