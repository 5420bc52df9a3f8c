"""Texts where a model reads ids: told from batches, and refused in one sentence."""

import numpy as np

from mlm_tf.errors import InvalidArgumentError


def check_is_batch(x, instead: str) -> None:
    """Raise for texts and rows of different lengths, with what to pass instead of them."""
    rows = x.to_list() if hasattr(x, "to_list") else x  # ragged, or a column of a table
    is_text = are_texts(rows)
    if not is_text and not are_rows(rows):
        return
    if not is_text and isinstance(rows[0], list) and len({*map(len, rows)}) == 1:
        raise InvalidArgumentError(
            "x is a list of rows, which Keras takes for several inputs; pass np.array(x)."
        )
    given = "texts" if is_text else "rows of different lengths"
    raise InvalidArgumentError(
        f"x holds {given}, and this model learns from rows of ids and their targets; pass "
        f"{instead}."
    )


def are_texts(x) -> bool:
    """Whether these are strings: a list, an array, or a tensor of TensorFlow."""
    if isinstance(x, np.ndarray):
        return x.ndim == 1 and len(x) > 0 and isinstance(x[0], str)
    return isinstance(x, (list, tuple)) and len(x) > 0 and isinstance(x[0], str)


def are_rows(x) -> bool:
    """Whether this is a list of arrays, as `pipeline.encode` gives them, or of lists."""
    is_list = isinstance(x, (list, tuple)) and len(x) > 0
    return is_list and all(
        (isinstance(row, np.ndarray) and row.ndim == 1 and row.dtype.kind in "iu")
        or (isinstance(row, list) and all(isinstance(i, int) for i in row))
        for row in x
    )
