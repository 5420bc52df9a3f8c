"""How long sequences are, and what a limit on their length costs."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mlm_tf.checks import check_integer
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.viz.figure import COLOURS, PALE, new_figure, save, whole_ticks

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KEPT, CUT = COLOURS[:2]
MAX_BARS = 60


def length_histogram(
    lengths: Sequence[int],
    max_length: int | None = None,
    path: str | os.PathLike | None = None,
) -> "Figure":
    """Draws how many sequences have which length, and what truncation and padding cost.

    Padding and truncation pull in opposite directions: a small `max_length` cuts tokens off long
    sequences, a large one fills short ones with padding that is computed for nothing.

    Args:
        lengths: tokens in each sequence.
        max_length: the length that all are cut or padded to; the sequences beyond it are drawn in
            another colour. With None nothing is cut, and the longest decides the padding.
        path: where to write it as a PNG; None writes nothing.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        InvalidArgumentError: `lengths` is empty or holds something else than whole numbers of at
            least 0; `max_length` is below 1; `path` is no PNG.
        MissingFileError: the folder of `path` does not exist.

    >>> figure = length_histogram([2, 4, 10], max_length=8)
    >>> figure.axes[0].get_title(loc="left")
    'Cut or padded to 8 tokens: 12.5% of tokens cut, 41.7% of places padding'
    """
    lengths = np.asarray(lengths)
    if lengths.ndim != 1 or not lengths.size or lengths.dtype.kind not in "iu" or lengths.min() < 0:
        raise InvalidArgumentError(
            f"lengths has shape {lengths.shape} and dtype {lengths.dtype}, and one integer >= 0 or "
            "more are needed; use the number of tokens of each sequence."
        )
    limit = max(1, int(lengths.max()))
    if max_length is not None:
        limit = check_integer("max_length", max_length)
    figure, axes = new_figure(8.0, 4.0)
    _bars(axes, lengths, limit)
    axes.set_title(_cost(lengths, max_length, limit), loc="left", fontsize=11, pad=12)
    axes.set_xlabel("tokens in a sequence")
    axes.set_ylabel("sequences")
    axes.grid(axis="y", color=PALE, linewidth=0.8)
    if path is not None:
        save(figure, path)
    return figure


def _bars(axes, lengths: np.ndarray, limit: int) -> None:
    """Bars of equal whole width with an edge at the limit, so that a bar is kept or cut as one."""
    longest = max(int(lengths.max()), limit)
    width = -(-(longest + 1) // MAX_BARS)
    first = limit + 1 - width * -(-(limit + 1) // width)  # 0 or a little below
    edges = np.arange(first, longest + width + 1, width) - 0.5
    counts, _ = np.histogram(lengths, edges)
    whole = edges[:-1] < limit
    num_cut = counts[~whole].sum()
    for bars, colour, label in (
        (whole, KEPT, f"kept whole: {len(lengths) - num_cut:,}"),
        (~whole, CUT, f"cut at {limit:,} tokens: {num_cut:,}"),
    ):
        if counts[bars].any():
            sides = {"align": "edge", "edgecolor": "white", "linewidth": 0.4}
            axes.bar(edges[:-1][bars], counts[bars], width, color=colour, label=label, **sides)
    for share, style in ((50, "-"), (95, ":")):
        value = np.percentile(lengths, share, method="inverted_cdf")
        label = f"{share}% have at most {value:,}"
        axes.axvline(value, color="black", linestyle=style, linewidth=1.2, label=label)
    axes.set_xlim(edges[0], edges[-1])
    whole_ticks(axes.xaxis)
    whole_ticks(axes.yaxis)
    axes.figure.legend(frameon=False, fontsize=9, loc="outside lower center", ncols=4)


def _cost(lengths: np.ndarray, max_length: int | None, limit: int) -> str:
    """One line: the share of tokens that truncation cuts, and of places that padding fills."""
    kept = np.minimum(lengths, limit).sum()
    padding = f"{1 - kept / (limit * len(lengths)):.1%} of places padding"
    if max_length is None:
        return f"Padded to the longest, {limit:,} tokens: {padding}"
    cut = 1 - kept / max(1, lengths.sum())
    return f"Cut or padded to {limit:,} tokens: {cut:.1%} of tokens cut, {padding}"
