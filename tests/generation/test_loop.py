"""The decoding loop on a counting machine instead of a model: after n comes n + 1, modulo 26."""

import itertools

import keras
import numpy as np
import pytest
from keras import ops

from mlm_tf.errors import InvalidArgumentError
from mlm_tf.generation import (
    Beam,
    Decoder,
    Greedy,
    MinP,
    Random,
    Sampler,
    TopK,
    TopP,
    Typical,
    bucket_length,
    draw_among,
)
from mlm_tf.generation.loop import log_probs_of, take_rows

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


def last(decoder, prompts, **kwargs):
    kwargs = {"max_length": 10, "sampler": Greedy(), **kwargs}
    *_, generated = decoder.run([np.array(p) for p in prompts], **kwargs)
    return generated


def run(decoder, prompts, **kwargs):
    return last(decoder, prompts, **kwargs).token_ids.tolist()


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


@pytest.mark.parametrize("sampler", [Greedy(), Random(), Beam(2)], ids=lambda s: type(s).__name__)
def test_slices_end_in_the_whole(decoder, sampler):
    settings = {"sampler": sampler, "temperature": 30.0, "seed": 4, "max_length": 20}
    whole = run(decoder, [[0, 1], [7]], **settings)
    for slice_length in (1, 3, 8, 100):
        assert run(decoder, [[0, 1], [7]], slice_length=slice_length, **settings) == whole


def test_each_slice_begins_with_the_one_before(decoder):
    settings = {"sampler": Random(), "temperature": 30.0, "max_length": 20, "slice_length": 6}
    slices = [g.token_ids[0].tolist() for g in decoder.run([np.array([0])], **settings)]
    assert [len(s) for s in slices] == [6, 12, 18, 19]
    for shorter, longer in itertools.pairwise(slices):
        assert longer[: len(shorter)] == shorter


def test_rows_end_where_the_watcher_says(decoder):
    def has_ended(token_ids):
        assert token_ids.shape[0] == 3
        return token_ids[:, -1] == 4  # of [0], [1] and [2] after 4, 3 and 2 tokens

    rows = run(decoder, [[0], [1], [2]], max_length=9, slice_length=2, has_ended=has_ended)
    assert rows[0] == [1, 2, 3, 4, -1, -1, -1, -1]
    assert rows[1] == [2, 3, 4, 5, 6, 7, 8, 9]  # 4 was not the last of a slice
    assert rows[2] == [3, 4, -1, -1, -1, -1, -1, -1]


def test_a_full_prompt_generates_nothing(decoder):
    assert run(decoder, [[0, 1, 2]], max_length=3) == [[]]


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
        {"max_length": 14, "has_ended": lambda ids: ids[:, 0] < 0, "slice_length": 5},
    ):
        run(decoder, [[4, 5, 6]], **{**settings, **change})
    assert counter.traces == traces
    run(decoder, [[4]], max_length=12, sampler=Greedy())
    assert counter.traces > traces


def test_the_seed_decides(decoder):
    settings = {"sampler": Random(), "temperature": 1e3, "max_length": 24}
    first, again, other = (run(decoder, [[0]], seed=s, **settings) for s in (1, 1, 2))
    assert first == again != other


PENALTY = {"repetition_penalty": 1.3}


@pytest.mark.parametrize("sampler", [Random(), TopP(0.9), Beam(3)], ids=lambda s: type(s).__name__)
def test_a_penalty_of_another_value_compiles_nothing(decoder, counter, sampler):
    run(decoder, [[0]], sampler=sampler, **PENALTY)
    traces = counter.traces
    run(decoder, [[0, 1]], sampler=sampler, repetition_penalty=0.7, temperature=2.0, seed=3)
    assert counter.traces == traces


