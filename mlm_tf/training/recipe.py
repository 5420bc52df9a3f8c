"""The recipe that made the models here beat counting, and training by it."""

import dataclasses
import functools
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import keras

from mlm_tf.checks import check_choice, check_integer, check_number
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.training.fit import (
    KEEP,
    TrainingResult,
    fit_and_keep_best,
    number_of_batches,
)
from mlm_tf.training.losses import SmoothedCrossentropy
from mlm_tf.training.metrics import perplexities
from mlm_tf.training.run import Run, data_fingerprint, model_fingerprints
from mlm_tf.training.schedules import WarmupStableDecay

WARMUP_FRACTION = 0.05
DECAY_FRACTION = 0.2  # of a schedule that is stable in between
WEIGHT_DECAY = 0.01
GRADIENT_NORM = 1.0


@dataclass(frozen=True)
class Recipe:
    """How a model is trained.

    Attributes:
        epochs: how often the training data is gone through.
        evaluations_per_epoch: how often the validation data is, within each of them; at most once
            a batch.
        optimizer: a name that `make_optimizer` knows; by default the one that the model declares
            as `suited_optimizer`, or else `"adamw"`.
        learning_rate: the highest; by default that optimizer's own.
        label_smoothing: see `SmoothedCrossentropy`; 0 is the plain cross-entropy.
        schedule: how the learning rate falls; see `make_optimizer`.
    """

    epochs: int = 1
    evaluations_per_epoch: int = 2
    optimizer: str | None = None
    learning_rate: float | None = None
    label_smoothing: float = 0.0
    schedule: str = "cosine"

    def __post_init__(self):
        check_integer("epochs", self.epochs)
        check_integer("evaluations_per_epoch", self.evaluations_per_epoch)
        name = "adamw" if self.optimizer is None else self.optimizer
        _check_optimizer(name, self.learning_rate)
        check_number("label_smoothing", self.label_smoothing, least=0, below=1)
        check_choice("schedule", self.schedule, SCHEDULES)


