"""Beam search: one step of it, over `batch · num_beams` rows, those of one prompt together."""

import keras
from keras import ops

from mlm_tf.generation.processors import Processors
from mlm_tf.generation.samplers import EXCLUDED, Beam

NO_BEAM = EXCLUDED / 2  # a sum below this belongs to no continuation


def take_rows(rows, index, num_rows: int):
    """Row `index[i]` of every tensor in `rows` as row i: repeats, drops and reorders rows.

    Axis 0 of each tensor is `num_rows`, or a multiple of it with the rows of one sequence together
    (as keys and values of several heads).

    >>> from keras import ops
    >>> rows = {"length": ops.arange(2), "keys": ops.arange(6)}  # three heads
    >>> ops.convert_to_numpy(take_rows(rows, ops.array([1, 1]), 2)["keys"]).tolist()
    [3, 4, 5, 3, 4, 5]
    """

    def take(tensor):
        rest = tensor.shape[1:]
        heads = tensor.shape[0] // num_rows
        grouped = ops.reshape(tensor, (num_rows, heads, *rest))
        return ops.reshape(ops.take(grouped, index, axis=0), (-1, *rest))

    return keras.tree.map_structure(take, rows)


def first_beams(rows: dict, num_beams: int) -> dict:
    """Give each row its number of beams, of which only the first is a continuation as yet."""
    is_first = ops.arange(rows["room"].shape[0], dtype="int32") % num_beams == 0
    return {
        **rows,
        "room": ops.where(is_first, rows["room"], 0),
        "sum": ops.where(is_first, 0.0, EXCLUDED),  # (rows,) log-probability of the continuation
        "drawn": ops.zeros_like(rows["room"]),  # (rows,) tokens in it
    }


def next_beams(rows: dict, beam: Beam, processors: Processors, settings: dict):
    """The best continuations of all beams: the rows in their new order, and a token for each.

    A beam that has ended competes with the others as it is, with its own length. The beams of a
    prompt stand in the order of their rank, the best first.

    Returns:
        `(rows, token, live)`; a beam that has ended is not `live`: no token is added to it.
    """
    num_rows, vocabulary_size = rows["logits"].shape
    scores = processors.weighted(rows, settings)
    scores = scores - ops.logsumexp(scores, axis=-1, keepdims=True)  # (rows, V): log-probabilities
    scores = processors.excluded(scores, rows, settings)
    can_follow = ops.max(scores, axis=-1) > NO_BEAM  # (rows,)
    goes_on = ops.logical_and(rows["room"] > 0, can_follow)
    # A beam that has ended has one continuation, itself: at no cost, in the place of token 0.
    is_itself = ops.arange(vocabulary_size, dtype="int32")[None, :] == 0
    scores = ops.where(goes_on[:, None], scores, ops.where(is_itself, 0.0, EXCLUDED))

    sums = ops.maximum(rows["sum"][:, None] + scores, EXCLUDED)  # (rows, V)
    length = ops.cast(ops.maximum(rows["drawn"] + ops.cast(goes_on, "int32"), 1), "float32")
    rank = sums / (length**beam.length_penalty)[:, None]
    rank = ops.where(sums > NO_BEAM, rank, EXCLUDED)

    candidates = (-1, beam.num_beams * vocabulary_size)  # of one prompt, side by side
    _, best = ops.top_k(ops.reshape(rank, candidates), beam.num_beams)  # (B, num_beams)
    best = ops.cast(best, "int32")
    first = ops.arange(best.shape[0], dtype="int32")[:, None] * beam.num_beams  # row of each prompt
    parent = ops.reshape(first + best // vocabulary_size, (-1,))  # (rows,)
    token = ops.reshape(best % vocabulary_size, (-1,))
    sums = ops.reshape(ops.take_along_axis(ops.reshape(sums, candidates), best, axis=1), (-1,))

    live = ops.logical_and(ops.take(goes_on, parent, axis=0), sums > NO_BEAM)
    rows = take_rows(rows, parent, num_rows)
    rows = {**rows, "sum": sums, "drawn": rows["drawn"] + ops.cast(live, "int32")}
    return rows, token, live
