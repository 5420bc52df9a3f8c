"""People's scores for pairs of words."""

import pytest

from mlm_tf.corpora import fetch_file, word_similarity
from mlm_tf.errors import InvalidArgumentError


def test_windows_line_ends_are_no_part_of_a_score(stand_in):
    stand_in("wordsim/EN-WS-353-ALL.txt", b"love\tsex\t6.77\r\ntiger\tcat\t7.35\r\n")
    assert word_similarity("ws353") == [("love", "sex", 6.77), ("tiger", "cat", 7.35)]


@pytest.mark.parametrize(
    ("name", "file", "count", "different"),
    [("ws353", "EN-WS-353-ALL.txt", 353, 351), ("simlex999", "EN-SIMLEX-999.txt", 999, 998)],
)
def test_the_genuine_pairs(genuine, name, file, count, different):
    genuine(f"wordsim/{file}")
    found = word_similarity(name)
    assert len(found) == count
    assert len({frozenset(pair) for *pair, _ in found}) == different
    assert all(0 <= score <= 10 for *_, score in found)


def test_the_genuine_scores_of_old_and_new(genuine):
    genuine("wordsim/EN-SIMLEX-999.txt")
    assert ("old", "new", 1.58) in word_similarity("simlex999")


def test_the_genuine_analogies_are_a_file_that_gensim_can_read(genuine):
    genuine("wordsim/questions-words.txt")
    lines = fetch_file("wordsim/questions-words.txt").read_text(encoding="ascii").splitlines()
    assert sum(line.startswith(":") for line in lines) == 14
    assert sum(len(line.split()) == 4 for line in lines) == 19_544


def test_another_name_is_refused():
    with pytest.raises(InvalidArgumentError, match=r"name='men'.*'ws353' or 'simlex999'"):
        word_similarity("men")
