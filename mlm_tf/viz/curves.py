"""Perplexity, or another measure, while models train, against the counting baselines."""

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from mlm_tf.checks import check_number
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.viz.figure import COLOURS, GREY, PALE, new_figure, save, spread, whole_ticks

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LABEL_POINTS = 9
STYLES = {"": ("--", "training"), "val_": ("-", "validation")}  # by how the name begins
X_LABELS = {"tokens": "tokens seen in training", "epoch": "epoch"}
# From coarse to fine; the first that puts five ticks on the axis is taken.
TICKS = ((1,), (1, 2, 5), (1, 1.5, 2, 3, 5, 7), (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9))


def learning_curves(
    histories: Mapping[str, Mapping[str, Sequence[float]]],
    baselines: Mapping[str, float] | None = None,
    title: str | None = None,
    path: str | os.PathLike | None = None,
    measure: str = "perplexity",
) -> "Figure":
    """Draws how the perplexity of each model falls, on a logarithmic axis, or another measure.

    A model has one colour, dashed for training and solid for validation; a baseline is a grey line
    across. Each is labelled where it ends, with its last value.

    Args:
        histories: for each model a dictionary of equally long lists: `"val_perplexity"`,
            `"perplexity"` or both, and where they were measured, `"tokens"` or `"epoch"`, the same
            for all models; without either it is the epochs 1, 2, 3 and so on. The `history` of what
            Keras's `fit` returns will do. Values that are not finite leave a gap.
        baselines: perplexities to compare with, by name. One far from the rest, as the uniform
            model's is, takes the room of the curves.
        title: shown above the plot.
        path: where to write it as a PNG; None writes nothing.
        measure: what stands in the place of `"perplexity"` in all of this, as `"loss"` or
            `"accuracy"`; the axis of another is an even one, on which a value may be negative. (On
            it a loss falls as the perplexity does on its own, of which it is the logarithm.)

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        InvalidArgumentError: a history has no such measure, lists of different lengths or no finite
            value (of perplexity, no positive one); models differ in where they were measured;
            `path` is no PNG.
        MissingFileError: the folder of `path` does not exist.

    >>> figure = learning_curves(
    ...     {"LSTM": {"perplexity": [310, 120], "val_perplexity": [180, 95]}}, {"bigram": 116.5}
    ... )
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['LSTM  95.0', 'bigram  116.5']
    """
    baselines = dict(baselines or {})
    is_log = measure == "perplexity"
    for name, value in baselines.items():
        check_number(f"baselines[{name!r}]", value, **({"above": 0} if is_log else {}))
    x_name, curves = _read(histories, measure)
    figure, axes = new_figure(8.0, max(4.5, 1.5 + 0.2 * (len(curves) + len(baselines))))
    axes.set_title(title or "", loc="left", fontsize=12, pad=12)
    axes.set_xlabel(X_LABELS[x_name])
    axes.set_ylabel("perplexity (lower is better)" if is_log else measure)
    axes.grid(axis="y", color=PALE, linewidth=0.8)
    whole_ticks(axes.xaxis)

    labels = []  # text, colour, and x and y of where the line ends
    for index, (name, (x, lines)) in enumerate(curves.items()):
        colour = COLOURS[index % len(COLOURS)]
        for begin, line in lines.items():
            # Dots show where it was measured, as long as they do not run together.
            dots = {"marker": "o", "markersize": 3.5} if len(x) <= 16 else {}
            axes.plot(x, line, STYLES[begin][0], color=colour, linewidth=1.6, **dots)
        last = np.flatnonzero(~np.isnan(line))[-1]  # of the validation, if there is one
        labels.append((_label(name, line[last], is_log), colour, x[last], line[last]))
    _scale(axes, curves, baselines, is_log)
    for name, value in baselines.items():
        axes.axhline(value, color=GREY, linewidth=1.0, zorder=1.5)
        labels.append((_label(name, value, is_log), GREY, axes.get_xlim()[1], value))
    _legend(axes, curves)
    _label_ends(figure, axes, labels)
    if path is not None:
        save(figure, path)
    return figure


