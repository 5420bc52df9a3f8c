"""Topics as bars of their words, and documents in the plane."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mlm_tf.errors import InvalidArgumentError
from mlm_tf.viz.figure import COLOURS, GREY, PALE, new_figure, save
from mlm_tf.viz.fonts import families_for, visible, without_font
from mlm_tf.viz.vectors import label_dots, project

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_COLUMNS = 5
MOST_GROUPS = len(COLOURS)


def topic_bars(
    words: Sequence[Sequence[str]],
    weights: Sequence[Sequence[float]],
    titles: Sequence[str] | None = None,
    path: str | os.PathLike | None = None,
) -> "Figure":
    """Draws the words of each topic as bars, the first word on top; all panels to one scale.

    Args:
        words: of each of K topics its words.
        weights: of each word how much it weighs; below 0 it weighs against its topic.
        titles: K titles; by default "topic 1" and so on.
        path: where to write it as a PNG; None writes nothing.

    Returns:
        A `matplotlib.figure.Figure` with an axes for each topic.

    Raises:
        InvalidArgumentError: there is no topic or one without words, the arguments differ in
            length, a weight is not finite; `path` is no PNG.
        MissingFileError: the folder of `path` does not exist.

    >>> figure = topic_bars([["cat", "dog"], ["tax", "law"]], [[0.6, 0.4], [0.7, 0.3]])
    >>> [axes.get_title(loc="left") for axes in figure.axes]
    ['topic 1', 'topic 2']
    """
    words, weights = [list(topic) for topic in words], [list(topic) for topic in weights]
    titles = [f"topic {i + 1}" for i in range(len(words))] if titles is None else list(titles)
    sizes = [len(topic) for topic in words]
    if not words or not all(sizes) or sizes != list(map(len, weights)) or len(titles) != len(words):
        raise InvalidArgumentError(
            f"words has {len(words)} topics of {sizes} words, weights {len(weights)} of "
            f"{list(map(len, weights))}, titles {len(titles)}; give each topic a title, words, and "
            "a weight for each word."
        )
    if not np.isfinite([weight for topic in weights for weight in topic]).all():
        raise InvalidArgumentError("weights holds NaN or infinity; give finite numbers.")
    labels = [[visible(word) for word in topic] for topic in words]
    texts = [word for topic in labels for word in topic] + titles
    families, missing = families_for(texts)
    without_font(texts, missing, "draws boxes in {}")
    columns = min(len(words), MOST_COLUMNS)
    rows = -(-len(words) // columns)
    figure, first = new_figure(2.4 * columns, rows * (0.8 + 0.22 * max(sizes)))
    grid = figure.add_gridspec(rows, columns)
    first.set_subplotspec(grid[0])
    panels = [first] + [figure.add_subplot(grid[i]) for i in range(1, len(words))]
    low = min(0.0, *(min(topic) for topic in weights))
    high = max(max(topic) for topic in weights)
    for place, panel in enumerate(panels):
        heights = -np.arange(sizes[place])
        panel.barh(heights, weights[place], 0.7, color=COLOURS[0])
        panel.set_yticks(heights, labels[place], fontfamily=families, fontsize=9)
        panel.set_xlim(1.05 * low, 1.05 * high or 1.0)
        panel.set_title(titles[place], loc="left", fontsize=10, fontfamily=families)
        panel.spines[["top", "right", "left"]].set_visible(False)
        panel.spines["bottom"].set_color(GREY)
        panel.tick_params(color=GREY, labelsize=8)
        panel.tick_params(axis="y", length=0, labelsize=9)
        panel.locator_params(axis="x", nbins=3)
        for label in (panel.title, *panel.get_yticklabels()):
            label.set_parse_math(False)  # a dollar sign is a word
    if path is not None:
        save(figure, path)
    return figure


def document_map(
    vectors: np.ndarray,
    labels: Sequence[str],
    groups: Sequence[str] | None = None,
    path: str | os.PathLike | None = None,
) -> "Figure":
    """Draws documents in the plane in which their vectors vary most, each with its label.

    Documents near each other are alike, if they are so in the other dimensions too. A label
    without room or font is left out, its dot stays.

    Args:
        vectors: (N, D), one a document.
        labels: N short texts; "" draws none.
        groups: N names, by which dots are coloured; at most seven different ones.
        path: where to write it as a PNG; None writes nothing.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        InvalidArgumentError: the arguments differ in length, there is no document, a number is not
            finite, or there are more groups than colours; `path` is no PNG.
        MissingFileError: the folder of `path` does not exist.

    >>> figure = document_map(np.eye(3), ["cats", "dogs", "taxes"], ["pets", "pets", "money"])
    >>> [text.get_text() for text in figure.legends[0].get_texts()]
    ['pets', 'money']
    """
    vectors, labels = np.asarray(vectors, float), list(labels)
    groups = [""] * len(labels) if groups is None else list(groups)
    names = list(dict.fromkeys(groups))
    is_square = vectors.ndim == 2 and len(vectors) == len(labels) == len(groups) > 0
    if not is_square or not np.isfinite(vectors).all() or len(names) > MOST_GROUPS:
        raise InvalidArgumentError(
            f"vectors has the shape {vectors.shape}, labels {len(labels)} entries, groups "
            f"{len(groups)} of {len(names)} kinds; give each document finite numbers, a label, and "
            f"one of at most {MOST_GROUPS} groups."
        )
    positions, shares = project(vectors, np.ones(len(labels), bool))
    figure, axes = new_figure(8.0, 6.0)
    for name, colour in zip(names, COLOURS, strict=False):
        at = positions[[group == name for group in groups]]
        axes.scatter(at[:, 0], at[:, 1], s=16, color=colour, linewidths=0, label=name)
    axes.set_xlabel(f"first component ({shares[0]:.0%} of the variance)")
    axes.set_ylabel(f"second component ({shares[1]:.0%})")
    axes.margins(0.1)
    axes.grid(color=PALE, linewidth=0.8)
    if any(names):
        families, missing = families_for(names)
        without_font(names, missing, "draws boxes in {}")
        place = {"loc": "outside lower center", "ncols": min(len(names), 4)}
        figure.legend(frameon=False, prop={"family": families, "size": 9}, **place)
    shown = [i for i, label in enumerate(labels) if label]
    others = [i for i, label in enumerate(labels) if not label]
    label_dots(axes, positions[shown + others], [visible(labels[i]) for i in shown])
    if path is not None:
        save(figure, path)
    return figure
