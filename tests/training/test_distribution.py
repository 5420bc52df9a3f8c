"""On several devices and processes a training goes as on one; what cannot be is refused."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import keras
import numpy as np
import pytest

from mlm_tf import build_model
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.training import distributed, layout_map

SCRIPT = Path(__file__).with_name("scaling.py")
TWO_DEVICES = "--xla_force_host_platform_device_count=2"
ON = keras.backend.backend()
on_tensorflow = pytest.mark.skipif(ON != "tensorflow", reason="what TensorFlow cannot do")

# === What is chosen, and what is refused ===


def refusal(*args) -> str:
    with pytest.raises(InvalidArgumentError) as error, distributed(*args):
        pass
    return str(error.value)


@pytest.mark.parametrize("strategy", ["auto", "one_device"])
def test_where_there_is_one_device_nothing_is_distributed(strategy):
    with distributed(strategy) as chosen:
        assert chosen is None


@on_tensorflow
def test_several_workers_of_tensorflow_are_refused_with_the_reason_and_the_way(monkeypatch):
    import tensorflow as tf

    workers = {"worker": ["10.0.0.1:1", "10.0.0.2:1"]}
    task = {"cluster": workers, "task": {"type": "worker", "index": 0}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(task))
    error = refusal("auto")
    assert "TF_CONFIG names 2 tasks" in error and "keras issue 20585" in error
    assert "KERAS_BACKEND=jax" in error
    monkeypatch.delenv("TF_CONFIG")
    strategy = object.__new__(tf.distribute.MultiWorkerMirroredStrategy)  # it would look for them
    assert "20585" in refusal(strategy)
    assert "no build" in refusal(object.__new__(tf.distribute.TPUStrategy))


@on_tensorflow
def test_one_worker_of_tensorflow_is_one_machine(monkeypatch):
    task = {"cluster": {"worker": ["10.0.0.1:1"]}, "task": {"type": "worker", "index": 0}}
    monkeypatch.setenv("TF_CONFIG", json.dumps(task))
    with distributed("auto") as chosen:
        assert chosen is None


@on_tensorflow
def test_tpus_under_tensorflow_are_refused_with_the_reason_and_the_way(monkeypatch):
    monkeypatch.setenv("TPU_NAME", "local")
    error = refusal("auto")
    assert "TPU_NAME='local'" in error and "no build of TensorFlow" in error
    assert "KERAS_BACKEND=jax" in error


@on_tensorflow
def test_what_is_of_the_other_backend_is_refused():
    assert "KERAS_BACKEND=jax" in refusal("model_parallel")


def test_what_is_no_strategy_is_refused():
    assert "strategy='data' is not known" in refusal("data")
    assert "strategy=2" in refusal(2)


def test_other_errors_inside_are_let_be():
    with pytest.raises(ValueError, match="mine"), distributed():
        raise ValueError("mine")


# === Which matrix is cut where ===

SIZES = {"vocabulary_size": 12, "hidden_dim": 8, "num_heads": 2, "seed": 0}
WHOLE = ("learned_positions/embeddings", "classifier/kernel", "gru_1/cell/bias", "gate/kernel")
MODELS = {
    "all blocks": (["transformer", "gru", "lstm", "rnn", "attention"], "causal_lm"),
    "learned positions": ("gpt2", "causal_lm"),
    "gated": ("transformer", "causal_lm"),
    "untied": ("lstm", "causal_lm"),
    "both ways": ("lstm", "text_classifier"),
    "two stacks": ("transformer", "seq2seq_lm"),
    "copying": ("attention", "pointer_generator"),
}
MORE = {
    "learned positions": {"num_layers": 1, "max_sequence_length": 6},
    "untied": {"embedding_dim": 4, "tie_weights": False, "num_heads": None},
    "both ways": {"bidirectional": True, "num_classes": 3, "num_heads": None},
}


@pytest.mark.parametrize("name", MODELS)
def test_every_matrix_of_every_block_is_cut_in_two(name):
    layouts = layout_map(2, devices=["cpu:0", "cpu:1"], vocabulary_size=12)
    architecture, task = MODELS[name]
    settings = {**SIZES, **MORE.get(name, {})}
    model = build_model(architecture, task, **{n: v for n, v in settings.items() if v is not None})
    for variable in model.variables:
        layout = layouts[variable.path]  # raises where two patterns fit
        is_whole = len(variable.shape) < 2 or variable.path.endswith(WHOLE)
        assert (layout is None) == is_whole, variable.path
        if not is_whole:
            assert len(layout.axes) == len(variable.shape)
            assert variable.shape[layout.axes.index("model")] % 2 == 0


def test_the_table_is_cut_by_words_where_that_can_be():
    for size, axes in ((12, ("model", None)), (13, (None, "model")), (None, (None, "model"))):
        layouts = layout_map(2, size, devices=["cpu:0", "cpu:1"])
        assert layouts["lm/embedding/embeddings"].axes == axes
        assert layouts["lm/embedding/reverse_embeddings"].axes == axes[::-1]


def test_devices_that_are_left_share_out_the_batch():
    layouts = layout_map(2, devices=[f"cpu:{i}" for i in range(6)])
    assert layouts.device_mesh.shape == (3, 2)
    with pytest.raises(InvalidArgumentError, match="num_devices=4 does not divide the 6 devices"):
        layout_map(4, devices=[f"cpu:{i}" for i in range(6)])


# === The loss of one device, whatever the engine ===


def start(backend: str, *arguments: str, flags: str = "", **more) -> subprocess.Popen:
    flags = f"{os.environ.get('XLA_FLAGS', '')} {flags}".strip()
    environment = {**os.environ, "KERAS_BACKEND": backend, "XLA_FLAGS": flags, **more}
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), *arguments],
        env={**environment, "TF_CPP_MIN_LOG_LEVEL": "3"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def result(process: subprocess.Popen) -> dict:
    out, error = process.communicate(timeout=300)
    assert process.returncode == 0, error[-3000:]
    return json.loads(out.strip().split("\n")[-1])


def assert_alike(found: dict, expected: dict) -> None:
    assert len(expected["rows"]) == 50
    for name in ("rows", "windows", "rows evaluated", "windows evaluated"):
        np.testing.assert_allclose(found[name], expected[name], rtol=0, atol=1e-5, err_msg=name)
    assert expected["rows"][-1] < expected["rows"][0] - 0.3  # it learns


@pytest.fixture(scope="module")
def on_one_device():
    """How it goes there, for each backend; each is run once."""
    found = {}

    def run(backend: str) -> dict:
        pytest.importorskip(backend)
        if backend not in found:
            found[backend] = result(start(backend, "auto"))
            assert found[backend]["kind"] == "NoneType"
        return found[backend]

    return run


@pytest.mark.slow
def test_mirrored_devices_of_tensorflow_train_as_one(on_one_device):
    found = result(start("tensorflow", "mirrored"))
    assert found["kind"] == "MirroredStrategy"
    assert_alike(found, on_one_device("tensorflow"))


@pytest.mark.slow
def test_two_devices_of_jax_train_as_one(on_one_device):
    found = result(start("jax", "auto", flags=TWO_DEVICES))
    assert found["kind"] == "DataParallel"
    assert_alike(found, on_one_device("jax"))


@pytest.mark.slow
def test_a_model_that_is_cut_over_two_devices_trains_as_one(on_one_device):
    expected = on_one_device("jax")
    found = result(start("jax", "model_parallel", flags=TWO_DEVICES))
    assert found["kind"] == "ModelParallel"
    assert_alike(found, expected)
    for path, shape in expected["cut"].items():
        cut = 1 if len(shape) < 2 else 2
        assert np.prod(found["cut"][path]) * cut == np.prod(shape), path
    assert "An axis of 15 cannot be cut into 2 equal parts" in found["refused"]


def start_both(*arguments: str) -> list[subprocess.Popen]:
    """Two processes of JAX that find each other."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    settings = {
        "JAX_CPU_COLLECTIVES_IMPLEMENTATION": "gloo",
        "KERAS_DISTRIBUTION_JOB_ADDRESSES": address,
        "KERAS_DISTRIBUTION_NUM_PROCESSES": "2",
    }
    return [
        start("jax", "auto", *arguments, **settings, KERAS_DISTRIBUTION_PROCESS_ID=str(number))
        for number in range(2)
    ]


