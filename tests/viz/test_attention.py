"""Attention weights drawn: every weight in its cell, every panel named, labels that can be read."""

import importlib
import itertools
import logging

import numpy as np
import pytest

from mlm_tf.errors import InvalidArgumentError, MissingFileError
from mlm_tf.viz import attention

RANDOM = np.random.default_rng(0)
WORDS = ["the", "cat", "sat", "down"]
Y_LABEL = "word that looks (query)"


def weights_of(*shape):
    return RANDOM.dirichlet(np.ones(shape[-1]), size=shape[:-1])


def panels_of(figure):
    """The axes of heat maps, without that of the scale of colours."""
    return [axes for axes in figure.axes if axes.images]


def drawn_in(axes):
    return axes.images[0].get_array().data


def labels_of(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def test_each_weight_stands_in_the_row_of_its_query_and_the_column_of_its_key():
    weights = weights_of(2, 4)
    (axes,) = panels_of(attention(weights, ["le", "chat"], key_words=WORDS))
    np.testing.assert_allclose(drawn_in(axes), weights, rtol=1e-6)
    assert labels_of(axes.yaxis) == ["le", "chat"]
    assert labels_of(axes.xaxis) == WORDS
    assert axes.yaxis_inverted()  # read from the top


@pytest.mark.parametrize("batch", [(), (1,)])
def test_each_head_has_a_panel(batch):
    weights = weights_of(*batch, 3, 4, 4)
    panels = panels_of(attention(weights, WORDS))
    np.testing.assert_allclose([drawn_in(p) for p in panels], weights.reshape(3, 4, 4), rtol=1e-6)
    assert [p.get_title() for p in panels] == ["head 1", "head 2", "head 3"]


def test_each_layer_has_a_row_and_each_head_a_column():
    layers = {"lower": weights_of(1, 2, 4, 4), "upper": weights_of(1, 2, 4, 4)}
    panels = panels_of(attention(layers, WORDS))
    expected = np.concatenate([layers["lower"][0], layers["upper"][0]])
    np.testing.assert_allclose([drawn_in(p) for p in panels], expected, rtol=1e-6)
    assert [p.get_ylabel() for p in panels] == ["lower", "", "upper", ""]
    places = [
        (p.get_subplotspec().rowspan.start, p.get_subplotspec().colspan.start) for p in panels
    ]
    assert places == [(0, 0), (0, 1), (1, 0), (1, 1)]
    # The words stand once: at the left and at the bottom.
    assert [labels_of(p.yaxis) == WORDS for p in panels] == [True, False, True, False]
    assert [labels_of(p.xaxis) == WORDS for p in panels] == [False, False, True, True]


def test_layers_of_one_head_stand_side_by_side_under_their_names():
    panels = panels_of(attention({f"layer_{i}": weights_of(1, 4, 4) for i in range(3)}, WORDS))
    assert [p.get_title() for p in panels] == ["layer_0", "layer_1", "layer_2"]
    assert {p.get_subplotspec().rowspan.start for p in panels} == {0}


def test_many_heads_go_on_in_a_second_row_and_every_column_has_its_words_below():
    panels = panels_of(attention(weights_of(7, 4, 4), WORDS))
    assert [p.get_subplotspec().rowspan.start for p in panels] == [0] * 4 + [1] * 3
    assert [labels_of(p.xaxis) == WORDS for p in panels] == [False] * 3 + [True] * 4


def test_all_panels_have_one_scale_from_zero_to_the_largest_weight():
    weights = np.full((2, 4, 4), 0.25)
    weights[1, 0] = [0.7, 0.1, 0.1, 0.1]
    panels = panels_of(attention(weights, WORDS))
    assert [p.images[0].get_clim() for p in panels] == [(0.0, pytest.approx(0.7))] * 2


@pytest.mark.parametrize(("heads", "length"), [(1, 40), (1, 150), (6, 40), (12, 60)])
def test_labels_do_not_cover_each_other_and_an_axis_says_how_many_are_left_out(heads, length):
    words = [f"word{i}" for i in range(length)]
    figure = attention(weights_of(heads, length, length), words)
    figure.draw_without_rendering()
    axes = panels_of(figure)[0]
    step = int(axes.get_yticks()[1])
    assert labels_of(axes.yaxis) == words[::step]
    for text in (figure.get_supxlabel(), figure.get_supylabel()):
        assert (f"one word in {step} is written" in text) == (step > 1)
    boxes = [label.get_window_extent() for label in axes.get_yticklabels()]
    assert all(not low.overlaps(high) for high, low in itertools.pairwise(boxes))


@pytest.mark.parametrize(("heads", "length"), [(1, 6), (1, 9), (1, 20), (2, 9), (4, 20)])
@pytest.mark.parametrize("name", [None, "transformer_0"])
def test_what_the_axis_says_stands_beside_its_labels_and_not_on_them(heads, length, name):
    weights = weights_of(heads, length, length)
    figure = attention(weights if name is None else {name: weights}, ["b"] * length)
    figure.draw_without_rendering()
    beside = figure.findobj(lambda text: getattr(text, "get_text", str)() == Y_LABEL)[0]
    labels = panels_of(figure)[0].yaxis.get_tightbbox()
    assert beside.get_window_extent().x1 < labels.x0


def test_a_dollar_sign_and_a_line_break_are_words_and_a_long_word_is_cut():
    words = ["$a$", "\n", " ", "internationalisation-and-more"]
    figure = attention(weights_of(4, 4), words)
    figure.draw_without_rendering()
    (axes,) = panels_of(figure)
    assert labels_of(axes.yaxis) == ["$a$", repr("\n"), repr(" "), "internationalisatio…"]


def test_a_word_that_no_font_can_draw_is_written_as_code_points(caplog, monkeypatch):
    from matplotlib.font_manager import fontManager

    ours = [font for font in fontManager.ttflist if font.name == "DejaVu Sans"]
    monkeypatch.setattr(fontManager, "ttflist", ours)
    monkeypatch.setattr("matplotlib.font_manager.findSystemFonts", list)
    with caplog.at_level(logging.WARNING, logger="mlm_tf"):
        figure = attention(weights_of(2, 2), ["cat", "猫"])
    figure.draw_without_rendering()  # a box in the place of a character warns, and that fails
    assert labels_of(panels_of(figure)[0].yaxis) == ["cat", "\\u732b"]
    assert "1 of 2 labels" in caplog.text and "Noto Sans CJK SC" in caplog.text
    for place in ("Linux apt-get install fonts-noto-cjk", "Colab", "macOS", "Windows"):
        assert place in caplog.text


def test_chinese_labels_stand_upright_beside_long_ones(monkeypatch):
    words = ["[START]", "春", "天", "，", "来", "[END]"]
    module = importlib.import_module("mlm_tf.viz.attention")  # the name is the function's too
    monkeypatch.setattr(module, "families_for", lambda _: (["DejaVu Sans"], set()))
    (axes,) = panels_of(attention(weights_of(6, 6), words))
    rotations = [label.get_rotation() for label in axes.get_xticklabels()]
    assert rotations == [90, 0, 0, 0, 0, 90]


def test_labels_in_letters_lie_all_together_or_not_at_all():
    for words, expected in ((["a", "cat", "internationally"], 90), (["a", "b", "c"], 0)):
        (axes,) = panels_of(attention(weights_of(3, 3), words))
        assert {label.get_rotation() for label in axes.get_xticklabels()} == {expected}


def test_another_installed_font_draws_what_the_default_one_lacks():
    """A font with Chinese is not installed everywhere; matplotlib itself brings STIX."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    default, stix = (get_font(findfont(FontProperties(name))) for name in (None, "STIXGeneral"))
    only_stix = chr(next(c for c in sorted(stix.get_charmap()) if c not in default.get_charmap()))
    figure = attention(weights_of(2, 2), ["cat", only_stix])
    figure.draw_without_rendering()
    assert labels_of(panels_of(figure)[0].yaxis) == ["cat", only_stix]


def test_the_figure_is_written_as_png(tmp_path):
    attention(weights_of(2, 4, 4), WORDS, path=tmp_path / "attention.png")
    assert (tmp_path / "attention.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(MissingFileError, match="does not exist"):
        attention(weights_of(4, 4), WORDS, path=tmp_path / "none" / "attention.png")


@pytest.mark.parametrize("dtype", ["float16", "float64"])
def test_one_word_and_any_precision_are_drawn(dtype):
    figure = attention(np.ones((2, 1, 1), dtype), ["a"])
    figure.draw_without_rendering()
    assert [drawn_in(p).tolist() for p in panels_of(figure)] == [[[1.0]], [[1.0]]]


# === What is refused ===


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.full((4, 3), 0.3), r"shape \(4, 3\), and 4 words that look at 4 words"),
        (np.full((2, 3, 4), 0.3), r"shape \(2, 3, 4\)"),
        (np.full(4, 0.3), r"shape \(4,\)"),
        ("heavy", r"shape \(0,\)"),
        ([[1.0], [0.5, 0.5]], r"shape \(0,\)"),
        (np.full((1, 1, 1, 4, 4), 0.3), r"shape \(1, 1, 1, 4, 4\)"),
        (np.full((2, 1, 4, 4), 0.3), "the weights of 2 texts"),
        (np.zeros((0, 4, 4)), r"shape \(0, 4, 4\)"),
        ({"cross": np.full((4, 3), 0.3)}, r"weights\['cross'\] has shape \(4, 3\)"),
        ({}, "weights is empty"),
        (np.full((4, 4), 3.0), "values from 3 to 3, .* after the softmax"),
        (np.full((4, 4), -0.5), "values from -0.5"),
        (np.full((4, 4), np.nan), "values from nan"),
        (np.full((4, 4), 0.3), "row 0 of head 1 sums to 1.2, .* to 1, within 0.01"),
        ({"a": np.stack([np.eye(4), np.diag([1, 1, 0.9, 1])])}, r"weights\['a'\]: row 2 of head 2"),
    ],
)
def test_weights_that_do_not_fit_are_named(weights, message):
    with pytest.raises(InvalidArgumentError, match=message) as error:
        attention(weights, WORDS)
    assert "\n" not in str(error.value)


def test_rows_need_not_sum_to_1_exactly_and_a_word_may_read_nothing():
    """bfloat16 rounds, and what stands in padding has weights of 0."""
    weights = weights_of(3, 4, 4) * np.array([0.991, 1.0, 1.009])[:, None, None]
    weights[:, 2] = 0
    assert len(panels_of(attention(weights, WORDS))) == 3


def test_no_words_are_refused():
    with pytest.raises(InvalidArgumentError, match=r"and 0 words that look at 0 words"):
        attention(np.zeros((0, 0)), [])
