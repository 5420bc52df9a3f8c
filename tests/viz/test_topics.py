"""Topics as bars and documents in the plane: each word has its bar, alike is near alike."""

import numpy as np
import pytest

from mlm_tf.errors import InvalidArgumentError
from mlm_tf.viz import document_map, topic_bars

WORDS = [["cat", "dog", "$x$"], ["银行", "rate"]]
WEIGHTS = [[0.5, 0.3, 0.2], [0.9, -0.4]]


def test_each_word_has_a_bar_of_its_weight_the_first_on_top():
    figure = topic_bars(WORDS, WEIGHTS, ["pets", "money"])
    figure.draw_without_rendering()
    for axes, words, weights in zip(figure.axes, WORDS, WEIGHTS, strict=True):
        assert [bar.get_width() for bar in axes.patches] == weights
        assert [label.get_text() for label in axes.get_yticklabels()] == words
        assert np.all(np.diff([bar.get_y() for bar in axes.patches]) < 0)
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["pets", "money"]


def test_panels_have_one_scale_that_holds_every_bar():
    limits = {axes.get_xlim() for axes in topic_bars(WORDS, WEIGHTS).axes}
    [(low, high)] = limits
    assert low < -0.4 and high > 0.9


@pytest.mark.parametrize("count", [1, 5, 6, 11])
def test_there_is_a_panel_for_each_topic(count):
    assert len(topic_bars([["a"]] * count, [[1.0]] * count).axes) == count


@pytest.mark.parametrize(
    "arguments",
    [
        ([], []),
        ([[]], [[]]),
        (WORDS, WEIGHTS[:1]),
        (WORDS, [[1.0], [1.0]]),
        (WORDS, WEIGHTS, ["one"]),
        ([["a"]], [[np.nan]]),
    ],
)
def test_topics_that_cannot_be_drawn_are_refused(arguments):
    with pytest.raises(InvalidArgumentError):
        topic_bars(*arguments)


def test_documents_that_are_alike_stand_together():
    draw = np.random.default_rng(0)
    near = np.repeat(np.eye(6)[:2], 10, axis=0) + 0.1 * draw.normal(size=(20, 6))
    figure = document_map(near, [f"d{i}" for i in range(20)], ["a"] * 10 + ["b"] * 10)
    dots = [np.asarray(c.get_offsets()) for c in figure.axes[0].collections]
    assert [len(group) for group in dots] == [10, 10]
    assert np.linalg.norm(dots[0].mean(0) - dots[1].mean(0)) > 4 * dots[0].std(0).max()


def test_a_label_of_nothing_is_not_drawn_and_every_dot_is():
    figure = document_map(np.eye(4), ["cats", "", "taxes", ""])
    drawn = {text.get_text() for text in figure.axes[0].texts}
    assert drawn == {"cats", "taxes"}
    assert sum(len(c.get_offsets()) for c in figure.axes[0].collections) == 4
    assert not figure.legends


@pytest.mark.parametrize(
    "arguments",
    [
        (np.zeros((0, 2)), []),
        (np.eye(2), ["a"]),
        (np.eye(2), ["a", "b"], ["x"]),
        (np.array([[np.inf, 0.0]]), ["a"]),
        (np.eye(8), ["a"] * 8, list("abcdefgh")),
    ],
)
def test_documents_that_cannot_be_drawn_are_refused(arguments):
    with pytest.raises(InvalidArgumentError, match="give each document finite numbers"):
        document_map(*arguments)


def test_both_are_written_as_pictures(tmp_path):
    topic_bars(WORDS, WEIGHTS, path=tmp_path / "topics.png")
    document_map(np.eye(3), ["a", "b", "c"], path=tmp_path / "map.png")
    assert all((tmp_path / name).stat().st_size > 5_000 for name in ("topics.png", "map.png"))
