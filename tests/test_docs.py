"""The pages in docs: code that runs and prints what it says, links that lead somewhere."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
FILES = [
    "/" + path.relative_to(ROOT).as_posix()
    for folder in ("benchmarks", "glove", "mlm_tf", "tests", "tools")
    for path in (ROOT / folder).rglob("*.py")
]
PAGES = {page.name: page.read_text(encoding="utf-8") for page in sorted(DOCS.glob("*.md"))}
EXAMPLES = [
    (name, block)
    for name, page in PAGES.items()
    for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL)
]


@pytest.mark.parametrize(("name", "example"), EXAMPLES, ids=[name for name, _ in EXAMPLES])
def test_the_examples_run_and_print_what_they_say(name, example, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    exec(compile(example, name, "exec"), {"__name__": name})
    printed = capsys.readouterr().out.splitlines()
    for said in re.findall(r"^print\(.*\)  # ([(\[{'\d].*)$", example, re.MULTILINE):
        assert said in printed


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_to_a_file(name):
    targets = re.findall(r"\]\(([^)#:]+)\)", PAGES[name])
    assert not [target for target in targets if not (DOCS / target).exists()]


@pytest.mark.parametrize("name", PAGES)
def test_every_file_of_python_that_a_page_names_is_there(name):
    prose = re.sub(r"```.*?```", "", PAGES[name], flags=re.DOTALL)
    named = set(re.findall(r"[\w/]+\.py\b", prose))
    assert not [file for file in named if not any(path.endswith("/" + file) for path in FILES)]


def test_the_pages_of_models_and_generation_have_examples():
    assert {"models.md", "generation.md"} <= {name for name, _ in EXAMPLES}
