"""The news stories in gensim's wheel and what people thought of them."""

import numpy as np
import pytest

from mlm_tf.corpora import lee_news, sentences


@pytest.fixture(scope="module")
def news():
    return lee_news()


def test_there_are_300_stories_and_50_that_were_judged(news):
    assert (len(news.background), len(news.judged)) == (300, 50)
    assert len({document.title for document in news.background + news.judged}) == 350


def test_there_is_as_much_text_as_the_docstring_says(news):
    words = [sum(len(s.split()) for s in sentences(part)) for part in news[:2]]
    assert words == [59_890, 3_983]


def test_no_story_is_empty(news):
    assert all(document.sentences for document in news.background + news.judged)


def test_the_pound_sign_is_read_although_the_file_is_not_utf_8(news):
    assert [s for s in sentences(news.judged) if "£3,000" in s]


def test_similarities_are_whole_symmetric_and_between_0_and_1(news):
    found = news.similarities
    assert found.shape == (50, 50) and found.dtype == np.float64
    np.testing.assert_array_equal(found, found.T)
    np.testing.assert_array_equal(np.diag(found), 1)
    assert found.min() > 0 and found.max() == 1


def test_stories_that_people_find_alike_are_about_the_same(news):
    """The greatest judgement of two stories is of two that tell of the same matter."""
    apart = news.similarities - np.eye(50)
    first, second = np.unravel_index(apart.argmax(), apart.shape)
    shared = set(news.judged[first].text.split()) & set(news.judged[second].text.split())
    assert len({word for word in shared if word.istitle()}) >= 3
