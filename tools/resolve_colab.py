"""Checks, without installing, that the package goes in beside the TensorFlow that Colab has.

Colab brings its own TensorFlow, and a plain `pip install` could replace it and lose the GPU.
There a constraints file names the installed TensorFlow and NumPy (never Keras: an older one is
raised). This resolves that form for every supported TensorFlow under every interpreter found:

    python tools/resolve_colab.py

It prints a line for each and exits 1 if one of them resolves to something else, or not at all.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# TensorFlow 2.19 has no wheels for Python 3.13; NumPy 2.0.2, which Colab has, has none either.
TENSORFLOWS = {
    "3.11": ("2.19.0", "2.20.0", "2.21.0"),
    "3.12": ("2.19.0", "2.20.0", "2.21.0"),
    "3.13": ("2.20.0", "2.21.0"),
}
NUMPYS = {"3.11": "2.0.2", "3.12": "2.0.2", "3.13": "2.1.3"}


def problems(resolved: dict[str, str], tensorflow: str, numpy: str) -> list[str]:
    """Says what a resolution got wrong: nothing, if it keeps both pins and fits the rest to them.

    >>> problems({"tensorflow": "2.19.0", "tensorflow-text": "2.21.1", "numpy": "2.0.2"},
    ...          "2.19.0", "2.0.2")
    ['tensorflow-text 2.21.1 is not of the minor version of TensorFlow 2.19.0']
    """
    found = []
    for name, pinned in (("tensorflow", tensorflow), ("numpy", numpy)):
        if resolved.get(name) != pinned:
            found.append(f"{name} is {resolved.get(name)}, pinned was {pinned}")
    text = resolved.get("tensorflow-text", "missing")
    if text.split(".")[:2] != tensorflow.split(".")[:2]:
        found.append(
            f"tensorflow-text {text} is not of the minor version of TensorFlow {tensorflow}"
        )
    return found


def read_report(report: dict) -> dict[str, str]:
    """Returns {normalised name: version} of what `pip install --report` says it would install."""
    packages = (entry["metadata"] for entry in report["install"])
    return {p["name"].lower().replace("_", "-"): p["version"] for p in packages}


def resolve(python: str, tensorflow: str, numpy: str) -> dict[str, str]:
    """Resolves the base package under `python` with both pins; raises CalledProcessError."""
    with tempfile.TemporaryDirectory() as folder:
        constraints, report = Path(folder, "constraints.txt"), Path(folder, "report.json")
        constraints.write_text(f"tensorflow=={tensorflow}\nnumpy=={numpy}\n", encoding="utf-8")
        pip = [sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check"]
        options = ["--quiet", "--dry-run", "--ignore-installed", "--only-binary=:all:"]
        files = ["-c", str(constraints), "--report", str(report), str(ROOT)]
        subprocess.run(
            [*pip, "install", *options, *files],
            check=True,
            capture_output=True,
            text=True,
        )
        return read_report(json.loads(report.read_text(encoding="utf-8")))


def interpreters() -> dict[str, str]:
    """Returns {"3.12": its path} for every supported Python here that really runs."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    found = {}
    for version in TENSORFLOWS:
        # A pyenv shim can exist and fail, hence the second place and the trial run.
        candidates = [f"python{version}", *map(str, pyenv.glob(f"{version}.*/bin/python"))]
        for python in candidates:
            probe = "import sys; print(sys.executable, *sys.version_info[:2])"
            try:
                ran = subprocess.run([python, "-c", probe], capture_output=True, text=True)
            except OSError:
                continue
            if ran.returncode == 0 and ran.stdout.split()[1:] == version.split("."):
                found[version] = ran.stdout.split()[0]
                break
    return found


def main() -> int:
    """Resolves every pair found; returns the exit status."""
    found = interpreters()
    failures = 0
    for version, tensorflows in TENSORFLOWS.items():
        if version not in found:
            print(f"Python {version}: not on this machine, not checked", flush=True)
            continue
        for tensorflow in tensorflows:
            start = time.monotonic()
            try:
                resolved = resolve(found[version], tensorflow, NUMPYS[version])
                wrong = problems(resolved, tensorflow, NUMPYS[version])
            except subprocess.CalledProcessError as error:
                resolved, wrong = {}, [line for line in error.stderr.splitlines() if "ERR" in line]
            failures += bool(wrong)
            names = ("tensorflow-text", "keras", "numpy", "gensim", "scipy")
            brought = ", ".join(f"{name} {resolved[name]}" for name in names if name in resolved)
            print(
                f"Python {version}, TensorFlow {tensorflow}: {'; '.join(wrong) or brought}"
                f" ({time.monotonic() - start:.0f} s)",
                flush=True,
            )
    if not found:
        print("None of Python 3.11, 3.12 and 3.13 was found", file=sys.stderr)
    return 1 if failures or not found else 0


if __name__ == "__main__":
    sys.exit(main())
