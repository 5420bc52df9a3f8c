"""What is done to the words of a text before they are counted, where it is asked for."""

import functools
import itertools
import logging
import re

from glove.errors import GloveValueError
from glove.splitting import Splitter, lower_case

logger = logging.getLogger("glove")

LANGUAGES = ("zh",)
# Of the Basic Multilingual Plane and the planes of rare characters; 々 and 〇 go with them.
HAN = "々〇㐀-䶿一-鿿豈-﫿\U00020000-\U000323af"
HAN_RUN = re.compile(f"([{HAN}]+)")
SIGNS = r"\u3000-\u303f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65“”‘’…—·"
CHINESE_SIGN = re.compile(f"([{SIGNS}])\\1*|[^{SIGNS}]+")
KEPT = 1 << 16  # types whose parts are remembered


class Words:
    """A function from the words of a line, as blanks part them, to those that count.

    Args:
        lowercase, split_punctuation, language: see `read_corpus`.

    Raises:
        GloveValueError: another language.

    Example:

    >>> Words(lowercase=True, split_punctuation=True)(["Don’t", "(ever)", "say", '"3.14!"'])
    ["don't", '(', 'ever', ')', 'say', '"', '3.14', '!', '"']
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
        # What is done to a word as a whole, and to what is no run of Han characters in it.
        self._spelled, self._others = str, _clauses if self._cut else None
        if split_punctuation:
            splitter = Splitter(lowercase, chinese=language == "zh")
            self._spelled, self._others = splitter.spelled, splitter.cut
        elif lowercase:
            self._spelled = lower_case
        if self._others or lowercase:
            self._parts = functools.lru_cache(KEPT)(self._parts)

    def __call__(self, words: list[str]) -> list[str]:
        if self._others is None and self._spelled is str:
            return words
        return list(itertools.chain.from_iterable(map(self._parts, words)))

    def _parts(self, word: str) -> list[str]:
        word = self._spelled(word)
        if self._others is None:
            return [word]
        if self._cut is None:
            return self._others(word)
        pieces = (piece for piece in HAN_RUN.split(word) if piece)
        return [part for piece in pieces for part in self._cut_run(piece)]

    def _cut_run(self, piece: str) -> list[str]:
        return self._cut(piece) if HAN_RUN.match(piece) else self._others(piece)


def is_unsegmented(words: list[str]) -> bool:
    """Whether most of these words are runs of Han characters, as if no blank parted them.

    >>> is_unsegmented(["今天天气很好，我们去公园散步。"])
    True
    >>> is_unsegmented(["今天", "天气", "很", "好"])
    False
    """
    runs = [max(map(len, found), default=0) for found in map(HAN_RUN.findall, words)]
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
    return [match[0] for match in CHINESE_SIGN.finditer(piece)]
