"""Hard-wrapped text: which text is, and what its paragraphs become."""

import re
import textwrap
import time

import pytest

from mlm_tf.corpora import line_breaks
from mlm_tf.corpora.line_breaks import LineBreaks, is_hard_wrapped, unwrapped

PROSE = (
    "The old man had lived by the river for so long that nobody in the village could remember a "
    "time without him. He mended nets, he told stories to the children, and in the evening he sat "
    "on the bank and watched the water go by. When strangers asked him what he was waiting for, he "
    "laughed and said that the river would tell them if they only listened well enough.",
    "One morning his boat was gone, and so was he. The children searched the bank, and their "
    "parents searched the woods, but there was nothing to be found except an old hat and a pipe "
    "that was still warm.",
)
CHINESE = (
    "　　从前有一座山，山上有一座庙，庙里住着一个老和尚和一个小和尚。老和尚每天给小和尚讲故事，"
    "小和尚每天听着听着就睡着了。有一天，小和尚问老和尚，为什么故事总是一样的，老和尚笑着说，"
    "因为你每次都没有听完，所以我只好从头讲起。",
    "　　小和尚想了很久，决定今天晚上一定要把故事听完，于是他喝了许多茶，坐在老和尚的身边，"
    "睁大了眼睛，等着故事开始。",
)
SONNET = """Shall I compare thee to a summer's day?
Thou art more lovely and more temperate:
Rough winds do shake the darling buds of May,
And summer's lease hath all too short a date;
Sometime too hot the eye of heaven shines,
And often is his gold complexion dimm'd;
And every fair from fair sometime declines,
By chance or nature's changing course untrimm'd;"""


def wrapped(paragraph, width, **settings):
    return textwrap.fill(paragraph, width, **settings)


def by_columns(paragraph, columns):
    """Chinese, cut wherever a line is full."""
    size = columns // 2
    return "\n".join(paragraph[i : i + size] for i in range(0, len(paragraph), size))


# === What is hard-wrapped ===


@pytest.mark.parametrize("width", [20, 25, 30, 38, 50, 60, 72, 79, 100])
def test_prose_in_lines_of_any_usual_width_is_recognised_and_comes_back(width):
    blocks = [wrapped(paragraph, width) for paragraph in PROSE]
    assert is_hard_wrapped(blocks)
    assert unwrapped(blocks) == unwrapped(blocks, are_all=True) == list(PROSE)


@pytest.mark.parametrize("columns", [40, 60, 76])
def test_chinese_is_joined_without_a_space(columns):
    blocks = [by_columns(paragraph, columns) for paragraph in CHINESE]
    assert is_hard_wrapped(blocks)
    assert unwrapped(blocks) == unwrapped(blocks, are_all=True) == list(CHINESE)


@pytest.mark.parametrize("columns", [24, 30, 38])
def test_chinese_in_narrow_lines_is_recognised_where_sentences_end_inside_them(columns):
    blocks = [by_columns(paragraph, columns) for paragraph in CHINESE * 4]
    assert is_hard_wrapped(blocks)
    assert unwrapped(blocks) == list(CHINESE * 4)


def test_an_indented_line_begins_a_paragraph_where_no_line_is_blank():
    block = "\n".join(wrapped(p, 60, initial_indent="    ") for p in PROSE)
    assert is_hard_wrapped([block])
    assert [line.strip() for line in unwrapped([block])[0].split("\n")] == list(PROSE)
    block = "\n".join(by_columns(paragraph, 60) for paragraph in CHINESE)
    assert is_hard_wrapped([block])
    assert unwrapped([block])[0].split("\n") == list(CHINESE)


def test_a_paragraph_that_is_indented_as_a_whole_is_one():
    settings = {"initial_indent": "   ", "subsequent_indent": "   "}
    assert unwrapped([wrapped(PROSE[0], 60, **settings)])[0].strip() == PROSE[0]


@pytest.mark.parametrize(
    "blocks",
    [
        [],
        ["A cat sat.\nIt slept."],
        [SONNET],
        ["春眠不觉晓，\n处处闻啼鸟。\n夜来风雨声，\n花落知多少。"],
        ["床前明月光\n疑是地上霜\n举头望明月\n低头思故乡"],
        [
            "风急天高猿啸哀，渚清沙白鸟飞回，\n无边落木萧萧下，不尽长江滚滚来，\n万里悲秋常作客，百年多病独登台。"
        ],
        # A sentence, or a paragraph, on a line
        ["\n".join(sentence.strip() + "." for sentence in " ".join(PROSE).split(".") if sentence)],
        ["\n".join(PROSE * 3)],
        # The same in lower case and without stops, as corpora are handed around
        ["\n".join(s.strip().lower() for s in " ".join(PROSE * 3).split(".") if s)],
        ["\n".join(f"- {word} and some more {word}" for word in PROSE[0].split())],
        [
            "def f(x):\n    y = x + 1\n    if y > 2:\n        return y\n    return g(y)",
            "print(f(3))",
        ],
        ["name,age,city\nalice,30,paris\nbob,25,london\ncarol,41,rome\ndave,19,oslo"],
        ["\n".join(f"word{i} {0.1 * i:.6f} {0.2 * i:.6f} {0.3 * i:.6f}" for i in range(50))],
        ["\n".join(sorted(PROSE[0].split()))],
        # Narrow and full, and yet no prose: a list in the order of its length, verse in lower case
        [
            "\n".join(
                f"he saw the {word} there" for word in "cat dog cow hen pig rat owl".split() * 4
            )
        ],
        ["\n".join(re.sub("[^a-z \n']", "", SONNET.lower()) for _ in range(3))],
        [re.sub("[.:;,]", "", SONNET.lower())] * 3,
        # A wide list in the order of its length
        ["\n".join(f"and so he saw a {'very ' * (5 + i // 20)}old cat" for i in range(200))],
        # Chinese verse without stops, or with those of the first clause alone
        ["床前明月光疑是地上霜\n举头望明月低头思故乡"] * 10,
        ["白日依山尽，黄河入海流\n欲穷千里目，更上一层楼"] * 10,
    ],
)
def test_verse_lists_programs_and_texts_with_a_sentence_a_line_are_not(blocks):
    assert not is_hard_wrapped(blocks)


