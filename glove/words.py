"""What is done to the words of a text before they are counted, where it is asked for."""

import functools
import itertools
import logging
import re
import sys
import unicodedata

from glove.errors import GloveValueError

logger = logging.getLogger("glove")

LANGUAGES = ("zh",)
# Of the Basic Multilingual Plane and the planes of rare characters; 々 and 〇 go with them.
_HAN = "々〇㐀-䶿一-鿿豈-﫿\U00020000-\U000323af"
_HAN_RUN = re.compile(f"([{_HAN}]+)")
_SIGNS = r"\u3000-\u303f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65“”‘’…—·"
_CHINESE_SIGN = re.compile(f"([{_SIGNS}])\\1*|[^{_SIGNS}]+")
_KEPT = 1 << 16  # types whose parts are remembered


class Words:
    """A function from the words of a line, as blanks part them, to those that count.

    Args:
        lowercase, split_punctuation, language: see `read_corpus`.

    Raises:
        GloveValueError: another language.

    Example:

    >>> Words(lowercase=True, split_punctuation=True)(["Don't", "(ever)", "say", '"3.14..."'])
    ["don't", '(', 'ever', ')', 'say', '"', '3.14', '...', '"']
    """

    def __init__(
        self, lowercase: bool = False, split_punctuation: bool = False, language: str | None = None
    ):
        if language is not None and language not in LANGUAGES:
            raise GloveValueError(
                f"language={language!r} is not known; use {' or '.join(map(repr, LANGUAGES))}, or "
                "leave it out where blanks stand between the words."
            )
        self.language = language
        self._cut = _chinese_cutter() if language == "zh" else None
        self._lowercase = lowercase
        self._signs = _signs() if split_punctuation else None
        if self._signs or self._cut:
            self._parts = functools.lru_cache(_KEPT)(self._parts)

    def __call__(self, words: list[str]) -> list[str]:
        if self._signs or self._cut:
            words = list(itertools.chain.from_iterable(map(self._parts, words)))
        return [word.lower() for word in words] if self._lowercase else words

    def _parts(self, word: str) -> list[str]:
        parts = [word]
        if self._cut:
            pieces = (piece for piece in _HAN_RUN.split(word) if piece)
            parts = [p for piece in pieces for p in self._cut_run(piece)]
        if self._signs:
            parts = [match[0] for part in parts for match in self._signs.finditer(part)]
        return parts

    def _cut_run(self, piece: str) -> list[str]:
        return self._cut(piece) if _HAN_RUN.match(piece) else _clauses(piece)


def is_unsegmented(words: list[str]) -> bool:
    """Whether most of these words are runs of Han characters, as if no blank parted them.

    >>> is_unsegmented(["今天天气很好，我们去公园散步。"])
    True
    >>> is_unsegmented(["今天", "天气", "很", "好"])
    False
    """
    runs = [max(map(len, found), default=0) for found in map(_HAN_RUN.findall, words)]
    return sum(run > 4 for run in runs) * 2 > len(words)


def _chinese_cutter():
    """jieba's function if it is installed, in an instance of our own; otherwise by characters."""
    try:
        import jieba
    except ImportError:
        logger.warning(
            "jieba is not installed, so that each Han character is a word; pip install jieba to "
            "have words."
        )
        return list
    jieba.setLogLevel("ERROR")
    logger.info("Chinese is cut into words by jieba.")
    return jieba.Tokenizer().lcut


def _clauses(piece: str) -> list[str]:
    """What stands between runs of Han characters: the signs of Chinese are words of their own."""
    return [match[0] for match in _CHINESE_SIGN.finditer(piece)]


@functools.cache
def _signs() -> re.Pattern:
    """Matches a word, or a run of one sign; Unicode says which characters are signs.

    Marks and joiners, which Python's `\\\\w` does not have, belong to words.
    """
    signs = [c for c in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(c)[0] in "PS"]
    ranges = []
    for _, group in itertools.groupby(enumerate(map(ord, signs)), lambda pair: pair[1] - pair[0]):
        run = [code for _, code in group]
        ranges.append(f"{re.escape(chr(run[0]))}-{re.escape(chr(run[-1]))}")
    sign = f"[{''.join(ranges)}]"
    letter = f"[^{sign[1:]}"
    inside = rf"(?:['’\-‐](?={letter})|(?<=\d)[.,](?=\d))"
    return re.compile(rf"{letter}+(?:{inside}{letter}+)*|({sign})\1*")
