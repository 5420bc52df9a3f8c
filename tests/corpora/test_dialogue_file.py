import json

import pytest

from mlm_tf.corpora import read_dialogues
from mlm_tf.corpora.dialogue_file import joined, spoken
from mlm_tf.errors import EmptyCorpusError, InvalidArgumentError, InvalidFileError, MissingFileError

TEA = ["Tea?", "Yes, please!"]


def written(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["turns", "dialogue", "dialog", "messages", "conversations"])
def test_a_line_of_jsonl_is_a_dialogue_under_any_usual_name(tmp_path, name):
    path = written(tmp_path, "d.jsonl", json.dumps({"id": 1, name: TEA}) + "\n\n")
    assert read_dialogues(path) == [TEA]


def test_bare_lists_are_dialogues_a_line_each_or_in_one_list(tmp_path):
    lines = written(tmp_path, "a.jsonl", '["Tea?", "No."]\n["Coffee?", "Yes."]\n')
    one = written(tmp_path, "b.json", '[["Tea?", "No."],\n ["Coffee?", "Yes."]]')
    single = written(tmp_path, "c.json", '["Tea?", "No."]')
    assert read_dialogues(lines) == read_dialogues(one) == [["Tea?", "No."], ["Coffee?", "Yes."]]
    assert read_dialogues(single) == [["Tea?", "No."]]


def test_turns_may_say_who_speaks(tmp_path):
    turns = [{"role": "user", "content": "Tea?"}, {"role": "assistant", "content": "No."}]
    path = written(tmp_path, "d.json", json.dumps(turns))
    [dialogue] = read_dialogues(path)
    assert spoken("d", dialogue) == [("user", "Tea?"), ("assistant", "No.")]
    shared = [{"from": "human", "value": "Tea?"}, {"from": "gpt", "value": "No."}]
    assert spoken("d", shared) == [("human", "Tea?"), ("gpt", "No.")]


def test_a_text_file_has_a_turn_a_line_and_blank_lines_between_dialogues(tmp_path):
    path = written(tmp_path, "d.txt", "\nTea?\nYes, please!\n\n  \nCoffee?\nNo.\n")
    assert read_dialogues(str(path)) == [TEA, ["Coffee?", "No."]]


def test_a_file_in_the_form_of_daily_dialog_loses_no_turn(tmp_path):
    path = written(tmp_path, "d.txt", "Tea ? __eou__ Please ! __eou__\nCoffee ? __eou__ No .\n")
    assert read_dialogues(path) == [["Tea ?", "Please !"], ["Coffee ?", "No ."]]


def test_eou_within_a_line_of_text_parts_nothing(tmp_path):
    path = written(tmp_path, "d.txt", "What is __eou__ for?\nIt ends a turn.\n")
    assert read_dialogues(path) == [["What is __eou__ for?", "It ends a turn."]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('["Tea?", "No."]\n{"turns": ["Tea?", 3]}', "line 2, turn 1: 3 is no turn"),
        ('{"text": "Tea?"}\n["a", "b"]', "line 1=None is no dialogue"),
        ('["Tea?", "No."]\n["Tea?', "line 2: no JSON"),
        ('{"turns": [{"role": "user", "content": null}]}', "turn 0"),
        ('{"turns": [{"role": "a", "text": "Tea?"}, {"text": "No."}]}', "turn 1 does not say who"),
    ],
)
def test_a_line_that_is_no_dialogue_is_named_with_its_place(tmp_path, text, said):
    with pytest.raises(InvalidFileError, match=said):
        read_dialogues(written(tmp_path, "d.jsonl", text))


def test_nothing_to_read_is_said(tmp_path):
    with pytest.raises(EmptyCorpusError, match="no dialogue"):
        read_dialogues(written(tmp_path, "d.txt", " \n\n"))
    with pytest.raises(MissingFileError):
        read_dialogues(tmp_path / "none.txt")


def test_what_one_says_on_end_is_one_turn():
    assert joined([("a", "Tea?"), ("a", "Or coffee?"), ("b", "Tea.")]) == [
        ("a", "Tea? Or coffee?"),
        ("b", "Tea."),
    ]
    assert len(joined([(None, "Tea?"), (None, "Tea.")])) == 2


def test_a_string_is_no_dialogue():
    with pytest.raises(InvalidArgumentError, match="list of its turns"):
        spoken("dialogues[3]", "Tea?")
