"""Rows: one text each, padded to one length, for training."""

from collections.abc import Callable, Sequence

import numpy as np

from mlm_tf._startup import import_tensorflow
from mlm_tf.errors import EmptyCorpusError
from mlm_tf.preprocessing.windows import checked_sizes, next_token, training_data

FIRST_LABEL = 2**30  # labels travel as ids below every other one


def rows(
    id_rows: Sequence[np.ndarray],
    length: int,
    batch_size: int,
    shuffle: bool,
    seed: int,
    start_id: int,
    pad_id: int,
    masking: Callable | None = None,
    labels: np.ndarray | None = None,
):
    """A `tf.data.Dataset` with one text a row, for `fit`.

    To predict the next token, a row is the text without its last token, and its targets are the
    text without its first. With a masking a row is the whole text. Either is truncated on the
    right at `length`.

    With `shuffle` the rows come in another order in every epoch, a function of the seed and the
    epoch; those that do not fill a batch are left out, in every epoch others. Without, rows of
    padding alone fill the last batch.

    Args:
        id_rows: one int32 array a text, as `Pipeline.encode` gives them.
        length: tokens in a row.
        batch_size: rows in a batch.
        shuffle: as above.
        seed: as above.
        start_id: what is no prediction where it is the target.
        pad_id: what fills a row.
        masking: `None`, or a function such as `mask_tokens`, from ids int32
            `(batch_size, length)` and a key to `(x, y, sample_weight)`.
        labels: `None`, or int `(texts,)`: a row is then the whole text, and its label the target.

    Yields:
        `({"token_ids", "padding_mask"}, y, sample_weight)`, each `(batch_size, length)`: int32,
        bool, int32 and float32; the mask is true where there is a token, and the weight 1 where
        there is something to predict, else 0. With labels y and the weight are `(batch_size,)`.

    Raises:
        EmptyCorpusError: if there is no row, or with `shuffle` not one full batch.
        InvalidArgumentError: if a length or a size is no integer >= 1, or the seed none >= 0.

    Example:

    >>> texts = [np.array([2, 6, 7, 3]), np.array([2, 8, 3])]
    >>> data = rows(texts, 4, 2, shuffle=False, seed=0, start_id=2, pad_id=0)
    >>> [(x, y, weight)] = data.as_numpy_iterator()
    >>> x["token_ids"].tolist(), y.tolist()
    ([[2, 6, 7, 0], [2, 8, 0, 0]], [[6, 7, 3, 0], [8, 3, 0, 0]])
    """
    length, batch_size, seed = checked_sizes(length, batch_size, seed)
    needed = batch_size if shuffle else 1
    if len(id_rows) < needed:
        raise EmptyCorpusError(
            f"There are {len(id_rows)} texts, and one batch needs {needed}; give more texts"
            f"{' or a smaller batch_size' if shuffle else ''}."
        )
    batches = len(id_rows) // batch_size if shuffle else -(-len(id_rows) // batch_size)

    def one_epoch(rng):
        order = np.arange(len(id_rows)) if rng is None else rng.permutation(len(id_rows))
        for first in range(0, batches * batch_size, batch_size):
            ids = np.full((batch_size, length + 1), pad_id, "int32")
            for place, row in enumerate(order[first : first + batch_size]):
                kept = id_rows[row][: length + (labels is None)]
                ids[place, : len(kept)] = kept
                if labels is not None:
                    ids[place, -1] = labels[row] - FIRST_LABEL
            yield ids

    def targets(ids, key):
        tf = import_tensorflow()

        if labels is not None:
            x, y = ids[:, :-1], ids[:, -1] + FIRST_LABEL
            is_text = y < FIRST_LABEL
            return (
                {"token_ids": x, "padding_mask": x != pad_id},
                tf.where(is_text, y, 0),
                tf.cast(is_text, "float32"),
            )
        if masking is not None:
            return masking(ids[:, :-1], key)
        x, y, weight = next_token(ids, start_id, pad_id)
        has_target = y != pad_id
        x = {"token_ids": tf.where(has_target, x, pad_id), "padding_mask": has_target}
        return x, y, weight

    return training_data(one_epoch, targets, length, batch_size, shuffle, seed, batches)
