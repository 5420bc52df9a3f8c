"""`generate` against the same decoding as Python loops that keep nothing: no state, no cache, the
whole prefix again for every token."""

import itertools

import numpy as np
import pytest
from keras import ops

from mlm_tf import TextPipeline, build_model
from mlm_tf.generation import Beam

TEXTS = ["the cat sat on the mat", "the dog sat on the log", "a cat and a dog", "the log"]
ARCHITECTURES = ["lstm", "attention", ["lstm", "attention"]]
architectures = pytest.mark.parametrize("architecture", ARCHITECTURES, ids=str)
START, STOP, LENGTH = 2, 3, 14


@pytest.fixture(scope="module")
def pipeline():
    return TextPipeline.fit(TEXTS)


def lively(model):
    """Scores far enough apart that no two texts are equally probable, and no word always wins."""
    if model.output_bias is not None:
        model.output_bias.bias.assign(np.zeros(model.vocabulary_size))
    model.embedding.embeddings.assign(3 * model.embedding.embeddings)
    return model


def scores_after(model, rows):
    """Float64 `(rows, vocabulary_size)` after each prefix, padded to a shape that stays."""
    token_ids = np.zeros((len(rows), LENGTH), "int32")
    for index, row in enumerate(rows):
        token_ids[index, : len(row)] = row
    lengths = np.array([len(row) for row in rows])
    mask = np.arange(LENGTH) < lengths[:, None]
    logits = ops.convert_to_numpy(model({"token_ids": token_ids, "padding_mask": mask}))
    return logits[np.arange(len(rows)), lengths - 1].astype("float64")


def log_softmax(scores):
    scores = scores - scores.max(-1, keepdims=True)
    return scores - np.log(np.exp(scores).sum(-1, keepdims=True))


def penalized(scores, row, penalty):
    for token in set(row):
        scores[token] = scores[token] / penalty if scores[token] > 0 else scores[token] * penalty
    return scores


def excluded(scores, row, never, ngram):
    scores = scores.copy()
    scores[list(never)] = -np.inf
    if ngram is not None:
        ngrams = {tuple(row[i : i + ngram]) for i in range(len(row) - ngram + 1)}
        for token in range(len(scores)):
            if (*row[len(row) - ngram + 1 :], token) in ngrams:
                scores[token] = -np.inf
    return scores


def greedy_by_hand(model, prompt, never, penalty=1.0, ngram=None):
    row = list(prompt)
    while len(row) < LENGTH and (len(row) == len(prompt) or row[-1] != STOP):
        scores = penalized(scores_after(model, [row])[0], row, penalty)
        row.append(int(excluded(scores, row, never, ngram).argmax()))
    return row


def never_drawn(pipeline):
    return (*pipeline.never_follow_ids, pipeline.unk_id)


def beams_by_hand(model, prompt, never, beam, penalty=1.0, ngram=None):
    """The beams, best first, as (row, log-probability)."""
    going_on, ended = [(list(prompt), 0.0)], []

    def rank(candidate):
        row, log_prob = candidate
        return -log_prob / max(len(row) - len(prompt), 1) ** beam.length_penalty

    while going_on:
        candidates = []
        every = scores_after(model, [row for row, _ in going_on])
        for (row, log_prob), scores in zip(going_on, every, strict=True):
            scores = excluded(log_softmax(penalized(scores, row, penalty)), row, never, ngram)
            following = np.flatnonzero(scores > -np.inf).tolist()
            candidates += [([*row, token], log_prob + scores[token]) for token in following]
            ended += [] if following else [(row, log_prob)]
        has_ended = [row[-1] == STOP or len(row) == LENGTH for row, _ in candidates]
        ended += itertools.compress(candidates, has_ended)
        others = itertools.compress(candidates, np.logical_not(has_ended))
        going_on = sorted(others, key=rank)[: beam.num_beams]
    return sorted(ended, key=rank)[: beam.num_beams]


@pytest.mark.long_table
@architectures
@pytest.mark.parametrize(
    "settings",
    [{}, {"penalty": 1.4}, {"penalty": 0.8, "ngram": 3}, {"ngram": 2}],
    ids=["plain", "penalty", "penalty and n-grams", "n-grams"],
)
def test_greedy_decoding_equals_the_loop(architecture, settings, pipeline):
    model = lively(build_model(architecture, pipeline=pipeline, hidden_dim=16, seed=2))
    prompts = [[START, 6, 7], [START], [START, 8, 8, 8]]
    results = model.generate(
        prompts,
        max_length=LENGTH,
        sampler="greedy",
        repetition_penalty=settings.get("penalty", 1.0),
        no_repeat_ngram_size=settings.get("ngram"),
    )
    for prompt, result in zip(prompts, results, strict=True):
        expected = greedy_by_hand(model, prompt, never_drawn(pipeline), **settings)
        assert result.tolist() == expected


