"""What of a text a pipeline does not give back, by name: it declares them, and the laws hold it."""

import functools
import re
import unicodedata
from collections.abc import Callable, Collection

UNKNOWN_WORDS = "unknown words"  # each stands as the unknown token


def _without_case(text: str) -> str:
    return "".join(character.lower() for character in text)  # as no final sigma is small elsewhere


def _without_accents(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) != "Mn")


def _without_control(text: str) -> str:
    return "".join(
        c for c in text if c.isspace() or (unicodedata.category(c)[0] != "C" and c != "\ufffd")
    )


# By name what forgets it: two texts that differ in nothing else are the same behind it.
LOSSES: dict[str, Callable[[str], str]] = {
    **{
        form: functools.partial(unicodedata.normalize, form)
        for form in ("NFC", "NFKC", "NFD", "NFKD")
    },
    "accents": _without_accents,
    "case": _without_case,
    "control characters": _without_control,
    "▁": lambda text: text.replace("▁", " "),  # which stands for a space
    "spaces at the start": lambda text: text.lstrip(" "),
    "white space": lambda text: "".join(text.split()),
    UNKNOWN_WORDS: lambda text: text,
}


def is_same_but(text: str, written: str, losses: Collection[str], unknown: str = "") -> bool:
    """Whether a text and what was written of it differ in nothing but what is declared lost.

    Args:
        text: as it was.
        written: of its ids.
        losses: names of `LOSSES`.
        unknown: what is written of an unknown word, where these are lost.

    Example:

    >>> is_same_but("Ein Café", "ein cafe", ["accents", "case"]), is_same_but("a b", "ab", ["case"])
    (True, False)
    >>> is_same_but("a rare word", "a [UNK] word", ["unknown words"], "[UNK]")
    True
    """
    for name, forget in LOSSES.items():
        if name in losses:
            text, written, unknown = forget(text), forget(written), forget(unknown)
    if UNKNOWN_WORDS not in losses:
        return text == written
    known = map(re.escape, written.split(unknown))
    return re.fullmatch(".*".join(known), text, re.DOTALL) is not None


def in_order(losses: Collection[str]) -> tuple[str, ...]:
    """Names as the table has them, each once."""
    return tuple(name for name in LOSSES if name in losses)
