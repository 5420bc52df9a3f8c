"""The recipe that made the models here beat counting, and training by it."""

import dataclasses
import functools
import inspect
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import keras

from mlm_tf.checks import check_boolean, check_choice, check_integer, check_number, shown
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.training.budget import steps_in
from mlm_tf.training.distribution import is_alone
from mlm_tf.training.fit import (
    KEEP,
    TrainingResult,
    check_callbacks,
    check_data,
    check_model_path,
    fit_and_keep_best,
    number_of_batches,
    targets_of,
)
from mlm_tf.training.losses import SmoothedCrossentropy
from mlm_tf.training.metrics import perplexities
from mlm_tf.training.optimizers import AdamW, Muon
from mlm_tf.training.run import Run, data_fingerprint, kept_folder, model_fingerprints
from mlm_tf.training.schedules import PerUpdate, WarmupStableDecay
from mlm_tf.training.watching import Watching

WARMUP_RATIO = 0.05
DECAY_FRACTION = 0.2  # of a schedule that is stable in between
WEIGHT_DECAY = 0.01
GRADIENT_NORM = 1.0
_FAR = 1_000_000  # updates, after which a schedule ends that is not to end


@dataclass(frozen=True)
class Recipe:
    """How a model is trained; every part of it has a default, and some depend on the model.

    A step is one batch. Where gradients are accumulated, an update is several of them.

    Attributes:
        epochs: how often the training data is gone through; by default once, or as often as a
            budget takes.
        evaluations_per_epoch: how often the validation data is, within each of them; at most once
            a batch.
        optimizer: a name that `make_optimizer` knows; by default the one that the model declares
            as `suited_optimizer`, or else `"adamw"`.
        learning_rate: the highest; by default that optimizer's own.
        label_smoothing: see `SmoothedCrossentropy`; 0 is the plain cross-entropy.
        schedule: how the learning rate falls; see `make_optimizer`.
        warmup_ratio: the share of all updates over which the rate rises from 0.
        weight_decay: what share of the matrices (kernels and embeddings, neither biases nor the
            scales of normalisation), times the rate, every update takes from them.
        global_clipnorm: the length that the gradient of all weights together may have; `None` for
            any.
        ema_momentum: a number below 1, as 0.999: beside the weights their exponential moving
            average is kept, of which each step replaces `1 - ema_momentum`, and it is the average
            that is evaluated and saved. `None` for the weights themselves.
        accumulation_steps: batches whose mean gradient makes one update: that of one batch so many
            times as large, if every one of them has as many targets. What is left over at the
            end of the training makes none.
        precision: "float32", "mixed_bfloat16" or "mixed_float16", a dtype policy of Keras's; by
            default what the model was built with, `keras.config.set_dtype_policy(precision)`. For
            float16 Keras scales the loss.
        max_tokens: the training ends after so many targets, padding included, where the epochs do
            not end it before.
        max_minutes: the training ends after about so many minutes of training steps (compiling and
            evaluations come on top): how many steps these are is measured over a few at its
            beginning, and fixed then.
        steps_per_execution: batches that Keras computes in one call, which saves the work between
            them, of small models a large part. What happens between batches (callbacks, Ctrl-C,
            checkpoints, a look at the loss) happens between these calls, and so do evaluations,
            each at the next multiple; as many batches are computed as without.
        jit_compile: whether XLA compiles the steps; by default Keras decides: on JAX and on a GPU
            it does, with TensorFlow on a processor it does not.

    Example:

    >>> print(Recipe(epochs=2, optimizer="muon", global_clipnorm=None))
    epochs=2, evaluations_per_epoch=2, optimizer=muon, label_smoothing=0.0, schedule=cosine, \
warmup_ratio=0.05, weight_decay=0.01, accumulation_steps=1, steps_per_execution=1
    """

    epochs: int | None = None
    evaluations_per_epoch: int = 2
    optimizer: str | None = None
    learning_rate: float | None = None
    label_smoothing: float = 0.0
    schedule: str = "cosine"
    warmup_ratio: float = WARMUP_RATIO
    weight_decay: float = WEIGHT_DECAY
    global_clipnorm: float | None = GRADIENT_NORM
    ema_momentum: float | None = None
    accumulation_steps: int = 1
    precision: str | None = None
    max_tokens: int | None = None
    max_minutes: float | None = None
    steps_per_execution: int = 1
    jit_compile: bool | None = None

    def __post_init__(self):
        check_integer("evaluations_per_epoch", self.evaluations_per_epoch)
        check_number("label_smoothing", self.label_smoothing, least=0, below=1)
        _check_optimizer(
            "adamw" if self.optimizer is None else self.optimizer, **self.of_optimizer()
        )
        if self.epochs is not None:
            check_integer("epochs", self.epochs)
        if self.precision is not None:
            check_choice("precision", self.precision, PRECISIONS)
        if self.max_tokens is not None:
            check_integer("max_tokens", self.max_tokens)
        if self.max_minutes is not None:
            check_number("max_minutes", self.max_minutes, above=0)
        check_integer("steps_per_execution", self.steps_per_execution)
        if self.jit_compile is not None:
            check_boolean("jit_compile", self.jit_compile)

    def __str__(self):
        given = dataclasses.asdict(self).items()
        return ", ".join(f"{name}={value}" for name, value in given if value is not None)

    def for_model(self, model: keras.Model) -> "Recipe":
        """The same, with what the model declares where nothing was given.

        Raises:
            InvalidArgumentError: if the model was built with another precision.
        """
        policy = model.dtype_policy.name
        if self.precision not in (None, policy):
            raise InvalidArgumentError(
                f"precision={self.precision!r}, but the model was built with {policy!r}; call "
                f"keras.config.set_dtype_policy({self.precision!r}) before it is built."
            )
        name = self.optimizer or getattr(model, "suited_optimizer", None) or "adamw"
        has_budget = self.max_tokens is not None or self.max_minutes is not None
        return dataclasses.replace(
            self,
            epochs=1 if self.epochs is None and not has_budget else self.epochs,
            optimizer=name,
            learning_rate=OPTIMIZERS[name][1] if self.learning_rate is None else self.learning_rate,
            precision=policy if policy in PRECISIONS else None,
        )

    def of_optimizer(self) -> dict:
        """The arguments of `make_optimizer` but for the first two."""
        return {name: getattr(self, name) for name in OF_OPTIMIZER}


