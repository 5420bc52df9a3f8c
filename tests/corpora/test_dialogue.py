"""Dialogues: turns, what each does, and the rows of the files that do not fit each other."""

import pytest

from mlm_tf.corpora import Dialogue, daily_dialog
from mlm_tf.corpora.dialogue import ACTS, EMOTIONS, dialogue
from mlm_tf.errors import InvalidArgumentError


def test_turns_acts_and_emotions_of_a_line():
    assert dialogue("Tea ? __eou__ No . __eou__ ", "2 1 ", "4 0 ") == Dialogue(
        ("Tea ?", "No ."), ("question", "inform"), ("happiness", "no emotion")
    )


def test_labels_that_are_not_one_a_turn_are_left_out():
    assert dialogue("A . __eou__ B . __eou__", "1", "0 0") == Dialogue(
        ("A .", "B ."), (), ("no emotion", "no emotion")
    )


@pytest.mark.parametrize(
    ("split", "dialogues", "turns", "unlabelled", "different"),
    [
        ("train", 11_118, 87_171, 1, 10_549),
        ("validation", 1_000, 8_069, 0, 995),
        ("test", 1_000, 7_740, 0, 996),
    ],
)
def test_the_genuine_splits(genuine, split, dialogues, turns, unlabelled, different):
    genuine(f"dailydialog/{split}.zip")
    found = daily_dialog(split)
    assert len(found) == dialogues
    assert sum(len(d.turns) for d in found) == turns
    assert sum(d.acts == () for d in found) == unlabelled
    assert len({d.turns for d in found}) == different
    assert all(
        turn == turn.strip() != "" and "__eou__" not in turn for d in found for turn in d.turns
    )
    assert {len(d.turns) for d in found if d.acts} == {len(d.acts) for d in found if d.acts}
    assert {act for d in found for act in d.acts} == set(ACTS.values())
    assert {emotion for d in found for emotion in d.emotions} == set(EMOTIONS.values())


def test_the_genuine_splits_overlap_as_much_as_the_docstring_warns(genuine):
    genuine(*(f"dailydialog/{split}.zip" for split in ("train", "validation", "test")))
    seen = {d.turns for d in daily_dialog("train")}
    assert [sum(d.turns in seen for d in daily_dialog(s)) for s in ("validation", "test")] == [
        69,
        93,
    ]


def test_another_split_is_refused():
    with pytest.raises(InvalidArgumentError, match=r"split='valid'.*'train' or 'validation'"):
        daily_dialog("valid")
