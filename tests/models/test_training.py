"""Training at the boundary: weights, targets, names, what data may be, and what is said of it."""

import functools
import logging

import keras
import numpy as np
import pytest

from mlm_tf import build_model
from mlm_tf._startup import import_tensorflow
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.training import Perplexity, make_optimizer

ROWS, LENGTH, SIZE = 4, 7, 20
RNG = np.random.default_rng(0)
X, Y = RNG.integers(1, SIZE, (2, ROWS, LENGTH))
ROW_WEIGHT = np.array([1.0, 1.0, 2.0, 0.0])
SENTENCE = f"y holds 25, but this model knows ids 0 to {SIZE - 1}"


def language_model(task="causal_lm", **compiled):
    architecture = ["rnn", "cross_attention"] if task == "seq2seq_lm" else "rnn"
    model = build_model(architecture, task, vocabulary_size=SIZE, hidden_dim=8, seed=0)
    model.compile(keras.optimizers.SGD(0.5), **compiled)
    return model


def classifier(**compiled):
    model = build_model(
        "rnn", "text_classifier", vocabulary_size=SIZE, hidden_dim=8, num_classes=3, seed=0
    )
    model.compile(keras.optimizers.SGD(0.5), **compiled)
    return model


def inputs(model, x=X):
    if set(model.input_names) == {"token_ids", "padding_mask"}:
        return x
    return {"encoder_token_ids": x, "decoder_token_ids": x}


def dataset(*arrays, batch_size=ROWS):
    return import_tensorflow().data.Dataset.from_tensor_slices(arrays).batch(batch_size)


def generator(*arrays):
    yield arrays


class Batches(keras.utils.PyDataset):
    def __init__(self, *arrays):
        super().__init__()
        self.arrays = arrays

    def __len__(self):
        return 1

    def __getitem__(self, index):
        return self.arrays


SOURCES = {
    "arrays": lambda x, *y: ((x, *y[:1]), {"sample_weight": y[1]} if len(y) > 1 else {}),
    "data set": lambda *batch: ((dataset(*batch),), {}),
    "generator": lambda *batch: ((generator(*batch),), {"steps_per_epoch": 1}),
    "PyDataset": lambda *batch: ((Batches(*batch),), {}),
}


CASES = [
    *[("causal_lm", source) for source in SOURCES],
    ("masked_lm", "data set"),
    ("seq2seq_lm", "data set"),
    ("seq2seq_lm", "arrays"),
]


def fitted(model, source, *batch):
    args, kwargs = SOURCES[source](*batch)
    return model.fit(*args, **kwargs, verbose=0).history["loss"][0]


# === Weights mean what they say ===

LOSSES = {
    "auto": "auto",
    "object": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    "mean over weights": keras.losses.SparseCategoricalCrossentropy(
        from_logits=True, reduction="mean_with_sample_weight"
    ),
    "sum": keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="sum"),
    "config": {
        "class_name": "SparseCategoricalCrossentropy",
        "config": {"from_logits": True, "reduction": "mean_with_sample_weight"},
    },
    "list": [keras.losses.SparseCategoricalCrossentropy(from_logits=True)],
    "function": lambda y, scores: keras.losses.sparse_categorical_crossentropy(
        y, scores, from_logits=True
    ),
}


@pytest.mark.long_table
@pytest.mark.parametrize("loss", LOSSES)
def test_a_weight_for_a_row_is_that_weight_for_each_of_its_targets(loss):
    x, y = X[:, :ROWS], Y[:, :ROWS]  # B equals T, so that no shape tells rows from positions
    model = language_model(loss=LOSSES[loss], weighted_metrics=[Perplexity(), "accuracy"])
    written_out = np.broadcast_to(ROW_WEIGHT[:, None], y.shape)
    expected = model.test_on_batch(x, y, sample_weight=written_out)
    for weight in (ROW_WEIGHT, ROW_WEIGHT[:, None]):
        found = model.test_on_batch(x, y, sample_weight=weight)
        np.testing.assert_allclose(found, expected, rtol=1e-5)
        found = model.evaluate(x, y, sample_weight=weight, batch_size=ROWS, verbose=0)
        np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_the_weighted_loss_is_the_mean_over_the_weights():
    model = language_model()
    log_probs = keras.ops.log_softmax(model(X))
    nll = -np.take_along_axis(keras.ops.convert_to_numpy(log_probs), Y[:, :, None], -1)[..., 0]
    right = (nll * ROW_WEIGHT[:, None]).sum() / (ROW_WEIGHT.sum() * LENGTH)
    assert model.test_on_batch(X, Y, sample_weight=ROW_WEIGHT[:, None]) == pytest.approx(right)