@pytest.mark.long_table
@pytest.mark.parametrize(
    ("sampler", "other"),
    [
        (TopP(0.9), TopP(1e-6)),
        (MinP(1e-6), MinP(1.0)),
        (Typical(0.9), Typical(0.1)),
        (Beam(3, 0.0), Beam(3, 2.0)),
    ],
    ids=lambda s: type(s).__name__,
)
def test_a_setting_of_a_sampler_compiles_nothing_and_takes_effect(decoder, counter, sampler, other):
    settings = {"temperature": 40.0, "stop_token_ids": [3], "with_log_probs": True}
    first = last(decoder, [[0]], sampler=sampler, **settings)
    traces = counter.traces
    second = last(decoder, [[0]], sampler=other, **settings)
    assert counter.traces == traces
    alone = last(
        Decoder(counter.step, counter.initial_state, [], LETTERS), [[0]], sampler=other, **settings
    )
    assert second.token_ids.tolist() == alone.token_ids.tolist() != first.token_ids.tolist()


# === Samplers of one's own ===


class Only(Sampler):
    """A draw among some tokens, marked in an array, which is no input."""

    def __init__(self, tokens):
        self.marks = np.isin(np.arange(LETTERS), tokens)

    def __call__(self, logits, seed):
        return draw_among(ops.convert_to_tensor(self.marks)[None], logits, seed)


class OnlyAsInput(Only):
    inputs = ("marks",)


@pytest.mark.parametrize("kind", [Only, OnlyAsInput])
def test_a_sampler_may_hold_an_array(decoder, counter, kind):
    settings = {"temperature": 1e3, "max_length": 20}
    for tokens in ([5, 6], [5, 6], [8, 9, 10]):
        assert set(run(decoder, [[0]], sampler=kind(tokens), **settings)[0]) == set(tokens)
    compiled_once = 2  # a prompt and a step
    assert counter.traces == compiled_once * (1 if kind is OnlyAsInput else 2)


@pytest.mark.parametrize(
    ("names", "hold"),
    [(("held",), np.asarray), ((), np.asarray), ((), lambda x: [x]), ((), lambda x: {"x": x})],
)
def test_an_array_that_is_changed_in_place_takes_effect(names, hold):
    class Added(Sampler):
        inputs = names

        def __init__(self, added):
            self.held = hold(added)

        def __call__(self, logits, seed):
            [added] = keras.tree.flatten(self.held)
            return ops.cast(ops.argmax(logits + added, axis=-1), "int32")

    many = 3000  # repr() of an array leaves most of it out
    added = np.zeros(many, "float32")
    decoder = Decoder(
        lambda ids, state, mask: (ops.zeros((ids.shape[0], many)), state),
        lambda batch, length: ops.zeros((batch, 1)),
        [],
        many,
    )
    sampler = Added(added)
    for prompt, place in ([0], 1500), ([0], 1600), ([0] * 9, 1500), ([0] * 20, 1700):
        added[:] = 0
        added[place] = 9
        assert set(run(decoder, [prompt], sampler=sampler, max_length=24)[0]) == {place}


def given(result, **attributes):
    """A sampler whose `__call__` gives this."""
    body = {"__call__": lambda self, logits, seed: result(logits), **attributes}
    return type("Given", (Sampler,), body)()


@pytest.mark.parametrize(
    ("sampler", "message"),
    [
        (given(lambda x: ops.zeros(2)), r"float32 of shape \(2,\) .*int32 \(2,\)"),
        (
            given(lambda x: ops.zeros((2, 1), "int32")),
            r"int32 of shape \(2, 1\) for scores of shape",
        ),
        (given(lambda x: ops.zeros((), "int32")), r"of shape \(\) for"),
        (given(lambda x: None), r"NoneType of shape \(\) for"),
        (given(lambda x: x[:, 0] > 0), r"bool of shape \(2,\)"),
        (given(lambda x: ops.full((2,), LETTERS, "int32")), "chose a token that is none.* 0 to 25"),
        (given(lambda x: ops.full((2,), -1, "int32")), "chose a token that is none"),
        (given(lambda x: ops.full((2,), -100, "int32")), "chose a token that is none"),
        (given(None, inputs=("p",)), r"names 'p' in inputs=\('p',\)"),
        (given(None, inputs=("p",), p="much"), r"p='much' as an input"),
        (given(None, inputs=("p",), p=None), r"p=None as an input"),
    ],
)
def test_a_sampler_that_gives_no_ids_is_told(decoder, sampler, message):
    with pytest.raises(InvalidArgumentError, match=message) as error:
        run(decoder, [[0], [1]], sampler=sampler)
    assert "Given" in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize("dtype", ["int16", "uint8"])