# === Files: what is said of them ===


def read_as(lines, treatment="auto"):
    """The blocks of a text file with these lines, and what is said of it."""
    line_breaks = LineBreaks(treatment)
    return list(line_breaks.of_text(lines, "a.txt")), line_breaks.said()


@pytest.mark.parametrize("width", [30, 72])
@pytest.mark.parametrize("between", [[""], ["", ""]])
def test_hard_wrapped_lines_with_a_blank_line_after_every_one_are_joined(width, between):
    lines = []
    for paragraph in PROSE:
        for line in wrapped(paragraph, width).split("\n"):
            lines += [line, *between[:1]]
        lines += between
    blocks, said = read_as(lines)
    assert blocks == list(PROSE)
    assert len(said) == 1 and said[0].startswith("a.txt is hard-wrapped")


def test_paragraphs_and_verse_with_a_blank_line_after_every_line_stay_as_they_are():
    for lines in (PROSE * 5, SONNET.split("\n") * 3, "春眠不觉晓，\n处处闻啼鸟。".split("\n") * 9):
        spaced_out = [line for text in lines for line in (text, "")]
        assert read_as(spaced_out) == (list(lines), [])


def test_what_may_be_hard_wrapped_and_is_not_unwrapped_is_said():
    no_stops = [re.sub("[.,]", "", paragraph.lower()) for paragraph in PROSE]
    for width in (30, 34):
        lines = [line for p in no_stops for line in [*wrapped(p, width).split("\n"), ""]]
        blocks, [said] = read_as(lines)
        assert "\n" in blocks[0]
        assert said.startswith("a.txt is perhaps hard-wrapped") and "line_breaks='unwrap'" in said
        assert read_as(lines, "unwrap") == (no_stops, [])
        assert read_as(lines, "keep") == (blocks, [])


def test_a_large_file_is_looked_at_in_parts(monkeypatch):
    monkeypatch.setattr(line_breaks, "PART", 1000)
    lines = [line for p in PROSE * 20 for line in [*wrapped(p, 60).split("\n"), ""]]
    assert read_as(lines)[0] == list(PROSE * 20)
    rows = LineBreaks("auto").of_table(("\n".join(lines[:12]) for _ in range(9)), "a.csv")
    assert list(rows) == [list(PROSE)] * 9


# === What keeps its lines in a book that is hard-wrapped ===


@pytest.mark.parametrize(
    "block",
    [
        SONNET,
        "  " + SONNET.replace("\n", "\n  "),
        "CHAPTER I\nDown the Rabbit-Hole",
        "Title: The River\nAuthor: Nobody\nRelease Date: today",
        "221B Baker Street,\nLondon",
        "- bread\n- butter\n- a pot of the best honey from the hives behind the house",
        "1. the first thing to do\n2. the second thing to do\n3. and a third one",
        "    for line in lines:\n        print(line)",
    ],
)
def test_verse_titles_and_lists_keep_their_lines(block):
    book = [*(wrapped(paragraph, 70) for paragraph in PROSE), block]
    assert unwrapped(book) == [*PROSE, block]


def test_the_item_of_a_list_goes_on_in_lines_that_are_indented_further():
    items = [f"- {PROSE[0]}", f"- {PROSE[1]}"]
    block = "\n".join(wrapped(item, 70, subsequent_indent="  ") for item in items)
    assert unwrapped([block]) == ["\n".join(items)]


# === What a joint looks like ===


@pytest.mark.parametrize(
    ("block", "text"),
    [
        ("it was very interest-\ning to see", "it was very interesting to see"),
        ("a well-\nknown and self-\nmade man", "a well-known and self-made man"),
        ("twenty-\none", "twenty-one"),
        ("a soft hy\u00ad\nphen", "a soft hyphen"),
        ("He was--\nperhaps--gone", "He was--perhaps--gone"),
        ("He was—\nperhaps—gone", "He was—perhaps—gone"),
        ("He was –\nperhaps – gone", "He was – perhaps – gone"),
        ("from 1914-\n18 on", "from 1914- 18 on"),
        ("Jean-\nPaul", "Jean- Paul"),
        ("我们用\nKeras\n训练", "我们用Keras训练"),
        ("그는 집에\n갔다", "그는 집에 갔다"),
        ("ไปกิน\nข้าว", "ไปกินข้าว"),
    ],
)
def test_what_stands_at_a_line_break_is_joined_as_it_was_written(block, text):
    assert unwrapped([block], are_all=True) == [text]


def test_the_text_tells_whether_a_word_has_a_hyphen_of_its_own():
    other = "A tea-table and a schoolhouse."
    assert unwrapped(["the tea-\ntable", "the school-\nhouse", other], are_all=True) == [
        "the tea-table",
        "the schoolhouse",
        other,
    ]


def test_the_time_grows_no_faster_than_the_text():
    blocks = ["\n".join([wrapped(PROSE[0], 70)] * 2000), "a" * 100_000 + "\n" + "b" * 100_000]
    begin = time.perf_counter()
    is_hard_wrapped(blocks)
    unwrapped(blocks, are_all=True)
    assert time.perf_counter() - begin < 20  # quadratic, it would be minutes
