"""Fonts for labels in any script: never an empty box where a character should be."""

import contextlib
import dataclasses
import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.font_manager import FontEntry

logger = logging.getLogger("mlm_tf")

# Looked at first, since they hold Chinese, Japanese and Korean; then every other installed font.
WIDE_FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",  # the first face in the file of all of them, and the one that is seen
    "Noto Sans SC",
    "Source Han Sans SC",
    "PingFang SC",
    "Hiragino Sans GB",
    "Heiti TC",
    "Songti SC",
    "Microsoft YaHei",
    "SimHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Arial Unicode MS",
    "Droid Sans Fallback",
)
# The end of a message about characters without a font.
WHERE_TO_GET_FONTS = (
    "install one that does and draw again; Noto Sans CJK SC has Chinese, Japanese and Korean (on "
    "Linux apt-get install fonts-noto-cjk, on Colab the same behind an exclamation mark, on macOS "
    "brew install --cask font-noto-sans-cjk-sc, on Windows the supplemental fonts under Settings, "
    "Optional features), and fonts.google.com/noto every other script"
)
REGULAR = 400
NO_FONT = "Last Resort High-Efficiency"  # matplotlib's own: a box for every character


# Printable for Python, and nothing to be seen alone: fillers, an empty Braille cell, a joiner, and
# choosers of a variant.
BLANK = "\u034f\u115f\u1160\u2800\u3164\uffa0" + "".join(map(chr, range(0xFE00, 0xFE10)))


def visible(word: str) -> str:
    r"""A word as a label shows it; a line break or a space is a token too.

    >>> visible("cat"), visible("\n")
    ('cat', "'\\n'")
    >>> print(visible("\u3164"))  # a letter that is blank
    '\u3164'
    """
    if not word.isprintable() or not word.strip():
        return repr(word)
    return word if word.strip(BLANK) else ascii(word)


def families_for(texts: Iterable[str]) -> tuple[list[str], set[str]]:
    """The font families that together draw the texts, and the characters that none can draw.

    Args:
        texts: what is to be written.

    Returns:
        `families`, for matplotlib's `fontfamily`, the default one first; and `missing`, the
        characters for which no installed font was found.

    >>> families_for(["cat", "ocelot"])
    (['DejaVu Sans'], set())
    """
    from matplotlib.font_manager import FontProperties, findfont, get_font

    default = get_font(findfont(FontProperties()))
    families = [default.family_name]
    missing = {character for text in texts for character in text if character.isprintable()}
    missing -= _drawn(default, missing)
    for find in (_installed, _installed_since):
        if not missing:
            break
        fonts = find()
        first = [name for name in WIDE_FONTS if name in fonts]
        for name in (*first, *sorted(fonts.keys() - set(first))):
            drawn = _drawn(get_font(fonts[name].fname), missing)
            if drawn:
                _make_regular(fonts[name])
                families.append(name)
                missing -= drawn
    return families, missing


def without_font(labels: list[str], missing: set[str], done: str) -> list[str]:
    """The labels with a missing character; the log says what the plot has done with them."""
    undrawn = [label for label in labels if missing.intersection(label)]
    if undrawn:
        logger.warning(
            "The plot %s (%s), since no installed font has their characters; %s.",
            done.format(f"{len(undrawn)} of {len(labels)} labels"),
            ", ".join(undrawn[:3]) + (", ..." if len(undrawn) > 3 else ""),
            WHERE_TO_GET_FONTS,
        )
    return undrawn


def _installed() -> "dict[str, FontEntry]":
    """Of each family in matplotlib's list the face whose weight is nearest to that of a text."""
    from matplotlib.font_manager import fontManager

    upright = [entry for entry in fontManager.ttflist if entry.style == "normal"]
    fonts = {entry.name: entry for entry in sorted(upright, key=_unevenness, reverse=True)}
    fonts.pop(NO_FONT, None)
    return fonts


def _unevenness(entry: "FontEntry") -> int:
    from matplotlib.font_manager import weight_dict

    return abs(weight_dict.get(entry.weight, entry.weight) - REGULAR)


def _make_regular(entry: "FontEntry") -> None:
    """Some families say that their only face is medium or thin; matplotlib warns at every text."""
    from matplotlib.font_manager import fontManager

    if _unevenness(entry):
        fontManager.ttflist.append(dataclasses.replace(entry, weight=REGULAR))


def _installed_since() -> "dict[str, FontEntry]":
    """The same, once the fonts are in the list that were installed after matplotlib made it."""
    from matplotlib.font_manager import findSystemFonts, fontManager

    known = {entry.fname for entry in fontManager.ttflist} | _unreadable
    before = len(fontManager.ttflist)
    for path in findSystemFonts():
        if path not in known:
            _unreadable.add(path)
            with contextlib.suppress(Exception):  # whatever a strange file makes it raise
                fontManager.addfont(path)
                _unreadable.discard(path)
    return _installed() if len(fontManager.ttflist) > before else {}


_unreadable: set[str] = set()  # files that are no fonts to matplotlib, tried once


def _drawn(font, characters: set[str]) -> set[str]:
    return {character for character in characters if font.get_char_index(ord(character))}
