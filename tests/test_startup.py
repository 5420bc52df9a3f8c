"""What `import mlm_tf` costs and prints."""

import os
import subprocess
import sys

import pytest

from mlm_tf._startup import without_info_lines

LATER = (
    "tensorflow_text",
    "gensim",
    "jieba",
    "matplotlib",
    "huggingface_hub",
    "pooch",
    "pyarrow",
    "safetensors",
    "requests",
    "rich.progress",
    "tokenizers",
)


def test_import_brings_keras_and_leaves_the_rest_for_later_and_prints_nothing():
    program = (
        "import sys, keras\n"
        "before = set(sys.modules)\n"
        "import mlm_tf\n"
        f"print([name for name in {LATER} if name in set(sys.modules) - before])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == "[]"


@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_neither_import_nor_a_training_on_padded_rows_prints_anything(backend):
    program = (
        "import mlm_tf\n"
        "texts = ['a rose', 'a rose is a rose'] * 2\n"
        "pipeline = mlm_tf.TextPipeline.fit(texts, language='en')\n"
        "model = mlm_tf.build_model('lstm', pipeline=pipeline, hidden_dim=2)\n"
        "model.compile('sgd')\n"
        "model.fit(pipeline.rows(texts, length=6, batch_size=2), verbose=0)\n"
    )
    environment = {k: v for k, v in os.environ.items() if k != "TF_CPP_MIN_LOG_LEVEL"}
    ran = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env={**environment, "KERAS_BACKEND": backend},
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


@pytest.mark.slow
@pytest.mark.parametrize(("backend", "hidden"), [("tensorflow", []), ("jax", [([], "GPU")])])
def test_beside_jax_tensorflow_leaves_the_gpus_alone(backend, hidden):
    """Whatever of the package brings TensorFlow in first."""
    program = (
        "import numpy as np, tensorflow as tf\n"
        "calls = []\n"
        "tf.config.set_visible_devices = lambda *call: calls.append(call)\n"
        "from mlm_tf.preprocessing.windows import windows\n"
        "windows(np.arange(9), 3, 1, False, 0, 2, 0)\n"
        "print(calls)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env={**os.environ, "KERAS_BACKEND": backend},
    )
    assert ran.stdout.strip() == str(hidden), ran.stderr


def test_beside_jax_tensorflow_waits_until_something_in_it_is_asked_for():
    program = (
        "import sys, mlm_tf\n"
        "from mlm_tf.preprocessing.words import tf\n"
        "before = 'tensorflow' in sys.modules, hasattr(tf, '__wrapped__')\n"
        "print(*before, 'tensorflow' in sys.modules, tf.int32 is tf.dtypes.int32)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        env={**os.environ, "KERAS_BACKEND": "jax"},
    )
    assert ran.stdout.split() == ["False", "False", "False", "True"], ran.stderr


def test_only_lines_that_tell_of_the_machine_are_dropped(capfd):
    with without_info_lines():
        os.write(2, b"I0000 00:00:1795.1 12 port.cc:153] oneDNN custom operations are on.\n")
        os.write(2, b"2026-11-24 10:00:00.123: I tensorflow/core/util/port.cc:153] oneDNN\n")
        os.write(2, b"E0000 00:00:1795.1 12 u.cc:1] oneDNN supports DT_HALF only on platforms\n")
        os.write(2, b"E0000 00:00:1795.1 12 u.cc:1] oneDNN supports DT_BOOL only on platforms\n")
        os.write(2, b"W0000 00:00:1795.1 12 gpu.cc:1] Cannot dlopen some GPU libraries.\n")
        os.write(2, b"E0000 00:00:1795.1 12 gpu.cc:1] out of memory\n")
        os.write(2, b"Traceback (most recent call last):\n")
    kept = capfd.readouterr().err.splitlines()
    assert [line[:5] for line in kept] == ["W0000", "E0000", "Trace"]


def test_an_error_meanwhile_loses_nothing(capfd):
    try:
        with without_info_lines():
            os.write(2, b"E0000 the reason\n")
            raise ImportError
    except ImportError:
        os.write(2, b"after\n")
    assert capfd.readouterr().err == "E0000 the reason\nafter\n"
