"""Training and measuring: what Keras's `fit` and its kin lack for texts."""

import contextlib
import inspect
import logging
from collections.abc import Iterator
from typing import ClassVar

import keras
import numpy as np
from keras import ops

from mlm_tf.checks import shown
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.generation.compile import (
    clip_over_replicas,
    one_at_a_time,
    summed_over_replicas,
    values_kept,
)
from mlm_tf.models.losses import check_loss, divides_by_weight, ignored_class, suited_loss
from mlm_tf.models.text_inputs import check_is_batch
from mlm_tf.models.thread_state import StatePerThread
from mlm_tf.preprocessing.batches import BatchCheck, Limit, check_inputs

logger = logging.getLogger("mlm_tf")


class TextTraining(StatePerThread):
    """Mixed into a Keras model of texts: `compile`, `fit`, `evaluate`, `predict`, and by batches.

    Attributes:
        input_names: all that the model reads.
        target_axes: 1 where a row has one target, 2 where it has one at each position.
        targets_are_ids: whether integer targets are ids or labels whatever the loss, and the loss
            is the cross-entropy of them unless told; else only where the loss reads ids.
        instead: what to pass, as a message says it, where somebody passes texts.
    """

    input_names: ClassVar = ("token_ids", "padding_mask")
    target_axes = 2
    targets_are_ids = False
    instead = (
        "pipeline.rows(texts, length=..., batch_size=...) to fit and evaluate, and "
        "pipeline(texts) to predict"
    )

    @property
    def input_sizes(self) -> dict[str, int]:
        """How many ids there are, for each input that holds ids."""
        return {"token_ids": self.vocabulary_size}

    @property
    def target_limit(self) -> Limit | None:
        """What targets that are ids or labels may be; `None` if they may be anything."""
        remedy = "encode the text with the pipeline of this model, or give what does not count "
        return Limit("y", self.vocabulary_size, remedy=remedy + "the sample weight 0")

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
                would train on nonsense; and for `"auto"` where a task does not say that its
                targets are ids.
        """
        if isinstance(loss, str) and loss == "auto" and not self.targets_are_ids:
            kind = type(self).__name__
            raise InvalidArgumentError(
                f"loss='auto' is the cross-entropy of ids, and {kind} does not say that its "
                "targets are ids; pass a loss, as loss='mse', or set targets_are_ids = True in "
                f"{kind}."
            )
        loss = suited_loss(loss, metrics=metrics, weighted_metrics=weighted_metrics)
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
            loss = loss * _share_of_replica(counted)
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
        check = self._check()
        y, weight, are_ids = check.targets(y, weight)
        if weight is not None:  # a mask is one, of booleans
            weight = ops.cast(weight, keras.config.floatx())
        if not are_ids:
            return y, weight, None, None
        is_ignored = None if check.ignored is None else y == check.ignored
        y, is_wrong = _without_ignored(y, weight, check.target.size, check.ignored)
        return y, weight, is_wrong, is_ignored

    # === Whole data sets ===

    def fit(self, x=None, *args, **kwargs):
        """As `keras.Model.fit`, but that ids and targets are looked at before they are computed
        with, and that a training which could change nothing says so.

        Meanwhile other threads may call the model, `predict`, `generate` and `score`; on JAX they
        are answered with the weights of the last epoch's end.
        """
        with self.training_here():
            _check_trains(self)
            settings = self._examples(_named(super().fit, x, *args, **kwargs), is_learned=True)
            check = self._check()
            settings = check.arguments(settings, settings.get("shuffle", True))
            values = values_kept(self, getattr(self, "optimizer", None))
            with check.own_errors(), values, _idle_training_said(self):
                return super().fit(**settings)

    def evaluate(self, x=None, *args, **kwargs):
        """As `keras.Model.evaluate`, with the same care."""
        settings = _named(super().evaluate, x, *args, **kwargs)
        if settings.get("_use_cached_eval_dataset"):  # `fit` has looked at it
            return super().evaluate(**settings)
        self.check_not_trained_elsewhere()
        check = self._check()
        settings = check.arguments(self._examples(settings))
        with one_at_a_time(self), check.own_errors(), values_kept(self):
            return super().evaluate(**settings)

    def predict(self, x, *args, **kwargs):
        """As `keras.Model.predict`, with the same care."""
        check = self._check()
        settings = _named(super().predict, self.as_inputs(x), *args, **kwargs)
        settings = check.arguments(settings)
        with check.own_errors(), values_kept(self):
            return super().predict(**settings)

    def make_train_function(self, force=False):
        """As Keras's, with the optimizer's variables there before the step is traced: TensorFlow
        traces a function that makes variables twice, which is half of the time until the first
        step. Where there is a `tf.distribute` strategy, Keras has made them in its scope, and
        gradients are clipped when they are added up."""
        optimizer = self.optimizer
        if not optimizer.built and all(layer.built for layer in self._flatten_layers()):
            optimizer.build(self.trainable_variables)
        strategy = getattr(self, "distribute_strategy", None)  # on TensorFlow
        if strategy is not None and strategy.num_replicas_in_sync > 1:
            clip_over_replicas(optimizer)
        super().make_train_function(force)

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        """As Keras's, which looks at a batch for its shapes; under a `tf.distribute` strategy it
        takes the mean over replicas, and there is none of masks: here the first replica's."""
        strategy = self.distribute_strategy
        if iterator is not None and strategy.num_replicas_in_sync > 1:
            for _, _, batches in iterator:
                data_batch = keras.tree.map_structure(
                    lambda part: strategy.experimental_local_results(part)[0], next(batches)
                )
                break
            iterator = None
        super()._maybe_symbolic_build(iterator, data_batch)

    # === Single batches ===

    def train_on_batch(self, x, y=None, sample_weight=None, class_weight=None, return_dict=False):
        """As `keras.Model.train_on_batch`, with the same care."""
        with self.training_here():
            _check_trains(self)
            x, y, sample_weight = self._batch(x, y, sample_weight)
            if class_weight is not None:
                class_weight = self.checked_class_weight(class_weight, sample_weight)
            return super().train_on_batch(x, y, sample_weight, class_weight, return_dict)

    def test_on_batch(self, x, y=None, sample_weight=None, return_dict=False):
        """As `keras.Model.test_on_batch`, with the same care."""
        x, y, sample_weight = self._batch(x, y, sample_weight)
        self.check_not_trained_elsewhere()
        with one_at_a_time(self):
            return super().test_on_batch(x, y, sample_weight, return_dict)

    def predict_on_batch(self, x):
        """As `keras.Model.predict_on_batch`, with the same care."""
        x = self.as_inputs(x)
        self.check_token_ids(x)
        return super().predict_on_batch(x)

    def __call__(self, inputs, *args, **kwargs):
        check_inputs(inputs, self.input_names)
        return super().__call__(inputs, *args, **kwargs)

    # === Checks ===

    def _check(self) -> BatchCheck:
        loss = getattr(self, "loss", None)
        return BatchCheck(
            self.input_names,
            self.input_sizes,
            self.target_limit,
            self.target_axes,
            isinstance(loss, keras.losses.SparseCategoricalCrossentropy),
            ignored_class(loss),
            self.targets_are_ids,
        )

    def _examples(self, settings: dict, is_learned: bool = False) -> dict:
        """The arguments of `fit` or `evaluate`, with arrays for what a model reads beside ids."""
        names = ("x", "y", "sample_weight")
        given = zip(names, self.as_examples(*map(settings.get, names), is_learned), strict=True)
        settings |= {name: value for name, value in given if value is not None}
        x, data = settings.get("x"), settings.get("validation_data")
        is_arrays = isinstance(x, (np.ndarray, dict)) or ops.is_tensor(x)
        if is_arrays and settings.get("y") is None and getattr(self, "loss", None) is not None:
            raise InvalidArgumentError(
                "x is given without y, and a loss compares with targets; pass fit(x, y), or a data "
                "set of both, as pipeline.windows(texts, ...) makes it."
            )
        if isinstance(data, (list, tuple)):
            data = self.as_examples(*keras.utils.unpack_x_y_sample_weight(data))
            settings["validation_data"] = keras.utils.pack_x_y_sample_weight(*data)
        if settings.get("class_weight") is not None:
            settings["class_weight"] = self.checked_class_weight(
                settings["class_weight"], settings.get("sample_weight")
            )
        return settings

    def _batch(self, x, y, sample_weight) -> tuple:
        """One batch, looked at."""
        x, y, sample_weight = self.as_examples(x, y, sample_weight)
        return x, y, self._check().arrays(x, y, sample_weight)

    def as_examples(self, x, y, sample_weight=None, is_learned: bool = False) -> tuple:
        """What this model learns from as arrays `(x, y, sample_weight)`; what is those already, or
        a data set, as it is. With `is_learned` names of labels may be new."""
        return self.as_inputs(x), y, sample_weight

    def as_inputs(self, x):
        """What this model reads as arrays, likewise."""
        if not hasattr(x, "element_spec"):
            check_is_batch(x, self.instead)
        return x

    def checked_class_weight(self, class_weight, sample_weight=None):
        """A class weight as Keras takes it, if this model has classes."""
        raise InvalidArgumentError(
            f"class_weight={shown(class_weight)} weighs classes of texts, and this model predicts "
            "tokens; pass sample_weight, a number for each row or each target."
        )

    def check_token_ids(self, inputs) -> None:
        """Raise if an array of ids holds one outside the vocabulary, or is no batch of rows."""
        self._check().inputs(inputs)


