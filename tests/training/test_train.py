"""Training by a recipe: one call, whatever the model; the model says what suits it."""

import itertools
import json
from dataclasses import asdict
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf

from mlm_tf import TextPipeline, build_model, load_model, register_block
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.layers import Block, LearnedPositions
from mlm_tf.preprocessing import pair_rows
from mlm_tf.preprocessing.windows import stream_windows
from mlm_tf.training import AdamW, Muon, Recipe, budget, fit_and_keep_best, train
from mlm_tf.training import recipe as recipe_module
from mlm_tf.training.budget import steps_in
from tests.training.killing import KillAfter, Killed

TEXTS = ["the cat sat on the mat", "the dog sat on the log", "a cat and a dog"] * 6
PIPELINE = TextPipeline.fit(TEXTS)
ROWS = {"length": 8, "batch_size": 4}
QUIET = {"progress": False}


def data(**settings):
    return (
        PIPELINE.windows(TEXTS, **ROWS, **settings),
        PIPELINE.windows(TEXTS, shuffle=False, **ROWS, **settings),
    )


def test_the_result_is_what_one_needs_afterwards(tmp_path):
    model = build_model("lstm", pipeline=PIPELINE, hidden_dim=8, seed=0)
    result = train(model, *data(), Recipe(epochs=3), tmp_path / "m.keras", progress=False)
    assert len(result.history["val_perplexity"]) == 6
    best = result.history["val_perplexity"].index(result.best["val_perplexity"])
    assert result.best["val_known_perplexity"] == result.history["val_known_perplexity"][best]
    assert result.seconds > 0 and result.tokens_per_second > 0 and not result.interrupted
    measured = load_model(result.path).evaluate(data()[1], verbose=0, return_dict=True)
    for name in ("perplexity", "known_perplexity"):
        assert measured[name] == pytest.approx(result.best[f"val_{name}"], rel=1e-5)


@pytest.mark.parametrize(("architecture", "optimizer"), [("gru", "adamw"), ("attention", "muon")])
def test_without_a_recipe_it_is_what_suits_the_model_and_the_result_says_which(
    tmp_path, architecture, optimizer
):
    model = build_model(architecture, pipeline=PIPELINE, hidden_dim=8, seed=0)
    result = train(model, *data(), output=tmp_path / "run", progress=False)
    rate = {"adamw": 0.01, "muon": 0.02}[optimizer]
    expected = Recipe(1, 2, optimizer, rate, precision="float32")
    assert result.recipe == expected == expected.for_model(model)
    told = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))["told"]
    assert {name: told[name] for name in asdict(expected)} == asdict(expected)
    with pytest.raises(InvalidArgumentError, match="recipe='muon' is none; use 'auto' or a Recipe"):
        train(model, *data(), "muon", tmp_path / "m.keras")