@pytest.mark.long_table
@pytest.mark.parametrize("architecture", ["lstm", "attention"])
@pytest.mark.parametrize(
    ("beam", "settings"),
    [(Beam(3, 0.0), {}), (Beam(4, 1.0), {}), (Beam(3, 0.6), {"penalty": 1.4, "ngram": 2})],
)
def test_beam_search_equals_the_loop(architecture, beam, settings, pipeline):
    model = lively(build_model(architecture, pipeline=pipeline, hidden_dim=16, seed=2))
    prompts = [[START, 6, 7], [START]]
    results, log_probs = model.generate(
        prompts,
        max_length=LENGTH,
        sampler=beam,
        repetition_penalty=settings.get("penalty", 1.0),
        no_repeat_ngram_size=settings.get("ngram"),
        num_return_sequences=beam.num_beams,
        return_log_probs=True,
    )
    for prompt, beams, scores in zip(prompts, results, log_probs, strict=True):
        expected = beams_by_hand(model, prompt, never_drawn(pipeline), beam, **settings)
        assert [row.tolist() for row in beams] == [row for row, _ in expected]
        if not settings:
            sums = [log_prob for _, log_prob in expected]
            np.testing.assert_allclose([row.sum() for row in scores], sums, atol=1e-4)


@pytest.mark.long_table
@pytest.mark.parametrize("architecture", ["lstm", "attention"])
@pytest.mark.parametrize("length_penalty", [0.0, 1.0])
def test_wide_beam_search_is_exhaustive(architecture, length_penalty):
    """With vocabulary^(length - 1) beams nothing that could win is ever dropped."""
    size, new, prompt, stop = 4, 4, [1, 2], 0
    model = build_model(architecture, vocabulary_size=size, hidden_dim=8, seed=5)
    lively(model)
    texts = {}  # continuation -> its log-probabilities
    every = np.array(list(itertools.product(range(size), repeat=new)), "int32")  # (256, 4)
    rows = np.concatenate([np.tile(np.array([prompt], "int32"), (len(every), 1)), every], axis=1)
    logits = ops.convert_to_numpy(model(rows)).astype("float64")  # (256, 6, 4)
    log_probs = log_softmax(logits[:, len(prompt) - 1 : -1])
    log_probs = np.take_along_axis(log_probs, every[:, :, None], axis=-1)[:, :, 0]  # (256, 4)
    for row, scores in zip(every.tolist(), log_probs, strict=True):
        length = row.index(stop) + 1 if stop in row else new
        texts[tuple(row[:length])] = scores[:length]

    ranked = sorted(texts, key=lambda t: -texts[t].sum() / len(t) ** length_penalty)
    found, found_log_probs = model.generate(
        prompt,
        max_length=len(prompt) + new,
        sampler=Beam(size ** (new - 1), length_penalty),
        stop_token_ids=[stop],
        num_return_sequences=10,
        return_log_probs=True,
        strip_prompt=True,
    )
    assert [tuple(row.tolist()) for row in found] == ranked[:10]
    for text, scores in zip(ranked, found_log_probs, strict=False):
        np.testing.assert_allclose(scores, texts[text], atol=1e-4)


def test_one_beam_is_greedy(pipeline):
    model = lively(build_model("lstm", pipeline=pipeline, hidden_dim=16, seed=3))
    [one, greedy] = [
        model.generate([START], max_length=LENGTH, sampler=sampler)
        for sampler in (Beam(1), "greedy")
    ]
    assert one.tolist() == greedy.tolist()


@pytest.mark.long_table
@pytest.mark.parametrize("architecture", ["lstm", "attention"])
@pytest.mark.parametrize("sampler", ["random", "top_p"])
def test_log_probs_are_those_of_the_model(architecture, sampler, pipeline):
    model = lively(build_model(architecture, pipeline=pipeline, hidden_dim=16, seed=4))
    prompts = [[START, 6], [START]]
    results, log_probs = model.generate(
        prompts,
        max_length=LENGTH,
        sampler=sampler,
        temperature=2.0,
        repetition_penalty=1.2,
        num_return_sequences=3,
        return_log_probs=True,
        seed=1,
    )
    for prompt, rows, scores in zip(prompts, results, log_probs, strict=True):
        for row, found in zip(rows, scores, strict=True):
            prefixes = [row[:count] for count in range(len(prompt), len(row))]
            expected = log_softmax(scores_after(model, prefixes))
            expected = expected[np.arange(len(prefixes)), row[len(prompt) :]]
            np.testing.assert_allclose(found, expected, atol=1e-4)
            assert found.dtype == "float32"
