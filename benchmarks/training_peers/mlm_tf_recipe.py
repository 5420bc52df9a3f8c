"""mlm_tf, with the backend that KERAS_BACKEND names: a training by `train` and a recipe."""

import math
import os
import pathlib
import tempfile
import time

import keras
import numpy as np
from mlm_tf_models import EVALUATED_AT_ONCE, build, training_data
from timing import all_windows, job, report

from mlm_tf._startup import tf
from mlm_tf.training import Recipe, train


def main() -> None:
    asked = job()
    how = {"epochs": 1, "evaluations_per_epoch": 1, "jit_compile": asked["jit_compile"]}
    recipe = Recipe(**how, **asked["recipe"])
    text = np.load(asked["data"])
    started = time.perf_counter()
    if recipe.precision is not None:
        keras.config.set_dtype_policy(recipe.precision)
    model = build(asked)
    with tempfile.TemporaryDirectory() as folder:
        result = train(
            model,
            training_data(text, in_batches(asked, recipe.accumulation_steps)),
            validation_data(text["validation"], asked["length"]),
            recipe,
            pathlib.Path(folder) / "model.keras",
            progress=False,
            keep="last",
            checkpoints=False,
        )
    report(
        ["keras", keras.backend.backend()],
        loss=math.log(result.history["val_perplexity"][-1]),  # smoothed labels are none of it
        seconds=time.perf_counter() - started,
        parameters=model.count_params(),
    )


def in_batches(asked: dict, accumulation_steps: int) -> dict:
    """So many batches for each update, of the windows that would be one batch."""
    return asked | {
        "steps": asked["steps"] * accumulation_steps,
        "batch": asked["batch"] // accumulation_steps,
    }


def validation_data(ids: np.ndarray, length: int):
    """Windows one behind the other, in which every token but the first counts."""
    x, y, counts = all_windows(ids, length)
    windows = tf.data.Dataset.from_tensor_slices((x, y, counts.astype("float32")))
    return windows.batch(EVALUATED_AT_ONCE)


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    main()