def train(
    model: keras.Model,
    training_data,
    validation_data,
    recipe: Recipe | str = "auto",
    output: str | os.PathLike | None = None,
    overwrite: bool = False,
    description: str = "training",
    progress: bool = True,
    keep: str = "best",
    callbacks: Sequence[keras.callbacks.Callback] = (),
    checkpoints: bool = True,
    resume: bool = True,
    arguments: Mapping[str, object] | None = None,
    checkpoint_minutes: float = 5.0,
    sample_every: int | None = None,
    sample_prompts: str | Sequence[str] | None = None,
    tensorboard: bool = False,
) -> TrainingResult:
    """Compile a model as the recipe says, and fit it; see `fit_and_keep_best`.

    A training whose process was killed, at any moment, goes on where the same lines run again, from
    the last of the checkpoints that it writes after each evaluation and every few minutes. On one
    device of a processor it ends with weights that are equal, bit for bit, to those of a training
    that was never stopped. Model and data have to be made anew by the same lines, with a seed.

    Beside the loss the validation perplexity is measured, over all tokens and over those that the
    pipeline knows; of a classifier, of texts or of words, the accuracy.

    Args:
        model: what `build_model` returns, or another whose `compile` needs no loss.
        training_data: what `pipeline.windows` or `pipeline.rows` returns, of texts whose number is
            known: the schedule ends with the last batch.
        validation_data: likewise, with `shuffle=False`.
        recipe: how; "auto" is `Recipe()`, what suits the model.
        output: the `.keras` file for the model with the weights that are kept, which has to be
            named; the training keeps its checkpoints in a folder beside it, `name.run`, until it is
            done. Or a folder, by a name without an ending, which stays: `model.keras`, `run.json`
            (what was told, versions, results), `curves.csv` and `curves.png`, `checkpoints/`.
        overwrite: whether what is already there may be replaced. An unfinished training that was
            told the same is gone on with nevertheless; another is replaced, and a warning says so.
        description: what stands before the progress bar.
        progress: whether to show it, and where a training goes on from.
        keep: which weights, see `fit_and_keep_best`.
        callbacks: further ones, as for `fit`; what they remember is in the checkpoints.
        checkpoints: whether there are any.
        resume: whether an unfinished training is gone on with.
        arguments: others that decide the training, as numbers and strings by their names; where
            one of them changed, an unfinished training is not gone on with.
        checkpoint_minutes: how many minutes there are at most between two checkpoints, where the
            evaluations are further apart.
        sample_every: after so many steps each the model writes a text, which is shown, and in a
            folder kept in `samples.txt`: see `TextSamples`.
        sample_prompts: what these texts begin with, one for each; alone it has them written after
            each evaluation.
        tensorboard: whether the figures of each evaluation are kept for TensorBoard too, in
            `tensorboard/` of the folder, by Keras's callback.

    The last three, as all that only watches a training, may be others when it goes on.

    Raises:
        InvalidArgumentError: if the recipe holds what cannot work, the training data is a text
            stream, `output` is no name of a new model file, or its folder holds a training that
            was told something else, which is named.
        MissingFileError: the folder does not exist.
        InvalidFileError: if a checkpoint or `run.json` is damaged, or the callbacks are others.
        MissingDependencyError: if `tensorboard` is asked for and not installed.
        MlmError, OSError: as `fit_and_keep_best`; what is there already stays.

    Example:

    >>> import pathlib, tempfile
    >>> from mlm_tf import TextPipeline, build_model
    >>> texts = ["the cat sat on the mat", "the dog sat on the log"] * 8
    >>> pipeline = TextPipeline.fit(texts)
    >>> result = train(
    ...     build_model("lstm", pipeline=pipeline, hidden_dim=8, seed=0),
    ...     pipeline.windows(texts, length=8, batch_size=4),
    ...     pipeline.windows(texts, length=8, batch_size=4, shuffle=False),
    ...     output=pathlib.Path(tempfile.mkdtemp()) / "cats.keras",
    ...     progress=False,
    ... )
    >>> result.path.name, len(result.history["val_known_perplexity"])
    ('cats.keras', 2)
    >>> result.recipe.optimizer, result.recipe.epochs
    ('adamw', 1)
    """
    check_data(training_data=training_data, validation_data=validation_data)
    check_callbacks(callbacks, has_schedule=True, has_checkpoints=checkpoints)
    batches = number_of_batches(training_data)
    if batches is None:
        raise InvalidArgumentError(
            "training_data is a text stream, and the schedule of a recipe ends with its last "
            "batch, which is not known; write a token file, or compile the model and call "
            "fit_and_keep_best."
        )
    recipe = _given(recipe).for_model(model)
    loss = SmoothedCrossentropy(recipe.label_smoothing) if recipe.label_smoothing else "auto"
    metrics = _metrics(model, training_data)
    how = {  # checked before a run is replaced
        "evaluations_per_epoch": min(recipe.evaluations_per_epoch, batches),
        "description": description,
        "progress": progress,
        "keep": check_choice("keep", keep, KEEP),
        "checkpoint_minutes": check_number("checkpoint_minutes", checkpoint_minutes, least=0),
    }
    _number_of_steps(recipe, training_data, None)
    folder = kept_folder(output) if checkpoints else None
    watching = Watching(sample_every, sample_prompts, tensorboard, output, folder)

    def compile_for(num_steps: int) -> None:
        updates = num_steps // recipe.accumulation_steps
        optimizer = make_optimizer(recipe.optimizer, updates, **recipe.of_optimizer())
        model.compile(
            optimizer,
            loss,
            weighted_metrics=metrics,
            steps_per_execution=recipe.steps_per_execution,
            jit_compile="auto" if recipe.jit_compile is None else recipe.jit_compile,
        )

    def measured() -> int | None:
        """So many steps take `max_minutes`."""
        if recipe.max_minutes is None:
            return None
        if not is_alone():
            raise InvalidArgumentError(
                f"max_minutes={recipe.max_minutes} would be measured by each of several processes "
                "for itself, and they have to make the same steps; use epochs or max_tokens."
            )
        compile_for(_FAR * recipe.accumulation_steps)
        return steps_in(recipe.max_minutes, model, training_data)

    def fitted(path, measured_steps: int | None, **where) -> TrainingResult:
        steps = _number_of_steps(recipe, training_data, measured_steps)
        compile_for(steps)
        epochs = math.ceil(steps / batches)
        if steps < epochs * batches:
            where["max_steps"] = steps
        where["callbacks"] = [*callbacks, *watching.begin()]
        result = fit_and_keep_best(
            model, training_data, validation_data, path, epochs, **how, **where
        )
        watching.end()
        return dataclasses.replace(result, recipe=recipe)

    if not checkpoints:
        path = check_model_path(output, overwrite)  # before anything is measured
        return fitted(path, measured(), overwrite=overwrite)
    told = {
        **(arguments or {}),
        **dataclasses.asdict(recipe),
        "keep": keep,
        "training data": data_fingerprint(training_data),
        "validation data": data_fingerprint(validation_data),
        **model_fingerprints(model),
    }
    run = Run(output, told, overwrite, resume)
    with run.in_progress():
        steps = run.measured_once(measured)
        result = fitted(run.model_path, steps, overwrite=True, checkpoints=run.checkpoints)
        run.end(result)
    return result


