"""Samplers alone, on made-up scores: no model."""

import keras
import numpy as np
import pytest
from keras import ops
from scipy import stats

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
    get_sampler,
)
from mlm_tf.generation.samplers import EXCLUDED, are_typical, draw, in_nucleus

PROBABILITIES = np.array([0.5, 0.25, 0.15, 0.1])
LOGITS = np.log(PROBABILITIES).astype("float32")


def draws(sampler, count=4000):
    rows = np.tile(LOGITS, (count, 1))
    return ops.convert_to_numpy(sampler(rows, keras.random.SeedGenerator(1)))


def test_greedy_takes_the_most_probable():
    assert (draws(Greedy(), 5) == 0).all()


SAMPLERS = [
    (Random(), 4),
    (TopK(4), 4),
    (TopK(2), 2),
    (TopP(1.0), 4),
    (TopP(0.8), 3),  # 0.5 + 0.25 are not enough
    (TopP(0.7), 2),
    (MinP(0.1), 4),
    (MinP(0.25), 3),  # 0.15 is above 0.25 * 0.5
    (MinP(0.4), 2),
    (Typical(1.0), 4),
    (Typical(0.8), 3),  # the entropy is 1.21: nearest are 0.25, 0.5 and 0.15, in this order
    (Typical(0.7), 2),
]


def fits(observed, probabilities, kept):
    expected = probabilities[:kept] / probabilities[:kept].sum()
    assert observed[kept:].sum() == 0
    return stats.chisquare(observed[:kept], expected * observed.sum()).pvalue > 1e-3


@pytest.mark.parametrize(("sampler", "kept"), SAMPLERS)
def test_draws_match_the_distribution(sampler, kept):
    assert fits(np.bincount(draws(sampler), minlength=4), PROBABILITIES, kept)


IN_THE_LOOP = [(Random(), 4), (TopK(3), 3), (TopP(0.8), 3), (MinP(0.5), 3), (Typical(0.8), 3)]


@pytest.mark.long_table
@pytest.mark.parametrize(("sampler", "kept"), IN_THE_LOOP)
def test_draws_in_the_loop_match_the_distribution_at_a_temperature(sampler, kept):
    """Every score the same at every step; 500 rows of 8 draws, each of them another draw."""

    def step(token_ids, state, padding_mask):
        return ops.tile(ops.convert_to_tensor(LOGITS)[None], (token_ids.shape[0], 1)), state

    decoder = Decoder(step, lambda batch, length: ops.zeros((batch, 1)), [], 4)
    [generated] = decoder.run(
        [np.array([0])], 9, sampler, temperature=2.0, seed=3, num_sequences=500
    )
    heated = np.sqrt(PROBABILITIES) / np.sqrt(PROBABILITIES).sum()  # 0.38, 0.27, 0.21, 0.17
    for column in generated.token_ids.T:
        assert fits(np.bincount(column, minlength=4), heated, kept)
    # One draw and the next: as if they knew nothing of each other.
    pairs = kept * generated.token_ids[:, ::2] + generated.token_ids[:, 1::2]
    heated = heated[:kept] / heated[:kept].sum()
    assert fits(np.bincount(pairs.ravel()), np.outer(heated, heated).ravel(), kept**2)


def test_top_1_is_greedy():
    assert (draws(TopK(1), 50) == 0).all()


def test_a_nucleus_always_keeps_the_most_probable():
    assert (draws(TopP(1e-6), 50) == 0).all()


def test_top_k_keeps_exactly_k_among_equals_and_top_p_all_or_none():
    rows = np.tile(np.array([[0, 0, 0, 0, 0, -3]], "float32"), (500, 1))
    for sampler, kept in ((TopK(2), 2), (TopP(0.4), 5)):
        chosen = ops.convert_to_numpy(sampler(rows, keras.random.SeedGenerator(0)))
        assert len(set(chosen.tolist())) == kept


@pytest.mark.parametrize("size", [1, 2, 7, 65, 1000])
@pytest.mark.parametrize("p", [0.01, 0.3, 0.9, 0.999, 1.0])
def test_a_nucleus_is_the_fewest_that_reach_p(size, p):
    scores = 4 * np.random.default_rng(size).normal(size=(8, size)).astype("float32")
    probabilities = np.exp(scores.astype("float64"))
    probabilities /= probabilities.sum(-1, keepdims=True)
    found = ops.convert_to_numpy(in_nucleus(scores, p))
    for row, marks in zip(probabilities, found, strict=True):
        ranked = np.sort(row)[::-1]
        count = marks.sum()
        assert sorted(row[marks], reverse=True) == ranked[:count].tolist()
        assert ranked[:count].sum() > p - 1e-5 and ranked[: count - 1].sum() < p + 1e-5


@pytest.mark.parametrize("p", [0.1, 0.5, 1.0])
def test_min_p_keeps_what_reaches_a_share_of_the_most_probable(p):
    scores = 2 * np.random.default_rng(3).normal(size=20).astype("float32")
    probabilities = np.exp(scores) / np.exp(scores).sum()
    rows = np.tile(scores, (4000, 1))
    drawn = ops.convert_to_numpy(MinP(p)(rows, keras.random.SeedGenerator(0)))
    expected = np.flatnonzero(probabilities >= p * probabilities.max())
    assert sorted(set(drawn.tolist())) == expected.tolist()


def test_the_most_probable_need_not_be_typical():
    assert (draws(Typical(0.2), 50) == 1).all()


