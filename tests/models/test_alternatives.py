"""`alternatives`: the probability of each token, the likeliest in its place, the entropy."""

import numpy as np
import pytest
from keras import ops

from mlm_tf import TextPipeline, build_model, viz
from mlm_tf.errors import InvalidArgumentError

TEXTS = ["the cat sat on the mat", "a dog", "the log and the cat and the dog on the mat"]


@pytest.fixture(scope="module")
def pipeline():
    return TextPipeline.fit(TEXTS)


@pytest.fixture(scope="module", params=["lstm", "attention"])
def model(request, pipeline):
    return build_model(request.param, pipeline=pipeline, hidden_dim=8, seed=1)


def by_hand(model, row):
    """(tokens, vocabulary): the distribution in each place, without padding, in NumPy."""
    logits = ops.convert_to_numpy(model(row[None, :-1]))[0].astype("float64")
    return np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)


def test_they_are_those_of_the_whole_distribution(model, pipeline):
    [row] = pipeline.encode(TEXTS[:1])
    distribution = by_hand(model, row)
    found = model.alternatives(TEXTS[0], top_k=3)
    assert found.words == "the cat sat on the mat [END]".split()
    expected = distribution[np.arange(len(row) - 1), row[1:]]
    np.testing.assert_allclose(found.probabilities, expected, atol=1e-5)
    best = np.argsort(-distribution, axis=-1)[:, :3]
    assert found.candidates == [[pipeline.vocabulary[i] for i in place] for place in best]
    np.testing.assert_allclose(
        found.candidate_probabilities, np.take_along_axis(distribution, best, -1), atol=1e-5
    )
    entropies = -(distribution * np.log2(distribution)).sum(-1)
    np.testing.assert_allclose(found.entropies, entropies, atol=1e-4)


def test_they_agree_with_score(model):
    [log_probs] = model.score(TEXTS[2]).log_probs
    found = model.alternatives(TEXTS[2])
    np.testing.assert_allclose(np.log(found.probabilities), log_probs, atol=1e-5)


def test_ids_are_taken_as_they_are(model, pipeline):
    [row] = pipeline.encode(TEXTS[:1], add_end=False)
    found = model.alternatives(row)
    assert found.words == TEXTS[0].split()
    whole = model.alternatives(TEXTS[0])
    np.testing.assert_allclose(found.probabilities, whole.probabilities[:-1], atol=1e-5)


def test_without_a_pipeline_tokens_are_their_ids():
    model = build_model("gru", vocabulary_size=9, hidden_dim=8, seed=0)
    found = model.alternatives([1, 2, 3], top_k=100)
    assert found.words == ["2", "3"]
    assert sorted(found.candidates[0]) == [str(i) for i in range(9)]  # of nine tokens all
    np.testing.assert_allclose(found.candidate_probabilities.sum(-1), 1, atol=1e-5)


def test_a_token_without_a_chance_makes_no_entropy_of_nan(pipeline):
    model = build_model("lstm", pipeline=pipeline, hidden_dim=8, seed=2)
    bias = np.full(pipeline.vocabulary_size, -1e9, "float32")
    bias[pipeline.end_id] = 0
    model.output_bias.bias.assign(bias)
    found = model.alternatives("a dog")
    assert found.probabilities[:-1].tolist() == [0, 0]
    assert found.entropies.tolist() == [0, 0, 0]
    assert found.candidates[0][0] == "[END]"


def test_new_weights_are_read_and_nothing_is_compiled_again(pipeline):
    model = build_model("lstm", pipeline=pipeline, hidden_dim=8, seed=2)
    before = model.alternatives("a dog").probabilities
    kept = model._alternatives_10
    model.output_bias.bias.assign(np.zeros(pipeline.vocabulary_size))
    assert not np.allclose(model.alternatives("a dog").probabilities, before)
    assert model._alternatives_10 is kept


def test_a_page_shows_them(model):
    html = viz.generation_page(*model.alternatives(TEXTS[0])).html
    assert '"words":["the","cat","sat","on","the","mat","[END]"]' in html


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((["a dog", "a cat"],), r"text is a list of texts \(2\)"),
        ((["a dog"],), r"text is a list of texts \(1\)"),
        (("a dog", 0), "top_k=0"),
        (([2],), "^text holds a row of 1 token.*never predicted"),
        (([2, 10**6],), "text holds 1000000"),
        ((3,), "text"),
    ],
)
def test_what_cannot_be_looked_at_is_refused(model, arguments, message):
    with pytest.raises(InvalidArgumentError, match=message):
        model.alternatives(*arguments)
