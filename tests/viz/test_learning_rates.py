"""The plot of a range test: all that was measured, and what was found in it."""

import numpy as np
import pytest

from mlm_tf.errors import InvalidArgumentError
from mlm_tf.viz import learning_rate_range

RATES, LOSSES = [0.001, 0.01, 0.1, 1.0], [3.0, 2.5, 2.0, 50.0]


def test_the_losses_are_dots_and_what_diverged_lies_outside():
    figure = learning_rate_range(RATES, LOSSES, [3.0, 2.6, 2.1, 9.0], {"taken": 0.01, "low": 0.1})
    axes = figure.axes[0]
    dots, line = axes.lines[:2]
    assert list(dots.get_xdata()) == RATES and list(dots.get_ydata()) == LOSSES
    assert list(line.get_ydata()) == [3.0, 2.6, 2.1, 9.0]
    assert axes.get_xscale() == "log"
    low, high = axes.get_ylim()
    assert low < 2.0 and 3.0 < high < 9.0
    assert [text.get_text() for text in axes.texts] == ["taken  0.01", "low  0.1"]


def test_no_line_crosses_the_name_of_a_mark():
    figure = learning_rate_range(RATES, LOSSES, marks={"suggestion": 0.01, "lowest loss at": 0.02})
    [axes] = figure.axes
    figure.canvas.draw()
    name = axes.texts[0]
    crossing, box = axes.lines[-1], name.get_window_extent()
    place = axes.transData.transform((crossing.get_xdata()[0], 2.0))[0]
    assert box.x0 < place < box.x1  # there it would be
    paper = name.get_bbox_patch().get_facecolor()
    assert paper == (1.0, 1.0, 1.0, 1.0) and name.zorder > crossing.zorder
    own = axes.transData.transform((axes.lines[-2].get_xdata()[0], 2.0))[0]
    assert own + 2 < box.x0  # and its own line stands beside it


def test_a_flat_loss_can_be_drawn():
    low, high = learning_rate_range(RATES, np.zeros(4)).axes[0].get_ylim()
    assert low < 0 < high


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((RATES, LOSSES[:3]), "4 learning rates, 3 losses and 3 smoothed"),
        (([0.0, *RATES[1:]], LOSSES), "use positive rates"),
        (([], []), "0 learning rates"),
        ((RATES, [1, 2, 3, np.nan]), "no list of finite numbers"),
        ((RATES, LOSSES, LOSSES[:2]), "2 smoothed"),
        ((RATES, LOSSES, None, {"taken": 0}), r"marks\['taken'\]=0"),
        ((RATES, LOSSES, None, None, None, "rates.pdf"), "is no PNG"),
    ],
)
def test_what_cannot_be_drawn_is_named(arguments, message):
    with pytest.raises(InvalidArgumentError, match=message):
        learning_rate_range(*arguments)
