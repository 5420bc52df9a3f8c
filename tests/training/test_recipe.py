"""The recipe: its schedule, its optimizers, what it refuses."""

import keras
import numpy as np
import pytest

from mlm_tf import build_model
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.training import Perplexity, make_optimizer, renew_optimizer


@pytest.mark.parametrize(("name", "highest"), [("adamw", 0.01), ("muon", 0.02)])
def test_the_rate_rises_to_its_highest_and_falls_to_zero(name, highest):
    optimizer = make_optimizer(name, num_steps=200)
    schedule = optimizer._learning_rate  # the schedule itself; learning_rate is its present value
    rates = np.array([float(schedule(step)) for step in range(201)])
    assert rates[0] == 0 and rates.argmax() == 10
    assert rates.max() == pytest.approx(highest)
    assert (np.diff(rates[:11]) > 0).all() and (np.diff(rates[10:]) < 0).all()
    assert rates[-1] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("schedule", "falls_at", "last"), [("warmup_stable_decay", 160, 0.0), ("constant", 200, 0.01)]
)
def test_other_schedules_stay_at_the_highest_rate(schedule, falls_at, last):
    rate = make_optimizer("adamw", 200, schedule=schedule)._learning_rate
    rates = np.array([float(rate(step)) for step in range(201)])
    assert rates[0] == 0 and (np.diff(rates[:11]) > 0).all()
    np.testing.assert_allclose(rates[10 : falls_at + 1], 0.01, rtol=1e-6)
    assert (np.diff(rates[falls_at:]) < 0).all() and rates[-1] == pytest.approx(last)


@pytest.mark.parametrize("schedule", ["cosine", "warmup_stable_decay", "constant"])
def test_a_training_of_one_step_has_a_rate_above_zero(schedule):
    rate = make_optimizer("adamw", 1, schedule=schedule)._learning_rate
    assert float(rate(0)) == pytest.approx(0.01)


@pytest.mark.parametrize("name", ["adamw", "muon"])
def test_what_the_optimizer_is_told_keras_is_told(name):
    settings = {"weight_decay": 0.1, "global_clipnorm": None, "ema_momentum": 0.9}
    config = make_optimizer(name, 10, 1.0, warmup_ratio=0.4, **settings).get_config()
    assert config["weight_decay"] == config.get("adam_weight_decay", 0.1) == 0.1
    assert config["global_clipnorm"] is None
    assert config["use_ema"] and config["ema_momentum"] == 0.9
    assert config["learning_rate"]["config"]["warmup_steps"] == 4


NO_MATRICES = {"bias", "scale", "query"}  # vectors, and the bias of a GRU


@pytest.mark.parametrize("name", ["adamw", "muon"])
@pytest.mark.parametrize("lora", [False, True])
def test_kernels_and_embeddings_decay_and_nothing_else_of_a_model_also_if_loaded(
    name, lora, tmp_path
):
    model = build_model(
        ["gru", "transformer"], task="text_classifier", vocabulary_size=20, num_classes=2,
        hidden_dim=8, pooling="attention", seed=0,
    )  # fmt: skip
    if lora:
        for layer in model._flatten_layers():
            if isinstance(layer, keras.layers.Dense):
                layer.enable_lora(2)
    settings = {"schedule": "constant", "warmup_ratio": 0.0, "weight_decay": 0.1}
    model.compile(make_optimizer(name, 10, 0.5, **settings), "mse")
    names = {variable.name for variable in model.trainable_variables}
    assert "recurrent_kernel" in names and ("lora_kernel_a" in names) == lora
    decayed = decayed_by_one_step(model)
    assert decayed == {name: [np.float32(0.95)] for name in names - NO_MATRICES}
    model.save(tmp_path / "m.keras")
    assert decayed_by_one_step(keras.saving.load_model(tmp_path / "m.keras")) == decayed


def decayed_by_one_step(model) -> dict:
    """By the names of variables that shrink without a gradient, to what share of them."""
    variables = model.trainable_variables
    for variable in variables:
        variable.assign(np.ones(variable.shape))
    model.optimizer.apply([keras.ops.zeros(v.shape) for v in variables], variables)
    shares = {}
    for variable in variables:
        share = keras.ops.convert_to_numpy(variable)
        if (share != 1).any():
            shares.setdefault(variable.name, set()).update(share.flat)
    return {name: sorted(found) for name, found in shares.items()}


