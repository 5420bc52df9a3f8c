"""What a command does about the terminal: Ctrl-C, closed pipes, full disks, narrow encodings."""

import _thread
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator

REFUSED, INTERRUPTED, PIPE_CLOSED = 2, 130, 141  # 128 and the signal's number, as shells count


def run(program: str, command: Callable[[], int], errors: tuple[type[Exception], ...]) -> int:
    """Run a command as its users expect it from any other.

    What it refuses is one sentence on stderr and status 2; so is a disk that is full. Ctrl-C ends
    it without a word and with status 130, and so does a reader that closes the pipe, with 141.
    What the terminal's encoding does not know is written as a question mark.

    Args:
        program: its name, before the sentence.
        command: does the work and returns the exit status.
        errors: what it refuses on purpose.

    Returns:
        The exit status.
    """
    _make_writable()
    with _interruptible():
        try:
            status = command()
            _flush()
            return status
        except BrokenPipeError:
            return PIPE_CLOSED
        except (*errors, OSError, MemoryError) as error:
            with contextlib.suppress(OSError):
                print(f"{program}: {error}", file=sys.stderr)
            return REFUSED
        except KeyboardInterrupt:
            return INTERRUPTED
        except SystemExit as stop:
            if stop.code == 1:  # rich leaves so where the pipe is closed; argparse with 0 or 2
                return PIPE_CLOSED
            try:
                _flush()  # behind --help
            except BrokenPipeError:
                return PIPE_CLOSED
            raise
        finally:
            _give_up_what_cannot_be_written()


def _make_writable() -> None:
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed before the start: `>&-`
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115  # stays
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _flush() -> None:
    sys.stdout.flush()
    sys.stderr.flush()


def _give_up_what_cannot_be_written() -> None:
    """Python would try once more at its end, and print a traceback."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            with contextlib.suppress(OSError):  # no file
                devnull = os.open(os.devnull, os.O_WRONLY)
                os.dup2(devnull, stream.fileno())
                os.close(devnull)


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Ctrl-C is a KeyboardInterrupt meanwhile, whatever it was while the package was imported."""
    before = signal.getsignal(signal.SIGINT)
    if not callable(before) or threading.current_thread() is not threading.main_thread():
        yield  # ignored, as behind nohup, or not ours to change
        return
    hook = sys.unraisablehook

    def again(unraisable):
        """Python swallows what is raised in some places, as in JAX's callback of the garbage
        collector: there Ctrl-C comes once more, a moment later."""
        if unraisable.exc_type is not KeyboardInterrupt:
            return hook(unraisable)
        timer = threading.Timer(0.05, _interrupt_main)
        timer.daemon = True
        timer.start()

    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.unraisablehook = again
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        sys.unraisablehook = hook


def _interrupt_main() -> None:
    """Ctrl-C for the main thread, from another one."""
    if hasattr(signal, "pthread_kill"):  # it ends a call that waits, as a key does
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
    else:
        _thread.interrupt_main()
