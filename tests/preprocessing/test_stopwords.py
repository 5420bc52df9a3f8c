"""Stopwords: whose list, and what a list is."""

import pytest

from mlm_tf.errors import InvalidArgumentError
from mlm_tf.preprocessing import stopwords


def test_none_is_no_stopword():
    assert stopwords(None) == frozenset()


def test_en_is_the_list_of_gensim():
    from gensim.parsing.preprocessing import STOPWORDS

    assert stopwords("en") == STOPWORDS
    assert "the" in stopwords("en") and "city" not in stopwords("en")


@pytest.mark.parametrize(
    "words", [["um", "er"], ("um", "er", "um"), {"um", "er"}, iter(["um", "er"])]
)
def test_any_words_are_a_list_of_ones_own(words):
    assert stopwords(words) == {"um", "er"}


def test_another_name_is_refused_and_not_read_as_letters():
    with pytest.raises(InvalidArgumentError, match="stopwords='fr' is not known; use None, 'en'"):
        stopwords("fr")


@pytest.mark.parametrize("words", [5, [1], ["a", None], [b"a"], ["\ud800"]])
def test_what_is_no_list_of_strings_is_refused_in_one_sentence(words):
    with pytest.raises(InvalidArgumentError, match="stopwords") as error:
        stopwords(words)
    assert "\n" not in str(error.value)
