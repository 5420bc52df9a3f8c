"""Ctrl-C in the seconds in which `mlm-tf` is being imported ends it without a word.

`glove.terminal` takes over once everything is there.
"""

import os
import pathlib
import signal
import sys


def _is_command() -> bool:
    """Whether Python was started as `mlm-tf`, or as `python -m mlm_tf.cli`."""
    program = sys.argv[0] if getattr(sys, "argv", None) else ""
    if program == "-m":  # still looking for the module that it shall run
        return "mlm_tf.cli" in sys.orig_argv
    return pathlib.PurePath(program).stem == "mlm-tf"


if _is_command() and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, lambda *_: os._exit(130))
