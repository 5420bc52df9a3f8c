"""Joining: writing tokens as a person would, spaces and punctuation where they belong."""

import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator

from mlm_tf.preprocessing.normalization import RULES

TIGHT_LEFT = frozenset(",.;:!?%)]}…'”’°»")  # no space before
TIGHT_RIGHT = frozenset("([{$£€#“‘«¿¡")  # no space after
TIGHT_BOTH = frozenset("-/_@")
DASHES = frozenset("–—")
# Chinese, Japanese, Thai, Lao, Tibetan, Burmese and Khmer characters, and full-width marks.
WRITTEN_WITHOUT_SPACES = re.compile(
    "[\u0e00-\u109f\u1780-\u17ff\u3000-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
)

# === From rules 3 on ===

# Stops, commas and questions of other scripts, and what closes or follows a number.
LATER_TIGHT_LEFT = TIGHT_LEFT | frozenset("›¢‰′″;·՛՜՝՞՟։׃،؛؟٪۔।॥၊။។៕፣፤፥፦።᠂᠃⟩⦆")
LATER_TIGHT_RIGHT = (TIGHT_RIGHT - frozenset("$£€#")) | frozenset("‹„‚⟨⦅")
JOINING = frozenset("/@&*#^\\`·•‧་༌፡")  # and what Unicode calls a dash, connector or operator
FULL_WIDTH_MARK = re.compile("[\u3000-\u303f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]")
CLOSING = {"„": "“", "‚": "‘", " »": "«", " ›": "‹"}  # what closes in German, elsewhere it opens


def join_words(words: Iterable[str], language: str = "en", rules: int = RULES) -> str:
    """Write words as a person would: `["hello", ",", "world", "!"]` -> `"hello, world!"`.

    Straight quotes open and close in turn. But for English text, Chinese and other scripts that
    write no spaces get none, on neither side. A lone apostrophe closes, as in "the dogs' bones",
    and in a text that has opened with "‘" is written "’". Signs that join are written without
    spaces but those they bring: `"-"` is the hyphen of "well-known", `" - "` one between words.
    Nothing that follows changes what is already written, so that a text can be shown while it
    grows. Before version 3 of the rules no token brought a space.

    >>> join_words(["(", "it", "cost", "$", "5", ",", "or", "5", "%", ")", "."])
    '(it cost $5, or 5%).'
    >>> join_words(["he", "said", '"', "well", "-", "known", '"', "at", "10", ":", "30"])
    'he said "well-known" at 10:30'
    >>> join_words(["at", "&", "t", " - ", "c", "+", "+ ", "and", " '", "no", "'"])
    "at&t - c++ and 'no'"
    >>> join_words(["我", "用", "deep", "learning", "，", "你", "呢", "？"], language="zh")
    '我用deep learning，你呢？'
    """
    return "".join(joined_words(words, language, rules))


def joined_words(words: Iterable[str], language: str, rules: int) -> Iterator[str]:
    """As `join_words`, word by word: what each adds to the text, a space before it if need be."""
    is_spaced = _is_spaced if rules < 3 else _is_spaced_later
    before, previous, last, is_quoted, closing, apostrophe = "", "", "", False, None, "'"
    for word in words:
        bare = word if rules < 3 else word.strip(" ")
        if previous in CLOSING and word in LATER_TIGHT_LEFT:  # as French writes: « oui », and
            closing = None
        role = word if bare != closing else word.replace(bare, "”")
        space = is_spaced(before, previous, role, is_quoted)
        if not _brings_space(previous, role) and _is_unspaced(last + bare[0], language, rules):
            space = False
        piece = " " * (space and last != "") + (apostrophe if word == "'" else bare)
        yield piece
        is_quoted ^= word == '"'
        if rules >= 3:
            apostrophe = "’" if role == "‘" else apostrophe
            closing = CLOSING.get(word, closing) if bare != closing else None
        before, previous, last = previous, role, piece[-1:] or last


def _is_unspaced(edges: str, language: str, rules: int) -> bool:
    """Whether of the two characters that meet one is of a script that writes no spaces."""
    found = language != "en" and WRITTEN_WITHOUT_SPACES.search(edges)
    return bool(found or (rules >= 3 and FULL_WIDTH_MARK.search(edges)))


def _is_spaced(before: str, previous: str, word: str, is_quoted: bool) -> bool:
    """Whether a space stands between two words, of which `before` comes before."""
    if is_quoted and '"' in (previous, word):  # the one that opened, or the one that closes
        return False
    if word in TIGHT_LEFT | TIGHT_BOTH or previous in TIGHT_RIGHT | TIGHT_BOTH:
        return False
    if word in DASHES and (previous == word or previous[-1:].isdigit()):  # 1914–18, ——
        return False
    if previous in DASHES and before[-1:].isdigit():
        return False
    return not _is_time(before, previous, word)


def _is_spaced_later(before: str, previous: str, word: str, is_quoted: bool) -> bool:
    """The same from rules 3 on."""
    if _brings_space(previous, word):
        return True
    if _joins(previous) or _joins(word) or previous[:1] == " ":  # what has a space before alone
        return False
    if is_quoted and '"' in (previous, word):
        return False
    if word.rstrip(" ") in LATER_TIGHT_LEFT or previous in LATER_TIGHT_RIGHT:
        return False
    if previous == "'" and (before in LATER_TIGHT_RIGHT or (is_quoted and before == '"')):
        return False  # ('so'), "'so' it is"
    if _is_currency(previous):  # $5 and $x, but 5 € more
        return before[-1:].isdigit() and not word[0].isdigit()
    if previous == "°" and word in ("c", "f", "C", "F"):
        return False
    return not _is_time(before, previous, word)


def _is_time(before: str, previous: str, word: str) -> bool:
    return previous == ":" and before[-1:].isdigit() and word[0].isdigit()  # 10:30


def _brings_space(previous: str, word: str) -> bool:
    return previous[-1:] == " " or word[:1] == " "


@functools.cache
def _joins(token: str) -> bool:
    sign = token.strip(" ")[:1]
    return sign in JOINING or (sign != "" and unicodedata.category(sign) in ("Pd", "Pc", "Sm"))


def _is_currency(token: str) -> bool:
    return len(token) == 1 and unicodedata.category(token) == "Sc"
