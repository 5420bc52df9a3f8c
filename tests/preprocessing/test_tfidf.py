"""TF-IDF: bags of words without special tokens, gensim's weights, and the idf of each id."""

import numpy as np
import pytest

from mlm_tf import TextPipeline
from mlm_tf.errors import EmptyCorpusError, InvalidArgumentError
from mlm_tf.preprocessing.tfidf import bag_of_words, fit_tfidf, idf_vector

TEXTS = ["the cat sat", "the dog sat", "the dog saw the dog", "the bird"]


@pytest.fixture(scope="module")
def pipeline():
    return TextPipeline.fit([*TEXTS, "unicorn"])  # a word that no document below holds


@pytest.fixture(scope="module")
def model(pipeline):
    return fit_tfidf(pipeline.encode(TEXTS), pipeline.vocabulary)


def test_a_bag_counts_words_and_no_special_tokens():
    assert bag_of_words(np.array([2, 9, 1, 7, 9, 3, 0, 0, 4, 5], "int32")) == [(7, 1), (9, 2)]
    assert bag_of_words([]) == []


def test_idf_is_the_logarithm_of_documents_over_documents_with_the_word(pipeline, model):
    idf = idf_vector(model, pipeline.vocabulary_size)
    found = {word: idf[pipeline.vocabulary.index(word)] for word in ("the", "dog", "sat", "cat")}
    assert found == {"the": 0, "dog": 1, "sat": 1, "cat": 2}  # of 4 documents 4, 2, 2, 1
    assert idf.dtype == np.float32 and idf.shape == (pipeline.vocabulary_size,)


def test_special_tokens_and_words_of_no_document_have_idf_zero(pipeline, model):
    idf = idf_vector(model, pipeline.vocabulary_size)
    assert not idf[:6].any()
    assert idf[pipeline.vocabulary.index("unicorn")] == 0
    assert model[bag_of_words(pipeline.encode(["unicorn"])[0])] == []  # so does gensim


def test_weights_are_count_times_idf_at_unit_length(pipeline, model):
    weights = model[bag_of_words(pipeline.encode(["dog dog the cat"])[0])]
    assert {model.id2word[i]: w for i, w in weights} == pytest.approx(
        {"dog": 2 / 8**0.5, "cat": 2 / 8**0.5}
    )


def test_fitting_takes_one_pass_over_rows(pipeline, model):
    streamed = fit_tfidf(iter(pipeline.encode(TEXTS)), pipeline.vocabulary)
    assert streamed.idfs == model.idfs and streamed.num_docs == 4


def test_gensims_topics_stand_on_it(pipeline, model):
    """The model knows its words, so that LsiModel names them."""
    from gensim.models import LsiModel

    corpus = [model[bag_of_words(row)] for row in pipeline.encode(TEXTS)]
    lsi = LsiModel(corpus, id2word=model.id2word, num_topics=2, random_seed=0)
    assert lsi.get_topics().shape == (2, pipeline.vocabulary_size)
    assert {word for word, _ in lsi.show_topic(0, 2)} <= set(pipeline.vocabulary)


@pytest.mark.parametrize("rows", [[], [[2, 3], [1, 1]]])
def test_without_a_word_there_is_nothing_to_count(pipeline, rows):
    with pytest.raises(EmptyCorpusError, match=f"{len(rows)} texts hold no word"):
        fit_tfidf(rows, pipeline.vocabulary)


def test_the_vocabulary_is_the_one_that_was_fitted_with(pipeline, model):
    with pytest.raises(InvalidArgumentError, match=r"vocabulary_size=7.*fitted with"):
        idf_vector(model, 7)
