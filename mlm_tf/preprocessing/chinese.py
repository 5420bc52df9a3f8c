"""Chinese words: jieba's way of cutting, with a dictionary that nobody else can change."""

import functools
import os
import re
import warnings
from collections.abc import Callable, Iterable, Mapping

from mlm_tf.checks import check_strings, needs, shown
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.preprocessing.files import read_text

HAN = re.compile("[\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
# What a line of jieba's user dictionaries says: a word, its frequency, its part of speech.
ENTRY = re.compile(rf"({HAN.pattern}+)(?:\s+([0-9]+))?(?:\s+[A-Za-z]+)?")


def user_words(user_dict: str | os.PathLike | Iterable[str]) -> list[str]:
    """What a user dictionary adds to jieba's, as "word" or "word frequency", in its order.

    Args:
        user_dict: words or lines of such a dictionary, or the path of one.

    Raises:
        InvalidArgumentError: for anything else, or an entry that is no Chinese word.
        MissingFileError: if there is no such file.
        InvalidFileError: if it is not UTF-8.

    >>> user_words(["云计算", "创新办 3 i"])
    ['云计算', '创新办 3']
    """
    if isinstance(user_dict, (str, os.PathLike)):
        text = read_text(user_dict, "user dictionary of jieba")
        user_dict = text.removeprefix("\ufeff").splitlines()
    elif isinstance(user_dict, Mapping):  # of which only the keys would be read
        raise InvalidArgumentError(
            f"user_dict={shown(user_dict)} is a {type(user_dict).__name__}; use a list of words, "
            "each with its frequency after a space if it has one."
        )
    lines = [line.strip() for line in check_strings("user_dict", user_dict)]
    return [_entry(line) for line in lines if line]


def _entry(line: str) -> str:
    match = ENTRY.fullmatch(line)
    if match is None:
        raise InvalidArgumentError(
            f"user_dict holds {shown(line)}, and an entry is a word of Chinese characters alone, "
            "then, if wanted, its frequency and its part of speech ('云计算 5 n'); correct it, or "
            "leave it out."
        )
    return " ".join(filter(None, match.groups()))


@functools.lru_cache(maxsize=8)
def cutter(entries: tuple[str, ...] = ()) -> Callable[[str], list[str]]:
    """The function that cuts a run of Chinese characters into words: jieba's, but private.

    `jieba.add_word` and the like change what all of a process shares, and jieba's own tokenizers
    share the words that are to be split. Nothing of that reaches this one.

    Args:
        entries: what is added to jieba's dictionary, as `user_words` gives it. A word without a
            frequency gets the least by which it stays whole; a word of frequency 0 is none.

    Raises:
        MissingDependencyError: without jieba.
    """
    whole = jieba_tokenizer()
    if not entries:
        return whole.lcut
    tokenizer = type(whole)()
    # The dictionary has half a million entries, which take a second to load and little to copy.
    tokenizer.FREQ, tokenizer.total, tokenizer.initialized = dict(whole.FREQ), whole.total, True
    for entry in entries:
        tokenizer.add(*entry.split(" "))
    return tokenizer.lcut


@functools.cache
def jieba_tokenizer():
    """A tokenizer with jieba's own dictionary, without what its import and its start print."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its old syntax
        jieba = needs("jieba", "zh", "level='word' with language='zh'", "level='character'")
    hidden_markov_model = vars(jieba.finalseg)["__cut"]

    class PrivateTokenizer(jieba.Tokenizer):
        """jieba's tokenizer with its own set of words that are none."""

        def __init__(self):
            super().__init__()
            self.no_words = set()

        def add(self, word: str, frequency: str | None = None) -> None:
            """As `add_word`, which writes a frequency of 0 down where all tokenizers read it."""
            number = self.suggest_freq(word) if frequency is None else int(frequency)
            self.FREQ[word] = number
            self.total += number
            for end in range(1, len(word)):
                self.FREQ.setdefault(word[:end], 0)  # the beginnings of words are looked up too
            if number == 0:
                self.no_words.add(word)

        # `cut` calls this for every run of Chinese. The base class does the same, but for the
        # words that are none, of which it takes those of the whole process.
        def _Tokenizer__cut_DAG(self, run):
            route = {}
            self.calc(run, self.get_DAG(run), route)
            start, characters = 0, ""
            while start < len(run):
                end = route[start][1] + 1
                if end - start == 1:
                    characters += run[start]
                else:
                    yield from self._new_words(characters)
                    yield run[start:end]
                    characters = ""
                start = end
            yield from self._new_words(characters)

        def _new_words(self, characters):
            """Characters that are no words of the dictionary together may be one beside it."""
            if len(characters) < 2 or self.FREQ.get(characters):
                yield from characters
                return
            for word in hidden_markov_model(characters):
                yield from word if word in self.no_words else [word]

    jieba.setLogLevel("ERROR")
    tokenizer = PrivateTokenizer()
    tokenizer.initialize()
    return tokenizer