def test_a_sampler_may_give_other_integers(decoder, dtype):
    sampler = given(lambda x: ops.cast(ops.argmax(x, axis=-1), dtype))
    assert run(decoder, [[0]], sampler=sampler) == run(decoder, [[0]])


def test_a_setting_that_is_changed_takes_effect(decoder):
    sampler = TopK(1)
    settings = {"temperature": 1e3, "sampler": sampler, "max_length": 20}
    assert run(decoder, [[0]], **settings) == run(decoder, [[0]], max_length=20)
    sampler.k = LETTERS
    assert run(decoder, [[0]], **settings) != run(decoder, [[0]], max_length=20)


class BestOf(Sampler):
    """Of some texts that are drawn, the most probable first."""

    rewrites = True

    def __init__(self, number):
        self.number = number

    def copies(self, num_sequences):
        return max(self.number, num_sequences)

    def first_rows(self, rows):
        return {**rows, "sum": ops.zeros_like(rows["logits"][:, 0])}

    def __call__(self, logits, seed):
        return Random()(logits, seed)

    def choose(self, rows, count, processors, settings):
        rows, token, live = super().choose(rows, count, processors, settings)
        added = ops.where(live, log_probs_of(rows["logits"], token), 0.0)
        return {**rows, "sum": rows["sum"] + added}, token, live

    def results(self, rows):
        sums = ops.reshape(rows["sum"], (-1, self.number))  # (B, number)
        first = self.number * ops.arange(sums.shape[0], dtype="int32")[:, None]
        order = ops.reshape(first + ops.cast(ops.argsort(-sums, axis=1), "int32"), (-1,))
        return super().results(take_rows(rows, order, len(order)))


def test_a_sampler_may_follow_several_rows_and_order_them(decoder):
    settings = {"temperature": 20.0, "max_length": 8, "with_log_probs": True}
    drawn = last(decoder, [[0], [5]], sampler=Random(), num_sequences=6, **settings)
    best = last(decoder, [[0], [5]], sampler=BestOf(6), **settings)
    for rows in (slice(0, 6), slice(6, 12)):
        sums = drawn.log_probs[rows].sum(axis=1)
        order = np.argsort(-sums, kind="stable")
        assert best.token_ids[rows].tolist() == drawn.token_ids[rows][order].tolist()
        assert len(set(sums.tolist())) > 1


def test_no_ngram_stands_twice_and_a_row_with_nothing_left_ends(decoder):
    settings = {"max_length": 20, "suppress_token_ids": list(range(3, 26))}
    [row] = run(decoder, [[0, 1]], no_repeat_ngram_size=2, **settings)
    written = [0, 1, *(token for token in row if token >= 0)]
    pairs = list(itertools.pairwise(written))
    assert len(pairs) == len(set(pairs))
    assert row[-1] == -1 and len(pairs) >= 5  # of nine pairs of three tokens
    assert {(written[-1], token) for token in range(3)} <= set(pairs)


def test_a_beam_with_nothing_left_ends(decoder):
    settings = {"max_length": 20, "suppress_token_ids": list(range(3, 26))}
    generated = last(decoder, [[0]], sampler=Beam(3), no_repeat_ngram_size=1, **settings)
    rows = [row[row >= 0].tolist() for row in generated.token_ids[generated.exists]]
    assert sorted(rows) == [[1, 2], [2, 1]]


def test_beams_beyond_what_can_be_said_do_not_exist(decoder):
    settings = {"sampler": Beam(4), "suppress_token_ids": list(range(2, 26))}
    generated = last(decoder, [[0], [0, 1]], max_length=2, **settings)
    assert generated.exists.tolist() == [True, True, False, False, True, False, False, False]
    assert generated.token_ids[:, 0].tolist()[:2] == [1, 0]


