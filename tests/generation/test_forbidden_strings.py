"""The automaton of forbidden strings, against a search in the text that the tokens write."""

import random
import re

import numpy as np
import pytest
from keras import ops

from mlm_tf.errors import InvalidArgumentError
from mlm_tf.generation import ForbiddenStrings, forbidden_strings
from mlm_tf.generation.forbidden_strings import FORBIDDEN, forbidden_tokens, next_state
from mlm_tf.preprocessing.words import WRITTEN_WITHOUT_SPACES, join_words

STRINGS = ["bad", "new york", "坏词", "don't", "Straße", "abab", "é"]
PIECES = "b|a|d|B|A|D| |\n|坏|词|n|e|w|new|york|New Yo|rk|\u3000|don|'|’|t|ss|ß|Stra|STRASSE|ab|é|É"
TOKENS = [piece.encode() for piece in [*PIECES.split("|"), "e\u0301"]]
TOKENS += [bytes([byte]) for byte in "坏é".encode()]
WORDS = """bad new york b ad don't 坏 词 a ( ) , - ' ’ 10 : 30 ba d " straße é $ 5 the""".split()
WORDS += [" - "]
OF_WORDS = ["bad", "new york", "坏词", "don't", "10:30", "(a", "the-bad"]


def is_in(strings, text):
    """By hand: whether one of the strings stands in a text, case and blanks folded."""
    text = text.replace("e\u0301", "é").casefold()
    for string in strings:
        pattern = ""
        for here, following in zip(string.casefold(), string.casefold()[1:] + "\0", strict=True):
            pattern += r"\s+" if here == " " else "['’]" if here == "'" else re.escape(here)
            if following != "\0" and WRITTEN_WITHOUT_SPACES.search(here + following):
                pattern += r"\s*"
        if re.search(pattern, text):
            return True
    return False


def is_excluded(automaton, row):
    state = 0
    for token in row:
        state = automaton.table[state, token]
        if state == FORBIDDEN:
            return True
    return False


def rows_of(vocabulary, count, longest):
    rng = random.Random(0)
    return [
        [rng.randrange(len(vocabulary)) for _ in range(rng.randrange(1, longest))]
        for _ in range(count)
    ]


def test_bytes_complete_a_string_where_a_search_finds_it_and_nowhere_else():
    automaton, found = ForbiddenStrings(STRINGS).automaton(TOKENS), 0
    for row in rows_of(TOKENS, 20_000, 9):
        text = b"".join(TOKENS[i] for i in row).decode(errors="replace")
        assert is_excluded(automaton, row) == is_in(STRINGS, text), text
        found += is_in(STRINGS, text)
    assert 4000 < found < 16_000


@pytest.mark.parametrize("language", ["en", "zh", "any"])
@pytest.mark.parametrize("rules", [2, 3])
def test_words_complete_every_string_that_a_search_finds(language, rules):
    automaton = ForbiddenStrings(OF_WORDS).automaton([w.encode() for w in WORDS], are_words=True)
    found, more, rows = 0, 0, rows_of(WORDS, 5000, 8)
    for row in rows:
        text = join_words([WORDS[i] for i in row], language, rules)
        excluded, there = is_excluded(automaton, row), is_in(OF_WORDS, text)
        assert excluded or not there, text
        found, more = found + there, more + (excluded and not there)
    assert 1000 < found < 4000 and more < 0.02 * len(rows)


def test_words_apart_are_not_one_word():
    words = [b"grab", b"adverbs", b"bad", b"-"]
    automaton = ForbiddenStrings(["bad"]).automaton(words, are_words=True)
    assert [is_excluded(automaton, row) for row in ([0, 1], [0, 3, 1], [2])] == [False, False, True]


def test_a_prompt_that_holds_a_string_is_gone_on_with():
    automaton = ForbiddenStrings(["bad"]).automaton([b"bad", b"ba", b"d", b"s", b""])
    assert automaton.table[automaton.after([0])].tolist() == automaton.table[0].tolist()
    assert automaton.table[automaton.after([0, 1]), 2] == FORBIDDEN
    assert automaton.table[automaton.after([1, 4]), 2] == FORBIDDEN  # a special token between


def test_a_large_vocabulary_is_read_byte_by_byte_to_the_same(monkeypatch):
    tokens = [*TOKENS, b""]
    small = ForbiddenStrings(STRINGS).automaton(tokens)
    monkeypatch.setattr(forbidden_strings, "MOST_ENTRIES", 10)
    large = ForbiddenStrings([*STRINGS, "bad"]).automaton([*tokens, b"z"])
    assert large.table is None and small.table is not None
    states = np.arange(len(small.table), dtype="int32")
    in_small, in_large = (
        {name: ops.convert_to_tensor(array) for name, array in each.arrays().items()}
        for each in (small, large)
    )
    found = ops.convert_to_numpy(forbidden_tokens(states, in_large))
    np.testing.assert_array_equal(found[:, :-1], small.table == FORBIDDEN)
    np.testing.assert_array_equal(
        ops.convert_to_numpy(forbidden_tokens(states, in_small)), found[:, :-1]
    )
    for token in range(len(tokens)):
        tokens_of_rows = np.full(len(states), token, "int32")
        allowed = small.table[:, token] != FORBIDDEN
        a, b = (
            ops.convert_to_numpy(next_state(states, tokens_of_rows, each))[allowed]
            for each in (in_small, in_large)
        )
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("word", "tokens"),
    [
        ("badword", ["bad", "word"]),  # transformers 17504
        ("Badword", [" Bad", "words"]),
        ("Badword", [" B", "a", "d", "w", "o", "r", "d"]),
        ("London", [" London"]),  # TensorRT-LLM 15706
        ("London", ["London"]),
        ("London", [" in London"]),  # the doubt in its pull request 16239
        ("described", [" described"]),  # vLLM 23886
        ("described", ["descri", "bed"]),
        ("exaggerated", [" exaggerated"]),  # vLLM 32557
        ("New York", [" New", " York"]),
        ("cute", [" c", "ute"]),  # transformers 14206
    ],
)
def test_reports_about_others(word, tokens):
    automaton = ForbiddenStrings([word]).automaton([token.encode() for token in tokens])
    assert is_excluded(automaton, range(len(tokens)))
    assert not is_excluded(automaton, range(len(tokens) - 1))


def test_what_only_looks_like_a_string_is_another():
    tokens = [text.encode() for text in ("bаd", "ｂａｄ", "b4d", "b a d", "b\u200bad")]
    automaton = ForbiddenStrings(["bad"]).automaton(tokens)
    assert not any(is_excluded(automaton, [token]) for token in range(len(tokens)))


def test_strings_are_kept_once_without_blanks_around():
    assert ForbiddenStrings([" a  b ", "a b", "坏 词 c"]).strings == ("a b", "坏词c")


@pytest.mark.parametrize(
    ("strings", "message"),
    [
        ([""], "an empty or blank string"),
        (["a", " \n"], "an empty or blank string"),
        ([3], r"forbidden_strings\[0\]=3"),
        (None, "forbidden_strings=None"),
    ],
)
def test_what_is_no_forbidden_string_is_named(strings, message):
    with pytest.raises(InvalidArgumentError, match=message):
        ForbiddenStrings(strings)
