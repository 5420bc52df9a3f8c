"""Rotary positions: queries and keys turned by an angle that grows with the position."""

from keras import ops

MAX_WAVELENGTH = 10_000.0


def rotate(x, positions, max_wavelength: float = MAX_WAVELENGTH):
    """Turn each pair of dimensions of `x` by an angle proportional to the position.

    Dimension m is paired with dimension m + d/2; their angle at position p is
    `p / max_wavelength**(2m / d)`. The product of a rotated query and a rotated key then
    depends on the difference of their positions alone.

    Args:
        x: `(batch, length, heads, d)`, d even.
        positions: int32 `(batch or 1, length)`.

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
    exponents = ops.arange(half, dtype="float32") / half
    angles = ops.cast(positions, "float32")[..., None] / max_wavelength**exponents  # (B, S, d/2)
    cos, sin = ops.cos(angles)[:, :, None], ops.sin(angles)[:, :, None]  # (B, S, 1, d/2)
    a, b = x[..., :half], x[..., half:]
    a, b = ops.cast(a, "float32"), ops.cast(b, "float32")
    turned = ops.concatenate([a * cos - b * sin, b * cos + a * sin], axis=-1)
    return ops.cast(turned, x.dtype)
