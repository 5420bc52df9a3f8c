"""How fast a training is, and how much memory it takes."""

import contextlib
import math
import resource
import sys
import time
import weakref
from collections.abc import Iterator

import keras

from mlm_tf.checks import check_integer

MIB = 2**20
_clocks = weakref.WeakSet()  # all there are, for `not_training`


class Throughput(keras.callbacks.Callback):
    """Adds to the figures of each epoch how fast it was, and the memory that was needed.

    These are `tokens`, the targets trained on so far; `tokens_per_second`, of this epoch, whose
    first includes the time to compile; `peak_memory_mib`, the most that the process has held in
    memory so far; and `peak_device_memory_mib`, likewise of the accelerator that holds most, where
    there is one and the backend tells. Evaluations, and what is written between the steps by
    `TextSamples`, are no part of the time.

    Callbacks that stand behind it, as Keras's `CSVLogger` and `TensorBoard`, read them.

    Args:
        tokens_per_batch: how many targets a batch holds.

    Attributes:
        tokens: targets trained on.
        seconds: time spent on training steps.

    Example:

    >>> from mlm_tf import TextPipeline, build_model
    >>> pipeline = TextPipeline.fit(["a b c d e f g h"])
    >>> model = build_model("lstm", pipeline=pipeline, hidden_dim=4)
    >>> model.compile("adam")
    >>> data = pipeline.windows(["a b c d e f g h"], length=4, batch_size=1)
    >>> history = model.fit(data, epochs=2, verbose=0, callbacks=[Throughput(4)]).history
    >>> history["tokens"], history["tokens_per_second"][1] > 0
    ([4, 8], True)
    """

    def __init__(self, tokens_per_batch: int):
        super().__init__()
        self.tokens_per_batch = check_integer("tokens_per_batch", tokens_per_batch)
        self.tokens, self.seconds = 0, 0.0
        self._started = None
        self._before = 0, 0.0  # tokens and seconds where the epoch began
        _clocks.add(self)

    @property
    def tokens_per_second(self) -> float:
        """The speed of training; 0 before the first batch."""
        return self.tokens / self.seconds if self.seconds else 0.0

    def get_state(self) -> dict:
        """What a training that goes on counts on from."""
        running = 0.0 if self._started is None else time.perf_counter() - self._started
        return {"tokens": self.tokens, "seconds": self.seconds + running}

    def set_state(self, state: dict) -> None:
        """See `get_state`."""
        self.tokens, self.seconds = state["tokens"], state["seconds"]

    def on_epoch_begin(self, epoch, logs=None):
        self._before = self.tokens, self.seconds
        self._started = time.perf_counter()

    def on_train_batch_end(self, batch, logs=None):
        self.tokens = self._before[0] + batches_done(self, batch) * self.tokens_per_batch

    def on_test_begin(self, logs=None):
        self._pause()

    def on_epoch_end(self, epoch, logs=None):
        self._pause()
        tokens, seconds = self.tokens - self._before[0], self.seconds - self._before[1]
        logs["tokens"] = self.tokens
        logs["tokens_per_second"] = tokens / seconds if seconds else 0.0
        logs["peak_memory_mib"] = _peak_memory() / MIB
        if device := _peak_device_memory():
            logs["peak_device_memory_mib"] = device / MIB

    def _pause(self) -> bool:
        """Stop the clock: what follows is no training. Returns whether it was running."""
        was_running = self._started is not None
        if was_running:
            self.seconds += time.perf_counter() - self._started
            self._started = None
        return was_running

    def _go_on(self) -> None:
        self._started = time.perf_counter()


def batches_done(callback: keras.callbacks.Callback, batch: int) -> int:
    """How many batches of an epoch are over, where Keras calls back with this one.

    Of several that are executed together, `steps_per_execution`, it is the last, and at the end of
    an epoch one that there is no more.
    """
    return min(batch + 1, callback.params.get("steps") or math.inf)


@contextlib.contextmanager
def not_training(model: keras.Model) -> Iterator[None]:
    """Inside, the clocks that measure the training of this model stand still."""
    clocks = [clock for clock in list(_clocks) if clock._model is model]
    stopped = [clock for clock in clocks if clock._pause()]
    try:
        yield
    finally:
        for clock in stopped:
            clock._go_on()


def _peak_memory() -> int:
    """The most bytes that the process has held in memory so far."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _peak_device_memory() -> int:
    """The most bytes that an accelerator has held so far; 0 where there is none or it is not
    told."""
    if keras.backend.backend() == "jax":
        import jax

        told = [device.memory_stats() or {} for device in jax.local_devices()]
        return max(memory.get("peak_bytes_in_use", 0) for memory in told)
    if keras.backend.backend() == "tensorflow":
        from mlm_tf._startup import tf

        devices = tf.config.list_logical_devices("GPU")
        told = [tf.config.experimental.get_memory_info(device.name) for device in devices]
        return max((memory["peak"] for memory in told), default=0)
    return 0
