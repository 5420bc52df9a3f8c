"""`fit` with a safety net: the best weights are on disk, and Ctrl-C loses nothing."""

import contextlib
import logging
import math
import os
import pathlib
import signal
import tempfile
import threading
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import keras

from mlm_tf._startup import tf
from mlm_tf.checks import check_choice, check_integer, check_new_file, check_path
from mlm_tf.errors import InvalidArgumentError, MlmError
from mlm_tf.preprocessing.windows import own_errors
from mlm_tf.training.checkpoints import Checkpoints, checkpoints_in
from mlm_tf.training.distribution import is_writer, wait_for_all
from mlm_tf.training.progress import TokenProgress

if TYPE_CHECKING:
    from mlm_tf.training.recipe import Recipe

logger = logging.getLogger("mlm_tf")

KEEP = ("best", "last")


@dataclass(frozen=True)
class TrainingResult:
    """What `fit_and_keep_best` did.

    Attributes:
        history: lists with one value an evaluation, as `fit` returns them, and `tokens`.
        path: the file with the weights that were kept.
        best: the figures by name of the evaluation that these weights are of, as in `history`; None
            before any.
        interrupted: whether Ctrl-C ended the training.
        tokens_per_second: speed of training, without the evaluations.
        seconds: time spent on training steps.
        recipe: the one that `train` used, with all that the model declared.
    """

    history: dict[str, list[float]]
    path: pathlib.Path
    best: dict[str, float] | None
    interrupted: bool
    tokens_per_second: float
    seconds: float
    recipe: "Recipe | None" = None


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
    keep: str = "best",
    callbacks: Sequence[keras.callbacks.Callback] = (),
    checkpoints: str | os.PathLike | None = None,
    max_steps: int | None = None,
    checkpoint_minutes: float = 5.0,
) -> TrainingResult:
    """Train a compiled model, evaluate it in between, and keep the best version in a file.

    After each evaluation that is better than all before, the whole model is saved (beside, and
    then renamed, so that the file is always whole). The measure is the validation perplexity, or
    the validation loss of a model compiled without it; Keras's loss is a mean over batches, in
    which a last batch that is mostly padding counts as much as a full one. At the end the model
    has those best weights. With `keep="last"` every evaluation counts as better than those before,
    unless its measure is infinite or NaN: what a model writes may go on becoming better when its
    perplexity no longer does. Ctrl-C ends the training early, after the batch at hand, with the
    best weights so far, and a warning says where they are; without any evaluation yet, the weights
    of that moment are saved. A loss that is infinite or NaN ends it too, by an error.

    This is `model.fit` with a few callbacks; whoever wants another loop calls `fit`.

    Args:
        model: compiled.
        training_data: what `pipeline.windows` returns; each epoch is one pass over it.
        validation_data: likewise, with `shuffle=False`.
        path: a `.keras` file in a folder that exists.
        epochs: how often to go through the training data.
        evaluations_per_epoch: how often to evaluate within each epoch, at equal distances; of a
            text stream, whose end is not known, only once, at its end.
        overwrite: whether a file that is already there may be replaced.
        description: what stands before the progress bar.
        progress: whether to show it, and where a training goes on from.
        keep: "best" or "last": which weights, as above.
        callbacks: further ones, as for `fit`; they find `tokens` among the figures of an epoch.
        checkpoints: a folder for `Checkpoints`; where it holds some, the training goes on from the
            newest, as if it had never been stopped, and may replace the file.
        max_steps: the training ends after so many batches at most, with an evaluation; the others
            stand at about the distances that they would have.
        checkpoint_minutes: after so many minutes a checkpoint is written between two evaluations
            too, behind a batch.

    Where the model was compiled with several `steps_per_execution`, an execution ends at each
    evaluation, which therefore stand at multiples of it. The number of batches is the same
    nevertheless: what is left over at the end is the last execution.

    Of a model whose optimizer keeps a moving average of the weights (`use_ema`) that is what is
    evaluated and saved, and what the callbacks find when an epoch ends.

    Raises:
        InvalidArgumentError: a number below 1, more evaluations than batches, a name that does
            not end in `.keras`, a file that exists, what is no data set with an end, or a
            callback of Keras's that would undo what is done here.
        MissingFileError: the folder does not exist.
        InvalidFileError: (while it is read) a text stream is not UTF-8, or damaged.
        MlmError: the loss is no finite number any more; the model has the weights kept so far.
        OSError: a file cannot be written, as where the disk is full; those before it are whole.

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
    check_choice("keep", keep, KEEP)
    check_data(training_data=training_data, validation_data=validation_data)
    check_callbacks(callbacks, _has_schedule(model.optimizer), checkpoints is not None)
    is_begun = checkpoints is not None and bool(checkpoints_in(checkpoints))
    path = check_model_path(path, overwrite or is_begun)
    epochs = check_integer("epochs", epochs)
    evaluations_per_epoch = check_integer("evaluations_per_epoch", evaluations_per_epoch)
    at_once = getattr(model, "steps_per_execution", None) or 1
    passes = _passes(training_data, epochs, evaluations_per_epoch, max_steps, at_once)
    targets = targets_of(training_data)
    number, distance = passes["epochs"], passes.get("steps_per_epoch")
    batches = _batches(passes)
    bar = TokenProgress(description, targets, progress, batches)
    keeper, history = _KeepBest(path, keep), keras.callbacks.History()
    finite = _EndsWhereNotFinite(bar)
    everything = [*_averaging(model), bar, *callbacks, finite, keeper, history]
    writer = None
    if checkpoints is not None:
        remembering = [callback for callback in everything if callback is not finite]
        writer = Checkpoints(checkpoints, remembering, checkpoint_minutes)
        everything.append(writer)
        if batches is None:
            raise InvalidArgumentError(
                "checkpoints are not written while a text stream is read, which cannot be gone on "
                "with at a batch; use a token file, or leave checkpoints out."
            )
        writer.resume(model)
        if progress and is_begun:
            print(f"{description} goes on after {bar.tokens:,} tokens, from {writer.folder}.")
    interrupted = False
    with ctrl_c_between_batches() as interrupt:
        if writer is not None:
            writer.interrupt = interrupt

        def fit(passes: dict, *ending) -> None:
            before = 0 if writer is None else writer.evaluations * distance + writer.step
            with own_errors(training_data, validation_data), warnings.catch_warnings():
                # Keras says so of every stream whose end it did not know.
                warnings.filterwarnings("ignore", "Your input ran out of data", UserWarning)
                model.fit(
                    **passes,
                    validation_data=validation_data,
                    callbacks=[_Tells(before, _batches(passes)), *everything, *ending, interrupt],
                    shuffle=False,  # the data has an order of its own
                    verbose=0,
                )

        try:
            if writer is not None and writer.step:  # first to the end of the epoch that was cut
                rest = _going_on(writer, training_data, passes)
                model.evaluate(rest["x"].take(1), verbose=0)  # so that the metrics are made
                fit(rest, _EndsAfterEpoch())
                wait_for_all("the epoch that was cut is over")
                writer.resume(model)
            if writer is not None:
                passes = _going_on(writer, training_data, passes)
            if passes.get("initial_epoch", 0) < number:
                fit(passes)
        except KeyboardInterrupt:
            interrupted = True
        except _NotFinite:
            pass
        finally:
            bar.close()
        if keeper.best is not None:
            wait_for_all("the best weights are written")
            model.load_weights(path)
        elif finite.said is None:
            _save(model, path)
        interrupted = interrupted or interrupt.pressed
    if finite.said is not None:
        raise MlmError(f"{finite.said}; {_what_is_left(keeper, checkpoints)}")
    if interrupted:
        logger.warning(
            "Training was interrupted after %s tokens; the %s weights so far are in %s%s.",
            f"{bar.tokens:,}",
            "latest" if keeper.best is None else keep,
            path,
            ""
            if writer is None or not checkpoints_in(checkpoints)
            else "; the same lines go on from there",
        )
    return TrainingResult(
        history.history, path, keeper.best, interrupted, bar.tokens_per_second, bar.seconds
    )


def check_data(**datasets) -> None:
    """Raise for what is no `tf.data.Dataset`, or one without an end."""
    for name, data in datasets.items():
        if not hasattr(data, "element_spec"):
            raise InvalidArgumentError(
                f"{name} is of type {type(data).__name__}, and a data set of batches is needed; "
                "use what pipeline.windows or pipeline.rows returns, or a tf.data.Dataset."
            )
        if data.cardinality() == tf.data.INFINITE_CARDINALITY:
            raise InvalidArgumentError(
                f"{name} has no end; leave repeat() out, and say how often it is gone through by "
                "epochs."
            )


def check_callbacks(callbacks: Sequence, has_schedule: bool, has_checkpoints: bool) -> None:
    """Raise for those of Keras's that would undo what is done here, or could not do their work."""
    undone = {
        "SwapEMAWeights": "would put the weights themselves in the place of their average again, "
        "which is evaluated anyway where an optimizer has use_ema",
    }
    if has_schedule:
        sets = "sets the learning rate, which a schedule does here, as that of a recipe"
        undone |= {"ReduceLROnPlateau": sets, "LearningRateScheduler": sets}
    if has_checkpoints:
        undone["BackupAndRestore"] = (
            "would bring back weights of its own in the place of those of the last checkpoint, "
            "from which a training goes on by itself"
        )
    for callback in callbacks:
        for name, why in undone.items():
            if isinstance(callback, getattr(keras.callbacks, name)):
                raise InvalidArgumentError(f"{type(callback).__name__} {why}; leave it out.")