def test_several_sequences_are_several_draws_of_each_prompt(decoder):
    settings = {"sampler": Random(), "temperature": 1e3, "num_sequences": 4, "max_length": 12}
    rows = run(decoder, [[0], [5, 6]], **settings)
    assert len(rows) == 8 and len({tuple(row) for row in rows}) == 8
    assert all(row[-1] == -1 for row in rows[4:])  # the second prompt is longer


def test_log_probs_are_the_models_own(decoder):
    settings = {"sampler": TopK(3), "temperature": 50.0, "repetition_penalty": 1.5}
    generated = last(decoder, [[0, 1], [7]], with_log_probs=True, **settings)
    likely = -np.log1p((LETTERS - 1) * np.exp(-50.0))
    for prompt, row, log_probs in zip([1, 7], *generated[:2], strict=True):
        follows = row == (np.concatenate([[prompt], row[:-1]]) + 1) % LETTERS
        expected = np.where(follows, likely, likely - 50.0)[row >= 0]
        np.testing.assert_allclose(log_probs[row >= 0], expected, atol=1e-5)


# === Scores that are no numbers ===

BROKEN = {"nan": float("nan"), "inf": float("inf")}


@pytest.mark.long_table
@pytest.mark.parametrize("value", BROKEN)
@pytest.mark.parametrize(
    "sampler", [Greedy(), Random(), TopK(2), TopP(0.9), Beam(2)], ids=lambda s: type(s).__name__
)
def test_scores_that_are_not_finite_are_an_error(sampler, value):
    """The fourth step gives one."""

    def step(token_ids, state, padding_mask):
        is_broken = ops.logical_and(state[:, :1] == 3, ops.arange(5)[None] == 2)
        return ops.where(is_broken, BROKEN[value], ops.ones_like(is_broken, "float32")), state + 1

    decoder = Decoder(step, lambda batch, length: ops.zeros((batch, 1), "int32"), [], 5)
    assert len(run(decoder, [[0]], max_length=4, sampler=sampler)[0]) == 3
    with pytest.raises(InvalidArgumentError, match="scores are not finite") as error:
        run(decoder, [[0]], max_length=9, sampler=sampler)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("sampler", [Random(), Beam(2)], ids=lambda s: type(s).__name__)
def test_minus_infinity_excludes_a_token_and_everywhere_is_an_error(sampler):
    def decoder(scores):
        def step(token_ids, state, padding_mask):
            return ops.tile(ops.convert_to_tensor(scores)[None], (token_ids.shape[0], 1)), state

        return Decoder(step, lambda batch, length: ops.zeros((batch, 1)), [], 3)

    some = decoder(np.array([-np.inf, 0, -np.inf], "float32"))
    generated = last(some, [[0]], sampler=sampler, with_log_probs=True)
    assert generated.token_ids[0].tolist() == [1] * 9
    assert generated.log_probs[0].tolist() == [0] * 9
    with pytest.raises(InvalidArgumentError, match="scores are not finite"):
        run(decoder(np.full(3, -np.inf, "float32")), [[0]], sampler=sampler)


def test_a_source_reaches_the_state():
    """What is counted in steps of is the source."""

    def step(token_ids, state, padding_mask):
        count = ops.sum(ops.cast(padding_mask, "int32"), axis=1, keepdims=True)
        token = ops.take_along_axis(token_ids, ops.maximum(count - 1, 0), axis=1)[:, 0]
        return ops.one_hot((token + state[:, 0]) % LETTERS, LETTERS), state

    decoder = Decoder(step, lambda batch, length, steps: steps, [], LETTERS)
    source = (np.array([[2], [5]], "int32"),)
    rows = run(decoder, [[0], [1]], max_length=4, source=source)
    assert rows == [[2, 4, 6], [6, 11, 16]]
    beams = last(decoder, [[0], [1]], max_length=4, source=source, sampler=Beam(3))
    assert beams.token_ids[::3].tolist() == rows


@pytest.mark.parametrize("length", [1, 7, 8, 9, 63, 64, 65, 500, 513, 4097])
def test_buckets_are_few_and_waste_little(length):
    bucket = bucket_length(length)
    assert length <= bucket <= max(8, length + 7, length * 1.25)
    assert bucket_length(bucket) == bucket
    assert len({bucket_length(n) for n in range(1, 4097)}) < 60
