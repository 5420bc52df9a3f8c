"""What the training scripts share: the job, the data, the clock, and the line of JSON at the end.

These scripts run with interpreters in which this package may not be installed, so they import
nothing of it.
"""

import json
import resource
import sys
import time
from importlib import metadata

import numpy as np

WORDS = 100_000  # of a text that is drawn


def job() -> dict:
    """What the parent asks for, the only argument of the script."""
    return json.loads(sys.argv[1])


def report(packages: list[str], **figures) -> None:
    """Print what was found."""
    versions = {name: metadata.version(name) for name in packages}
    print(json.dumps({"versions": versions, **figures}))


def processor_seconds() -> float:
    """Of all threads of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class Clock:
    """The seconds since it was made, of the wall and of the processor, and those of steps.

    It is made once all imports are done; what follows counts, up to the last step.
    """

    def __init__(self):
        self._wall, self._processor = time.perf_counter(), processor_seconds()
        self.steps: list[float] = []  # when each one that was waited for ended

    def step_ends(self) -> None:
        """Note a step whose figures are there."""
        self.steps.append(time.perf_counter() - self._wall)

    def figures(self, tokens: int, first: int = 1) -> dict:
        """What was measured.

        Args:
            tokens: how many were trained on between one noted step and the next.
            first: the steps from which on the speed counts.
        """
        steps = self.steps
        spent = steps[-1] - steps[first] if len(steps) > first + 1 else None
        return {
            "seconds": steps[-1],
            "processor seconds": processor_seconds() - self._processor,
            "first step, s": steps[0],
            "second step, s": steps[1] if len(steps) > 1 else None,
            "tokens/s": tokens * (len(steps) - first - 1) / spent if spent else None,
        }


def windows_at(ids: np.ndarray, starts: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray]:
    """The windows that begin at `starts`, and the token after each of theirs.

    >>> x, y = windows_at(np.arange(9), np.array([[0, 4]]), length=3)
    >>> x.tolist(), y.tolist()
    ([[[0, 1, 2], [4, 5, 6]]], [[[1, 2, 3], [5, 6, 7]]])
    """
    places = starts[..., None] + np.arange(length)
    return ids[places], ids[places + 1]


def drawn_windows(ids: np.ndarray, asked: dict) -> tuple[np.ndarray, np.ndarray]:
    """`steps` batches of windows at random places, in the same order for every contestant."""
    size = (asked["steps"], asked["batch"])
    starts = np.random.default_rng(asked["seed"]).integers(len(ids) - asked["length"], size=size)
    return windows_at(ids, starts, asked["length"])  # (steps, B, T) each


def shuffled_windows(ids: np.ndarray, asked: dict) -> tuple[np.ndarray, np.ndarray]:
    """`steps` batches of windows that each epoch cuts one behind the other, from another place of
    the text, and shuffles.

    >>> asked = {"steps": 2, "batch": 2, "length": 2, "seed": 0}
    >>> x, y = shuffled_windows(np.arange(8), asked)
    >>> x.shape, bool((x[..., 1:] == y[..., :-1]).all()), len({*x[0, :, 0], *x[1, :1, 0]})
    ((2, 2, 2), True, 3)
    """
    length, needed = asked["length"], asked["steps"] * asked["batch"]
    random = np.random.default_rng(asked["seed"])
    starts = np.empty(0, int)
    while len(starts) < needed:
        epoch = np.arange(random.integers(length), len(ids) - length, length)
        starts = np.concatenate([starts, random.permutation(epoch)])
    return windows_at(ids, starts[:needed].reshape(-1, asked["batch"]), length)


def drawn_words(asked: dict) -> tuple[np.ndarray, np.ndarray]:
    """The same of a text that is drawn too, for what is there for speed alone."""
    ids = np.random.default_rng(asked["seed"]).integers(asked["vocabulary_size"], size=WORDS)
    return drawn_windows(ids, {**asked, "seed": 1})


def all_windows(ids: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Contiguous windows in which every token but the first is a target once, and which count.

    >>> x, y, counts = all_windows(np.arange(6), length=3)
    >>> x.tolist(), y.tolist(), counts.astype(int).tolist()
    ([[0, 1, 2], [3, 4, 0]], [[1, 2, 3], [4, 5, 0]], [[1, 1, 1], [1, 1, 0]])
    """
    targets = len(ids) - 1
    missing = -targets % length

    def cut(values):
        return np.pad(values, (0, missing)).reshape(-1, length)

    return cut(ids[:-1]), cut(ids[1:]), cut(np.ones(targets, bool))
