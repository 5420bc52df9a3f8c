"""What the plots share: how a figure looks, how it is saved, and how labels keep apart."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from glove.writing import written_beside
from mlm_tf.checks import check_new_file, check_path
from mlm_tf.errors import InvalidArgumentError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

# Okabe and Ito's colours, which people with any kind of colour vision can tell apart.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
GREY = "#6B6B6B"
PALE = "#E4E4E4"


def new_figure(width: float, height: float) -> "tuple[Figure, Axes]":
    """Returns an empty figure and its one plain axes; sizes in inches."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=120, layout="constrained", facecolor="white")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(GREY)
    axes.tick_params(which="both", color=GREY, labelsize=9)
    axes.set_axisbelow(True)
    return figure, axes


def whole_ticks(axis: "Axis") -> None:
    """Puts ticks at whole round numbers only, written as 5 or 5,000, on a long axis as 50k or 5M.

    The greatest decides for all of them.
    """
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    def short(tick: float, _) -> str:
        most = max(axis.get_view_interval())
        size, unit = (1e6, "M") if most >= 1e6 else (1e3, "k") if most >= 1e5 else (1, "")
        return f"{tick / size:,.6g}{unit if tick else ''}"

    axis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10], min_n_ticks=1))
    axis.set_major_formatter(FuncFormatter(short))


def labelled_bar(figure: "Figure", image, label: str, **place) -> None:
    """Puts the colours of an image beside it, with what they mean; `place` as for `colorbar`."""
    bar = figure.colorbar(image, **place)
    bar.set_label(label, fontsize=9)
    bar.ax.tick_params(labelsize=8, color=GREY)
    bar.outline.set_visible(False)


def save(figure: "Figure", path: str | os.PathLike) -> None:
    """Writes `figure` as a PNG beside `path` and renames it, so that `path` is never half a file.

    Raises:
        InvalidArgumentError: `path` does not end in `.png`, or is a folder.
        MissingFileError: the folder of `path` does not exist.
    """
    path = check_path("path", path)
    if path.suffix.lower() != ".png":
        raise InvalidArgumentError(f"path={str(path)!r} is no PNG; use a name ending in '.png'.")
    check_new_file(path, overwrite=True)
    with written_beside(path) as beside:
        figure.savefig(beside, format="png")


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> np.ndarray:
    """Moves positions as little as possible until no two are nearer than `gap`.

    Args:
        wanted: where the labels would like to stand, in any order.
        gap: least distance between two labels.
        low, high: the range that they stay in; where it is too narrow for all, they start at `low`
            and leave it at the top.

    Returns:
        The new positions, (n,), in the order of `wanted`.

    The least squares answer: take `gap` times the rank off each, make what is left increase
    (isotonic regression), and put the gaps back.

    >>> spread([0.50, 0.51, 0.90], gap=0.1, low=0.0, high=1.0).round(3).tolist()
    [0.455, 0.555, 0.9]
    """
    from scipy.optimize import isotonic_regression

    order = np.argsort(wanted, kind="stable")
    steps = gap * np.arange(len(order))
    moved = isotonic_regression(np.asarray(wanted, float)[order] - steps).x
    room = max(low, high - gap * (len(order) - 1))
    result = np.empty(len(order))
    result[order] = np.clip(moved, low, room) + steps
    return result
