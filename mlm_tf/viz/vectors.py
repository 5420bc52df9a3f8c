"""Word vectors in two dimensions, and which share of rare and frequent words has a known one."""

import os
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mlm_tf.errors import InvalidArgumentError
from mlm_tf.viz.figure import COLOURS, GREY, PALE, new_figure, save
from mlm_tf.viz.fonts import families_for, visible, without_font

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_LABELS = 60
LABEL_POINTS = 8.5
KNOWN_COLOURS = (COLOURS[0], COLOURS[4], COLOURS[2])
UNKNOWN_COLOURS = (COLOURS[1], COLOURS[5])
BANDS = (100, 1_000, 10_000, 100_000, 1_000_000)
# Where a label may stand beside its dot, the best place first: direction x, y.
PLACES = ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, 1), (1, -1), (-1, -1))


def word_vectors(
    words: Sequence[str],
    vectors: np.ndarray,
    sources: Sequence[str],
    is_known: Sequence[bool],
    counts: Sequence[int] | None = None,
    labelled: Sequence[str] | None = None,
    path: str | os.PathLike | None = None,
) -> "Figure":
    """Draws word vectors in the plane, and how many words have a known one.

    On the left the labelled words, in the two directions in which they vary most (the principal
    components of their known vectors): words near each other are alike, if they are so in the
    other dimensions too. A label without room or font is left out, its dot stays. On the right the
    share of words that came from where: among the frequent and the rare, of all words, and with
    `counts` of all tokens.

    Args:
        words: V words.
        vectors: (V, D), their vectors.
        sources: (V,), where each vector came from, in a word or two.
        is_known: (V,), whether that makes it a known vector, rather than a random one.
        counts: (V,), how often each word occurs; without them the words stand in the order of
            frequency.
        labelled: the words to draw on the left; by default the 60 most frequent.
        path: where to write it as a PNG; None writes nothing.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        InvalidArgumentError: there is no word, the arguments differ in length, a word to label is
            none of the words; `path` is no PNG.
        MissingFileError: the folder of `path` does not exist.

    >>> vectors = np.array([[1, 0], [0.9, 0.2], [0, 1], [0.1, 0.1]])
    >>> sources, is_known = ["word2vec"] * 3 + ["random"], [True] * 3 + [False]
    >>> figure = word_vectors(["cat", "dog", "Rome", "zzz"], vectors, sources, is_known)
    >>> figure.axes[1].get_title(loc="left")
    '75.0% of 4 words have a known vector'

    Reference: Pearson (1901), "On Lines and Planes of Closest Fit to Systems of Points in Space".
    """
    words, vectors, sources = list(words), np.asarray(vectors, float), np.asarray(sources)
    is_known = np.asarray(is_known)
    order = (
        np.arange(len(words)) if counts is None else np.argsort(-np.asarray(counts), kind="stable")
    )
    lengths = {len(words), len(sources), len(is_known), len(order), *vectors.shape[:1]}
    if not words or lengths != {len(words)} or vectors.ndim != 2 or is_known.dtype != bool:
        raise InvalidArgumentError(
            f"words has {len(words)} entries, vectors the shape {vectors.shape}, sources "
            f"{len(sources)}, is_known {len(is_known)} {is_known.dtype}, counts {len(order)}, and "
            "each of one word or more has one of each; use arrays of the same length."
        )
    rows = _rows_of(words, labelled, order)
    colours = {}
    for is_here, palette in ((is_known, KNOWN_COLOURS), (~is_known, UNKNOWN_COLOURS)):
        by_size = Counter(sources[is_here].tolist()).most_common()
        colours |= {name: palette[i % len(palette)] for i, (name, _) in enumerate(by_size)}
    figure, left = new_figure(12.0, 6.0)
    grid = figure.add_gridspec(1, 2, width_ratios=[1.7, 1], wspace=0.06)
    left.set_subplotspec(grid[0])
    right = figure.add_subplot(grid[1])
    _coverage(right, sources, is_known, counts, order, colours)
    positions, shares = project(vectors[rows], is_known[rows])
    for name, colour in colours.items():
        at = positions[sources[rows] == name]
        left.scatter(at[:, 0], at[:, 1], s=14, color=colour, linewidths=0, label=name)
    left.set_title(
        f"{len(rows)} words: the first two principal components", loc="left", fontsize=11
    )
    left.set_xlabel(f"first component ({shares[0]:.0%} of the variance)")
    left.set_ylabel(f"second component ({shares[1]:.0%})")
    left.margins(0.08)
    left.grid(color=PALE, linewidth=0.8)
    handles, _ = right.get_legend_handles_labels()
    place = {"loc": "outside lower center", "ncols": len(colours)}
    figure.legend(handles=handles, frameon=False, fontsize=9, **place)
    labels = [words[row] for row in rows]
    label_dots(left, positions, list(map(visible, labels)))
    if path is not None:
        save(figure, path)
    return figure


def _rows_of(words: list[str], labelled: Sequence[str] | None, order: np.ndarray) -> np.ndarray:
    if labelled is None:
        return order[:MOST_LABELS]
    places = {word: row for row, word in enumerate(words)}
    strangers = [word for word in labelled if word not in places]
    if strangers or not len(labelled):
        raise InvalidArgumentError(
            f"The words to label are {len(labelled)}, of which {len(strangers)} are not among the "
            f"{len(words)} words here{f', as {strangers[0]!r}' if strangers else ''}; name at "
            "least one, and only words that have a row."
        )
    return np.array([places[word] for word in dict.fromkeys(labelled)])


