"""A classifier beside its counts: what is counted, and the weights of the two parts."""

import itertools

import keras
import numpy as np
import pytest

from mlm_tf import TextPipeline, build_model, load_model
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.models.counted_classifier import NgramScores, bucket

TEXTS = ["a fine film", "a dull film", "fine", "so dull"]
LABELS = [1, 0, 1, 0]


def small(**settings):
    arguments = {"pipeline": TextPipeline.fit(TEXTS), "num_classes": 2, "seed": 0, **settings}
    return build_model("gru", "counted_classifier", hidden_dim=8, **arguments)


def by_hand(rows, labels, num_classes, smoothing=1.0):
    """Naive Bayes over the different words and pairs of rows: for each row its scores."""
    features = [{*row} | {*itertools.pairwise(row)} for row in rows]
    known = set().union(*features)
    counts = {
        feature: [
            smoothing + sum(feature in f and y == c for f, y in zip(features, labels, strict=True))
            for c in range(num_classes)
        ]
        for feature in known
    }
    total = np.sum(list(counts.values()), axis=0)
    worth = {feature: np.log(np.array(count) / total) for feature, count in counts.items()}
    prior = np.log([smoothing + list(labels).count(c) for c in range(num_classes)])
    scores = [
        prior - prior.mean() + sum(worth[f] - worth[f].mean() for f in f_s) for f_s in features
    ]
    return np.array(scores)


def test_counting_is_naive_bayes_over_different_words_and_pairs():
    rows, labels = [[1, 2, 1, 2, 3], [3, 3], [2, 1, 4]], [0, 1, 1]
    model = small(pipeline=None, vocabulary_size=9)
    model.learn_counts(rows, labels, strength=None)
    inputs = model.as_inputs(rows)
    ours = model.counted(inputs["token_ids"], inputs["padding_mask"])
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(ours), by_hand(rows, labels, 2), atol=1e-5
    )


def test_the_fit_is_logistic_regression_over_the_ratios():
    sklearn = pytest.importorskip("sklearn.linear_model")
    draw = np.random.default_rng(0)
    labels = draw.integers(0, 2, 60)
    rows = [draw.integers(0, 9, 6) // (1 + label) for label in labels]  # small ids under label 1
    model = small(pipeline=None, vocabulary_size=9)
    inputs = model.as_inputs(rows)

    def counted():
        found = model.counted(inputs["token_ids"], inputs["padding_mask"])
        return keras.ops.convert_to_numpy(found)

    model.learn_counts(rows, labels.tolist(), strength=None)
    tables = [keras.ops.convert_to_numpy(w) for w in (model.counted.words, model.counted.pairs)]
    ratios = np.concatenate([table[:, 1] - table[:, 0] for table in tables])
    holds = np.zeros((60, len(ratios)))
    for place, row in enumerate(rows):
        holds[place, row] = 1
        holds[place, 9 + bucket(row[:-1], row[1:])] = 1
    model.learn_counts(rows, labels.tolist(), strength=1.0)
    scores = counted()
    # Two classes with a weight each pay twice for what one weight of scikit-learn's says.
    theirs = sklearn.LogisticRegression(C=0.5, max_iter=1000, tol=1e-8)
    theirs.fit(holds * ratios, labels)
    expected = theirs.decision_function(holds * ratios)
    np.testing.assert_allclose(scores[:, 1] - scores[:, 0], expected, atol=0.05)


def test_before_it_counts_it_is_the_text_classifier():
    model = small()
    plain = build_model(
        "gru", "text_classifier", pipeline=model.pipeline, hidden_dim=8, num_classes=2, seed=0
    )
    inputs = model.as_inputs(TEXTS)
    np.testing.assert_allclose(model(inputs), plain(inputs), atol=1e-6)


@pytest.mark.parametrize("length", [1, 2, 5])
def test_short_rows_and_rows_of_padding_count(length):
    model = small(pipeline=None, vocabulary_size=9)
    model.learn_counts([[1, 2, 1], [3, 3]], [0, 1], strength=None)
    ids = np.full((2, length), 3)
    mask = np.zeros((2, length), bool)
    mask[0, :2] = True
    bias = keras.ops.convert_to_numpy(model.counted.bias)
    scores = keras.ops.convert_to_numpy(model.counted(ids, mask))
    np.testing.assert_allclose(scores[1], bias, atol=1e-6)
    assert abs(scores[0] - bias).min() > 0.1


def test_the_network_reads_the_start_of_a_row_and_counting_all():
    pipeline = TextPipeline.fit(TEXTS)
    whole, start = small(pipeline=pipeline), small(pipeline=pipeline, read_length=3)
    inputs = whole.as_inputs(["a fine film so dull", "so"])
    first = {name: array[:, :3] for name, array in inputs.items()}
    np.testing.assert_allclose(start(inputs), whole(first), atol=1e-6)
    np.testing.assert_allclose(start(inputs["token_ids"]), whole(first["token_ids"]), atol=1e-6)
    for model in (whole, start):
        model.learn_counts(TEXTS, LABELS)
        model.weights_of_parts.assign([0.0, 1.0])
    np.testing.assert_allclose(start(inputs), whole(inputs), atol=1e-6)


@pytest.mark.parametrize("value", [0, 2.5, "all"])
def test_what_is_no_length_to_read_is_refused(value):
    with pytest.raises(InvalidArgumentError, match=r"^read_length="):
        small(read_length=value)


def test_padding_changes_no_score():
    model = small()
    model.learn_counts(TEXTS, LABELS)
    model.calibrate(TEXTS, LABELS)
    inputs = model.as_inputs(TEXTS)
    longer = {
        "token_ids": np.pad(inputs["token_ids"], ((0, 0), (0, 3)), constant_values=7),
        "padding_mask": np.pad(inputs["padding_mask"], ((0, 0), (0, 3))),
    }
    np.testing.assert_allclose(model(inputs), model(longer), atol=1e-5)


def test_training_leaves_the_counts_as_they_are():
    model = small()
    model.learn_counts(TEXTS, LABELS)
    before = [keras.ops.convert_to_numpy(w) for w in model.counted.weights]
    model.compile(keras.optimizers.Adam(0.01))
    model.fit(TEXTS, LABELS, verbose=0)
    for weight, value in zip(model.counted.weights, before, strict=True):
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(weight), value)


