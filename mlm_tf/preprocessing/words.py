"""Words: splitting a text into them inside the TensorFlow graph, and joining them again."""

import functools
import heapq
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from mlm_tf._startup import tf
from mlm_tf.preprocessing.chinese import HAN, cutter
from mlm_tf.preprocessing.level import Learned, Level, made_once
from mlm_tf.preprocessing.normalization import RULES, Kinds, Normalizer
from mlm_tf.preprocessing.special_tokens import SPECIAL_TOKENS, UNK_ID
from mlm_tf.preprocessing.word_patterns import ALONE, HEBREW_LETTERS, KEPT_SPACE, PATTERNS, Steps


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
        rows = self._found(sorted(stopwords)).to_list() if stopwords else []
        rows = [[word.decode().strip(KEPT_SPACE) for word in row] for row in rows]
        self.stopwords = sorted(
            {"".join(row) for row in rows if len(row) == 1 or all(map(HAN.match, row))} - {""}
        )

    def learn(self, batches: Callable[[], Iterator], room: int | None) -> Learned:
        found = Counter()
        for texts in batches():
            words, _, counts = tf.unique_with_counts(self._kept(texts).flat_values)
            words = _with_spaces(words)
            for word, count in zip(words.numpy().tolist(), counts.numpy().tolist(), strict=True):
                found[word] += count
        return self._best(found, room)

    def merged(self, counts: Counter[str], room: int | None) -> Learned:
        return self._best(Counter({word.encode(): n for word, n in counts.items()}), room)

    @staticmethod
    def _best(found: Counter[bytes], room: int | None) -> Learned:
        room = len(found) if room is None else room
        ranked = heapq.nsmallest(room, found.items(), key=lambda entry: (-entry[1], entry[0]))
        words, counts = [w.decode() for w, _ in ranked], [n for _, n in ranked]
        return Learned(words, counts, unknown=found.total() - sum(counts))

    def encode(self, texts):
        words = self._kept(texts)
        return words.with_flat_values(self._ids.lookup(words.flat_values))

    def split_and_mark(self, texts):
        words = self._found(texts)
        are_removed = self._are_stopwords(words) if self.stopwords else None
        return words.with_flat_values(_with_spaces(words.flat_values)), are_removed

    def _found(self, texts):
        return _split(texts, self.normalizer, self.user_dict)

    def _kept(self, texts):
        """As `split`, but with `KEPT_SPACE` for spaces, which saves a replacement in every word."""
        words = self._found(texts)
        if not self.stopwords:
            return words
        return tf.ragged.boolean_mask(words, ~self._are_stopwords(words))

    def _are_stopwords(self, words):
        """Ragged words `(n, None)` -> ragged bool; "dont" in the list is "don't" too, "-" " - "."""
        flat = tf.strings.regex_replace(words.flat_values, KEPT_SPACE, "")
        bare = tf.strings.regex_replace(flat, "n't$", "nt")
        listed = (self._stopwords.lookup(flat) > 0) | (self._stopwords.lookup(bare) > 0)
        return words.with_flat_values(listed)

    def pieces(self, ids: Iterable[int]) -> Iterator[str]:
        words = (self.vocabulary[i] for i in ids)
        return _joined_words(words, self.normalizer.language, self.normalizer.rules)

    @made_once
    def _ids(self):
        places = range(len(SPECIAL_TOKENS), len(self.vocabulary))
        words = [self.vocabulary[i].replace(" ", KEPT_SPACE) for i in places]
        return _table(words, places, UNK_ID)

    @made_once
    def _stopwords(self):
        return _table(self.stopwords, [1] * len(self.stopwords), 0)


def _table(keys: Sequence[str], values: Sequence[int], default: int):
    """A hash table inside the graph: strings -> int32."""
    keys, values = ["", *keys], [default, *values]  # no word is empty, but a table may not be
    initializer = tf.lookup.KeyValueTensorInitializer(
        tf.constant(keys, tf.string), tf.constant(values, tf.int32)
    )
    return tf.lookup.StaticHashTable(initializer, default)