def train(
    model: keras.Model,
    training_data,
    validation_data,
    recipe: Recipe,
    output: str | os.PathLike,
    overwrite: bool = False,
    description: str = "training",
    progress: bool = True,
    keep: str = "best",
    callbacks: Sequence[keras.callbacks.Callback] = (),
    checkpoints: bool = True,
    resume: bool = True,
    arguments: Mapping[str, object] | None = None,
) -> TrainingResult:
    """Compile a model as the recipe says, and fit it; see `fit_and_keep_best`.

    A training whose process was killed, at any moment, goes on where the same lines run again, from
    the last of the checkpoints that it writes after each evaluation. On one device of a processor
    it ends with weights that are equal, bit for bit, to those of a training that was never stopped.
    Model and data have to be made anew by the same lines, with a seed.

    Beside the loss the validation perplexity is measured, over all tokens and over those that the
    pipeline knows; of a classifier, of texts or of words, the accuracy.

    Args:
        model: what `build_model` returns, or another whose `compile` needs no loss.
        training_data: what `pipeline.windows` or `pipeline.rows` returns, of texts whose number is
            known: the schedule ends with the last batch.
        validation_data: likewise, with `shuffle=False`.
        recipe: how.
        output: the `.keras` file for the model with the weights that are kept; the training keeps
            its checkpoints in a folder beside it, `name.run`, until it is done. Or a folder, by a
            name without an ending, which stays: `model.keras`, `run.json` (what was told, versions,
            results), `curves.csv` and `checkpoints/`.
        overwrite: whether what is already there may be replaced. An unfinished training that was
            told the same is gone on with nevertheless; another is replaced, and a warning says so.
        description: what stands before the progress bar.
        progress: whether to show it.
        keep: which weights, see `fit_and_keep_best`.
        callbacks: further ones, as for `fit`; what they remember is in the checkpoints.
        checkpoints: whether there are any.
        resume: whether an unfinished training is gone on with.
        arguments: others that decide the training, as numbers and strings by their names; where
            one of them changed, an unfinished training is not gone on with.

    Raises:
        InvalidArgumentError: if the recipe holds what cannot work, the training data is a text
            stream, `output` is no name of a new model file, or its folder holds a training that
            was told something else, which is named.
        MissingFileError: the folder does not exist.
        InvalidFileError: if a checkpoint or `run.json` is damaged, or the callbacks are others.

    Example:

    >>> import pathlib, tempfile
    >>> from mlm_tf import TextPipeline, build_model
    >>> texts = ["the cat sat on the mat", "the dog sat on the log"] * 8
    >>> pipeline = TextPipeline.fit(texts)
    >>> result = train(
    ...     build_model("lstm", pipeline=pipeline, hidden_dim=8, seed=0),
    ...     pipeline.windows(texts, length=8, batch_size=4),
    ...     pipeline.windows(texts, length=8, batch_size=4, shuffle=False),
    ...     Recipe(epochs=2, evaluations_per_epoch=1),
    ...     pathlib.Path(tempfile.mkdtemp()) / "cats.keras",
    ...     progress=False,
    ... )
    >>> result.path.name, len(result.history["val_known_perplexity"])
    ('cats.keras', 2)
    """
    batches = number_of_batches(training_data)
    if batches is None:
        raise InvalidArgumentError(
            "training_data is a text stream, and the schedule of a recipe ends with its last "
            "batch, which is not known; write a token file, or compile the model and call "
            "fit_and_keep_best."
        )
    name = recipe.optimizer or getattr(model, "suited_optimizer", None) or "adamw"
    steps = batches * recipe.epochs
    optimizer = make_optimizer(name, steps, recipe.learning_rate, recipe.schedule)
    has_labels = hasattr(model, "num_classes") or len(training_data.element_spec[1].shape) == 1
    pipeline = getattr(model, "output_pipeline", None)
    if hasattr(model, "num_classes"):  # whose variables are there before the step is traced
        metrics = [keras.metrics.SparseCategoricalAccuracy(name="accuracy")]
    else:
        metrics = ["accuracy"] if has_labels else perplexities(pipeline)
    smoothing = recipe.label_smoothing
    loss = SmoothedCrossentropy(smoothing) if smoothing else "auto"
    how = {
        "epochs": recipe.epochs,
        "evaluations_per_epoch": min(recipe.evaluations_per_epoch, batches),
        "description": description,
        "progress": progress,
        "keep": check_choice("keep", keep, KEEP),  # before a run is replaced
        "callbacks": callbacks,
    }
    data = training_data, validation_data
    if not checkpoints:
        model.compile(optimizer, loss, weighted_metrics=metrics)
        return fit_and_keep_best(model, *data, output, overwrite=overwrite, **how)
    told = {
        **(arguments or {}),
        **dataclasses.asdict(recipe),
        "keep": keep,
        "training data": data_fingerprint(training_data),
        "validation data": data_fingerprint(validation_data),
        **model_fingerprints(model),
    }
    run = Run(output, told, overwrite, resume)
    model.compile(optimizer, loss, weighted_metrics=metrics)
    with run.in_progress():
        path = run.model_path
        how["checkpoints"] = run.checkpoints
        result = fit_and_keep_best(model, *data, path, overwrite=True, **how)
        run.end(result)
    return result


