"""Figures of a classifier: every text is counted, and what cannot be drawn is refused."""

import numpy as np
import pytest

from mlm_tf.errors import InvalidArgumentError
from mlm_tf.viz import confusion_matrix, deciding_words, reliability


def test_every_text_is_in_one_cell():
    draw = np.random.default_rng(0)
    labels, found = draw.integers(0, 3, 100), draw.integers(0, 3, 100)
    texts = confusion_matrix(labels, found, ["一", "b", "c"]).axes[0].texts
    counts = np.array([int(text.get_text()) for text in texts]).reshape(3, 3)
    assert counts.sum() == 100
    assert counts[1, 2] == ((labels == 1) & (found == 2)).sum()
    assert [text.get_position() for text in texts[:2]] == [(0, 0), (1, 0)]


def test_the_points_are_how_sure_and_how_right():
    axes, below = reliability([0.95, 0.95, 0.55, 0.55], [True, True, False, True]).axes
    points = np.transpose(axes.lines[1].get_data())
    np.testing.assert_allclose(points, [[0.55, 0.5], [0.95, 1.0]])
    assert axes.get_title(loc="left") == "calibration error 5.0%"
    assert [bar.get_height() for bar in below.patches if bar.get_height()] == [2, 2]


def test_words_for_and_against_have_two_colours():
    axes = deciding_words(["不", "好", "x"], [1.0, -2.0, 0.5]).axes[0]
    assert [bar.get_height() for bar in axes.patches] == [1.0, -2.0, 0.5]
    assert len({bar.get_facecolor() for bar in axes.patches}) == 2


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: confusion_matrix([], [], ["a", "b"]), "one length"),
        (lambda: confusion_matrix([0], [0, 1], ["a", "b"]), "one length"),
        (lambda: confusion_matrix([0, 2], [0, 1], ["a", "b"]), "hold 2, and there are 2 names"),
        (lambda: confusion_matrix(["a"], ["a"], ["a"]), "integers from 0"),
        (lambda: reliability([], []), "one length"),
        (lambda: reliability([1.5], [True]), "from 0 to 1"),
        (lambda: reliability([float("nan")], [True]), "from 0 to 1"),
        (lambda: reliability([0.5], [True], bins=0), "bins=0"),
        (lambda: deciding_words([], []), "there are 0 words"),
        (lambda: deciding_words(["a"], [float("inf")]), "finite"),
    ],
)
def test_what_cannot_be_drawn_is_refused(draw, message):
    with pytest.raises(InvalidArgumentError, match=message):
        draw()


def test_they_are_written(tmp_path):
    for number, draw in enumerate(
        (
            lambda path: confusion_matrix([0, 1], [0, 0], ["a", "b"], path),
            lambda path: reliability([0.6], [True], path=path),
            lambda path: deciding_words(["a"], [1.0], path),
        )
    ):
        draw(tmp_path / f"{number}.png")
        assert (tmp_path / f"{number}.png").read_bytes().startswith(b"\x89PNG")
