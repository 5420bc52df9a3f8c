"""What a classifier does: which class it takes for which, how sure it is, which words decided."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mlm_tf.checks import check_integer
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.viz.figure import COLOURS, GREY, PALE, labelled_bar, new_figure, save
from mlm_tf.viz.fonts import families_for, visible

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FOR, AGAINST = COLOURS[0], COLOURS[1]
DARK = 0.6  # share of a row from which on white figures are read better


def confusion_matrix(
    labels: Sequence[int],
    found: Sequence[int],
    names: Sequence,
    path: str | os.PathLike | None = None,
) -> "Figure":
    """Draws for each class what its texts were taken for: a row for each, whose colours sum to 1.

    Args:
        labels: the right ones, integers from 0, (n,).
        found: those that a model gave, likewise.
        names: of the classes, in the order of their numbers.
        path: where to write it as a PNG; None writes nothing.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        InvalidArgumentError: there is no label, the two are not as long as each other, or a label
            has no name; `path` is no PNG.
        MissingFileError: the folder of `path` does not exist.

    >>> figure = confusion_matrix([0, 0, 1, 1], [0, 1, 1, 1], ["negative", "positive"])
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['1', '1', '0', '2']
    """
    names = [visible(str(name)) for name in names]
    labels, found = np.asarray(labels), np.asarray(found)
    _check_columns(labels=labels, found=found)
    both = np.concatenate([labels, found])
    if both.dtype.kind not in "iu" or both.min() < 0 or both.max() >= len(names):
        raise InvalidArgumentError(
            f"labels and found hold {sorted({*both.tolist()})[-1]!r}, and there are {len(names)} "
            f"names; use integers from 0 to {len(names) - 1}, the places of the names."
        )
    counts = np.zeros((len(names), len(names)), int)
    np.add.at(counts, (labels, found), 1)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    size = 2.4 + 0.7 * len(names)
    figure, axes = new_figure(size + 1.0, size)
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.spines[:].set_visible(False)
    families, _ = families_for(names)
    style = {"fontsize": 9, "fontfamily": families, "parse_math": False}
    axes.set_xticks(range(len(names)), names, **style)
    axes.set_yticks(range(len(names)), names, **style)
    for row, column in np.ndindex(counts.shape):
        colour = "white" if shares[row, column] > DARK else "black"
        axes.text(column, row, f"{counts[row, column]:,}", ha="center", va="center", color=colour)
    axes.set_xlabel("taken for")
    axes.set_ylabel("is")
    labelled_bar(figure, image, "share of the row", ax=axes, fraction=0.046, pad=0.04)
    if path is not None:
        save(figure, path)
    return figure


def _check_columns(**columns: np.ndarray) -> None:
    """Two arrays by their names, each `(n,)`, and not empty."""
    (name, one), (other_name, other) = columns.items()
    if one.ndim != 1 or one.shape != other.shape or not one.size:
        raise InvalidArgumentError(
            f"{name} has shape {one.shape} and {other_name} {other.shape}; use two lists of one "
            "length."
        )


def reliability(
    confidence: Sequence[float],
    is_right: Sequence[bool],
    bins: int = 10,
    path: str | os.PathLike | None = None,
) -> "Figure":
    """Draws how often a model is right among the texts of which it is about as sure.

    A model is calibrated if the points lie on the diagonal: of what it is 80 % sure of, 80 % is
    right. Below the diagonal it is too sure. The bars beneath count the texts of each point.

    Args:
        confidence: the probability of the label that was found, of each text.
        is_right: whether it was the right one.
        bins: of equal width from 0 to 1; those without a text have no point.
        path: where to write it as a PNG; None writes nothing.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        InvalidArgumentError: there is no text, the two are not as long as each other, or a number
            is no probability; `path` is no PNG.
        MissingFileError: the folder of `path` does not exist.

    >>> figure = reliability([0.9, 0.9, 0.6, 0.6], [True, True, True, False])
    >>> figure.axes[0].get_title(loc="left")
    'calibration error 10.0%'

    Reference: Guo et al. 2017, arXiv:1706.04599, figure 1.
    """
    check_integer("bins", bins)
    confidence, is_right = np.asarray(confidence, float), np.asarray(is_right, bool)
    _check_columns(confidence=confidence, is_right=is_right)
    if not (confidence.min() >= 0 and confidence.max() <= 1):  # NaN is neither
        raise InvalidArgumentError(
            f"confidence goes from {confidence.min():.3g} to {confidence.max():.3g}, and a "
            "probability from 0 to 1; use softmax(scores)."
        )
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    counts = np.bincount(place, minlength=bins)
    used = counts > 0
    sure = np.bincount(place, confidence, bins)[used] / counts[used]
    right = np.bincount(place, is_right, bins)[used] / counts[used]
    error = (counts[used] * np.abs(sure - right)).sum() / len(confidence)
    figure, axes = new_figure(5.0, 5.2)
    axes.remove()
    axes, below = figure.subplots(2, 1, sharex=True, height_ratios=(4, 1))
    for part in (axes, below):
        part.spines[["top", "right"]].set_visible(False)
        part.tick_params(color=GREY, labelsize=9)
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, label="calibrated")
    axes.plot(sure, right, "o-", color=FOR, label="model")
    axes.set_ylabel("share that is right")
    axes.set_title(f"calibration error {error:.1%}", loc="left", fontsize=11)
    axes.set_ylim(-0.02, 1.02)
    axes.grid(color=PALE, linewidth=0.8)
    axes.legend(frameon=False, fontsize=9, loc="upper left")
    below.bar((np.arange(bins) + 0.5) / bins, counts, 0.92 / bins, color=FOR)
    below.set_ylabel("texts")
    below.set_xlabel("probability of the label that was found")
    below.set_xlim(max(0.0, confidence.min() - 0.05), 1.02)
    if path is not None:
        save(figure, path)
    return figure


def deciding_words(
    words: Sequence[str],
    changes: Sequence[float],
    path: str | os.PathLike | None = None,
) -> "Figure":
    """Draws what each word of a text decides: a bar for each, in the order of the text.

    Args:
        words: those of a text.
        changes: how much each speaks for the label (above 0) or against it.
        path: where to write it as a PNG; None writes nothing.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        InvalidArgumentError: there is no word, or the two are not as long as each other; `path` is
            no PNG.
        MissingFileError: the folder of `path` does not exist.

    >>> figure = deciding_words(["not", "bad"], [1.5, -0.5])
    >>> [label.get_text() for label in figure.axes[0].get_xticklabels()]
    ['not', 'bad']
    """
    words, changes = [visible(word) for word in words], np.asarray(changes, float)
    if not words or changes.shape != (len(words),) or not np.isfinite(changes).all():
        raise InvalidArgumentError(
            f"changes has shape {changes.shape} and there are {len(words)} words; use one finite "
            "number for each word."
        )
    families, _ = families_for(words)
    figure, axes = new_figure(min(max(3.0, 0.34 * len(words) + 1.2), 14.0), 3.0)
    colours = [FOR if change >= 0 else AGAINST for change in changes]
    axes.bar(range(len(words)), changes, color=colours)
    axes.axhline(0, color=GREY, linewidth=0.8)
    is_wide = any(ord(character) > 0x2E7F for character in "".join(words))
    axes.set_xticks(
        range(len(words)),
        words,
        rotation=0 if is_wide else 90,
        fontsize=9,
        fontfamily=families,
        parse_math=False,
    )
    axes.set_xlim(-0.7, len(words) - 0.3)
    axes.set_ylabel("speaks for the label")
    axes.grid(axis="y", color=PALE, linewidth=0.8)
    if path is not None:
        save(figure, path)
    return figure
