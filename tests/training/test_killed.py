"""A process that trains is killed, as by a machine that goes down, and the command given again."""

import itertools
import os
import random
import subprocess
import sys
import time

import numpy as np
import pytest
from keras import ops

from mlm_tf import load_model

KILLS = int(os.environ.get("MLM_TF_KILLS", "3"))
SIZES = "--hidden-dim 16 --length 8 --batch-size 2 --dropout 0.3 --num-heads 2"
SIZES += f" --epochs {4 * KILLS}"  # so that it is not over before the last kill


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings", ["--architecture lstm", "--architecture attention,gru --optimizer muon"]
)
def test_what_was_killed_at_any_moment_ends_as_if_it_was_not(settings, tmp_path):
    text = tmp_path / "cats.txt"
    words = "a cat sat on the mat and a dog saw it there".split()
    draw = random.Random(0)
    text.write_text("\n\n".join(" ".join(draw.choices(words, k=9)) + "." for _ in range(60)))

    def start(name):
        command = ["train", str(text), "--output", str(tmp_path / f"{name}.keras")]
        command = [sys.executable, "-m", "mlm_tf.cli", *command, *SIZES.split(), *settings.split()]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    whole = start("whole")
    _, error = whole.communicate(timeout=300)
    assert whole.returncode == 0, error.decode()
    checkpoints = tmp_path / "cut.run" / "checkpoints"
    steps = []
    for kill in range(KILLS):
        process, before = start("cut"), _newest(checkpoints)
        deadline = time.monotonic() + 120
        while process.poll() is None:
            # At first as soon as there is a model, which is before there is a checkpoint.
            if (tmp_path / "cut.keras").exists() if kill == 0 else _newest(checkpoints) > before:
                break
            assert time.monotonic() < deadline
            time.sleep(0.002)
        time.sleep(draw.uniform(0, 0.7) if kill else 0)
        is_running = process.poll() is None
        process.kill()
        _, error = process.communicate()
        assert is_running, error.decode()
        steps.append(_newest(checkpoints))
    last = start("cut")
    _, error = last.communicate(timeout=300)
    assert last.returncode == 0, error.decode()
    assert all(a < b for a, b in itertools.pairwise(steps)), steps  # each went on
    assert {path.name for path in tmp_path.iterdir()} == {"cats.txt", "whole.keras", "cut.keras"}
    expected = load_model(tmp_path / "whole.keras").weights
    found = load_model(tmp_path / "cut.keras").weights
    for weight, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(*map(ops.convert_to_numpy, (weight, other)))


def _newest(checkpoints):
    return max((path.name for path in checkpoints.glob("*.safetensors")), default="")
