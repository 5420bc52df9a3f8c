"""Ctrl-C in the seconds in which `python -m glove` is being imported ends it without a word.

`glove.terminal` takes over once everything is there.
"""

import os
import signal
import sys

if (
    sys.argv[:1] == ["-m"]  # Python is still looking for the module that it shall run
    and "glove" in sys.orig_argv
    and signal.getsignal(signal.SIGINT) is signal.default_int_handler
):
    signal.signal(signal.SIGINT, lambda *_: os._exit(130))
