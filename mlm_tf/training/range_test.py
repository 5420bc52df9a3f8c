"""The learning-rate range test: which rates a model learns from, found before it is trained."""

import contextlib
import functools
import logging
import math
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import keras
import numpy as np
from keras import ops

from mlm_tf import viz
from mlm_tf.checks import check_boolean, check_integer, check_number, shown
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.preprocessing.windows import own_errors
from mlm_tf.training.fit import ctrl_c_between_batches
from mlm_tf.training.recipe import OPTIMIZERS, make_optimizer

logger = logging.getLogger("mlm_tf")

MEMORY = 0.9  # of the loss that decides whether the test has diverged: some ten batches
FAR_ABOVE = 4  # times its least: diverged
WIDTH = 0.02  # of the bell that smooths the losses afterwards, as a share of the steps


@dataclass(frozen=True, eq=False)
class RangeTest:
    """What `find_learning_rate` saw.

    Attributes:
        learning_rates: of each step that was made, rising.
        losses: of each of these steps, before it changed the weights; all finite.
        has_diverged: whether the test ended since the loss was far above its least, or no number;
            else it ended at the highest rate.
    """

    learning_rates: np.ndarray
    losses: np.ndarray
    has_diverged: bool

    @functools.cached_property
    def _capped(self) -> np.ndarray:
        """What is worse than at the start says no more than that, and shall not blur what is
        near."""
        return np.minimum(self.losses, self.losses[: max(1, len(self.losses) // 10)].max())

    @functools.cached_property
    def smoothed(self) -> np.ndarray:
        """The losses, each a mean over its neighbours on both sides, so that no rate is moved; what
        is worse than the first tenth of them counts as the worst of these."""
        from scipy.ndimage import gaussian_filter1d

        width = max(1.0, WIDTH * len(self.losses))
        return gaussian_filter1d(self._capped, width, mode="nearest")

    @property
    def lowest(self) -> float:
        """The rate at which the smoothed loss was least."""
        return float(self.learning_rates[self.smoothed.argmin()])

    @property
    def steepest(self) -> float:
        """The rate, up to the lowest, at which the smoothed loss fell fastest."""
        falls = np.diff(self.smoothed[: self.smoothed.argmin() + 1])
        return float(self.learning_rates[falls.argmin() if len(falls) else 0])

    @property
    def suggestion(self) -> float | None:
        """A tenth of the lowest; `None` where the loss did not fall by more than it varies.

        At the lowest the harm of too large a step has come up with what is learned, and the highest
        rate of a schedule has to stay below that for hundreds of steps. Others go by `steepest`: a
        derivative, which moves with the noise of a few batches.
        """
        place = self.smoothed.argmin()
        noise = np.std((self._capped - self.smoothed)[: place + 1])
        if self.smoothed[0] - self.smoothed[place] <= noise:
            return None
        return self.lowest / 10

    def plot(self, path: str | os.PathLike | None = None):
        """Draw the losses over the rates; see `viz.learning_rate_range`.

        Args:
            path: where to write it as a PNG; `None` writes nothing.

        Returns:
            A `matplotlib.figure.Figure`.
        """
        marks = {"lowest loss at": self.lowest}
        if self.suggestion is not None:
            marks = {"suggestion": self.suggestion, **marks}
        title = "Learning-rate range test"
        data = self.learning_rates, self.losses, self.smoothed
        return viz.learning_rate_range(*data, marks, title, path)


def find_learning_rate(
    model: keras.Model,
    training_data,
    optimizer: "str | keras.optimizers.Optimizer | None" = None,
    min_learning_rate: float = 1e-6,
    max_learning_rate: float = 10.0,
    num_steps: int = 200,
    progress: bool = True,
) -> RangeTest:
    """Train for some steps whose rate rises by the same factor at each, and look at the loss.

    While the rate is too small nothing happens; then the loss falls, and where it is too large it
    rises again, until the test ends since the loss is four times its least, or no number. What the
    rates are for that a training can use is seen in its plot; one is suggested.

    The model is afterwards what it was: its weights, its random states, its optimizer, and how it
    was compiled, or that it was not; after Ctrl-C too. The test is made with a new optimizer of the
    same settings, whose rate has no schedule. The data is not moved on, if it is what
    `pipeline.windows` and its like return; another data set that shuffles counts one epoch more.

    Args:
        model: built; compiled, or such that its `compile` needs no loss.
        training_data: what `fit` takes, such as `pipeline.windows(...)`; or a tuple of arrays
            `(x, y)` or `(x, y, sample_weight)`, gone through in their order, in batches of 32.
        optimizer: by default the one that the model was compiled with; of a model that was not, the
            one that `train` would take. A name means what it means in a `Recipe`, if it is known
            there, or else what it means to Keras.
        min_learning_rate, max_learning_rate: of the first step and of the last.
        num_steps: how many. Where `steps_per_execution` or `gradient_accumulation_steps` make one
            step of several batches, as many times more batches.
        progress: whether to show how far it is.

    Raises:
        InvalidArgumentError: for rates or a number of steps that cannot work, a model without
            weights, an optimizer that is unknown, or where not even the first loss is a number.

    Example:

    >>> from mlm_tf import TextPipeline, build_model
    >>> texts = ["the cat sat on the mat", "the dog sat on the log"] * 8
    >>> pipeline = TextPipeline.fit(texts)
    >>> model = build_model("lstm", pipeline=pipeline, hidden_dim=8, seed=0)
    >>> data = pipeline.windows(texts, length=8, batch_size=4)
    >>> found = find_learning_rate(model, data, num_steps=100, progress=False)
    >>> 1e-6 < found.suggestion < 1.0, model.compiled
    (True, False)

    Reference: Smith 2017, arXiv:1506.01186, section 3.3 (the test); Gugger 2018, "How do you find a
    good learning rate" (the exponential, when to stop, and the tenth).
    """
    low = check_number("min_learning_rate", min_learning_rate, above=0)
    high = check_number("max_learning_rate", max_learning_rate, above=low)
    rates = np.geomspace(low, high, check_integer("num_steps", num_steps, least=10))
    check_boolean("progress", progress)
    if not model.built:
        raise InvalidArgumentError(
            f"{type(model).__name__} has no weights yet, and could not be given back as it is; "
            "build it first, as by calling it once."
        )
    with _given_back(model):
        _compile(model, optimizer, low)
        with _bar(len(rates), progress) as advance:
            steps = RisingRate(rates, advance)
            _fit(model, training_data, steps)
    if not steps.losses:
        raise InvalidArgumentError(
            f"The first loss is {steps.last}, so that there is nothing to compare with; look at "
            "the weights of the model and at the data."
        )
    return RangeTest(rates[: len(steps.losses)], np.array(steps.losses), steps.has_diverged)


@contextlib.contextmanager
def _given_back(model: keras.Model) -> Iterator[None]:
    """Inside, a model may be compiled and trained; afterwards it is what it was."""
    attributes = dict(vars(model))
    variables = [*model.variables, *model.metrics_variables]
    values = [np.array(ops.convert_to_numpy(variable)) for variable in variables]
    try:
        yield
    finally:
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
        for name in vars(model).keys() - attributes.keys():
            del vars(model)[name]
        vars(model).update(attributes)


def _compile(model: keras.Model, optimizer, learning_rate: float) -> None:
    """With the same loss, no metrics, and a new optimizer at a rate of its own."""
    settings = dict(model._compile_config.config) if model.compiled else {}
    if optimizer is None:
        optimizer = model.optimizer if model.compiled else getattr(model, "suited_optimizer", None)
    optimizer = _without_schedule(_as_optimizer(optimizer or "adamw"), learning_rate)
    none = {"metrics": [], "weighted_metrics": []}  # with `None` the old ones would stay
    model.compile(**{**settings, **none, "optimizer": optimizer})
    if model.loss is None and not settings.get("loss"):
        raise InvalidArgumentError(
            f"{type(model).__name__} was compiled without a loss, or not at all; compile it first."
        )


def _as_optimizer(optimizer) -> keras.optimizers.Optimizer:
    if isinstance(optimizer, str) and optimizer in OPTIMIZERS:
        return make_optimizer(optimizer, num_steps=1)  # its schedule is left out
    try:
        return keras.optimizers.get(optimizer)
    except ValueError as error:
        raise InvalidArgumentError(
            f"optimizer={shown(optimizer)} is not allowed; use {', '.join(OPTIMIZERS)}, a name "
            "that Keras knows, or an optimizer of Keras's."
        ) from error


def _without_schedule(optimizer, learning_rate: float) -> keras.optimizers.Optimizer:
    """A new one of the same settings, whose rate is a number that can be changed."""
    inner = getattr(optimizer, "inner_optimizer", None)  # it scales the loss of float16
    if inner is not None:
        return type(optimizer)(_without_schedule(inner, learning_rate))
    return type(optimizer).from_config({**optimizer.get_config(), "learning_rate": learning_rate})


def _fit(model: keras.Model, training_data, steps: "RisingRate") -> None:
    """Until `steps` ends it."""
    batches = len(steps.rates) * model.steps_per_execution * _accumulated(model)
    how = {"x": training_data, "epochs": batches}  # at least one batch in each
    if isinstance(training_data, tuple):
        x, y, weight = keras.utils.unpack_x_y_sample_weight(training_data)
        how |= {"x": x, "y": y, "sample_weight": weight}
    elif hasattr(training_data, "element_spec"):
        begins_anew = hasattr(training_data, "from_batch")  # its next epoch stays what it would be
        endless = training_data.from_batch(0) if begins_anew else training_data.repeat()
        how = {"x": endless, "steps_per_epoch": batches}
    with own_errors(training_data), ctrl_c_between_batches() as interrupt:
        model.fit(**how, callbacks=[steps, interrupt], shuffle=False, verbose=0)
    if interrupt.pressed:
        raise KeyboardInterrupt


def _accumulated(model: keras.Model) -> int:
    """How many batches are one step of the optimizer."""
    return getattr(model.optimizer, "gradient_accumulation_steps", None) or 1


class RisingRate(keras.callbacks.Callback):
    """Gives each step its rate, and notes its loss."""

    def __init__(self, rates: np.ndarray, advance: Callable[[], None]):
        super().__init__()
        self.rates, self.advance = rates, advance
        self.losses, self.has_diverged, self.last = [], False, None
        self._of_step, self._average, self._least = [], 0.0, math.inf  # the running mean, its least

    def on_train_batch_begin(self, batch, logs=None):
        model = self.model  # asked, Keras brings the variables up to date on JAX
        model.optimizer.learning_rate = self.rates[len(self.losses)]
        model.reset_metrics()  # else the loss would be a mean over all batches so far

    def on_train_batch_end(self, batch, logs=None):
        self._of_step.append(logs["loss"])
        if len(self._of_step) == _accumulated(self._model):
            self._end_step(float(np.mean(self._of_step)))
            self._of_step.clear()

    def _end_step(self, loss: float) -> None:
        self.last = loss
        self.advance()
        if math.isfinite(loss):
            self.losses.append(loss)
            self._average = MEMORY * self._average + (1 - MEMORY) * loss
            average = self._average / (1 - MEMORY ** len(self.losses))
            self._least = min(self._least, average)
            self.has_diverged = average > self._least + (FAR_ABOVE - 1) * abs(self._least)
        else:
            self.has_diverged = True
        if self.has_diverged or len(self.losses) == len(self.rates):
            self._model.stop_training = True


@contextlib.contextmanager
def _bar(total: int, visible: bool) -> Iterator[Callable[[], None]]:
    """A progress bar, and what to call after each step."""
    from rich.progress import Progress

    with Progress(disable=not visible) as bar:
        task = bar.add_task("learning-rate range test", total=total)
        yield lambda: bar.advance(task)
