"""Attention weights over the words: which word looks at which."""

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

import numpy as np

from mlm_tf.errors import InvalidArgumentError
from mlm_tf.viz.figure import GREY, PALE, labelled_bar, new_figure, save
from mlm_tf.viz.fonts import families_for, visible, without_font

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LABEL_POINTS = 8
LABEL_GAP = 0.14  # inches from one label to the next that are read without effort
CELL = 0.28  # inches of a cell where there is room
WIDEST, NARROWEST = 12.0, 1.5  # inches: all panels of a row together; one panel
LONGEST_BAR = 5.0  # inches, of the scale of colours
MOST_COLUMNS = 6
WRAPPED_COLUMNS = 4
LONGEST_LABEL = 20  # characters
ROUNDING = 1e-2  # bfloat16 weights, and the sum of a row, may be off by this much


def attention(
    weights: "np.ndarray | Mapping[str, np.ndarray]",
    words: Sequence[str],
    key_words: Sequence[str] | None = None,
    path: str | os.PathLike | None = None,
) -> "Figure":
    """Draws attention weights as heat maps: a row for each word, a column for each it looks at.

    Each attention head is a panel; the rows of a panel sum to 1, within 0.01, or to 0 where a word
    reads nothing, as padding. All panels have one scale of
    colours, from 0 to the largest weight of the figure. Where the words stand closer than can be
    read, every second or third is written, and the axis says so.

    Args:
        weights: those of one sequence, (T_query, T_key), (heads, T_query, T_key) or
            (1, heads, T_query, T_key), or several of these by the name of their layer, as
            `model.attention_weights` returns them for one text.
        words: T_query words, those that look.
        key_words: T_key words, those looked at; None takes `words`, as in self-attention.
        path: where to write it as a PNG; None writes nothing.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        InvalidArgumentError: there is no word or no layer, weights do not fit the words, a
            weight is not between 0 and 1, a row sums to another number; `path` is no PNG.
        MissingFileError: the folder of `path` does not exist.

    >>> weights = np.array([[1.0, 0.0, 0.0], [0.3, 0.7, 0.0], [0.2, 0.5, 0.3]])
    >>> figure = attention(weights, ["the", "cat", "sat"])
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
    ['the', 'cat', 'sat']

    Reference: Bahdanau, Cho, Bengio (2015), "Neural Machine Translation by Jointly Learning to
    Align and Translate", figure 3.
    """
    words = list(words)
    key_words = words if key_words is None else list(key_words)
    named = dict(weights) if isinstance(weights, Mapping) else {"": weights}
    layers = {name: checked_heads(name, values, words, key_words) for name, values in named.items()}
    if not layers:
        raise InvalidArgumentError(
            "weights is empty, and a heat map needs those of at least one layer; use the weights "
            "of a model with attention in it."
        )
    rows = _rows(layers)
    columns = max(len(panels) for _, panels in rows)
    cell = min(CELL, WIDEST / columns / len(key_words))
    cell = max(cell, NARROWEST / max(len(words), len(key_words)))
    queries, query_labels = _ticks(words, cell)
    keys, key_labels = _ticks(key_words, cell)
    width = columns * (cell * len(key_words) + 0.15) + 2.2
    height = len(rows) * (cell * len(words) + 0.35) + 1.4
    figure, first = new_figure(max(width, 4.0), max(height, 3.0))
    first.remove()
    grid = figure.add_gridspec(len(rows), columns)
    families, _ = families_for(query_labels + key_labels)
    style = {"fontsize": LABEL_POINTS, "fontfamily": families, "parse_math": False}
    rotations = _rotations(key_labels, cell * (keys[1] - keys[0] if len(keys) > 1 else 1))
    largest = max(float(heads.max()) for heads in layers.values())
    for row, (name, panels) in enumerate(rows):
        for column, (title, weights) in enumerate(panels):
            axes = figure.add_subplot(grid[row, column])
            image = axes.imshow(weights, cmap="Blues", vmin=0, vmax=largest or 1.0)
            axes.spines[:].set_color(PALE)
            axes.tick_params(color=GREY, length=2)
            axes.set_title(title, fontsize=9)
            is_lowest = row + 1 == len(rows) or column >= len(rows[row + 1][1])
            axes.set_xticks(keys, key_labels if is_lowest else [""] * len(keys), **style)
            for label, rotation in zip(axes.get_xticklabels(), rotations, strict=True):
                label.set_rotation(rotation)
            axes.set_yticks(queries, [""] * len(queries) if column else query_labels, **style)
            if not column and name:
                axes.set_ylabel(name, fontsize=9, parse_math=False)
    figure.supxlabel(f"word looked at (key){_thinned(keys)}", fontsize=9)
    figure.supylabel(f"word that looks (query){_thinned(queries)}", fontsize=9)
    shrink = min(1.0, LONGEST_BAR / figure.get_figheight())
    place = {"fraction": 0.04, "pad": 0.02, "aspect": 25, "shrink": shrink}
    labelled_bar(figure, image, "attention weight", ax=figure.axes, **place)
    if len(figure.axes) == 2:  # Matplotlib moves a lone panel to its bar, over the left words
        axes.set_anchor("W")
    if path is not None:
        save(figure, path)
    return figure