WRITTEN_OUT = np.broadcast_to(ROW_WEIGHT[:, None], Y.shape)


@functools.cache
def weights_after_a_step(task):
    model = language_model(task)
    model.train_on_batch(inputs(model), Y, sample_weight=WRITTEN_OUT)
    return model.get_weights()


@pytest.mark.long_table
@pytest.mark.parametrize(("task", "source"), CASES)
def test_every_source_of_data_weighs_rows_alike(task, source):
    for weight in (ROW_WEIGHT, ROW_WEIGHT[:, None], WRITTEN_OUT):
        model = language_model(task)
        fitted(model, source, inputs(model), Y, weight)
        for one, other in zip(model.get_weights(), weights_after_a_step(task), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


def test_weights_may_be_integers_or_a_list():
    model = language_model()
    expected = model.test_on_batch(X, Y, sample_weight=ROW_WEIGHT)
    for weight in (ROW_WEIGHT.astype("int32"), ROW_WEIGHT.tolist(), [ROW_WEIGHT]):
        assert model.test_on_batch(X, Y, sample_weight=weight) == pytest.approx(expected)


@pytest.mark.long_table
@pytest.mark.parametrize("source", SOURCES)
def test_a_mask_of_booleans_is_a_weight(source):
    mask = np.tile(ROW_WEIGHT[:, None] > 0, (1, LENGTH))
    for weight in (mask, mask[:, 0]):
        model = language_model(weighted_metrics=[Perplexity()])
        expected = model.test_on_batch(X, Y, sample_weight=mask.astype("float32"))[0]
        y = np.where(mask, Y, -100)
        assert model.test_on_batch(X, y, sample_weight=weight)[0] == pytest.approx(expected)
        assert fitted(model, source, X, y, weight) == pytest.approx(expected, rel=1e-5)


def test_weights_of_both_forms_one_after_the_other():
    model = language_model()
    for weight in (ROW_WEIGHT, ROW_WEIGHT[:, None], np.ones((ROWS, LENGTH))):
        model.fit(X, Y, sample_weight=weight, verbose=0)
        model.fit(dataset(X, Y, weight), verbose=0)
        model.train_on_batch(X, Y, sample_weight=weight)


@pytest.mark.long_table
@pytest.mark.parametrize("source", SOURCES)
def test_a_classifier_has_one_weight_a_text(source):
    labels = np.array([0, 1, 2, 1])
    expected = classifier().test_on_batch(X, labels, sample_weight=ROW_WEIGHT)
    for y, weight in ((labels, ROW_WEIGHT), (labels[:, None], ROW_WEIGHT[:, None])):
        assert fitted(classifier(), source, X, y, weight) == pytest.approx(expected, rel=1e-5)


def test_a_loss_with_one_value_a_row_takes_a_weight_a_row():
    def of_rows(y, scores):
        values = keras.losses.sparse_categorical_crossentropy(y, scores, from_logits=True)
        return keras.ops.mean(values, axis=-1)

    expected = language_model(loss=LOSSES["object"]).test_on_batch(X, Y, ROW_WEIGHT)
    assert language_model(loss=of_rows).test_on_batch(X, Y, ROW_WEIGHT) == pytest.approx(expected)


def test_validation_data_is_weighed_likewise():
    model = language_model()
    expected = model.test_on_batch(X, Y, sample_weight=ROW_WEIGHT)
    for data in ((X, Y, ROW_WEIGHT), dataset(X, Y, ROW_WEIGHT), Batches(X, Y, ROW_WEIGHT)):
        model = language_model()
        model.optimizer.learning_rate = 1e-9
        history = model.fit(X, Y, validation_data=data, verbose=0).history
        assert history["val_loss"][0] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("shape", [(ROWS, LENGTH - 1, 2), (ROWS, LENGTH, 1, 1)])
def test_weights_of_another_shape_are_named(shape):
    with pytest.raises(InvalidArgumentError, match="sample_weight has shape") as error:
        language_model().train_on_batch(X, Y, sample_weight=np.ones(shape))
    assert "\n" not in str(error.value)
    with pytest.raises(InvalidArgumentError, match=r"needs \(batch,\)"):
        classifier().fit(X, np.zeros(ROWS, "int32"), sample_weight=np.ones((ROWS, LENGTH)))


@pytest.mark.parametrize("task", ["causal_lm", "masked_lm", "seq2seq_lm"])
def test_class_weight_is_refused_where_there_are_no_classes(task):
    model = language_model(task)
    for train in (model.fit, model.train_on_batch):
        with pytest.raises(InvalidArgumentError, match=r"class_weight=\{1: 2.0\}.*sample_weight"):
            train(inputs(model), Y, class_weight={1: 2.0})


@pytest.mark.parametrize("source", ["arrays", "data set", "PyDataset"])
def test_class_weight_weighs_the_texts_of_a_class(source):
    labels = np.array([0, 1, 2, 1])
    weighted = classifier()
    weighted.train_on_batch(X, labels, sample_weight=np.array([1.0, 3.0, 1.0, 3.0]))
    model = classifier()
    args, kwargs = SOURCES[source](X, labels)
    model.fit(*args, **kwargs, class_weight={1: 3.0}, verbose=0)  # those it lacks weigh 1
    other = classifier()
    other.train_on_batch(X, labels, class_weight={1: 3.0})
    for found in (model, other):
        for one, right in zip(found.get_weights(), weighted.get_weights(), strict=True):
            np.testing.assert_allclose(one, right, rtol=1e-4, atol=1e-6)


def test_class_weights_that_cannot_work_are_named():
    labels = np.array([0, 1, 2, 1])
    with pytest.raises(InvalidArgumentError, match="labels 0 to 2"):
        classifier().fit(X, labels, class_weight={3: 1.0})
    with pytest.raises(InvalidArgumentError, match="only one can weigh"):
        classifier().fit(X, labels, class_weight={1: 1.0}, sample_weight=ROW_WEIGHT)


# === Targets ===


@pytest.mark.long_table
@pytest.mark.parametrize(("task", "source"), CASES)
def test_a_target_outside_the_vocabulary_is_named(task, source):
    wrong = Y.copy()
    wrong[1, 2] = 25
    model = language_model(task)
    before = model.get_weights()
    for weight in ([], [np.ones(Y.shape)], [-np.ones(Y.shape)]):
        with pytest.raises(InvalidArgumentError, match=SENTENCE) as error:
            fitted(model, source, inputs(model), wrong, *weight)
        assert "\n" not in str(error.value)
    for one, other in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)  # and the model is what it was
    fitted(model, source, inputs(model), Y)


