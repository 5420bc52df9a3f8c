"""Training and measuring: what Keras's `fit` and its kin lack for texts."""

import contextlib
import inspect
import logging
import math
import types
from collections.abc import Iterator

import keras
import numpy as np
from keras import ops

from mlm_tf.checks import fit_weight, shown
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.generation.compile import one_at_a_time, summed_over_replicas, values_kept
from mlm_tf.models.frozen import check_trains
from mlm_tf.models.input_checks import check_batch, check_names, id_limit
from mlm_tf.models.losses import (
    check_loss,
    check_metrics,
    default_loss,
    divides_by_weight,
    ignored_class,
    is_config,
)
from mlm_tf.models.targets import without_ignored
from mlm_tf.models.thread_state import StatePerThread
from mlm_tf.preprocessing.batches import BatchCheck, Part, array_batches, as_array

logger = logging.getLogger("mlm_tf")


class TextTraining(StatePerThread):
    """Mixed into a Keras model of texts: `compile`, `fit`, `evaluate`, `predict`, and by batches.

    A model has `input_names`, all that it reads; `input_sizes`, how many ids there are for each
    input that holds ids; `target_limit`, what its targets may be; `target_axes`, 1 where a row
    has one target, 2 where it has one at each position.
    """

    target_axes = 2

    # === Losses ===

    def compile(
        self,
        optimizer="adam",
        loss="auto",
        loss_weights=None,
        metrics=None,
        weighted_metrics=None,
        **kwargs,
    ):
        """As `keras.Model.compile`; `loss="auto"` is the cross-entropy that fits this model.

        That is `-log p(target)` averaged over the targets whose sample weight is not zero, so
        minimising it is maximum likelihood, and padding counts neither in the sum nor in the
        number divided by. Under a `tf.distribute` strategy the average is over all replicas. With
        `gradient_accumulation_steps` it is one over each batch, and the gradients of batches are
        averaged evenly, however many targets they hold: a limit of Keras's optimizers.

        A sample weight is a number for each row, `(batch,)` or `(batch, 1)`, or for each target,
        `(batch, length)`, whatever the loss. A target of weight 0 may be any number, such as -100.

        Raises:
            InvalidArgumentError: for a loss or a metric that reads probabilities where this model
                gives scores (logits), such as `"sparse_categorical_crossentropy"`, so that it
                would train on nonsense.
        """
        check_loss(loss)
        check_metrics("metrics", metrics)
        check_metrics("weighted_metrics", weighted_metrics)
        if isinstance(loss, str) and loss == "auto":
            loss = default_loss()
        elif is_config(loss):
            loss = keras.losses.get(loss)  # Keras would take it for losses by name
        super().compile(optimizer, loss, loss_weights, metrics, weighted_metrics, **kwargs)

    def compile_as_saved(self, settings: dict) -> None:
        """Compile without refusing, so that every file loads: `fit` then is what it was."""
        try:
            check_loss(settings.get("loss"))
        except InvalidArgumentError as error:
            logger.warning(
                "The model was saved compiled with another loss than it needs: %s", error
            )
        super().compile(**settings)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        by_weight = divides_by_weight(self.loss)
        y, weight, is_wrong, _ = self._targets(y, sample_weight)
        if weight is not None and by_weight:  # the sum of the weights is one over all targets
            weight = ops.broadcast_to(weight, ops.shape(y_pred)[: self.target_axes])
        loss = super().compute_loss(x, y, y_pred, weight, training=training)
        if by_weight:
            counted = ops.ones(ops.shape(y_pred)[:-1]) if weight is None else weight
            loss = loss * share_of_replica(counted)
        if is_wrong is not None:  # of what nobody could look at before: no finite loss hides it
            loss = loss * ops.where(is_wrong, float("nan"), 1.0)
        return loss

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        y, weight, _, is_ignored = self._targets(y, sample_weight)
        if is_ignored is not None:  # by the loss, so by the metrics too
            kept = 1 - ops.cast(is_ignored, keras.config.floatx())
            y, weight = ops.where(is_ignored, 0, y), kept if weight is None else kept * weight
        return super().compute_metrics(x, y, y_pred, weight)

    def _targets(self, y, weight):
        """-> targets, their weight of as many axes, whether one that counts is none, and which are
        left out by the loss itself (each of these `None` where it does not apply)."""
        y, weight = only(y), only(weight)
        if y is None or keras.tree.is_nested(y) or keras.tree.is_nested(weight):
            return y, weight, None, None
        if weight is not None:  # a mask is one, of booleans
            weight = ops.cast(fit_weight(weight, self.target_axes), keras.config.floatx())
        if not self._are_ids(y):
            return y, weight, None, None
        y = y[..., 0] if len(y.shape) > self.target_axes else y
        ignored = ignored_class(self.loss)
        if ignored is None:
            y, is_wrong = without_ignored(y, weight, self.target_limit.size)
            return y, weight, is_wrong, None
        is_ignored = y == ignored
        known, is_wrong = without_ignored(
            ops.where(is_ignored, 0, y), weight, self.target_limit.size
        )
        return ops.where(is_ignored, ignored, known), weight, is_wrong, is_ignored

    # === Whole data sets ===

    def fit(self, x=None, *args, **kwargs):
        """As `keras.Model.fit`, but that ids and targets are looked at before they are computed
        with, and that a training which could change nothing says so.

        Meanwhile other threads may call the model, `predict`, `generate` and `score`; on JAX they
        are answered with the weights of the last epoch's end.
        """
        self.check_not_trained_elsewhere()
        check_trains(self)
        settings = named(super().fit, x, *args, **kwargs)
        if self.compiled:
            warn_of_optimizer(self)
        self.check_given(settings)
        if settings.get("class_weight") is not None:
            settings["class_weight"] = self.checked_class_weight(
                settings["class_weight"], settings.get("sample_weight")
            )
        check = self._check()
        settings = with_validation_data(settings, check)
        settings = with_batches(settings, check, settings.get("shuffle", True))
        if "shuffle" not in settings and is_in_order(settings["x"]):
            settings["shuffle"] = False  # Keras warns otherwise
        values = values_kept(self, getattr(self, "optimizer", None))
        with self.training_here(), check.own_errors(), values, end_of_schedule_said(self):
            return super().fit(**settings)

    def evaluate(self, x=None, *args, **kwargs):
        """As `keras.Model.evaluate`, with the same care."""
        settings = named(super().evaluate, x, *args, **kwargs)
        if settings.get("_use_cached_eval_dataset"):  # `fit` has looked at it
            return super().evaluate(**settings)
        self.check_not_trained_elsewhere()
        self.check_given(settings)
        check = self._check()
        settings = with_batches(settings, check)
        with one_at_a_time(self), check.own_errors(), values_kept(self):
            return super().evaluate(**settings)

    def predict(self, x, *args, **kwargs):
        """As `keras.Model.predict`, with the same care."""
        check = self._check()
        settings = with_batches(named(super().predict, x, *args, **kwargs), check)
        with check.own_errors(), values_kept(self):
            return super().predict(**settings)

    # === Single batches ===

    def train_on_batch(self, x, y=None, sample_weight=None, class_weight=None, return_dict=False):
        """As `keras.Model.train_on_batch`, with the same care."""
        self.check_not_trained_elsewhere()
        check_trains(self)
        sample_weight = self.checked_arrays(x, y, sample_weight)
        if class_weight is not None:
            class_weight = self.checked_class_weight(class_weight, sample_weight)
        with self.training_here():
            return super().train_on_batch(x, y, sample_weight, class_weight, return_dict)

    def test_on_batch(self, x, y=None, sample_weight=None, return_dict=False):
        """As `keras.Model.test_on_batch`, with the same care."""
        sample_weight = self.checked_arrays(x, y, sample_weight)
        self.check_not_trained_elsewhere()
        with one_at_a_time(self):
            return super().test_on_batch(x, y, sample_weight, return_dict)

    def predict_on_batch(self, x):
        """As `keras.Model.predict_on_batch`, with the same care."""
        self.check_token_ids(x)
        return super().predict_on_batch(x)

    # === Checks ===

    def _check(self) -> BatchCheck:
        return BatchCheck(self.checked_arrays, self.batch_parts, self.fitted_weight)

    def __call__(self, inputs, *args, **kwargs):
        self.check_names(inputs)
        return super().__call__(inputs, *args, **kwargs)

    def check_given(self, settings: dict) -> None:
        """Raise if arrays of inputs have no targets beside them."""
        x = settings.get("x")
        is_arrays = isinstance(x, (np.ndarray, dict)) or ops.is_tensor(x)
        if is_arrays and settings.get("y") is None and getattr(self, "loss", None) is not None:
            raise InvalidArgumentError(
                "x is given without y, and a loss compares with targets; pass fit(x, y), or a data "
                "set of both, as pipeline.windows(texts, ...) makes it."
            )

    def checked_class_weight(self, class_weight, sample_weight=None):
        """A class weight as Keras takes it, if this model has classes."""
        raise InvalidArgumentError(
            f"class_weight={shown(class_weight)} weighs classes of texts, and this model predicts "
            "tokens; pass sample_weight, a number for each row or each target."
        )

    def check_names(self, inputs) -> None:
        """Raise if inputs lack what this model reads, or hold what it does not."""
        check_names(inputs, self.input_names)

    def check_token_ids(self, inputs) -> None:
        """Raise if an array of ids holds one outside the vocabulary, or is no batch of rows."""
        self.check_names(inputs)
        for name, size in self.input_sizes.items():
            check_batch(inputs[name] if isinstance(inputs, dict) else inputs, name, size)

    def checked_arrays(self, x, y=None, sample_weight=None):
        """Raise if arrays hold ids, or targets that count, that are none of this model's.

        Returns:
            The weight, of as many axes as the targets.
        """
        self.check_token_ids(x)
        weight = self.fitted_weight(sample_weight)
        targets, weights = as_array(only(y)), as_array(weight)
        if targets is not None and weights is not None:
            check_sizes(targets, weights, self.target_axes)
        for part in self._target_parts(targets, weights):
            part.check()
        return weight

    def fitted_weight(self, weight):
        """A weight of rows or targets, of one form: Keras's compiled functions do not know how
        many axes it has once they have been given both."""
        weight = only(weight)
        if isinstance(weight, (list, tuple)):  # of numbers
            weight = as_array(weight)
        return weight if rank_of(weight) is None else fit_weight(weight, self.target_axes)

    def batch_parts(self, x, y=None, sample_weight=None) -> list[Part]:
        """Where ids stand in a batch of tensors."""
        self.check_names(x)
        parts = []
        for name, size in self.input_sizes.items():
            ids = x[name] if isinstance(x, dict) else x
            parts.append(Part(id_limit(name, size), ids))
        return parts + self._target_parts(only(y), self.fitted_weight(sample_weight))

    def _target_parts(self, y, weight) -> list[Part]:
        if not self._are_ids(y):
            self._check_not_one_hot(y)
            return []
        y = y[..., 0] if len(y.shape) > self.target_axes else y
        return [Part(self.target_limit, y, weight, ignored_class(self.loss))]

    def _check_not_one_hot(self, y) -> None:
        size, rank = self.target_limit.size, rank_of(y)
        is_sparse = isinstance(self.loss, keras.losses.SparseCategoricalCrossentropy)
        if is_sparse and rank == self.target_axes + 1 and y.shape[-1] == size:
            raise InvalidArgumentError(
                f"y has {size} numbers for each target, and this loss reads one integer; pass "
                "y.argmax(axis=-1), or compile with CategoricalCrossentropy(from_logits=True)."
            )

    def _are_ids(self, y) -> bool:
        """Whether targets are ids or labels, and no rows of numbers."""
        rank = rank_of(y)
        if rank == self.target_axes + 1 and y.shape[-1] == 1:
            rank -= 1
        if rank != self.target_axes:
            return False
        is_integer = "int" in getattr(y.dtype, "name", str(y.dtype))
        return is_integer or isinstance(self.loss, keras.losses.SparseCategoricalCrossentropy)