def targets_of(data) -> int:
    """In a batch; of a data set whose batches are of different sizes in the first."""
    shape = data.element_spec[1].shape
    return math.prod(shape if shape.is_fully_defined() else next(iter(data))[1].shape)


def number_of_batches(data) -> int | None:
    """How many batches an epoch has; `None` of a text stream, whose end is not known."""
    unknown = tf.data.UNKNOWN_CARDINALITY
    return None if data.cardinality() == unknown else len(data)


def _averaging(model: keras.Model) -> list[keras.callbacks.Callback]:
    """Puts the moving average of the weights in their place where an epoch ends, if there is one.

    It stands first, so that whatever is done then, saving too, is done to the average.
    """
    is_kept = getattr(_inner(model.optimizer), "use_ema", False)
    return [keras.callbacks.SwapEMAWeights(swap_on_epoch=True)] if is_kept else []


def _inner(optimizer):
    """The optimizer itself, within the one that scales the loss of float16 as well."""
    return getattr(optimizer, "inner_optimizer", optimizer)


def _passes(
    training_data, epochs: int, evaluations: int, max_steps: int | None, at_once: int
) -> dict:
    """The arguments of `fit` for so many evaluations an epoch: each ends one of Keras's epochs.

    Keras executes so many steps at once also where fewer are left in an epoch, unless the data
    ends: so each but the last has a multiple of them, and the data ends with the last.
    """
    steps = number_of_batches(training_data)
    if steps is None:
        if evaluations > 1:
            raise InvalidArgumentError(
                f"evaluations_per_epoch={evaluations}, but how many batches an epoch of a text "
                "stream is not known; use 1, or a token file."
            )
        return {"x": training_data, "epochs": epochs}
    if evaluations > steps:
        raise InvalidArgumentError(
            f"evaluations_per_epoch={evaluations}, but an epoch has {steps} batches; use at most "
            "that."
        )
    number, distance = epochs * evaluations, steps // evaluations
    if max_steps is not None and max_steps < number * distance:
        number = max(1, max_steps // distance)
        distance = max_steps // number
    x, batches = training_data.repeat(), number * distance
    distance = math.ceil(distance / at_once) * at_once
    if batches % distance:
        x = x.take(batches)
    return {"x": x, "epochs": math.ceil(batches / distance), "steps_per_epoch": distance}


def _batches(passes: dict) -> int | None:
    """How many there are in all; `None` of a text stream."""
    if "steps_per_epoch" not in passes:
        return None
    known = int(passes["x"].cardinality())  # negative where it is repeated without end
    left = passes["epochs"] - passes.get("initial_epoch", 0)
    return known if known > 0 else left * passes["steps_per_epoch"]


def _going_on(writer: Checkpoints, training_data, passes: dict) -> dict:
    """The same from where the checkpoints end; in the middle of an epoch, with what is left of it
    for the length of all."""
    steps, batches = passes["steps_per_epoch"], _batches(passes)
    done = passes["epochs"] if writer.is_over else writer.evaluations
    first = min(done * steps + writer.step, batches)
    if hasattr(training_data, "from_batch"):
        stream = training_data.from_batch(first)
    else:
        stream = training_data.repeat().skip(first)
        if first:
            logger.warning(
                "The data set is read again from its beginning to batch %s; unless its order is "
                "the same each time, that is not where the training stopped.",
                f"{first:,}",
            )
    if batches % steps:
        stream = stream.take(batches - first)
    left = min(steps - writer.step, batches - first)
    return {**passes, "x": stream, "initial_epoch": done, "steps_per_epoch": left}


def _what_is_left(keeper: "_KeepBest", checkpoints) -> str:
    """After a training that failed, and what to do."""
    left = "nothing was evaluated before, so nothing is kept"
    if keeper.best is not None:
        kept = "last" if keeper.keeps_last else "best"
        left = f"the {kept} weights before are in {keeper.path}"
    found = [] if checkpoints is None else checkpoints_in(checkpoints)
    if found:
        left += f", and the last checkpoint is {found[-1]}"
    return f"{left}; use a smaller learning_rate (--learning-rate) or global_clipnorm."


class _Tells(keras.callbacks.Callback):
    """Tells the others what Keras does not, in the `params` that they share: how many batches there
    were before, of a training that goes on; and that the last of Keras's epochs, in which the data
    ends, has fewer steps.

    Args:
        before: as it says.
        batches: of all epochs; `None` where that is not known.
    """

    def __init__(self, before: int, batches: int | None):
        super().__init__()
        self.before, self.left = before, batches

    def on_train_begin(self, logs=None):
        self.params["before"] = self.before

    def on_epoch_begin(self, epoch, logs=None):
        if self.left is not None:
            self.params["steps"] = min(self.params["steps"], self.left)
            self.left -= self.params["steps"]


class _EndsAfterEpoch(keras.callbacks.Callback):
    """Ends `fit`, which was told of all epochs, after one."""

    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = True


class _NotFinite(Exception):
    """Out of `fit`."""


class _EndsWhereNotFinite(keras.callbacks.Callback):
    """Ends the training where its loss is infinite or NaN, which no step would change.

    Keras's `TerminateOnNaN` ends it as if it were over.

    Args:
        bar: knows the step.

    Attributes:
        said: what happened, if it did.
    """

    def __init__(self, bar: TokenProgress):
        super().__init__()
        self.bar, self.said = bar, None

    def on_train_batch_end(self, batch, logs=None):
        self._check("loss", logs)

    def on_epoch_end(self, epoch, logs=None):
        self._check("val_loss", logs)

    def _check(self, name: str, logs: dict) -> None:
        loss = logs.get(name, 0.0)
        if not math.isfinite(loss):
            step = self.bar.tokens // self.bar.tokens_per_batch
            rate = _rate(self.model.optimizer, step - 1)
            which = {"loss": "loss", "val_loss": "validation loss"}[name]
            self.said = f"The {which} is {loss} at step {step:,}, at a learning rate of {rate:.3g}"
            raise _NotFinite


def _rate(optimizer, step: int) -> float:
    """The learning rate of a step, the first being 0."""
    optimizer = _inner(optimizer)
    rate = optimizer._learning_rate
    return float(rate(step) if _has_schedule(optimizer) else optimizer.learning_rate)


def _has_schedule(optimizer) -> bool:
    rate = getattr(_inner(optimizer), "_learning_rate", None)  # there is none before `compile`
    return isinstance(rate, keras.optimizers.schedules.LearningRateSchedule)


def _save(model: keras.Model, path: pathlib.Path) -> None:
    """Save a model. Of several processes all do, since what Keras makes meanwhile it makes on the
    devices of all; the first keeps the file."""
    if is_writer():
        model.save(path)
        return
    with tempfile.TemporaryDirectory() as folder:
        model.save(pathlib.Path(folder) / path.name)


class _KeepBest(keras.callbacks.Callback):
    """Saves the model whenever its validation perplexity is the least so far, or whatever it is.

    Keras's `ModelCheckpoint` wants to know beforehand which measure there will be.
    """

    def __init__(self, path: pathlib.Path, keep: str = "best"):
        super().__init__()
        self.path, self.best, self.keeps_last = path, None, keep == "last"

    def get_state(self) -> dict:
        return {"best": self.best}

    def set_state(self, state: dict) -> None:
        self.best = state["best"] if self.path.exists() else None

    def on_epoch_end(self, epoch, logs=None):
        measure = "val_perplexity" if "val_perplexity" in logs else "val_loss"
        any_is_better = self.best is None or self.keeps_last
        least = math.inf if any_is_better else self.best[measure]
        if logs[measure] < least:  # false for NaN
            try:
                _save(self.model, self.path)
            except OSError as error:  # a full disk
                raise OSError(f"{self.path} cannot be written ({error}); make room.") from error
            self.best = dict(logs)


class _CtrlC(keras.callbacks.Callback):
    """Raises KeyboardInterrupt after a batch during which Ctrl-C was pressed."""

    def __init__(self):
        super().__init__()
        self.pressed = False

    def on_train_batch_end(self, batch, logs=None):
        if self.pressed:
            raise KeyboardInterrupt

    on_test_batch_end = on_train_batch_end


@contextlib.contextmanager
def ctrl_c_between_batches() -> Iterator[_CtrlC]:
    """A callback to which Ctrl-C is reported instead of interrupting whatever line is at work.

    Keras catches every exception while it waits for the figures of a batch, on JAX for most of the
    time, and a KeyboardInterrupt raised there is lost. The second Ctrl-C does what it always did.
    """
    callback = _CtrlC()
    before = signal.getsignal(signal.SIGINT)
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or before in (signal.SIG_IGN, None):
        yield callback  # signals reach the main thread only; ignored, as behind nohup, or not ours
        return

    def press(signum, frame):
        callback.pressed = True
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, press)
    try:
        yield callback
    finally:
        signal.signal(signal.SIGINT, before)


def check_model_path(path: str | os.PathLike, overwrite: bool = False) -> pathlib.Path:
    """The path of a model file that may be written; raises as `fit_and_keep_best` says."""
    path = check_path("path", path)
    if path.suffix != ".keras":
        raise InvalidArgumentError(
            f"path={str(path)!r} is no model file; use a name that ends in .keras."
        )
    return check_new_file(path, overwrite)
