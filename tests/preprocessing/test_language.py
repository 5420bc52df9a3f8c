"""Which language a pipeline takes when none is given, and what the log says of it."""

import pytest

from mlm_tf import TextPipeline

CHINESE = ["春眠不觉晓，处处闻啼鸟。", "夜来风雨声，花落知多少。"]
THAI = ["แมวนอนบนเสื่อ"]


def test_chinese_is_recognised_cut_into_characters_and_that_is_said(caplog):
    pipeline = TextPipeline.fit(CHINESE)
    assert (pipeline.language, pipeline.level) == ("zh", "character")
    assert pipeline.vocabulary == TextPipeline.fit(CHINESE, language="zh").vocabulary
    [said] = caplog.messages
    assert "mostly Chinese" in said and "language='zh' and level='character'" in said


def test_chinese_words_are_cut_by_the_dictionary_without_a_language(caplog):
    words = TextPipeline.fit(CHINESE, level="word").tokenize(["春眠不觉晓"])[0]
    assert (
        words == TextPipeline.fit(CHINESE, level="word", language="zh").tokenize(["春眠不觉晓"])[0]
    )
    assert len(words) > 1 and "level='character'" not in caplog.text


@pytest.mark.parametrize(
    "text", ["吾輩は猫である。", THAI[0], "привет, мир", "L'été dernier à la plage", "안녕하세요"]
)
def test_other_languages_are_any_and_that_is_said(text, caplog):
    pipeline = TextPipeline.fit([text])
    assert (pipeline.language, pipeline.level) == ("any", "word")
    assert "language='any'" in caplog.text


def test_english_is_as_it_was_and_nothing_is_said(caplog):
    pipeline = TextPipeline.fit(["The cat sat on the mat."])
    assert (pipeline.language, pipeline.level) == ("en", "word")
    assert not caplog.text


@pytest.mark.parametrize("texts", [CHINESE, THAI])
def test_a_language_that_does_not_cut_the_texts_is_kept_and_that_is_said(texts, caplog):
    assert TextPipeline.fit(texts, language="en").language == "en"
    assert "language='en' does not cut" in caplog.text


@pytest.mark.parametrize(
    "settings",
    [{"language": "any"}, {"language": "zh"}, {"language": "en", "level": "character"}],
)
def test_nothing_is_said_where_the_choice_is_good(settings, caplog):
    TextPipeline.fit(CHINESE, **settings)
    assert not caplog.text


def test_an_iterator_is_recognised_too_and_none_of_it_is_lost():
    pipeline = TextPipeline.fit(text for text in CHINESE)
    assert pipeline.language == "zh"
    assert pipeline.counts.sum() == TextPipeline.fit(CHINESE).counts.sum()


def test_the_order_of_the_texts_does_not_decide():
    texts = [*CHINESE, "English"]
    assert TextPipeline.fit(texts).to_json() == TextPipeline.fit(texts[::-1]).to_json()
