"""Personal data in a text, found by their form, and replaced by the name of what they are.

What is replaced, and by what:

    [EMAIL]   addresses in Latin letters whose domain ends in letters: "react@18.2.0" is none
    [ID]      Chinese id numbers of 18 digits with a right check digit (GB 11643, ISO 7064 MOD 11-2)
              and a date that can be; US social security numbers, with hyphens, that can be
    [CARD]    card numbers of an issuer, 13 to 19 digits in one run or in their printed groups, with
              a right check digit (Luhn)
    [PHONE]   "+" and a country code; of North America, of Britain with spaces, of China, mobile
              and landline

A check digit lets one in ten or eleven wrong numbers pass and no right one escape. Years, prices,
ISBNs and versions have none of these forms. What has none either stays: a name, an address, a
birthday, a number in words, a phone number of seven digits.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date
from typing import NamedTuple

# Full-width forms, one character for one, so that a place in the folded text is one in the text;
# hyphens and blanks of all kinds likewise.
FOLDED = {0xFF01 + i: 0x21 + i for i in range(94)}
FOLDED |= dict.fromkeys(map(ord, "‐‑‒–−"), "-") | dict.fromkeys(
    map(ord, "\xa0\u2007\u202f\u3000"), " "
)
TAKEN = "\ufdef"  # a noncharacter, in the place of what one kind has found
MAY_HOLD = re.compile(r"[@＠]|\d")  # without one of these a text holds none of them

_LOCAL = r"A-Za-z0-9\u00c0-\u024f._%+-"
_LABEL = r"[A-Za-z0-9\u00c0-\u024f](?:[A-Za-z0-9\u00c0-\u024f-]*+)"
EMAIL = re.compile(
    rf"(?<![{_LOCAL}])[{_LOCAL}]++@(?:{_LABEL}\.)+[A-Za-z\u00c0-\u024f]{{2,}}(?![A-Za-z0-9@])"
)

_ALONE = r"(?<![0-9A-Za-z])(?<![0-9]\.)", r"(?![0-9A-Za-z]|\.[0-9])"
_UNJOINED = r"(?<![0-9]-)", r"(?!-[0-9])"  # and no part of a longer number with hyphens


def _number(pattern: str, is_unjoined: bool = False) -> re.Pattern:
    """What matches a number that stands by itself."""
    before, after = _ALONE
    if is_unjoined:
        before, after = before + _UNJOINED[0], _UNJOINED[1] + after
    return re.compile(f"{before}(?:{pattern}){after}", re.ASCII)


CHINESE_ID = _number(r"[1-9]\d{5}([ -]?)(?:18|19|20)\d{6}\1\d{3}[\dXx]")
SOCIAL_SECURITY = _number(r"(?!000|666|9)\d{3}-(?!00)\d\d-(?!0000)\d{4}", is_unjoined=True)
CARD = _number(
    r"3[47]\d\d([ -]?)\d{6}\1\d{5}"  # 4-6-5
    r"|3(?:0[0-5]|[689]\d)\d([ -]?)\d{6}\2\d{4}"  # 4-6-4
    r"|(?:4\d{3}|5[0-8]\d\d|6\d{3}|35\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)"
    r"([ -]?)\d{4}\3\d{4}\3\d{1,4}(?:\3\d{1,3})?",
    is_unjoined=True,
)
PHONES = (
    # "+", a country code and the number, 8 to 15 digits (E.164).
    re.compile(
        r"(?<![0-9A-Za-z+])\+(?=(?:[ ().-]{0,2}\d){8,15}(?![0-9]))[1-9]\d{0,2}"
        r"(?:[ .-]?(?:\(\d{1,4}\)|\d{1,5})){1,6}(?:-\d{1,6})?(?![0-9A-Za-z])",
        re.ASCII,
    ),
    _number(  # of China: mobile, landline
        r"(?:(?:0086|86)[ -]?)?1[3-9]\d(?:\d{8}|([ -])\d{4}\1\d{4})"
        r"|(?:0(?:10|2\d|[3-9]\d\d)[ -])[2-9]\d{2,3}[ -]?\d{4}(?:-\d{1,6})?"
    ),
    re.compile(
        r"\(0(?:10|2\d|[3-9]\d\d)\) ?[2-9]\d{2,3}[ -]?\d{4}(?:-\d{1,6})?(?![0-9A-Za-z])", re.ASCII
    ),
    _number(r"(?:400|800)(?:-\d{3}-\d{4}|\d-\d{3}-\d{3}|-\d{4}-\d{3})", is_unjoined=True),
    _number(  # of North America
        r"(?:1([ .-]))?[2-9]\d\d([ .-])[2-9]\d\d\2\d{4}(?: ?(?:x|ext\.?) ?\d{1,5})?",
        is_unjoined=True,
    ),
    re.compile(
        r"(?<![0-9A-Za-z])(?:1[ .-]?)?\([2-9]\d\d\) ?[2-9]\d\d[ .-]\d{4}"
        r"(?: ?(?:x|ext\.?) ?\d{1,5})?(?![0-9A-Za-z])",
        re.ASCII,
    ),
    _number(r"0(?:\d\d \d{4} \d{4}|\d{3} \d{3} \d{4}|\d{4} \d{5,6})"),  # of Britain
)


def has_luhn_digit(digits: str) -> bool:
    """Whether the last of these digits is the check digit of the others.

    Every second one from the right is doubled, and its own digits added up; the sum of all is a
    multiple of 10 (ISO/IEC 7812-1, annex B).

    >>> has_luhn_digit("79927398713"), has_luhn_digit("79927398710")
    (True, False)
    """
    values = [int(digit) for digit in reversed(digits)]
    return sum(values[::2] + [sum(divmod(2 * v, 10)) for v in values[1::2]]) % 10 == 0


def has_chinese_check_digit(number: str) -> bool:
    """Whether the last of these 18 is the check digit of the 17 before it, X being 10.

    >>> has_chinese_check_digit("11010519491231002X"), has_chinese_check_digit("110105194912310021")
    (True, False)
    """
    values = [10 if digit in "Xx" else int(digit) for digit in number]
    return sum(v * 2**place for place, v in enumerate(reversed(values))) % 11 == 1


def _is_chinese_id(found: str) -> bool:
    number = re.sub("[ -]", "", found)
    try:
        date.fromisoformat(number[6:14])
    except ValueError:
        return False
    return has_chinese_check_digit(number)


def _is_card(found: str) -> bool:
    digits = re.sub("[ -]", "", found)
    return 13 <= len(digits) <= 19 and has_luhn_digit(digits)


class _Kind(NamedTuple):
    """A kind of personal data: its name, what looks like it, and what decides whether it is."""

    name: str
    pattern: re.Pattern
    decides: Callable[[str], bool] = lambda found: True


# In this order: what one has taken is none of the others.
KINDS = (
    _Kind("email", EMAIL),
    _Kind("id", CHINESE_ID, _is_chinese_id),
    _Kind("id", SOCIAL_SECURITY),
    _Kind("card", CARD, _is_card),
    *(_Kind("phone", pattern) for pattern in PHONES),
)
NAMES = tuple(dict.fromkeys(kind.name for kind in KINDS))


def find_personal_data(text: str) -> list[tuple[int, int, str]]:
    """The places of personal data in a text: from, to, and of which kind, in their order.

    >>> find_personal_data("Ask ann@example.org, or 138 0013 8000.")
    [(4, 19, 'email'), (24, 37, 'phone')]
    """
    if not MAY_HOLD.search(text):
        return []
    folded, found = text.translate(FOLDED), []
    for name, pattern, decides in KINDS:

        def taken(match, name=name, decides=decides):
            if not decides(match[0]):
                return match[0]
            found.append((*match.span(), name))
            return TAKEN * len(match[0])

        folded = pattern.sub(taken, folded)
    return sorted(found)


def scrubbed(text: str) -> tuple[str, Counter]:
    """The text with `[EMAIL]`, `[ID]`, `[CARD]` and `[PHONE]` for them, and how many of each.

    >>> scrubbed("Ask ann@example.org, or 138 0013 8000; in 2019 it cost $1,299.00.")
    ('Ask [EMAIL], or [PHONE]; in 2019 it cost $1,299.00.', Counter({'email': 1, 'phone': 1}))
    """
    parts, done, counts = [], 0, Counter()
    for start, end, name in find_personal_data(text):
        parts += [text[done:start], f"[{name.upper()}]"]
        done = end
        counts[name] += 1
    return "".join([*parts, text[done:]]), counts


def all_scrubbed(texts: Iterable[str]) -> tuple[list[str], Counter]:
    """The same of several texts, with the counts of all."""
    pairs = [scrubbed(text) for text in texts]
    return [text for text, _ in pairs], sum((counts for _, counts in pairs), Counter())
