"""The recipe: an optimizer with the schedule that made the models here beat counting."""

import keras

from mlm_tf.checks import check_integer
from mlm_tf.errors import InvalidArgumentError

WARMUP_FRACTION = 0.05
WEIGHT_DECAY = 0.01
GRADIENT_NORM = 1.0


def make_optimizer(
    name: str, num_steps: int, learning_rate: float | None = None
) -> keras.optimizers.Optimizer:
    """An optimizer of Keras's with warm-up, cosine decay, weight decay and gradient clipping.

    The learning rate rises from 0 over the first twentieth of the steps and falls along a
    cosine to 0 at the last one, the gradient's length is kept under 1, and each step shrinks
    the weights by 0.01 times the learning rate. All of it is Keras's own, so the result is saved
    with the model and needs nothing of this package. After the last step the rate stays at 0,
    also of a model that is loaded again: whoever goes on with it gives it a new schedule, with
    `renew_optimizer`.

    Args:
        name: `"adamw"`, for any model and best for recurrent ones; `"muon"`, which makes the
            update of each matrix of a block orthogonal (embeddings and vectors get AdamW at
            half the rate), for attention.
        num_steps: batches in the whole training; the schedule ends there.
        learning_rate: the highest one; by default 0.01 for `"adamw"` and 0.02 for `"muon"`.

    Raises:
        InvalidArgumentError: for a name, number of steps or rate that cannot work.

    Example:

    >>> optimizer = make_optimizer("adamw", num_steps=100)
    >>> type(optimizer).__name__, optimizer.get_config()["learning_rate"]["class_name"]
    ('AdamW', 'CosineDecay')

    Reference: Loshchilov & Hutter 2019 (AdamW); Jordan et al. 2024 and Liu et al. 2025 (Muon);
    Loshchilov & Hutter 2017 (the cosine).
    """
    if name not in OPTIMIZERS:
        raise InvalidArgumentError(
            f"optimizer={name!r} is not known; use one of {sorted(OPTIMIZERS)}, or any Keras "
            "optimizer object in model.compile."
        )
    num_steps = check_integer("num_steps", num_steps)
    make, default = OPTIMIZERS[name]
    learning_rate = default if learning_rate is None else learning_rate
    if not 0 < learning_rate < float("inf"):
        raise InvalidArgumentError(
            f"learning_rate={learning_rate!r} is not allowed; use a finite number above 0."
        )
    warmup_steps = int(WARMUP_FRACTION * num_steps)
    schedule = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0 if warmup_steps else learning_rate,
        decay_steps=num_steps - warmup_steps,
        warmup_target=learning_rate if warmup_steps else None,
        warmup_steps=warmup_steps,
    )
    return make(schedule, weight_decay=WEIGHT_DECAY, global_clipnorm=GRADIENT_NORM)


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
