"""Every page stands in two languages, of one source, with the outputs of the code that it shows."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

from mlm_tf.course.exercises import exercises_of
from tools import course

SOURCES = course.sources()
IDS = [source.stem for source in SOURCES]
LINE = re.compile(r"^(#+) ", re.MULTILINE)


def page(source: Path, language: str):
    return nbformat.read(course.notebook_path(source, language), as_version=4)


def prose(notebook) -> str:
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def test_there_are_pages():
    assert SOURCES


@pytest.mark.parametrize("source", SOURCES, ids=IDS)
def test_notebooks_are_of_their_source(source):
    assert not course.is_stale(source), f"run: python tools/course.py {course.page_of(source)}"


@pytest.mark.parametrize("source", SOURCES, ids=IDS)
def test_both_languages_have_the_same_code_outputs_headings_and_exercises(source):
    english, chinese = page(source, "en"), page(source, "zh")
    assert course.code_of(english.cells) == course.code_of(chinese.cells)
    assert LINE.findall(prose(english)) == LINE.findall(prose(chinese))
    number = re.compile(rf"\*\*({course.page_of(source)}\.\d+)\*\*")
    assert number.findall(prose(english)) == number.findall(prose(chinese))
    assert number.findall(prose(english)) == exercises_of(course.page_of(source))


@pytest.mark.parametrize("source", SOURCES, ids=IDS)
def test_an_exercise_is_checked_once_and_committed_unanswered(source):
    notebook = page(source, "en")
    cells = course.code_of(notebook.cells)
    checked = re.findall(r'course\.check\("(\w+\.\d+)"', "\n".join(cell.source for cell in cells))
    assert checked == exercises_of(course.page_of(source))
    printed = "".join(o.text for cell in cells for o in cell.outputs if "text" in o)
    assert printed.count("not answered yet") == len(checked)


@pytest.mark.parametrize("source", SOURCES, ids=IDS)
def test_chinese_prose_has_no_break_or_half_width_mark_between_han_characters(source):
    text = re.sub(r"\$[^$]*\$|`[^`]*`", "", prose(page(source, "zh")))
    assert not re.findall(r"[一-鿿]\n[一-鿿]", text)
    assert not re.findall(r"[一-鿿][,;:?!][一-鿿 ]", text)


def test_a_page_whose_code_has_changed_is_found(tmp_path, monkeypatch):
    source = tmp_path / "source" / SOURCES[0].name
    source.parent.mkdir()
    monkeypatch.setattr(course, "SOURCES", source.parent)
    (source.parent / "setup_cell.py").write_text(
        (SOURCES[0].parent / "setup_cell.py").read_text(encoding="utf-8"), encoding="utf-8"
    )
    text = SOURCES[0].read_text(encoding="utf-8")
    source.write_text(text, encoding="utf-8")
    assert not course.is_stale(source)
    source.write_text(f"{text}\n# %%\none_cell_more = 1\n", encoding="utf-8")
    assert course.is_stale(source)


PAGE = '# %% [markdown] tags=["en"]\n# # one\n# %% [markdown] tags=["zh"]\n# # 一\n# %%\nx = 2\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('# %% [markdown] tags=["zh"]\n# 一\n', "'en' has its turn"),
        ('# %% [markdown] tags=["en"]\n# one\n# %%\n1\n', "no Chinese before '1'"),
        ("# %% [markdown]\n# one\n", r"tags \[\]"),
        (f'{PAGE}# %% [markdown] tags=["en"]\n# tail\n', "no Chinese at its end"),
        (f"# %%\n1\n{PAGE}", "begins with no prose"),
        ("", "begins with no prose"),
    ],
)
def test_a_source_that_lacks_a_language_is_refused(tmp_path, text, message):
    (tmp_path / "00_x.py").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        course.cells_of(tmp_path / "00_x.py")


def test_prose_alone_is_written_around_the_outputs_of_the_same_code(tmp_path, monkeypatch):
    source = tmp_path / "source" / "05_page.py"
    source.parent.mkdir()
    (source.parent / "setup_cell.py").write_text("1\n", encoding="utf-8")
    monkeypatch.setattr(course, "ROOT", tmp_path)
    monkeypatch.setattr(course, "SOURCES", source.parent)
    monkeypatch.setattr(course, "LANGUAGES", {"en": tmp_path, "zh": tmp_path / "zh"})
    text = PAGE
    source.write_text(text, encoding="utf-8")
    monkeypatch.setattr(course, "run", lambda cells, name: course.code_of(cells))
    course.write(source)
    monkeypatch.setattr(course, "run", None)
    source.write_text(text.replace("# one", "# two"), encoding="utf-8")
    course.write(source, prose_alone=True)
    assert "# two" in prose(page(source, "en")) and not course.is_stale(source)
    source.write_text(text.replace("x = 2", "x = 3"), encoding="utf-8")
    with pytest.raises(ValueError, match="leave out --prose"):
        course.write(source, prose_alone=True)


def test_a_source_may_begin_with_a_byte_order_mark(tmp_path):
    for encoding in ("utf-8", "utf-8-sig"):
        (tmp_path / f"{encoding}.py").write_text(PAGE, encoding=encoding)
    plain, marked = (course.cells_of(tmp_path / f"{name}.py") for name in ("utf-8", "utf-8-sig"))
    assert [cell.source for cell in marked] == [cell.source for cell in plain]


def test_a_comment_stays_one_though_it_begins_as_a_command_does(tmp_path):
    code = "# %matplotlib inline\n# cat sat on the mat\n# rm is a word\n# ?\nx = 1"
    (tmp_path / "page.py").write_text(PAGE.replace("x = 2", code), encoding="utf-8")
    expected = code.replace("# %", "%")
    assert [c.source for c in course.code_of(course.cells_of(tmp_path / "page.py"))][1] == expected


LONG = (
    PAGE
    + """
# %%
import os, pathlib, time
pathlib.Path({path!r}).write_text(str(os.getpid()))
time.sleep(600)
"""
)


def test_ctrl_c_is_one_line_and_leaves_no_kernel(tmp_path):
    """From outside, while a cell runs."""
    (tmp_path / "05_page.py").write_text(LONG.format(path=str(tmp_path / "pid")), encoding="utf-8")
    (tmp_path / "setup_cell.py").write_text("1\n", encoding="utf-8")
    program = (
        "import pathlib, sys; from tools import course; "
        f"course.SOURCES = pathlib.Path({str(tmp_path)!r}); sys.argv[1:] = []; course.main()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], cwd=course.ROOT, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 120
    try:
        while not (tmp_path / "pid").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130
    assert "Traceback" not in error
    assert error.splitlines()[-1] == "Ctrl-C in 05_page, whose notebooks are as they were."
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_a_page_that_there_is_not_is_refused(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["course.py", "--stale", "05", "5"])
    with pytest.raises(SystemExit) as ended:
        course.main()
    assert ended.value.code == 2
    assert "no page '5'; use one of 00, 01, " in capsys.readouterr().err


def test_what_a_cell_prints_stands_in_one_piece():
    stream, picture = nbformat.v4.new_output("stream", text="a\n"), nbformat.v4.new_output("error")
    outputs = [stream, nbformat.v4.new_output("stream", text="b\n"), picture]
    assert [o.get("text") for o in course.joined([*outputs, *outputs[:1]])] == [
        "a\nb\n",
        None,
        "a\nb\n",
    ]
