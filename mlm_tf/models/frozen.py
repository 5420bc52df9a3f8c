"""A model of which nothing is left to train."""

from mlm_tf.errors import InvalidArgumentError


def check_trains(model) -> None:
    """Raise if every part of a model is frozen.

    >>> from mlm_tf import build_model
    >>> model = build_model("lstm", vocabulary_size=9, hidden_dim=8)
    >>> model.trainable = False
    >>> check_trains(model)
    Traceback (most recent call last):
    mlm_tf.errors.InvalidArgumentError: Nothing in this model is left to train: ...
    """
    if not model.trainable_variables:
        raise InvalidArgumentError(
            "Nothing in this model is left to train: every part has trainable=False; release one, "
            "as model.blocks[-1].trainable = True (and model.trainable, if that is what is False), "
            "and compile again."
        )
