"""Beam search on tables of probabilities: against all texts, and against the search by hand."""

import functools
import itertools

import numpy as np
import pytest
from keras import ops

from mlm_tf.generation import Beam, Decoder, Greedy

STOP = 0


@functools.cache
def table_decoder(steps, size):
    """After n tokens of which the last is t, the next has the probabilities `tables[n - 1, t]`;
    the tables `(batch, steps, size, size)`, as logarithms, are its source."""

    def step(token_ids, state, padding_mask):
        count = ops.sum(ops.cast(padding_mask, "int32"), axis=1)
        last = ops.maximum(count - 1, 0)[:, None]
        token = ops.take_along_axis(token_ids, last, axis=1)[:, 0]
        token = ops.where(count > 0, token, state["token"])
        read = state["read"] + count
        row = ops.minimum(read - 1, steps - 1) * size + token
        scores = ops.reshape(state["scores"], (-1, steps * size, size))
        scores = ops.take_along_axis(scores, row[:, None, None], axis=1)[:, 0]
        return scores, {**state, "token": token, "read": read}

    def initial_state(batch, max_length, scores):
        counts = {name: ops.zeros((batch,), dtype="int32") for name in ("token", "read")}
        return {"scores": scores, **counts}

    return Decoder(step, initial_state, [], size)


def random_tables(rng, steps, size, ends):
    tables = rng.dirichlet(np.full(size, 0.5), (steps, size))
    tables[:, :, STOP] *= ends
    return tables / tables.sum(-1, keepdims=True)


def searched(tables, beam, new, prompts=([1],), **settings):
    settings = {"stop_token_ids": [STOP], "with_log_probs": True, **settings}
    prompts = [np.array(prompt) for prompt in prompts]
    scores = np.log(np.maximum(tables, 1e-30)).astype("float32")
    source = (np.tile(scores, (len(prompts), 1, 1, 1)),)
    length = max(map(len, prompts)) + new
    decoder = table_decoder(*tables.shape[:2])
    *_, generated = decoder.run(prompts, length, beam, source=source, **settings)
    return generated


def texts_of(generated):
    """The texts, best first, and the log-probability of each."""
    texts = [
        tuple(row[row >= 0].tolist())
        for row, exists in zip(generated.token_ids, generated.exists, strict=True)
        if exists
    ]
    sums = [
        scores[row >= 0].sum(dtype="float64")
        for row, scores, exists in zip(*generated[:3], strict=True)
        if exists
    ]
    return texts, sums


def every_text(tables, new, first):
    """All texts that end with the stop token or after `new` tokens: text -> log-probability."""
    texts = {}
    for row in itertools.product(range(tables.shape[1]), repeat=new):
        row = row[: row.index(STOP) + 1] if STOP in row else row
        last = (first, *row[:-1])
        texts[row] = sum(np.log(tables[n, last[n], token]) for n, token in enumerate(row))
    return texts


def by_hand(tables, new, first, beam):
    """The search without an early end."""
    going_on, ended = {(): 0.0}, {}
    for n in range(new):
        candidates = {
            (*row, token): total + np.log(probability)
            for row, total in going_on.items()
            for token, probability in enumerate(tables[n, (first, *row)[-1]])
        }
        has_ended = {row for row in candidates if row[-1] == STOP or n == new - 1}
        ended |= {row: candidates[row] for row in has_ended}
        others = sorted(candidates.keys() - has_ended, key=candidates.get, reverse=True)
        going_on = {row: candidates[row] for row in others[: beam.num_beams]}
    ranked = sorted(ended, key=lambda row: -rank(ended[row], row, beam))[: beam.num_beams]
    return ranked, [ended[row] for row in ranked]


def rank(total, text, beam):
    return total / len(text) ** beam.length_penalty


def test_a_better_text_that_has_ended_is_not_pushed_out():
    """[0] ends with .30; the others stand above it for two steps, and then each has ten ways."""
    tables = np.zeros((3, 13, 13))
    tables[0, :, :3] = [0.30, 0.65, 0.05]
    tables[1, :, 3:5] = 0.5
    tables[2, :, 3:] = 0.1
    generated = searched(tables, Beam(2, length_penalty=0), new=3)
    assert generated.exists[0] and generated.token_ids[0].tolist() == [0, -1, -1]
    np.testing.assert_allclose(generated.log_probs[0], [np.log(0.3), 0, 0], atol=1e-6)
    texts, sums = texts_of(generated)
    assert texts[1][0] == 1 and len(texts[1]) == 3
    np.testing.assert_allclose(sums[1], np.log(0.65 * 0.5 * 0.1), atol=1e-5)