def make_optimizer(
    name: str,
    num_steps: int,
    learning_rate: float | None = None,
    schedule: str = "cosine",
) -> keras.optimizers.Optimizer:
    """An optimizer of Keras's with warm-up, decay, weight decay and gradient clipping.

    The learning rate rises from 0 over the first twentieth of the steps and falls along a
    cosine to 0 at the last one, the gradient's length is kept under 1, and each step shrinks
    the weights by 0.01 times the learning rate. All of it is Keras's own, so the result is saved
    with the model and needs nothing of this package, unless another schedule is asked for. After
    the last step the rate stays at 0, also of a model that is loaded again: whoever goes on with it
    gives it a new schedule, with `renew_optimizer`.

    Args:
        name: `"adamw"`, for any model and best for recurrent ones; `"muon"`, which makes the
            update of each matrix of a block orthogonal (embeddings and vectors get AdamW at
            half the rate), for attention.
        num_steps: batches in the whole training; the schedule ends there.
        learning_rate: the highest one; by default 0.01 for `"adamw"` and 0.02 for `"muon"`.
        schedule: `"cosine"`; `"warmup_stable_decay"`, which falls in the last fifth of the steps
            alone, see `WarmupStableDecay`; or `"constant"`, which does not fall.

    Raises:
        InvalidArgumentError: for a name, schedule, number of steps or rate that cannot work.

    Example:

    >>> optimizer = make_optimizer("adamw", num_steps=100)
    >>> type(optimizer).__name__, optimizer.get_config()["learning_rate"]["class_name"]
    ('AdamW', 'CosineDecay')

    Reference: Loshchilov & Hutter 2019 (AdamW); Jordan et al. 2024 and Liu et al. 2025 (Muon);
    Loshchilov & Hutter 2017 (the cosine).
    """
    _check_optimizer(name, learning_rate)
    check_choice("schedule", schedule, SCHEDULES)
    num_steps = check_integer("num_steps", num_steps)
    make, default = OPTIMIZERS[name]
    rate = SCHEDULES[schedule](default if learning_rate is None else learning_rate, num_steps)
    return make(rate, weight_decay=WEIGHT_DECAY, global_clipnorm=GRADIENT_NORM)


def _cosine(learning_rate: float, num_steps: int):
    warmup_steps = int(WARMUP_FRACTION * num_steps)
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0 if warmup_steps else learning_rate,
        decay_steps=num_steps - warmup_steps,
        warmup_target=learning_rate if warmup_steps else None,
        warmup_steps=warmup_steps,
    )


def _stable(learning_rate: float, num_steps: int, decay_fraction: float = DECAY_FRACTION):
    warmup_steps, decay_steps = (int(f * num_steps) for f in (WARMUP_FRACTION, decay_fraction))
    stable_steps = num_steps - warmup_steps - decay_steps
    return WarmupStableDecay(learning_rate, warmup_steps, stable_steps, decay_steps)


def _check_optimizer(name, learning_rate) -> None:
    check_choice("optimizer", name, OPTIMIZERS)
    if learning_rate is not None:
        check_number("learning_rate", learning_rate, above=0)


def renew_optimizer(model: keras.Model, optimizer: keras.optimizers.Optimizer | str) -> None:
    """Compile a model anew with another optimizer, and keep its loss, its metrics and the rest.

    That is how one goes on with a trained model, on the same text or on another: the schedule of
    `make_optimizer` has ended with the training that it was made for, and is saved with the model.
    The moments of the old optimizer are forgotten.

    Args:
        model: compiled, or loaded from a file that was.
        optimizer: as `model.compile` takes it.

    Raises:
        InvalidArgumentError: if the model was never compiled.

    Example:

    >>> import numpy as np
    >>> from mlm_tf import build_model
    >>> model = build_model("gru", vocabulary_size=9, hidden_dim=4, seed=0)
    >>> model.compile(make_optimizer("adamw", num_steps=1), weighted_metrics=["accuracy"])
    >>> x = np.array([[1, 2, 3]])
    >>> _ = model.fit(x, x, verbose=0)
    >>> float(model.optimizer.learning_rate)
    0.0
    >>> renew_optimizer(model, make_optimizer("adamw", num_steps=100))
    >>> sorted(model.fit(x, x, epochs=2, verbose=0).history)
    ['accuracy', 'loss']
    """
    if not getattr(model, "compiled", False):
        raise InvalidArgumentError(
            "The model was never compiled, so it has no loss and no metrics to keep; use "
            "model.compile(optimizer)."
        )
    settings = model._compile_config.config  # what `compile` was called with, as it was
    model.compile(**{**settings, "optimizer": optimizer})


def _muon(schedule, weight_decay, global_clipnorm):
    return keras.optimizers.Muon(
        schedule,
        weight_decay=weight_decay,
        adam_weight_decay=weight_decay,
        adam_lr_ratio=0.5,
        global_clipnorm=global_clipnorm,
    )


# name: (how it is made, its default learning rate)
OPTIMIZERS = {"adamw": (keras.optimizers.AdamW, 0.01), "muon": (_muon, 0.02)}
SCHEDULES = {
    "cosine": _cosine,
    "warmup_stable_decay": _stable,
    "constant": functools.partial(_stable, decay_fraction=0.0),
}
