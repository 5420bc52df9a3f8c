"""The optimizers that are written down in fewer operations do what Keras's do."""

import keras
import numpy as np
import pytest
from keras import ops

from mlm_tf.training.optimizers import AdamW, Muon

PAIRS = [(AdamW, keras.optimizers.AdamW), (Muon, keras.optimizers.Muon)]


class Counted(keras.optimizers.schedules.LearningRateSchedule):
    """Counts how often it is asked."""

    def __init__(self):
        self.times = 0

    def __call__(self, step):
        self.times += 1
        return 0.02 / (1.0 + ops.cast(step, "float32"))


def variables_of_a_stack():
    """Square and tall matrices, two of a kind, vectors and an embedding; by their paths."""
    shapes = {"embedding": (7, 4)}
    for block in "01":
        shapes |= {f"{block}_up": (4, 8), f"{block}_down": (8, 4), f"{block}_query": (4, 4)}
        shapes |= {f"{block}_gain": (4,)}
    draw = np.random.default_rng(0).normal
    return [keras.Variable(draw(size=s).astype("float32"), name=n) for n, s in shapes.items()]


def trained(optimizer, steps=4, first=0, variables=None):
    """Variables after steps along gradients that are the same for all optimizers."""
    variables = variables or variables_of_a_stack()
    for step in range(first, first + steps):
        draw = np.random.default_rng(step + 1).normal
        gradients = [ops.convert_to_tensor(draw(size=v.shape), v.dtype) for v in variables]
        optimizer.apply(gradients, variables)
    return variables


def arrays(variables):
    return [ops.convert_to_numpy(variable) for variable in variables]


def assert_same(ours, theirs):
    assert len(ours) == len(theirs)
    for a, b in zip(arrays(ours), arrays(theirs), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"global_clipnorm": 1.0, "weight_decay": 0.1},
        {"gradient_accumulation_steps": 2},
        {"use_ema": True, "ema_overwrite_frequency": 2},
        {"clipvalue": 0.1},
    ],
)
@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_variables_and_state_become_what_they_become_under_keras(ours, theirs, options):
    a, b = ours(0.05, **options), theirs(0.05, **options)
    assert_same(trained(a), trained(b))
    assert_same(a.variables, b.variables)


@pytest.mark.parametrize("options", [{"nesterov": False}, {"rms_rate": None, "ns_steps": 3}])
def test_muon_has_the_options_of_keras(options):
    a, b = Muon(0.05, adam_lr_ratio=0.5, **options), keras.optimizers.Muon(0.05, **options)
    b.adam_lr_ratio = 0.5
    assert_same(trained(a), trained(b))


@pytest.mark.parametrize("shape", [(16, 64), (64, 16), (3, 8, 16), (12, 16)])
@pytest.mark.parametrize("decades", [0, 3, 8])
def test_muon_makes_matrices_orthogonal_as_keras_does(shape, decades):
    """Wide, tall, several at once; with singular values down to 1e-8 of the largest."""
    draw = np.random.default_rng(0).normal
    u, s, v = np.linalg.svd(draw(size=shape), full_matrices=False)
    matrix = (u * np.logspace(0, -decades, s.shape[-1])) @ v
    x = ops.convert_to_tensor(matrix, "float32")
    for steps in (0, 1, 5):
        ours, theirs = (
            ops.convert_to_numpy(optimizer.zeropower_via_newtonschulz5(x, steps))
            for optimizer in (Muon(), keras.optimizers.Muon())
        )
        share = 5e-3 if decades else 1e-5  # of the largest entry
        np.testing.assert_allclose(ours, theirs, atol=share * np.abs(theirs).max())


def test_muon_takes_the_short_way_on_a_processor_alone(monkeypatch):
    x = ops.convert_to_tensor(np.random.default_rng(0).normal(size=(4, 16)), "float32")
    muon, keras_s = Muon(), keras.optimizers.Muon().zeropower_via_newtonschulz5(x, 5)
    short = muon.zeropower_via_newtonschulz5(x, 5)
    monkeypatch.setattr(keras.distribution, "list_devices", lambda: ["gpu:0"])
    long = muon.zeropower_via_newtonschulz5(x, 5)
    np.testing.assert_array_equal(long, keras_s)
    assert (ops.convert_to_numpy(long) != ops.convert_to_numpy(short)).any()


@pytest.mark.parametrize("ours", [AdamW, Muon])
def test_weights_may_be_bfloat16(ours):
    variables = [keras.Variable(v, dtype="bfloat16", name=v.name) for v in variables_of_a_stack()]
    found, expected = trained(ours(0.02), variables=variables), trained(ours(0.02))
    for a, b in zip(found, expected, strict=True):
        assert a.dtype == "bfloat16"
        np.testing.assert_allclose(*arrays([ops.cast(a, "float32"), b]), atol=0.05)


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_either_goes_on_from_the_state_of_the_other(ours, theirs):
    keras_only = theirs(0.05)
    expected = trained(keras_only, steps=6)
    for begins, ends in ((ours(0.05), theirs(0.05)), (theirs(0.05), ours(0.05))):
        variables = trained(begins, steps=3)
        ends.build(variables)
        for variable, before in zip(ends.variables, begins.variables, strict=True):
            variable.assign(before)
        assert_same(trained(ends, 3, 3, variables), expected)