def _read(histories, measure) -> tuple[str, dict[str, tuple[np.ndarray, dict[str, np.ndarray]]]]:
    """What stands on the x axis, and for each model its x values and its lines by how their names
    begin."""
    curves, x_names = {}, {}
    least = 0.0 if measure == "perplexity" else -np.inf  # where its axis begins
    for name, history in histories.items():
        lines = {
            begin: _finite(history[begin + measure], least)
            for begin in STYLES
            if begin + measure in history
        }
        x_names[name] = next((key for key in X_LABELS if key in history), "epoch")
        length = max(map(len, lines.values()), default=0)
        x = np.asarray(history.get(x_names[name], np.arange(1, length + 1)), float)
        drawable = (len(line) == len(x) and not np.isnan(line).all() for line in lines.values())
        if not lines or not all(drawable):
            lengths = {key: len(values) for key, values in history.items()}
            raise InvalidArgumentError(
                f"histories[{name!r}] has lists of the lengths {lengths}, and a curve is "
                f"{measure!r} or 'val_{measure}' with "
                f"{'positive' if least == 0 else 'finite'} numbers, and 'epoch' or 'tokens' "
                "of the same length; use the history that fit returns."
            )
        curves[name] = (x, lines)
    if len(set(x_names.values())) != 1:
        raise InvalidArgumentError(
            f"histories were measured at {x_names}, and one plot has one x axis for at least one "
            "model; use histories that all have 'tokens', or all 'epoch'."
        )
    return x_names[name], curves


def _finite(values: Sequence[float], least: float) -> np.ndarray:
    """The values as floats, NaN where an axis that begins above `least` has no place for one."""
    values = np.asarray(values, float)
    return np.where(np.isfinite(values) & (values > least), values, np.nan)


def _scale(axes, curves, baselines, is_log: bool) -> None:
    """The y axis, a logarithmic one with a few round ticks, and room at the sides of x."""
    values = np.concatenate([line for _, lines in curves.values() for line in lines.values()])
    values = np.append(values, list(baselines.values()))
    low, high = np.nanmin(values), np.nanmax(values)
    if is_log:
        _scale_by_factors(axes, low / 1.08, high * 1.08)
    else:
        margin = 0.05 * (high - low) or 0.5
        axes.set_ylim(low - margin, high + margin)

    x = np.concatenate([x for x, _ in curves.values()])
    margin = 0.02 * (x.max() - x.min()) or 0.5
    axes.set_xlim(x.min() - margin, x.max() + margin)


def _scale_by_factors(axes, low: float, high: float) -> None:
    from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

    decades = 10.0 ** np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    candidates = [np.outer(decades, steps).ravel() for steps in TICKS]
    candidates.append(MaxNLocator(6).tick_values(low, high))  # a range so small is nearly linear
    for ticks in candidates:
        ticks = ticks[(ticks >= low) & (ticks <= high)]
        if len(ticks) >= 5:
            break
    axes.set_yscale("log")
    axes.set_ylim(low, high)
    axes.yaxis.set_major_locator(FixedLocator(ticks))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda tick, _: f"{tick:,.4g}"))
    axes.yaxis.set_minor_locator(NullLocator())


def _label(name: str, value: float, is_perplexity: bool) -> str:
    digits = ".0f" if abs(value) >= 1000 else ".1f" if is_perplexity else ".4g"
    return f"{name}  {value:,{digits}}"


def _label_ends(figure, axes, labels) -> None:
    """Writes each label right of the axes, as near the height of its line as the others allow."""
    figure.draw_without_rendering()  # the layout decides how high the axes are
    points = axes.get_window_extent().height * 72 / figure.dpi
    to_axes = axes.transScale + axes.transLimits
    ends = to_axes.transform([(x, y) for _, _, x, y in labels])
    heights = spread(ends[:, 1], gap=1.3 * LABEL_POINTS / points, low=0.0, high=1.0)
    for (text, colour, *_), (x, y), height in zip(labels, ends, heights, strict=True):
        leader = ([min(x, 1.0), 1.0, 1.025], [y, y, height])
        axes.plot(*leader, color=colour, linewidth=0.8, transform=axes.transAxes, clip_on=False)
        font = {"color": colour, "fontsize": LABEL_POINTS, "verticalalignment": "center"}
        axes.text(1.03, height, text, transform=axes.transAxes, **font)


def _legend(axes, curves) -> None:
    """Says what dashed and solid mean; what a colour means stands at the end of its line."""
    from matplotlib.lines import Line2D

    drawn = {begin for _, lines in curves.values() for begin in lines}
    keys = [
        Line2D([], [], color=GREY, linestyle=style, label=label)
        for begin, (style, label) in STYLES.items()
        if begin in drawn
    ]
    place = {"loc": "outside lower center", "ncols": 2}
    axes.figure.legend(handles=keys, frameon=False, fontsize=LABEL_POINTS, **place)
