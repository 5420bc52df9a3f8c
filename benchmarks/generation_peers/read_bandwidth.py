"""How many bytes a second all cores together read from memory: the best of several ways.

The array is far larger than any cache, and each way reads every byte of it once. What a way costs
in arithmetic hides behind the reading; the best way counts, so that the limit is a strict one.
"""

import json
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from timing import job


def ways(array: np.ndarray, pool: ThreadPoolExecutor) -> dict[str, Callable]:
    """By name, functions that read the array once. array: (rows, 1024) float32."""
    vector = np.ones(array.shape[1], np.float32)
    parts = np.array_split(array.reshape(-1), os.cpu_count())
    found = {
        "NumPy, matrix times vector": lambda: array @ vector,
        "NumPy, a dot product a core": lambda: list(pool.map(lambda x: np.dot(x, x), parts)),
        "NumPy, a largest a core": lambda: list(pool.map(np.max, parts)),
    }
    try:
        import torch
    except ImportError:
        return found
    torch.set_num_threads(os.cpu_count())
    tensor, ones = torch.from_numpy(array), torch.ones(array.shape[1])
    return found | {
        "PyTorch, matrix times vector": lambda: tensor @ ones,
        "PyTorch, sum": tensor.sum,
    }


def main() -> None:
    asked = job()
    array = np.full((asked["megabytes"] * 2**20 // 4096, 1024), 0.5, np.float32)
    best = {}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, read in ways(array, pool).items():
            for _ in range(asked["repeats"] + 1):  # the first one is not measured
                started = time.perf_counter()
                read()
                rate = array.nbytes / (time.perf_counter() - started) / 1e9
                best[name] = [*best.get(name, []), rate]
    rates = {name: max(values[1:]) for name, values in best.items()}
    way = max(rates, key=rates.get)
    print(json.dumps({"GB/s": rates[way], "way": way, "all": rates}))


if __name__ == "__main__":
    main()