def split_words(texts, normalizer: Normalizer, user_dict: tuple[str, ...] = ()):
    """Strings `(n,)` -> ragged words `(n, None)`, in TensorFlow operations (Chinese by jieba).

    Words keep their apostrophes and numbers their separators; every punctuation mark is a word
    of its own, hyphens too, so that "well-known" is three words, each of which may be known. A
    sign that joins keeps the spaces that stand around it: " - " is another word than "-".
    """
    words = _split(texts, normalizer, user_dict)
    return words.with_flat_values(_with_spaces(words.flat_values))


def _with_spaces(words):
    return tf.strings.regex_replace(words, KEPT_SPACE, " ")


def _split(texts, normalizer: Normalizer, user_dict: tuple[str, ...]):
    """The same, with `KEPT_SPACE` for the spaces that words keep."""
    patterns = PATTERNS[normalizer.rules]
    run = patterns.runs[normalizer.language]
    cut = (*((run, ALONE),) * (run is not None), *patterns.words)
    kinds = Kinds(texts, patterns.plain, patterns.common)
    plain, common, rare = kinds.parts
    rare = tf.strings.unicode_transcode(rare, "UTF-8", "UTF-8")
    plain, common, rare = normalizer.each(plain, common, _replaced(rare, patterns.before))
    plain = _replaced(plain, patterns.signs)
    common = _replaced(common, (*patterns.spaces, *cut))
    rare = _replaced(rare, (*patterns.spaces, *patterns.between, *cut, *patterns.after))
    words = tf.strings.split(kinds.joined(plain, common, rare))
    return _cut_chinese(words, user_dict) if normalizer.language == "zh" else words


def _replaced(texts, steps: Steps):
    for pattern, rewrite in steps:
        texts = tf.strings.regex_replace(texts, pattern, rewrite)
    return texts


def _cut_chinese(words, user_dict: tuple[str, ...]):
    """Ragged words `(n, None)` -> ragged words: what is Chinese is cut by jieba's dictionary."""
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


# === Joining: writing words as a person would, spaces and punctuation where they belong ===

TIGHT_LEFT = frozenset(",.;:!?%)]}…'”’°»")  # no space before
TIGHT_RIGHT = frozenset("([{$£€#“‘«¿¡")  # no space after
TIGHT_BOTH = frozenset("-/_@")
DASHES = frozenset("–—")
# Chinese, Japanese, Thai, Lao, Tibetan, Burmese and Khmer characters, and full-width marks.
WRITTEN_WITHOUT_SPACES = re.compile(
    "[\u0e00-\u109f\u1780-\u17ff\u3000-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
)

# From rules 3 on; here stops, commas and questions of other scripts, and what closes a number.
LATER_TIGHT_LEFT = TIGHT_LEFT | frozenset("›¢‰′″;·՛՜՝՞՟։׃،؛؟٪۔।॥၊။។៕፣፤፥፦።᠂᠃⟩⦆")
LATER_TIGHT_RIGHT = (TIGHT_RIGHT - frozenset("$£€#")) | frozenset("‹„‚⟨⦅")
JOINING = frozenset("/@&*#^\\`·•‧་༌፡")  # and what Unicode calls a dash, connector or operator
FULL_WIDTH_MARK = re.compile("[\u3000-\u303f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]")
# From rules 4 on.
LATER_WRITTEN_WITHOUT_SPACES = re.compile(  # but for marks of kana, full-width letters, Korean
    WRITTEN_WITHOUT_SPACES.pattern.replace(
        "\u3000-\u30ff", "\u3000-\u3029\u3030-\u3098\u309b-\u30ff"
    ).replace("\uff00-\uffef", "\uff00-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff9f\uffe0-\uffef")
)
LATER_FULL_WIDTH_MARK = re.compile(  # and no letters or numbers
    FULL_WIDTH_MARK.pattern.replace(
        "\u3000-\u303f", "\u3000-\u3004\u3008-\u3020\u3030\u303d-\u303f"
    )
)
MAY_OPEN = ("'", ".", "”")  # with a space before, what comes close behind
MAY_BE_APOSTROPHES = ("‘", "‛", "′")  # between letters
SKIN = "".join(map(chr, range(0x1F3FB, 0x1F400)))
HEBREW_END = re.compile(rf"[{HEBREW_LETTERS}'’\"”]*$")
GERESH_BEHIND = re.compile(  # as rules 4 find one
    rf"(?<!['’{HEBREW_LETTERS}])(?<![{HEBREW_LETTERS}][\"”])[{HEBREW_LETTERS}]"
    rf"(?:['’\"]?[{HEBREW_LETTERS}])*$"
)
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
    return "".join(_joined_words(words, language, rules))


