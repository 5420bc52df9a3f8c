"""Stopwords: whose list, and what a list is."""

import sys

import pytest

from mlm_tf.errors import InvalidArgumentError, MissingDependencyError
from mlm_tf.preprocessing import stopwords


def test_none_is_no_stopword():
    assert stopwords(None) == frozenset()


def test_en_is_the_list_of_gensim_with_dont():
    from gensim.parsing.preprocessing import STOPWORDS

    assert stopwords("en") == STOPWORDS | {"dont"}
    assert "the" in stopwords("en") and "city" not in stopwords("en")


def test_zh_is_the_list_of_stopwords_iso():
    pytest.importorskip("stopwordsiso")
    assert {"的", "我们", "因为"} <= stopwords("zh")
    assert "北京" not in stopwords("zh")


def test_zh_without_its_package_says_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "stopwordsiso", None)
    with pytest.raises(MissingDependencyError, match=r"stopwordsiso.*pip install"):
        stopwords("zh")


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
