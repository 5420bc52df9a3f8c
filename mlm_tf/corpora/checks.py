"""The one check that most loaders, and much of what comes after them, need."""

import reprlib
from collections.abc import Collection

from mlm_tf.errors import InvalidArgumentError


def check_choice(name: str, value, allowed: Collection):
    """One of the values that are allowed."""
    if value not in allowed:
        raise InvalidArgumentError(
            f"{name}={reprlib.repr(value)} is not known; use {' or '.join(map(repr, allowed))}."
        )
    return value
