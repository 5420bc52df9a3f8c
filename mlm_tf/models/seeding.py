"""Starting weights that a number decides."""

import contextlib
import random
import threading
from collections.abc import Iterator

_drawing = threading.RLock()  # of weights: one model at a time, or seeds would mix


@contextlib.contextmanager
def seeded(seed: int | None) -> Iterator[None]:
    """Repeatable starting weights without touching anybody else's random numbers.

    Keras draws the seed of every initializer and dropout layer from Python's `random`.
    """
    if seed is None:
        with _drawing:
            yield
        return
    with _drawing:
        before = random.getstate()
        random.seed(seed)
        try:
            yield
        finally:
            random.setstate(before)
