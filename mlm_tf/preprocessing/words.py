"""Words: splitting a text into them inside the TensorFlow graph, and joining them again."""

import heapq
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from mlm_tf.preprocessing.ascii import by_ascii
from mlm_tf.preprocessing.chinese import HAN, cutter
from mlm_tf.preprocessing.level import Learned, Level, made_once
from mlm_tf.preprocessing.normalization import Normalizer
from mlm_tf.preprocessing.special_tokens import SPECIAL_TOKENS, UNK_ID

# What stands between two words while they are found; white space to `tf.strings.split`.
EDGE = "\v"

# RE2 syntax, which has no look-ahead and an ASCII `\s`, `\b` and `\B`.
# A word or number, with apostrophes and stops inside it ("don't", "3.14") and groups of three
# digits ("1,000,000"); any other sign alone, with the marks that belong to it.
GROUP = r",\pN{3}\b"
WORD = rf"(?:[\pL\pM\pN]+|{GROUP})(?:['.][\pL\pM\pN]+|{GROUP})*|[^\s\v\pL\pM\pN]\pM*"
LAST_STOP = r"(\.\pL)\v\v\.\v"  # it belongs to a word that ends like this: "U.S.", "Ph.D."
SPACES = r"[\x00-\x1f\x7f-\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]"
INVISIBLE = r"[\p{Cf}\x{fe00}-\x{fe0f}]"  # joiners, soft hyphens, marks of direction
APOSTROPHES = "[\u2019\u02bc]"  # typographic forms of '

# Runs that WORD alone would not part from their neighbours, by language. Scripts that write no
# spaces are words character by character, or for Chinese by a dictionary.
UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}]\pM*"
RUNS = {"en": None, "any": UNSPACED, "zh": r"\p{Han}+"}

# The same in plain ASCII, where the signs between words are fewer than the words: all are cut off
# first, and what belongs to a word or number is put back.
ASCII_SIGN = r"[!-&(-+\-/:-@\[-`{-~]|\B['.]|['.]\B|,"
ASCII_GROUP = r"\v,\v([0-9]{3})\b"
ASCII_LAST_STOP = r"(\.[A-Za-z])\v\.\v"


class Words(Level):
    """Words, numbers and punctuation marks; what is not in the vocabulary is `[UNK]`.

    `stopwords` are dropped before words are looked up. `user_dict` is what jieba's dictionary
    lacks, as `chinese.user_words` gives it.
    """

    def __init__(
        self,
        vocabulary: Sequence[str],
        normalizer: Normalizer,
        stopwords: Iterable[str] = (),
        user_dict: Sequence[str] = (),
    ):
        super().__init__(vocabulary, normalizer)
        # As the words will stand in a normalised text.
        entries = normalizer(list(user_dict)).numpy().tolist() if user_dict else []
        self.user_dict = tuple(entry.decode() for entry in entries)
        # The list after the same normalisation as a text; entries of several words drop out, but
        # not Chinese ones, which stand in a text as another context cuts them.
        rows = self._split(sorted(stopwords)).to_list() if stopwords else []
        rows = [[word.decode() for word in row] for row in rows]
        self.stopwords = sorted(
            {"".join(row) for row in rows if len(row) == 1 or all(map(HAN.match, row))} - {""}
        )

    def learn(self, batches: Callable[[], Iterator], room: int | None) -> Learned:
        import tensorflow as tf

        found = Counter()
        for texts in batches():
            words, _, counts = tf.unique_with_counts(self.split(texts).flat_values)
            for word, count in zip(words.numpy().tolist(), counts.numpy().tolist(), strict=True):
                found[word] += count
        room = len(found) if room is None else room
        ranked = heapq.nsmallest(room, found.items(), key=lambda entry: (-entry[1], entry[0]))
        words, counts = [w.decode() for w, _ in ranked], [n for _, n in ranked]
        return Learned(words, counts, unknown=found.total() - sum(counts))

    def encode(self, texts):
        words = self.split(texts)
        return words.with_flat_values(self._ids.lookup(words.flat_values))

    def split_and_mark(self, texts):
        words = self._split(texts)
        return words, self._are_stopwords(words) if self.stopwords else None

    def _split(self, texts):
        return split_words(texts, self.normalizer, self.user_dict)

    def _are_stopwords(self, words):
        """Ragged words `(n, None)` -> ragged bool; "dont" in the list is "don't" too."""
        import tensorflow as tf

        flat = words.flat_values
        bare = tf.strings.regex_replace(flat, "n't$", "nt")
        listed = (self._stopwords.lookup(flat) > 0) | (self._stopwords.lookup(bare) > 0)
        return words.with_flat_values(listed)

    def decode(self, ids: Iterable[int]) -> str:
        return join_words([self.vocabulary[i] for i in ids], self.normalizer.language)

    @made_once
    def _ids(self):
        places = range(len(SPECIAL_TOKENS), len(self.vocabulary))
        return _table([self.vocabulary[i] for i in places], places, UNK_ID)

    @made_once
    def _stopwords(self):
        return _table(self.stopwords, [1] * len(self.stopwords), 0)


