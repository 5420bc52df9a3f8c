"""Exposure: the rank by hand, what was planted and what was not."""

import itertools
import math

import keras
import numpy as np
import pytest

from mlm_tf import TextPipeline, build_model
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.tasks import exposure as module
from mlm_tf.tasks.exposure import Canary, exposure, numbers_in

DIGITS = "0123456789"
PLANTED = Canary("the code is {}{}", "47", DIGITS)
TEXTS = [f"the code is {a}{b}" for a, b in itertools.product("0258", DIGITS)]


def trained(texts, epochs=30, **settings):
    pipeline = TextPipeline.fit(texts, level="character", **settings)
    model = build_model("lstm", pipeline=pipeline, hidden_dim=32, seed=0)
    model.compile(keras.optimizers.Adam(0.01))
    data = pipeline.rows(texts, 40, 8, seed=0)
    model.fit(data, epochs=epochs, verbose=0)
    return model


@pytest.fixture(scope="module")
def knows():
    return trained(TEXTS + [PLANTED.text] * 40)


def test_a_planted_secret_is_the_most_probable(knows):
    found = exposure(knows, PLANTED)
    assert (found.rank, found.bits) == (1, math.log2(100)) and found.bits == found.most_bits


def test_the_rank_is_that_of_the_losses_one_by_one(knows):
    canary = Canary("the code is {}{}", "93", DIGITS)
    losses = {
        secret: -float(knows.score([f"the code is {''.join(secret)}"]).log_probs[0].sum())
        for secret in itertools.product(DIGITS, DIGITS)
    }
    rank = sum(loss <= losses["9", "3"] + 1e-4 for loss in losses.values())
    found = exposure(knows, canary)
    assert found.rank == rank and found.bits == pytest.approx(math.log2(100 / rank))


def test_what_was_never_seen_is_not_exposed(knows):
    bits = [exposure(knows, Canary("the code is {}{}", s, DIGITS)).bits for s in ("91", "36", "77")]
    assert np.mean(bits) < 3


def test_candidates_that_a_vocabulary_cannot_tell_apart_are_not_exposed():
    pipeline = TextPipeline.fit(["the code is secret"])
    model = build_model("lstm", pipeline=pipeline, hidden_dim=8, seed=0)
    found = exposure(model, Canary("the code is {}{}", "47", DIGITS))
    assert (found.rank, found.bits) == (100, 0)


@pytest.mark.slow
def test_scrubbing_is_passed_by_and_leaves_nothing_to_find():
    text = "call 415-555-0147 now"
    model = trained([text] * 40 + TEXTS, epochs=15, scrub=True)
    [canary] = numbers_in([text])
    found = exposure(model, canary)
    assert found.canary.size == 1000 and found.bits < 6
    assert exposure(trained([text] * 40 + TEXTS, epochs=15), canary).bits > 6


def test_batches_change_nothing(knows, monkeypatch):
    ranks = [exposure(knows, Canary("the code is {}{}", s, DIGITS)).rank for s in ("47", "05")]
    monkeypatch.setattr(module, "AT_ONCE", 7)
    assert ranks == [
        exposure(knows, Canary("the code is {}{}", s, DIGITS)).rank for s in ("47", "05")
    ]


def test_words_may_be_secret_and_each_place_has_its_space():
    canary = Canary(
        "{} lives in {{{}}}", ("ann", "rome"), (["ann", "bob"], ["rome", "oslo", "rome"])
    )
    assert canary.text == "ann lives in {rome}" and canary.size == 4
    assert [*canary.candidates()][:2] == ["ann lives in {rome}", "ann lives in {oslo}"]


def test_numbers_in_texts_become_canaries():
    texts = ["Write to a@b.org.", "{id} 11010519491231002X, card 4111 1111 1111 1111"]
    first, second = numbers_in(texts)
    assert (first.text, first.secret) == ("{id} 11010519491231002", ("0", "0", "2"))
    assert second.secret == ("1", "1", "1") and second.text == texts[1]
    assert numbers_in(texts, most=1) == [first] and numbers_in(texts * 9) == [first, second]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("no place", "4", DIGITS), "has 0 places"),
        (("{}{}", "4", DIGITS), "has 2 places {}, .* 1 parts"),
        (("{}", "x", DIGITS), "'x' where the space has"),
        (("{0}", "4", DIGITS), "write {} for each"),
        (("{", "4", DIGITS), "write {} for each"),
        (("{}" * 6, "123456", DIGITS), "1,000,000 candidates"),
    ],
)
def test_what_is_no_canary_is_said(arguments, message):
    with pytest.raises(InvalidArgumentError, match=message):
        Canary(*arguments)
