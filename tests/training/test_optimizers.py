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
