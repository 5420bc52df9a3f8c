"""What the benchmarks share: figures with their spread, watched processes, tables in a page."""

import contextlib
import os
import pathlib
import platform
import re
import statistics
import sys
import time
from importlib import metadata

import psutil
from rich.console import Console

PLACE = r"(<!-- {0} -->\n).*?(<!-- /{0} -->)"


def spread(values: list[float]) -> dict:
    return {"median": statistics.median(values), "least": min(values), "most": max(values)}


def cells(figure: dict, digits: int) -> tuple[str, str]:
    """A median and its range, for two columns of a table."""
    return (
        f"{figure['median']:.{digits}f}",
        f"{figure['least']:.{digits}f} to {figure['most']:.{digits}f}",
    )


def watched(module: str, arguments: list[str]) -> dict:
    """`python -m module` in a process of its own, its seconds and its peak memory."""
    started, peak = time.perf_counter(), 0
    process = psutil.Popen([sys.executable, "-m", module, *arguments])
    while process.poll() is None:
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            peak = max(peak, process.memory_info().rss)
        time.sleep(0.05)
    if process.returncode:
        raise SystemExit(f"{module} {' '.join(arguments)} ended with {process.returncode}.")
    return {"seconds": time.perf_counter() - started, "peak memory, GiB": peak / 2**30}


def machine(*packages: str) -> dict:
    return {
        "cores": os.cpu_count(),
        "memory, GiB": round(psutil.virtual_memory().total / 2**30, 1),
        "processor": platform.processor() or platform.machine(),
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in packages},
    }


def printed(console: Console) -> str:
    """What a console that records has printed, as a block for a page."""
    lines = (line.rstrip() for line in console.export_text().splitlines())
    return "```text\n" + "".join(f"{line}\n" for line in lines) + "```\n"


def paste(page: pathlib.Path, shown: str, name: str = "benchmark") -> None:
    """Replaces what stands between the markers of a page that have this name."""
    text = page.read_text(encoding="utf-8")
    place = re.compile(PLACE.format(re.escape(name)), re.DOTALL)
    if not place.search(text):
        raise SystemExit(f"{page} has no place; write <!-- {name} --> and <!-- /{name} --> there.")
    page.write_text(place.sub(lambda match: match[1] + shown + match[2], text), encoding="utf-8")
