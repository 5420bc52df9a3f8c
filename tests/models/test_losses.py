"""Losses and metrics that read probabilities are refused, in every form that Keras takes."""

import functools
import inspect
import re

import keras
import numpy as np
import pytest

from mlm_tf import build_model
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.models.losses import CLASSES, FUNCTIONS, NAMES

losses, metrics = keras.losses, keras.metrics


@pytest.fixture(scope="module")
def model():
    return build_model("gru", vocabulary_size=20, hidden_dim=8, seed=0)


NAMED = {k: v for k, v in NAMES.items() if k != "CategoricalGeneralizedCrossEntropy"}  # by Keras
REFUSED = [
    *NAMED,  # the class names as strings
    *NAMED.values(),
    *[getattr(losses, name) for name in NAMES],
    *[getattr(losses, name)() for name in NAMES],
    *FUNCTIONS,
    "bce",
    "BCE",
    "kld",
    "KLD",
    "ce",
    "crossentropy",
    [losses.SparseCategoricalCrossentropy()],
    ("categorical_crossentropy",),
    {"output": "sparse_categorical_crossentropy"},
    {"class_name": "SparseCategoricalCrossentropy", "config": {}},
    losses.serialize(losses.CategoricalCrossentropy()),
    functools.partial(losses.sparse_categorical_crossentropy, ignore_class=0),
    losses.SparseCategoricalCrossentropy(from_logits=False, reduction="mean_with_sample_weight"),
]

ACCEPTED = [
    "auto",
    None,
    losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=0),
    losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1),
    losses.BinaryCrossentropy(from_logits=True),
    losses.BinaryFocalCrossentropy(from_logits=True),
    losses.CategoricalFocalCrossentropy(from_logits=True),
    [losses.SparseCategoricalCrossentropy(from_logits=True)],
    {"class_name": "SparseCategoricalCrossentropy", "config": {"from_logits": True}},
    functools.partial(losses.sparse_categorical_crossentropy, from_logits=True),
    lambda y, scores: losses.sparse_categorical_crossentropy(y, scores, from_logits=True),
    "mse",
    losses.CategoricalHinge(),
    losses.Huber,
]


def label(value):
    return re.sub(" at 0x[0-9a-f]+", "", str(value))[:60]  # the same in every process


@pytest.mark.parametrize("loss", REFUSED, ids=label)
def test_a_loss_that_reads_probabilities_is_refused(loss, model):
    with pytest.raises(
        InvalidArgumentError, match=r"reads probabilities.*from_logits=True"
    ) as error:
        model.compile("adam", loss)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("loss", ACCEPTED, ids=label)
def test_a_loss_that_reads_logits_is_not(loss, model):
    model.compile("adam", loss)


@pytest.mark.parametrize(
    "metric",
    [
        "sparse_categorical_crossentropy",
        "SparseCategoricalCrossentropy",
        "kl_divergence",
        losses.sparse_categorical_crossentropy,
        metrics.SparseCategoricalCrossentropy(),
        metrics.CategoricalCrossentropy(),
        metrics.KLDivergence(),
        metrics.MeanMetricWrapper(losses.sparse_categorical_crossentropy),
    ],
    ids=label,
)
def test_so_is_a_metric(metric, model):
    for name in ("metrics", "weighted_metrics"):
        with pytest.raises(InvalidArgumentError, match=f"{name} holds .* reads probabilities"):
            model.compile("adam", **{name: ["accuracy", metric]})


def test_metrics_of_logits_are_not(model):
    of_logits = metrics.SparseCategoricalCrossentropy(from_logits=True)
    wrapped = metrics.MeanMetricWrapper(losses.sparse_categorical_crossentropy, from_logits=True)
    model.compile("adam", metrics=["accuracy", "acc", of_logits, wrapped])


def test_the_list_of_kerass_own_is_complete():
    for name, kind in vars(losses).items():
        is_own = isinstance(kind, type) and "from_logits" in inspect.signature(kind).parameters
        assert not is_own or kind in CLASSES, name


def test_a_file_compiled_with_one_loads(tmp_path, model, caplog):
    path = tmp_path / "old.keras"
    keras.Model.compile(model, "adam", losses.SparseCategoricalCrossentropy())  # as once allowed
    x = np.array([[1, 2, 3]])
    model.train_on_batch(x, x)
    model.save(path)
    loaded = keras.saving.load_model(path)
    np.testing.assert_array_equal(loaded.predict(x, verbose=0), model.predict(x, verbose=0))
    assert "reads probabilities" in caplog.text
