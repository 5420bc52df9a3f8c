"""Documents, and the split that keeps each of them whole."""

import itertools

import pytest

from mlm_tf.corpora import Document, sentences, split
from mlm_tf.errors import EmptyCorpusError, InvalidArgumentError
from tests.wrong_values import WRONG


def documents(*sizes):
    """Document 0 has the sentences "0.0", "0.1" ..., document 1 "1.0" ..."""
    return [
        Document(str(number), tuple(f"{number}.{i}" for i in range(size)))
        for number, size in enumerate(sizes)
    ]


TWENTY = documents(*[3, 1, 4, 1, 5] * 4)


def titles(part):
    return [document.title for document in part]


def test_sentences_come_in_order_and_a_document_without_any_adds_none():
    assert sentences(documents(2, 0, 1)) == ["0.0", "0.1", "2.0"]


def test_the_text_has_one_sentence_a_line():
    assert documents(3)[0].text == "0.0\n0.1\n0.2"


def test_the_split_is_by_whole_document():
    training, validation = split(TWENTY, validation_fraction=0.3)
    assert sorted(titles(training) + titles(validation), key=int) == titles(TWENTY)
    assert all(document in TWENTY for document in training + validation)


def test_both_parts_keep_the_order():
    for part in split(TWENTY, validation_fraction=0.5, seed=1):
        assert titles(part) == sorted(titles(part), key=int)


def test_the_seed_decides_which_documents():
    assert split(TWENTY, seed=3) == split(TWENTY, seed=3)
    drawn = {tuple(titles(split(TWENTY, seed=seed)[1])) for seed in range(10)}
    assert len(drawn) > 5


@pytest.mark.parametrize("fraction", [0.1, 0.3, 0.7])
def test_the_fraction_is_of_sentences_and_met_by_the_fewest_documents_drawn(fraction):
    wanted = fraction * len(sentences(TWENTY))
    for seed in range(5):
        held = len(sentences(split(TWENTY, fraction, seed)[1]))
        assert wanted <= held < wanted + 5  # 5: the longest document


@pytest.mark.parametrize("fraction", [1e-9, 0.5, 1 - 1e-9])
@pytest.mark.parametrize("sizes", [(1, 1), (9, 1), (0, 5, 5), (0, 0, 1, 0, 1)])
def test_both_parts_have_sentences_whatever_is_drawn(sizes, fraction):
    for seed in range(8):
        training, validation = split(documents(*sizes), fraction, seed)
        assert sentences(training) and sentences(validation)


@pytest.mark.parametrize("sizes", [(), (1,), (0, 0), (1, 0)])
def test_one_sentence_cannot_be_split(sizes):
    with pytest.raises(EmptyCorpusError, match=r"documents holds [01] .*at least 2") as error:
        split(documents(*sizes))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("sizes", [(200,), (3, 200, 2), (0, 200)])
def test_a_document_of_more_than_half_is_cut_and_a_stretch_of_it_set_aside(sizes):
    """A file without a blank line, or with blank lines at its head alone."""
    everything = sentences(documents(*sizes))
    for seed in range(8):
        training, validation = (sentences(part) for part in split(documents(*sizes), seed=seed))
        assert sorted([*training, *validation]) == sorted(everything)
        assert 0.1 * len(everything) <= len(validation) <= 0.2 * len(everything)
        places = [everything.index(sentence) for sentence in validation]
        assert sum(b - a > 1 for a, b in itertools.pairwise(places)) <= 3  # few stretches


def test_documents_of_half_and_less_stay_whole():
    for seed in range(8):
        assert sorted(map(len, map(sentences, split(documents(5, 5), seed=seed)))) == [5, 5]


@pytest.mark.parametrize("fraction", [*WRONG["number > 0 and < 1"], None], ids=repr)
def test_a_fraction_outside_0_to_1_is_named(fraction):
    with pytest.raises(InvalidArgumentError, match=r"^validation_fraction=.*> 0 and < 1"):
        split(TWENTY, validation_fraction=fraction)


@pytest.mark.parametrize("seed", [*WRONG["integer >= 0"], None], ids=repr)
def test_a_seed_that_is_no_whole_number_is_named(seed):
    with pytest.raises(InvalidArgumentError, match=r"^seed=.*integer >= 0"):
        split(TWENTY, seed=seed)
