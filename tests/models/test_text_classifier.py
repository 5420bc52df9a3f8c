"""A classifier of texts: texts and labels in, labels out."""

import keras
import numpy as np
import pytest
from keras import ops

from mlm_tf import TextPipeline, build_model
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.models import load_model

GOOD, BAD = ["a fine film", "fine", "what a fine story"], ["a dull film", "dull", "so dull a story"]
TEXTS = [*GOOD, *BAD] * 4
LABELS = ["good"] * 3 + ["bad"] * 3
LABELS = LABELS * 4


@pytest.fixture(scope="module")
def pipeline():
    return TextPipeline.fit(TEXTS)


def made(pipeline, **settings):
    if "label_names" not in settings:
        settings = {"num_classes": 2, **settings}
    model = build_model(
        "lstm", "text_classifier", pipeline=pipeline, hidden_dim=8, seed=0, **settings
    )
    model.compile(keras.optimizers.Adam(0.02))
    return model


def test_names_are_learned_saved_and_given_back(pipeline, tmp_path):
    model = made(pipeline)
    model.fit(TEXTS, LABELS, epochs=10, verbose=0, validation_data=(TEXTS[:6], LABELS[:6]))
    assert list(model.label_names) == ["bad", "good"]
    assert model.predict_labels(TEXTS[:6]) == LABELS[:6]
    assert model.predict_labels("fine") == ["good"]
    model.save(tmp_path / "m.keras")
    again = load_model(tmp_path / "m.keras")
    assert list(again.label_names) == ["bad", "good"]
    assert again.predict_labels(np.array(TEXTS[:6])) == LABELS[:6]
    loss = again.evaluate(TEXTS, LABELS, verbose=0)
    np.testing.assert_allclose(loss, model.evaluate(TEXTS, LABELS, verbose=0), rtol=1e-5)
    copy = keras.models.clone_model(model)
    assert list(copy.label_names) == ["bad", "good"]


def test_texts_are_read_as_rows_are(pipeline):
    model = made(pipeline)
    batch = pipeline(TEXTS, add_start=True, add_end=True)
    expected = model.predict(batch, verbose=0)
    ragged = pipeline.encode(TEXTS)
    for given in (TEXTS, tuple(TEXTS), np.array(TEXTS), ragged, [row.tolist() for row in ragged]):
        np.testing.assert_allclose(model.predict(given, verbose=0), expected, atol=1e-5)
    long = TextPipeline.fit(TEXTS, max_sequence_length=2)
    model = made(long)
    cut = [[2, int(long.encode(["a"])[0][1])]]
    expected = model.predict(cut, verbose=0)
    np.testing.assert_allclose(model.predict(["a fine film"], verbose=0), expected, atol=1e-6)
    assert made(pipeline, max_sequence_length=2).predict(["a fine film"], verbose=0).shape == (1, 2)


def test_given_names_say_which_number_is_which(pipeline):
    model = made(pipeline, label_names=["good", "bad"])
    assert model.num_classes == 2
    y = model.as_labels(["bad", "good"])
    assert y.tolist() == [1, 0]
    assert model.as_labels([1, 0]).tolist() == [1, 0]
    stars = made(pipeline, label_names=[1, 3, 5])
    assert stars.as_labels(np.array([5, 1, 3])).tolist() == [2, 0, 1]
    assert set(stars.predict_labels(TEXTS)) <= {1, 3, 5}
    assert set(made(pipeline).predict_labels(TEXTS)) <= {0, 1}


def test_rows_with_labels_train_it(pipeline):
    settings = {"length": 6, "batch_size": 5, "label_names": ["bad", "good"]}
    data = pipeline.rows(TEXTS, labels=LABELS, shuffle=False, **settings)
    model = made(pipeline, label_names=["bad", "good"])
    loss = model.evaluate(data, verbose=0)  # the last batch is filled up
    np.testing.assert_allclose(loss, model.evaluate(TEXTS, LABELS, verbose=0), rtol=1e-4)
    model.fit(pipeline.rows(TEXTS, labels=LABELS, **settings), epochs=12, verbose=0)
    assert model.predict_labels(TEXTS[:6]) == LABELS[:6]