def _check_trains(model) -> None:
    """Raise if every part of a model is frozen, or one of one's own was never built."""
    if not model.built:
        raise InvalidArgumentError(
            f"{type(model).__name__} has no weights yet; let its __init__ end with self.build()."
        )
    if not model.trainable_variables:
        raise InvalidArgumentError(
            "Nothing in this model is left to train: every part has trainable=False; release one, "
            "as model.blocks[-1].trainable = True (and model.trainable, if that is what is False), "
            "and compile again."
        )


def _without_ignored(y, weight, size: int, ignored: int | None = None):
    """Targets -> the same, those of weight 0 that are none replaced by 0; and whether others are
    none. They are integers `(batch,)` or `(batch, length)`, the weight of the same rank or `None`.

    >>> y, is_wrong = _without_ignored(np.array([[3, -100]]), np.array([[1.0, 0.0]]), size=5)
    >>> np.asarray(y).tolist(), bool(is_wrong)
    ([[3, 0]], False)
    """
    y = ops.convert_to_tensor(y)
    ids = ops.cast(y, "int32")
    outside = ops.logical_or(ids < 0, ids >= size)
    if ignored is not None:
        outside = ops.logical_and(outside, ids != ignored)
    if weight is None:
        return y, ops.any(outside)
    counts = ops.not_equal(ops.convert_to_tensor(weight), 0)
    not_counted = ops.logical_and(outside, ops.logical_not(counts))
    return ops.where(not_counted, ops.zeros_like(y), y), ops.any(ops.logical_and(outside, counts))


