"""What texts are mostly written in."""

import itertools

import pytest

from mlm_tf.corpora import chinese_variant, writing_of


@pytest.mark.parametrize(
    ("text", "language", "name", "is_spaced"),
    [
        ("The cat sat on the mat.", "en", "English", True),
        ("春眠不觉晓，处处闻啼鸟。", "zh", "Chinese", False),
        ("臺北的天氣很好。", "zh", "Chinese", False),
        ("我们现在用 Keras 来训练这一个模型。", "zh", "Chinese", False),
        ("我用 TensorFlow 和 Keras 训练模型。", "any", "several scripts", False),
        ("吾輩は猫である。", "any", "Japanese", False),
        ("コンピュータ", "any", "Japanese", False),
        ("สวัสดีชาวโลก", "any", "Thai script", False),
        ("안녕하세요. 저는 漢字를 읽습니다.", "any", "Korean", True),
        ("سلام دنیا", "any", "Arabic script", True),
        ("привет, мир", "any", "Cyrillic script", True),
        ("मैं घर जा रहा हूँ", "any", "Devanagari script", True),
        ("L'été dernier, nous étions à la plage.", "any", "Latin letters, but not English", True),
        ("Some 北京 in English", "any", "Latin script", True),
        ("", "en", "no letters", True),
        ("12 😀 ...", "en", "no letters", True),
        ("half a pair: \ud800", "en", "English", True),
    ],
)
def test_the_script_of_most_letters_tells(text, language, name, is_spaced):
    assert writing_of([text]) == (language, name, is_spaced)


DUTCH = (
    "De oude man zat aan de oever en keek naar het water. Hij dacht aan zijn vrouw, die al lang "
    "dood was, en aan de kinderen, die nu ver weg woonden en hem nooit meer schreven."
)


def test_longer_texts_in_plain_letters_are_english_if_its_small_words_are_in_them():
    english = "The man sat by the river and thought that it was late. " * 5
    assert writing_of([english + "Café, naïve, Brontë."]).language == "en"
    assert writing_of([DUTCH]).language == "any"


def test_texts_in_two_languages_are_neither():
    pairs = [("The cat sat on the mat", "猫坐在垫子上面"), ("A dog ran", "狗跑了")]
    assert writing_of(itertools.chain(*pairs)).language == "any"


def test_a_chinese_text_may_have_an_english_licence():
    assert (
        writing_of(["This book is free for everyone. " * 10, "春眠不觉晓。" * 100]).language == "zh"
    )


def test_no_more_is_read_than_the_first_million_characters():
    texts = itertools.chain(["the cat"] * 142_858, (pytest.fail("read on") for _ in range(1)))
    assert writing_of(texts).language == "en"


@pytest.mark.parametrize(
    ("text", "variant"),
    [
        ("我们说话", "simplified"),
        ("我們說話", "traditional"),
        ("山水日月", None),
        ("我们說", None),
        ("", None),
        ("cat Ω…", None),
    ],
)
def test_characters_of_one_variant_alone_tell_it(text, variant):
    assert chinese_variant(text) == variant