def as_weights(values) -> np.ndarray:
    """Numbers of any kind as an array, and what is none as an empty one."""
    try:
        return np.asarray(values, "float32")
    except (TypeError, ValueError):  # words, or rows of several lengths
        return np.empty(0, "float32")


def checked_heads(name: str, values, words: list[str], key_words: list[str]) -> np.ndarray:
    """The weights of one layer as (heads, T_query, T_key), checked against the words."""
    weights = as_weights(values)
    what = f"weights[{name!r}]" if name else "weights"
    if weights.ndim == 4 and len(weights) != 1:
        raise InvalidArgumentError(
            f"{what} has shape {weights.shape}, the weights of {len(weights)} texts, and one "
            "figure shows one; use those of one text, as weights[0]."
        )
    fitting = (len(words), len(key_words))
    if weights.ndim not in (2, 3, 4) or weights.shape[-2:] != fitting or not weights.size:
        raise InvalidArgumentError(
            f"{what} has shape {weights.shape}, and {len(words)} words that look at "
            f"{len(key_words)} words have weights of shape {fitting}, with or without heads in "
            "front; use the words, and for cross-attention the key_words, that the model read."
        )
    if not (weights.min() >= -ROUNDING and weights.max() <= 1 + ROUNDING):  # NaN is neither
        raise InvalidArgumentError(
            f"{what} has values from {weights.min():.3g} to {weights.max():.3g}, and attention "
            "weights lie between 0 and 1; use them as they are after the softmax."
        )
    heads = weights.reshape(-1, *fitting)
    sums = heads.sum(axis=-1, dtype="float64")
    wrong = np.argwhere((np.abs(sums - 1) > ROUNDING) & heads.any(axis=-1))
    if len(wrong):
        head, row = wrong[0]
        raise InvalidArgumentError(
            f"{what}: row {row} of head {head + 1} sums to {sums[head, row]:.3g}, and the weights "
            f"with which a word looks at all words sum to 1, within {ROUNDING:g}, or are all 0; "
            "use them as they are after the softmax, all columns of them."
        )
    return heads


def _rows(layers: Mapping[str, np.ndarray]) -> list[tuple[str, list[tuple[str, np.ndarray]]]]:
    """The panels row by row: each layer on a row of its own, with many heads on several."""
    most = max(len(heads) for heads in layers.values())
    if most == 1 and len(layers) > 1:  # nothing but layers: side by side
        panels = [(name, heads[0]) for name, heads in layers.items()]
        return [("", row) for row in _wrapped(panels)]
    rows = []
    for name, heads in layers.items():
        titles = [f"head {i}" for i in range(1, len(heads) + 1)] if most > 1 else [""]
        rows += [(name, row) for row in _wrapped(list(zip(titles, heads, strict=True)))]
    return rows


def _wrapped(panels: list) -> list[list]:
    columns = len(panels) if len(panels) <= MOST_COLUMNS else WRAPPED_COLUMNS
    return [panels[start : start + columns] for start in range(0, len(panels), columns)]


def _ticks(words: list[str], cell: float) -> tuple[np.ndarray, list[str]]:
    """The places to label, as near as can be read, and what is written there."""
    places = np.arange(0, len(words), int(np.ceil(LABEL_GAP / cell - 1e-9)))
    labels = [visible(words[place]) for place in places]
    labels = [w if len(w) <= LONGEST_LABEL else w[: LONGEST_LABEL - 1] + "…" for w in labels]
    _, missing = families_for(labels)
    undrawn = without_font(labels, missing, "writes {} as code points")
    return places, [ascii(w)[1:-1] if w in undrawn else w for w in labels]


def _rotations(labels: list[str], room: float) -> list[int]:
    """Degrees by which labels are turned that have `room` inches each.

    Beside a Chinese character, which is hard to read when it lies, each label is turned by itself;
    labels in letters alone lie all together.
    """
    lie = [_inches(label) > room for label in labels]
    if not any(map(_is_wide, "".join(labels))):
        lie = [any(lie)] * len(labels)
    return [90 if lies else 0 for lies in lie]


def _inches(label: str) -> float:
    """About how wide a label is: Chinese characters are squares, letters half of one."""
    return sum(1.0 if _is_wide(character) else 0.65 for character in label) * LABEL_POINTS / 72


def _is_wide(character: str) -> bool:
    return east_asian_width(character) in "WF"


def _thinned(places: np.ndarray) -> str:
    step = int(places[1] - places[0]) if len(places) > 1 else 1
    return "" if step == 1 else f", one word in {step} is written"
