"""`mlm-tf` beside a shell; what it shares with `python -m glove` is tested there."""

import os
import subprocess
import sys

import pytest

from mlm_tf import TextPipeline, build_model

MLM_TF = [sys.executable, "-m", "mlm_tf.cli"]


@pytest.fixture(scope="module")
def model_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "m.keras"
    pipeline = TextPipeline.fit(["春天来了，花都开了。"])
    build_model("gru", pipeline=pipeline, hidden_dim=4, seed=0).save(path)
    return path


def shell(command: str, **environment: str) -> subprocess.CompletedProcess:
    """What a command in bash ends with; $MLM_TF is the command line."""
    variables = {**os.environ, "MLM_TF": " ".join(MLM_TF), **environment}
    return subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, env=variables
    )


def test_generate_into_a_closed_pipe_is_quiet(model_file):
    ran = shell(f"$MLM_TF generate --model {model_file} 春天 --seed 1 | true")
    assert (ran.returncode, ran.stderr) == (141, b"")


def test_a_table_into_a_closed_pipe_is_quiet(model_file, tmp_path):
    (tmp_path / "text.txt").write_text("春天来了。\n" * 20, encoding="utf-8")
    ran = shell(f"$MLM_TF evaluate {model_file} {tmp_path / 'text.txt'} --length 4 | true")
    assert (ran.returncode, ran.stderr) == (141, b"")


def test_a_prompt_goes_through_a_terminal_that_is_not_utf_8(model_file):
    environment = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    arguments = f"--model {model_file} 春天 --seed 1 --max-length 6"
    ran = shell(f"$MLM_TF generate {arguments} | head -c 2", **environment)
    assert (ran.stdout, ran.stderr) == (b"??", b"")


@pytest.mark.parametrize("delay", [0.3, 1.0, 2.0, 3.0])
def test_ctrl_c_during_the_imports_is_quiet(delay, interrupted, tmp_path):
    """Whatever is being imported when it comes; the command itself would take minutes."""
    interrupted([*MLM_TF, "train", "--output", str(tmp_path / "m.keras")], delay)
