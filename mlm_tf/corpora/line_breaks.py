"""Hard-wrapped text: recognised by its lines, and its paragraphs put on one line each again."""

import logging
import re
import statistics
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from mlm_tf.checks import check_choice

logger = logging.getLogger("mlm_tf")

LINE_BREAKS = ("auto", "keep", "unwrap")  # what may be done with them
NARROWEST = 40  # columns; shorter lines are verse, titles and lists
FEWEST = 3  # line breaks from which anything can be told
NEIGHBOURS = 4  # lines on each side that a line is compared with
LONGEST_WORD = 60  # characters
VERSE = 4  # lines that all begin with a capital letter

# What begins a line that goes on from none: the mark of a list, of a quotation, of a table.
MARKED = re.compile(r"(?:[-*+•‣·>|]|\(?(?:\d{1,3}[.)]|[A-Za-z]\)))\s+\S")
STOP = re.compile(r"[.!?…:;۔؟।]['\"”’»)\]*_]*$")
# Scripts without spaces, and the marks that stand among them.
UNSPACED = re.compile(
    "[\u0e00-\u109f\u1780-\u17ff\u2e80-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\uff00-\uff60\U00020000-\U0003ffff]"
)
MARKS = "，。！？；：、…—·“”‘’「」『』（）《》〈〉【】,.!?;:"
BROKEN_WORD = re.compile(r"([^\W\d_]+)[-\u2010]$")
DASH = re.compile(r"\S(?:--|[—–])$")
WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
# The hyphen behind these is one of their own, as in "well-known" and "twenty-one".
COMPOUNDING = frozenset(
    """all anti big cross deep ex far first fore free full good great half hard heavy high ill late
    left light long low mid middle much near never new non old one open over post pre re right
    second self semi short six so soft ten to two three four five twenty thirty forty fifty sixty
    seventy eighty ninety under up well white wide""".split()
)


class LineBreaks:
    """What is done with the line breaks of the files of a corpus; says once which were unwrapped.

    Args:
        treatment: `"auto"`, `"keep"` or `"unwrap"`, see `from_text_file`.

    Raises:
        InvalidArgumentError: for another treatment.
    """

    def __init__(self, treatment: str):
        self.treatment = check_choice("line_breaks", treatment, LINE_BREAKS)
        self.joined: list[object] = []  # the files whose lines were

    def __call__(self, blocks: list[str], name: object) -> list[str]:
        """The blocks of a file, whose lines are joined or left as they are.

        Args:
            blocks: what blank lines separate, with its line breaks.
            name: of the file.
        """
        if self.treatment == "unwrap":
            return unwrapped(blocks, are_all=True)
        if self.treatment == "keep" or not is_hard_wrapped(blocks):
            return blocks
        self.joined.append(name)
        return unwrapped(blocks)

    def log(self) -> None:
        if self.joined:
            others = len(self.joined) - 1
            logger.warning(
                "%s%s hard-wrapped: the lines of each paragraph were joined "
                "(line_breaks='keep' leaves them as they are).",
                self.joined[0],
                f" and {others:,} more are" if others else " is",
            )


def is_hard_wrapped(blocks: Sequence[str]) -> bool:
    """Whether lines end where they are full, rather than where something ends.

    Most lines, but the last of a block, are at least 40 columns wide (a Chinese character takes
    two), so long that the next word had no room in the width of the lines around them, and end
    inside a sentence. That is so of hardly any verse, list, or program, nor of texts with a
    sentence or a paragraph on a line.

    Args:
        blocks: what blank lines separate, with its line breaks.
    """
    widths, full, inside = [], 0, 0
    for lines in (block.split("\n") for block in blocks):
        for place in range(len(lines) - 1):
            widths.append(_columns(lines[place].rstrip()))
            full += _is_full(lines, place)
            inside += _goes_on(lines[place], lines[place + 1])
    return (
        len(widths) >= FEWEST
        and statistics.median(widths) >= NARROWEST
        and full >= 0.7 * len(widths)
        and inside >= 0.5 * len(widths)
    )


