"""Write the notebooks of the course: one source a page, two languages, the same code and outputs.

    python tools/course.py [PAGE ...]       run the pages, all by default, and write their notebooks
    python tools/course.py --prose [PAGE]   the same with the outputs as they are, of the same code
    python tools/course.py --stale          name the pages whose notebooks are of older code

A source, `notebooks/source/NN_name.py`, is a script in Jupytext's percent format. A cell of prose
has the tag `en` or `zh`, each English one followed by its Chinese; a cell of code has none. The
badge, the way to the other language and the setup cell are added here.
"""

import argparse
import asyncio
import hashlib
import os
import re
import signal
import sys
import tempfile
import time
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"
SOURCES = NOTEBOOKS / "source"
LANGUAGES = {"en": NOTEBOOKS, "zh": NOTEBOOKS / "zh"}
REPOSITORY = "OWNER/mlm_tf"  # on GitHub, for the badges
SETUP_FOLDED = {"cellView": "form", "jupyter": {"source_hidden": True}}
BADGE = (
    "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
    "(https://colab.research.google.com/github/{repository}/blob/main/{path})"
)
SWITCH = {"en": "[中文]({path})", "zh": "[English]({path})"}
SECONDS_A_CELL = 600
# Jupytext would make a command of a comment that begins as one does: "# cat sat on the mat".
PERCENT = {"extension": ".py", "format_name": "percent", "comment_magics": False}
MAGIC = re.compile(r"^# (?=[%!][a-z])", re.MULTILINE)


def sources() -> list[Path]:
    """The pages, in order: those with a number, then the questions."""
    return [*sorted(SOURCES.glob("[0-9][0-9]_*.py")), *SOURCES.glob("faq.py")]


def page_of(source: Path) -> str:
    """The page that its exercises are numbered by: `"05"`, or `"faq"`."""
    return source.stem.partition("_")[0]


def notebook_path(source: Path, language: str) -> Path:
    return LANGUAGES[language] / f"{source.stem}.ipynb"


def cells_of(source: Path) -> list:
    """The cells of a source, the setup cell after the first prose.

    Raises:
        ValueError: for prose without a language, or whose languages do not take turns, and for a
            page that does not begin with prose.
    """
    text = source.read_text(encoding="utf-8-sig")  # some editors begin a file with a mark
    cells = jupytext.reads(text, PERCENT).cells
    expected = "en"
    for cell in cells:
        if cell.cell_type == "code":
            cell.source = MAGIC.sub("", cell.source)
            if expected != "en":
                raise ValueError(f"{source.name}: no Chinese before {cell.source[:60]!r}")
            continue
        tags = cell.metadata.get("tags", [])
        if tags != [expected]:
            raise ValueError(
                f"{source.name}: prose with tags {tags}, where {expected!r} has its turn: "
                f"{cell.source[:60]!r}"
            )
        expected = "zh" if expected == "en" else "en"
    if expected != "en":
        raise ValueError(f"{source.name}: no Chinese at its end")
    if [cell.cell_type for cell in cells[:2]] != ["markdown", "markdown"]:
        raise ValueError(f"{source.name}: it begins with no prose, whose title heads the page")
    setup = nbformat.v4.new_code_cell(
        (SOURCES / "setup_cell.py").read_text(encoding="utf-8").rstrip(),
        metadata=nbformat.from_dict(SETUP_FOLDED),
    )
    return [*cells[:2], setup, *cells[2:]]


def code_of(cells) -> list:
    """The cells of code among others."""
    return [cell for cell in cells if cell.cell_type == "code"]


def code_hash(cells) -> str:
    """What a notebook is stamped with: another code, another stamp."""
    return hashlib.sha256(
        "\n# %%\n".join(cell.source for cell in code_of(cells)).encode()
    ).hexdigest()[:16]


def run(cells, name: str) -> list:
    """The cells of code as they ran, in a fresh kernel of this interpreter, in an empty folder."""
    started = time.perf_counter()
    notebook = nbformat.v4.new_notebook(cells=code_of(cells))
    os.environ["PYTHONPATH"] = str(ROOT)
    os.environ["JUPYTER_PATH"] = str(Path(sys.prefix, "share", "jupyter"))
    with tempfile.TemporaryDirectory() as folder:
        NotebookClient(
            notebook,
            kernel_name="python3",
            timeout=SECONDS_A_CELL,
            record_timing=False,
            resources={"metadata": {"path": folder}},
            shutdown_kernel="immediate",  # asked politely, it complains of Ctrl-C on its way out
            on_cell_start=_leave_ctrl_c_to_python,
        ).execute()
    for cell in notebook.cells:
        cell.outputs = joined(cell.outputs)
    print(f"{name}: {len(notebook.cells)} cells of code in {time.perf_counter() - started:.0f} s")
    return notebook.cells


