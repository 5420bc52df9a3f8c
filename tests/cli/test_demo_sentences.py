"""The demo in Chinese: one sentence for each English one, with the same values in it."""

import ast
import io
import string
import sys
from pathlib import Path

import pytest

from mlm_tf.cli import demo
from mlm_tf.cli.demo_sentences import CHINESE, is_chinese, say

TREE = ast.parse(Path(demo.__file__).read_text(encoding="utf-8"))
TEXTS = {node.value for node in ast.walk(TREE) if isinstance(node, ast.Constant)}
SAID = {
    node.args[0].value
    for node in ast.walk(TREE)
    if isinstance(node, ast.Call)
    and getattr(node.func, "id", "") == "say"
    and isinstance(node.args[0], ast.Constant)
}
NAMED = {*demo.MODELS, "uniform", "unigram", "bigram", "trigram", demo.BIGRAM, demo.TRIGRAM}


def test_what_the_demo_says_is_in_the_table_and_nothing_else():
    assert len(SAID) > 25
    assert set(CHINESE) >= SAID | NAMED
    assert set(CHINESE) <= TEXTS | NAMED


def fields(sentence):
    """The formats of the values in the order in which they are given."""
    parsed = [field for field in string.Formatter().parse(sentence) if field[1] is not None]
    order = [int(name) if name else place for place, (_, name, _, _) in enumerate(parsed)]
    return [parsed[order.index(i)][2] for i in range(len(parsed))]


@pytest.mark.parametrize("sentence", CHINESE)
def test_both_languages_have_the_same_values(sentence):
    assert fields(sentence) == fields(CHINESE[sentence])
    assert "  " not in CHINESE[sentence].strip()


@pytest.mark.parametrize(
    ("variables", "chinese"),
    [
        ({}, False),
        ({"LANG": "zh_CN.UTF-8"}, True),
        ({"LANG": "zh_TW.UTF-8"}, True),
        ({"LANG": "zh_CN.GBK"}, True),
        ({"LANG": "en_US.UTF-8"}, False),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8"}, False),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, True),
        ({"LANG": "en_US.UTF-8", "LANGUAGE": "zh_CN:en"}, True),
        ({"LANG": "zh_CN.UTF-8", "LANGUAGE": "en"}, False),
        ({"LANG": "C", "LANGUAGE": "zh"}, False),
    ],
)
def test_the_locale_is_read_as_gettext_does(monkeypatch, variables, chinese):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert is_chinese() == chinese
    assert say("Results") == ("结果" if chinese else "Results")


@pytest.mark.parametrize(
    ("encoding", "chinese"),
    [
        ("utf-8", True),
        ("gbk", True),
        ("gb18030", True),
        ("ascii", False),
        ("latin-1", False),
        ("big5", False),  # which has some of these characters
    ],
)
def test_where_the_output_has_no_such_characters_the_demo_speaks_english(
    monkeypatch, encoding, chinese
):
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    monkeypatch.delenv("LANGUAGE", raising=False)
    output = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", output)
    assert is_chinese() == chinese
    for sentence in CHINESE.values() if chinese else CHINESE:
        output.write(sentence)