def test_the_average_of_the_weights_is_what_is_evaluated_and_saved(tmp_path):
    """Beside a training of the weights themselves, whose average is kept here, by hand."""

    class Average(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            values = self.model.get_weights()
            before = getattr(self, "weights", values)
            self.weights = [0.9 * a + 0.1 * b for a, b in zip(before, values, strict=True)]

    def trained(name, callbacks=(), **settings):
        model = build_model("gru", pipeline=PIPELINE, hidden_dim=8, seed=0)
        recipe = Recipe(3, 1, learning_rate=0.05, **settings)
        train(model, *data(), recipe, tmp_path / name, keep="last", callbacks=callbacks, **QUIET)
        return model

    average = Average()
    trained("plain.keras", [average])
    model = trained("average.keras", ema_momentum=0.9)
    loaded = load_model(tmp_path / "average.keras")
    for weight, kept, expected in zip(
        model.get_weights(), loaded.get_weights(), average.weights, strict=True
    ):
        np.testing.assert_array_equal(weight, kept)
        np.testing.assert_allclose(weight, expected, atol=1e-5)


def test_the_precision_is_that_of_the_model_or_is_refused(tmp_path):
    model = build_model("gru", pipeline=PIPELINE, hidden_dim=8, seed=0)
    with pytest.raises(InvalidArgumentError, match=r"built with 'float32'; call keras\.config"):
        train(model, *data(), Recipe(precision="mixed_float16"), tmp_path / "m.keras")
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = build_model("gru", pipeline=PIPELINE, hidden_dim=8, seed=0)
    finally:
        keras.config.set_dtype_policy(before)
    result = train(model, *data(), output=tmp_path / "m.keras", **QUIET)
    assert result.recipe.precision == "mixed_float16"
    assert type(model.optimizer) is keras.optimizers.LossScaleOptimizer
    assert np.isfinite(result.best["val_perplexity"])
    assert load_model(result.path).dtype_policy.name == "mixed_float16"


def test_a_data_set_of_ones_own_may_have_a_smaller_last_batch(tmp_path):
    ids = np.arange(10 * 7).reshape(10, 7) % 5 + 1
    data = tf.data.Dataset.from_tensor_slices((ids, ids)).batch(4)
    model = build_model("gru", pipeline=PIPELINE, hidden_dim=8, seed=0)
    result = train(model, data, data, Recipe(epochs=2), tmp_path / "m.keras", **QUIET)
    assert result.history["tokens"] == [28, 56, 84, 112]  # a batch is 4 rows of 7


def test_what_is_no_data_set_with_an_end_is_refused(tmp_path):
    model = build_model("gru", pipeline=PIPELINE, hidden_dim=8, seed=0)
    training, validation = data()
    for pair, said in (
        ((TEXTS, validation), "training_data is of type list, and a data set of batches is needed"),
        ((training, None), "validation_data is of type NoneType, and a data set"),
        ((training.repeat(), validation), r"training_data has no end; leave repeat\(\) out"),
        ((training, validation.repeat()), "validation_data has no end"),
    ):
        with pytest.raises(InvalidArgumentError, match=rf"^{said}"):
            train(model, *pair, output=tmp_path / "m.keras")
        with pytest.raises(InvalidArgumentError, match=rf"^{said}"):
            fit_and_keep_best(model, *pair, tmp_path / "m.keras")


@pytest.mark.parametrize(
    "callback",
    [
        keras.callbacks.BackupAndRestore("backup"),
        keras.callbacks.LearningRateScheduler(lambda epoch: 0.1),
        type("Mine", (keras.callbacks.ReduceLROnPlateau,), {})(),
        keras.callbacks.SwapEMAWeights(),
    ],
)
def test_callbacks_that_would_undo_what_is_done_are_refused_and_a_run_stays(callback, tmp_path):
    model = build_model("gru", pipeline=PIPELINE, hidden_dim=8, seed=0)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "run.json").touch()
    how = {"output": tmp_path / "run", "overwrite": True, "callbacks": [callback]}
    with pytest.raises(InvalidArgumentError, match=rf"^{type(callback).__name__} .*; leave it out"):
        train(model, *data(), **how)
    assert (tmp_path / "run" / "run.json").exists()
    if isinstance(callback, keras.callbacks.SwapEMAWeights):
        model.compile("adam")
        with pytest.raises(InvalidArgumentError, match="the weights themselves"):
            fit_and_keep_best(model, *data(), tmp_path / "m.keras", callbacks=[callback])


