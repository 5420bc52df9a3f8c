"""Groups beside each other: each of their numbers, and their means."""

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from mlm_tf.errors import InvalidArgumentError
from mlm_tf.viz.figure import COLOURS, PALE, new_figure, save
from mlm_tf.viz.fonts import families_for, visible

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def group_dots(
    groups: Mapping[str, Sequence[float]],
    title: str,
    axis: str,
    path: str | os.PathLike | None = None,
) -> "Figure":
    """Draws the numbers of each group as dots in a line, with their mean.

    Args:
        groups: by name one number or more.
        title: above the figure.
        axis: what the numbers are.
        path: where to write it as a PNG; None writes nothing.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        InvalidArgumentError: there is no group, or one is empty; `path` is no PNG.
        MissingFileError: the folder of `path` does not exist.

    >>> group_dots({"women": [0.4, 0.5], "men": [0.6]}, "P(good)", "probability").axes[0].get_title(
    ...     loc="left")
    'P(good)'
    """
    if not groups or not all(len(values) for values in groups.values()):
        raise InvalidArgumentError("groups holds no number; give each group one or more.")
    figure, axes = new_figure(7.0, 1.2 + 0.45 * len(groups))
    names = [visible(name) for name in groups]
    families, _ = families_for([*names, title])
    style = {"fontfamily": families, "parse_math": False}
    for place, values in enumerate(groups.values()):
        colour = COLOURS[place % (len(COLOURS) - 1)]
        axes.scatter(values, np.full(len(values), place), color=colour, s=22, alpha=0.55)
        mean = float(np.mean(values))
        axes.plot([mean] * 2, [place - 0.32, place + 0.32], color=colour, linewidth=2.5)
    axes.set_yticks(range(len(groups)), names, **style)
    axes.set_ylim(len(groups) - 0.5, -0.5)
    axes.set_xlabel(axis)
    axes.grid(axis="x", color=PALE, linewidth=0.8)
    axes.set_title(title, loc="left", fontsize=11, pad=10, **style)
    if path is not None:
        save(figure, path)
    return figure
