"""Stopwords: whose list, and what a list is."""

import json
import sys

import pytest

from mlm_tf import TextPipeline
from mlm_tf.errors import InvalidArgumentError, MissingDependencyError
from mlm_tf.preprocessing import stopwords


def test_none_is_no_stopword():
    assert stopwords(None) == frozenset()


NOT = """ain't aren't can't couldn't daren't didn't doesn't don't hadn't hasn't haven't isn't
    mightn't mustn't needn't oughtn't shan't shouldn't wasn't weren't won't wouldn't""".split()
WITHOUT_APOSTROPHE = [word.replace("'", "") for word in NOT]
OTHER_NEGATION = "no not nor never none nobody nothing nowhere neither cannot without".split()


def test_en_leaves_all_negation_in_a_text():
    assert not stopwords("en") & {*NOT, *WITHOUT_APOSTROPHE, *OTHER_NEGATION}
    assert not [word for word in stopwords("en") if word.endswith(("n't", "nt"))]
    pipeline = TextPipeline.fit(["film"], stopwords="en")
    for word in [*NOT, *WITHOUT_APOSTROPHE, *OTHER_NEGATION, "DON’T"]:
        assert pipeline.tokenize([f"the {word} of it"]) == [[word.lower().replace("’", "'")]]


def test_en_drops_contractions_as_it_drops_what_they_stand_for():
    pipeline = TextPipeline.fit(["film"], stopwords="en")
    both = """it is it's, I am I'm, they have they've, we will we'll, he would he'd, you are you’re,
        that's there's what's who's, should've could've, someone's something's"""
    both = both.replace(",", "").splitlines()
    assert pipeline.tokenize(both) == [[]] * len(both)
    assert pipeline.tokenize(["the dog's bone"]) == [["dog's", "bone"]]


@pytest.mark.parametrize(
    "words",
    [
        "amount bill bottom computer cry detail fire front interest mill name part side system top",
        "call describe fill find found get give go keep made make move put see seem show take",
        "alone empty full serious sincere thick thin",
        "two three five six nine eleven sixty hundred first seven",
        "co con de km kg inc ltd",
    ],
)
def test_en_leaves_what_a_text_is_about(words):
    assert not stopwords("en") & set(words.split())


@pytest.mark.parametrize(
    "words",
    [
        "the a an this that these those each every some any all",
        "i me my mine myself you he him his she her it its we us our they them their",
        "myself yourself himself herself itself ourselves yourselves themselves",
        "mine yours his hers ours theirs",
        "am is are was were be been being have has had having do does did doing done",
        "can could may might must shall should will would",
        "of in on at by for from to with into about between through",
        "and or but if because while although though whether unless",
        "who whom whose which what when where why how",
        "who whoever whom whomever what whatever which whichever when whenever where wherever",
        "someone anyone everyone somebody anybody everybody something anything everything",
    ],
)
def test_en_drops_the_words_of_a_class_evenly(words):
    assert set(words.split()) <= stopwords("en")


def test_the_docstring_counts_the_words():
    contractions = {word for word in stopwords("en") if "'" in word}
    counted = f"{len(stopwords('en') - contractions)} English function words"
    assert counted in stopwords.__doc__
    assert f"{len(contractions)}\n" in stopwords.__doc__


def test_before_version_3_en_is_the_list_of_gensim_with_dont():
    from gensim.parsing.preprocessing import STOPWORDS

    for rules in (1, 2):
        assert stopwords("en", rules) == STOPWORDS | {"dont"}


def test_a_pipeline_of_an_earlier_file_drops_what_it_dropped():
    content = json.loads(TextPipeline.fit(["film"], stopwords="en").to_json())
    earlier = TextPipeline.from_json(json.dumps({**content, "version": 2}))
    text = "don't not never didn't isn't computer fire film it's"
    assert earlier.tokenize([text]) == [["didn't", "isn't", "film", "it's"]]
    assert TextPipeline.from_json(earlier.to_json()).tokenize([text]) == earlier.tokenize([text])


def test_zh_is_the_list_of_stopwords_iso_without_negation():
    iso = pytest.importorskip("stopwordsiso").stopwords("zh")
    assert {"的", "我们", "因为"} <= stopwords("zh")
    assert "北京" not in stopwords("zh")
    assert not stopwords("zh") & {*"不没无未非别", "不是", "没有", "不会", "并非"}
    assert stopwords("zh", rules=2) == iso
    assert f"{len(iso)} Chinese words the {len(iso - stopwords('zh'))} that" in " ".join(
        stopwords.__doc__.split()
    )


@pytest.mark.parametrize(
    ("language", "listed"), [("en", "zh"), ("zh", "en")], ids=["en with zh", "zh with en"]
)
def test_the_list_of_another_language_is_refused_in_one_sentence(language, listed):
    with pytest.raises(
        InvalidArgumentError, match=f"stopwords='{listed}' .*='{language}'"
    ) as error:
        TextPipeline.fit(["电影 film"], level="word", language=language, stopwords=listed)
    assert "\n" not in str(error.value)
    for own in (listed, sorted(stopwords(listed))):
        TextPipeline.fit(["电影 film"], language="any", stopwords=own)
    assert TextPipeline.fit(
        ["电影 film"], level="word", language=language, stopwords=stopwords(listed)
    )


def test_a_file_of_before_keeps_the_list_of_another_language():
    content = json.loads(TextPipeline.fit(["film"]).to_json())
    crossed = json.dumps({**content, "version": 2, "stopwords": "zh"})
    assert TextPipeline.from_json(crossed).stopwords == "zh"


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
