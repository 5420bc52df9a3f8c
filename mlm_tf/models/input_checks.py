"""What goes into a model: a wrong id or name is said in one sentence before any tensor is made."""

import difflib
from collections.abc import Sequence

import numpy as np

from mlm_tf.checks import shown
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.preprocessing.batches import Limit, as_array


def id_limit(name: str, vocabulary_size: int) -> Limit:
    return Limit(name, vocabulary_size, "ids", "encode the text with the pipeline of this model")


def check_names(inputs, known: Sequence[str]) -> None:
    """Raise if a dictionary of inputs lacks what a model cannot do without, or holds what it
    never reads: a mask under another name would be no mask."""
    if not isinstance(inputs, dict):
        return
    required = [name for name in known if name.endswith("token_ids")]
    missing = [name for name in required if name not in inputs]
    if missing:
        raise InvalidArgumentError(
            f"The inputs {shown(sorted(inputs))} lack {missing[0]!r}; pass a dictionary with "
            f"{' and '.join(map(repr, required))}, and the masks beside."
        )
    for name in inputs:
        if name not in known:
            [nearest] = difflib.get_close_matches(str(name), known, n=1, cutoff=0)
            raise InvalidArgumentError(
                f"The inputs hold {name!r}, which this model does not read; did you mean "
                f"{nearest!r} (it reads {', '.join(map(repr, known))})?"
            )


def check_batch(ids, name: str, vocabulary_size: int) -> None:
    """Raise if an array holds what is no id, or is no batch of rows."""
    if isinstance(ids, str):
        raise InvalidArgumentError(
            f"{name}={shown(ids)} is text, and ids are needed; encode it with the pipeline of this "
            "model, pipeline([text])."
        )
    check_ids(ids, name, vocabulary_size)
    if isinstance(ids, np.ndarray) and ids.ndim != 2:
        raise InvalidArgumentError(
            f"{name} has shape {ids.shape}, and a batch of rows has two axes; pass ids[None] for "
            "one row."
        )


def check_ids(ids, name: str, vocabulary_size: int) -> None:
    """Raise if an array holds what is no id of a vocabulary; anything but an array passes."""
    array = as_array(ids)
    if isinstance(ids, (list, tuple)) and array is None:  # rows of different lengths
        array = np.empty(1, object)
    if array is None or array.ndim == 0 or not len(array):
        return
    if array.dtype.kind not in "iu":
        raise InvalidArgumentError(
            f"{name}={shown(ids)} is not an array of integers; pass ids as the pipeline "
            "makes them, rows of one batch padded to one length."
        )
    wrong = array[(array < 0) | (array >= vocabulary_size)]
    if wrong.size:
        raise id_limit(name, vocabulary_size).error(wrong[0])
