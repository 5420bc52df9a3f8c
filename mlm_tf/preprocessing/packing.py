"""Rows of one length: trimming, joining two segments, padding, with tensorflow-text."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from mlm_tf._startup import tf, tf_text
from mlm_tf.checks import check_strings, shown
from mlm_tf.errors import InvalidArgumentError

SIDES = ("right", "left")


def pack(
    rows: Sequence[np.ndarray], length: int | None, truncate: str, padding_side: str, pad_id: int
) -> dict[str, np.ndarray]:
    """Rows of ids -> `{"token_ids": int32, "padding_mask": bool}`, each `(rows, length)`.

    `truncate` and `padding_side` are the side at which a row is cut, or filled up; without a
    length rows are as long as the longest.
    """
    if length is not None:
        rows = [row[:length] if truncate == "right" else row[-length:] for row in rows]
    token_ids, padding_mask = _pad(rows, length, pad_id, padding_side)
    return {"token_ids": token_ids, "padding_mask": padding_mask}


def check_pairs(first: Iterable[str], second: Iterable[str]) -> tuple[list[str], list[str]]:
    """Two lists of as many strings."""
    first, second = check_strings("texts", first), check_strings("second_texts", second)
    if len(first) != len(second):
        raise InvalidArgumentError(
            f"second_texts holds {len(second)} texts and texts {len(first)}; give as many of each."
        )
    return first, second


def room_for_pairs(length: int, special: Sequence[Sequence[int]]) -> int:
    """How many tokens of a row of two segments are left beside the special ones."""
    special = sum(map(len, special))
    if length < special + 2:
        raise InvalidArgumentError(
            f"max_length={length} leaves {max(length - special, 0)} tokens for two segments beside "
            f"the special tokens; use at least {special + 2}."
        )
    return length - special


def pack_pairs(
    first: Sequence[np.ndarray],
    second: Sequence[np.ndarray],
    room: int | None,
    truncate: str,
    padding_side: str,
    special: Sequence[Sequence[int]],
    pad_id: int,
) -> dict[str, np.ndarray]:
    """As `pack`, of rows `[START] first [SEP] second [END]`; see `Pipeline.__call__`.

    `special` is what stands before, between and after the two, a list of ids each.
    """
    start, separator, end = special
    length = None
    if room is not None:
        length = room + sum(map(len, special))
        first, second = _trim(first, second, room, truncate)
    rows, segments = [], []
    for a, b in zip(first, second, strict=True):
        rows.append(np.concatenate([start, a, separator, b, end]).astype("int32"))
        segments.append(np.arange(len(rows[-1])) > len(start) + len(a))  # after [SEP]
    segment_ids, _ = _pad(segments, length, 0, padding_side)
    return {**pack(rows, length, "right", padding_side, pad_id), "segment_ids": segment_ids}


def _trim(first, second, room: int, truncate: str) -> list[list]:
    """Two segments a row, cut so that both together hold at most `room` tokens."""
    segments = [_ragged(first), _ragged(second)]
    if truncate == "round_robin":
        segments = tf_text.RoundRobinTrimmer(room).trim(segments)
    elif truncate == "right":
        segments = tf_text.WaterfallTrimmer(room).trim(segments)
    else:  # backwards, the second segment comes first and loses what was its beginning
        segments = [segment[:, ::-1] for segment in reversed(segments)]
        segments = tf_text.WaterfallTrimmer(room).trim(segments)
        segments = [segment[:, ::-1] for segment in reversed(segments)]
    return [segment.to_list() for segment in segments]


def _pad(rows, length: int | None, value: int, side: str) -> tuple[np.ndarray, np.ndarray]:
    """Rows of at most `length` -> int32 and bool `(rows, length)`: the rows, and where they are."""
    backwards = side == "left"
    if length is None:
        length = max((len(row) for row in rows), default=0)
    ragged = _ragged([row[::-1] for row in rows] if backwards else rows)
    padded, mask = tf_text.pad_model_inputs(ragged, length, pad_value=value)
    padded, mask = padded.numpy(), mask.numpy().astype(bool)
    return (padded[:, ::-1].copy(), mask[:, ::-1].copy()) if backwards else (padded, mask)


def _ragged(rows: Sequence):
    """Rows of ids -> ragged int32 `(rows, None)`."""
    return tf.RaggedTensor.from_row_lengths(*flattened(rows))


def flattened(
    rows, start: int | None = None, end: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Rows of ids, ragged or in a list -> int32, one after the other, and int64, their lengths.

    A token stands before each of them and one after it, where these are given.

    >>> flattened([[6, 7], [], [8]], 2, 3)[0].tolist()
    [2, 6, 7, 3, 2, 3, 2, 8, 3]
    """
    if is_ragged(rows):
        ids, lengths = _as_int32(rows.flat_values.numpy()), rows.row_lengths().numpy()
    else:
        ids = _as_int32(np.concatenate([np.zeros(0, "int32"), *rows]))
        lengths = np.array([len(row) for row in rows], "int64")
    ends = np.cumsum(lengths)
    sides = [(ends - lengths, start)] * (start is not None) + [(ends, end)] * (end is not None)
    if not sides:
        return ids, lengths
    places = np.stack([place for place, _ in sides], axis=1).ravel()  # row by row
    added = np.tile([token for _, token in sides], len(lengths))
    return np.insert(ids, places, added), lengths + len(sides)


def _as_int32(ids: np.ndarray) -> np.ndarray:
    """What a pipeline gives as ids, of another type perhaps, but of no other value."""
    if ids.dtype == "int32":
        return ids
    is_number = ids.dtype.kind in "iuf"  # an empty list among rows makes floats of all
    with np.errstate(invalid="ignore"):
        found = ids.astype("int32") if is_number else np.zeros(0, "int32")
    wrong = ids[found != ids] if is_number else ids
    if len(wrong):
        raise InvalidArgumentError(
            f"ids() of a pipeline gives {shown(wrong[0])}, which is no id; let it give integers "
            "from 0, below the size of its vocabulary."
        )
    return found


def is_rows(token_ids) -> bool:
    """Whether these are sequences of ids, rather than one."""
    if isinstance(token_ids, (list, tuple)):
        first = token_ids[0] if token_ids else 0
        return isinstance(first, (list, tuple)) or getattr(first, "ndim", 0) > 0
    return getattr(token_ids, "ndim", 1) > 1


def is_ragged(x) -> bool:
    """Whether this is a ragged tensor of TensorFlow."""
    return hasattr(x, "row_splits") and hasattr(x, "to_list")


def unpacked(rows):
    """What a pipeline or a tensor gives, as rows of ids: padded ones by their mask, ragged ones;
    anything else as it is."""
    if isinstance(rows, Mapping) and {"token_ids", "padding_mask"} <= {*rows}:
        ids = np.asarray(rows["token_ids"])
        mask = np.asarray(rows["padding_mask"], "bool")
        return [row[marks] for row, marks in zip(ids, mask, strict=True)]
    return rows.to_list() if is_ragged(rows) else rows
