"""`score`: log-probabilities of every token, and what is counted from them."""

import math

import numpy as np
import pytest
from keras import ops

from mlm_tf import TextPipeline, build_model
from mlm_tf.errors import EmptyCorpusError, InvalidArgumentError
from mlm_tf.models.score import Score, batches

TEXTS = ["the cat sat on the mat", "a dog", "", "the log and the cat and the dog on the mat"]


@pytest.fixture(scope="module")
def pipeline():
    return TextPipeline.fit(TEXTS)


@pytest.fixture(scope="module", params=["lstm", "attention"])
def model(request, pipeline):
    return build_model(request.param, pipeline=pipeline, hidden_dim=8, seed=1)


def log_probs_by_hand(model, row):
    """Each text alone, without padding, in NumPy."""
    logits = ops.convert_to_numpy(model(row[None, :-1]))[0].astype("float64")
    log_probs = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    return log_probs[np.arange(len(row) - 1), row[1:]]


def test_every_token_but_the_start_is_scored_and_padding_is_not(model, pipeline):
    score = model.score(TEXTS)
    rows = pipeline.encode(TEXTS)
    for row, found in zip(rows, score.log_probs, strict=True):
        np.testing.assert_allclose(found, log_probs_by_hand(model, row), atol=1e-5)
    every = np.concatenate([log_probs_by_hand(model, row) for row in rows])
    num_bytes = sum(len(text.encode()) for text in TEXTS)
    assert score.num_tokens == len(every)
    assert score.log_likelihood == pytest.approx(every.mean(), rel=1e-5)
    assert score.perplexity == pytest.approx(np.exp(-every.mean()), rel=1e-5)
    assert score.bits_per_byte == pytest.approx(-every.sum() / np.log(2) / num_bytes, rel=1e-5)


def test_one_text_is_a_score_of_one(model):
    alone, among = model.score(TEXTS[0]), model.score(TEXTS)[0]
    assert len(alone) == len(among) == 1
    assert alone.perplexity == pytest.approx(among.perplexity, rel=1e-5)
    assert alone.bits_per_byte == pytest.approx(among.bits_per_byte, rel=1e-5)
    assert [len(score.log_probs[0]) for score in model.score(TEXTS)] == [7, 3, 1, 12]


def test_an_iterator_of_texts_is_read_once(model):
    assert model.score(iter(TEXTS)).bits_per_byte == model.score(TEXTS).bits_per_byte
    with pytest.raises(EmptyCorpusError):
        model.score(iter([]))


def test_ids_have_no_bytes(model, pipeline):
    score = model.score(pipeline.encode(TEXTS))
    assert score.bits_per_byte is None and "byte" not in str(score)
    assert score.perplexity == pytest.approx(model.score(TEXTS).perplexity, rel=1e-5)


def test_new_weights_are_read_and_nothing_is_compiled_again(pipeline):
    model = build_model("lstm", pipeline=pipeline, hidden_dim=8, seed=2)
    before = model.score(TEXTS).log_likelihood
    kept = model._target_log_probs
    model.output_bias.bias.assign(np.zeros(pipeline.vocabulary_size))
    assert model.score(TEXTS).log_likelihood != pytest.approx(before)
    assert model._target_log_probs is kept


def test_what_it_counts_and_says():
    score = Score((np.log([0.5, 0.25]), np.log([0.125])), num_bytes=(3, 1))
    assert score.log_likelihood == pytest.approx(-2 * math.log(2))
    assert score.perplexity == pytest.approx(4)
    assert score.bits_per_byte == pytest.approx(1.5)
    assert score[1].perplexity == score[-1].perplexity == pytest.approx(8)
    assert score[:1].num_tokens == 2 and score[:].bits_per_byte == score.bits_per_byte
    with pytest.raises(IndexError):
        score[2]
    assert [text.bits_per_byte for text in score] == pytest.approx([1, 3])
    assert str(score) == (
        "2 texts, 3 tokens, log-likelihood -1.386 per token, perplexity 4.0, 1.500 bits per byte"
    )


def test_what_is_next_to_impossible_has_an_infinite_perplexity():
    assert Score((np.array([-1e9]),), num_bytes=None).perplexity == math.inf


def test_batches_are_of_few_shapes_and_hold_every_row():
    rng = np.random.default_rng(0)
    lengths = rng.integers(1, 91, 200).tolist()
    shapes, seen = set(), set()
    for indices, length in batches(lengths, vocabulary_size=9, limit=90):
        assert all(lengths[i] <= length <= 90 for i in indices)
        shapes.add((len(indices), length))
        seen |= set(indices)
    assert seen == set(range(200))
    assert len(shapes) == len({length for _, length in shapes}) <= 12


def test_texts_at_and_over_the_limit_of_learned_positions(pipeline):
    settings = {"pipeline": pipeline, "hidden_dim": 8, "max_sequence_length": 7}
    model = build_model("transformer", positions="learned", **settings)
    assert model.score(TEXTS[0]).num_tokens == 7
    with pytest.raises(InvalidArgumentError, match=r"A text has 12 tokens .* 7 positions") as error:
        model.score(TEXTS)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("architecture", ["lstm", "transformer"])  # with rotary positions
def test_a_limit_on_what_is_generated_is_none_on_what_is_read(architecture, pipeline):
    settings = {"pipeline": pipeline, "hidden_dim": 8, "seed": 0}
    limited = build_model(architecture, max_sequence_length=7, **settings)
    expected = build_model(architecture, **settings).score(TEXTS)
    for one, other in zip(limited.score(TEXTS).log_probs, expected.log_probs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5)


@pytest.mark.parametrize(
    ("texts", "kind", "message"),
    [
        ([], EmptyCorpusError, "texts is empty"),
        ([[2]], InvalidArgumentError, "a row of 1 token"),
        ([[2, 999]], InvalidArgumentError, "texts holds 999"),
        (["a", [2]], InvalidArgumentError, "texts must be a string.*holds list, str"),
        (None, InvalidArgumentError, "texts must be a string.*NoneType"),
    ],
)
def test_what_cannot_be_scored_is_named(model, texts, kind, message):
    with pytest.raises(kind, match=message) as error:
        model.score(texts)
    assert "\n" not in str(error.value)
