"""Beam search: one step of it, over `batch · num_beams` rows, those of one prompt together.

A beam goes on, or it has ended. Those that go on are the loop's rows, all of a prompt with the
same number of tokens; what has ended is kept apart, among the rows as `"ended"`, so that nothing
that may yet become worse can push it out:

    sum      float32 (rows,)     log-probability of the continuation; `EXCLUDED` where none goes on
    ended    generated           int32 (rows, capacity)
             rank                float32 (rows,), the best of each prompt first
             log_probs           float32 (rows, capacity), if they are kept

The rank is `sum / length ** length_penalty`.
"""

import keras
from keras import ops

from mlm_tf.generation.processors import Processors
from mlm_tf.generation.samplers import EXCLUDED, NO_TOKEN, Beam

NO_BEAM = EXCLUDED / 2  # a sum or a rank below this belongs to no continuation


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
    kept = {name: rows[name] for name in ("generated", "log_probs") if name in rows}
    return {
        **rows,
        "room": ops.where(is_first, rows["room"], 0),
        "sum": ops.where(is_first, 0.0, EXCLUDED),
        "ended": {**kept, "rank": ops.full(is_first.shape, EXCLUDED, dtype="float32")},
    }


def end_beams(rows: dict, count, beam: Beam) -> dict:
    """Put beams that have no room any more, of `count` tokens, among those that have ended."""
    has_ended = ops.logical_and(rows["sum"] > NO_BEAM, rows["room"] <= 0)
    rank = ranks(ops.where(has_ended, rows["sum"], EXCLUDED), count, beam)
    itself = ops.arange(rank.shape[0], dtype="int32")
    ended = with_ended(rows, beam, count, [(rank, itself, ops.full_like(itself, NO_TOKEN))])
    return {**rows, "sum": ops.where(has_ended, EXCLUDED, rows["sum"]), "ended": ended}


