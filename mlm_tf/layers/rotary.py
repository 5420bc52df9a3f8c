"""Rotary positions: queries and keys turned by angles that grow with where they stand."""

import math
from collections.abc import Mapping

from keras import ops

from mlm_tf.checks import check_number, shown
from mlm_tf.errors import InvalidArgumentError

# What a scaling says beside its kind, and what each number has to be.
_SCALINGS = {
    "linear": {"factor": {"least": 1}},
    "llama3": {
        "factor": {"least": 1},
        "low_freq_factor": {"above": 0},
        "high_freq_factor": {"above": 0},
        "original_max_position_embeddings": {"above": 0},
    },
}


def check_rope_scaling(name: str, value) -> dict:
    """A scaling of rotary positions, as a `config.json` says it: its kind and that kind's numbers.

    Raises:
        InvalidArgumentError: for another kind, a number that is missing or not that kind's, and for
            one that cannot be.
    """
    if not isinstance(value, Mapping) or "rope_type" not in value:
        raise InvalidArgumentError(
            f"{name}={shown(value)} is not allowed; use None or a dictionary, as "
            "{'rope_type': 'linear', 'factor': 2.0}."
        )
    kind = value["rope_type"]
    if not isinstance(kind, str) or kind not in _SCALINGS:
        raise InvalidArgumentError(
            f"{name}={shown(value)} is of a rope_type, {shown(kind)}, which is not allowed; use "
            f"None or one of {', '.join(map(repr, _SCALINGS))}."
        )
    numbers = _SCALINGS[kind]
    if set(value) != {"rope_type", *numbers}:
        raise InvalidArgumentError(
            f"{name}={shown(value)} is not allowed; use for {kind!r}, beside rope_type, all of "
            f"{', '.join(numbers)}, and nothing else."
        )
    found = {n: check_number(f"{name}[{n!r}]", value[n], **bounds) for n, bounds in numbers.items()}
    if kind == "llama3" and found["high_freq_factor"] <= found["low_freq_factor"]:
        raise InvalidArgumentError(
            f"{name}['high_freq_factor']={found['high_freq_factor']} is not allowed; use a number "
            f"> low_freq_factor={found['low_freq_factor']}."
        )
    return {"rope_type": kind, **found}


def rotate(x, positions, max_wavelength: float = 10_000.0, scaling: dict | None = None):
    """Turn each pair of dimensions of `x` by an angle proportional to the position.

    Dimension m is paired with dimension m + d/2; their angle at position p is `p / period_m`, by
    default `p / max_wavelength^(2m/d)`. The product of a rotated query and a rotated key then
    depends on the difference of their positions alone.

    Args:
        x: `(batch, length, heads, d)`, d even.
        positions: int32 `(batch or 1, length)`.
        max_wavelength: the base of the periods, "theta" in checkpoints.
        scaling: how the periods are stretched, see `SelfAttention`.

    Returns:
        A tensor of the shape and dtype of `x`.

    Example:

    >>> import numpy as np
    >>> q, k = np.random.normal(size=(2, 1, 1, 1, 8)).astype("float32")
    >>> def score(i, j):
    ...     at = lambda p: np.array([[p]], "int32")
    ...     return float(np.sum(np.array(rotate(q, at(i)) * rotate(k, at(j)))))
    >>> abs(score(3, 1) - score(12, 10)) < 1e-5
    True

    Reference: Su et al. 2021, equation 34.
    """
    half = x.shape[-1] // 2
    periods = rotary_periods(half, max_wavelength, scaling)  # (d/2,)
    angles = ops.cast(positions, "float32")[..., None] / periods  # (B, S, d/2)
    cos, sin = ops.cos(angles)[:, :, None], ops.sin(angles)[:, :, None]  # (B, S, 1, d/2)
    a, b = x[..., :half], x[..., half:]
    a, b = ops.cast(a, "float32"), ops.cast(b, "float32")
    turned = ops.concatenate([a * cos - b * sin, b * cos + a * sin], axis=-1)
    return ops.cast(turned, x.dtype)


def rotary_periods(pairs: int, max_wavelength: float, scaling: dict | None):
    """How many positions each pair of dimensions takes for a turn of one radian: `(pairs,)`.

    Llama 3 stretches those by the whole factor that make less than `low_freq_factor` turns within
    the length it was first trained on, those not at all that make more than `high_freq_factor`,
    and mixes the frequencies, one over the period, between.
    """
    exponents = ops.arange(pairs, dtype="float32") / pairs
    periods = max_wavelength**exponents
    if scaling is None:
        return periods
    factor = scaling["factor"]
    if scaling["rope_type"] == "linear":
        return periods * factor
    low, high = scaling["low_freq_factor"], scaling["high_freq_factor"]
    turns = scaling["original_max_position_embeddings"] / (2 * math.pi * periods)
    kept = ops.clip((turns - low) / (high - low), 0, 1)  # the share of the frequency as it was
    return periods / (kept + (1 - kept) / factor)
