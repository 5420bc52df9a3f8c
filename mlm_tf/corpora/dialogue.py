"""DailyDialog: conversations about everyday life, turn by turn."""

from collections.abc import Sequence
from dataclasses import dataclass

from mlm_tf.checks import check_choice
from mlm_tf.corpora.downloads import lines, read_members

SPLITS = ("train", "validation", "test")
END_OF_TURN = "__eou__"  # the file's end of utterance
ACTS = {"1": "inform", "2": "question", "3": "directive", "4": "commissive"}
EMOTIONS = {
    "0": "no emotion",
    "1": "anger",
    "2": "disgust",
    "3": "fear",
    "4": "happiness",
    "5": "sadness",
    "6": "surprise",
}


@dataclass(frozen=True)
class Dialogue:
    """A conversation of two people, who take turns.

    Attributes:
        turns: what they say, the first speaker's turns at even indices.
        acts: for each turn `"inform"`, `"question"`, `"directive"` or `"commissive"`; empty where
            the file has not one for each turn.
        emotions: for each turn `"no emotion"`, `"anger"`, `"disgust"`, `"fear"`, `"happiness"`,
            `"sadness"` or `"surprise"`; empty likewise.
    """

    turns: tuple[str, ...]
    acts: tuple[str, ...]
    emotions: tuple[str, ...]


def daily_dialog(split: str = "train") -> list[Dialogue]:
    """13,118 everyday conversations, cut into words already, with dialogue acts and emotions.

    **Not for commercial use**: the licence is CC BY-NC-SA 4.0, which a model trained on the text
    may have to keep to as well.

    Encoding: UTF-8; apostrophes are both "'" and "’", the second with spaces around it. Splits:
    `"train"` (11,118 dialogues, 87,171 turns), `"validation"` (1,000; 8,069) and `"test"` (1,000;
    7,740). One training dialogue has 12 turns but 11 acts and emotions in the file; here it has
    none.

    The splits overlap: 69 of the validation and 93 of the test dialogues are word for word in the
    training set too, where 569 are themselves repetitions. Leave them out before measuring.

    Citation: Li et al. (2017), DailyDialog: A Manually Labelled Multi-turn Dialogue Dataset. 2.1,
    0.2 and 0.2 MB; downloaded at the first call.

    Args:
        split: `"train"`, `"validation"` or `"test"`.

    Raises:
        InvalidArgumentError: for another split.
        DownloadError: see `fetch_file`.

    Example, on one line of each of the three files:

    >>> dialogue("Tea ? __eou__ Please ! __eou__", "2 4 ", "0 4 ")
    Dialogue(turns=('Tea ?', 'Please !'), acts=('question', 'commissive'), \
emotions=('no emotion', 'happiness'))
    """
    check_choice("split", split, SPLITS)
    files = {
        match[1]: lines(data)
        for match, data in read_members(
            f"dailydialog/{split}.zip", rf"{split}/dialogues_(act_|emotion_|){split}\.txt"
        )
    }
    return [
        dialogue(*parts) for parts in zip(files[""], files["act_"], files["emotion_"], strict=True)
    ]


def dialogue(text: str, acts: str, emotions: str) -> Dialogue:
    """From a line of each file."""
    turns = tuple(turn.strip() for turn in text.split(END_OF_TURN) if turn.strip())
    return Dialogue(turns, _names(acts, ACTS, turns), _names(emotions, EMOTIONS, turns))


def _names(numbers: str, names: dict[str, str], turns: Sequence[str]) -> tuple[str, ...]:
    found = tuple(names[number] for number in numbers.split())
    return found if len(found) == len(turns) else ()
