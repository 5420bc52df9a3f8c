"""Words: one example for every rule of splitting and joining, and laws at random texts."""

import itertools
import sys

import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from mlm_tf.errors import MissingDependencyError
from mlm_tf.preprocessing import chinese
from mlm_tf.preprocessing import words as words_module
from mlm_tf.preprocessing.normalization import Normalizer
from mlm_tf.preprocessing.words import join_words, split_words


def split(*texts, normalization="NFKC", case_folding=True, language="en"):
    normalizer = Normalizer(normalization, case_folding, False, language)
    rows = split_words(tf.constant(texts), normalizer).to_list()
    return [[word.decode() for word in row] for row in rows]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("don't O'Brien's", "don't o'brien's"),
        ("don’t donʼt don＇t", "don't don't don't"),  # typographic forms of one apostrophe
        ("the dogs' bones, 'tis", "the dogs ' bones , ' tis"),
        ("3.14 1,000,000 1,000.50", "3.14 1,000,000 1,000.50"),
        ("1,0000 a,b 3.", "1 , 0000 a , b 3 ."),  # no groups of three digits, no separator
        ("$5, 20% or 10,000!", "$ 5 , 20 % or 10,000 !"),
        ("the U.S. Navy, e.g. P.J. Smith", "the u.s. navy , e.g. p.j. smith"),
        ("U.S.A and U.S.A., J.R.R. Tolkien", "u.s.a and u.s.a. , j.r.r. tolkien"),
        ("So did I. A.", "so did i . a ."),
        ("a Ph.D. at 5 p.m. (U.S.)", "a ph.d. at 5 p.m. ( u.s. )"),
        ("b.com end.Next", "b.com end.next"),
        ("well-known 1914–18 and/or", "well - known 1914 – 18 and / or"),
        ("Wait... what?! (yes)", "wait . . . what ? ! ( yes )"),
        ('“no” "yes" ‘well’', '“ no ” " yes " ‘ well \''),
        ("snake_case C++ a@b", "snake _ case c + + a @ b"),
        ("[PAD] [UNK]", "[ pad ] [ unk ]"),
        ("ＡＢＣ　１２３ ﬁne x²", "abc 123 fine x2"),  # full-width forms, a ligature
        ("Straße ΣΊΣΥΦΟΣ", "strasse σίσυφοσ"),  # case folding, not lower case
        ("我喜欢猫。他也是！", "我喜欢猫 。 他也是 !"),  # no spaces: a clause is one word
        ("😀😀ok👍🏽", "😀 😀 ok 👍 🏽"),
        ("👩\u200d👩\u200d👧 ❤\ufe0f 🇨🇳", "👩 👩 👧 ❤ 🇨 🇳"),  # joiners and variants are invisible
        ("שלום, עולם! \u200fمرحبا\u200e", "שלום , עולם ! مرحبا"),  # right to left, first word first
        ("e\u0301te\u0301 x\u0301y", "été x\u0301y"),  # combining marks belong to their letter
        ("नमस्ते ก็", "नमस्ते ก็"),
        ("a\0b\u2028c\u00a0d\u3000e\x85f\tg", "a b c d e f g"),
        ("co\u00adoperate a\u200bb \ufeffc", "cooperate ab c"),  # invisible characters
    ],
)
def test_words(text, words):
    assert split(text) == [words.split(" ")]


@pytest.mark.parametrize("text", ["", " ", "\n\t\0", "\u3000"])
def test_no_text_has_no_words(text):
    assert split(text) == [[]]


def test_each_text_is_a_row():
    assert split("a b", "", "c") == [["a", "b"], [], ["c"]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("I用iPhone，3.14元。", "I 用 iPhone ， 3.14 元 。"),
        ("don't カタ ไทย Привет", "don't カ タ ไ ท ย Привет"),
        ("한국어 말", "한국어 말"),  # Korean writes spaces
    ],
)
def test_any_language_is_split_as_its_script_is_written(text, words):
    assert split(text, language="any", normalization="NFC", case_folding=False) == [words.split()]


def test_chinese_is_cut_into_words_by_jieba():
    pytest.importorskip("jieba")
    text = "我爱北京天安门，用Deep Learning！don't 3.14"
    words = "我 爱 北京 天安门 ， 用 deep learning ！ don't 3.14"
    assert split(text, "", language="zh") == [words.split(" "), []]


def test_chinese_words_without_jieba_say_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "jieba", None)
    chinese.cutter.cache_clear()
    chinese._tokenizer.cache_clear()
    with pytest.raises(MissingDependencyError, match=r"jieba.*pip install .*character"):
        split("我", language="zh")