def _given(recipe) -> Recipe:
    if isinstance(recipe, Recipe):
        return recipe
    if not isinstance(recipe, str) or recipe != "auto":
        raise InvalidArgumentError(f"recipe={shown(recipe)} is none; use 'auto' or a Recipe.")
    return Recipe()


def _metrics(model, training_data) -> list:
    """What a model is measured by beside its loss."""
    if hasattr(model, "num_classes"):  # whose variables are there before the step is traced
        return [keras.metrics.SparseCategoricalAccuracy(name="accuracy")]
    if len(training_data.element_spec[1].shape) == 1:
        return ["accuracy"]
    return perplexities(getattr(model, "output_pipeline", None))


def _number_of_steps(recipe: Recipe, training_data, measured: int | None) -> int:
    """Batches until the epochs or the budget end, whatever is first."""
    targets = targets_of(training_data)  # of a batch
    limits = [] if measured is None else [measured]
    if recipe.epochs is not None:
        limits.append(recipe.epochs * number_of_batches(training_data))
    if recipe.max_tokens is not None:
        limits.append(recipe.max_tokens // targets)
    least = recipe.accumulation_steps
    steps = min(limits, default=least)  # minutes that are yet to be measured
    if steps < least:
        raise InvalidArgumentError(
            f"{recipe} gives {steps} batches of {targets} targets, fewer than the {least} of one "
            "update; use more text, more epochs or a larger budget, or smaller batches."
        )
    return steps


def make_optimizer(
    name: str,
    num_steps: int,
    learning_rate: float | None = None,
    schedule: str = "cosine",
    warmup_ratio: float = WARMUP_RATIO,
    weight_decay: float = WEIGHT_DECAY,
    global_clipnorm: float | None = GRADIENT_NORM,
    ema_momentum: float | None = None,
    accumulation_steps: int = 1,
) -> keras.optimizers.Optimizer:
    """An optimizer with warm-up, decay, weight decay and gradient clipping.

    The learning rate rises from 0 over the first twentieth of the steps and falls along a
    cosine to 0 at the last one, the gradient's length is kept under 1, and each step shrinks
    kernels and embeddings by 0.01 times the learning rate, biases and the scales of normalisation
    not. It computes what Keras's own does, in fewer operations, and is saved with the model. After
    the last step the rate stays at 0, also of a model that is loaded again: whoever goes on with it
    gives it a new schedule, with `renew_optimizer`.

    Args:
        name: `"adamw"`, for any model and best for recurrent ones; `"muon"`, which makes the
            update of each matrix of a block orthogonal (embeddings and vectors get AdamW at
            half the rate), for attention.
        num_steps: updates in the whole training, one a batch unless gradients are accumulated; the
            schedule ends there.
        learning_rate: the highest one; by default 0.01 for `"adamw"` and 0.02 for `"muon"`.
        schedule: `"cosine"`; `"warmup_stable_decay"`, which falls in the last fifth of the steps
            alone, see `WarmupStableDecay`; or `"constant"`, which does not fall.
        warmup_ratio, weight_decay, global_clipnorm, ema_momentum, accumulation_steps: see `Recipe`.
            With `ema_momentum` the average is what the model has when `fit` ends; before,
            `keras.callbacks.SwapEMAWeights` evaluates it.

    Raises:
        InvalidArgumentError: for a name, schedule, number of steps or rate that cannot work.

    Example:

    >>> optimizer = make_optimizer("adamw", num_steps=100)
    >>> type(optimizer).__name__, optimizer.get_config()["learning_rate"]["class_name"]
    ('AdamW', 'CosineDecay')

    Reference: Loshchilov & Hutter 2019 (AdamW); Jordan et al. 2024 and Liu et al. 2025 (Muon);
    Loshchilov & Hutter 2017 (the cosine); Polyak & Juditsky 1992 (the average).
    """
    num_steps = check_integer("num_steps", num_steps)
    _check_optimizer(
        name,
        learning_rate,
        schedule,
        warmup_ratio,
        weight_decay,
        global_clipnorm,
        ema_momentum,
        accumulation_steps,
    )
    make, default = OPTIMIZERS[name]
    highest = default if learning_rate is None else learning_rate
    rate = SCHEDULES[schedule](highest, num_steps, int(warmup_ratio * num_steps))
    settings = {
        "weight_decay": weight_decay,
        "decay_matrices_only": True,
        "global_clipnorm": global_clipnorm,
    }
    if ema_momentum is not None:
        settings |= {"use_ema": True, "ema_momentum": ema_momentum}
    if accumulation_steps > 1:
        rate = PerUpdate(rate, accumulation_steps)
        settings["gradient_accumulation_steps"] = accumulation_steps
    return make(rate, **settings)


def _cosine(learning_rate: float, num_steps: int, warmup_steps: int):
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0 if warmup_steps else learning_rate,
        decay_steps=num_steps - warmup_steps,
        warmup_target=learning_rate if warmup_steps else None,
        warmup_steps=warmup_steps,
    )