@pytest.mark.parametrize("jit_compile", [False, True])
def test_steps_executed_together_or_by_xla_are_the_same_training(tmp_path, jit_compile):
    def trained(name, **settings):
        model = build_model("gru", pipeline=PIPELINE, hidden_dim=8, seed=0)
        recipe = Recipe(3, accumulation_steps=2, **settings)  # 12 batches of 32 targets
        return model, train(model, *data(seed=1), recipe, tmp_path / name, keep="last", **QUIET)

    plain, expected = trained("plain.keras")
    model, found = trained("m.keras", steps_per_execution=5, jit_compile=jit_compile)
    assert (model.steps_per_execution, model.jit_compile) == (5, jit_compile)
    assert found.history["tokens"] == [32 * batches for batches in (5, 10, 12)]
    for name in ("val_loss", "val_perplexity", "val_known_perplexity"):
        assert found.best[name] == pytest.approx(expected.best[name], rel=1e-4)
    for weight, other in zip(model.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(weight, other, atol=1e-4)
    assert load_model(found.path).steps_per_execution == 5


# === Budgets ===


@pytest.mark.parametrize(
    ("recipe", "tokens"),
    [  # an epoch has 4 batches of 32 targets, and is evaluated in its middle and at its end
        (Recipe(max_tokens=32 * 10), [64, 128, 192, 256, 320]),
        (Recipe(max_tokens=32 * 7 + 31), [64, 128, 192]),
        (Recipe(max_tokens=32), [32]),
        (Recipe(epochs=1, max_tokens=1000), [64, 128]),
        (Recipe(epochs=3, max_tokens=160), [64, 128]),
    ],
)
def test_a_budget_of_tokens_ends_the_training_and_its_schedule(tmp_path, recipe, tokens):
    model = build_model("gru", pipeline=PIPELINE, hidden_dim=8, seed=0)
    training, validation = data()
    assert len(training) == 4
    result = train(model, training, validation, recipe, tmp_path / "m.keras", **QUIET)
    assert result.history["tokens"] == tokens
    end = min(recipe.max_tokens // 32, 4 * (recipe.epochs or 1000))
    schedule = model.optimizer._learning_rate
    assert float(schedule(end)) == pytest.approx(0, abs=1e-9) and float(schedule(end - 1)) > 0


def test_a_budget_that_is_less_than_an_update_is_refused(tmp_path):
    model = build_model("gru", pipeline=PIPELINE, hidden_dim=8, seed=0)
    for recipe in (Recipe(max_tokens=31), Recipe(accumulation_steps=5)):
        with pytest.raises(InvalidArgumentError, match=r"fewer than the \d of one update; use"):
            train(model, *data(), recipe, tmp_path / "m.keras", **QUIET)
    assert list(tmp_path.iterdir()) == []


def test_several_processes_are_given_steps_and_no_minutes(tmp_path, monkeypatch):
    monkeypatch.setattr(recipe_module, "is_alone", lambda: False)
    model = build_model("gru", pipeline=PIPELINE, hidden_dim=4, seed=0)
    with pytest.raises(InvalidArgumentError, match="max_minutes=1 would be measured by each"):
        train(model, *data(), Recipe(max_minutes=1), tmp_path / "m", **QUIET)
    assert list(tmp_path.iterdir()) == []


def test_a_budget_of_minutes_is_measured_once_and_changes_no_weight(tmp_path, monkeypatch, caplog):
    """The training is the one of as many tokens; killed, it goes on with the same number."""
    measured = []

    def nine_steps(*arguments):
        measured.append(steps_in(*arguments))
        return 9

    monkeypatch.setattr(recipe_module, "steps_in", nine_steps)

    def trained(name, recipe, kill_after=-1):
        model = build_model("gru", pipeline=PIPELINE, hidden_dim=8, dropout=0.2, seed=0)
        killer = KillAfter(kill_after)
        train(model, *data(), recipe, tmp_path / name, callbacks=[killer], **QUIET)
        return model

    expected = trained("tokens.keras", Recipe(max_tokens=9 * 32))
    budget = Recipe(max_minutes=2 / 60)
    with pytest.raises(Killed):
        trained("minutes.keras", budget, kill_after=5)
    model = trained("minutes.keras", budget)
    assert len(measured) == 1 and 10 < measured[0] < 20_000
    assert caplog.text == ""  # the measured steps are more than an epoch has
    for weight, other in zip(model.get_weights(), expected.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, other)


def test_minutes_are_measured_by_executions_of_several_batches(monkeypatch):
    """By a clock on which each takes a second."""
    model = build_model("gru", pipeline=PIPELINE, hidden_dim=8, seed=0)
    steps = []
    for at_once in (1, 4):
        monkeypatch.setattr(
            budget, "time", SimpleNamespace(perf_counter=itertools.count().__next__)
        )
        model.compile("adam", steps_per_execution=at_once)
        steps.append(steps_in(2, model, data()[0]))
    assert steps == [120, 480]


@register_block("learns_by_muon")
class LearnsByMuon(Block):
    suited_optimizer = "muon"

    def step(self, x, state, padding_mask=None):
        return x, state


@pytest.mark.parametrize(
    ("architecture", "suited"),
    [
        ("gru", "adamw"),
        ("attention", "muon"),
        ("transformer", "muon"),
        ([LearnedPositions(8), "transformer"], "muon"),
        (["learns_by_muon"], "muon"),
        (["lstm", "attention"], None),
    ],
)
def test_blocks_declare_the_optimizer_that_suits_them(architecture, suited):
    model = build_model(architecture, vocabulary_size=9, hidden_dim=8)
    assert model.suited_optimizer == suited


@pytest.mark.parametrize(
    ("architecture", "recipe", "optimizer", "highest"),
    [
        ("gru", Recipe(), AdamW, 0.01),
        ("attention", Recipe(), Muon, 0.02),
        (["gru", "attention"], Recipe(), AdamW, 0.01),
        ("attention", Recipe(optimizer="adamw"), AdamW, 0.01),
        ("attention", Recipe(learning_rate=0.5), Muon, 0.5),
    ],
)
def test_the_model_is_asked_unless_the_recipe_says(
    tmp_path, architecture, recipe, optimizer, highest
):
    model = build_model(architecture, pipeline=PIPELINE, hidden_dim=8, seed=0)
    training, validation = data()
    train(model, training, validation, recipe, tmp_path / "m.keras", progress=False)
    assert type(model.optimizer) is optimizer
    schedule = model.optimizer.get_config()["learning_rate"]["config"]
    rate = schedule["warmup_target"] or schedule["initial_learning_rate"]
    assert rate == pytest.approx(highest)
    assert schedule["decay_steps"] + schedule["warmup_steps"] == len(training)


def test_any_keras_model_that_has_a_loss_is_trained(tmp_path):
    class Bigram(keras.Model):
        def __init__(self):
            super().__init__()
            self.table = keras.layers.Embedding(PIPELINE.vocabulary_size, PIPELINE.vocabulary_size)

        def call(self, token_ids):
            return self.table(token_ids)

        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            loss = keras.losses.sparse_categorical_crossentropy(y, y_pred, from_logits=True)
            return keras.ops.mean(loss * sample_weight)

    model = Bigram()
    result = train(model, *data(), Recipe(), tmp_path / "m.keras", progress=False)
    assert type(model.optimizer) is AdamW
    assert np.isfinite(result.best["val_perplexity"])


def test_a_masked_language_model_is_measured_by_its_perplexity(tmp_path):
    model = build_model("transformer", "masked_lm", pipeline=PIPELINE, hidden_dim=8, seed=0)
    windows = data(objective="masked_lm")
    result = train(model, *windows, Recipe(), tmp_path / "m.keras", progress=False)
    assert np.isfinite(result.best["val_perplexity"])


def test_a_classifier_is_measured_by_its_accuracy(tmp_path):
    model = build_model(
        "gru", "text_classifier", pipeline=PIPELINE, hidden_dim=8, num_classes=2, seed=0
    )
    labels = [int("dog" in text) for text in TEXTS]
    rows = [
        PIPELINE.rows(TEXTS, labels=labels, shuffle=shuffle, **ROWS) for shuffle in (True, False)
    ]
    result = train(model, *rows, Recipe(), tmp_path / "m.keras", progress=False)
    measured = model.evaluate(rows[1], verbose=0, return_dict=True)
    assert measured["accuracy"] == pytest.approx(result.best["val_accuracy"])
    assert result.best["val_loss"] == min(result.history["val_loss"])


@pytest.mark.parametrize("task", ["causal_lm", "text_classifier"])
def test_the_step_is_traced_once(task, tmp_path, monkeypatch):
    """Variables that were made while it is traced, a metric's too, would have it traced again."""
    settings = {"num_classes": 2} if task == "text_classifier" else {}
    model = build_model("gru", task, pipeline=PIPELINE, hidden_dim=8, seed=0, **settings)
    steps, compute_loss = [], type(model).compute_loss

    def counted(self, *arguments, training=True, **named):
        steps.append(training)
        return compute_loss(self, *arguments, training=training, **named)

    monkeypatch.setattr(type(model), "compute_loss", counted)
    batches = data()[0] if not settings else PIPELINE.rows(TEXTS, labels=[0, 1] * 9, **ROWS)
    train(model, batches, batches, Recipe(), tmp_path / "m.keras", progress=False)
    assert steps.count(True) == 1


def test_a_token_classifier_is_measured_by_the_share_of_words_with_the_right_label(tmp_path):
    words = [text.split() for text in TEXTS]
    labels = [[int(word in ("cat", "dog", "mat", "log")) for word in row] for row in words]
    model = build_model(
        "gru", "token_classifier", pipeline=PIPELINE, hidden_dim=8, num_classes=2, seed=0
    )
    rows = [
        PIPELINE.tagged_rows(words, labels, shuffle=shuffle, **ROWS) for shuffle in (True, False)
    ]
    result = train(model, *rows, Recipe(), tmp_path / "m.keras", progress=False)
    assert not any("perplexity" in name for name in result.history)
    assert result.best["val_loss"] == min(result.history["val_loss"])
    found = load_model(result.path).predict_labels(words)
    right = [
        a == b
        for row, tags in zip(found, labels, strict=True)
        for a, b in zip(row, tags, strict=True)
    ]
    assert result.best["val_accuracy"] == pytest.approx(np.mean(right))


def test_a_seq2seq_model_is_measured_by_the_perplexity_of_its_targets(tmp_path):
    targets = [text.upper() for text in TEXTS]
    written = TextPipeline.fit(targets, case_folding=False)
    model = build_model(
        ["gru", "cross_attention"],
        "seq2seq_lm",
        pipeline=PIPELINE,
        target_pipeline=written,
        hidden_dim=8,
        seed=0,
    )
    pairs = [
        pair_rows(PIPELINE, written, TEXTS, targets, 8, 8, batch_size=4, shuffle=shuffle)
        for shuffle in (True, False)
    ]
    result = train(model, *pairs, Recipe(), tmp_path / "m.keras", progress=False)
    assert result.history["tokens"] == [8 * 4 * 2, 8 * 4 * 4]
    measured = load_model(result.path).evaluate(pairs[1], verbose=0, return_dict=True)
    for name in ("perplexity", "known_perplexity"):
        assert measured[name] == pytest.approx(result.best[f"val_{name}"], rel=1e-5)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"epochs": 0}, "epochs=0"),
        ({"evaluations_per_epoch": 0.5}, r"evaluations_per_epoch=0\.5"),
        ({"optimizer": "sgd"}, "optimizer='sgd'"),
        ({"optimizer": ""}, "optimizer=''"),
        ({"learning_rate": "0.1"}, "learning_rate='0.1'"),
        ({"label_smoothing": 1.0}, "label_smoothing=1.0"),
        ({"precision": "float16"}, "precision='float16'"),
        ({"max_tokens": 0}, "max_tokens=0"),
        ({"max_minutes": 0}, "max_minutes=0"),
        ({"accumulation_steps": 1.5}, "accumulation_steps=1.5"),
        ({"steps_per_execution": 0}, "steps_per_execution=0"),
        ({"jit_compile": "yes"}, "jit_compile='yes'"),
    ],
)
def test_a_recipe_that_cannot_work_is_refused_before_there_is_a_model(settings, message):
    with pytest.raises(InvalidArgumentError, match=message):
        Recipe(**settings)


