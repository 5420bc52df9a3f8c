"""Commands beside a shell: Ctrl-C, closed pipes, full disks, terminals that are not UTF-8."""

import gc
import os
import signal
import subprocess
import sys
import time

import pytest

from glove import terminal

GLOVE = [sys.executable, "-m", "glove"]
PRINT = r"""
import sys
import time
from glove import terminal
sys.exit(terminal.run("words", lambda: print("\u732b " * 100_000) or 0, (ValueError,)))
"""
posix = pytest.mark.skipif(os.name != "posix", reason="pipes and signals of Unix")


def shell(command: str, **environment: str) -> subprocess.CompletedProcess:
    """What a command in bash ends with; $GLOVE and $PRINT are commands that print."""
    return subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"],
        capture_output=True,
        env={
            **os.environ,
            "GLOVE": " ".join(GLOVE),
            "PYTHON": sys.executable,
            "PRINT": PRINT,
            **environment,
        },
    )


@posix
def test_a_reader_that_closes_the_pipe_ends_the_command_without_a_word():
    ran = shell('"$PYTHON" -c "$PRINT" | true')
    assert (ran.returncode, ran.stderr) == (141, b"")


@posix
@pytest.mark.parametrize("command", ["$GLOVE --help", "$GLOVE train -h"])
def test_help_into_a_closed_pipe_is_quiet_too(command):
    ran = shell(f"{command} | true")
    assert ran.returncode in (0, 141)  # without a buffer, argparse itself passes over it
    assert ran.stderr == b""


@posix
def test_an_error_into_a_closed_pipe_is_no_traceback():
    ran = shell("$GLOVE train none.txt --output x.txt 2>&1 | true")
    assert ran.stderr == b""


@posix
def test_a_full_disk_is_one_sentence():
    ran = shell('"$PYTHON" -c "$PRINT" > /dev/full')
    assert ran.returncode == 2
    assert ran.stderr == b"words: [Errno 28] No space left on device\n"
    assert shell('"$PYTHON" -c "$PRINT" > /dev/full 2>&1').returncode == 2


@posix
def test_without_an_open_stdout_or_stderr_nothing_is_said():
    ran = shell('"$PYTHON" -c "$PRINT" >&- 2>&-')
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, b"", b"")


@pytest.mark.parametrize(
    "environment",
    [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}],
)
def test_what_the_terminal_cannot_show_is_a_question_mark(environment):
    ran = shell('"$PYTHON" -c "$PRINT" | head -c 4', **environment)
    assert ran.stdout == b"? ? "
    assert ran.stderr == b""


@posix
@pytest.mark.parametrize("delay", [0.15, 0.4, 0.8, 1.2])
def test_ctrl_c_during_the_imports_is_quiet(delay, interrupted):
    """Whatever is being imported when it comes; the command ends by itself, if later."""
    interrupted([*GLOVE, "cooccur", "/dev/zero", "--output", "counts.bin"], delay)


def test_ctrl_c_that_python_swallows_comes_once_more(capfd):
    """As in a callback of the garbage collector, where an exception is printed and forgotten."""

    def interrupt(*_):
        gc.callbacks.remove(interrupt)
        signal.raise_signal(signal.SIGINT)

    def command():
        gc.callbacks.append(interrupt)
        gc.collect()
        time.sleep(20)
        return 0

    hook = sys.unraisablehook
    assert terminal.run("glove", command, ()) == terminal.INTERRUPTED
    assert capfd.readouterr().err == ""
    assert sys.unraisablehook is hook


def test_ctrl_c_is_what_it_was_after_the_command():
    before = signal.getsignal(signal.SIGINT)

    def interrupted():
        raise KeyboardInterrupt

    assert terminal.run("words", interrupted, ()) == 130
    assert signal.getsignal(signal.SIGINT) is before


HOMELESS = """
import os, pwd, sys

def nobody(uid):
    raise KeyError(f"getpwuid(): uid not found: {uid}")

os.environ.pop("HOME")
pwd.getpwuid = nobody
import glove
from glove.fetch import cache_folder
print(glove.load(sys.argv[1]).index_to_key, cache_folder())
"""


@posix
def test_a_user_without_a_home_has_one_among_the_temporary_files(tmp_path):
    (tmp_path / "vectors.txt").write_text("a 1 2\n")
    environment = {k: v for k, v in os.environ.items() if "CACHE" not in k}
    ran = subprocess.run(
        [sys.executable, "-c", HOMELESS, str(tmp_path / "vectors.txt")],
        capture_output=True,
        text=True,
        env={**environment, "TMPDIR": str(tmp_path)},
    )
    home = tmp_path / f"home-{os.getuid()}"
    assert ran.stdout == f"['a'] {home}/.cache/mlm_tf\n", ran.stderr
    assert ran.stderr == ""
    assert home.stat().st_mode & 0o777 == 0o700
