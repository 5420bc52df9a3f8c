"""Writes requirements.txt from a new environment, in which it runs: `make lock` calls it."""

import subprocess
import sys
from pathlib import Path

HEADER = """\
# The exact set the tests last passed with: mlm_tf[test,notebooks,docs] resolved on Python 3.11, the
# oldest supported one (a set frozen on 3.12 need not install there). `make` installs it.
# Made by `make lock`; do not edit by hand: change pyproject.toml and run that again.
"""


def main() -> None:
    if sys.version_info[:2] != (3, 11):
        sys.exit(f"The lock is resolved on Python 3.11, not {sys.version.split()[0]}.")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "-qq", "--editable", ".[test,notebooks,docs]"], check=True)
    # `pip list`, since `pip freeze` can write the path of a local file in place of a version.
    without = ["--exclude-editable", "--exclude=pip", "--exclude=setuptools"]
    frozen = subprocess.run(
        [*pip, "list", "--format=freeze", *without],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    Path("requirements.txt").write_text(HEADER + frozen, encoding="utf-8")
    print(f"requirements.txt: {len(frozen.splitlines())} packages")


if __name__ == "__main__":
    main()
