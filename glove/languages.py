"""Whether a text reads as a person writes it, by which the right encoding is told from others."""

import itertools
import re
from collections.abc import Callable, Iterable

WESTERN = "àáâãäåæçèéêëìíîïñòóôõöøœùúûüÿß"
ICELANDIC = "áéíóúýðþæö"
TURKISH = "âçğıîöşûüİ"
POLISH = "ąćęłńóśźż"
CZECH = "áčďéěíňóřšťúůýžäľĺôŕ"  # and Slovak
# Single bytes, the likeliest first, with the letters of the languages for which they are used.
LATIN = (
    ("cp1252", WESTERN),
    ("cp1252", ICELANDIC),
    ("cp1254", TURKISH),
    ("cp1250", POLISH),
    ("cp1250", CZECH),
    ("iso-8859-2", POLISH),
    ("iso-8859-2", CZECH),
    ("macintosh", WESTERN),
    ("cp437", WESTERN),
    ("cp850", WESTERN),
)
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")
WITHIN_WORDS = "’–—…"
NEVER_BEHIND_LETTERS = "„‚¿¡"

# Japanese and Korean come before Chinese, whose encodings make frequent characters of their bytes.
JAPANESE = ("euc-jp", "euc-jisx0213", "cp932", "utf-16-le", "utf-16-be")
KOREAN = ("cp949", "utf-16-le", "utf-16-be")
CHINESE = ("gb18030", "big5", "utf-16-le", "utf-16-be")
FREQUENT_KANA = frozenset("のにはをたがでてとしれさいるなうかもまらりこすー")
FREQUENT_HANGUL = frozenset("이다는에의을가하고로지사은한리기도나를어")


def readable_encoding(decoded: Callable[[str], str | None]) -> str | None:
    """The encoding in which bytes that are no UTF-8 read as a text; None where there is none.

    Args:
        decoded: gives the text in an encoding, or None where a byte is wrong.

    Example:

    >>> def decoded(encoding, data="나는 학교에 간다.".encode("euc-kr")):
    ...     try:
    ...         return data.decode(encoding)
    ...     except UnicodeDecodeError:
    ...         return None
    >>> readable_encoding(decoded)
    'cp949'
    """
    return (
        _first(name for name, letters in LATIN if _is_latin(decoded(name), letters))
        or _first(name for name in JAPANESE if _is_japanese(decoded(name)))
        or _first(name for name in KOREAN if _is_korean(decoded(name)))
        or _chinese(decoded)
    )


def _first(names: Iterable[str]) -> str | None:
    return next(iter(names), None)


def _beyond(text: str | None) -> list[str]:
    return [character for character in text or "" if ord(character) > 0x7F]


def _share(characters: list[str], is_one: Callable[[str], bool]) -> float:
    return sum(map(is_one, characters)) / len(characters) if characters else 0.0


# === Latin letters ===


def _is_latin(text: str | None, letters: str) -> bool:
    """Latin letters among which those with an accent stand alone, and are those of a language."""
    if text is None:
        return False
    if CONTROL.search(text):
        return False
    beyond = [place for place, character in enumerate(text) if ord(character) > 0x7F]
    pairs = sum(later == earlier + 1 for earlier, later in itertools.pairwise(beyond))
    plain = sum(character.isascii() and character.isalpha() for character in text)
    if not pairs * 4 <= len(beyond) <= plain:
        return False
    return sum(_is_at_home(text, place, letters) for place in beyond) >= 0.95 * len(beyond)


def _is_at_home(text: str, place: int, letters: str) -> bool:
    """Whether a character may stand where it does: no capital or quote in the middle of a word."""
    before, character, after = text[place - 1 : place], text[place], text[place + 1 : place + 2]
    if character.isalpha():
        known = character in letters or character.lower() in letters
        return known and not (character.isupper() and before.islower())
    if character in WITHIN_WORDS:
        return True
    if character in NEVER_BEHIND_LETTERS:
        return not before.isalpha()
    return not (before.isalpha() and after.isalpha())


# === East Asian characters ===


def _is_kana(character: str) -> bool:
    return "\u3041" <= character <= "\u3096" or "\u30a1" <= character <= "\u30fc"


def _is_hangul(character: str) -> bool:
    return "가" <= character <= "힣"


def _is_mark(character: str) -> bool:
    return "\u3000" <= character <= "\u303f" or "\uff01" <= character <= "\uff5e"


def _is_japanese(text: str | None) -> bool:
    """By the kana that are endings and particles; what is in other scripts may have kana, too."""
    return _share(_beyond(text), FREQUENT_KANA.__contains__) >= 0.12


def _is_korean(text: str | None) -> bool:
    """By the syllables that are endings, since Chinese makes syllables too, but any."""
    letters = [character for character in _beyond(text) if character.isalpha()]
    frequent = _share(letters, FREQUENT_HANGUL.__contains__)
    return frequent >= 0.15 and _share(letters, _is_hangul) >= 0.5


def _chinese(decoded: Callable[[str], str | None]) -> str | None:
    share, best = max((_share(_beyond(decoded(name)), _is_chinese), name) for name in CHINESE)
    return best if share >= 0.7 else None


def _is_chinese(character: str) -> bool:
    """A frequent Han character, or a sign between them."""
    return _is_mark(character) or character in "“”‘’…—·" or _is_frequent(character)


def _is_frequent(character: str) -> bool:
    # Both standards have the frequent characters first; Big5 has kana behind them.
    for encoding, first, last in (("gb2312", 0xB0, 0xD7), ("big5", 0xA4, 0xC6)):
        try:
            code = character.encode(encoding)
        except UnicodeEncodeError:
            continue
        if len(code) == 2 and first <= code[0] <= last:
            return not _is_kana(character)
    return False
