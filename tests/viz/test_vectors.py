"""Word vectors drawn: the plane, the labels that can be read, and the shares that add up."""

import logging

import numpy as np
import pytest

from mlm_tf.errors import InvalidArgumentError
from mlm_tf.viz import word_vectors
from mlm_tf.viz.fonts import families_for

RANDOM = np.random.default_rng(0)
WORDS = [f"word{i}" for i in range(150)]
VECTORS = RANDOM.normal(size=(150, 5))
SOURCES = np.array(["word2vec"] * 120 + ["lower case"] * 20 + ["zero"] * 10)
KNOWN = SOURCES != "zero"


def dots_of(axes):
    return np.concatenate([c.get_offsets() for c in axes.collections if len(c.get_offsets())])


def labels_of(axes):
    return {t.get_text() for t in axes.texts if not t.get_text().startswith("labels without")}


def test_the_most_frequent_words_are_shown_and_counts_say_which_they_are():
    by_order = word_vectors(WORDS, VECTORS, SOURCES, KNOWN).axes[0]
    assert len(dots_of(by_order)) == 60
    assert labels_of(by_order) <= set(WORDS[:60])
    by_counts = word_vectors(WORDS, VECTORS, SOURCES, KNOWN, counts=np.arange(150)).axes[0]
    assert labels_of(by_counts) <= set(WORDS[-60:])


def test_a_plane_in_space_is_found_and_distances_in_it_are_kept():
    flat = RANDOM.normal(size=(20, 2)) * [3, 1]
    rotation, _ = np.linalg.qr(RANDOM.normal(size=(7, 7)))
    vectors = 5 + np.hstack([flat, np.zeros((20, 5))]) @ rotation
    axes = word_vectors(WORDS[:20], vectors, ["glove"] * 20, [True] * 20).axes[0]
    dots = dots_of(axes)
    np.testing.assert_allclose(
        np.linalg.norm(dots[:, None] - dots, axis=-1),
        np.linalg.norm(flat[:, None] - flat, axis=-1),
        atol=1e-6,
    )
    assert dots[:, 0].std() > dots[:, 1].std()


def test_rows_that_are_not_known_do_not_turn_the_plane():
    wild = VECTORS.copy()
    wild[~KNOWN] = 100 * RANDOM.normal(size=(10, 5))
    before, after = (
        dots_of(word_vectors(WORDS, v, SOURCES, KNOWN, labelled=WORDS[:30]).axes[0])
        for v in (VECTORS, wild)
    )
    np.testing.assert_allclose(before, after)


def test_no_label_covers_another_or_leaves_the_axes():
    figure = word_vectors(WORDS, VECTORS, SOURCES, KNOWN)
    figure.draw_without_rendering()
    axes = figure.axes[0]
    boxes = [t.get_window_extent() for t in axes.texts if t.get_text() in WORDS]
    assert len(boxes) > 40
    frame = axes.get_window_extent()
    for i, box in enumerate(boxes):
        assert frame.x0 <= box.x0 and box.x1 <= frame.x1
        # By a pixel or two: the height of letters without descenders is a convention.
        assert not any(box.padded(-2).overlaps(other.padded(-2)) for other in boxes[:i])


def test_labels_without_room_are_counted():
    same = np.tile(VECTORS[:1], (3, 1)) + 1e-9 * VECTORS[:3]
    far = np.vstack([same, 100 * VECTORS[:2]])
    axes = word_vectors(["a" * 60] * 1 + ["b" * 60, "c", "d", "e"], far, ["x"] * 5, [True] * 5)
    texts = [t.get_text() for t in axes.axes[0].texts]
    drawn = labels_of(axes.axes[0])
    assert len(drawn) < 5 and f"labels without room: {5 - len(drawn)}" in texts


