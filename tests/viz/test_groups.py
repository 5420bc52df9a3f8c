import pytest

from mlm_tf import viz
from mlm_tf.errors import InvalidArgumentError


def test_each_number_is_a_dot_and_each_mean_a_line():
    figure = viz.group_dots({"women": [0.2, 0.4], "男": [0.9]}, "scores", "P(good)")
    [axes] = figure.axes
    dots = [line.get_offsets().tolist() for line in axes.collections]
    assert dots == [[[0.2, 0.0], [0.4, 0.0]], [[0.9, 1.0]]]
    assert [line.get_xdata()[0] for line in axes.lines] == pytest.approx([0.3, 0.9])
    assert [label.get_text() for label in axes.get_yticklabels()] == ["women", "男"]
    assert (axes.get_xlabel(), axes.get_title(loc="left")) == ("P(good)", "scores")
    low, high = axes.get_ylim()
    assert low > high  # the first group is at the top


@pytest.mark.parametrize("groups", [{}, {"a": [1], "b": []}])
def test_groups_without_a_number_are_refused(groups):
    with pytest.raises(InvalidArgumentError, match="groups holds no number"):
        viz.group_dots(groups, "a", "b")
