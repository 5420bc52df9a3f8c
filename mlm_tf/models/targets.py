"""What a loss is given: targets that count."""

from keras import ops


def without_ignored(y, weight, size: int):
    """Targets -> the same, those of weight 0 that are none replaced by 0; and whether others are
    none. They are integers `(batch,)` or `(batch, length)`, the weight of the same rank or `None`.

    >>> import numpy as np
    >>> y, is_wrong = without_ignored(np.array([[3, -100]]), np.array([[1.0, 0.0]]), size=5)
    >>> np.asarray(y).tolist(), bool(is_wrong)
    ([[3, 0]], False)
    """
    y = ops.convert_to_tensor(y)
    ids = ops.cast(y, "int32")
    outside = ops.logical_or(ids < 0, ids >= size)
    if weight is None:
        return y, ops.any(outside)
    counts = ops.convert_to_tensor(weight) > 0
    ignored = ops.logical_and(outside, ops.logical_not(counts))
    return ops.where(ignored, ops.zeros_like(y), y), ops.any(ops.logical_and(outside, counts))
