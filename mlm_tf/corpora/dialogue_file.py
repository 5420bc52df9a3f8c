"""Dialogues of one's own, from files: turn by turn, with their speakers where these are told."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from glove.opening import unpacked_name
from mlm_tf.checks import shown
from mlm_tf.corpora.dialogue import END_OF_TURN
from mlm_tf.corpora.text_stream import lines_of
from mlm_tf.errors import EmptyCorpusError, InvalidArgumentError, InvalidFileError

LISTS = ("turns", "dialogue", "dialog", "messages", "conversation", "conversations", "utterances")
TEXTS = ("text", "content", "value", "utterance")
SPEAKERS = ("speaker", "role", "from")


def read_dialogues(path: str | os.PathLike, encoding: str = "utf-8") -> list[list]:
    """Dialogues of a file, as `tasks.dialogue` takes them.

    - **JSONL** or **JSON**: a dialogue a line, or in a list; each is a list of turns, or an object
      that holds one under `turns`, `dialogue`, `messages` or `conversations`. Turns are strings, or
      objects with a text and a speaker.
    - a **text file**: a turn a line, blank lines between dialogues; or a dialogue a line, each turn
      ended by `__eou__`, as DailyDialog has it.

    Raises:
        MissingFileError: if there is no such file.
        InvalidFileError: for a line that is no dialogue.
        EmptyCorpusError: if there is none.

    Example:

    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "tea.jsonl"
    >>> _ = path.write_text('{"turns": ["Tea?", "Please!"]}\\n')
    >>> read_dialogues(path)
    [['Tea?', 'Please!']]
    """
    lines = [line.rstrip("\r\n") for line in lines_of(Path(path), encoding)]
    if unpacked_name(path).suffix.lower() in (".jsonl", ".ndjson", ".json"):
        found = [_dialogue_in(place, value) for place, value in _json_values(path, lines)]
    elif any(line.rstrip().endswith(END_OF_TURN) for line in lines):
        found = [line.removesuffix(END_OF_TURN) for line in map(str.strip, lines) if line]
        found = [[turn.strip() for turn in line.split(END_OF_TURN)] for line in found]
    else:
        blocks = "\n".join(line.strip() for line in lines).split("\n\n")
        found = [block.strip().split("\n") for block in blocks if block.strip()]
    if not found:
        raise EmptyCorpusError(f"{path} holds no dialogue; use at least one of two turns.")
    return found


def _json_values(path, lines: Sequence[str]) -> Iterator[tuple[str, object]]:
    """The dialogues of a JSON file, and where each stands."""
    text = "\n".join(lines).strip()
    if text.startswith("["):
        try:
            values = json.loads(text)
        except ValueError:
            values = None  # one list a line
        if values is not None:
            is_one = all(map(_is_turn, values))
            yield from [(f"{path}", values)] if is_one else ((f"{path}", v) for v in values)
            return
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                yield f"{path}, line {number}", json.loads(line)
            except ValueError as error:
                raise InvalidFileError(
                    f"{path}, line {number}: no JSON ({error}); write one dialogue in each line."
                ) from None


def _is_turn(value) -> bool:
    is_message = isinstance(value, dict) and not value.keys().isdisjoint(TEXTS)
    return is_message or isinstance(value, str)


def _dialogue_in(place: str, value) -> list:
    """The list of turns that an object of a JSON file holds."""
    if isinstance(value, dict):
        value = next((value[name] for name in LISTS if name in value), None)
    try:
        spoken(place, value)
    except InvalidArgumentError as error:
        raise InvalidFileError(str(error)) from None
    return value


def spoken(place: str, dialogue) -> list[tuple[str | None, str]]:
    """Who says what; `None` where it is not told."""
    if hasattr(dialogue, "turns"):  # a corpora.Dialogue
        dialogue = dialogue.turns
    if isinstance(dialogue, (str, bytes, Mapping)) or not isinstance(dialogue, Iterable):
        raise InvalidArgumentError(
            f"{place}={shown(dialogue)} is no dialogue; use a list of its turns, "
            '["Tea?", "Please!"].'
        )
    turns, speakers = [], 0
    for number, turn in enumerate(dialogue):
        who = None
        text = turn
        if isinstance(turn, Mapping):
            text = next((turn[name] for name in TEXTS if name in turn), None)
            who = next((turn[name] for name in SPEAKERS if name in turn), None)
        if not isinstance(text, str):
            raise InvalidArgumentError(
                f"{place}, turn {number}: {shown(turn)} is no turn; use a string, or an object as "
                '{"speaker": "A", "text": "Tea?"}.'
            )
        speakers += who is not None
        turns.append((None if who is None else str(who), text))
    if speakers not in (0, len(turns)):
        lacks = next(number for number, (who, _) in enumerate(turns) if who is None)
        raise InvalidArgumentError(
            f"{place}, turn {lacks} does not say who speaks, and others do; name the speaker of "
            "each turn, or of none."
        )
    return turns


def joined(turns: Sequence[tuple[str | None, str]]) -> list[tuple[str | None, str]]:
    """What one speaker says on end, as one turn."""
    joined: list = []
    for who, text in turns:
        if joined and who is not None and joined[-1][0] == who:
            joined[-1] = (who, f"{joined[-1][1]} {text}")
        else:
            joined.append((who, text))
    return joined
