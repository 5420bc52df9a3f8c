"""`fit` with a safety net: the best weights are on disk, and Ctrl-C loses nothing."""

import logging
import math
import os
import pathlib
from dataclasses import dataclass

import keras

from mlm_tf.errors import InvalidArgumentError, MissingFileError
from mlm_tf.training.progress import TokenProgress

logger = logging.getLogger("mlm_tf")


@dataclass(frozen=True)
class TrainingResult:
    """What `fit_and_keep_best` did.

    Attributes:
        history: lists with one value an evaluation, as `fit` returns them, and `tokens`.
        path: the file with the best weights.
        best: the least validation loss, in nats a token; None if none was measured.
        interrupted: whether Ctrl-C ended the training.
        tokens_per_second: speed of training, without the evaluations.
        seconds: time spent on training steps.
    """

    history: dict[str, list[float]]
    path: pathlib.Path
    best: float | None
    interrupted: bool
    tokens_per_second: float
    seconds: float


def fit_and_keep_best(
    model: keras.Model,
    training_data,
    validation_data,
    path: str | os.PathLike,
    epochs: int = 1,
    evaluations_per_epoch: int = 1,
    overwrite: bool = False,
    description: str = "training",
    progress: bool = True,
) -> TrainingResult:
    """Train a compiled model, evaluate it in between, and keep the best version in a file.

    After each evaluation that is better than all before, the whole model is saved (beside, and
    then renamed, so that the file is always whole). At the end the model has those best weights.
    Ctrl-C ends the training early with the best weights so far, and a warning says where they
    are; without any evaluation yet, the weights of that moment are saved.

    This is `model.fit` with Keras's `ModelCheckpoint` and a progress bar; whoever wants more
    calls `fit`.

    Args:
        model: compiled.
        training_data: what `pipeline.windows` returns; each epoch is one pass over it.
        validation_data: likewise, with `shuffle=False`.
        path: a `.keras` file in a folder that exists.
        epochs: how often to go through the training data.
        evaluations_per_epoch: how often to evaluate within each epoch, at equal distances.
        overwrite: whether a file that is already there may be replaced.
        description: what stands before the progress bar.
        progress: whether to show it.

    Raises:
        InvalidArgumentError: a number below 1, more evaluations than batches, a name that does
            not end in `.keras`, or a file that exists.
        MissingFileError: the folder does not exist.

    Example:

    >>> import pathlib, tempfile
    >>> from mlm_tf import TextPipeline, build_model
    >>> texts = ["the cat sat on the mat", "the dog sat on the log"] * 8
    >>> pipeline = TextPipeline.fit(texts)
    >>> model = build_model("lstm", pipeline=pipeline, hidden_dim=8, seed=0)
    >>> model.compile("adam")
    >>> result = fit_and_keep_best(
    ...     model,
    ...     pipeline.windows(texts, length=8, batch_size=4),
    ...     pipeline.windows(texts, length=8, batch_size=4, shuffle=False),
    ...     pathlib.Path(tempfile.mkdtemp()) / "cats.keras",
    ...     epochs=2,
    ...     progress=False,
    ... )
    >>> result.history["tokens"], result.interrupted, result.path.name
    ([96, 192], False, 'cats.keras')
    """
    path = pathlib.Path(path)
    steps = len(training_data)
    _check(path, overwrite, epochs, evaluations_per_epoch, steps)
    (batch_shape,) = {tuple(spec.shape) for spec in training_data.element_spec[1:2]}
    bar = TokenProgress(description, batch_shape[0] * batch_shape[1], visible=progress)
    keeper = keras.callbacks.ModelCheckpoint(path, monitor="val_loss", save_best_only=True)
    interrupted = False
    try:
        model.fit(
            training_data.repeat(),
            epochs=epochs * evaluations_per_epoch,
            steps_per_epoch=steps // evaluations_per_epoch,
            validation_data=validation_data,
            callbacks=[bar, keeper],
            verbose=0,
        )
    except KeyboardInterrupt:
        interrupted = True
        bar.close()
    history = model.history.history if model.history else {}
    best = min(filter(math.isfinite, history.get("val_loss", ())), default=None)
    if best is None:
        model.save(path)
    else:
        model.load_weights(path)
    if interrupted:
        logger.warning(
            "Training was interrupted after %s tokens; the %s weights so far are in %s.",
            f"{bar.tokens:,}",
            "latest" if best is None else "best",
            path,
        )
    return TrainingResult(history, path, best, interrupted, bar.tokens_per_second, bar.seconds)


def _check(path, overwrite, epochs, evaluations_per_epoch, steps) -> None:
    for name, value in (("epochs", epochs), ("evaluations_per_epoch", evaluations_per_epoch)):
        if not isinstance(value, int) or value < 1:
            raise InvalidArgumentError(f"{name}={value!r} is not allowed; use an integer >= 1.")
    if evaluations_per_epoch > steps:
        raise InvalidArgumentError(
            f"evaluations_per_epoch={evaluations_per_epoch}, but an epoch has {steps} batches; "
            "use at most that."
        )
    if path.suffix != ".keras":
        raise InvalidArgumentError(
            f"path={str(path)!r} is no model file; use a name that ends in .keras."
        )
    if not path.parent.is_dir():
        raise MissingFileError(
            f"path={str(path)!r} lies in a folder that does not exist; make the folder first."
        )
    if path.exists() and not overwrite:
        raise InvalidArgumentError(
            f"path={str(path)!r} exists; choose another name, or pass overwrite=True."
        )
