"""Rows as people have them, and what is set aside of them."""

import pytest

from mlm_tf.errors import EmptyCorpusError, InvalidArgumentError
from mlm_tf.tasks import Rows, read_rows, split_rows
from mlm_tf.tasks.rows import read_inputs
from mlm_tf.tasks.translation import Translator


def test_folders_are_labels(tmp_path):
    for label, text in (("good", "A fine film."), ("bad", "A bore.")):
        (tmp_path / label).mkdir()
        (tmp_path / label / "1.txt").write_text(text, encoding="utf-8")
    rows, left_out = read_rows(tmp_path)
    assert (sorted(rows.targets), left_out) == (["bad", "good"], 0)
    assert dict(zip(rows.targets, rows.inputs, strict=True))["bad"] == "A bore."


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("p.tsv", "en\tzh\nHello.\t你好。\nEmpty.\t\nYes.\t是。\n"),
        ("p.csv", "en,zh\nHello.,你好。\nEmpty., \nYes.,是。\n"),
        (
            "p.jsonl",
            '{"en": "Hello.", "zh": "你好。"}\n{"en": "Empty.", "zh": null}\n'
            '{"en": "Yes.", "zh": "是。"}\n',
        ),
    ],
)
def test_pairs_come_from_any_table_and_an_empty_side_is_counted(tmp_path, name, content):
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    rows, left_out = read_rows(path, "en", "zh")
    assert rows == Rows(["Hello.", "Yes."], ["你好。", "是。"]) and left_out == 1


def test_a_column_that_is_not_there_is_named(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text("text,label\na,b\n", encoding="utf-8")
    with pytest.raises(InvalidArgumentError, match="'stars'"):
        read_rows(path, "text", "stars")


def test_a_column_is_called_as_the_application_calls_it(tmp_path, refused):
    path = tmp_path / "p.csv"
    path.write_text("en,fr\na,b\n", encoding="utf-8")
    with pytest.raises(InvalidArgumentError, match=r"^source_column='source' is no column"):
        Translator.read([path])
    with pytest.raises(InvalidArgumentError, match=r"^target_column='de' is no column"):
        Translator.read([path], "en", "de")
    with pytest.raises(InvalidArgumentError, match=r"^source_column \(--source-column\) is needed"):
        Translator.read_inputs([path])
    assert "text_column (--text-column) is needed" in refused("task", "summaries", path)


def test_a_text_of_digits_stays_a_text(tmp_path):
    """Labels that are all numbers become numbers; what is to be written does not."""
    path = tmp_path / "p.csv"
    path.write_text("source,target\nthree,3\nminus one,-1\n", encoding="utf-8")
    assert Translator.read([path]) == (Rows(["three", "minus one"], ["3", "-1"]), 0)
    assert read_rows(path, "source", "target")[0].targets == [3, -1]
    path = tmp_path / "p.jsonl"
    path.write_text('{"source": "three", "target": 3}\n', encoding="utf-8")
    assert Translator.read([path])[0].targets == ["3"]


@pytest.mark.parametrize("text", ["A cat sat. " * 40, "有猫。" * 100, "a\0b", "A cat.\nA dog."])
def test_a_text_is_no_name_of_a_file_however_long_it_is(text):
    """A name has at most 255 bytes, and asking whether there is such a file was an OSError."""
    assert read_inputs([text], whole=True) == [text]


def test_nothing_is_no_name_of_this_folder(tmp_path, monkeypatch):
    (tmp_path / "a.txt").write_text("A cat sat.", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert read_inputs(["", "A dog."]) == ["A dog."]
    assert read_inputs(["."]) == ["A cat sat."]
    with pytest.raises(EmptyCorpusError, match="holds no text"):
        read_inputs([""])


def test_rows_of_one_text_are_not_on_both_sides():
    rows = Rows([f"source {i % 10}" for i in range(100)], [f"target {i}" for i in range(100)])
    training, held = split_rows(rows, held_fraction=0.3, by_class=False)
    assert len(set(held.inputs)) == 3 and len(held.inputs) == 30
    assert not set(training.inputs) & set(held.inputs)
    assert sorted(training.targets + held.targets) == sorted(rows.targets)
    assert split_rows(rows, seed=0) == split_rows(rows, seed=0)


def test_every_class_stays_to_be_learned():
    rows = Rows([f"text {i}" for i in range(30)], ["often"] * 29 + ["once"])
    training, held = split_rows(rows)
    assert "once" in training.targets and len(held.inputs) == 3


def test_one_text_cannot_be_split():
    with pytest.raises(EmptyCorpusError, match="two different"):
        split_rows(Rows(["a", "a"], ["x", "y"]))
    assert len(split_rows(Rows(["a", "b"], ["x", "y"]))[1].inputs) == 1
