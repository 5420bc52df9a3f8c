"""Tiny Shakespeare, split as nanoGPT splits it."""

import pytest

from mlm_tf.corpora import tiny_shakespeare
from mlm_tf.errors import InvalidArgumentError


def test_the_first_nine_tenths_of_the_characters_are_to_train_on(stand_in):
    stand_in("tinyshakespeare/input.txt", b"0123456789" * 2 + b"x")
    assert tiny_shakespeare() == "012345678901234567"
    assert tiny_shakespeare("validation") == "89x"


def test_the_genuine_text_has_the_counts_of_the_docstring(genuine):
    genuine("tinyshakespeare/input.txt")
    training, validation = tiny_shakespeare("train"), tiny_shakespeare("validation")
    assert (len(training), len(validation)) == (1_003_854, 111_540)
    assert training.startswith("First Citizen:\nBefore we proceed")
    assert len(set(training + validation)) == 65


def test_another_split_is_refused():
    with pytest.raises(InvalidArgumentError, match=r"split='test'.*'train' or 'validation'"):
        tiny_shakespeare("test")