@pytest.mark.long_table
@pytest.mark.parametrize(("task", "source"), CASES)
def test_a_target_of_weight_zero_may_be_anything(task, source):
    counts = Y != 3
    ignored = np.where(counts, Y, -100)
    compiled = {"metrics": ["accuracy"], "weighted_metrics": [Perplexity(), "accuracy"]}
    expected, model = language_model(task, **compiled), language_model(task, **compiled)
    loss = fitted(expected, source, inputs(model), Y, counts.astype("float32"))
    found = fitted(model, source, inputs(model), ignored, counts.astype("float32"))
    assert found == pytest.approx(loss, rel=1e-6)
    for one, other in zip(model.get_weights(), expected.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-7)
    row = np.where(np.arange(ROWS)[:, None] == 3, -100, Y)  # its row weighs nothing
    assert np.isfinite(fitted(model, source, inputs(model), row, ROW_WEIGHT))


@pytest.mark.long_table
@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("label", [3, -1])
def test_a_label_beyond_the_classes_is_named(label, source):
    labels = np.array([0, 1, 2, label])
    with pytest.raises(InvalidArgumentError, match=f"y holds {label}, but .* classes 0 to 2"):
        fitted(classifier(), source, X, labels)
    assert np.isfinite(fitted(classifier(), source, X, labels, ROW_WEIGHT))