def next_beams(rows: dict, count, beam: Beam, processors: Processors, settings: dict):
    """The best continuations of all beams, by one token more than `count`.

    The best that end with this token go among the ended; of the others as many go on as there are
    beams, the best first. A search goes on until none of them can become better than the worst
    that has ended: a sum of log-probabilities only falls, and the least that dividing by the
    length can leave of it is what it is at the greatest length.

    Returns:
        `(rows, token, live)`: the rows in their new order, a token for each, and whether it is
        added to the row.
    """
    num_rows, vocabulary_size = rows["logits"].shape
    scores = processors.weighted(rows, settings)
    scores = scores - ops.logsumexp(scores, axis=-1, keepdims=True)  # (rows, V): log-probabilities
    scores = processors.excluded(scores, rows, settings)
    goes_on = ops.logical_and(rows["room"] > 0, ops.max(scores, axis=-1) > NO_BEAM)  # (rows,)
    sums = ops.maximum(rows["sum"][:, None] + scores, EXCLUDED)  # (rows, V)
    sums = ops.where(goes_on[:, None], sums, EXCLUDED)

    # === Those that end with a stop token, and those that are not at their end ===
    stops = settings["stops"]  # (stops,)
    at_stops = ops.take(sums, ops.maximum(stops, 0), axis=1)  # (rows, stops)
    at_stops = ops.where(stops[None] >= 0, at_stops, EXCLUDED)
    index = ops.arange(vocabulary_size, dtype="int32")
    are_stops = ops.any(index[:, None] == stops[None], axis=1)  # (V,)
    sums = ops.where(are_stops[None], EXCLUDED, sums)
    of_prompt = ops.reshape(sums, (-1, beam.num_beams * vocabulary_size))
    best_sums, best = ops.top_k(of_prompt, beam.num_beams)  # (B, num_beams)
    best, best_sums = ops.cast(best, "int32"), ops.reshape(best_sums, (-1,))
    first = ops.arange(best.shape[0], dtype="int32")[:, None] * beam.num_beams  # row of each prompt
    parent = ops.reshape(first + best // vocabulary_size, (-1,))  # (rows,)
    token = ops.reshape(best % vocabulary_size, (-1,))

    # === What has ended: at a stop token, where nothing fits any more, where nothing may follow ===
    row = ops.arange(num_rows, dtype="int32")
    room = ops.take(rows["room"], parent, axis=0)  # (rows,), the same for all that go on
    is_stuck = ops.logical_and(rows["room"] > 0, ops.logical_not(goes_on))
    ended = with_ended(
        rows,
        beam,
        count,
        [
            (
                ranks(ops.reshape(at_stops, (-1,)), count + 1, beam),
                ops.repeat(row, stops.shape[0]),
                ops.tile(stops, (num_rows,)),
            ),
            (ranks(ops.where(room == 1, best_sums, EXCLUDED), count + 1, beam), parent, token),
            (
                ranks(ops.where(is_stuck, rows["sum"], EXCLUDED), count, beam),
                row,
                ops.full_like(row, NO_TOKEN),
            ),
        ],
    )

    # === Whether to go on ===
    hoped = ranks(best_sums, count + room, beam)  # (rows,)
    worst = ops.repeat(ended["rank"][beam.num_beams - 1 :: beam.num_beams], beam.num_beams)
    live = ops.logical_and(best_sums > NO_BEAM, room > 1)
    best_hoped = ops.max(ops.reshape(hoped, (-1, beam.num_beams)), axis=1)  # (B,)
    live = ops.logical_and(live, ops.repeat(best_hoped, beam.num_beams) > worst)
    rows = take_rows({name: rows[name] for name in rows if name != "ended"}, parent, num_rows)
    return {**rows, "sum": ops.where(live, best_sums, EXCLUDED), "ended": ended}, token, live


def ranks(sums, length, beam: Beam):
    """What continuations of one length are compared by, `(...)`; that of none is `EXCLUDED`."""
    length = ops.cast(ops.maximum(length, 1), "float32")
    return ops.where(sums > NO_BEAM, sums / length**beam.length_penalty, EXCLUDED)


def with_ended(rows: dict, beam: Beam, count, candidates) -> dict:
    """The best of what has ended before and of what ends now.

    Args:
        rows: of which `"ended"` is what has ended before.
        beam: as many are kept of each prompt.
        count: tokens in the rows.
        candidates: `(rank, row, token)`, each `(n · rows,)`, those of a prompt together: a row,
            and the token that is added to it, or `NO_TOKEN`.

    Returns:
        The new `"ended"`.
    """
    ended, num_rows = rows["ended"], rows["sum"].shape[0]
    itself = ops.arange(num_rows, dtype="int32")  # what has ended stands before the rows below
    every = [(ended["rank"], itself, ops.full_like(itself, NO_TOKEN))]
    every += [(rank, num_rows + row, token) for rank, row, token in candidates]
    prompts = num_rows // beam.num_beams
    rank, row, token = (
        ops.concatenate([ops.reshape(part, (prompts, -1)) for part in parts], axis=1)
        for parts in zip(*every, strict=True)
    )  # (B, all)
    rank, best = ops.top_k(rank, beam.num_beams)  # (B, num_beams); of equals the earlier
    row, token = (
        ops.reshape(ops.take_along_axis(part, ops.cast(best, "int32"), axis=1), (-1,))
        for part in (row, token)
    )

    def kept(name):
        return ops.take(ops.concatenate([ended[name], rows[name]], axis=0), row, axis=0)

    # The column is empty in all of them: what has ended is shorter.
    generated = ops.slice_update(kept("generated"), (0, count), token[:, None])
    new = {"generated": generated, "rank": ops.reshape(rank, (-1,))}
    if "log_probs" in ended:
        logits = ops.take(rows["logits"], ops.maximum(row - num_rows, 0), axis=0)  # (rows, V)
        column = ops.where(token >= 0, log_probs_of(logits, token), 0.0)[:, None]
        new["log_probs"] = ops.slice_update(kept("log_probs"), (0, count), column)
    return new


def log_probs_of(logits, token):
    """The log-probability of a token, `(rows,)`, under scores `(rows, vocabulary_size)`."""
    score = ops.take_along_axis(logits, ops.maximum(token, 0)[:, None], axis=1)[:, 0]
    return score - ops.logsumexp(logits, axis=1)