def test_a_data_set_of_texts_is_mapped(pipeline):
    tf = pytest.importorskip("tensorflow")
    numbers = [int(label == "good") for label in LABELS]
    texts = tf.data.Dataset.from_tensor_slices((TEXTS, numbers)).batch(4)
    model = made(pipeline)
    rows = texts.map(
        lambda text, y: (pipeline.encode_tensor(text, length=6, add_start=True, add_end=True), y)
    )
    model.fit(rows, epochs=12, verbose=0)
    assert model.predict_labels(TEXTS[:6]) == numbers[:6]
    np.testing.assert_allclose(
        model.predict(rows, verbose=0), model.predict(TEXTS, verbose=0), atol=1e-5
    )
    for wrong in (texts, texts.map(lambda text, y: (pipeline.encode_tensor(text), y))):
        with pytest.raises(InvalidArgumentError, match="encode_tensor\\(texts, length"):
            model.fit(wrong, verbose=0)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["good", "bad", "so-so"] * 8, "3 different labels"),
        (["good"] * 24, r"'good', and this model knows 0 to 1"),
        ([0.5] * 24, "label 0.5"),
        ([None] * 24, r"y\[0\]=None is no label"),
        ([*LABELS[:23], None], r"y\[23\]=None is no label"),
        (np.array([*LABELS[:23], np.nan], object), r"y\[23\]=nan is no label"),
        (np.array([b"good", b"bad"] * 12), "label b'good'"),
        (np.eye(2)[[0, 1] * 12], "y has 2 numbers for each target.*argmax"),
        ([True] * 24, "label True"),
        (["good", 1] * 12, "label 'good'"),
    ],
)
def test_labels_that_are_none_are_said_in_one_sentence(labels, message, pipeline):
    with pytest.raises(InvalidArgumentError, match=message) as error:
        made(pipeline).fit(TEXTS, labels, verbose=0)
    assert "\n" not in str(error.value)


@pytest.fixture(scope="module")
def of_lists(pipeline):
    """A model after an epoch of texts and labels in lists, and its loss."""
    model = made(pipeline)
    loss = model.fit(TEXTS, LABELS, verbose=0, shuffle=False).history["loss"]
    return model, loss


