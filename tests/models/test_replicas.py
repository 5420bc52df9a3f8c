"""Under a `tf.distribute` strategy a target counts the same on whatever replica it stands."""

import os
import subprocess
import sys

import keras
import pytest

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="on JAX keras.distribution is one computation"
)

PROGRAM = """
import tensorflow as tf

[processor] = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(processor, [tf.config.LogicalDeviceConfiguration()] * 2)

import keras
import numpy as np

from mlm_tf import build_model
from mlm_tf.training import Perplexity, make_optimizer

x, y = np.random.default_rng(0).integers(1, 20, (2, 4, 7))
lengths = np.array([[7], [7], [1], [0]])  # the second replica gets nearly nothing but padding
weights = {
    "ragged": np.where(np.arange(7) < lengths, 1.0, 0.0).astype("float32"),
    "rows": np.array([1.0, 1.0, 2.0, 0.0], "float32"),
    "none": None,
}


def trained(weight):
    model = build_model("gru", vocabulary_size=20, hidden_dim=8, seed=0)
    model.compile(keras.optimizers.SGD(0.5), weighted_metrics=[Perplexity()])
    arrays = (x, y) if weight is None else (x, y, weight)
    data = tf.data.Dataset.from_tensor_slices(arrays).batch(4)
    [loss] = model.fit(data, verbose=0).history["loss"]
    return loss, *model.evaluate(data, verbose=0), *model.get_weights()


for name, weight in weights.items():
    alone = trained(weight)
    with tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope():
        together = trained(weight)
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6, err_msg=name)

with tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope():
    for name in ("adamw", "muon"):  # no target counts, so that weights of ones do nothing but decay
        model = build_model("gru", vocabulary_size=20, hidden_dim=8, seed=0)
        model.set_weights([np.ones_like(weight) for weight in model.get_weights()])
        settings = {"schedule": "constant", "warmup_ratio": 0.0, "weight_decay": 0.1}
        model.compile(make_optimizer(name, 1, 0.5, **settings))
        nothing = np.zeros(x.shape, "float32")
        model.fit(tf.data.Dataset.from_tensor_slices((x, y, nothing)).batch(4), verbose=0)
        for variable in model.trainable_variables:
            expected = 1.0 if variable.name == "bias" else 0.95
            np.testing.assert_allclose(variable, np.full(variable.shape, expected), 1e-6)
"""


@pytest.mark.slow
def test_two_replicas_train_as_one_does_however_the_padding_falls_and_decay_as_it():
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr[-3000:]
