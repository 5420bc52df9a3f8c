"""Runs `mlm-tf demo` in each language, pastes what it printed into the README of that language, and
its learning curves beside them.

    .venv/bin/python tools/update_readme.py

The figures there are then those of one real run of the code as it stands, which has to be
committed first; the page says of which machine.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = {"README.md": "en_US.UTF-8", "README.zh-CN.md": "zh_CN.UTF-8"}
PLACE = re.compile(r"(<!-- demo -->\n).*?(<!-- /demo -->)", re.DOTALL)


def paste(page: str, printed: str) -> str:
    r"""The page with what was printed between the two marks.

    >>> paste("a\n<!-- demo -->\nold\n<!-- /demo -->\nb\n", "new \n")
    'a\n<!-- demo -->\n```text\nnew\n```\n<!-- /demo -->\nb\n'
    """
    block = "\n".join(line.rstrip() for line in printed.rstrip().splitlines())
    pasted, count = PLACE.subn(lambda match: f"{match[1]}```text\n{block}\n```\n{match[2]}", page)
    if count != 1:
        raise ValueError(f"The page has {count} places between <!-- demo --> and <!-- /demo -->.")
    return pasted


def main() -> None:
    for name, locale in PAGES.items():
        page = ROOT / name
        printed = run_demo(locale)
        page.write_text(paste(page.read_text(encoding="utf-8"), printed), encoding="utf-8")
        print(printed)


def run_demo(locale: str) -> str:
    """What the demo prints there, as a person in the clone would see it."""
    command = Path(sys.executable).with_name("mlm-tf")
    with tempfile.TemporaryDirectory() as folder:
        printed = subprocess.run(
            [str(command), "demo"],
            cwd=folder,
            env={**os.environ, "COLUMNS": "88", "LC_ALL": locale},
            stdout=subprocess.PIPE,
            check=True,
            encoding="utf-8",
        ).stdout
        picture = Path(folder, "runs", "demo", "learning_curves.png")
        shutil.copy(picture, ROOT / "docs" / "learning_curves.png")
    printed = printed.replace(str(command), ".venv/bin/mlm-tf")
    return printed.replace(str(command.with_name("jupyter")), ".venv/bin/jupyter")


if __name__ == "__main__":
    main()