def _share_of_replica(weight):
    """What makes a mean over the weights of one replica its part of the mean over those of all:
    Keras gives the replicas of a `tf.distribute` strategy equal parts."""
    here = ops.sum(weight)
    everywhere, replicas = summed_over_replicas(here)
    return 1.0 if replicas == 1 else ops.divide_no_nan(here * replicas, everywhere)


@contextlib.contextmanager
def _idle_training_said(model) -> Iterator[None]:
    """Say so if the training inside changes nothing, from its first step on or since a schedule
    ended, or counts targets unevenly."""
    if not model.compiled:  # Keras says so
        yield
        return
    optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)  # it scales the loss
    had_ended = _has_ended(optimizer)
    if had_ended:
        logger.warning(
            "The learning rate is 0 after %s steps, where the optimizer's schedule has ended, so "
            "this training changes nothing; give the model a new one with "
            "mlm_tf.training.renew_optimizer(model, make_optimizer('adamw', num_steps)).",
            _steps_of(optimizer),
        )
    steps = getattr(model.optimizer, "gradient_accumulation_steps", None)
    if steps and divides_by_weight(model.loss):
        logger.warning(
            "gradient_accumulation_steps=%s averages the gradients of batches evenly, so that a "
            "target in a batch with more padding counts more; use larger batches instead where "
            "rows differ much in length.",
            steps,
        )
    yield
    schedule = _schedule_of(optimizer)
    can_look_back = isinstance(schedule, keras.optimizers.schedules.LearningRateSchedule)
    if had_ended or not can_look_back or not _has_ended(optimizer):
        return
    if float(schedule(_steps_of(optimizer) - 1)) == 0:
        logger.warning(
            "The learning rate became 0 during this training, where the optimizer's schedule "
            "ended, so that its last steps changed nothing; give make_optimizer the number of all "
            "steps, epochs * len(data)."
        )


def _schedule_of(optimizer):
    """The schedule of the learning rate, Keras's or a function; `None` where it is a number."""
    rate = getattr(optimizer, "_learning_rate", None)
    return rate if callable(rate) else None


def _steps_of(optimizer) -> int:
    """How many steps it has made; a variable of several replicas is no number to Python."""
    return int(ops.convert_to_numpy(optimizer.iterations))


def _has_ended(optimizer) -> bool:
    """Whether the learning rate is 0, and that not because a schedule is about to begin."""
    rate = getattr(optimizer, "learning_rate", None)
    if rate is None or float(ops.convert_to_numpy(rate)) != 0:
        return False
    return _schedule_of(optimizer) is None or _steps_of(optimizer) > 0


def _named(method, *args, **kwargs) -> dict:
    """Arguments by their names."""
    given = dict(inspect.signature(method).bind(*args, **kwargs).arguments)
    return given | given.pop("kwargs", {})