@pytest.mark.parametrize("size", [1, 2, 7, 65, 1000])
@pytest.mark.parametrize("p", [0.01, 0.3, 0.9, 0.999, 1.0])
def test_the_typical_are_the_fewest_nearest_to_the_entropy_that_reach_p(size, p):
    scores = 4 * np.random.default_rng(size).normal(size=(8, size)).astype("float32")
    probabilities = np.exp(scores.astype("float64"))
    probabilities /= probabilities.sum(-1, keepdims=True)
    found = ops.convert_to_numpy(are_typical(scores, p))
    for row, marks in zip(probabilities, found, strict=True):
        distance = np.abs(-np.log(row) + (row * np.log(row)).sum())
        ranked, count = np.argsort(distance), marks.sum()
        assert set(np.flatnonzero(marks)) == set(ranked[:count])
        reached = np.cumsum(row[ranked])
        assert reached[count - 1] > p - 1e-5
        assert count == 1 or reached[count - 2] < p + 1e-5


def test_what_is_excluded_is_not_typical():
    scores = np.array([[0.0, EXCLUDED, 0.5, EXCLUDED]], "float32")
    assert ops.convert_to_numpy(are_typical(scores, 1.0)).tolist() == [[True, False, True, False]]


def test_draws_from_a_large_vocabulary_match_and_what_is_excluded_is_never_drawn():
    rng = np.random.default_rng(0)
    scores = 2 * rng.normal(size=1000).astype("float32")
    scores[rng.permutation(1000)[:300]] = EXCLUDED
    scores[[0, 999]] = EXCLUDED, EXCLUDED  # the first and the last
    rows = np.tile(scores, (100_000, 1))
    drawn = ops.convert_to_numpy(draw(ops.convert_to_tensor(rows), keras.random.SeedGenerator(2)))
    observed = np.bincount(drawn, minlength=1000)
    probabilities = np.exp(scores.astype("float64"))
    probabilities /= probabilities.sum()
    assert (observed[probabilities == 0] == 0).all()
    expected = probabilities * len(rows)
    often = expected > 5
    pooled = [*observed[often], observed[~often].sum()]
    expected = [*expected[often], expected[~often].sum()]
    assert stats.chisquare(pooled, expected).pvalue > 1e-3


def test_names_and_objects():
    assert isinstance(get_sampler("random", 9), Random)
    assert get_sampler("top_p", 9).p == 0.9
    assert isinstance(get_sampler("min_p", 9), MinP)
    assert isinstance(get_sampler("typical", 9), Typical)
    assert get_sampler("beam", 9).num_beams == 4
    sampler = TopK(3)
    assert get_sampler(sampler, 9) is sampler
    assert get_sampler("top_k", 9).k == 9  # the default, as far as the vocabulary goes


def test_equal_settings_are_equal_samplers():
    assert TopK(3) == TopK(3) != TopK(4)
    assert len({Random(), Random(), TopP(0.5), TopP(0.5), Beam(), Beam(4, 1.0)}) == 3


def test_a_sampler_of_ones_own_may_hold_a_list():
    class Only(Sampler):
        def __init__(self, tokens):
            self.tokens = tokens

    assert len({Only([1, 2]), Only([1, 2]), Only([1])}) == 2
    assert len({Only({1, 2}), Only({2, 1}), Only({1}), Only({"a": [1]}), Only({"a": [1]})}) == 3


def test_a_sampler_of_ones_own_may_hold_an_array():
    class Only(Sampler):
        def __init__(self, tokens):
            self.tokens = tokens

    tokens = np.array([1, 2])
    assert Only(tokens) == Only(tokens) == Only(np.array([1, 2]))
    assert len({Only(tokens), Only(np.array([1, 2])), Only(np.array([1, 3]))}) == 2
    assert Only(tokens) != Only(np.array([1, 2], "uint8"))
    assert Only(tokens) != Only([1, 2])
    assert Only(np.zeros(3000)) != Only(np.arange(3000) == 1500)  # repr() shows neither


@pytest.mark.parametrize("wrong", ["beams", None, 3, np.zeros(2)])
def test_an_unknown_sampler_is_named(wrong):
    with pytest.raises(InvalidArgumentError, match=r"sampler=.*greedy"):
        get_sampler(wrong, 9)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: TopK(0), "k=0"),
        (lambda: TopK(True), "k=True"),
        (lambda: get_sampler(TopK(5), 4), "k=5 is larger than the vocabulary of 4"),
        (lambda: TopP(0), "p=0 is not allowed"),
        (lambda: TopP(1.01), "p=1.01 is not allowed"),
        (lambda: TopP(-0.5), "p=-0.5 is not allowed"),
        (lambda: TopP(float("nan")), "p=nan is not allowed"),
        (lambda: TopP("0.9"), "p='0.9' is not allowed"),
        (lambda: MinP(0), "p=0 is not allowed"),
        (lambda: Typical(1.5), "p=1.5 is not allowed"),
        (lambda: Typical(True), "p=True is not allowed"),
        (lambda: Beam(0), "num_beams=0"),
        (lambda: Beam(2.5), "num_beams=2.5"),
        (lambda: Beam(length_penalty=-1), "length_penalty=-1"),
        (lambda: Beam(length_penalty=None), "length_penalty=None"),
    ],
)
def test_impossible_settings_are_named_in_one_sentence(make, message):
    with pytest.raises(InvalidArgumentError, match=message) as error:
        make()
    assert "\n" not in str(error.value)


def test_a_setting_is_checked_when_it_is_changed_too():
    with pytest.raises(InvalidArgumentError, match="p=2 is not allowed"):
        TopP().p = 2