def kill(processes) -> None:
    for process in processes:
        process.kill()
        process.communicate()


@pytest.mark.slow
def test_two_processes_of_jax_train_as_one(on_one_device):
    expected = on_one_device("jax")
    both = start_both()
    try:
        for found in map(result, both):
            assert found["kind"] == "DataParallel"
            assert_alike(found, expected)
    finally:
        kill(both)


@pytest.mark.slow
def test_two_processes_that_were_killed_go_on_from_the_checkpoint_of_the_first(tmp_path):
    pytest.importorskip("jax")
    alone = start("jax", "auto", str(tmp_path / "alone"))
    both = start_both(str(tmp_path / "both"))
    deadline = time.monotonic() + 240
    try:
        while len(list((tmp_path / "both").glob("checkpoints/*.safetensors"))) < 2:
            assert all(process.poll() is None for process in both) and time.monotonic() < deadline
            time.sleep(0.01)
    finally:
        kill(both)
    assert not (tmp_path / "both" / "curves.csv").exists()  # it was not done
    expected = result(alone)
    both = start_both(str(tmp_path / "both"))
    try:
        for found in map(result, both):
            assert found["kind"] == "DataParallel" and len(found["val_perplexity"]) == 20
            for epochs, atol in ((6, 1e-5), (20, 1e-4)):  # of 8 steps; rounding grows with them
                losses = found["val_loss"][:epochs], expected["val_loss"][:epochs]
                np.testing.assert_allclose(*losses, rtol=0, atol=atol)
            assert found["best"] == pytest.approx(expected["best"], rel=1e-4)
    finally:
        kill(both)
    assert json.loads((tmp_path / "both" / "run.json").read_text())["results"] is not None
