"""A text and how probable each of its words was: a page to look at, word by word."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

import numpy as np

from mlm_tf.checks import check_choice
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.viz.figure import COLOURS, GREY, new_figure
from mlm_tf.viz.fonts import families_for, visible, without_font
from mlm_tf.viz.page import LANGUAGES, Page, check_page_words, rounded

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLE = "How probable is each word?"
MOST_WORDS = 2000
MOST_CANDIDATES = 50
ROUNDING = 1e-2  # bfloat16 probabilities may pass 1 by this much
# Below which probability a word takes the next colour, here and in pages/generation.js.
BOUNDS = (0.5, 0.1, 0.01, 0.001)
BOUND_NAMES = ("50% and more", "10 to 50%", "1 to 10%", "0.1 to 1%", "below 0.1%")
WORD_COLOURS = ("#cfe6f5", "#eceff1", "#fdebcf", "#f8c98b", "#f0a35e")
# The figure: how many words it has, its width in inches, the size of its letters in points.
DRAWN_WORDS, WIDTH, POINTS = 240, 9.0, 9
LINE = 0.26  # inches from one line to the next


def generation_page(
    words: Sequence[str],
    probabilities: Sequence[float],
    candidates: Sequence[Sequence[str]],
    candidate_probabilities: Sequence[Sequence[float]],
    entropies: Sequence[float],
    language: str = "auto",
) -> Page:
    """A page of a text: each word coloured by its probability, and what else could stand there.

    Hover, tap or reach a word by the arrow keys, and the page shows the likeliest words in its
    place with their bars; below the text runs the entropy, how uncertain the model was. All of it
    comes from a causal language model in one line:
    `viz.generation_page(*model.alternatives(text))`.

    Args:
        words: T words or tokens, T at most 2,000.
        probabilities: (T,), that of each, given those before it.
        candidates: T lists of k words, the likeliest in each place.
        candidate_probabilities: (T, k), theirs.
        entropies: (T,), in bits, of the whole distribution in each place.
        language: of the labels: `"en"`, `"zh"`, or `"auto"`, the language of the browser; the page
            has a button that changes it.

    Returns:
        A `Page`: a notebook shows it, `page.save("page.html")` writes it. Its figure, which stands
        in where HTML is not shown, has the first 240 words.

    Raises:
        InvalidArgumentError: there is no word or there are too many, the arguments differ in
            length, a probability is not between 0 and 1, an entropy is negative or not finite.

    >>> page = generation_page(["the", "cat"], [0.5, 0.2], [["the", "a"], ["dog", "cat"]],
    ...                        [[0.5, 0.5], [0.8, 0.2]], [1.0, 0.72])
    >>> page.html.startswith("<!doctype html>")
    True

    Reference: Gehrmann, Strobelt, Rush (2019), "GLTR: Statistical Detection and Visualization of
    Generated Text", figure 1.
    """
    check_choice("language", language, LANGUAGES)
    words = check_page_words("words", words, MOST_WORDS)
    probabilities = _shares("probabilities", probabilities, (len(words),))
    candidates = _rows(candidates, len(words))
    shape = (len(words), len(candidates[0]))
    shares = _shares("candidate_probabilities", candidate_probabilities, shape)
    entropies = _numbers("entropies", entropies, (len(words),))
    if not (np.isfinite(entropies) & (entropies >= 0)).all():
        raise InvalidArgumentError(
            f"entropies has values from {entropies.min():.3g} to {entropies.max():.3g}, and an "
            "entropy is a finite number >= 0; give that of the whole distribution in each place."
        )
    ranked = []
    for row, row_shares in zip(candidates, shares, strict=True):
        order = np.argsort(-row_shares, kind="stable")
        row_shares = rounded(row_shares[order])
        ranked.append([[row[i], share] for i, share in zip(order, row_shares, strict=True)])
    data = {
        "language": language,
        "words": words,
        "probabilities": rounded(probabilities),
        "candidates": ranked,
        "entropies": rounded(entropies),
    }
    return Page("generation", TITLE, data, lambda: _figure(words, probabilities, entropies))


def _rows(candidates, count: int) -> list[list[str]]:
    """So many lists of words, all of one length."""
    rows = list(candidates) if isinstance(candidates, Iterable) else []
    if len(rows) != count:
        raise InvalidArgumentError(
            f"candidates holds {len(rows)} lists of words, and {count} words have one each; give "
            "the likeliest words in each place."
        )
    remedy = f"give the likeliest, as model.alternatives(text, top_k={MOST_CANDIDATES}) does"
    rows = [
        check_page_words(f"candidates[{i}]", row, MOST_CANDIDATES, remedy)
        for i, row in enumerate(rows)
    ]
    lengths = sorted({len(row) for row in rows})
    if len(lengths) > 1:
        raise InvalidArgumentError(
            f"candidates holds lists of {lengths[0]} to {lengths[-1]} words; give as many in each "
            "place."
        )
    return rows


def _numbers(name: str, values, shape: tuple[int, ...]) -> np.ndarray:
    """Numbers of that shape."""
    try:
        values = np.asarray(values, float)
    except (TypeError, ValueError):  # rows of several lengths, or no numbers
        values = np.empty(0)
    if values.shape != shape:
        raise InvalidArgumentError(
            f"{name} has shape {values.shape}, and {shape} is needed; give one for each word."
        )
    return values


def _shares(name: str, values, shape: tuple[int, ...]) -> np.ndarray:
    """Probabilities of that shape, each between 0 and 1."""
    values = _numbers(name, values, shape)
    if not (values.min() >= -ROUNDING and values.max() <= 1 + ROUNDING):  # NaN is neither
        raise InvalidArgumentError(
            f"{name} has values from {values.min():.3g} to {values.max():.3g}, and probabilities "
            "lie between 0 and 1; use them as they are after the softmax."
        )
    return values.clip(0, 1)


def _figure(words: list[str], probabilities: np.ndarray, entropies: np.ndarray) -> "Figure":
    """The words on their colours, as a text, and the entropy of each place below."""
    labels = [_label(word) for word in words[:DRAWN_WORDS]]
    families, missing = families_for([*labels, "␣"])
    undrawn = without_font(labels, missing, "writes {} as code points")
    labels = [ascii(label)[1:-1] if label in undrawn else label for label in labels]
    places = _lines(labels)
    num_lines = int(places[-1, 1]) + 1
    figure, axes = new_figure(WIDTH, num_lines * LINE + 2.2)
    axes.remove()
    upper, lower = figure.add_gridspec(2, 1, height_ratios=[num_lines * LINE + 0.3, 1.3])
    axes = figure.add_subplot(upper)
    axes.set(xlim=(0, WIDTH), ylim=(num_lines - 0.4, -0.6))
    axes.axis("off")
    colours = [WORD_COLOURS[sum(p < bound for bound in BOUNDS)] for p in probabilities]
    for label, (x, line), colour in zip(labels, places, colours, strict=False):
        width = _inches(label)
        axes.barh(line, width, 0.8, x, color=colour)
        style = {"fontsize": POINTS, "fontfamily": ["DejaVu Sans Mono", *families]}
        axes.text(x + width / 2, line, label, ha="center", va="center", parse_math=False, **style)
    for name, colour in zip(BOUND_NAMES, WORD_COLOURS, strict=True):
        axes.barh(0, 0, color=colour, label=name)
    axes.set_title("probability of each word", loc="left", fontsize=9)
    figure.legend(loc="outside upper right", ncols=len(BOUNDS) + 1, frameon=False, fontsize=8)
    axes = figure.add_subplot(lower)
    axes.bar(np.arange(1, len(labels) + 1), entropies[: len(labels)], 0.8, color=COLOURS[0])
    axes.set_xlim(0.5, len(labels) + 0.5)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(color=GREY, labelsize=8)
    part = f", the first {len(labels)} of {len(words):,}" if len(labels) < len(words) else ""
    axes.set_xlabel(f"place in the text{part}", fontsize=9)
    axes.set_ylabel("entropy, bits", fontsize=9)
    return figure


def _label(word: str) -> str:
    r"""A word of the figure: a space is seen, whatever else is unseen is written as Python does.

    >>> print(_label(" cat"), _label("\n"))
    ␣cat '\n'
    """
    return visible(word.replace(" ", "␣") or " ")


def _lines(labels: list[str]) -> np.ndarray:
    """Where each label begins, in inches from the left, and in which line: (n, 2)."""
    x, line, places = 0.0, 0, []
    for label in labels:
        if x and x + _inches(label) > WIDTH:
            x, line = 0.0, line + 1
        places.append((x, line))
        x += _inches(label) + 0.05
        if "\\n" in label:
            x, line = 0.0, line + 1
    return np.array(places)


def _inches(label: str) -> float:
    """How wide a label is: letters of one width, Chinese characters as squares."""
    ems = sum(1.0 if east_asian_width(character) in "WF" else 0.602 for character in label)
    return (ems + 0.5) * POINTS / 72
