"""Strings that no generated text may hold, however its tokens spell them.

A list of token ids cannot say it: one word is many sequences of tokens, whole, in pieces, byte by
byte. Here an automaton reads bytes (Aho & Corasick 1975). Its state is the longest end of the text
so far that may still become one of the strings; a token is excluded if its bytes, read from there,
complete one. Two tables say so for every state and every token: what is forbidden, and the state
after it.

The automaton is made from one that may be in several states at once, by the subset construction,
since more than one spelling stands for the same string: capitals and small letters by Unicode's
case folding ("STRASSE", "straße"), composed and decomposed accents, any run of blanks for a blank,
blanks or none between characters of scripts without them, and a straight or a curly apostrophe.

Its limit: what only looks like the string is another string. So are look-alike letters (Cyrillic
"а", full-width "ａ", "0" for "o"), letters with invisible characters or blanks between them, and
the word in another language.
"""

import functools
import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from keras import ops

from mlm_tf.checks import check_strings
from mlm_tf.errors import InvalidArgumentError
from mlm_tf.preprocessing.words import WRITTEN_WITHOUT_SPACES

# Beside the 256 bytes the automaton reads: nothing; where a word begins, and where one ends, that
# is written apart from words beside it, or is not.
NOTHING, FIRST_OF_WORD, FIRST, LAST_OF_WORD, LAST = range(256, 261)
NUM_SYMBOLS = 261

MOST_ENTRIES = 2**24  # of a table of states and tokens; above, tokens are read byte by byte
FORBIDDEN = -1
BLANKS = tuple(map(chr, (*range(9, 14), 32, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028)))
BLANKS += tuple(map(chr, (0x2029, 0x202F, 0x205F, 0x3000)))
# A blank that says nothing, beside a character of a script without them.
NO_BLANK = re.compile(
    f" (?={WRITTEN_WITHOUT_SPACES.pattern})|(?<={WRITTEN_WITHOUT_SPACES.pattern}) "
)
APOSTROPHES = ("'", "’")
CASED = range(0x1F000)  # code points above have no case


class TokenAutomaton(NamedTuple):
    """The automaton over the tokens of a vocabulary, for the compiled loop.

    Attributes:
        table: int32 `(states, vocabulary_size)`, the state after a token, `FORBIDDEN` where it
            completes a string; `None` if that would be more than `MOST_ENTRIES`, then:
        steps: int32 `(states, NUM_SYMBOLS)`, the state after a symbol.
        hits: bool `(states, NUM_SYMBOLS)`, whether it completes a string.
        symbols: int32 `(vocabulary_size, longest)`, what each token is read as, filled up with
            `NOTHING`.
    """

    table: np.ndarray | None
    steps: np.ndarray
    hits: np.ndarray
    symbols: np.ndarray

    def after(self, token_ids: Sequence[int]) -> int:
        """The state after a prompt, whatever stands in it."""
        state = 0
        for token in token_ids:
            for symbol in self.symbols[token]:
                state = self.steps[state, symbol]
        return int(state)

    def arrays(self) -> dict[str, np.ndarray]:
        """What the loop needs."""
        if self.table is not None:
            return {"table": self.table}
        return {"steps": self.steps, "hits": self.hits, "symbols": self.symbols}


@dataclass(frozen=True)
class ForbiddenStrings:
    """Strings that a text may not hold, wherever in it: "cat" is in "Cats" and "concatenate".

    Blanks around a string count for nothing.

    Args:
        strings: none of them blank.

    Raises:
        InvalidArgumentError: for a blank string, or what is no list of strings.

    Example:

    >>> automaton = ForbiddenStrings(["cat"]).automaton([b"ca", b"T", b"ts", b"a", b"c"])
    >>> after_ca = automaton.after([0])
    >>> automaton.table[after_ca].tolist() == [2, FORBIDDEN, FORBIDDEN, 0, 1]
    True
    """

    strings: Sequence[str]

    def __post_init__(self):
        strings = [" ".join(s.split()) for s in check_strings("forbidden_strings", self.strings)]
        if "" in strings:
            raise InvalidArgumentError(
                "forbidden_strings holds an empty or blank string, which every text holds; leave "
                "it out."
            )
        strings = (NO_BLANK.sub("", string) for string in strings)
        object.__setattr__(self, "strings", tuple(dict.fromkeys(strings)))

    def automaton(self, token_bytes: Sequence[bytes], are_words: bool = False) -> TokenAutomaton:
        """The automaton over the tokens of a vocabulary.

        Args:
            token_bytes: of every token, what it adds to a text.
            are_words: whether tokens are words, which are written with a space between them, or,
                where punctuation meets, with one or none: then both are read.
        """
        return _automaton(self.strings, tuple(token_bytes), are_words)


