"""The tables of docs/applications.md: what every application makes of its data, beside baselines.

    python -m benchmarks.applications                         all, in their quick form
    python -m benchmarks.applications topics --full           one, in full
    python -m benchmarks.applications sentiment --full --corpus movie-reviews
    python -m benchmarks.applications --folder tables         where tables are kept as JSON

Each is `mlm-tf task NAME --quick` in a process of its own, as a reader would call it, with its
seconds and its peak memory. The blocks of the applications that were run are replaced in the page;
the others stay as they are. About 10 minutes on two quiet cores.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys

from benchmarks.measuring import machine, watched
from mlm_tf.tasks import ResultTable, applications

ROOT = pathlib.Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "applications.md"
BLOCK = "(<!-- table: {} -->\n).*?(<!-- /table -->)"


def main() -> None:
    names = tuple(applications())
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", nargs="*", help=f"of {', '.join(names)}; all, if none is given")
    parser.add_argument("--full", action="store_true", help="the full form, for a GPU")
    parser.add_argument("--corpus", help="what the table of one application is measured on")
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / "build" / "tables")
    arguments = parser.parse_args()
    for name in arguments.name or names:
        if name not in names:
            parser.error(f"{name!r} is no application; use {', '.join(names)}")
    if arguments.corpus and len(arguments.name) != 1:
        parser.error("--corpus is of one application; name it")
    arguments.folder.mkdir(parents=True, exist_ok=True)
    where = of_the_machine()  # before the page differs from its commit
    for name in arguments.name or names:
        options = [] if arguments.full else ["--quick"]
        options += ["--corpus", arguments.corpus] if arguments.corpus else []
        block = measured(name, options, arguments.folder, where)
        place = f"{name} {arguments.corpus}" if arguments.corpus else name
        PAGE.write_text(replaced(PAGE.read_text(encoding="utf-8"), place, block), encoding="utf-8")


def measured(name: str, options: list[str], folder: pathlib.Path, where: str) -> str:
    """The table of an application as Markdown, below the command that made it."""
    path = folder / f"{'.'.join([name, *options])}.json"
    command = ["task", name, *options]
    took = watched("mlm_tf.cli", [*command, "--save", str(path), "--overwrite"])
    table = ResultTable.from_json(path.read_text(encoding="utf-8"))
    return (
        f"`mlm-tf {' '.join(command)}`: {took['seconds']:.0f} s, "
        f"{took['peak memory, GiB']:.1f} GiB, {where}.\n\n{table.to_markdown()}\n"
    )


def of_the_machine() -> str:
    """Cores, versions and commit, in a line."""
    found = machine("tensorflow", "keras")
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--exclude=*"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    return (
        f"{found['cores']} cores ({found['processor']}), Python {found['python']}, Keras "
        f"{found['keras']} on {backend}, commit {commit}"
    )


def replaced(page: str, name: str, block: str) -> str:
    """A page with another block of an application."""
    pattern = re.compile(BLOCK.format(re.escape(name)), re.DOTALL)
    if not pattern.search(page):
        sys.exit(f"{PAGE.name} has no place for {name}; write <!-- table: {name} --> there.")
    return pattern.sub(lambda match: match[1] + block + match[2], page)


if __name__ == "__main__":
    main()