def check_sizes(targets, weights, rank: int) -> None:
    """Raise if there is not a weight for each row, or for each target."""
    if targets.ndim < rank or weights.ndim < rank or not len(weights):
        return  # Keras says what is wrong
    places = list(zip(weights.shape, targets.shape[:rank], strict=False))
    if places[0][0] != places[0][1] or any(here not in (1, there) for here, there in places[1:]):
        raise InvalidArgumentError(
            f"sample_weight has shape {weights.shape}, and y has {targets.shape}; give a number "
            "for each row or each target."
        )


def share_of_replica(weight):
    """What makes a mean over the weights of one replica its part of the mean over those of all:
    Keras gives the replicas of a `tf.distribute` strategy equal parts."""
    here = ops.sum(weight)
    everywhere, replicas = summed_over_replicas(here)
    return 1.0 if replicas == 1 else ops.divide_no_nan(here * replicas, everywhere)


def warn_of_optimizer(model) -> None:
    """Say so if training will change nothing, or count targets unevenly."""
    if has_ended(model.optimizer):
        logger.warning(
            "The learning rate is 0 after %s steps, where the optimizer's schedule has ended, so "
            "this training changes nothing; give the model a new one with "
            "mlm_tf.training.renew_optimizer(model, make_optimizer('adamw', num_steps)).",
            int(model.optimizer.iterations),
        )
    steps = getattr(model.optimizer, "gradient_accumulation_steps", None)
    if steps and divides_by_weight(model.loss):
        logger.warning(
            "gradient_accumulation_steps=%s averages the gradients of batches evenly, so that a "
            "target in a batch with more padding counts more; use larger batches instead where "
            "rows differ much in length.",
            steps,
        )