def test_a_bar_for_each_band_all_words_and_all_tokens_adds_up_to_one():
    counts = np.r_[np.full(140, 10), np.full(10, 60)]  # the ten unknown words are frequent
    axes = word_vectors(WORDS, VECTORS, SOURCES, KNOWN, counts=counts).axes[1]
    names = [tick.get_text() for tick in axes.get_yticklabels()]
    assert names == ["100 most frequent", "101 to 150", "all 150 words", "all 2,000 tokens"]
    widths = np.array([bar.get_width() for bar in axes.patches]).reshape(4, 3)
    np.testing.assert_allclose(widths.sum(axis=1), 1)
    np.testing.assert_allclose(widths[:, 2], [0.1, 0, 10 / 150, 600 / 2000])  # of zeros
    assert [t.get_text() for t in axes.texts] == [
        "90.0% known",
        "100.0% known",
        "93.3% known",
        "70.0% known",
    ]
    assert axes.get_title(loc="left") == "70.0% of 2,000 tokens have a known vector"


def test_a_dollar_sign_and_a_line_break_are_words():
    words = ["$a$", "\n", " ", "b"]
    axes = word_vectors(words, VECTORS[:4], ["x"] * 4, [True] * 4).axes[0]
    assert labels_of(axes) == {"$a$", repr("\n"), repr(" "), "b"}


# === Fonts ===


def test_a_label_that_no_font_can_draw_is_left_out_and_said_so(caplog, monkeypatch):
    from matplotlib.font_manager import fontManager

    ours = [font for font in fontManager.ttflist if font.name == "DejaVu Sans"]
    monkeypatch.setattr(fontManager, "ttflist", ours)
    monkeypatch.setattr("matplotlib.font_manager.findSystemFonts", list)
    words = ["cat", "猫", "dog"]
    with caplog.at_level(logging.WARNING, logger="mlm_tf"):
        axes = word_vectors(words, VECTORS[:3], ["x"] * 3, [True] * 3).axes[0]
    assert labels_of(axes) == {"cat", "dog"}
    assert len(dots_of(axes)) == 3
    assert "labels without a font: 1" in [t.get_text() for t in axes.texts]
    assert "1 of 3 labels" in caplog.text and "Noto Sans CJK SC" in caplog.text


def test_another_installed_font_draws_what_the_default_one_lacks():
    """A font with Chinese is not installed everywhere; matplotlib itself brings STIX."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    default, stix = (get_font(findfont(FontProperties(name))) for name in (None, "STIXGeneral"))
    only_stix = next(c for c in sorted(stix.get_charmap()) if c not in default.get_charmap())
    assert families_for(["a"]) == ([default.family_name], set())
    families, missing = families_for(["a" + chr(only_stix)])
    assert families[0] == default.family_name and len(families) == 2
    assert get_font(findfont(FontProperties(families[1]))).get_char_index(only_stix)
    assert not missing


def test_no_glyph_is_missing_when_the_labels_are_drawn():
    """matplotlib warns of a box in the place of a character, and warnings fail."""
    figure = word_vectors(["猫", "é", "cat"], VECTORS[:3], ["x"] * 3, [True] * 3)
    figure.draw_without_rendering()


# === What is refused ===


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"words": []}, "words has 0 entries"),
        ({"sources": ["x"]}, "sources 1"),
        ({"is_known": [True]}, "is_known 1"),
        ({"is_known": ["no"] * 3}, "is_known 3 <U2"),
        ({"counts": [1, 2]}, "counts 2"),
        ({"vectors": np.zeros(3)}, r"the shape \(3,\)"),
        ({"labelled": ["a", "zebra"]}, "as 'zebra'"),
        ({"labelled": []}, "name at least one"),
    ],
)
def test_arguments_that_do_not_fit_are_named(change, message):
    fitting = {
        "words": ["a", "b", "c"],
        "vectors": np.eye(3),
        "sources": ["x"] * 3,
        "is_known": [True] * 3,
    }
    with pytest.raises(InvalidArgumentError, match=message) as error:
        word_vectors(**{**fitting, **change})
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("dim", [1, 2, 5])
def test_few_words_and_few_dimensions_are_drawn(count, dim):
    for known in ([True] * count, [False] * count):
        figure = word_vectors(WORDS[:count], VECTORS[:count, :dim], ["x"] * count, known)
        figure.draw_without_rendering()