def _joined_words(words: Iterable[str], language: str, rules: int) -> Iterator[str]:
    """As `join_words`, word by word: what each adds to the text, a space before it if need be."""
    is_spaced = _is_spaced if rules < 3 else _is_spaced_later
    before, previous, last, is_quoted, closing, apostrophe = "", "", "", False, None, "'"
    tail, is_alone = "", True
    for word in words:
        bare = word if rules < 3 else word.strip(" ")
        if previous in CLOSING and word in LATER_TIGHT_LEFT:  # as French writes: « oui », and
            closing = None
        role = word if bare != closing else word.replace(bare, "”")
        space = is_spaced(before, previous, role, is_quoted)
        if not _brings_space(previous, role) and _is_unspaced(last + bare[0], language, rules):
            space = rules >= 4 and is_alone and _is_kept_apart(previous, bare)
        is_inside = not is_alone and previous in MAY_BE_APOSTROPHES
        if rules >= 4 and (_merges(tail, previous, bare) or (is_inside and _meet(before, bare))):
            space = True
        piece = " " * (space and last != "") + (apostrophe if word == "'" else bare)
        yield piece
        is_quoted ^= word == '"'
        if rules >= 3:
            apostrophe = "’" if role == "‘" else apostrophe
            closing = CLOSING.get(word, closing) if bare != closing else None
        if rules >= 4:
            is_alone = last == "" or piece[0] == " "
            tail = _hebrew_end(piece.strip(" ") if is_alone else tail + piece)
            if word in ("«", "‹"):  # with a space behind they are other tokens
                role = word
        before, previous, last = previous, role, piece[-1:] or last


def _is_unspaced(edges: str, language: str, rules: int) -> bool:
    """Whether of the two characters that meet one is of a script that writes no spaces."""
    written, mark = WRITTEN_WITHOUT_SPACES, FULL_WIDTH_MARK
    if rules >= 4:
        written, mark = LATER_WRITTEN_WITHOUT_SPACES, LATER_FULL_WIDTH_MARK
    found = language != "en" and written.search(edges)
    return bool(found or (rules >= 3 and mark.search(edges)))


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


def _is_kept_apart(previous: str, bare: str) -> bool:
    """Whether a sign before which nothing stands means something else where no space is written."""
    return previous in MAY_OPEN and unicodedata.category(bare[0])[0] != "P"


def _meet(before: str, bare: str) -> bool:
    """Whether what stands between them would be an apostrophe."""
    around = unicodedata.category(before[-1:] or " ")[0], unicodedata.category(bare[0])[0]
    return around[0] in "LMN" and around[1] == "L"


def _hebrew_end(text: str) -> str:
    """The end of a text on which depends whether a geresh comes next, without vowels."""
    if text.isascii() and text[-1:] not in ("'", '"'):  # most words
        return ""
    letters = "".join(sign for sign in text if unicodedata.category(sign)[0] != "M")
    return HEBREW_END.search(letters)[0]


def _merges(tail: str, previous: str, bare: str) -> bool:
    """Whether a word close behind the previous one would be read as a part of it."""
    if bare == ".":  # "u.s" and "."
        return previous[-2:-1] == "." and unicodedata.category(previous[-1])[0] == "L"
    if bare == "'":
        return GERESH_BEHIND.search(tail) is not None
    if bare[0] >= "\u0300" and (unicodedata.category(bare[0])[0] == "M" or bare[0] in SKIN):
        return True
    if tail[-1:] not in ("'", "’"):
        return False
    return any(  # what an apostrophe opens has no geresh
        GERESH_BEHIND.search(_hebrew_end(bare[: end.start()]))
        and not GERESH_BEHIND.search(_hebrew_end(tail + bare[: end.start()]))
        for end in re.finditer("'(?='|$)", bare)
    )


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
