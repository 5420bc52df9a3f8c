"""The two READMEs: the same content, code that runs, links that lead somewhere."""

import re
from pathlib import Path

import pytest

from mlm_tf.cli import demo

ROOT = Path(__file__).resolve().parents[1]
PAGES = {
    name: (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md")
}
ENGLISH, CHINESE = PAGES.values()


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)


def uncommented(code: str) -> str:
    """Code without its comments, which each page has in its own language."""
    return re.sub(r"\s+# [^']*$|^# .*\n", "", code, flags=re.MULTILINE)


@pytest.mark.parametrize("language", ["bash", "python"])
def test_both_pages_show_the_same_commands_and_code(language):
    english, chinese = blocks(ENGLISH, language), blocks(CHINESE, language)
    assert list(map(uncommented, english)) == list(map(uncommented, chinese)) != []


def test_the_demo_wrote_the_same_in_both_languages():
    """The perplexities of the tables; the sentences beside them are in the page's language."""
    figures = r"\d[\d,]*\.\d +[\d,]+\.\d +[\d,]{3,}|\d+\.\d%"
    found = [[f.split() for f in re.findall(figures, page)] for page in PAGES.values()]
    assert found[0] == found[1] != []
    assert "困惑度" in blocks(CHINESE, "text")[0]


def test_chinese_comments_and_no_break_within_a_paragraph():
    """Markdown makes a space of a line break, where Chinese has none."""
    code = "".join(blocks(CHINESE, "bash") + blocks(CHINESE, "python"))
    comments = re.findall(r"(?<=\s)# (.*)$", code, re.MULTILINE)
    assert not [c for c in comments if not re.search("[一-鿿\\[]", c) and "isort" not in c]
    prose = re.sub(r"```.*?```", "", CHINESE, flags=re.DOTALL)
    assert not re.findall(r"[一-鿿，。；：、）]\n[一-鿿，。；：、（`*\w]", prose)


def test_both_pages_have_the_same_sections_tables_and_links():
    """But for what only readers in China need."""
    chinese, count = re.subn(
        r"## 国内使用\n.*?(?=^## )", "", CHINESE, flags=re.DOTALL | re.MULTILINE
    )
    assert count == 1
    for pattern in (r"^#+ ", r"^\|", r"\]\((?!README)[^)]+\)"):
        found = [len(re.findall(pattern, page, re.MULTILINE)) for page in (ENGLISH, chinese)]
        assert found[0] == found[1], pattern


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_to_a_file(name):
    targets = re.findall(r"\]\(([^)#]+)\)", PAGES[name])
    assert targets
    assert not [target for target in targets if not (ROOT / target).exists()]


def test_the_first_programs_run_one_after_the_other(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    first, classifier = [
        block for block in blocks(ENGLISH, "python") if "city.keras" in block or "verdicts" in block
    ]
    scope = {}
    exec(compile(first, "README.md", "exec"), scope)
    written = capsys.readouterr().out
    assert "the city" in written and "[UNK]" not in written
    assert (tmp_path / "city.keras").exists()
    exec(compile(classifier, "README.md", "exec"), scope)
    assert "['good']" in capsys.readouterr().out
    assert (tmp_path / "reviews.keras").exists()


def test_the_example_of_levels_prints_what_it_says(capsys):
    (example,) = [block for block in blocks(ENGLISH, "python") if "characters.decode" in block]
    exec(compile(example, "README.md", "exec"), {})
    printed = capsys.readouterr().out
    for said in re.findall(r"^print\(.*\)  # (.*)$", example, re.MULTILINE):
        assert said in printed.splitlines()
    assert "bytes a token" in printed


@pytest.mark.slow
def test_the_example_of_word_vectors_runs(capsys):
    (example,) = [block for block in blocks(ENGLISH, "python") if "import glove" in block]
    scope = {}
    exec(compile(example, "README.md", "exec"), scope)
    assert "words with a known vector" in capsys.readouterr().out
    assert not scope["model"].embedding.trainable


@pytest.mark.slow
def test_the_example_of_layers_models_and_generation_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (example,) = [block for block in blocks(ENGLISH, "python") if "viz.attention" in block]
    exec(compile(example, "README.md", "exec"), {})
    printed = capsys.readouterr().out
    assert "124,439,808" in printed and "the city" in printed and "bits per byte" in printed
    assert (tmp_path / "attention.png").exists()


def test_the_pasted_output_is_that_of_a_whole_full_demo():
    (printed,) = [block for block in blocks(ENGLISH, "text") if "mlm_tf demo" in block]
    for name in demo.MODELS:
        assert f"{name}: beats the bigram on both figures" in printed
    assert "loaded in a new process, writes the same greedy sentence" in printed
    seconds = int(re.search(r"Finished in (\d+) s", printed)[1])
    assert seconds <= 300
    assert "/work/" not in printed and "/tmp/" not in printed


@pytest.mark.parametrize("name", ["make demo", "make test"])
def test_the_commands_of_the_page_are_targets(name):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{name.split()[1]}:", makefile, re.MULTILINE)
    assert name in ENGLISH
