"""Causal language models: the law for the whole model, padding and the loss."""

import numpy as np
import pytest
from keras import ops

from mlm_tf import TextPipeline, build_model
from mlm_tf.training import Perplexity

TEXTS = ["the cat sat on the mat", "the dog sat on the log", "a cat and a dog", "the log"]
ARCHITECTURES = ["lstm", "attention", ["lstm", "attention"]]
architectures = pytest.mark.parametrize("architecture", ARCHITECTURES, ids=str)


@pytest.fixture(scope="module")
def pipeline():
    return TextPipeline.fit(TEXTS)


def numpy(tensor):
    return ops.convert_to_numpy(tensor)


@architectures
def test_call_equals_chunks_of_step(architecture):
    rng = np.random.default_rng(0)
    model = build_model(architecture, vocabulary_size=12, embedding_dim=6, hidden_dim=8, seed=1)
    ids = rng.integers(0, 12, (3, 9)).astype("int32")
    mask = np.arange(9)[None, :] < np.array([[9], [4], [1]])
    whole = numpy(model({"token_ids": ids, "padding_mask": mask}))
    state, parts = model.initial_state(3, max_length=9), []
    for a, b in [(0, 3), (3, 4), (4, 9)]:
        logits, state = model.step(ids[:, a:b], state, padding_mask=mask[:, a:b])
        parts.append(numpy(logits))
    np.testing.assert_allclose(np.concatenate(parts, axis=1)[mask], whole[mask], atol=2e-5)


def test_padding_counts_in_no_loss_and_no_perplexity(pipeline):
    model = build_model("lstm", pipeline=pipeline, hidden_dim=16, seed=3)
    model.compile("sgd", weighted_metrics=[Perplexity()])
    for length in (8, 20):
        rows = pipeline(TEXTS, max_length=length, add_start=True, add_end=True)
        x = {name: array[:, :-1] for name, array in rows.items()}
        y, weight = rows["token_ids"][:, 1:], rows["padding_mask"][:, 1:].astype("float32")
        result = model.evaluate(x, y, sample_weight=weight, verbose=0, return_dict=True)
        logits = numpy(model(x)).astype("float64")
        log_probs = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
        by_hand = -np.take_along_axis(log_probs, y[:, :, None], -1)[:, :, 0][weight > 0].mean()
        assert result["loss"] == pytest.approx(by_hand, rel=1e-4)
        assert result["perplexity"] == pytest.approx(np.exp(by_hand), rel=1e-4)