def _leave_ctrl_c_to_python(**_) -> None:
    """nbclient makes of it a kernel that died for no reason; it ends the kernel on leaving too."""
    if sys.platform != "win32":
        asyncio.get_running_loop().remove_signal_handler(signal.SIGINT)


def joined(outputs: list) -> list:
    """Outputs with what was printed in one piece: how a kernel happens to cut it is no matter."""
    pieces = []
    for output in outputs:
        before = pieces[-1] if pieces else None
        if before and output.output_type == before.output_type == "stream":
            before.text += output.text
        else:
            pieces.append(output)
    return pieces


def notebook_of(cells, ran, source: Path, language: str) -> nbformat.NotebookNode:
    """The page in one language, with the outputs of the cells that ran."""
    ran = iter(ran)
    page = [
        next(ran) if cell.cell_type == "code" else nbformat.v4.new_markdown_cell(cell.source)
        for cell in cells
        if cell.cell_type == "code" or language in cell.metadata["tags"]
    ]
    other = "zh" if language == "en" else "en"
    links = [
        BADGE.format(repository=REPOSITORY, path=notebook_path(source, language).relative_to(ROOT)),
        SWITCH[language].format(
            path=os.path.relpath(notebook_path(source, other), LANGUAGES[language])
        ),
    ]
    title, _, rest = page[0].source.partition("\n")
    page[0].source = f"{title}\n\n{' · '.join(links)}\n{rest}"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.from_dict(cell) for cell in page])
    for index, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{index}"
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            "mlm_tf": {"code": code_hash(cells), "language": language},
        }
    )
    return notebook


def is_stale(source: Path) -> bool:
    """Whether a notebook of the page is missing, or is of other code or prose than its source."""
    cells = cells_of(source)
    for language in LANGUAGES:
        path = notebook_path(source, language)
        if not path.exists():
            return True
        found = nbformat.read(path, as_version=4)
        if found.metadata.get("mlm_tf", {}).get("code") != code_hash(cells):
            return True
        expected = notebook_of(cells, code_of(cells), source, language)
        if [cell.source for cell in found.cells] != [cell.source for cell in expected.cells]:
            return True
    return False


def ran_before(cells, source: Path) -> list:
    """The cells of code with the outputs that stand in the notebook.

    Raises:
        ValueError: the notebook is of other code.
    """
    found = nbformat.read(notebook_path(source, "en"), as_version=4)
    if found.metadata.get("mlm_tf", {}).get("code") != code_hash(cells):
        raise ValueError(f"{source.name}: its code has changed since it ran; leave out --prose.")
    return code_of(found.cells)


def write(source: Path, prose_alone: bool = False) -> None:
    """Run a page, or take its outputs as they are, and write it in both languages."""
    cells = cells_of(source)
    ran = ran_before(cells, source) if prose_alone else run(cells, source.stem)
    for language in LANGUAGES:
        path = notebook_path(source, language)
        path.parent.mkdir(exist_ok=True)
        beside = path.with_suffix(".partial")
        nbformat.write(notebook_of(cells, ran, source, language), beside)
        os.replace(beside, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("pages", nargs="*", metavar="PAGE", help="as 05 or faq; by default all")
    parser.add_argument("--stale", action="store_true", help="name stale pages and run none")
    parser.add_argument("--prose", action="store_true", help="keep outputs, where code is the same")
    arguments = parser.parse_args()
    names = [page_of(source) for source in sources()]
    for page in arguments.pages:
        if page not in names:
            parser.error(f"no page {page!r}; use one of {', '.join(names)}")
    pages = [s for s in sources() if not arguments.pages or page_of(s) in arguments.pages]
    if arguments.stale:
        stale = [source.stem for source in pages if is_stale(source)]
        print("\n".join(stale))
        sys.exit(bool(stale))
    for source in pages:
        try:
            write(source, arguments.prose)
        except KeyboardInterrupt:
            print(f"Ctrl-C in {source.stem}, whose notebooks are as they were.", file=sys.stderr)
            sys.exit(130)


if __name__ == "__main__":
    main()
