"""`mlm-tf chat`: a talk through a pipe and in a terminal, its commands, and what is refused."""

import io
import json
import os
import pty
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from mlm_tf import TextPipeline, build_model, cli

TEXTS = ["tea ? with milk , please", "no , thanks . be brief"]
SETTINGS = ["--seed", "1", "--reply-length", "6"]


@pytest.fixture(scope="module")
def model_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("talk") / "talks.keras"
    pipeline = TextPipeline.fit(TEXTS)
    build_model("gru", pipeline=pipeline, hidden_dim=8, max_sequence_length=40, seed=0).save(path)
    return path


@pytest.fixture
def talk(model_file, monkeypatch, capsys):
    """A function from lines, and options, to what is printed of them."""

    def say(*lines, options=(), status=0):
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        assert cli.main(["chat", str(model_file), *SETTINGS, *map(str, options)]) == status
        return capsys.readouterr()

    return say


def test_each_line_is_answered(talk):
    printed = talk("tea ?", "", "milk ?").out.splitlines()
    assert len(printed) == 2 and printed == talk("tea ?", "milk ?").out.splitlines()
    assert talk("tea ?", "/quit", "milk ?").out.splitlines() == printed[:1]


def test_the_commands(talk, tmp_path):
    file = tmp_path / "talk.json"
    printed = talk("tea ?", f"/save {file}", "/reset", "tea ?", "/system be brief", "tea ?")
    first, saved, again, told = printed.out.splitlines()
    assert saved == str(file) and again == first
    assert [m["content"] for m in json.loads(file.read_text())["history"]] == ["tea ?", first]
    with_system = talk("tea ?", options=["--system", "be brief"]).out.splitlines()
    assert [told] == with_system
    gone_on = talk("milk ?", options=["--load", file]).out.splitlines()
    assert gone_on == talk("tea ?", "milk ?").out.splitlines()[1:]


def test_what_cannot_be_done_is_one_sentence_and_the_talk_goes_on(talk, tmp_path):
    printed = talk("/what", "/system", "/save", f"/save {tmp_path}", "tea " * 60, "tea ?")
    said = printed.err.splitlines()
    assert len(said) == 5 and all(line.startswith("mlm-tf: ") for line in said)
    assert "/what is no command" in said[0] and "room for" in said[4]
    assert len(printed.out.splitlines()) == 1


def test_the_oldest_turns_that_are_left_out_are_told(talk):
    assert "of the oldest messages are left out" in talk(*["tea ?"] * 8).out


def test_words_that_are_forbidden_are_never_written(talk, tmp_path):
    words = tmp_path / "words.txt"
    words.write_text("milk\n\nplease\n", encoding="utf-8")
    lines = ["tea ?", "milk ?", "please ?"] * 3
    plain = talk(*lines, options=["--temperature", "2"]).out
    assert "milk" in plain or "please" in plain
    printed = talk(*lines, options=["--temperature", "2", "--forbid", words]).out
    assert "milk" not in printed and "please" not in printed


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["none.keras"], "There is no model file none.keras"),
        (["none.gguf"], "none.gguf does not exist"),
        (["smollm2"], 'fetch_checkpoint("smollm2")'),
        (["talks.keras", "--template", "none.jinja"], "none.jinja"),
        (["talks.keras", "--dtype", "int3"], "dtype='int3'"),
        (["talks.keras", "--reply-length", "0"], "reply_length=0"),
    ],
)
def test_what_is_refused(arguments, says, model_file, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(model_file.parent)
    monkeypatch.setenv("MLM_TF_CACHE", str(tmp_path))
    monkeypatch.delenv("MLM_TF_DATA", raising=False)
    assert cli.main(["chat", *arguments]) == 2
    said = capsys.readouterr().err
    assert says in said and said.count("\n") == 1


@pytest.mark.slow
def test_ctrl_c_in_a_terminal_ends_an_answer_and_not_the_talk(tmp_path):
    path = tmp_path / "endless.keras"
    pipeline = TextPipeline.fit(TEXTS)
    model = build_model("gru", pipeline=pipeline, hidden_dim=8, max_sequence_length=10**6, seed=0)
    bias = model.output_bias.bias
    bias.assign(np.where(np.arange(bias.shape[0]) == pipeline.end_id, -1e9, 0))
    model.save(path)
    controller, terminal = pty.openpty()
    command = [sys.executable, "-m", "mlm_tf.cli", "chat", str(path), "--reply-length", "500000"]
    with subprocess.Popen(command, stdin=terminal, stdout=terminal, stderr=terminal) as process:
        os.close(terminal)
        printed = b""

        def until(text: bytes):
            nonlocal printed
            end = time.time() + 120
            while text not in printed and time.time() < end:
                printed += os.read(controller, 1000)
            assert text in printed, printed
            printed = printed.split(text, 1)[1]

        until(b"> ")
        process.send_signal(signal.SIGINT)  # nothing is being said
        until(b"ends the talk")
        for _ in range(2):
            os.write(controller, b"tea ?\n")
            until(b"tea ?\r\n")
            until(b" ")  # it has begun to answer
            process.send_signal(signal.SIGINT)
            until(b"\n> ")
        os.write(controller, b"/quit\n")
        assert process.wait(60) == 0
    os.close(controller)