def test_a_recipe_with_label_smoothing_trains_by_it_and_the_file_knows_it(tmp_path):
    path, recipe = tmp_path / "m.keras", Recipe(label_smoothing=0.2)
    model = build_model("gru", pipeline=PIPELINE, hidden_dim=8, seed=0)
    train(model, *data(), recipe, path, progress=False)
    x, y, weight = next(iter(data()[1]))
    loss = model.evaluate(x, y, sample_weight=weight, batch_size=len(y), verbose=0)[0]
    one_hot = keras.ops.one_hot(y, model.vocabulary_size)
    smoothed = keras.losses.CategoricalCrossentropy(
        from_logits=True, label_smoothing=0.2, reduction="mean_with_sample_weight"
    )
    assert loss == pytest.approx(float(smoothed(one_hot, model(x), weight)), rel=1e-5)
    loaded = load_model(path)
    assert loaded.loss.label_smoothing == 0.2
    again = loaded.evaluate(x, y, sample_weight=weight, batch_size=len(y), verbose=0)[0]
    assert again == pytest.approx(loss, rel=1e-5)


def test_a_text_stream_is_refused_since_the_schedule_needs_an_end(tmp_path):
    stream = stream_windows(
        lambda: PIPELINE.encode(TEXTS), 8, 4, True, 0, PIPELINE.start_id, PIPELINE.pad_id
    )
    model = build_model("gru", pipeline=PIPELINE, hidden_dim=8, seed=0)
    with pytest.raises(InvalidArgumentError, match=r"text stream.*token file"):
        train(model, stream, stream, Recipe(), tmp_path / "m.keras", progress=False)
