"""Words, numbers and signs: how a text is spelled alike and cut, where that is asked for.

The rules are those of a vocabulary of words: forms that differ in print alone are one (NFKC), and
so are the apostrophes; words keep apostrophes and stops inside them and numbers their separators;
"U.S." keeps its last stop; any other sign is a word of its own, in "well-known" too, so that each
half may be known.
"""

import functools
import itertools
import re
import sys
import unicodedata
from collections.abc import Iterable

# === Lower case ===

DOT_ABOVE = re.compile("([ijį])\u0307")


def lower_case(text: str) -> str:
    """Lower case as a text is written, where Python makes "i" and a dot of "İ".

    >>> lower_case("İstanbul, ΛΌΓΟΣ")
    'istanbul, λόγος'
    """
    lower = text.replace("İ", "i").lower()
    return lower if lower.isascii() else DOT_ABOVE.sub(r"\1", lower)


# === One spelling ===

# What NFKC would write into the number or word before it: "1½" is not 11⁄2, 10⁶ not 106.
CIRCLED = "\u2460-\u2473\u24ea\u3251-\u325f\u32b1-\u32bf"
FRACTIONS = "\xbc-\xbe\u2150-\u215e\u2189"
RAISED, LOWERED = "\xb2\xb3\xb9\u2070\u2074-\u207b", "\u2080-\u208b"
# Scripts that write with joiners: from Arabic to Mongolian, and their like further on.
JOINED = (
    "\u0600-\u109f\u1700-\u1cff\ua800-\uabff\ufb50-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc"
    "\U00010a00-\U00011fff"
)
PICTURE = "\u2190-\u3299\U0001f000-\U0001faff"
SKIN = "\U0001f3fb-\U0001f3ff"
MONGOLIAN = "\u1800-\u18af"
HEBREW = "\u0591-\u05ff\ufb1d-\ufb4f"
# Kept as noncharacters: a narrow space of Mongolian, and what ' and " are in Hebrew words.
NARROW, GERESH, GERSHAYIM = "\ufddc", "\ufdde", "\ufddf"
CHINESE_MARKS = "，！？：；（）～…"  # kept in Chinese, aside as noncharacters
ASIDE = {ord(mark): 0xFDD0 + place for place, mark in enumerate(CHINESE_MARKS)}
BACK = {aside: mark for mark, aside in ASIDE.items()}

BEFORE = (
    ("\u200b", " "),  # a space of no width, between words of Khmer or Thai
    (rf"(?<=[{MONGOLIAN}])\u202f(?=[{MONGOLIAN}])", NARROW),
    # What is invisible and says nothing: joiners, soft hyphens, marks of direction, tags.
    ("\u061c", ""),
    (r"([\u200c\u200d])\1+", r"\1"),
    (rf"(?<![{JOINED}])\u200c|\u200c(?![{JOINED}])", ""),
    (rf"\u200d(?<![{JOINED}]\u200d)(?!(?<=[{PICTURE}{SKIN}\ufe0f]\u200d)[{PICTURE}])", ""),
    (rf"(?<![{MONGOLIAN}])\u180e|\u180e(?![{MONGOLIAN}])", ""),
    (
        "[\xad\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]",
        "",
    ),
    (r"(?:(?<=\s)|^)[\ufe00-\ufe0f]+", ""),  # variants of nothing
    # Apostrophes that NFKC would turn into a space and an accent, or that are signs elsewhere.
    ("[\xb4\u0384\u055a\u05f3\u1fbd\u1fbf\u1ffd\uff07\u2019\u02bc]", "'"),
    (r"(?<=[{L}{M}{N}])[`\u1fef\u2018\u201b\u2032\uff40](?=[{L}])", "'"),
    ("[\xba\u02da](?=[CF])", "°"),  # typed for the degree
    (rf'(?<=[{HEBREW}])["\u201d\u05f4](?=[{HEBREW}])', GERSHAYIM),
    (
        rf"(?<!['{HEBREW}{GERSHAYIM}])([{HEBREW}](?:['{GERSHAYIM}]?[{HEBREW}])*)'",
        rf"\1{GERESH}",
    ),
    (rf"(?<=[\d{CIRCLED}{FRACTIONS}])(?=[{CIRCLED}{FRACTIONS}\u215f])", " "),
    (rf"(?<=[{CIRCLED}{FRACTIONS}])(?=\d)", " "),
    (rf"(?<=\d)(?=[{RAISED}])", "^"),
    (rf"(?<=\d)(?=[{LOWERED}])", "_"),
    (r"(?<=[{L}{N}])(?=[\u2122\u2120])", " "),  # no word ends in "tm"
)
AFTER = (
    (r"[\x00-\x1f\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]", " "),
    ("[\u2019\u02bc]", "'"),
    (NARROW, "\u202f"),
    # A line that lengthens an Arabic word, as other scripts space a headline.
    ("\u0640+(?=[\u0620-\u063f\u0641-\u064a\u0671-\u06d3])", ""),
)