@pytest.mark.parametrize("length_penalty", [0.0, 0.5, 1.0, 2.0])
def test_a_wide_search_finds_the_best_of_all_texts(length_penalty):
    rng = np.random.default_rng(0)
    size, new = 4, 4
    beam = Beam(size ** (new - 1), length_penalty)
    for ends in (0.3, 1.0, 4.0):
        tables = random_tables(rng, new, size, ends)
        found, sums = texts_of(searched(tables, beam, new))
        texts = every_text(tables, new, first=1)
        ranked = sorted(texts, key=lambda t: -rank(texts[t], t, beam))[: beam.num_beams]
        assert found[:20] == ranked[:20]
        np.testing.assert_allclose(sums[:20], [texts[text] for text in found[:20]], atol=1e-4)


@pytest.mark.parametrize("length_penalty", [0.0, 0.7, 1.0, 3.0])
@pytest.mark.parametrize("num_beams", [2, 3, 5])
def test_a_search_that_ends_early_equals_one_that_does_not(num_beams, length_penalty):
    rng = np.random.default_rng(num_beams)
    beam, size, new = Beam(num_beams, length_penalty), 6, 7
    for ends in (0.2, 1.0, 3.0):
        tables = random_tables(rng, new, size, ends)
        prompts = [[1], [3], [5]]
        generated = searched(tables, beam, new, prompts)
        for index, [first] in enumerate(prompts):
            rows = slice(index * num_beams, (index + 1) * num_beams)
            found, sums = texts_of(type(generated)(*(part[rows] for part in generated)))
            expected, totals = by_hand(tables, new, first, beam)
            np.testing.assert_allclose(sums, totals, atol=1e-4)
            assert found == expected


def test_a_search_ends_once_nothing_can_become_better():
    """Not by a token before, and not by one after."""
    tables = np.full((60, 3, 3), 1 / 3)
    tables[0] = [0.9, 0.06, 0.04]
    tables[1:, :, :] = [0.5, 0.3, 0.2]

    def steps(length_penalty, new):
        return searched(tables, Beam(2, length_penalty), new).token_ids.shape[1]

    # [0] .9 and [1, 0] .03 have ended after two tokens, and what goes on is .018 at most.
    assert steps(0, 50) == 2
    # Per token a text that goes on may reach 0.018 ** (1 / length), which is above 0.03 ** (1 / 2).
    assert steps(1.0, 50) > steps(0.1, 50) >= 2


def test_slices_and_ragged_prompts_change_nothing():
    rng = np.random.default_rng(4)
    tables = random_tables(rng, 9, 5, 1.0)
    prompts = [[1], [2, 3], [4, 4, 1]]
    for beam in (Beam(3), Beam(4, 0.0)):
        whole = searched(tables, beam, 6, prompts)
        for slice_length in (1, 2, 5):
            sliced = searched(tables, beam, 6, prompts, slice_length=slice_length)
            for a, b in zip(sliced[:3], whole[:3], strict=True):
                np.testing.assert_array_equal(a, b)
        for index, prompt in enumerate(prompts):
            new = max(map(len, prompts)) + 6 - len(prompt)
            alone = texts_of(searched(tables, beam, new, [prompt]))
            rows = slice(index * beam.num_beams, (index + 1) * beam.num_beams)
            assert texts_of(type(whole)(*(part[rows] for part in whole)))[0] == alone[0]


def test_what_a_watcher_ends_is_kept_apart_too():
    """A text ends where the watcher sees a 2, at its own length."""
    rng = np.random.default_rng(7)
    for length_penalty in (0.0, 1.0):
        tables = random_tables(rng, 6, 4, 1.0)
        beam = Beam(64, length_penalty)
        settings = {"slice_length": 1, "has_ended": lambda ids: (ids == 2).any(axis=1)}
        found, _ = texts_of(searched(tables, beam, 4, **settings))
        cut = {
            text[: text.index(2) + 1] if 2 in text else text
            for text in every_text(tables, 4, first=1)
        }
        totals = {
            text: sum(np.log(tables[n, (1, *text)[n], t]) for n, t in enumerate(text))
            for text in cut
        }
        ranked = sorted(totals, key=lambda t: -rank(totals[t], t, beam))
        assert found[:15] == ranked[:15]


def test_a_stop_token_given_twice_ends_one_text():
    tables = random_tables(np.random.default_rng(1), 4, 4, 2.0)
    twice = texts_of(searched(tables, Beam(4), 3, stop_token_ids=[STOP, STOP]))
    assert twice == texts_of(searched(tables, Beam(4), 3))
    assert len(set(twice[0])) == 4


def test_one_beam_is_greedy():
    """Though it would find better texts after the one that has ended."""
    tables = np.zeros((3, 3, 3))
    tables[:] = [0.4, 0.35, 0.25]
    for sampler in (Beam(1), Greedy()):
        assert searched(tables, sampler, 3).token_ids.tolist() == [[0]]


def test_a_full_prompt_is_one_text_without_a_token():
    generated = searched(np.full((4, 3, 3), 1 / 3), Beam(2), 0, [[1, 2], [1]])
    assert generated.exists.tolist()[:2] == [True, False]
    assert generated.token_ids[0].tolist() == [-1]
    assert generated.token_ids[2:, 0].min() >= 0