def test_wrong_targets_are_named_wherever_they_come():
    wrong = np.full_like(Y, 25)
    model = language_model()
    for measure in (model.train_on_batch, model.test_on_batch, model.evaluate):
        for one in (wrong, wrong.tolist() if measure != model.evaluate else wrong.astype("uint8")):
            with pytest.raises(InvalidArgumentError, match=SENTENCE):
                measure(X, one)
    with pytest.raises(InvalidArgumentError, match=SENTENCE):
        model.evaluate(dataset(X, wrong), verbose=0)
    for data in ((X, wrong), dataset(X, wrong), Batches(X, wrong)):
        with pytest.raises(InvalidArgumentError, match=SENTENCE):
            model.fit(X, Y, validation_data=data, verbose=0)
    with pytest.raises(InvalidArgumentError, match=SENTENCE):
        model.fit(keras.ops.convert_to_tensor(X), keras.ops.convert_to_tensor(wrong))


def test_a_wrong_target_that_nobody_could_look_at_is_no_loss_of_zero():
    model = language_model()
    y = keras.ops.convert_to_tensor(np.where(np.arange(ROWS)[:, None] == 1, 25, Y))
    scores = model(X)
    for weight in (None, keras.ops.full(Y.shape, -1.0)):
        try:
            loss = float(model.compute_loss(X, y, scores, weight))
        except Exception as error:  # TensorFlow, on a processor
            assert "valid range" in str(error)
        else:
            assert np.isnan(loss)


def test_one_hot_targets_are_no_ids():
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    one_hot = np.eye(SIZE, dtype="float32")[Y]
    for weight in (None, ROW_WEIGHT, np.ones((ROWS, LENGTH))):
        found = language_model(loss=loss).test_on_batch(X, one_hot, weight)
        sparse = language_model(loss=LOSSES["object"]).test_on_batch(X, Y, weight)
        assert found == pytest.approx(sparse, rel=1e-5)


# === Inputs ===


@pytest.mark.parametrize("source", SOURCES)
def test_an_input_outside_the_vocabulary_is_named(source):
    wrong = np.where(X[1, 2] == X, 20, X)
    model = language_model()
    for x in (wrong, {"token_ids": wrong, "padding_mask": np.ones(X.shape, bool)}):
        with pytest.raises(InvalidArgumentError, match="token_ids holds 20"):
            fitted(model, source, x, Y)
    assert all(np.isfinite(weights).all() for weights in model.get_weights())
    translator = language_model("seq2seq_lm")
    with pytest.raises(InvalidArgumentError, match="decoder_token_ids holds 20"):
        x = {"encoder_token_ids": X, "decoder_token_ids": wrong}
        fitted(translator, source, x, Y)


def test_predictions_look_at_ids_too():
    model = language_model()
    wrong = np.full_like(X, -1)
    for predict in (model.predict, model.predict_on_batch):
        with pytest.raises(InvalidArgumentError, match="token_ids holds -1"):
            predict(wrong)
        with pytest.raises(InvalidArgumentError, match="token_ids holds -1"):
            predict(keras.ops.convert_to_tensor(wrong))
    with pytest.raises(InvalidArgumentError, match="token_ids holds -1"):
        model.predict(dataset(wrong), verbose=0)
    assert model.predict(dataset(X), verbose=0).shape == (ROWS, LENGTH, SIZE)


@pytest.mark.parametrize("name", ["attention_mask", "mask", "padding_masks", "token_type_ids"])
@pytest.mark.parametrize("task", ["causal_lm", "masked_lm", "text_classifier"])
def test_inputs_under_another_name_are_refused(task, name):
    model = classifier() if task == "text_classifier" else language_model(task)
    x = {"token_ids": X, name: np.ones(X.shape, bool)}
    y = np.zeros(ROWS, "int32") if task == "text_classifier" else Y
    nearest = "token_ids" if name == "token_type_ids" else "padding_mask"
    refused(model, x, y, rf"hold '{name}'.* did you mean '{nearest}'")