@functools.lru_cache(maxsize=4)
def _automaton(strings, token_bytes, are_words) -> TokenAutomaton:
    steps, hits = _deterministic(_Graph(strings), are_words)
    rows = [_symbols(token, are_words) for token in token_bytes]
    symbols = np.full((len(rows), max(map(len, rows), default=1) or 1), NOTHING, "int32")
    for place, row in enumerate(rows):
        symbols[place, : len(row)] = row
    table = None
    if len(steps) * len(rows) <= MOST_ENTRIES:
        table = np.repeat(np.arange(len(steps), dtype="int32")[:, None], len(rows), axis=1)
        is_hit = np.zeros(table.shape, bool)
        for column in symbols.T:
            is_hit |= hits[table, column[None]]
            table = steps[table, column[None]]
        table[is_hit] = FORBIDDEN
    return TokenAutomaton(table, steps, hits, symbols)


def _symbols(token: bytes, are_words: bool) -> list[int]:
    """What a token is read as; a special one, of which nothing is written, as nothing."""
    if not are_words or not token:
        return [*token]
    text = token.decode()
    return [
        FIRST_OF_WORD if _is_written_apart(text[0]) else FIRST,
        *token,
        LAST_OF_WORD if _is_written_apart(text[-1]) else LAST,
    ]


def _is_written_apart(character: str) -> bool:
    """Whether a space always stands between a word of such characters and another one."""
    return character.isalnum() and not WRITTEN_WITHOUT_SPACES.match(character)


# === The automaton that may be in several states at once ===


class _Graph:
    """States, and from each by a byte to others. State 0 is the beginning, which it never leaves.

    Attributes:
        edges: for each state, from a byte to states.
        ends: the states in which a string is complete.
    """

    def __init__(self, strings: Sequence[str]):
        self.edges = [defaultdict(set)]
        self.ends = set()
        for string in strings:
            folded = {unicodedata.normalize(form, string).casefold() for form in ("NFC", "NFD")}
            for characters in sorted(folded):
                self._add(characters)

    def _new(self) -> int:
        self.edges.append(defaultdict(set))
        return len(self.edges) - 1

    def _path(self, source: int, spelling: str, target: int) -> None:
        """From one state to another by the bytes of a spelling."""
        *first, last = spelling.encode()
        for byte in first:
            # Blanks and cases share beginnings, where these lead nowhere else.
            shared = self._shared.setdefault((source, byte), None)
            if shared is None:
                shared = self._shared[source, byte] = self._new()
                self.edges[source][byte].add(shared)
            source = shared
        self.edges[source][last].add(target)

    def _add(self, folded: str) -> None:
        self._shared = {}
        states = [0, *(self._new() for _ in folded)]
        for place, character in enumerate(folded):
            source, target = states[place], states[place + 1]
            if character == " ":
                for blank in BLANKS:
                    self._path(source, blank, target)
                    self._path(target, blank, target)
                continue
            for length in range(1, 4):  # "ß" is two letters of the folded string
                part = folded[place : place + length]
                if len(part) == length:
                    for spelling in _spellings(part):
                        self._path(source, spelling, states[place + length])
            rest = folded[place + 1 :]
            if rest and WRITTEN_WITHOUT_SPACES.search(character + rest[0]):
                for blank in BLANKS:
                    self._path(target, blank, target)
        self.ends.add(states[-1])


