"""Rows: one text each, padded to one length, for training."""

import functools
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from mlm_tf._startup import tf
from mlm_tf.checks import shown
from mlm_tf.errors import EmptyCorpusError, InvalidArgumentError
from mlm_tf.preprocessing.labels import check_labels
from mlm_tf.preprocessing.objectives import name_of, next_token, padding_mask_of
from mlm_tf.preprocessing.windows import checked_sizes, training_data


def rows(
    id_rows: Iterable[np.ndarray],
    length: int,
    batch_size: int,
    shuffle: bool,
    seed: int,
    pad_id: int,
    objective: Callable = next_token,
    labels: Sequence | None = None,
    label_names: Sequence | None = None,
):
    """A `tf.data.Dataset` with one text a row, for `fit`.

    To predict the next token, a row is the text without its last token, and its targets are the
    text without its first. For any other objective a row is the whole text. Either is truncated
    on the right at `length`.

    With `shuffle` the rows come in another order in every epoch, a function of the seed and the
    epoch; those that do not fill a batch are left out, in every epoch others. Without, rows of
    padding alone fill the last batch.

    Args:
        id_rows: one int32 array a text, as `Pipeline.encode` gives them.
        length: tokens in a row.
        batch_size: rows in a batch.
        shuffle: as above.
        seed: as above.
        pad_id: what fills a row.
        objective: a function `(ids, weight, key) -> (x, y, sample_weight)`, see `objectives`. To
            an x that is ids alone, those of which the next is predicted, a mask is added.
        labels: `None`, or one for each text, see `Pipeline.rows`: a row is then the whole
            text, and its label the target, whatever the objective.
        label_names: the names of labels, in the order of the numbers they stand for.

    Yields:
        `({"token_ids", "padding_mask"}, y, sample_weight)`, each `(batch_size, length)`: int32,
        bool, int32 and float32; the mask is true where there is a token, and the weight 1 where
        there is something to predict, else 0. With labels y and the weight are `(batch_size,)`.

    Raises:
        EmptyCorpusError: if there is no row, or with `shuffle` not one full batch.
        InvalidArgumentError: if a length or a size is no integer >= 1, or the seed none >= 0.

    Example:

    >>> texts = [np.array([2, 6, 7, 3]), np.array([2, 8, 3])]
    >>> data = rows(texts, 4, 2, shuffle=False, seed=0, pad_id=0)
    >>> [(x, y, weight)] = data.as_numpy_iterator()
    >>> x["token_ids"].tolist(), y.tolist()
    ([[2, 6, 7, 0], [2, 8, 0, 0]], [[6, 7, 3, 0], [8, 3, 0, 0]])
    """
    length, batch_size, shuffle, seed = checked_sizes(length, batch_size, shuffle, seed)
    if labels is None and label_names is not None:
        raise InvalidArgumentError(
            f"label_names={shown(label_names)} names labels, and there are none (labels=None); "
            "give the label of each text, or leave label_names out."
        )
    id_rows = list(id_rows)
    columns = [(id_rows, length + 1, pad_id)]
    objective = _with_mask(objective, pad_id)
    if labels is not None:
        labels = check_labels(labels, label_names, len(id_rows))
        columns = [(id_rows, length, pad_id), (labels[:, None], 1, 0)]
        objective = _label_of_text
    return columns_of_rows(columns, objective, batch_size, shuffle, seed, "texts")


def columns_of_rows(
    columns: Sequence[tuple[Sequence[np.ndarray], int, int]],
    objective: Callable,
    batch_size: int,
    shuffle: bool,
    seed: int,
    what: str,
):
    """A `tf.data.Dataset` of rows in which several sequences of ids stand side by side.

    Args:
        columns: for each of them its ids, one array a row, how many of these a row has room for,
            and what fills the room that they leave.
        objective: is given the rows, `(batch_size, all columns together)`, and a weight of 1
            wherever there is an id.
        batch_size: as for `rows`.
        shuffle: as for `rows`.
        seed: as for `rows`.
        what: what a message calls the rows.
    """
    count = len(columns[0][0])
    needed = batch_size if shuffle else 1
    if count < needed:
        raise EmptyCorpusError(
            f"There are {count} {what}, and one batch needs {needed}; give more {what}"
            f"{' or a smaller batch_size' if shuffle else ''}."
        )
    batches = count // batch_size if shuffle else -(-count // batch_size)
    width = sum(room for _, room, _ in columns)
    padding = np.concatenate([np.full(room, pad_id, "int32") for _, room, pad_id in columns])

    def one_epoch(rng):
        order = np.arange(count) if rng is None else rng.permutation(count)
        for first in range(0, batches * batch_size, batch_size):
            ids = np.tile(padding, (batch_size, 1))
            weight = np.zeros((batch_size, width), "float32")
            for place, row in enumerate(order[first : first + batch_size]):
                start = 0
                for id_rows, room, _ in columns:
                    kept = id_rows[row][:room]
                    ids[place, start : start + len(kept)] = kept
                    weight[place, start : start + len(kept)] = 1
                    start += room
            yield ids, weight

    return training_data(one_epoch, objective, width, batch_size, shuffle, seed, batches)


def _with_mask(objective: Callable, pad_id: int) -> Callable:
    @functools.wraps(objective)
    def masked(ids, weight, key):
        has_next = padding_mask_of(weight)[:, 1:]
        batch = objective(ids, weight, key)
        if not (isinstance(batch, tuple) and batch and hasattr(batch[0], "shape")):
            return batch
        if batch[0].shape != has_next.shape:
            raise InvalidArgumentError(
                f"objective={name_of(objective)} gives ids of shape {tuple(batch[0].shape)}, and "
                f"rows have {tuple(has_next.shape)}; leave the last of each out, ids[:, :-1], "
                "since it has no next."
            )
        token_ids = tf.where(has_next, batch[0], pad_id)
        return {"token_ids": token_ids, "padding_mask": has_next}, *batch[1:]

    return masked


def _label_of_text(ids, weight, key):
    """An objective: of a row that ends in its label, to say which that is."""
    x = {"token_ids": ids[:, :-1], "padding_mask": padding_mask_of(weight[:, :-1])}
    return x, ids[:, -1], weight[:, -1]
