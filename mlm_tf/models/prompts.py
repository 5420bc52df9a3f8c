"""What a text is generated from: strings or ids, one or many."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from mlm_tf.errors import InvalidArgumentError
from mlm_tf.models.input_checks import check_ids
from mlm_tf.preprocessing.packing import unpacked


class Prepared(NamedTuple):
    """Prompts as a decoder takes them.

    Attributes:
        rows: int32 arrays, one a prompt: what each text begins with.
        source: arrays that the model's `initial_state` is given, axis 0 being the prompts.
        is_text: whether the prompts were strings, so that the results are.
        is_single: whether there was one alone, so that there is one result.
    """

    rows: list[np.ndarray]
    source: tuple[np.ndarray, ...]
    is_text: bool
    is_single: bool


def prepared(
    prompts, pipeline, vocabulary_size: int, is_whole: bool = False, name: str = "prompts"
) -> Prepared:
    """Strings, encoded, or ids, checked.

    Args:
        prompts: a string, a list of strings, one sequence of ids, or a list of those; or the rows
            of `pipeline(texts)` with their mask, or ragged ones.
        pipeline: encodes strings; `None` if there is none.
        vocabulary_size: the ids are below it.
        is_whole: whether each string is a whole text, between a start and an end token, and none
            to be gone on with.
        name: what a message calls the prompts.

    Raises:
        InvalidArgumentError: for anything else, a prompt without a token, or strings without a
            pipeline.

    Example:

    >>> prepared([[2, 5], [2]], pipeline=None, vocabulary_size=9).is_single
    False
    >>> prepared([2, 5], pipeline=None, vocabulary_size=9).rows
    [array([2, 5], dtype=int32)]
    """
    prompts = unpacked(prompts)
    is_text, is_single = False, isinstance(prompts, str)
    if is_single:
        prompts = [prompts]
    is_many = is_collection(prompts)
    prompts = list(prompts) if is_many else [prompts]
    kinds = {str if isinstance(prompt, str) else type(prompt) for prompt in prompts}
    if kinds == {str}:
        is_text = True
        if pipeline is None:
            raise InvalidArgumentError(
                f"{name} is text, but this model has no pipeline to encode it; build it with "
                "pipeline=..., or pass token ids."
            )
        if is_whole:
            rows = pipeline.encode(prompts, add_start=True, add_end=True)
        else:  # some pipelines begin no prompt with a start token
            rows = pipeline.encode(prompts, add_end=False)
    elif not is_many or not kinds.isdisjoint({str, bytes, type(None)}):
        found = ", ".join(sorted(kind.__name__ for kind in kinds))
        raise InvalidArgumentError(
            f"{name} must be a string, a list of strings, a list of token ids, or a list of "
            f"such lists, and holds {found}; pass one kind."
        )
    else:
        is_single = bool(prompts) and np.ndim(prompts[0]) == 0
        rows = [id_row(row, name, vocabulary_size) for row in ([prompts] if is_single else prompts)]
    if not rows or any(len(row) == 0 for row in rows):
        raise InvalidArgumentError(
            f"{name} holds a row without any token id; give at least the start token."
        )
    return Prepared([np.asarray(row, "int32") for row in rows], (), is_text, is_single)


def is_collection(prompts) -> bool:
    """Whether these are several things in an order."""
    return (
        isinstance(prompts, Iterable)
        and not isinstance(prompts, (bytes, Mapping))
        and getattr(prompts, "ndim", 1) > 0
    )


def id_row(row, name: str, vocabulary_size: int) -> np.ndarray:
    """One sequence of ids, checked; a list, an array, or a tensor of any backend."""
    row = row if isinstance(row, (list, tuple)) else np.asarray(row)
    if not isinstance(row, np.ndarray) or row.ndim:
        check_ids(row, name, vocabulary_size)
        row = np.asarray(row)
    if row.ndim != 1:
        raise InvalidArgumentError(
            f"{name} holds a row of shape {row.shape}, and a row is one sequence of ids; pass a "
            "list of those."
        )
    return row
