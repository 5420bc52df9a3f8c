"""Pairs of sentences: the counts of the docstrings, and spaces that look like others."""

import pytest

from mlm_tf.corpora import Pair, english_chinese, english_french
from mlm_tf.corpora.translation import pairs


@pytest.mark.parametrize("space", "\u202f\u00a0\u2009 ")
def test_a_space_before_a_sign_is_a_plain_one_however_it_was_typed(space):
    assert pairs([f"Run!\tCours{space}!"]) == [Pair("Run!", "Cours !")]


@pytest.mark.parametrize("nothing", "\u200b\u00ad")
def test_what_has_no_width_is_left_out(nothing):
    assert pairs([f"Lend me.\t請{nothing}{nothing}借我。"]) == [Pair("Lend me.", "請借我。")]


def test_the_genuine_french_pairs(genuine):
    genuine("eng-fra/fra-eng.zip")
    found = english_french()
    assert len(found) == 142_787
    assert len({pair.source for pair in found}) == 98_659
    assert found[0] == Pair("Go.", "Va !")
    text = "".join(pair.source + pair.target for pair in found)
    assert {c for c in text if c.isspace()} == {" "}
    assert not set("\u200b\u00ad") & set(text)


def test_the_genuine_narrow_spaces_are_as_many_as_the_docstring_says(genuine, data_dir):
    import zipfile

    genuine("eng-fra/fra-eng.zip")
    with zipfile.ZipFile(data_dir("eng-fra", "fra-eng.zip")) as archive:
        lines = archive.read("fra.txt").decode().split("\n")
    assert sum("\u202f" in line for line in lines) == 5_447


def test_the_genuine_chinese_pairs_mix_both_scripts(genuine):
    genuine("cmn-eng/cmn.txt")
    found = english_chinese()
    assert len(found) == 20_133
    assert len({pair.source for pair in found}) == 19_604
    assert found[0] == Pair("Hi.", "嗨。")
    text = "".join(pair.target for pair in found)
    assert {"们", "們", "!", "！"} <= set(text)
    assert "\u200b" not in text
