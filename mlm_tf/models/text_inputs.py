"""Texts where a model reads ids: told from batches, and encoded, or refused in one sentence."""

import numpy as np

from mlm_tf.checks import check_strings
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.generation import padded_rows


class ReadsTexts:
    """Mixed into a `TextModel` that takes texts as well as ids, where it has a pipeline."""

    def as_inputs(self, x):
        """Texts, or rows of ids of different lengths, as a padded batch with its mask; what is
        ids already as it is."""
        rows = x.to_list() if hasattr(x, "to_list") else x  # ragged, or a column of a table
        if are_texts(rows):
            rows = self._encoded(rows)
        elif not are_rows(rows):
            return x
        rows = [np.asarray(row, "int32") for row in rows]
        length = max(map(len, rows), default=1)
        if self.max_sequence_length is not None:
            length = min(length, self.max_sequence_length)
        rows = [row[:length] for row in rows]
        mask = np.arange(length) < np.array([[len(row)] for row in rows])
        return {"token_ids": padded_rows(rows, length), "padding_mask": mask}

    def _encoded(self, texts) -> list[np.ndarray]:
        """The ids of texts, start and end token included, as `pipeline.rows` makes them."""
        if self.pipeline is None:
            raise InvalidArgumentError(
                "x is text, but this model has no pipeline to encode it; build it with "
                "pipeline=..., or pass token ids."
            )
        texts = texts.tolist() if isinstance(texts, np.ndarray) else texts
        rows = self.pipeline.encode(check_strings("x", texts), add_start=True, add_end=True)
        longest = self.pipeline.max_sequence_length
        return rows if longest is None else [row[:longest] for row in rows]


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
