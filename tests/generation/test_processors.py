"""What is done to scores, against the same written as loops in NumPy."""

import numpy as np
import pytest
from keras import ops

from mlm_tf.generation.loop import Processors, completes_ngram
from mlm_tf.generation.samplers import EXCLUDED

VOCABULARY = 5


def tokens_completing_an_ngram(row, n):
    """By hand: the tokens t for which the last n - 1 and t stand somewhere in the row."""
    ngrams = {tuple(row[i : i + n]) for i in range(len(row) - n + 1)}
    return {t for t in range(VOCABULARY) if (*row[len(row) - n + 1 :], t) in ngrams}


@pytest.mark.parametrize("n", [1, 2, 3, 9, 10**9])
def test_completing_tokens_equal_those_by_hand(n):
    rng = np.random.default_rng(n)
    for capacity in (6, 24):
        history = rng.integers(0, VOCABULARY, (40, capacity)).astype("int32")
        length = rng.integers(1, capacity + 1, 40).astype("int32")
        found = ops.convert_to_numpy(completes_ngram(history, length, n, VOCABULARY))
        for row, count, marks in zip(history, length, found, strict=True):
            expected = tokens_completing_an_ngram(row[:count].tolist(), n)
            assert set(np.flatnonzero(marks)) == expected


def test_a_repetition_penalty_divides_what_is_positive_and_multiplies_what_is_negative():
    processors = Processors(has_repetition_penalty=True)
    memory = processors.memory([np.array([0, 1])], capacity=8, vocabulary_size=VOCABULARY)
    rows = {"logits": np.array([[2.0, -2.0, 3.0, -3.0, 0.0]], "float32"), **memory}
    settings = {
        "repetition_penalty": np.float32(2),
        "inverse_temperature": np.float32(0.5),
        "suppressed": np.zeros(VOCABULARY, "float32"),
    }
    scores = ops.convert_to_numpy(processors.scores(rows, settings))
    assert scores.tolist() == [[0.5, -2.0, 1.5, -1.5, 0.0]]


def test_memory_keeps_what_live_rows_add():
    processors = Processors(has_repetition_penalty=True, no_repeat_ngram_size=2)
    rows = processors.memory([np.array([0, 1]), np.array([3])], 4, VOCABULARY)
    token, live = np.array([2, 4], "int32"), np.array([True, False])
    memory = processors.updated_memory(rows, ops.convert_to_tensor(token), live, {})
    seen, history, length = (ops.convert_to_numpy(memory[k]) for k in ("seen", "history", "length"))
    assert [np.flatnonzero(row).tolist() for row in seen] == [[0, 1, 2], [3]]
    assert history.tolist() == [[0, 1, 2, 0], [3, 0, 0, 0]]
    assert length.tolist() == [3, 1]


def test_what_is_excluded_and_minus_infinity_are_one():
    rows = {"logits": np.array([[1.0, -np.inf, 2.0, 0.0, 0.0]], "float32")}
    settings = {
        "inverse_temperature": np.float32(1),
        "suppressed": np.array([0, 0, EXCLUDED, 0, 0], "float32"),
    }
    found = ops.convert_to_numpy(Processors().scores(rows, settings))
    assert (found < EXCLUDED / 2).tolist() == [[False, True, True, False, False]]
    assert np.isfinite(found).all()


def test_what_is_off_keeps_nothing():
    assert Processors().memory([np.array([0])], 8, VOCABULARY) == {}
