"""ROUGE: the library's, at equal length, in every script."""

import numpy as np
import pytest
from rouge_score.rouge_scorer import RougeScorer
from rouge_score.tokenize import tokenize

from mlm_tf.errors import InvalidArgumentError
from mlm_tf.tasks.rouge import cut, rouge, rouge_and_exact, words_of

REFERENCE = "The friends had a meeting in Rome. They weren't happy, but it ended well at 3.14."
SUMMARY = "A friend met in Rome; the meeting ended. It wasn't a happy one, it ended at three or so."


def test_of_text_in_a_to_z_the_words_are_those_of_the_library():
    assert words_of(REFERENCE) == tokenize(REFERENCE, None)
    assert words_of("snake_case, (x) -- 1,000 it's") == tokenize(
        "snake_case, (x) -- 1,000 it's", None
    )


def test_of_equal_length_the_figures_are_those_of_the_library():
    length = len(words_of(REFERENCE))
    assert len(words_of(SUMMARY)) > length
    names = ["rouge1", "rouge2", "rougeLsum"]
    lines = [
        text.replace("; ", "; ").replace(". ", ".\n") for text in (REFERENCE, cut(SUMMARY, length))
    ]
    theirs = RougeScorer(names, use_stemmer=True).score(*lines)
    ours = rouge([SUMMARY], [REFERENCE])
    assert list(ours) == ["ROUGE-1", "ROUGE-2", "ROUGE-L"]
    np.testing.assert_allclose(list(ours.values()), [100 * theirs[n].fmeasure for n in names])
    assert theirs["rouge1"].precision == theirs["rouge1"].recall == theirs["rouge1"].fmeasure


def test_a_longer_summary_gains_nothing_and_a_shorter_one_loses():
    assert rouge([f"{REFERENCE} {SUMMARY}"], [REFERENCE])["ROUGE-1"] == pytest.approx(100)
    assert rouge(["The friends"], [REFERENCE])["ROUGE-1"] < 30


def test_the_rouge_l_of_a_summary_lays_sentence_beside_sentence():
    """google-research 168: as one line two sentences in the other order lose half."""
    turned = "They weren't happy, but it ended well at 3.14. The friends had a meeting in Rome."
    assert rouge([turned], [REFERENCE])["ROUGE-L"] == pytest.approx(100)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("春天来了，3.14 米。", ["春", "天", "来", "了", "3", "14", "米"]),
        ("中英 mixed 文字", ["中", "英", "mixed", "文", "字"]),
        ("पूर्व प्रधानमन्त्री ले", ["पूर्व", "प्रधानमन्त्री", "ले"]),
        ("Москва́ не", ["москва́", "не"]),
        ("café", ["café"]),
        ("สวัสดี", list("สวัสดี")),
        ("𠮷野", ["𠮷", "野"]),
        ("…!", []),
    ],
)
def test_words_of_every_script(text, words):
    """evaluate 256, rouge 51, adk-python 3111: what is not in a to z was lost, the score 0."""
    assert words_of(text) == words
    if words:
        assert rouge([text], [text])["ROUGE-1"] == pytest.approx(100)


def test_chinese_is_measured_by_characters():
    figures = rouge(["春天去了。"], ["春天来了。"])
    assert figures["ROUGE-1"] == pytest.approx(75)
    assert figures["ROUGE-2"] == pytest.approx(100 / 3)


def test_cut_leaves_so_many_words():
    for text in (REFERENCE, "春天来了，3.14 米。中英 mixed 文字", "don't. stop— now"):
        for number in range(12):
            part = cut(text, number)
            assert text.startswith(part) and len(words_of(part)) <= number
        assert cut(text, 1000) == text


def test_an_empty_summary_is_worth_nothing_and_an_empty_reference_refused():
    """sumy 205: a sentence without words was divided by."""
    assert rouge(["", "…"], ["a cat", "a dog"]) == {"ROUGE-1": 0, "ROUGE-2": 0, "ROUGE-L": 0}
    assert rouge(["a cat sat\n\n!!!\n"], ["a cat sat"])["ROUGE-L"] == pytest.approx(100)
    with pytest.raises(InvalidArgumentError, match=r"references\[1\]='!' holds no word"):
        rouge(["a", "b"], ["a", "!"])
    with pytest.raises(InvalidArgumentError, match="summaries has 1 items and references 2"):
        rouge(["a"], ["a", "b"])


@pytest.mark.parametrize(
    ("summaries", "references", "sentence"),
    [
        ("ab", ["a", "b"], "summaries='ab' is one string"),
        (["a"], "a", "references='a' is one string"),
        ([float("nan")], ["a"], r"summaries\[0\]=nan is of type float"),
        (["a"], [["a", "the a"]], r"references\[0\]=\['a', 'the a'\] is of type list"),
        (None, ["a"], "summaries=None is not allowed"),
    ],
)
def test_what_is_no_list_of_texts_is_refused(summaries, references, sentence):
    for measure in (rouge, rouge_and_exact):
        with pytest.raises(InvalidArgumentError, match=sentence):
            measure(summaries, references)


def test_columns_and_what_is_made_one_by_one_are_lists_of_texts():
    columns = np.array(["a cat", "a dog"], dtype=object)
    assert rouge_and_exact(columns, columns)["exact"] == 1
    figures = rouge_and_exact((text for text in columns), (text for text in columns))
    assert figures["ROUGE-2"] == pytest.approx(100) and figures["exact"] == 1


def test_exact_is_word_by_word():
    figures = rouge_and_exact(["A cat, sat.", "有猫", "a dog"], ["a cat sat", "有猫。", "a dogs"])
    assert figures["exact"] == pytest.approx(2 / 3)
