"""What all plots share: the file, the labels that keep apart, and no global state."""

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlm_tf.errors import InvalidArgumentError, MissingFileError
from mlm_tf.viz import group_dots, learning_curves, length_histogram, word_vectors
from mlm_tf.viz.figure import spread

PNG = b"\x89PNG\r\n\x1a\n"
PLOTS = [
    lambda path: group_dots({"a": [1, 2], "b": [3]}, "scores", "P(good)", path=path),
    lambda path: learning_curves({"model": {"perplexity": [9.0, 8.0]}}, path=path),
    lambda path: length_histogram([1, 2, 3], path=path),
    lambda path: word_vectors(["a", "b"], np.eye(2), ["x", "x"], [True, True], path=path),
]


@pytest.mark.parametrize("plot", PLOTS)
def test_a_path_gets_a_png_and_nothing_beside_it(plot, tmp_path):
    path = tmp_path / "plot.png"
    path.write_bytes(b"older")
    plot(path)
    assert path.read_bytes().startswith(PNG)
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_while_writing_leaves_the_older_file(tmp_path, monkeypatch):
    from matplotlib.figure import Figure

    def half(self, path, **kwargs):
        path.write_bytes(PNG)
        raise OSError("disk full")

    path = tmp_path / "plot.png"
    path.write_bytes(b"older")
    monkeypatch.setattr(Figure, "savefig", half)
    with pytest.raises(OSError, match="disk full"):
        length_histogram([1], path=path)
    assert path.read_bytes() == b"older"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("plot", PLOTS)
def test_a_path_that_cannot_be_written_is_named(plot, tmp_path):
    with pytest.raises(InvalidArgumentError, match=r"plot\.pdf.* ending in '\.png'"):
        plot(tmp_path / "plot.pdf")
    with pytest.raises(MissingFileError, match=r"lies in a folder that does not exist"):
        plot(tmp_path / "missing" / "plot.png")


@pytest.mark.parametrize(
    ("most", "unit", "size"), [(70, "", 1), (70_000, "", 1), (400_000, "k", 1e3), (2e6, "M", 1e6)]
)
def test_the_ticks_of_an_axis_are_written_in_one_unit(most, unit, size):
    history = {"tokens": [0, most], "val_perplexity": [90, 50]}
    figure = learning_curves({"model": history})
    figure.draw_without_rendering()
    axis = figure.axes[0].xaxis
    ticks = zip(axis.get_majorticklocs(), axis.get_majorticklabels(), strict=True)
    labels = {tick: label.get_text() for tick, label in ticks if 0 <= tick <= most}
    assert labels.pop(0) == "0" and labels
    for tick, label in labels.items():
        assert label.endswith(unit)
        assert float(label.removesuffix(unit).replace(",", "")) == pytest.approx(tick / size)


@pytest.mark.parametrize("plot", PLOTS)
def test_plots_do_without_pyplot_and_its_global_state(plot, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)  # importing it would raise
    plot(None).draw_without_rendering()


@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=12),
    st.floats(0.001, 0.08),
)
def test_spread_keeps_the_gap_the_order_and_the_range(wanted, gap):
    moved = spread(wanted, gap, low=0.0, high=1.0)
    order = np.argsort(wanted, kind="stable")
    assert (np.diff(moved[order]) >= gap - 1e-9).all()
    assert moved.min() >= 0.0 and moved.max() <= 1.0 + 1e-9


def test_spread_does_not_move_what_stands_apart_and_centres_what_does_not():
    assert spread([0.9, 0.1, 0.5], 0.2, 0.0, 1.0).tolist() == pytest.approx([0.9, 0.1, 0.5])
    assert spread([0.5, 0.5], 0.2, 0.0, 1.0).tolist() == pytest.approx([0.4, 0.6])
    assert spread([1.0, 1.0], 0.2, 0.0, 1.0).tolist() == pytest.approx([0.8, 1.0])
