"""Which losses and metrics fit a model that returns logits."""

import functools
from collections.abc import Callable

import keras

from mlm_tf.errors import InvalidArgumentError

# What reads probabilities: these unless they are told from_logits=True, and always divergences,
# counts and shares.
NAMES = {
    "BinaryCrossentropy": "binary_crossentropy",
    "BinaryFocalCrossentropy": "binary_focal_crossentropy",
    "CategoricalCrossentropy": "categorical_crossentropy",
    "CategoricalFocalCrossentropy": "categorical_focal_crossentropy",
    "CategoricalGeneralizedCrossEntropy": "categorical_generalized_cross_entropy",
    "Dice": "dice",
    "KLDivergence": "kl_divergence",
    "Poisson": "poisson",
    "SparseCategoricalCrossentropy": "sparse_categorical_crossentropy",
    "Tversky": "tversky",
}
FUNCTIONS = [getattr(keras.losses, name) for name in NAMES.values()]
CLASSES = tuple(
    getattr(module, name)
    for module in (keras.losses, keras.metrics)
    for name in NAMES
    if hasattr(module, name)
)


def suited_loss(loss, **metrics):
    """The loss that Keras's `compile` is given for one as `TextTraining.compile` takes it; that
    one and the lists of metrics are refused if they read probabilities."""
    check_loss(loss)
    for name, given in metrics.items():
        _check_metrics(name, given)
    if isinstance(loss, str) and loss == "auto":
        return keras.losses.SparseCategoricalCrossentropy(
            from_logits=True, reduction="mean_with_sample_weight"
        )
    # Keras would take a config for losses by name.
    return keras.losses.get(loss) if _is_config(loss) else loss


def check_loss(loss) -> None:
    """Raise for a loss that reads probabilities, in whatever form Keras takes one.

    >>> check_loss(keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    >>> check_loss("sparse_categorical_crossentropy")
    Traceback (most recent call last):
    mlm_tf.errors.InvalidArgumentError: loss='sparse_categorical_crossentropy' reads ...
    """
    for one in _flat(loss):
        if _reads_probabilities(one, keras.losses.get):
            raise InvalidArgumentError(
                f"loss={_name_of(one)} reads probabilities, but this model returns logits; leave "
                "loss='auto', or pass SparseCategoricalCrossentropy(from_logits=True), for one-hot "
                "targets CategoricalCrossentropy(from_logits=True)."
            )


def _check_metrics(name: str, metrics) -> None:
    """Raise for a metric that does."""
    for one in _flat(metrics):
        if _reads_probabilities(one, keras.metrics.get):
            raise InvalidArgumentError(
                f"{name} holds {_name_of(one)}, which reads probabilities, but this model returns "
                "logits; pass mlm_tf.training.Perplexity(), or the metric of Keras with "
                "from_logits=True."
            )


def _name_of(given) -> str:
    """What a message calls a loss or a metric."""
    if isinstance(given, (str, dict)):
        return repr(given)
    given = getattr(given, "func", given)  # of a partial
    return getattr(given, "__name__", f"{type(given).__name__}()")


def _flat(given) -> list:
    """The losses or metrics in a list or a dictionary of them; the config of one is one."""
    if isinstance(given, dict) and not _is_config(given):
        given = list(given.values())
    if isinstance(given, (list, tuple)):
        return [one for part in given for one in _flat(part)]
    return [given]


def _is_config(given) -> bool:
    return isinstance(given, dict) and "class_name" in given


def _reads_probabilities(given, get: Callable) -> bool:
    """Whether a loss or metric of Keras's own is not told that it will get logits."""
    if given is None or (isinstance(given, str) and given.lower() in ("accuracy", "acc")):
        return False
    if isinstance(given, str) and given.lower() in ("crossentropy", "ce"):
        return True  # Keras takes one of the cross-entropies, by the shapes
    if isinstance(given, functools.partial):
        return _reads_probabilities(given.func, get) and not given.keywords.get("from_logits")
    try:
        found = get(given)
    except (TypeError, ValueError):  # Keras says so better when it compiles
        return False
    # Keras's wrappers of a function keep it and its arguments: a loss in `fn`, a metric in `_fn`.
    function = getattr(found, "fn", getattr(found, "_fn", found))
    told = getattr(found, "_fn_kwargs", {}).get("from_logits", getattr(found, "from_logits", False))
    return (isinstance(found, CLASSES) or function in FUNCTIONS) and not told


def divides_by_weight(loss) -> bool:
    """Whether a loss is a mean over the sum of the weights, so that their shape matters."""
    return any(getattr(one, "reduction", None) == "mean_with_sample_weight" for one in _flat(loss))


def ignored_class(loss) -> int | None:
    """The target that a loss leaves out by itself, such as -100."""
    found = (getattr(one, "ignore_class", None) for one in _flat(loss))
    return next((label for label in found if label is not None), None)