def _stable(
    learning_rate: float, num_steps: int, warmup_steps: int, decay_fraction: float = DECAY_FRACTION
):
    decay_steps = min(int(decay_fraction * num_steps), num_steps - warmup_steps)
    stable_steps = num_steps - warmup_steps - decay_steps
    return WarmupStableDecay(learning_rate, warmup_steps, stable_steps, decay_steps)


def _check_optimizer(
    name,
    learning_rate,
    schedule,
    warmup_ratio,
    weight_decay,
    global_clipnorm,
    ema_momentum,
    accumulation_steps,
) -> None:
    check_choice("optimizer", name, OPTIMIZERS)
    check_choice("schedule", schedule, SCHEDULES)
    check_number("warmup_ratio", warmup_ratio, least=0, below=1)
    check_number("weight_decay", weight_decay, least=0)
    check_integer("accumulation_steps", accumulation_steps)
    if learning_rate is not None:
        check_number("learning_rate", learning_rate, above=0)
    if global_clipnorm is not None:
        check_number("global_clipnorm", global_clipnorm, above=0)
    if ema_momentum is not None:
        check_number("ema_momentum", ema_momentum, least=0, below=1)


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


def _muon(schedule, weight_decay, **settings):
    return Muon(
        schedule,
        weight_decay=weight_decay,
        adam_weight_decay=weight_decay,
        adam_lr_ratio=0.5,
        **settings,
    )


# name: (how it is made, its default learning rate)
OPTIMIZERS = {"adamw": (AdamW, 0.01), "muon": (_muon, 0.02)}
SCHEDULES = {
    "cosine": _cosine,
    "warmup_stable_decay": _stable,
    "constant": functools.partial(_stable, decay_fraction=0.0),
}
OF_OPTIMIZER = tuple(inspect.signature(make_optimizer).parameters)[2:]
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")
