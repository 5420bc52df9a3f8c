"""Every notebook of the course runs from top to bottom and was committed as it ran."""

import html
import os
import shutil
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted(ROOT.glob("notebooks/**/*.ipynb"))
IDS = [str(path.relative_to(ROOT / "notebooks")) for path in NOTEBOOKS]


def code_cells(path: Path) -> list[nbformat.NotebookNode]:
    notebook = nbformat.read(path, as_version=4)
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_the_course_is_there():
    assert NOTEBOOKS


# The code of both languages is the same; what the pages 04 to 08 are about runs on JAX too.
ON_JAX = ("04", "05", "06", "07", "08")
ONCE = [
    path
    for path in NOTEBOOKS
    if path.parent.name != "zh"
    and (os.environ["KERAS_BACKEND"] != "jax" or path.name.startswith(ON_JAX))
]
# Two run at once: the longest come first, so that none of them runs alone at the end.
LONGEST = ("14", "faq", "07", "15", "16", "06", "11", "08")
ONCE.sort(key=lambda path: [not path.name.startswith(number) for number in LONGEST])


@pytest.mark.slow
@pytest.mark.parametrize("path", ONCE, ids=lambda path: path.name)
def test_a_notebook_runs_without_an_error(path, tmp_path, monkeypatch):
    """In a fresh kernel of this interpreter, on the backend of these tests, in a folder of its own.

    `make test-pages` runs them on TensorFlow and on JAX.
    """
    monkeypatch.delenv("XLA_FLAGS", raising=False)  # as a reader runs it
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    # First of all, so that a kernel of the same name from another environment stays out.
    monkeypatch.setenv("JUPYTER_PATH", str(Path(sys.prefix, "share", "jupyter")))
    copy = tmp_path / path.name
    shutil.copy(path, copy)
    client = NotebookClient(
        nbformat.read(copy, as_version=4),
        kernel_name="python3",
        timeout=300,
        resources={"metadata": {"path": str(tmp_path)}},
    )
    client.execute()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=IDS)
def test_a_notebook_is_committed_with_its_outputs(path):
    """Cells count 1, 2, 3 …: one fresh run in order; something was shown, and no error."""
    cells = code_cells(path)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell.outputs]
    assert outputs
    assert not [output for output in outputs if output.output_type == "error"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=IDS)
def test_a_notebook_names_no_folder_of_the_machine_it_ran_on(path):
    text = path.read_text(encoding="utf-8")
    assert not [mark for mark in ("/home/", "/root/", "/tmp/", "/Users/", "/work/") if mark in text]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=IDS)
def test_a_notebook_shows_only_what_its_cells_print(path):
    """No start-up lines of TensorFlow, no warnings, no progress bars."""
    streams = [o for cell in code_cells(path) for o in cell.outputs if o.output_type == "stream"]
    assert {stream.name for stream in streams} <= {"stdout"}
    text = "".join(stream.text for stream in streams)
    noise = ("I0000", "W0000", "E0000", "oneDNN", "WARNING", "Warning:", "\r", "\x1b", "━")
    assert not [mark for mark in noise if mark in text]


def pages_of_viz() -> list[tuple[Path, str]]:
    """The HTML documents of `mlm_tf.viz` among the outputs, each with its notebook."""
    return [
        (path, html.unescape(output.data["text/html"]))
        for path in NOTEBOOKS
        for cell in code_cells(path)
        for output in cell.outputs
        if "<iframe" in output.get("data", {}).get("text/html", "")
    ]


def test_a_page_of_viz_was_committed_with_the_scripts_that_the_package_has():
    """They stand in the output and not in the code, whose hash would not tell."""
    folder = ROOT / "mlm_tf" / "viz" / "pages"
    parts = {path.name: path.read_text(encoding="utf-8").strip() for path in folder.iterdir()}
    pages = pages_of_viz()
    assert len(pages) == 4  # 05 and 08, in both languages
    for path, page in pages:
        kind = "attention" if path.name.startswith("05") else "generation"
        for name in ("page.css", f"{kind}.html", "common.js", f"{kind}.js"):
            assert parts[name] in page, f"{name} has changed since {path.name} ran"
