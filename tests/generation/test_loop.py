"""The decoding loop on a counting machine instead of a model: after n comes n + 1, modulo 26."""

import numpy as np
import pytest
from keras import ops

from mlm_tf.generation import Decoder, Greedy, Random, bucket_length

LETTERS = 26


class Counter:
    """Its state is the number of tokens read, per row; it counts how often it is traced."""

    def __init__(self):
        self.traces = 0

    def step(self, token_ids, state, padding_mask):
        self.traces += 1
        count = ops.sum(ops.cast(padding_mask, "int32"), axis=1)
        last = ops.maximum(count - 1, 0)[:, None]
        token = ops.take_along_axis(token_ids, last, axis=1)[:, 0]
        return 50.0 * ops.one_hot((token + 1) % LETTERS, LETTERS), {"read": state["read"] + count}

    def initial_state(self, batch, max_length):
        return {"read": ops.zeros((batch,), dtype="int32")}


@pytest.fixture
def counter():
    return Counter()


@pytest.fixture
def decoder(counter):
    return Decoder(counter.step, counter.initial_state, [], LETTERS)


def run(decoder, prompts, **kwargs):
    kwargs = {"max_length": 10, "sampler": Greedy(), **kwargs}
    slices = list(decoder.run([np.array(p) for p in prompts], **kwargs))
    return np.concatenate(slices, axis=1).tolist() if slices else []


def test_counts_on_until_max_length(decoder):
    assert run(decoder, [[0]], max_length=5) == [[1, 2, 3, 4]]


def test_ragged_rows_go_on_at_their_own_position(decoder):
    rows = run(decoder, [[3, 4, 5], [10]], max_length=6)
    assert rows == [[6, 7, 8, -1, -1], [11, 12, 13, 14, 15]]


def test_a_row_ends_with_its_stop_token_while_others_go_on(decoder):
    rows = run(decoder, [[0], [5]], max_length=6, stop_token_ids=[2])
    assert rows == [[1, 2, -1, -1, -1], [6, 7, 8, 9, 10]]


def test_the_loop_ends_when_every_row_has(decoder):
    assert run(decoder, [[0], [1]], max_length=200, stop_token_ids=[3]) == [[1, 2, 3], [2, 3, -1]]


def test_a_stop_token_that_never_comes_stops_at_max_length(decoder):
    rows = run(decoder, [[0]], max_length=12, stop_token_ids=[25])
    assert rows == [list(range(1, 12))]


def test_many_stop_tokens(decoder):
    assert run(decoder, [[0]], stop_token_ids=list(range(4, 26))) == [[1, 2, 3, 4]]


def test_suppressed_tokens_are_never_drawn(decoder):
    rows = run(decoder, [[0]], sampler=Random(), suppress_token_ids=[1, 2, 3], temperature=1e6)
    assert not {1, 2, 3} & set(rows[0])


def test_slices_join_to_the_whole(decoder):
    whole = run(decoder, [[0, 1], [7]], max_length=20)
    for slice_length in (1, 3, 8, 100):
        assert run(decoder, [[0, 1], [7]], max_length=20, slice_length=slice_length) == whole


def test_slices_of_random_draws_join_to_the_whole(decoder):
    settings = {"sampler": Random(), "temperature": 30.0, "seed": 4, "max_length": 30}
    whole = run(decoder, [[0]], **settings)
    assert run(decoder, [[0]], slice_length=4, **settings) == whole


def test_a_full_prompt_generates_nothing(decoder):
    assert run(decoder, [[0, 1, 2]], max_length=3) == []


def test_new_values_compile_nothing(decoder, counter):
    settings = {"sampler": Random(), "max_length": 12}
    run(decoder, [[0, 1]], **settings)
    traces = counter.traces
    for change in (
        {"seed": 9},
        {"temperature": 0.3},
        {"max_length": 16},
        {"max_length": 13, "slice_length": 3},
        {"stop_token_ids": [3]},
        {"suppress_token_ids": [7]},
    ):
        run(decoder, [[4, 5, 6]], **{**settings, **change})
    assert counter.traces == traces
    run(decoder, [[4]], max_length=12, sampler=Greedy())
    assert counter.traces > traces


def test_the_seed_decides(decoder):
    settings = {"sampler": Random(), "temperature": 1e3, "max_length": 24}
    first, again, other = (run(decoder, [[0]], seed=s, **settings) for s in (1, 1, 2))
    assert first == again != other


@pytest.mark.parametrize("length", [1, 7, 8, 9, 63, 64, 65, 500, 513, 4097])
def test_buckets_are_few_and_waste_little(length):
    bucket = bucket_length(length)
    assert length <= bucket <= max(8, length + 7, length * 1.25)
    assert bucket_length(bucket) == bucket
    assert len({bucket_length(n) for n in range(1, 4097)}) < 60
