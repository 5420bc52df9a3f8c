"""Imports Keras without the lines that TensorFlow writes before its logging can be configured.

`TF_CPP_MIN_LOG_LEVEL` does not reach them, and in every notebook and at every command they would
stand above the first result. Only lines of the kind INFO are dropped, the one that says that there
is no GPU, those by which TensorFlow 2.19 says that it registers something twice, and those that
float16 and masks are slow on this processor; other warnings and errors are passed on.
"""

import contextlib
import functools
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")  # the later lines of that kind

INFO = re.compile(
    rb"(?:I\d{4} |\d{4}-\d\d-\d\d \S+ I |WARNING: All log messages before absl::"
    rb"|.*failed call to cuInit|.*Unable to register cu\w+ factory"
    rb"|.*computation placer already registered|.*oneDNN supports DT_\w+ only on platforms)"
)


@contextlib.contextmanager
def without_info_lines() -> Iterator[None]:
    """What C++ code writes to stderr meanwhile appears afterwards, the lines above apart."""
    try:
        stderr = os.dup(2)
    except OSError:  # there is no stderr
        yield
        return
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
            file.seek(0)
            kept = [line for line in file if not INFO.match(line)]
            sys.stderr.write(b"".join(kept).decode(errors="replace"))


@functools.cache
def import_tensorflow():
    """TensorFlow, once it has looked for a GPU.

    On the JAX backend nothing else brings it in. It prepares the data there and shall leave the
    GPUs alone: TensorFlow takes all their memory as soon as it runs, and JAX would find none.
    """
    with without_info_lines():
        import tensorflow as tf

        tf.config.list_physical_devices()
        if keras.backend.backend() != "tensorflow":
            # RuntimeError: somebody has used TensorFlow already, and its devices are settled.
            with contextlib.suppress(RuntimeError):
                tf.config.set_visible_devices([], "GPU")
    return tf


@functools.cache
def transpose_a_mask() -> None:
    """Let TensorFlow say that masks are slow on this processor, which it says once, unseen.

    It would say it amid the first training of a recurrent network on padded rows.
    """
    if keras.backend.backend() == "tensorflow":
        with without_info_lines():
            keras.ops.transpose(keras.ops.zeros((2, 3), "bool"))


@functools.cache
def import_tensorflow_text():
    """tensorflow-text, after TensorFlow."""
    import_tensorflow()
    import tensorflow_text

    return tensorflow_text


class _Later:
    """A module that is imported when something in it is asked for first."""

    def __init__(self, import_it: Callable):
        self._import_it = import_it

    def __getattr__(self, name: str):
        if name.startswith("__"):  # asked of every object, by doctest, copy and their like
            raise AttributeError(name)
        return getattr(self._import_it(), name)


tf, tf_text = _Later(import_tensorflow), _Later(import_tensorflow_text)

with without_info_lines():
    import keras

if keras.backend.backend() == "tensorflow":
    import_tensorflow()
