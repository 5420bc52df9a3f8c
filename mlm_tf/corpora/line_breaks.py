"""Hard-wrapped text: recognised by its lines, and its paragraphs put on one line each again."""

import enum
import logging
import re
import statistics
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from glove.opening import shown_path
from mlm_tf.checks import check_choice

logger = logging.getLogger("mlm_tf")

LINE_BREAKS = ("auto", "keep", "unwrap")  # what may be done with them
NARROW = 40  # columns; shorter lines are mostly verse, titles and lists
NARROWEST = 16  # columns; of shorter lines nothing can be told
FEWEST, FEWEST_NARROW = 3, 10  # line breaks from which something can be told
PART = 2**22  # characters of a file that are looked at together
NEIGHBOURS = 4  # lines on each side that a line is compared with
LONGEST_WORD = 60  # characters
LONG_WORD = 12  # columns that may be left at the end of a narrow line
VERSE = 4  # lines that all begin with a capital letter

# What begins a line that goes on from none: the mark of a list, of a quotation, of a table.
MARKED = re.compile(r"(?:[-*+•‣·>|]|\(?(?:\d{1,3}[.)]|[A-Za-z]\)))\s+\S")
STOP = re.compile(r"[.!?…:;۔؟।]['\"”’»)\]*_]*$")
# The end of a sentence that has more behind it.
STOP_INSIDE = re.compile(r"""[.!?]['"”’)\]]*\s+\S|[。！？][”’」』）]*[^”’」』）\s]""")
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
    """What is done with the line breaks of the files of a corpus; says which were unwrapped.

    Each file decides for itself, by its beginning.

    Args:
        treatment: `"auto"`, `"keep"` or `"unwrap"`, see `from_text_file`.

    Raises:
        InvalidArgumentError: for another treatment.
    """

    def __init__(self, treatment: str):
        self.treatment = check_choice("line_breaks", treatment, LINE_BREAKS)
        self._found: dict[object, _Found] = {}  # by the names of files

    def of_text(self, lines: Iterable[str], name: object) -> Iterator[str]:
        """What blank lines separate in a text file, whose lines are joined or left as they are.

        Args:
            lines: of the file, the blank ones among them.
            name: of the file.
        """
        for part in _parts(lines, _is_blank):
            [blocks] = self._treated([part], name)
            yield from blocks

    def of_table(self, rows: Iterable[str], name: object) -> Iterator[list[str]]:
        """The same of a table: for each row what blank lines separate in its text."""
        for part in _parts(rows, lambda row: True):
            yield from self._treated([row.splitlines() for row in part], name)

    def said(self) -> list[str]:
        """What there is to say of the files: which were unwrapped, which might have been."""
        named = {found: [n for n, f in self._found.items() if f is found] for found in _Found}
        wrapped = named[_Found.WRAPPED] + named[_Found.SPACED_OUT]
        doubtful = named[_Found.DOUBTFUL]
        said = []
        if wrapped:
            said.append(
                f"{_subject(wrapped)} hard-wrapped: the lines of each paragraph were joined "
                "(line_breaks='keep' leaves them as they are)."
            )
        if doubtful:
            said.append(
                f"{_subject(doubtful)} perhaps hard-wrapped, since most lines end inside a "
                "sentence, and not clearly so: they were left as they are (line_breaks='unwrap' "
                "joins them)."
            )
        return said

    def log(self) -> None:
        for message in self.said():
            logger.warning("%s", message)

    def _treated(self, texts: list[list[str]], name: object) -> list[list[str]]:
        """The blocks of each text, given as lines."""
        split = [list(blocks_of(lines)) for lines in texts]
        if self.treatment == "auto":
            if name not in self._found:
                self._found[name] = _look(texts, split)
            if self._found[name] not in (_Found.WRAPPED, _Found.SPACED_OUT):
                return split
            if self._found[name] is _Found.SPACED_OUT:
                split = [list(blocks_of(_closed_up(lines))) for lines in texts]
        elif self.treatment == "keep":
            return split
        blocks = [block for blocks in split for block in blocks]
        joined = iter(unwrapped(blocks, are_all=self.treatment == "unwrap"))
        return [[next(joined) for _ in blocks] for blocks in split]


class _Found(enum.Enum):
    """What the lines of a file are: the second with a blank line after every one."""

    WRAPPED, SPACED_OUT, DOUBTFUL, OTHER = range(4)


