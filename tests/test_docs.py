"""The pages in docs: code that runs and prints what it says, links that lead somewhere."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[1] / "docs"
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


def test_the_pages_of_models_and_generation_have_examples():
    assert {"models.md", "generation.md"} <= {name for name, _ in EXAMPLES}
