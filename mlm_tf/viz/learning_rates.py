"""The loss while the learning rate rises: the plot of a range test."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mlm_tf.checks import check_number
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.viz.figure import COLOURS, GREY, PALE, new_figure, save

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def learning_rate_range(
    learning_rates: Sequence[float],
    losses: Sequence[float],
    smoothed: Sequence[float] | None = None,
    marks: dict[str, float] | None = None,
    title: str | None = None,
    path: str | os.PathLike | None = None,
) -> "Figure":
    """Draws the loss over the learning rate, on a logarithmic axis.

    What lies far above where it began, as the last losses of a test that diverged do, is left
    outside of the picture.

    Args:
        learning_rates: positive and rising.
        losses: as many, one after a step at each rate.
        smoothed: as many, drawn as a line over the dots of the losses; `None` draws dots alone.
        marks: rates to mark by a line and a name.
        title: shown above the plot.
        path: where to write it as a PNG; None writes nothing.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        InvalidArgumentError: the lists differ in length or hold what is not finite, a rate is not
            positive, or `path` is no PNG.
        MissingFileError: the folder of `path` does not exist.

    >>> figure = learning_rate_range([0.001, 0.01, 0.1], [3.0, 2.0, 9.0], marks={"taken": 0.001})
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['taken  0.001']
    """
    rates, losses = _numbers(learning_rates), _numbers(losses)
    line = losses if smoothed is None else _numbers(smoothed)
    if not 0 < len(rates) == len(losses) == len(line) or rates.min() <= 0:
        raise InvalidArgumentError(
            f"There are {len(rates)} learning rates, {len(losses)} losses and {len(line)} smoothed "
            "ones; use positive rates, and as many losses."
        )
    marks = dict(marks or {})
    for name, rate in marks.items():
        check_number(f"marks[{name!r}]", rate, above=0)
    figure, axes = new_figure(7.0, 4.2)
    axes.set_title(title or "", loc="left", fontsize=12, pad=12)
    axes.set_xlabel("learning rate")
    axes.set_ylabel("loss of a batch")
    axes.grid(axis="y", color=PALE, linewidth=0.8)
    axes.set_xscale("log")
    axes.plot(rates, losses, ".", color=COLOURS[4], markersize=3.5)
    if smoothed is not None:
        axes.plot(rates, line, color=COLOURS[0], linewidth=1.6)
    fall = max(line[0] - line.min(), 0.05 * abs(line[0])) or 0.5
    axes.set_ylim(line.min() - 0.3 * fall, line[0] + 0.5 * fall)
    for index, (name, rate) in enumerate(marks.items()):
        axes.axvline(rate, color=GREY, linewidth=1.0, linestyle=":")
        # One below the other, so that two that are near stay legible.
        place = (rate, 0.98 - 0.06 * index)
        font = {"color": GREY, "fontsize": 9, "va": "top", "ha": "left"}
        behind = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}  # no line crosses it
        axes.annotate(
            f"{name}  {rate:.2g}",
            place,
            xycoords=axes.get_xaxis_transform(),
            xytext=(4, 0),
            textcoords="offset points",
            bbox=behind,
            **font,
        )
    if path is not None:
        save(figure, path)
    return figure


def _numbers(values: Sequence[float]) -> np.ndarray:
    values = np.asarray(values, float)
    if values.ndim != 1 or not np.isfinite(values).all():
        raise InvalidArgumentError(
            f"A list of the shape {values.shape} is no list of finite numbers; leave out what is "
            "not finite."
        )
    return values
