"""Rows as people have them, and what is set aside of them."""

import pytest

from mlm_tf.errors import EmptyCorpusError, InvalidArgumentError
from mlm_tf.tasks import Rows, read_rows, split_rows


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
