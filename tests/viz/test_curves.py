"""Learning curves: what is drawn is what was passed, and every label can be read."""

import numpy as np
import pytest

from mlm_tf.errors import InvalidArgumentError
from mlm_tf.viz import learning_curves
from tests.wrong_values import WRONG

HISTORIES = {
    "LSTM": {"epoch": [1, 2, 3], "perplexity": [300, 120, 80], "val_perplexity": [170, 110, 90]},
    "attention": {"epoch": [1, 2], "perplexity": [250, 110], "val_perplexity": [160, 91]},
}
BASELINES = {"unigram": 219.2, "bigram": 91.5, "trigram": 91.0}


def curves_of(figure):
    """The drawn curves as (colour, style, x, y), without baselines and leaders."""
    axes = figure.axes[0]
    return [
        (line.get_color(), line.get_linestyle(), list(line.get_xdata()), list(line.get_ydata()))
        for line in axes.lines
        if line.get_transform() == axes.transData
    ]


def boxes_of_labels(figure):
    """Where the labels beside the axes stand, in pixels."""
    figure.draw_without_rendering()
    return [text.get_window_extent() for text in figure.axes[0].texts]


def test_each_model_has_one_colour_dashed_for_training_and_solid_for_validation():
    lstm_train, lstm_val, attention_train, attention_val = curves_of(learning_curves(HISTORIES))
    assert lstm_train[1:] == ("--", [1, 2, 3], [300, 120, 80])
    assert lstm_val[1:] == ("-", [1, 2, 3], [170, 110, 90])
    assert attention_val[1:] == ("-", [1, 2], [160, 91])
    assert lstm_train[0] == lstm_val[0] != attention_val[0] == attention_train[0]


def test_each_line_is_labelled_with_its_last_value():
    figure = learning_curves(HISTORIES, BASELINES | {"uniform": 3996.0})
    assert [text.get_text() for text in figure.axes[0].texts] == [
        "LSTM  90.0",
        "attention  91.0",
        "unigram  219.2",
        "bigram  91.5",
        "trigram  91.0",
        "uniform  3,996",
    ]


@pytest.mark.parametrize("num_baselines", [0, 3, 30])
def test_no_two_labels_overlap_and_all_stand_within_the_figure(num_baselines):
    baselines = {f"baseline {i}": 90.0 + 0.1 * i for i in range(num_baselines)}
    figure = learning_curves(HISTORIES, baselines, title="A title")
    boxes = boxes_of_labels(figure)
    assert len(boxes) == len(HISTORIES) + num_baselines
    for i, box in enumerate(boxes):
        assert figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1
        assert figure.bbox.y0 <= box.y0 and box.y1 <= figure.bbox.y1
        assert not any(box.overlaps(other) for other in boxes[:i])


def test_labels_stand_in_the_order_of_their_values():
    figure = learning_curves(HISTORIES, BASELINES)
    heights = [text.get_position()[1] for text in figure.axes[0].texts]
    values = [90.0, 91.0, 219.2, 91.5, 91.0]
    by_height, by_value = np.array(values)[np.argsort(heights)], sorted(values)
    assert by_height.tolist() == by_value


@pytest.mark.parametrize(
    ("low", "high"), [(80, 330), (60, 4000), (117, 119), (1.2, 1.6), (5, 100_000)]
)
def test_the_perplexity_axis_is_logarithmic_with_a_few_readable_ticks(low, high):
    figure = learning_curves({"model": {"val_perplexity": [high, low]}})
    axis = figure.axes[0].yaxis
    ticks = [tick for tick in axis.get_ticklocs() if low / 1.1 < tick < high * 1.1]
    assert figure.axes[0].get_yscale() == "log"
    assert 4 <= len(ticks) <= 12
    labels = [axis.get_major_formatter()(tick) for tick in ticks]
    assert [float(label.replace(",", "")) for label in labels] == pytest.approx(ticks)


def test_tokens_are_the_x_axis_where_the_histories_have_them():
    figure = learning_curves({"model": {"tokens": [10_000, 20_000], "perplexity": [9, 8]}})
    assert curves_of(figure)[0][2] == [10_000, 20_000]
    assert "tokens" in figure.axes[0].get_xlabel()


def test_without_an_x_axis_epochs_count_from_one():
    figure = learning_curves({"model": {"loss": [2, 1], "perplexity": [9.0, 8.0]}})
    assert curves_of(figure)[0][2] == [1, 2]
    assert figure.axes[0].get_xlabel() == "epoch"


def test_one_epoch_is_a_visible_point():
    figure = learning_curves({"model": {"val_perplexity": [90.0]}})
    assert figure.axes[0].lines[0].get_marker() == "o"


def test_what_is_not_finite_leaves_a_gap_and_the_label_shows_the_last_that_is():
    figure = learning_curves(
        {"model": {"val_perplexity": [90.0, float("inf"), 80.0, float("nan")]}}
    )
    np.testing.assert_array_equal(curves_of(figure)[0][3], [90.0, np.nan, 80.0, np.nan])
    assert figure.axes[0].texts[0].get_text() == "model  80.0"


@pytest.mark.parametrize(
    ("histories", "baselines", "message"),
    [
        ({}, None, "at least one model"),
        ({"a": {"loss": [1.0]}}, None, r"histories\['a'\] has .* {'loss': 1}"),
        ({"a": {"perplexity": []}}, None, "'perplexity': 0"),
        ({"a": {"perplexity": [float("nan")]}}, None, "positive numbers"),
        ({"a": {"epoch": [1], "perplexity": [9, 8]}}, None, "'epoch': 1, 'perplexity': 2"),
        ({"a": {"perplexity": [9], "val_perplexity": [9, 8]}}, None, "same length"),
        (
            {"a": {"epoch": [1], "perplexity": [9]}, "b": {"tokens": [1], "perplexity": [9]}},
            None,
            "'a': 'epoch', 'b': 'tokens'",
        ),
        *[
            (HISTORIES, {"bigram": value}, r"^baselines\['bigram'\]=.* is not allowed; use")
            for value in WRONG["number > 0"]
        ],
    ],
)
def test_bad_histories_are_named(histories, baselines, message):
    with pytest.raises(InvalidArgumentError, match=message):
        learning_curves(histories, baselines)


def test_another_measure_has_an_even_axis_and_may_be_negative():
    history = {"loss": [0.5, -0.25, np.inf], "val_loss": [0.75, 0.0, -0.125]}
    figure = learning_curves({"LSTM": history}, {"limit": -0.5}, measure="loss")
    axes = figure.axes[0]
    assert (axes.get_yscale(), axes.get_ylabel()) == ("linear", "loss")
    training, validation = curves_of(figure)
    np.testing.assert_array_equal(training[3], [0.5, -0.25, np.nan])
    assert validation[3] == [0.75, 0.0, -0.125]
    assert [text.get_text() for text in axes.texts] == ["LSTM  -0.125", "limit  -0.5"]
    with pytest.raises(InvalidArgumentError, match="'accuracy' or 'val_accuracy' with finite"):
        learning_curves({"LSTM": history}, measure="accuracy")