@pytest.mark.parametrize("name", ["padding_mask", "encoder_mask", "decoder_attention_mask"])
def test_inputs_of_two_texts_have_names_of_their_own(name):
    model = language_model("seq2seq_lm")
    x = {**inputs(model), name: np.ones(X.shape, bool)}
    refused(model, x, Y, rf"hold '{name}'.* did you mean '(en|de)coder_padding_mask'")


def refused(model, x, y, message):
    symbolic = {key: keras.Input((LENGTH,), dtype="int32") for key in x}
    calls = [
        lambda: model(x),
        lambda: model(symbolic),
        lambda: model.fit(x, y),
        lambda: model.fit(dataset(x, y)),
        lambda: model.fit(Batches(x, y), verbose=0),
        lambda: model.fit(generator(x, y), steps_per_epoch=1, verbose=0),
        lambda: model.fit(inputs(model), y, validation_data=(x, y), verbose=0),
        lambda: model.evaluate(dataset(x, y)),
        lambda: model.predict(x),
        lambda: model.predict(dataset(x)),
        lambda: model.train_on_batch(x, y),
        lambda: model.test_on_batch(x, y),
        lambda: model.predict_on_batch(x),
    ]
    for call in calls:
        with pytest.raises(InvalidArgumentError, match=message) as error:
            call()
        assert "\n" not in str(error.value)


# === What `fit` on arrays keeps of Keras's own ===


def test_the_rest_of_the_arguments_of_fit_work_on_arrays():
    model = language_model()
    x, y = np.tile(X, (3, 1)), np.tile(Y, (3, 1))  # 12 rows
    counts = []
    counter = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: counts.append(1)
    )
    history = model.fit(
        x, y, 5, 2, 0, [counter], 0.25, sample_weight=np.ones(12), validation_batch_size=2
    ).history
    assert len(counts) == 4 and len(history["val_loss"]) == 2  # 9 rows, by 5
    expected = model.evaluate(x[9:], y[9:], verbose=0)
    assert history["val_loss"][-1] == pytest.approx(expected, rel=1e-4)
    counts.clear()
    model.fit(x, y, steps_per_epoch=3, verbose=0, callbacks=[counter])
    assert len(counts) == 3
    assert model.predict(x, batch_size=5, verbose=0).shape == (12, LENGTH, SIZE)
    np.testing.assert_allclose(
        model.predict(x, batch_size=5, verbose=0), model.predict_on_batch(x), atol=1e-5
    )
    with pytest.raises(ValueError, match="cardinality"):
        model.fit(x, y[:5], verbose=0)


def test_floats_of_double_precision_do_no_harm():
    assert np.isfinite(fitted(language_model(), "arrays", X, Y, np.ones(Y.shape, "float64")))


# === Compiling ===


def test_compile_takes_its_arguments_by_place():
    model = language_model()
    model.compile("adam", "auto", None, ["accuracy"], [Perplexity()])
    history = model.fit(X, Y, sample_weight=ROW_WEIGHT, verbose=0).history
    assert set(history) == {"loss", "accuracy", "perplexity"}


# === What would change nothing, or not what one thinks ===


def test_gradients_of_uneven_batches_are_said(caplog):
    model = language_model()
    model.compile(keras.optimizers.SGD(0.1, gradient_accumulation_steps=2))
    with caplog.at_level(logging.WARNING, "mlm_tf"):
        model.fit(X, Y, verbose=0)
    assert "gradient_accumulation_steps=2" in caplog.text
    assert len(caplog.messages) == 1 and "\n" not in caplog.messages[0]


@pytest.mark.parametrize("rate", [0.0, "ended"])
def test_a_training_at_rate_zero_is_said(rate, caplog):
    schedule = keras.optimizers.schedules.CosineDecay(0.1, decay_steps=3)
    model = language_model()
    model.compile(keras.optimizers.Adam(0.0 if rate == 0.0 else schedule))
    with caplog.at_level(logging.WARNING, "mlm_tf"):
        if rate == "ended":
            model.fit(X, Y, epochs=3, verbose=0)
            assert not caplog.messages
        model.fit(X, Y, verbose=0)
    assert "learning rate is 0" in caplog.text and "renew_optimizer" in caplog.text
    assert len(caplog.messages) == 1


