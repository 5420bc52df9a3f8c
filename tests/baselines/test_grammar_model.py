"""The limit as a model over ids, and that a pipeline cuts stories as the grammar says them."""

import math

import numpy as np
import pytest

from mlm_tf import TextPipeline
from mlm_tf.baselines import GrammarModel, KneserNeyModel, perplexity
from mlm_tf.corpora import GrammarLimit, grammar
from mlm_tf.errors import InvalidArgumentError

SETTINGS = {"en": ("word", "en"), "zh": ("character", "zh")}


@pytest.fixture(scope="module", params=["en", "zh"])
def language(request):
    return request.param


@pytest.fixture(scope="module")
def texts(language):
    return [story.text for story in grammar(300, seed=3, language=language)]


@pytest.fixture(scope="module")
def pipeline(language, texts):
    level, writing = SETTINGS[language]
    known = GrammarLimit(language).vocabulary
    return TextPipeline.fit([*texts, *known], level=level, language=writing)


def test_the_pipeline_cuts_stories_as_the_grammar_says_them(language, texts, pipeline):
    limit = GrammarLimit(language)
    assert pipeline.tokenize(texts) == [limit.tokenize(text) for text in texts]


def test_no_token_is_unknown_and_a_story_comes_back(language, texts, pipeline):
    for text, ids in zip(texts, pipeline.encode(texts), strict=True):
        assert pipeline.unk_id not in ids
        assert pipeline.decode(ids) == (text.lower() if language == "en" else text)


def test_the_vocabulary_of_the_limit_holds_every_token_of_other_stories(language, pipeline):
    others = [story.text for story in grammar(300, seed=4, language=language)]
    assert not any(pipeline.unk_id in ids for ids in pipeline.encode(others))


def test_over_ids_the_limit_is_what_it_is_over_texts(language, texts, pipeline):
    sequences = pipeline.encode(texts[:20], add_start=True, add_end=True)
    expected = GrammarLimit(language).log_probs(texts[:20])
    found = GrammarModel(pipeline).fit(sequences).log_probs(sequences)
    for row, wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(row, wanted, rtol=1e-12)


def test_a_trigram_model_stays_above_the_limit(language, texts, pipeline):
    sequences = pipeline.encode(texts, add_start=True, add_end=True)
    outcomes = pipeline.vocabulary_size - len(pipeline.never_follow_ids)
    counted = KneserNeyModel(outcomes, order=3).fit(sequences[:250])
    limit = GrammarModel(pipeline)
    above = perplexity(counted.log_probs(sequences[250:]))
    assert above > 1.3 * perplexity(limit.log_probs(sequences[250:]))


def test_what_is_no_story_is_minus_infinity_and_what_is_no_token_is_told(pipeline):
    model, start, end = GrammarModel(pipeline), pipeline.start_id, pipeline.end_id
    assert model.log_probs([[start, end]])[0].tolist() == [-math.inf]
    assert model.log_probs([[start]])[0].tolist() == []
    with pytest.raises(InvalidArgumentError, match=r"sequences\[1\] begins with \[3\]"):
        model.log_probs([[start], [end]])
    with pytest.raises(InvalidArgumentError, match=r"sequences\[0\] holds \[UNK\]"):
        model.log_probs([[start, pipeline.unk_id, end]])


def test_a_pipeline_of_other_tokens_is_told():
    with pytest.raises(InvalidArgumentError, match="level='subword'"):
        GrammarModel(TextPipeline.fit(["a rose is a rose"], level="subword"))
