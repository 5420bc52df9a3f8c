"""How much of a text stands word for word in others: a suffix array of both together.

Words are what stands between spaces and punctuation, marks are words of their own, and so is each
character of a script without spaces, whatever the tokens of a model are: so that models can be
compared. Capitals count for nothing.

Reference: Manber & Myers 1993 (suffix arrays, by doubling); Lee et al. 2022, "Deduplicating
training data makes language models better".
"""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlm_tf.checks import check_integer, check_strings
from mlm_tf.errors import EmptyCorpusError
from mlm_tf.preprocessing.words import WRITTEN_WITHOUT_SPACES

WORD = re.compile(
    rf"{WRITTEN_WITHOUT_SPACES.pattern}|(?:(?!{WRITTEN_WITHOUT_SPACES.pattern})\w)+|\S"
)
NGRAM = 8


def words_of(text: str) -> list[str]:
    """
    >>> words_of("The cat's 春眠。")
    ['the', 'cat', "'", 's', '春', '眠', '。']
    """
    return WORD.findall(text.casefold())


@dataclass(frozen=True)
class Copying:
    """What of some texts stands in the training texts.

    Attributes:
        texts: how many texts were looked at.
        words: int64 `(texts,)`, how long each is.
        longest: int64 `(texts,)`, the longest run of words of each that stands in a training text.
        passages: the words of these runs.
        ngram: n.
        ngrams: int64 `(texts,)`, how many runs of n words each has.
        copied: int64 `(texts,)`, how many of them stand in a training text.
    """

    texts: int
    words: np.ndarray
    longest: np.ndarray
    passages: tuple[str, ...]
    ngram: int
    ngrams: np.ndarray
    copied: np.ndarray

    @property
    def copied_share(self) -> float:
        """The share of all runs of n words; NaN where no text is that long."""
        total = self.ngrams.sum()
        return float(self.copied.sum() / total) if total else float("nan")

    @property
    def longest_passage(self) -> str:
        """The longest run of all."""
        return self.passages[int(self.longest.argmax())]

    @property
    def whole_texts(self) -> int:
        """How many texts stand in a training text from end to end."""
        return int(((self.longest == self.words) & (self.words > 0)).sum())


def copied_from(texts: Sequence[str], training_texts: Sequence[str], ngram: int = NGRAM) -> Copying:
    """Look for runs of words of the texts in the training texts.

    Args:
        texts: what a model has written, for instance.
        training_texts: what it has learned from. No run goes over the edge of a text.
        ngram: n.

    Raises:
        EmptyCorpusError: if one of the two holds no text.

    Example:

    >>> copying = copied_from(["A cat sat on a log."], ["The cat sat on a mat.", "A log."], ngram=3)
    >>> copying.longest.tolist(), copying.passages, copying.copied_share
    ([4], ('cat sat on a',), 0.6)
    """
    return copied_by_each([texts], training_texts, ngram)[0]


def copied_by_each(
    groups: Sequence[Sequence[str]], training_texts: Sequence[str], ngram: int = NGRAM
) -> list[Copying]:
    """As `copied_from` of several groups of texts; the training texts are sorted once for all."""
    ngram = check_integer("ngram", ngram)
    named = [*(("texts", group) for group in groups), ("training_texts", training_texts)]
    words = [[words_of(text) for text in check_strings(name, given)] for name, given in named]
    for (name, _), rows in zip(named, words, strict=True):
        if not any(rows):
            raise EmptyCorpusError(f"{name} holds no word; give texts.")
    ids = {}
    *rows, training = (
        [np.array([ids.setdefault(w, len(ids)) for w in row], "int64") for row in given]
        for given in words
    )
    matches = iter(longest_matches([row for group in rows for row in group], training))
    return [
        _copying(group, list(itertools.islice(matches, len(group))), ngram) for group in words[:-1]
    ]


def _copying(texts: Sequence[list[str]], matches: list[np.ndarray], ngram: int) -> Copying:
    """Of the words of texts, and for each place of each the longest run from there."""
    places = [int(row.argmax()) if len(row) else 0 for row in matches]
    longest = np.array([row.max(initial=0) for row in matches], "int64")
    passages = tuple(
        " ".join(words[place : place + length])
        for words, place, length in zip(texts, places, longest, strict=True)
    )
    return Copying(
        texts=len(texts),
        words=np.array([len(row) for row in texts], "int64"),
        longest=longest,
        passages=passages,
        ngram=ngram,
        ngrams=np.array([max(0, len(row) - ngram + 1) for row in texts], "int64"),
        copied=np.array([(row >= ngram).sum() for row in matches], "int64"),
    )


def longest_matches(rows: Sequence[np.ndarray], training: Sequence[np.ndarray]) -> list[np.ndarray]:
    """For each place of each row how long the longest run from there is that stands in training.

    All suffixes of both are sorted together. The training suffix that agrees longest with one of a
    row is the nearest before or after it.

    Args:
        rows: int arrays of ids >= 0, each `(length,)`.
        training: likewise.

    Returns:
        For each row int64 `(length,)`.

    >>> longest_matches([np.array([1, 2, 3])], [np.array([0, 1, 2]), np.array([3])])[0].tolist()
    [2, 1, 1]
    """
    every = [*training, *rows]
    most = 1 + max((int(row.max(initial=0)) for row in every), default=0)
    # Behind each row stands an id that there is but once, so that no run goes on into the next.
    joined = np.concatenate(
        [part for i, row in enumerate(every) for part in (row, [most + i])]
    ).astype("int64")
    edge = sum(len(row) + 1 for row in training)
    levels = _ranks(joined, longest=max((len(row) for row in rows), default=0))
    order = np.argsort(levels[-1], kind="stable")  # the suffix array
    is_training = order < edge
    index = np.arange(len(order))
    before = np.maximum.accumulate(np.where(is_training, index, -1))
    after = np.minimum.accumulate(np.where(is_training, index, len(order))[::-1])[::-1]
    wanted = np.flatnonzero(~is_training)
    length = np.zeros(len(joined), "int64")
    for nearest in (before, after):
        there = nearest[wanted]
        exists = (there >= 0) & (there < len(order))
        places, others = order[wanted[exists]], order[there[exists]]
        length[places] = np.maximum(length[places], _common(levels, places, others))
    starts = edge + np.cumsum([0, *(len(row) + 1 for row in rows)])
    return [length[a : a + len(row)] for a, row in zip(starts, rows, strict=False)]


def _ranks(ids: np.ndarray, longest: int) -> list[np.ndarray]:
    """Of every suffix its rank by its first 1, 2, 4, 8, ... ids, up to `longest` or to the end."""
    levels, length = [np.unique(ids, return_inverse=True)[1]], 1
    while length < longest and levels[-1].max() < len(ids) - 1:
        rank = levels[-1]
        following = np.zeros_like(rank)
        following[:-length] = rank[length:] + 1
        pairs = rank * (len(ids) + 1) + following
        levels.append(np.unique(pairs, return_inverse=True)[1])
        length *= 2
    return levels


def _common(levels: list[np.ndarray], a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """How many ids the suffixes at `a` and at `b` begin with in common."""
    common = np.zeros(len(a), "int64")
    for level in reversed(range(len(levels))):
        same = levels[level][a + common] == levels[level][b + common]
        common += same * 2**level
    return common