def unwrapped(blocks: Sequence[str], are_all: bool = False) -> list[str]:
    """Blocks whose paragraphs stand on one line each.

    A line is joined to the one before, with a space where the script writes spaces, unless it is
    indented further or begins with the mark of a list. A word that a hyphen parted is made whole.

    Args:
        blocks: what blank lines separate, with its line breaks.
        are_all: whether any line is joined; else those only that go on from a line that was full:
            no verse, titles or addresses in a book that is otherwise hard-wrapped.

    >>> unwrapped(["Alice was beginning to get very\\ntired of sitting by her sister."], True)
    ['Alice was beginning to get very tired of sitting by her sister.']
    >>> unwrapped(["春天来了，花都\\n开了。"], True)
    ['春天来了，花都开了。']
    """
    split = [block.split("\n") for block in blocks]
    widths = [_columns(line.rstrip()) for lines in split for line in lines[:-1]] or [0]
    typical = statistics.median(widths)
    words = Counter(word.lower() for block in blocks for word in WORD.findall(block))

    def joins(lines: list[str], place: int) -> bool:
        line, following = lines[place], lines[place + 1]
        if MARKED.match(following.lstrip()) or _is_indented(lines, place + 1):
            return False
        share = 1 if are_all else _columns(line.rstrip()) / max(typical, NARROWEST)
        return share >= 0.9 or (
            share >= 0.7 and (_is_full(lines, place) or _goes_on(line, following))
        )

    return ["\n".join(_paragraphs(lines, joins, words)) for lines in split]


def _paragraphs(lines: list[str], joins: Callable, words: Counter) -> Iterator[str]:
    if _is_verse(lines):
        yield from lines
        return
    pieces = [lines[0]]
    for place, following in enumerate(lines[1:]):
        if joins(lines, place):
            last, joint = _joint(pieces[-1].rstrip(), following.lstrip(), words)
            pieces[-1:] = [last, joint, following.lstrip()]
        else:
            yield "".join(pieces)
            pieces = [following]
    yield "".join(pieces)


def _joint(line: str, following: str, words: Counter) -> tuple[str, str]:
    """The end of a line as it is written inside one, and what stands behind it."""
    if line.endswith("\u00ad"):  # a soft hyphen
        return line[:-1], ""
    if DASH.search(line):
        return line, ""
    parted = BROKEN_WORD.search(line[-LONGEST_WORD:])
    rest = WORD.match(following)
    if parted and rest and following[0].islower():
        is_whole = _is_one_word(parted[1].lower(), rest[0].partition("-")[0].lower(), words)
        return line[:-1] if is_whole else line, ""
    return line, " " * _is_spaced(line, following)


def _is_one_word(first: str, second: str, words: Counter) -> bool:
    """Whether a hyphen at the end of a line was put there for the line alone.

    The text itself tells, where the word occurs once more, with its hyphen or without. Otherwise
    two words that occur by themselves are taken for a compound.
    """
    if words[first + second] or words[f"{first}-{second}"]:
        return words[first + second] >= words[f"{first}-{second}"]
    return first not in COMPOUNDING and not (words[first] > 1 and words[second] > 1)


# === One line break ===


def _is_full(lines: list[str], place: int) -> bool:
    """Whether the first word of the next line had no room in the width of the lines around."""
    line, following = lines[place].rstrip(), lines[place + 1].lstrip()
    around = lines[max(0, place - NEIGHBOURS) : place + NEIGHBOURS + 1]
    width = max(_columns(other.rstrip()) for other in around)
    if UNSPACED.match(following):
        marks = len(following[1:]) - len(following[1:].lstrip(MARKS))  # which begin no line
        unit = following[: 1 + marks]
    else:
        unit = following.split(None, 1)[0]
    return _columns(line) + _is_spaced(line, following) + _columns(unit) > width


def _goes_on(line: str, following: str) -> bool:
    """Whether a sentence seems to go on behind a line break."""
    line, following = line.rstrip(), following.lstrip()
    if UNSPACED.match(line[-1]) or UNSPACED.match(following):
        return line[-1] not in MARKS
    return not STOP.search(line) and not following[0].isupper()


def _is_indented(lines: list[str], place: int) -> bool:
    """Whether a line begins further right than the one before, which is no item of a list."""
    before = lines[place - 1]
    return _indentation(lines[place]) > _indentation(before) and not MARKED.match(before.lstrip())


def _is_verse(lines: list[str]) -> bool:
    capitals = sum(line.lstrip("\t \u3000'\"“‘«([—-_*")[:1].isupper() for line in lines)
    return len(lines) >= VERSE and capitals >= 0.9 * len(lines)


def _is_spaced(text: str, following: str) -> bool:
    return not (UNSPACED.match(text[-1]) or UNSPACED.match(following[0]))


def _indentation(line: str) -> int:
    return _columns(line) - _columns(line.lstrip())


def _columns(text: str) -> int:
    """How wide a text is on a terminal; a Chinese character takes two columns."""
    if text.isascii():
        return len(text.expandtabs()) if "\t" in text else len(text)
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(map(bool, map(unicodedata.combining, text)))