@functools.cache
def _by_folded() -> dict[str, set[str]]:
    """From what case folding makes of characters to these characters."""
    found = defaultdict(set)
    for code in CASED:
        if not 0xD800 <= code < 0xE000:
            found[chr(code).casefold()].add(chr(code))
    for apostrophe in APOSTROPHES:
        found[apostrophe] |= {*APOSTROPHES}
    return found


def _spellings(folded: str) -> set[str]:
    """The characters that case folding makes this of."""
    return _by_folded().get(folded, {folded} if len(folded) == 1 else set())


# === And the one that is in one state ===


def _deterministic(graph: _Graph, are_words: bool) -> tuple[np.ndarray, np.ndarray]:
    """`(steps, hits)`, each `(states, NUM_SYMBOLS)`, by the subset construction.

    A state is the set of those in which the other may be, and whether a word has ended. Where
    tokens are no words, what begins and ends one is not read.
    """
    begin = (frozenset([0]), False)
    places, waiting, steps, hits = {begin: 0}, [begin], [], []
    space = ord(" ")

    def read(states: frozenset, byte: int) -> frozenset:
        return frozenset([0]).union(
            *(graph.edges[s][byte] for s in states if byte in graph.edges[s])
        )

    def place_of(states: frozenset, has_ended: bool) -> int:
        state = (states - graph.ends, has_ended)  # a string that is complete leads nowhere
        if state not in places:
            places[state] = len(places)
            waiting.append(state)
        return places[state]

    first_bytes = {byte: read(begin[0], byte) for byte in graph.edges[0]}
    while len(steps) < len(waiting):
        states, has_ended = waiting[len(steps)]
        row = np.zeros(NUM_SYMBOLS, "int32")
        hit = np.zeros(NUM_SYMBOLS, bool)
        row[:256] = place_of(begin[0], has_ended)
        for byte in {*first_bytes}.union(*(graph.edges[s] for s in states)):
            after = read(states, byte)
            hit[byte] = not graph.ends.isdisjoint(after)
            row[byte] = place_of(after, has_ended)
        # A string does not end with a blank, so none of these completes one.
        row[NOTHING] = len(steps)
        if are_words:
            apart = read(states, space)
            row[FIRST_OF_WORD] = place_of(apart if has_ended else apart | states, has_ended)
            row[FIRST] = place_of(apart | states, has_ended)
            row[LAST_OF_WORD], row[LAST] = place_of(states, True), place_of(states, False)
        steps.append(row)
        hits.append(hit)
    return np.array(steps), np.array(hits)


# === In the loop, with `keras.ops` alone ===


def forbidden_tokens(state, arrays: dict):
    """Which tokens complete a string after `state`, int32 `(rows,)` -> bool `(rows, tokens)`."""
    if "table" in arrays:
        return ops.take(arrays["table"], state, axis=0) == FORBIDDEN
    symbols = arrays["symbols"]  # (tokens, longest)
    _, is_hit = _walk(ops.tile(state[:, None], (1, symbols.shape[0])), symbols[None], arrays)
    return is_hit


def next_state(state, token, arrays: dict):
    """The state after a token of each row, int32 `(rows,)`, which completes no string."""
    if "table" in arrays:
        table = arrays["table"]  # (states, tokens)
        place = state * table.shape[1] + ops.clip(token, 0, table.shape[1] - 1)
        return ops.maximum(ops.take(ops.reshape(table, (-1,)), place), 0)
    token = ops.clip(token, 0, arrays["symbols"].shape[0] - 1)
    return _walk(state, ops.take(arrays["symbols"], token, axis=0), arrays)[0]


def _walk(state, symbols, arrays: dict):
    """Symbols `(..., longest)` read from states `(...)` -> the states after them, and whether a
    string was complete on the way."""
    steps, hits = (ops.reshape(arrays[name], (-1,)) for name in ("steps", "hits"))

    def read(place, carry):
        state, is_hit = carry
        index = state * NUM_SYMBOLS + ops.take(symbols, place, axis=-1)
        return ops.take(steps, index), ops.logical_or(is_hit, ops.take(hits, index))

    is_hit = ops.zeros(state.shape, "bool")
    return ops.fori_loop(0, symbols.shape[-1], read, (state, is_hit))
