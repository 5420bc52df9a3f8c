"""Simplified and traditional characters: OpenCC's, which reads phrases, in lists of texts."""

import sys

import pytest

from mlm_tf.corpora import chinese_variant
from mlm_tf.errors import InvalidArgumentError, MissingDependencyError
from mlm_tf.preprocessing import to_simplified, to_traditional
from mlm_tf.preprocessing.chinese_variants import converter

BOTH = (to_simplified, to_traditional)


def test_traditional_characters_become_simplified_ones():
    assert to_simplified(["他們說話", "等等！", ""]) == ["他们说话", "等等！", ""]


@pytest.mark.parametrize(
    ("simplified", "traditional"),
    [
        ("理发", "理髮"),
        ("发展", "發展"),
        ("皇后在后面", "皇后在後面"),
        ("干燥的干部", "乾燥的幹部"),
        ("一只猫只有一只", "一隻貓只有一隻"),
    ],
)
def test_one_sign_becomes_another_by_the_word_that_it_stands_in(simplified, traditional):
    assert to_traditional([simplified]) == [traditional]
    assert to_simplified([traditional]) == [simplified]


def test_what_is_in_that_script_already_stays():
    assert to_simplified(["乾隆皇后说：“好。”"]) == ["乾隆皇后说：“好。”"]
    assert to_traditional(["乾燥的頭髮，山水。"]) == ["乾燥的頭髮，山水。"]


@pytest.mark.parametrize("convert", BOTH)
def test_all_else_stays(convert):
    texts = ["a\0b\n é 👩\u200d👩\u200d👧", "𠮷 cafe\u0301 Ａ１", "안녕 привет"]
    assert convert(texts) == texts
    assert convert(text for text in texts) == texts


def test_the_other_script_is_told_apart():
    text = "南京的大桥为什么这样长"
    assert chinese_variant(to_traditional([text])[0]) == "traditional"
    assert chinese_variant(to_simplified(to_traditional([text]))[0]) == "simplified"


@pytest.mark.parametrize("convert", BOTH)
@pytest.mark.parametrize("texts", ["他們", b"a", [1], None, ["\ud800"]])
def test_what_is_no_list_of_texts_is_refused(convert, texts):
    with pytest.raises(InvalidArgumentError, match="texts"):
        convert(texts)


@pytest.mark.parametrize("convert", BOTH)
def test_without_opencc_it_says_what_brings_it(convert, monkeypatch):
    converter.cache_clear()
    monkeypatch.setitem(sys.modules, "opencc", None)
    with pytest.raises(MissingDependencyError, match=r"OpenCC.*pip install 'mlm_tf\[zh\]'"):
        convert(["他們"])