def test_a_schedule_that_ends_before_the_training_does_is_said(caplog):
    model = language_model()
    with caplog.at_level(logging.WARNING, "mlm_tf"):
        for epochs, says in ((4, False), (5, True)):  # one step each
            model.compile(make_optimizer("adamw", num_steps=4))
            model.fit(X, Y, epochs=epochs, batch_size=len(X), verbose=0)
            assert ("became 0 during this training" in caplog.text) == says


def test_a_warm_up_from_zero_is_no_end(caplog):
    for scaled in (False, True):  # as under mixed_float16
        optimizer = make_optimizer("adamw", num_steps=100)
        model = language_model()
        model.compile(keras.optimizers.LossScaleOptimizer(optimizer) if scaled else optimizer)
        model.fit(X, Y, verbose=0)
    assert not caplog.messages


@pytest.mark.long_table
@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "mean_with_sample_weight"])
def test_what_a_loss_ignores_may_stand_among_the_targets(reduction):
    """As -100 does in data from elsewhere: in every door, with and without a weight."""
    counts = np.arange(X.size).reshape(X.shape) % 3 > 0
    y, weight = np.where(counts, Y, -100), np.where(np.arange(X.shape[1]) == 2, 2.0, 1.0)
    weight = np.broadcast_to(weight, X.shape).astype("float32")
    loss = keras.losses.SparseCategoricalCrossentropy(
        from_logits=True, ignore_class=-100, reduction=reduction
    )
    model = language_model()
    model.compile("sgd", loss, weighted_metrics=["accuracy", Perplexity()])
    model.optimizer.learning_rate = 0.0
    expected = float(loss(y, model(X)))
    alone = language_model()
    alone.set_weights(model.get_weights())
    alone.compile("sgd", weighted_metrics=["accuracy", Perplexity()])
    measured = alone.test_on_batch(X, Y, counts.astype("float32"))[1:]
    for found in (
        model.test_on_batch(X, y),
        model.evaluate(X, y, batch_size=len(X), verbose=0),
        model.evaluate(dataset(X, y), verbose=0),
    ):
        np.testing.assert_allclose(found, [expected, *measured], rtol=1e-5)
    model.reset_metrics()  # `test_on_batch` of Keras 3.14 goes on with the mean of `evaluate`
    found = model.test_on_batch(X, y, weight)[0]
    np.testing.assert_allclose(found, float(loss(y, model(X), weight)), rtol=1e-5)
    wrong = y.copy()
    wrong[0, 1] = -1
    with pytest.raises(InvalidArgumentError, match="y holds -1"):
        model.train_on_batch(X, wrong)
    with pytest.raises(InvalidArgumentError, match="y holds -1"):
        model.fit(dataset(X, wrong), verbose=0)


@pytest.mark.parametrize("weight", [np.ones(ROWS + 1), np.ones((ROWS, LENGTH - 1)), np.float32(1)])
def test_weights_that_do_not_fit_are_said_in_one_sentence(weight):
    for method in ("fit", "evaluate", "train_on_batch", "test_on_batch"):
        with pytest.raises(InvalidArgumentError, match=r"sample_weight has shape \(.*; give a"):
            getattr(language_model(), method)(X, Y, sample_weight=weight)


def test_no_targets_are_said_in_one_sentence():
    for method in ("fit", "evaluate"):
        with pytest.raises(InvalidArgumentError, match="x is given without y"):
            getattr(language_model(), method)(X)
    with pytest.raises(InvalidArgumentError, match=r"pass np\.array\(x\)"):
        language_model().fit(X.tolist(), Y)


@pytest.mark.long_table
@pytest.mark.parametrize("optimizer", ["adam", "adamw", "muon"])
@pytest.mark.parametrize("architecture", ["lstm", "transformer"])
def test_the_step_is_traced_once(architecture, optimizer):
    model = build_model(architecture, vocabulary_size=SIZE, hidden_dim=8, seed=0)
    model.compile("adam" if optimizer == "adam" else make_optimizer(optimizer, 8))
    steps, step = [], model.compute_loss

    def counted(*arguments, training=True, **named):
        steps.append(training)
        return step(*arguments, training=training, **named)

    model.compute_loss = counted
    for _ in range(2):
        model.fit(X, Y, batch_size=2, verbose=0)
    assert steps.count(True) == 1  # JAX looks at shapes before, without training