@contextlib.contextmanager
def end_of_schedule_said(model) -> Iterator[None]:
    """Say afterwards if a schedule ended inside before the last step, so that more of them changed
    nothing."""
    had_ended = not model.compiled or has_ended(model.optimizer)
    yield
    optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    schedule = getattr(optimizer, "_learning_rate", None)
    if had_ended or not isinstance(schedule, keras.optimizers.schedules.LearningRateSchedule):
        return
    if has_ended(optimizer) and float(schedule(int(optimizer.iterations) - 1)) == 0:
        logger.warning(
            "The learning rate became 0 during this training, where the optimizer's schedule "
            "ended, so that its last steps changed nothing; give make_optimizer the number of all "
            "steps, epochs * len(data)."
        )


def has_ended(optimizer) -> bool:
    """Whether the learning rate is 0, and that not because a schedule is about to begin."""
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)  # of one that scales the loss
    rate = getattr(optimizer, "learning_rate", None)
    if rate is None or float(ops.convert_to_numpy(rate)) != 0:
        return False
    is_schedule = isinstance(optimizer.get_config().get("learning_rate"), dict)
    return not is_schedule or int(optimizer.iterations) > 0


# === The arguments of `fit` and its kin ===


def named(method, *args, **kwargs) -> dict:
    """Arguments by their names."""
    given = dict(inspect.signature(method).bind(*args, **kwargs).arguments)
    return given | given.pop("kwargs", {})


