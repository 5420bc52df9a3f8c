"""What self-attention remembers, the KV cache: a ring of slots, and which position each holds.

A token stands in the slot of its position modulo the number of slots, and one more slot collects
the padding and is read by nobody. So rows of any length, holes in the mask and sliding windows are
one `scatter_update`, and what a slot holds follows from the length alone. A state is
`{"keys", "values", "length"}`, the first two `(B·Hkv, C + 1, d)`, with the heads of keys and values
folded into the batch, and `length` int32 `(B,)`: every row has its own.
"""

from keras import ops


def empty(batch_size: int, num_heads: int, slots: int, head_dim: int, dtype) -> dict:
    """The state before the first token."""
    cache = ops.zeros((batch_size * num_heads, slots + 1, head_dim), dtype=dtype)
    return {
        "keys": cache,
        "values": cache,
        "length": ops.zeros((batch_size,), dtype="int32"),
    }


def cut(state, length: int) -> dict:
    """The state after the first `length` tokens: what a slot holds follows from the length."""
    return {**state, "length": ops.minimum(state["length"], length)}


def written(state, k, v, positions, padding_mask, sliding_window) -> dict:
    """The state with a chunk's keys and values, `(B·Hkv, S, d)`, each in its slot.

    `positions`, int32, and `padding_mask`, bool, are `(B, S)`. A token past the last slot is not
    kept, but where a window slides.
    """
    batch, chunk = positions.shape
    length = positions[:, -1] + 1  # (B,)
    rows, slots = state["keys"].shape[0], state["keys"].shape[1] - 1
    if sliding_window is None:
        keep = ops.logical_and(padding_mask, positions < slots)
    else:  # of a long chunk the last tokens alone: no slot is written twice
        keep = ops.logical_and(padding_mask, positions >= length[:, None] - slots)
    slot = ops.where(keep, ops.mod(positions, slots), slots)  # (B, S)
    if batch == chunk == 1:  # one place for all heads: a slice costs less than a scatter
        place = (0, slot[0, 0], 0)

        def write(cache, new):
            return ops.slice_update(cache, place, new)
    else:
        slot = ops.reshape(ops.repeat(slot, rows // batch, axis=0), (-1,))  # (B·Hkv·S,)
        row = ops.repeat(ops.arange(rows, dtype="int32"), chunk)
        places = ops.stack([row, slot], axis=1)  # (B·Hkv·S, 2)

        def write(cache, new):
            return ops.scatter_update(cache, places, ops.reshape(new, (-1, new.shape[-1])))

    return {"keys": write(state["keys"], k), "values": write(state["values"], v), "length": length}


def readable(state, new_state, k, v, positions, padding_mask, sliding_window) -> tuple:
    """What a chunk may read: keys and values `(B·Hkv, T, d)`, and which, bool `(B, 1 or S, T)`.

    One token stands in the cache already. A chunk of several may be longer than the cache, so it
    is read beside the old one.
    """
    if positions.shape[1] == 1:
        held = _positions_held(new_state, sliding_window)[:, None, :]  # (B, 1, C + 1)
        return new_state["keys"], new_state["values"], held >= 0
    held = _positions_held(state, sliding_window)  # (B, C + 1)
    of_chunk = ops.where(padding_mask, positions, -1)  # (B, S)
    held = ops.concatenate([held, of_chunk], axis=1)[:, None, :]  # (B, 1, C + 1 + S)
    now = positions[:, :, None]  # (B, S, 1)
    visible = ops.logical_and(held >= 0, held <= now)
    if sliding_window is not None:
        visible = ops.logical_and(visible, held > now - sliding_window)
    keys = ops.concatenate([state["keys"], k], axis=1)
    return keys, ops.concatenate([state["values"], v], axis=1), visible


def _positions_held(state, sliding_window):
    """The position whose token each slot holds, `(B, C + 1)`; below 0 where it holds none.

    It follows from the length alone: the newest position of those that share the slot.
    """
    slots = state["keys"].shape[1] - 1
    last = state["length"][:, None] - 1  # (B, 1)
    if sliding_window is None:
        last = ops.minimum(last, slots - 1)
    slot = ops.arange(slots + 1, dtype="int32")[None]  # (1, C + 1)
    held = last - ops.mod(last - slot, slots)
    return ops.where(slot < slots, held, -1)