# === What decays ===

SHAPES = {  # of Keras's layers and ours, by the names of their variables
    "kernel": (4, 3), "recurrent_kernel": (3, 3), "embeddings": (7, 4), "lora_kernel_a": (4, 2),
    "bias": (2, 9), "gamma": (4,), "beta": (4,), "scale": (2, 2), "query": (4,),
}  # fmt: skip
MATRICES = ["kernel", "recurrent_kernel", "embeddings", "lora_kernel_a"]


def decaying(optimizer, decay=0.1, **options):
    """What decays by a tenth of the rate, whichever step a variable takes."""
    decays = {"weight_decay": decay} | ({"adam_weight_decay": decay} if optimizer is Muon else {})
    return optimizer(0.5, decay_matrices_only=True, **decays, **options)


def ones_after(optimizer, steps=3):
    """By their names, what variables of ones become where no gradient moves them."""
    variables = [keras.Variable(np.ones(shape, "float32"), name=n) for n, shape in SHAPES.items()]
    for _ in range(steps):
        step(optimizer, [ops.zeros(shape) for shape in SHAPES.values()], variables)
    optimizer.finalize_variable_values(variables)
    values = {variable.name: ops.convert_to_numpy(variable) for variable in variables}
    return {name: value.flat[0] for name, value in values.items() if np.ptp(value) == 0}


def step(optimizer, gradients, variables):
    """As `fit` does it on either backend; Keras's `apply` cannot scale a loss on JAX."""
    if keras.backend.backend() != "jax":
        optimizer.apply(gradients, variables)
        return
    if not optimizer.built:
        optimizer.build(variables)
    own = optimizer.variables
    values = [variable.value for variable in variables]
    found = optimizer.stateless_apply([variable.value for variable in own], gradients, values)
    for variable, value in zip([*variables, *own], [*found[0], *found[1]], strict=True):
        variable.assign(value)


def matrices_at(value):
    return {name: value if name in MATRICES else 1.0 for name in SHAPES}


@pytest.mark.parametrize("as_keras", [False, True], ids=["fewer operations", "as Keras"])
@pytest.mark.parametrize(
    ("options", "value"),
    [
        ({}, 0.95**3),  # 1 - rate x decay at each of three updates
        ({"gradient_accumulation_steps": 3}, 0.95),
        ({"use_ema": True, "ema_momentum": 0.5}, 0.25 * 0.95 + 0.25 * 0.95**2 + 0.5 * 0.95**3),
        ({"decay": 0.0}, 1.0),
    ],
)
@pytest.mark.parametrize("ours", [AdamW, Muon])
def test_matrices_alone_decay(ours, options, value, as_keras, monkeypatch):
    monkeypatch.setattr(ours, "does_as_keras", lambda self: as_keras)  # as with several replicas
    optimizer = decaying(ours, **options)
    assert ones_after(optimizer) == pytest.approx(matrices_at(value))
    again = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer))
    assert ones_after(again) == pytest.approx(matrices_at(value))


@pytest.mark.parametrize("ours", [AdamW, Muon])
def test_where_the_loss_is_scaled_matrices_alone_decay_too(ours):
    optimizer = keras.optimizers.LossScaleOptimizer(decaying(ours))
    assert ones_after(optimizer) == pytest.approx(matrices_at(0.95**3))


@pytest.mark.parametrize("ours", [AdamW, Muon])
def test_what_is_excluded_by_hand_does_not_decay_either(ours):
    optimizer = decaying(ours)
    optimizer.exclude_from_weight_decay(var_names=["recurrent"])
    expected = matrices_at(0.95**3) | {"recurrent_kernel": 1.0}
    assert ones_after(optimizer) == pytest.approx(expected)


@pytest.mark.parametrize("ours", [AdamW, Muon])
def test_without_that_setting_as_in_files_saved_before_there_was_one_all_decay(ours):
    config = decaying(ours).get_config()
    del config["decay_matrices_only"]
    values = ones_after(ours.from_config(config))
    assert values == pytest.approx(dict.fromkeys(SHAPES, 0.95**3))


@pytest.mark.parametrize("ours", [AdamW, Muon])
def test_the_schedule_is_asked_once_a_step(ours):
    schedule = Counted()
    trained(ours(schedule, weight_decay=0.1), steps=3)
    assert schedule.times == 3


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_a_saved_model_keeps_its_optimizer_ours_or_that_of_keras(ours, theirs, tmp_path):
    for one in (ours, theirs):
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4)])
        model.compile(one(0.05), "mse")
        x = np.eye(4)
        model.fit(x, x, verbose=0)
        model.save(tmp_path / "m.keras")
        again = keras.saving.load_model(tmp_path / "m.keras").optimizer
        assert type(again) is one and again.get_config() == model.optimizer.get_config()
        assert_same(again.variables, model.optimizer.variables)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="TensorFlow's checkpoints")
def test_what_a_step_needs_meanwhile_is_kept_for_no_checkpoint():
    kept = []
    for one in (Muon, keras.optimizers.Muon):
        optimizer = one(0.05)
        trained(optimizer, steps=1)
        kept.append(sorted(optimizer._trackable_children()))
    assert kept[0] == kept[1]