def _look(texts: list[list[str]], split: list[list[str]]) -> _Found:
    blocks = [block for blocks in split for block in blocks]
    if is_hard_wrapped(blocks):
        return _Found.WRAPPED
    if sum("\n" in block for block in blocks) <= 0.05 * len(blocks):
        blocks = [block for lines in texts for block in blocks_of(_closed_up(lines))]
        if is_hard_wrapped(blocks):
            return _Found.SPACED_OUT
    shares = _shares(blocks)
    if shares.width >= NARROW:
        seems = shares.full >= 0.5
    else:
        seems = shares.filled >= 0.7 and (shares.width >= NARROWEST or shares.stops >= 0.03)
    is_doubtful = seems and shares.inside >= 0.5 and shares.count >= FEWEST_NARROW
    return _Found.DOUBTFUL if is_doubtful else _Found.OTHER


def _closed_up(lines: list[str]) -> Iterator[str]:
    """Without the blank line behind every line; where two or more stand, something ends."""
    blank = 0
    for line in lines:
        if line.strip():
            if blank > 1:
                yield ""
            yield line
            blank = 0
        else:
            blank += 1


def _subject(names: list[object]) -> str:
    others = len(names) - 1
    return f"{shown_path(names[0])}{f' and {others:,} more are' if others else ' is'}"


def blocks_of(lines: Iterable[str]) -> Iterator[str]:
    """Lines that no blank one separates, with a line break between them."""
    gathered: list[str] = []
    for line in lines:
        if line.strip():
            gathered.append(line)
        elif gathered:
            yield "\n".join(gathered)
            gathered = []
    if gathered:
        yield "\n".join(gathered)


def _parts(lines: Iterable[str], may_end: Callable[[str], bool]) -> Iterator[list[str]]:
    """Lines, or rows of a table, as many as are looked at together, up to one that may end them."""
    part, size = [], 0
    for line in lines:
        part.append(line)
        size += len(line)
        if size >= PART and may_end(line):
            yield part
            part, size = [], 0
    yield part


def _is_blank(line: str) -> bool:
    return not line.strip()


def is_hard_wrapped(blocks: Sequence[str]) -> bool:
    """Whether lines end where they are full, rather than where something ends.

    Most lines, but the last of a block, are at least 40 columns wide (a Chinese character takes
    two), so long that the next word had no room in the width of the lines around them, and end
    inside a sentence. That is so of hardly any verse, list, or program, nor of texts with a
    sentence or a paragraph on a line. Narrower lines, from 16 columns on, have to be full in nearly
    every case, as wide as the widest of all, and to hold ends of sentences in their midst, which a
    poem or a list without stops does not.

    Args:
        blocks: what blank lines separate, with its line breaks.
    """
    shares = _shares(blocks)
    if shares.count < FEWEST or shares.inside < 0.5:
        return False
    if shares.width >= NARROW:
        # Sentences in the order of their length are as full as the lines around them.
        return shares.full >= 0.7 and (shares.stops >= 0.05 or shares.filled >= 0.5)
    return (
        shares.width >= NARROWEST
        and shares.count >= FEWEST_NARROW
        and shares.filled >= 0.9
        and shares.stops >= 0.05
    )


class _Shares(NamedTuple):
    """What tells hard-wrapped lines, of the line breaks of blocks.

    Attributes:
        count: how many there are.
        width: the median width of the lines before them, in columns.
        full: the share of those that are full, seen from the lines around.
        filled: the same, seen from nearly the widest of all lines.
        inside: the share behind which a sentence goes on.
        stops: the share of lines inside which a sentence ends.
    """

    count: int
    width: float
    full: float
    filled: float
    inside: float
    stops: float


def _shares(blocks: Sequence[str]) -> _Shares:
    widths, needed, full, inside, stops = [], [], 0, 0, 0
    for lines in (block.split("\n") for block in blocks):
        for place in range(len(lines) - 1):
            line, following = lines[place].rstrip(), lines[place + 1].lstrip()
            widths.append(_columns(line))
            needed.append(widths[-1] + _room(line, following))
            full += _is_full(lines, place)
            inside += _goes_on(line, following)
            stops += bool(STOP_INSIDE.search(line))
    if not widths:
        return _Shares(0, 0, 0, 0, 0, 0)
    count, widest = len(widths), sorted(widths)[int(0.95 * (len(widths) - 1))]
    filled = sum(width > widest for width in needed)
    shares = (share / count for share in (full, filled, inside, stops))
    return _Shares(count, statistics.median(widths), *shares)


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
        width = typical if are_all else _columns(line.rstrip())
        return width >= 0.9 * typical or (
            width >= min(0.7 * typical, typical - LONG_WORD)
            and (_is_full(lines, place) or _goes_on(line, following))
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
    return _columns(line) + _room(line, following) > width


def _room(line: str, following: str) -> int:
    """How many columns the first word of the next line would take at the end of a line."""
    if UNSPACED.match(following):
        marks = len(following[1:]) - len(following[1:].lstrip(MARKS))  # which begin no line
        unit = following[: 1 + marks]
    else:
        unit = following.split(None, 1)[0]
    return _is_spaced(line, following) + _columns(unit)


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