def _table(keys: Sequence[str], values: Sequence[int], default: int):
    """A hash table inside the graph: strings -> int32."""
    import tensorflow as tf

    keys, values = ["", *keys], [default, *values]  # no word is empty, but a table may not be
    initializer = tf.lookup.KeyValueTensorInitializer(
        tf.constant(keys, tf.string), tf.constant(values, tf.int32)
    )
    return tf.lookup.StaticHashTable(initializer, default)


def split_words(texts, normalizer: Normalizer, user_dict: tuple[str, ...] = ()):
    """Strings `(n,)` -> ragged words `(n, None)`, in TensorFlow operations (Chinese by jieba).

    Words keep their apostrophes and numbers their separators; every punctuation mark is a word
    of its own, hyphens too, so that "well-known" is three words, each of which may be known.
    """
    import tensorflow as tf

    def replace(texts, pattern, rewrite):
        return tf.strings.regex_replace(texts, pattern, rewrite)

    def plain(texts):
        texts = normalizer.plain(texts)
        texts = replace(texts, ASCII_SIGN, rf"{EDGE}\0{EDGE}")
        texts = replace(texts, ASCII_GROUP, r",\1")
        return replace(texts, ASCII_LAST_STOP, rf"\1.{EDGE}")

    def other(texts):
        texts = normalizer.other(texts)
        texts = replace(texts, "_", f"{EDGE}_{EDGE}")  # to RE2's \b it is a letter
        texts = replace(texts, INVISIBLE, "")
        texts = replace(texts, SPACES, " ")
        texts = replace(texts, APOSTROPHES, "'")
        if RUNS[normalizer.language] is not None:
            texts = replace(texts, RUNS[normalizer.language], rf"{EDGE}\0{EDGE}")
        texts = replace(texts, WORD, rf"{EDGE}\0{EDGE}")
        return replace(texts, LAST_STOP, rf"\1.{EDGE}")

    words = tf.strings.split(by_ascii(texts, plain, other))
    return _cut_chinese(words, user_dict) if normalizer.language == "zh" else words


def _cut_chinese(words, user_dict: tuple[str, ...]):
    """Ragged words `(n, None)` -> ragged words: what is Chinese is cut by jieba's dictionary."""
    import tensorflow as tf

    cut = cutter(user_dict)

    def cut_all(flat):
        words = [word.decode() for word in flat.tolist()]
        rows = [cut(word) if HAN.match(word) else [word] for word in words]
        pieces = [piece.encode() for row in rows for piece in row]
        return np.array(pieces, object), np.array([len(row) for row in rows], "int64")

    pieces, lengths = tf.numpy_function(
        cut_all, [words.flat_values], (tf.string, tf.int64), stateful=False
    )
    pieces, lengths = tf.reshape(pieces, [-1]), tf.reshape(lengths, [-1])
    return words.with_flat_values(tf.RaggedTensor.from_row_lengths(pieces, lengths)).merge_dims(
        1, 2
    )


TIGHT_LEFT = frozenset(",.;:!?%)]}…'”’°»")  # no space before
TIGHT_RIGHT = frozenset("([{$£€#“‘«¿¡")  # no space after
TIGHT_BOTH = frozenset("-/_@")
DASHES = frozenset("–—")
# Chinese, Japanese, Thai, Lao, Tibetan, Burmese and Khmer characters, and full-width marks.
WRITTEN_WITHOUT_SPACES = re.compile(
    "[\u0e00-\u109f\u1780-\u17ff\u3000-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
)


def join_words(words: list[str], language: str = "en") -> str:
    """Write words as a person would: `["hello", ",", "world", "!"]` -> `"hello, world!"`.

    Straight quotes open and close in turn. But for English text, Chinese and other scripts that
    write no spaces get none, on neither side. A lone apostrophe closes, as in "the dogs' bones".
    Where a sign was written with other spaces ("C++", "AT&T"), they are lost. Nothing that follows
    changes what is already written, so that a text can be shown while it grows.

    >>> join_words(["(", "it", "cost", "$", "5", ",", "or", "5", "%", ")", "."])
    '(it cost $5, or 5%).'
    >>> join_words(["he", "said", '"', "well", "-", "known", '"', "at", "10", ":", "30"])
    'he said "well-known" at 10:30'
    >>> join_words(["我", "用", "deep", "learning", "，", "你", "呢", "？"], language="zh")
    '我用deep learning，你呢？'
    """
    text, before, previous, is_quoted = "", "", "", False
    for word in words:
        unspaced = language != "en" and WRITTEN_WITHOUT_SPACES.search(text[-1:] + word[0])
        if text and not unspaced and _is_spaced(before, previous, word, is_quoted):
            text += " "
        text += word
        is_quoted ^= word == '"'
        before, previous = previous, word
    return text


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
    return not (previous == ":" and before[-1:].isdigit() and word[0].isdigit())  # 10:30
