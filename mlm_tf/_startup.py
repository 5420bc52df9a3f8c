"""Imports Keras without the lines that TensorFlow writes before its logging can be configured.

`TF_CPP_MIN_LOG_LEVEL` does not reach them, and in every notebook and at every command they would
stand above the first result. Only lines of the kind INFO are dropped, and the one that says that
there is no GPU; warnings and errors are passed on.
"""

import contextlib
import functools
import os
import re
import sys
import tempfile
from collections.abc import Iterator

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "1")  # the later lines of that kind

INFO = re.compile(
    rb"(?:I\d{4} |\d{4}-\d\d-\d\d \S+ I |WARNING: All log messages before absl::"
    rb"|.*failed call to cuInit)"
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


with without_info_lines():
    import keras

if keras.backend.backend() == "tensorflow":
    import_tensorflow()
