"""What every contestant's script does: read its job, time its generation, print one line of JSON.

These scripts run with an interpreter in which this package is not installed, so they import
nothing of it.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from importlib import metadata

import numpy as np

FEWEST_CALLS, MOST_CALLS = 2, 100


def job() -> dict:
    """What the parent asks for, the only argument of the script."""
    return json.loads(sys.argv[1])


def report(generate: Callable, asked: dict, packages: list[str], **more) -> None:
    """Times `generate` at each batch size and prints what was found.

    Args:
        generate: takes prompts (batch, prompt_length) of int32 and returns ids
            (batch, prompt_length + new_tokens), the prompts first.
        asked: the job.
        packages: whose versions are printed.
        more: what else is to be printed: `weights`, how many numbers are read for a token.
    """
    found = []
    for batch_size in asked["batch_sizes"]:
        prompts = np.random.default_rng(0).integers(
            1, asked["shape"]["vocabulary_size"], (batch_size, asked["prompt_length"]), "int32"
        )
        first = seconds_of(generate, prompts, asked)
        seconds_of(generate, prompts, asked)
        calls = []
        while len(calls) < FEWEST_CALLS or (
            sum(calls) < asked["seconds"] and len(calls) < MOST_CALLS
        ):
            calls.append(seconds_of(generate, prompts, asked))
        rate = batch_size * asked["new_tokens"] / statistics.median(calls)
        found.append({"batch": batch_size, "tokens/s": rate, "first call, s": first})
    versions = {name: metadata.version(name) for name in packages}
    print(json.dumps({"runs": found, "versions": versions, **more}))


def seconds_of(generate: Callable, prompts: np.ndarray, asked: dict) -> float:
    started = time.perf_counter()
    ids = np.asarray(generate(prompts))  # on a device the call ends when the ids are here
    seconds = time.perf_counter() - started
    length = asked["prompt_length"] + asked["new_tokens"]
    if ids.shape != (len(prompts), length) or (ids[:, : prompts.shape[1]] != prompts).any():
        raise SystemExit(f"The ids have shape {ids.shape}, not {len(prompts)} rows of {length}.")
    return seconds