def only(values):
    """The array in a list of one: a model here has one output."""
    if isinstance(values, (list, tuple)) and len(values) == 1 and hasattr(values[0], "shape"):
        return values[0]
    return values


def rank_of(values) -> int | None:
    """The number of axes, if that is known."""
    try:
        return len(values.shape)
    except (AttributeError, TypeError, ValueError):  # no array; a tensor that does not say
        return None


def is_in_order(x) -> bool:
    """Whether the order of the examples is the data's own."""
    return hasattr(x, "element_spec") or isinstance(x, types.GeneratorType)


def with_batches(settings: dict, check: BatchCheck, shuffle=False) -> dict:
    """The same data, looked at; arrays cut into batches where Keras would do that."""
    x, y, weight = (settings.get(name) for name in ("x", "y", "sample_weight"))
    if is_in_order(x) or isinstance(x, keras.utils.PyDataset):
        return {**settings, "x": check.data(x)}
    weight = check.arrays(x, y, weight)
    steps = settings.get("steps_per_epoch", settings.get("steps"))
    batches = array_batches(x, y, weight, settings.get("batch_size"), steps, shuffle)
    if batches is None:
        return settings | ({} if weight is None else {"sample_weight": weight})
    left_out = ("y", "sample_weight", "shuffle")
    return {name: value for name, value in settings.items() if name not in left_out} | {
        "x": batches
    }


def with_validation_data(settings: dict, check: BatchCheck) -> dict:
    """The arguments of `fit` with validation data that is looked at likewise."""
    settings = dict(settings)
    data, fraction = settings.get("validation_data"), settings.get("validation_split")
    if data is None and fraction:
        parts = split(*(settings.get(name) for name in ("x", "y", "sample_weight")), fraction)
        if parts is None:
            return settings  # Keras says what is wrong
        del settings["validation_split"]
        given, data = parts
        settings |= dict(zip(("x", "y", "sample_weight"), given, strict=True))
    if data is None:
        return settings
    if not isinstance(data, (list, tuple)):
        return {**settings, "validation_data": check.data(data)}
    x, y, weight = keras.utils.unpack_x_y_sample_weight(data)
    weight = check.arrays(x, y, weight)
    size = settings.get("validation_batch_size") or settings.get("batch_size")
    batches = array_batches(x, y, weight, size, settings.get("validation_steps"))
    if batches is None:
        batches = keras.utils.pack_x_y_sample_weight(x, y, weight)
    return {**settings, "validation_data": batches}


def split(x, y, weight, fraction: float):
    """Arrays -> the first of their rows, and the last: that fraction of them. `None` of what is
    not arrays, or if either would have none."""
    leaves = [leaf for leaf in keras.tree.flatten((x, y, weight)) if leaf is not None]
    sizes = {leaf.shape[0] if rank_of(leaf) else None for leaf in leaves}
    if len(sizes) != 1 or None in sizes or not 0 < fraction < 1:
        return None
    [size] = sizes
    first = math.floor(size * (1 - fraction))
    if not 0 < first < size:
        return None

    def part(rows):
        return keras.tree.map_structure(
            lambda leaf: None if leaf is None else leaf[rows], (x, y, weight)
        )

    return part(slice(None, first)), part(slice(first, None))