def project(vectors: np.ndarray, is_known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The plane in which the known vectors, or else all, vary most; the share of each direction.

    Args:
        vectors: (n, D).
        is_known: (n,), which of them decide.

    Returns:
        (n, 2), and (2,), the shares of the variance.
    """
    fitted = vectors[is_known] if is_known.sum() > 2 else vectors
    centre = fitted.mean(axis=0)
    _, scales, directions = np.linalg.svd(fitted - centre, full_matrices=False)
    # The sign of a direction is arbitrary; this one does not change from run to run.
    largest = np.abs(directions).argmax(axis=1)
    directions *= np.sign(directions[np.arange(len(directions)), largest])[:, None]
    positions, shares = np.zeros((len(vectors), 2)), np.zeros(2)
    found = (vectors - centre) @ directions[:2].T
    positions[:, : found.shape[1]] = found  # one word, or one dimension, has one direction
    shares[: len(scales)] = (scales**2 / max((scales**2).sum(), 1e-30))[:2]
    return positions, shares


def _coverage(axes, sources, is_known, counts, order, colours) -> None:
    """A bar for each band of the order of frequency, for all words and for all tokens."""
    total = len(order)
    ends = [end for end in BANDS if end < total] + [total]
    bars = [
        (f"{start + 1:,} to {end:,}" if start else f"{end:,} most frequent", order[start:end], None)
        for start, end in zip([0, *ends], ends, strict=False)
    ]
    bars.append((f"all {total:,} words", order, None))
    title = f"{is_known.mean():.1%} of {total:,} words have a known vector"
    if counts is not None and np.sum(counts):
        weights = np.asarray(counts, float)
        bars.append((f"all {weights.sum():,.0f} tokens", order, weights))
        share = weights[is_known].sum() / weights.sum()
        title = f"{share:.1%} of {weights.sum():,.0f} tokens have a known vector"
    heights = -np.arange(len(bars)) - np.where(np.arange(len(bars)) >= len(ends), 0.35, 0.0)
    for height, (_, rows, weights) in zip(heights, bars, strict=True):
        weights, start = np.ones(total) if weights is None else weights, 0.0
        for name, colour in colours.items():
            part = weights[rows[sources[rows] == name]].sum() / weights[rows].sum()
            axes.barh(height, part, 0.7, start, color=colour, label=name if height == 0 else None)
            start += part
        known = weights[rows[is_known[rows]]].sum() / weights[rows].sum()
        axes.text(1.02, height, f"{known:.1%} known", fontsize=9, verticalalignment="center")
    axes.set_title(title, loc="left", fontsize=11)
    axes.set_yticks(heights, [name for name, _, _ in bars], fontsize=9)
    axes.set_xlim(0, 1.26)
    axes.set_xticks(np.linspace(0, 1, 5), [f"{share:.0%}" for share in np.linspace(0, 1, 5)])
    axes.set_xlabel("where the vectors come from")
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(GREY)
    axes.tick_params(color=GREY, labelsize=9)
    axes.tick_params(axis="y", length=0)


def label_dots(axes, positions: np.ndarray, labels: list[str]) -> None:
    """Writes each label beside its dot, the first ones first, where it hides no other.

    Dots beyond the last label have none, and are hidden by none.
    """
    families, missing = families_for(labels)
    undrawn = without_font(labels, missing, "leaves {} out")
    figure = axes.figure
    figure.draw_without_rendering()  # the layout decides where the dots are
    dots = axes.transData.transform(positions)  # (n, 2), in pixels
    pixel = figure.dpi / 72
    frame = axes.get_window_extent()
    boxes, crowded = [], 0
    for dot, label in zip(dots, labels, strict=False):
        if label in undrawn:
            continue
        text = axes.text(
            *axes.transData.inverted().transform(dot),
            label,
            fontsize=LABEL_POINTS,
            fontfamily=families,
            parse_math=False,  # a dollar sign is a word
        )
        extent = text.get_window_extent()
        size = np.array([extent.width, 1.1 * LABEL_POINTS * pixel])
        for place in PLACES:
            centre = dot + np.array(place) * (size / 2 + 3 * pixel)
            low, high = centre - size / 2, centre + size / 2
            hides = any((low < b).all() and (a < high).all() for a, b in boxes)
            hides |= ((dots > low - pixel) & (dots < high + pixel)).all(axis=1).any()
            inside = frame.x0 < low[0] and high[0] < frame.x1
            if not hides and inside and frame.y0 < low[1] and high[1] < frame.y1:
                text.set_position(axes.transData.inverted().transform(centre))
                text.set(horizontalalignment="center", verticalalignment="center_baseline")
                boxes.append((low, high))
                break
        else:
            text.remove()
            crowded += 1
    notes = []
    if crowded:
        notes.append(f"labels without room: {crowded}")
    if undrawn:
        notes.append(f"labels without a font: {len(undrawn)}")
    if notes:
        style = {"fontsize": 8, "color": GREY, "horizontalalignment": "right"}
        axes.text(0.99, 0.01, ", ".join(notes), transform=axes.transAxes, **style)
