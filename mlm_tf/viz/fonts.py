"""Fonts for labels in any script: never an empty box where a character should be."""

from collections.abc import Iterable

# Looked at first, since they hold Chinese, Japanese and Korean; then every other installed font.
_WIDE_FONTS = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "PingFang SC",
    "Heiti TC",
    "Microsoft YaHei",
    "SimHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Arial Unicode MS",
    "Droid Sans Fallback",
)
_NO_FONT = "Last Resort High-Efficiency"  # matplotlib's own: a box for every character


def visible(word: str) -> str:
    r"""A word as a label shows it; a line break or a space is a token too.

    >>> visible("cat"), visible("\n")
    ('cat', "'\\n'")
    """
    return word if word.isprintable() and word.strip() else repr(word)


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
    from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font, weight_dict

    default = get_font(findfont(FontProperties()))
    families = [default.family_name]
    missing = {character for text in texts for character in text if character.isprintable()}
    missing -= _drawn(default, missing)
    installed = {
        entry.name: entry.fname
        for entry in (fontManager.ttflist if missing else ())
        if entry.style == "normal" and weight_dict.get(entry.weight, entry.weight) == 400
    }
    installed.pop(_NO_FONT, None)
    first = [name for name in _WIDE_FONTS if name in installed]
    for name in (*first, *sorted(installed.keys() - set(first))):
        if not missing:
            break
        drawn = _drawn(get_font(installed[name]), missing)
        if drawn:
            families.append(name)
            missing -= drawn
    return families, missing


def _drawn(font, characters: set[str]) -> set[str]:
    return {character for character in characters if font.get_char_index(ord(character))}
