"""The lowest versions that pyproject.toml allows, as pip takes them: `make floors` installs these.

python tools/floors.py > floors.txt
"""

import re
import tomllib
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1] / "pyproject.toml"


def floors(project: dict) -> list[str]:
    """`name==lowest` for each dependency, and for each that the tests need besides.

    >>> floors({"dependencies": ["numpy>=1.26,<3; python_version > '3'"]})
    ["numpy==1.26; python_version > '3'"]
    """
    lines = [*project["dependencies"], *project.get("optional-dependencies", {}).get("test", [])]
    return [re.sub(r">=([\d.]+)[^;]*", r"==\1", line) for line in lines]


if __name__ == "__main__":
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    print("\n".join(floors(project)))
