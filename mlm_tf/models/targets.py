"""What a loss is given: targets that count, each with a weight of its own."""

from keras import ops

from mlm_tf.errors import InvalidArgumentError


def fit_weight(weight, rank: int):
    """A weight of each row, `(batch,)` or `(batch, 1)`, or of each target -> one of `rank` axes.

    It only indexes, so that it does for arrays and for tensors of any kind.

    Args:
        weight: an array.
        rank: 1 where a row has one target, 2 where it has one at each position.

    Example:

    >>> import numpy as np
    >>> fit_weight(np.ones(4), 2).shape, fit_weight(np.ones((4, 7)), 2).shape
    ((4, 1), (4, 7))
    >>> fit_weight(np.ones((4, 1)), 1).shape
    (4,)
    """
    axes = len(weight.shape)
    if axes == rank:
        return weight
    if axes < rank:
        return weight[:, None]
    if axes == rank + 1 and weight.shape[-1] == 1:
        return weight[..., 0]
    shapes = "(batch,)" if rank == 1 else "(batch,), (batch, 1) or (batch, length)"
    raise InvalidArgumentError(
        f"sample_weight has shape {tuple(weight.shape)}, and this model needs {shapes}; give a "
        "number for each row or each target."
    )


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