def loss(model, texts, labels):
    scores = model.predict(model.as_inputs(texts), verbose=0).astype("float64")
    scores -= scores.max(axis=1, keepdims=True)
    return np.mean(np.log(np.exp(scores).sum(1)) - scores[range(len(labels)), labels])


def test_the_weights_are_the_likeliest():
    model = small()
    texts = [*TEXTS, "a fine dull film", "so fine"] * 3
    labels = [*LABELS, 0, 0] * 3  # one that counting gets wrong, so that no weight is without end
    model.learn_counts(TEXTS, LABELS)
    model.calibrate(texts, labels)
    best, least = keras.ops.convert_to_numpy(model.weights_of_parts), loss(model, texts, labels)
    assert (best >= 0).all() and best[1] > 0.05
    for change in ([0.1, 0], [0, 0.05], [0, -0.05]):
        model.weights_of_parts.assign(np.maximum(best + np.array(change, "float32"), 0))
        assert loss(model, texts, labels) >= least - 1e-6


def test_it_is_saved_with_its_counts(tmp_path):
    model = small(read_length=2)
    model.learn_counts(TEXTS, LABELS)
    model.calibrate(TEXTS, LABELS)
    model.save(tmp_path / "m.keras")
    loaded = load_model(tmp_path / "m.keras")
    inputs = model.as_inputs(TEXTS)
    np.testing.assert_allclose(model(inputs), loaded(inputs), atol=1e-6)
    assert loaded.predict_labels(TEXTS) == LABELS
    assert loaded.read_length == 2


def test_three_classes_and_names():
    model = small(num_classes=None, label_names=["bad", "good", "so so"])
    texts, labels = [*TEXTS, "so so", "so so a"], ["good", "bad", "good", "bad", "so so", "so so"]
    model.learn_counts(texts, labels, strength=10)
    model.weights_of_parts.assign([0.0, 1.0])
    assert model.predict_labels(["so so", "fine"]) == ["so so", "good"]


def test_no_product_of_ids_leaves_32_bits():
    ids = np.array([0, 49_999, 50_000, 2_000_000], "int32")
    assert (bucket(ids, ids) >= 0).all()
    assert bucket(ids, ids).dtype == np.int32


def test_the_layer_has_its_settings():
    layer = NgramScores(7, 3)
    assert NgramScores.from_config(layer.get_config()).num_classes == 3


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m: m.learn_counts(TEXTS, LABELS, smoothing=0), "smoothing=0"),
        (lambda m: m.learn_counts(TEXTS, LABELS, strength=0), "strength=0"),
        (lambda m: m.learn_counts(TEXTS, [0]), "one label a text"),
        (lambda m: m.calibrate(TEXTS, ["x"] * 4), "'x'"),
    ],
)
def test_what_it_refuses(call, message):
    with pytest.raises(InvalidArgumentError, match=message):
        call(small())
