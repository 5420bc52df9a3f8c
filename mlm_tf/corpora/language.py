"""What a text is mostly written in, told by the scripts of its letters."""

import logging
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from mlm_tf.checks import iterate_strings

logger = logging.getLogger("mlm_tf")

LOOKED_AT = 1_000_000  # characters, from the beginning

# The first word of a letter's Unicode name is its script, but for these.
HAN, KANA = "Han", "kana"
SCRIPTS = {"CJK": HAN, "IDEOGRAPHIC": HAN, "HIRAGANA": KANA, "KATAKANA": KANA}
NAMES = {HAN: "Chinese", "Hangul": "Korean"}
# Scripts that put no space between words; Han and kana among them.
UNSPACED = frozenset({HAN, KANA, "Thai", "Lao", "Khmer", "Myanmar", "Tibetan"})

# A tenth and more of the words of any English prose, and hardly any of its neighbours'.
ENGLISH = frozenset("the and to that it for with you he his she they are this from".split())
LATIN_WORD = re.compile("[a-z]+")


class Writing(NamedTuple):
    """What texts are mostly written in.

    Attributes:
        language: `"en"`, `"zh"` or `"any"`, as `TextPipeline` takes it.
        name: the same for a reader: "English", "Chinese", "Japanese", "Thai script", ...
        is_spaced: whether spaces stand between its words.
    """

    language: str
    name: str
    is_spaced: bool


def writing_of(texts: Iterable[str]) -> Writing:
    """What texts are mostly written in, of which the first million characters are looked at.

    Letters count as their bytes in UTF-8, so that a Chinese character, which is nearly a word,
    counts three times as much as a Latin letter. Chinese is what is Chinese characters for more
    than two thirds and has hardly any kana, which Japanese has; English is Latin letters nearly
    throughout, with the small words of English, or too short to tell. Everything else is `"any"`,
    two languages side by side too.

    Example:

    >>> writing_of(["The cat sat on the mat."])
    Writing(language='en', name='English', is_spaced=True)
    >>> writing_of(["春眠不觉晓，处处闻啼鸟。"])
    Writing(language='zh', name='Chinese', is_spaced=False)
    >>> writing_of(["吾輩は猫である。名前はまだ無い。"])
    Writing(language='any', name='Japanese', is_spaced=False)
    >>> writing_of(["L'été dernier, nous étions à la plage."]).language
    'any'
    """
    characters, words, left = Counter(), Counter(), LOOKED_AT
    for text in texts:
        text = text[:left]
        characters.update(text)
        words.update(LATIN_WORD.findall(text.lower()))
        left -= len(text)
        if left <= 0:
            break
    scripts = _scripts(characters)
    total = scripts.total()
    if not total:
        return Writing("en", "no letters", True)
    eastern, kana = scripts[HAN] + scripts[KANA], scripts[KANA]
    if eastern * 3 > total * 2:
        is_japanese = kana * 10 > eastern
        return Writing(*(("any", "Japanese") if is_japanese else ("zh", "Chinese")), False)
    if scripts["Latin"] > 0.95 * total:
        if _is_english(words, characters):
            return Writing("en", "English", True)
        return Writing("any", "Latin letters, but not English", True)
    [(script, size)] = scripts.most_common(1)
    is_spaced = sum(scripts[name] for name in UNSPACED) * 2 <= total
    if size * 3 <= total * 2:
        return Writing("any", "several scripts", is_spaced)
    return Writing("any", NAMES.get(script, f"{script} script"), is_spaced)


def recognised_language(texts: Iterable[str], level: str | None) -> str:
    """What texts are mostly written in; where that is not English, the log says so.

    Args:
        texts: strings, which can be iterated over again.
        level: as `TextPipeline.fit` got it.
    """
    writing = writing_of(iterate_strings("texts", texts))
    if writing.language != "en":
        characters = " and level='character'" if (level, writing.language) == (None, "zh") else ""
        logger.warning(
            "texts is mostly %s, so that language=%r%s is used; give language= to choose another.",
            writing.name,
            writing.language,
            characters,
        )
    return writing.language


def warn_of_unspaced(words: Iterable[str]) -> None:
    """Says in the log that words, cut as English, are in a script that no space cuts."""
    writing = writing_of(words)
    if not writing.is_spaced:
        logger.warning(
            "texts is mostly %s, which language='en' does not cut into words, but at spaces and "
            "punctuation alone; use language=%r, or leave it out.",
            writing.name,
            writing.language,
        )


def _scripts(characters: Counter) -> Counter:
    """Of each script the bytes of its letters."""
    scripts = Counter()
    for character, count in characters.items():
        if character.isalpha():
            plain = unicodedata.normalize("NFKC", character)[0]  # full-width, half-width
            first = re.split("[ -]", unicodedata.name(plain, "OTHER"))[0]
            scripts[SCRIPTS.get(first, first.capitalize())] += count * len(character.encode())
    return scripts


def _is_english(words: Counter, characters: Counter) -> bool:
    if words.total() >= 30:
        return sum(words[word] for word in ENGLISH) >= 0.05 * words.total()
    letters = {c: n for c, n in characters.items() if c.isalpha()}
    accented = sum(n for c, n in letters.items() if not c.isascii())
    return accented <= 0.02 * sum(letters.values())


# === Simplified and traditional Chinese ===


def chinese_variant(text: str) -> str | None:
    """Whether Chinese characters are `"simplified"` or `"traditional"`, or `None` if neither shows.

    Many characters are the same in both. The others are told by two old national character sets,
    each of which knows one form alone: GB 2312 the simplified, Big5 the traditional one.

    >>> chinese_variant("说话"), chinese_variant("說話"), chinese_variant("山水")
    ('simplified', 'traditional', None)
    """
    found = Counter()
    for character, count in Counter(text).items():
        known = [_is_in(character, charset) for charset in ("gb2312", "big5")]
        if unicodedata.name(character, "").startswith("CJK") and any(known) and not all(known):
            found["simplified" if known[0] else "traditional"] += count
    variant, count = max(found.items(), key=lambda entry: entry[1], default=(None, 0))
    return variant if count * 5 >= found.total() * 4 else None


def _is_in(character: str, charset: str) -> bool:
    try:
        return bool(character.encode(charset))
    except UnicodeEncodeError:
        return False