class Splitter:
    """A function that cuts a text into words, numbers and signs.

    Args:
        lowercase: write them in lower case.
        chinese: leave the full-width marks of Chinese as they are.

    Example:

    >>> Splitter(lowercase=True)("Don’t (ever) say “3.14” in the U.S.: it’s a well-known 1½.")
    ... # doctest: +NORMALIZE_WHITESPACE
    ["don't", '(', 'ever', ')', 'say', '“', '3.14', '”', 'in', 'the', 'u.s.', ':', "it's", 'a',
     'well', '-', 'known', '1', '1⁄2', '.']
    """

    def __init__(self, lowercase: bool = False, chinese: bool = False):
        self._lowercase, self._chinese = lowercase, chinese

    def __call__(self, text: str) -> list[str]:
        return self.cut(self.spelled(text))

    def cut(self, text: str) -> list[str]:
        """The words of a text that is spelled so."""
        words = _word().findall(text)
        return [word.replace(GERESH, "'").replace(GERSHAYIM, '"') for word in words]

    def spelled(self, text: str) -> str:
        """A text in its one spelling."""
        before = _before()
        if text.isascii():
            text = _replaced(text, before) if "`" in text else text
            return text.lower() if self._lowercase else text
        text = _replaced(text, before)
        text = unicodedata.normalize("NFKC", text.translate(ASIDE) if self._chinese else text)
        if self._lowercase:
            text = unicodedata.normalize("NFKC", lower_case(text))
        return _replaced(text.translate(BACK) if self._chinese else text, AFTER)


def _replaced(text: str, steps: Iterable[tuple[str | re.Pattern, str]]) -> str:
    for pattern, rewrite in steps:
        text = re.sub(pattern, rewrite, text)
    return text


# === Patterns, in which {L}, {M} and {N} stand for Unicode's letters, marks and numbers ===


@functools.cache
def _pattern(pattern: str) -> re.Pattern:
    for kind, members in _classes().items():
        pattern = pattern.replace(f"{{{kind}}}", members)
    return re.compile(pattern)


@functools.cache
def _classes() -> dict[str, str]:
    classes = {"L": "", "M": "", "N": ""}
    everything = map(chr, range(sys.maxunicode + 1))
    for kind, run in itertools.groupby(everything, lambda one: unicodedata.category(one)[0]):
        if kind in classes:
            first, *rest = run
            classes[kind] += f"{first}-{rest[-1]}" if rest else first
    return classes


@functools.cache
def _before() -> tuple[tuple[re.Pattern, str], ...]:
    return tuple((_pattern(pattern), rewrite) for pattern, rewrite in BEFORE)


@functools.cache
def _word() -> re.Pattern:
    letters = f"[{{L}}{{M}}\u200c\u200d\u202f\u180e{GERESH}{GERSHAYIM}]"
    part = f"(?:{letters}|[{{N}}]+(?:[,\u066b\u066c][{{N}}]+)*)+"
    # Apostrophes and stops; the middle dot of Catalan; what Armenian writes over a vowel; the slash
    # of 1⁄2. The last stop of "U.S." belongs to it, as that of no other word.
    inside = r"['.\xb7\u2027\u2044\u055b\u055c\u055e\u055f]"
    stop = r"(?:(?<=\.[{L}])\.(?![{M}]))?"
    sign = r"[^\x00-\x20\x7f-\xa0{L}{M}{N}]"
    flag = "[\U0001f1e6-\U0001f1ff]{2}"
    emoji = f"{sign}(?:[{{M}}{SKIN}]|\u200d{sign})*"  # with its skin, and joined
    return _pattern(f"{part}(?:(?:{inside}{part})+{stop})?|{flag}|{emoji}")