class Column:
    """What a library of tables gives: neither list nor array, but it becomes either."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return np.array(self.values, object)

    def to_list(self):
        return self.values

    def __len__(self):
        return len(self.values)


@pytest.mark.parametrize(
    "labels",
    [np.array(LABELS), np.array(LABELS)[:, None], np.array(LABELS, object), Column(LABELS)],
    ids=["array", "column", "objects", "of a table"],
)
def test_names_come_in_any_column(labels, pipeline, of_lists):
    expected, loss = of_lists
    model = made(pipeline)
    found = model.fit(Column(TEXTS), labels, verbose=0, shuffle=False).history["loss"]
    assert found == pytest.approx(loss)
    assert model.label_names == ["bad", "good"]
    assert model.predict_labels(Column(TEXTS)) == expected.predict_labels(TEXTS)
    assert pipeline.rows(TEXTS, 6, 4, labels=labels, label_names=["bad", "good"]) is not None


def test_classes_are_weighed_by_name(pipeline):
    weights = [3.0 if label == "good" else 1.0 for label in LABELS]
    expected = made(pipeline).fit(TEXTS, LABELS, sample_weight=np.array(weights), verbose=0)
    for class_weight in ({"good": 3.0}, {1: 3.0}):
        found = made(pipeline).fit(TEXTS, LABELS, class_weight=class_weight, verbose=0)
        assert found.history["loss"] == pytest.approx(expected.history["loss"], rel=1e-4)
    with pytest.raises(InvalidArgumentError, match=r"class_weight=.*'god'"):
        made(pipeline).fit(TEXTS, LABELS, class_weight={"god": 3.0}, verbose=0)


def test_no_texts_have_no_labels(pipeline):
    assert made(pipeline).predict_labels([]) == []


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"label_names": ["a"]}, "label_names"),
        ({"label_names": ["a", "a"]}, "label_names"),
        ({"label_names": ["a", 1]}, "label_names"),
        ({"label_names": "ab"}, "label_names='ab'"),
        ({"label_names": ["a", "b"], "num_classes": 3}, "num_classes=3, but label_names has 2"),
    ],
)
def test_names_that_are_none_are_said_in_one_sentence(settings, message, pipeline):
    with pytest.raises(InvalidArgumentError, match=message) as error:
        build_model("lstm", "text_classifier", pipeline=pipeline, **settings)
    assert "\n" not in str(error.value)


def test_names_are_for_classifiers_alone(pipeline):
    with pytest.raises(InvalidArgumentError, match=r"label_names=.*text_classifier"):
        build_model("lstm", pipeline=pipeline, label_names=["a", "b"])


def test_labels_for_rows_are_looked_at(pipeline):
    for labels, settings, message in (
        (LABELS[:3], {}, "labels=.*24 texts"),
        (LABELS, {}, "labels holds 'good'.*label_names"),
        ([-1] * 24, {}, "labels holds -1"),
        (LABELS, {"label_names": ["good", "poor"]}, "label 'bad'"),
    ):
        with pytest.raises(InvalidArgumentError, match=message):
            pipeline.rows(TEXTS, 6, 4, labels=labels, **settings)


def test_texts_without_a_pipeline_are_refused():
    model = build_model("lstm", "text_classifier", vocabulary_size=9, hidden_dim=8, num_classes=2)
    with pytest.raises(InvalidArgumentError, match="no pipeline"):
        model.predict(["a"])


# === Language models: what works, and what says what to do ===


@pytest.mark.parametrize("task", ["causal_lm", "masked_lm"])
def test_a_language_model_says_what_to_pass(task, pipeline):
    model = build_model("lstm", task, pipeline=pipeline, hidden_dim=8)
    model.compile("adam")
    for wrong in (TEXTS, pipeline.encode(TEXTS), pipeline.encode(TEXTS[:1])):
        for call in (model.fit, model.evaluate, model.predict):
            with pytest.raises(InvalidArgumentError, match=r"pipeline\.rows") as error:
                call(wrong, verbose=0)
            assert "\n" not in str(error.value)


def test_ragged_rows_generate_and_are_refused_in_a_call(pipeline):
    tf = pytest.importorskip("tensorflow")
    model = build_model("lstm", pipeline=pipeline, hidden_dim=8, seed=0)
    model.compile("adam")
    ragged = pipeline.encode_tensor(tf.constant(["a fine", "so"]), add_start=True)
    rows = [[2, *row.tolist()] for row in pipeline.encode(["a fine", "so"], False, False)]
    batch = pipeline(["a fine", "so"], add_start=True)
    settings = {"max_length": 9, "sampler": "greedy"}
    expected = [row.tolist() for row in model.generate(rows, **settings)]
    left = pipeline(["a fine", "so"], add_start=True, padding_side="left")
    for given in (ragged, batch, left):
        assert [row.tolist() for row in model.generate(given, **settings)] == expected
    assert model.score(batch).log_likelihood == model.score(rows).log_likelihood
    assert pipeline.decode(batch) == pipeline.decode(left) == ["a fine", "so"]
    assert pipeline.decode(ragged) == ["a fine", "so"]
    for call in (model, lambda x: model({"token_ids": x}), model.fit):
        with pytest.raises(InvalidArgumentError, match=r"ragged|different lengths") as error:
            call(ragged)
        assert "\n" not in str(error.value)


def test_a_file_without_names_loads(pipeline, tmp_path):
    """As those that were written before there were any."""
    model = made(pipeline)
    config = model.get_config()
    assert config.pop("label_names") is None
    again = type(model).from_config(config)
    assert again.label_names is None
    assert ops.shape(again(np.array([[2, 6]]))) == (1, 2)


@pytest.mark.parametrize("names", [[1, 0], [3, 5]])
def test_numbers_as_names_mean_the_same_in_every_door(names, pipeline):
    """By position and by name, in whole arrays and in batches."""
    model = made(pipeline, label_names=names)
    model.compile(keras.optimizers.Adam(0.02), metrics=["accuracy"])
    labels = np.array([names[label == "good"] for label in LABELS])
    history = model.fit(TEXTS, labels, 8, 15, 0, None, 0.0, (TEXTS[:6], labels[:6]))
    assert history.history["accuracy"][-1] == history.history["val_accuracy"][-1] == 1
    expected = model.evaluate(TEXTS, labels, verbose=0)
    batch = pipeline(TEXTS, add_start=True, add_end=True)
    for x in (TEXTS, batch):
        np.testing.assert_allclose(model.test_on_batch(x, labels), expected, rtol=1e-4)
    data = pipeline.rows(TEXTS, 8, 8, labels=labels.tolist(), label_names=names, shuffle=False)
    np.testing.assert_allclose(model.evaluate(data, verbose=0), expected, rtol=1e-4)
    assert model.predict_labels(TEXTS[:6]) == labels[:6].tolist()
    assert model.predict_on_batch(TEXTS[:2]).shape == (2, 2)
    before = model.evaluate(TEXTS, labels, verbose=0)[0]
    model.train_on_batch(TEXTS, labels)
    assert model.evaluate(TEXTS, labels, verbose=0)[0] < before


def test_labels_that_fail_are_not_learned(pipeline):
    model = made(pipeline)
    with pytest.raises(ValueError):
        model.fit(TEXTS, ["x", "y"] * 3, verbose=0)
    assert model.label_names is None
    model.fit(TEXTS, LABELS, verbose=0)
    with pytest.raises(ValueError):
        model.fit(TEXTS, LABELS[:3], verbose=0)
    assert model.label_names == ["bad", "good"]


def test_names_in_a_tensor_are_names(pipeline):
    tf = pytest.importorskip("tensorflow")
    model = made(pipeline)
    model.fit(TEXTS, tf.constant(LABELS), verbose=0)
    assert model.label_names == ["bad", "good"]