@pytest.mark.parametrize("name", ["adamw", "muon"])
def test_batches_accumulated_are_one_that_is_as_large(name):
    """Through a whole training, its schedule too; each has as many targets as any other."""
    x, y = np.random.default_rng(0).integers(1, 20, (2, 24, 7))
    updates, weights = 4, []
    for steps in (1, 3):
        model = build_model("attention", vocabulary_size=20, hidden_dim=8, num_heads=2, seed=0)
        model.compile(make_optimizer(name, updates, accumulation_steps=steps, warmup_ratio=0.25))
        model.fit(x, y, batch_size=6 // steps, shuffle=False, verbose=0)
        assert int(model.optimizer.iterations) == updates
        weights.append(model.get_weights())
    first = build_model("attention", vocabulary_size=20, hidden_dim=8, num_heads=2, seed=0)
    for one, other, before in zip(*weights, first.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=2e-5)
        assert np.abs(one - before).max() > 1e-3  # it did learn


def test_muon_takes_the_matrices_of_the_blocks_and_leaves_the_embedding():
    model = build_model("attention", vocabulary_size=20, hidden_dim=8)
    optimizer = make_optimizer("muon", num_steps=10)
    optimizer.build(model.trainable_variables)
    by_muon = {v.path for v in model.trainable_variables if not optimizer._should_use_adamw(v)}
    assert len(by_muon) == 4  # query, key, value and output projection
    assert not [path for path in by_muon if "embedding" in path or "bias" in path]


@pytest.mark.parametrize("name", ["adamw", "muon"])
def test_the_optimizer_is_saved_with_the_model(name):
    optimizer = make_optimizer(name, num_steps=10, learning_rate=0.1)
    config = keras.optimizers.serialize(optimizer)
    again = keras.optimizers.deserialize(config)
    assert type(again) is type(optimizer) and again.get_config() == optimizer.get_config()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": "sgd"}, r"optimizer='sgd' is not known.*adamw"),
        ({"name": ["adamw"]}, r"optimizer=\['adamw'\] is not known"),
        ({"num_steps": 0}, "num_steps=0"),
        ({"schedule": "linear"}, "schedule='linear' is not known"),
        ({"learning_rate": 0.0}, r"learning_rate=0\.0"),
        ({"learning_rate": float("nan")}, "learning_rate=nan"),
        ({"learning_rate": "0.01"}, "learning_rate='0.01'"),
        ({"learning_rate": True}, "learning_rate=True"),
        ({"warmup_ratio": 1.0}, r"warmup_ratio=1\.0"),
        ({"weight_decay": -0.1}, r"weight_decay=-0\.1"),
        ({"global_clipnorm": 0}, "global_clipnorm=0"),
        ({"ema_momentum": 1.0}, r"ema_momentum=1\.0"),
        ({"accumulation_steps": 0}, "accumulation_steps=0"),
    ],
)
def test_wrong_arguments_are_named_in_one_sentence(arguments, message):
    with pytest.raises(InvalidArgumentError, match=message) as error:
        make_optimizer(**{"name": "adamw", "num_steps": 10, **arguments})
    assert "\n" not in str(error.value)


# === Going on ===


def trained(x, y):
    model = build_model("gru", vocabulary_size=20, hidden_dim=8, seed=0)
    model.compile(make_optimizer("adamw", num_steps=8), weighted_metrics=[Perplexity()])
    model.fit(x, y, epochs=8, verbose=0)
    return model


def test_one_goes_on_with_a_loaded_model_in_one_call(tmp_path, caplog):
    x, y = np.random.default_rng(0).integers(1, 20, (2, 4, 7))
    trained(x, y).save(tmp_path / "model.keras")
    model = keras.saving.load_model(tmp_path / "model.keras")
    before = model.evaluate(x, y, return_dict=True, verbose=0)
    model.fit(x, y, epochs=2, verbose=0)
    assert model.evaluate(x, y, return_dict=True, verbose=0) == pytest.approx(before)
    assert "learning rate is 0 after 8 steps" in caplog.text

    caplog.clear()
    renew_optimizer(model, make_optimizer("adamw", num_steps=8))
    history = model.fit(x, y, epochs=8, verbose=0).history
    assert set(history) == {"loss", "perplexity"}  # the metrics are kept
    assert model.evaluate(x, y, return_dict=True, verbose=0)["loss"] < before["loss"] - 0.05
    assert not caplog.messages


def test_the_rest_of_compile_is_kept_too():
    model = build_model("gru", vocabulary_size=20, hidden_dim=8, seed=0)

    def loss(y, scores):  # no file could hold it
        return keras.losses.sparse_categorical_crossentropy(y, scores, from_logits=True)

    model.compile("adam", loss, metrics=["accuracy"], steps_per_execution=2, run_eagerly=True)
    renew_optimizer(model, "sgd")
    assert (model.loss, model.steps_per_execution, model.run_eagerly) == (loss, 2, True)
    assert type(model.optimizer).__name__ == "SGD"


def test_a_model_that_was_never_compiled_has_nothing_to_keep():
    model = build_model("gru", vocabulary_size=20, hidden_dim=8)
    with pytest.raises(InvalidArgumentError, match="never compiled"):
        renew_optimizer(model, "adam")
