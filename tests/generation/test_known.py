"""What a decoder knows after a text is kept: a counting machine that remembers what it has read."""

import numpy as np
import pytest
from keras import ops

from mlm_tf.generation import Decoder, Greedy, decoder, room_for

LETTERS = 26
SETTINGS = {"sampler": Greedy()}


class Rememberer:
    """After n comes n plus the number of tokens read; its state holds them, in their order."""

    def __init__(self):
        self.chunks = []

    def step(self, token_ids, state, padding_mask):
        self.chunks.append(token_ids.shape[1])
        room = state["tokens"].shape[1]
        count = ops.cumsum(ops.cast(padding_mask, "int32"), axis=1)  # (B, S)
        place = state["read"][:, None] + count - 1
        is_there = ops.arange(room)[None, :, None] == ops.where(padding_mask, place, -1)[:, None, :]
        added = ops.sum(ops.where(is_there, token_ids[:, None, :], 0), axis=2)  # (B, room)
        tokens, read = state["tokens"] + added, state["read"] + count[:, -1]
        last = ops.take_along_axis(tokens, ops.maximum(read - 1, 0)[:, None], axis=1)[:, 0]
        follows = (ops.sum(tokens, axis=1) + last) % LETTERS
        return 50.0 * ops.one_hot(follows, LETTERS), {"tokens": tokens, "read": read}

    def initial_state(self, batch, max_length):
        return {
            "tokens": ops.zeros((batch, max_length), "int32"),
            "read": ops.zeros((batch,), "int32"),
        }


@pytest.fixture
def machine():
    return Rememberer()


@pytest.fixture
def decodes(machine):
    return Decoder(machine.step, machine.initial_state, [], LETTERS)


def run(decodes, prompt, **settings):
    *_, generated = decodes.run([np.array(prompt)], **SETTINGS, **settings)
    return generated


@pytest.mark.parametrize("cuts", [[], [1], [32], [31, 33], [64], [20, 40, 60]])
def test_pieces_are_the_whole(decodes, cuts):
    prompt = np.arange(70) % LETTERS
    known, room = None, 0
    for part in np.split(prompt, cuts):
        room += len(part)
        known = decodes.read(part, room, known)
    assert known.room == 70
    known = decodes.with_room(known, 90)
    expected = run(decodes, prompt, max_length=90).token_ids
    for _ in range(2):  # it is left as it was
        assert run(decodes, prompt, max_length=90, known=known).token_ids.tolist() == (
            expected.tolist()
        )


def test_what_was_written_is_known(decodes):
    known = decodes.read(np.array([3, 4]), 40)
    generated = run(decodes, [3, 4], max_length=12, known=known)
    text = np.concatenate([[3, 4], generated.token_ids[0]])
    whole = run(decodes, [3, 4], max_length=30, known=known).token_ids[0]
    rest = run(decodes, text, max_length=30, known=generated.known).token_ids[0]
    assert whole.tolist() == [*generated.token_ids[0], *rest]


def test_a_text_of_any_length_is_read_by_one_function(decodes, machine):
    for length in (1, 31, 32, 33, 100, 128):
        decodes.read(np.ones(length, "int32"), 128)
    assert set(machine.chunks) == {decoder.PIECE}
    traces = len(machine.chunks)
    decodes.read(np.ones(5, "int32"), 128, decodes.read(np.ones(120, "int32"), 128))
    assert len(machine.chunks) == traces
    decodes.read(np.ones(5, "int32"), 256)
    assert len(machine.chunks) > traces


def test_a_state_that_grows_otherwise_says_how(machine):
    asked = []

    def grown_state(state, empty):
        asked.append(empty["tokens"].shape[1])
        return {**empty, "read": state["read"]}  # forgets the tokens

    decodes = Decoder(machine.step, machine.initial_state, [], LETTERS, grown_state)
    known = decodes.with_room(decodes.read(np.array([7]), 8), 16)
    assert asked == [16] and known.room == 16
    assert int(ops.sum(known.state["tokens"])) == 0


@pytest.mark.parametrize(("seconds", "lengths"), [(1e9, [4, 39]), (1e-9, [4, 6, 7, 8])])
def test_slices_become_as_long_as_their_time(decodes, seconds, lengths):
    settings = {"max_length": 40, "slice_length": 4, "slice_seconds": seconds}
    slices = decodes.run([np.array([1])], **SETTINGS, **settings)
    assert [generated.token_ids.shape[1] for generated in slices][:4] == lengths


@pytest.mark.parametrize("limit", [1, 30, 512, 513, 1024, 2048, 2049, 8192, 40_960, 131_072])
def test_up_to_a_limit_there_are_three_sizes_at_most(limit):
    lengths = [*range(1, min(limit, 3000) + 1), limit // 2, limit - 1, limit]
    sizes = [room_for(max(n, 1), limit) for n in lengths]
    assert all(size >= length for size, length in zip(sizes, lengths, strict=True))
    assert len(set(sizes)) <= 3 and max(sizes) <= limit * 1.25 + 8


def test_without_a_limit_there_are_few():
    sizes = {room_for(n, None) for n in range(1, 100_000, 37)}
    assert sizes == {512, 2048, 8192, 32768, 131072}