@given(st.text(st.sampled_from("abU1_.,'\"-\n $\t\v\0"), max_size=20))
def test_plain_ascii_takes_a_short_cut_to_the_same_words(text):
    short = split(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(words_module, "by_ascii", lambda texts, plain, other: other(texts))
        assert split(text) == short


@given(st.lists(st.text(st.sampled_from("aU1_.,'-é猫 \u0301\r"), max_size=8), max_size=5))
def test_a_text_has_the_words_of_its_lines(lines):
    [words] = split("\n".join(lines))
    assert words == [word for row in split(*lines, "") for word in row]


def test_without_case_folding_case_is_kept():
    assert split("The CAT", case_folding=False) == [["The", "CAT"]]


@pytest.mark.parametrize(
    ("normalization", "words"),
    [
        (None, ["\u00e9", "e\u0301", "Ａ"]),
        ("NFC", ["\u00e9", "\u00e9", "Ａ"]),
        ("NFD", ["e\u0301", "e\u0301", "Ａ"]),
        ("NFKC", ["\u00e9", "\u00e9", "A"]),
        ("NFKD", ["e\u0301", "e\u0301", "A"]),
    ],
)
def test_normalisation_forms(normalization, words):
    assert split("\u00e9 e\u0301 Ａ", normalization=normalization, case_folding=False) == [words]


@pytest.mark.parametrize("normalization", [None, "NFC", "NFKC"])
def test_case_folding_includes_compatibility_forms(normalization):
    """It is Unicode's NFKC_Casefold, and knows no other way."""
    assert split("Ａ \u00c9 e\u0301", normalization=normalization) == [["a", "\u00e9", "\u00e9"]]


@pytest.mark.parametrize("normalization", ["NFD", "NFKD"])
def test_a_decomposed_form_stays_decomposed_under_case_folding(normalization):
    assert split("\u00c9", normalization=normalization) == [["e\u0301"]]


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("hello , world !", "hello, world!"),
        ("( it cost $ 5 , or 5 % ) .", "(it cost $5, or 5%)."),
        ('he said " yes " and " no " .', 'he said "yes" and "no".'),
        ("he said “ yes ” .", "he said “yes”."),
        ("a well - known and / or new", "a well-known and/or new"),
        ("in 1914 – 18", "in 1914–18"),
        ("cats – those – sleep", "cats – those – sleep"),
        ("the u.s. navy isn't [UNK] .", "the u.s. navy isn't [UNK]."),
        ("wait . . .", "wait..."),
        ("# 1 at 20 °", "#1 at 20°"),
        ("at 10 : 30 : a score of 2 : 1", "at 10:30: a score of 2:1"),
        ("¿ qué ? « oui » me @ x.com a _ b", "¿qué? «oui» me@x.com a_b"),
        ("the dogs ' bones", "the dogs' bones"),
    ],
)
def test_words_are_joined_as_a_person_writes_them(words, text):
    assert join_words(words.split(" ")) == text


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("我 用 deep learning ， 你 呢 ？", "我用deep learning，你呢？"),
        ("他 说 ： “ 好 。 ”", "他说：“好。”"),
        ("我 — — 你 … … 吗", "我——你……吗"),
        ("1914 年 , 3 月", "1914年, 3月"),
    ],
)
@pytest.mark.parametrize("language", ["zh", "any"])
def test_scripts_without_spaces_are_joined_without(words, text, language):
    assert join_words(words.split(" "), language) == text


def test_no_words_are_no_text():
    assert join_words([]) == ""


SOME_WORDS = ["a", "U.S.", "don't", "1914", "1,000", "[UNK]", *"\"'.,;:!?()[]{}$%#-–—/“”‘°…&é猫"]


@given(st.lists(st.sampled_from(SOME_WORDS) | st.text(min_size=1, max_size=3), max_size=12))
def test_what_follows_never_changes_what_is_written(words):
    written = [join_words(words[:count], "any") for count in range(len(words) + 1)]
    for before, after in itertools.pairwise(written):
        assert after.startswith(before)
        assert len(after) > len(before)


ENGLISH = """
Dr. Smith of the U.S. Navy paid $3.14 (or 5%) for 1,000,000 well-known cats' and dogs' "toys".
"Why?" he asked; she said: “I don't know – in 1914–18 it wasn't so...” 'Tis and/or rock 'n' roll!
See fig. 3, p. 5, [sic] {sic} a.m. #1 e.g. b.com/cats 20° a & b; it's 9.30, isn't it? No. 5.
"""


@pytest.mark.parametrize("line", ENGLISH.strip().splitlines())
def test_splitting_what_was_joined_gives_the_same_words(line):
    [words] = split(line)
    assert split(join_words(words)) == [words]


@given(st.text(st.sampled_from("abU1.,'\"-–/!?()$%“” "), max_size=40))
def test_splitting_what_was_joined_gives_the_same_words_at_random(text):
    [words] = split(text)
    assert split(join_words(words)) == [words]
