"""Counting language models: what a neural one has to beat, in NumPy, on id sequences.

A perplexity means little alone: a text of 4,000 words where every fifth token is [UNK] makes any
model look good. These three say how far one comes by counting:

- `UniformModel`: knows nothing but how many outcomes there are;
- `UnigramModel`: how often each token occurs, whatever stands before it;
- `KneserNeyModel`: the best of the classical n-gram models, the strong baseline.

They share one shape. `fit(sequences)` counts, `log_probs(sequences)` gives the natural logarithm of
the probability of every token after the start. A sequence is a 1-D array of ids, one sentence, that
begins with the start id and ends with the end id. The start is a history and never an outcome, and
no history reaches back into another sentence. `perplexity` turns the result into a figure.

A model is told `num_outcomes`, how many ids can be predicted at all: the size of the vocabulary
less the special tokens that never are ([PAD], [START], [SEP], [MASK]). Each of them gets a
probability above zero, and all of them together get one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from mlm_tf.errors import EmptyCorpusError, InvalidArgumentError

# An n-gram is one int64: each id takes 21 bits, the newest the lowest. So three ids fit, a suffix
# is a bit mask, a history is a shift, and sorting n-grams brings those of one history together.
_ID_BITS = 21
_MAX_ORDER = 63 // _ID_BITS


class _CountingModel:
    """The shape that the baselines share: sequences in, one log-probability a predicted token out.

    Subclasses say how to count (`_count`) and what a token is worth (`_probabilities`).
    """

    def __init__(self, num_outcomes: int):
        if not isinstance(num_outcomes, (int, np.integer)) or num_outcomes < 1:
            raise InvalidArgumentError(
                f"num_outcomes is {num_outcomes!r}, but it is a whole number of at least 1: "
                "pass the vocabulary size less the special tokens that are never predicted."
            )
        self.num_outcomes = int(num_outcomes)
        self._start_id: int | None = None

    def fit(self, sequences: Iterable[ArrayLike]) -> Self:
        """Counts the tokens of `sequences` and returns the model itself.

        Args:
            sequences: 1-D integer arrays, each one sentence from its start id to its end id.

        Raises:
            EmptyCorpusError: there is no token after a start id.
            InvalidArgumentError: a sequence is not of that form, or more than `num_outcomes`
                different ids are predicted.
        """
        tokens = _Tokens.of(sequences)
        if not len(tokens.targets):
            raise EmptyCorpusError(
                f"sequences holds {len(tokens.lengths)} sequences and no token after a start id, "
                "but counting needs at least one: pass sequences of the form [start, ..., end]."
            )
        seen = len(np.unique(tokens.targets))
        if seen > self.num_outcomes:
            raise InvalidArgumentError(
                f"num_outcomes is {self.num_outcomes}, but sequences predicts {seen} different "
                "ids: pass at least that many, the vocabulary size less the never predicted tokens."
            )
        self._start_id = int(tokens.ids[0])
        self._count(tokens)
        return self

    def log_probs(self, sequences: Iterable[ArrayLike]) -> list[np.ndarray]:
        """Returns the natural log-probability of every token after the start, given those before.

        Args:
            sequences: 1-D integer arrays of the same form as those of `fit`.

        Returns:
            One float64 array a sequence, of length `len(sequence) - 1`.

        Raises:
            InvalidArgumentError: the model was not fitted, or a sequence is not of that form.
        """
        if self._start_id is None:
            raise InvalidArgumentError(
                f"this {type(self).__name__} has counted nothing yet, but log_probs needs counts: "
                "call fit(sequences) first."
            )
        tokens = _Tokens.of(sequences, self._start_id)
        log_probs = np.log(self._probabilities(tokens))
        ends = np.cumsum(tokens.lengths - 1)
        return [
            log_probs[end - length + 1 : end]
            for end, length in zip(ends, tokens.lengths, strict=True)
        ]

    def _count(self, tokens: "_Tokens") -> None:
        raise NotImplementedError

    def _probabilities(self, tokens: "_Tokens") -> np.ndarray:
        raise NotImplementedError


class UniformModel(_CountingModel):
    """Every outcome is as likely as any other: the perplexity is the number of outcomes.

    Args:
        num_outcomes: how many ids can be predicted.

    >>> model = UniformModel(num_outcomes=4).fit([[2, 5, 3]])
    >>> round(perplexity(model.log_probs([[2, 6, 5, 3]])), 6)
    4.0
    """

    def _count(self, tokens):
        pass

    def _probabilities(self, tokens):
        return np.full(len(tokens.targets), 1.0 / self.num_outcomes)


class UnigramModel(_CountingModel):
    """Every outcome is as likely as it is frequent, with one occurrence added to each.

    `p(w) = (c(w) + 1) / (N + num_outcomes)`, which is the maximum-likelihood estimate interpolated
    with the uniform distribution; it matters only for outcomes that were hardly seen.

    Args:
        num_outcomes: how many ids can be predicted.

    >>> model = UnigramModel(num_outcomes=3).fit([[2, 5, 5, 3]])
    >>> np.exp(model.log_probs([[2, 5, 3]])[0]).round(6).tolist()
    [0.5, 0.333333]

    Reference: Chen and Goodman, "An empirical study of smoothing techniques for language modeling",
    Computer Speech & Language 13 (1999), section 2.1.
    """

    def _count(self, tokens):
        self._ids, counts = np.unique(tokens.targets, return_counts=True)
        total = counts.sum() + self.num_outcomes
        self._seen = (counts + 1) / total
        self._unseen = 1 / total

    def _probabilities(self, tokens):
        return _look_up(tokens.targets, self._ids, self._seen, self._unseen)


class KneserNeyModel(_CountingModel):
    """Interpolated, modified Kneser-Ney: the n-gram model to measure neural ones against.

    With `h` the last `n - 1` tokens and `h'` the same without the oldest,

        p_n(w | h) = (c_n(h w) - D_n(c_n(h w))) / N_n(h)  +  gamma_n(h) * p_{n-1}(w | h')

    where `N_n(h)` is the sum of `c_n(h w)` over all `w`, and `gamma_n(h)` is what the discounts
    `D_n` took away, so that everything sums to one; after a history that was never seen,
    `p_n = p_{n-1}`. Below the order 1 stands the uniform distribution over `num_outcomes`.

    `c_n` is the number of occurrences for the highest order. For a lower one it is the number of
    different tokens that were seen before the n-gram: "Francisco" is frequent but follows only
    "San", so it is no good guess after another word. N-grams that begin with the start token have
    nothing before them; they keep the number of occurrences. (The first token of a sentence
    has only the start as history, whatever the order.)

    Args:
        num_outcomes: how many ids can be predicted.
        order: length of the n-grams, 2 (one token of history) or 3 (two).

    >>> model = KneserNeyModel(num_outcomes=6, order=2).fit([[2, 5, 6, 3], [2, 5, 7, 3]])
    >>> seen, unseen = model.log_probs([[2, 5, 3], [2, 7, 3]])
    >>> bool(seen[0] > unseen[0])
    True

    Reference: Chen and Goodman, "An empirical study of smoothing techniques for language modeling",
    Computer Speech & Language 13 (1999), section 3, discounts by equation (26). The counts of lower
    orders: Kneser and Ney, "Improved backing-off for m-gram language modeling", ICASSP 1995.
    """

    def __init__(self, num_outcomes: int, order: int = 3):
        super().__init__(num_outcomes)
        if order not in range(2, _MAX_ORDER + 1):
            raise InvalidArgumentError(
                f"order is {order!r}, but a Kneser-Ney model here has the order 2 or 3: "
                "pass one of them, or use UnigramModel."
            )
        self.order = order

    def _count(self, tokens):
        self._levels: list[_Level] = []
        longer = np.empty(0, np.int64)
        for n in range(self.order, 0, -1):
            # What is counted: each n-gram once for every longer one that ends in it, and the
            # occurrences of those that no longer one could hold.
            whole = tokens.position >= n - 1 if n == self.order else tokens.position == n - 1
            suffixes = longer & ((1 << _ID_BITS * n) - 1)
            units = np.concatenate([suffixes, tokens.ngrams(n)[whole]])
            longer, counts = np.unique(units, return_counts=True)
            self._levels.insert(0, _Level.of(longer, counts))

    def _probabilities(self, tokens):
        p = np.full(len(tokens.targets), 1.0 / self.num_outcomes)
        for n, level in enumerate(self._levels, start=1):
            # One that reaches back past the start was never counted, and so changes nothing.
            p = level.interpolate(tokens.ngrams(n), p)
        return p


def perplexity(log_probs: Sequence[ArrayLike], keep: Sequence[ArrayLike] | None = None) -> float:
    """Returns the perplexity of tokens: the exponential of their mean negative log-probability.

    Args:
        log_probs: natural log-probabilities, one array a sequence, as `log_probs` returns them.
        keep: boolean arrays of the same lengths, True where a token counts; None counts all. With
            `[sequence[1:] != unk_id for sequence in sequences]` it is the perplexity over known
            words alone, where a small vocabulary flatters nobody.

    Raises:
        EmptyCorpusError: no token is left to count.
        InvalidArgumentError: `keep` has other lengths than `log_probs`.

    >>> round(perplexity([np.log([0.5, 0.5]), np.log([0.125])], keep=[[True, True], [False]]), 6)
    2.0
    """
    kept = [np.asarray(row, np.float64) for row in log_probs]
    if keep is not None:
        masks = [np.asarray(row, bool) for row in keep]
        if [row.shape for row in kept] != [row.shape for row in masks]:
            raise InvalidArgumentError(
                f"keep has {len(masks)} rows of {sum(row.size for row in masks)} booleans, but "
                f"log_probs has {len(kept)} rows of {sum(row.size for row in kept)} numbers: "
                "pass one boolean for each log-probability, row by row."
            )
        kept = [row[mask] for row, mask in zip(kept, masks, strict=True)]
    values = np.concatenate(kept) if kept else np.empty(0)
    if not len(values):
        raise EmptyCorpusError(
            "log_probs holds 0 tokens that count, but a perplexity is a mean over at least one: "
            "pass sequences with tokens after the start, and a keep that is True somewhere."
        )
    return float(np.exp(-values.mean()))


@dataclass(frozen=True)
class _Tokens:
    """All sequences end to end: `ids` (N,), and for the M = N - S predicted ones what is asked."""

    ids: np.ndarray  # (N,) int64, start ids included
    lengths: np.ndarray  # (S,) tokens a sequence, start included
    where: np.ndarray  # (M,) where in ids the predicted tokens stand
    position: np.ndarray  # (M,) how many tokens of the same sequence stand before each

    @property
    def targets(self) -> np.ndarray:
        return self.ids[self.where]

    def ngrams(self, n: int) -> np.ndarray:
        """The keys of the n-grams that end in each target, (M,), the start not minded."""
        keys = np.zeros(len(self.where), np.int64)
        for back in range(n):
            keys |= self.ids[self.where - back] << _ID_BITS * back
        return keys

    @classmethod
    def of(cls, sequences: Iterable[ArrayLike], start_id: int | None = None) -> "_Tokens":
        rows = [np.asarray(sequence) for sequence in sequences]
        for index, row in enumerate(rows):
            if row.ndim != 1 or not len(row) or row.dtype.kind not in "iu":
                raise InvalidArgumentError(
                    f"sequences[{index}] has shape {row.shape} and dtype {row.dtype}, but it is a "
                    "1-D array of integers with at least the start id: pass one array a sentence."
                )
        ids = np.concatenate([np.empty(0, np.int64), *rows], dtype=np.int64, casting="unsafe")
        lengths = np.array([len(row) for row in rows], np.int64)
        begins = np.cumsum(lengths) - lengths
        position = np.arange(len(ids)) - np.repeat(begins, lengths)
        if len(ids):
            cls._check(ids, position, int(ids[0]) if start_id is None else start_id)
        where = np.flatnonzero(position)
        return cls(ids, lengths, where, position[where])

    @staticmethod
    def _check(ids: np.ndarray, position: np.ndarray, start_id: int) -> None:
        if ids.min() < 0 or ids.max() >= 1 << _ID_BITS:
            raise InvalidArgumentError(
                f"sequences holds ids from {ids.min()} to {ids.max()}, but ids run from 0 to "
                f"{(1 << _ID_BITS) - 1}: pass what the pipeline's encode returns."
            )
        wrong = np.flatnonzero((ids == start_id) != (position == 0))
        if len(wrong):
            raise InvalidArgumentError(
                f"sequences holds the id {ids[wrong[0]]} at position {position[wrong[0]]} of one, "
                f"but the start id {start_id} stands first in each and nowhere else: "
                "pass one sentence a sequence, encoded with its start."
            )


@dataclass(frozen=True)
class _Level:
    """The discounted counts of one order: what each n-gram keeps and each history passes down."""

    keys: np.ndarray  # sorted n-grams
    kept: np.ndarray  # (c - D(c)) / N(h) of each
    histories: np.ndarray  # sorted histories of those n-grams
    passed: np.ndarray  # gamma(h) of each

    @classmethod
    def of(cls, keys: np.ndarray, counts: np.ndarray) -> "_Level":
        discount = _discounts(counts)[np.minimum(counts, 3)]
        histories, which = np.unique(keys >> _ID_BITS, return_inverse=True)
        total = np.bincount(which, counts)
        passed = np.bincount(which, discount) / total
        return cls(keys, (counts - discount) / total[which], histories, passed)

    def interpolate(self, keys: np.ndarray, lower: np.ndarray) -> np.ndarray:
        """p_n from p_{n-1}, the probabilities `lower` of the same tokens."""
        kept = _look_up(keys, self.keys, self.kept, 0.0)
        passed = _look_up(keys >> _ID_BITS, self.histories, self.passed, 1.0)
        return kept + passed * lower


def _discounts(counts: np.ndarray) -> np.ndarray:
    """What is taken from an n-gram that was counted 0, 1, 2 and 3 or more times, (4,).

    Chen and Goodman estimate three discounts from how many n-grams were counted once to four times.
    A small corpus may have none of some kind. Then there is no estimate, or one that would leave an
    unseen token without probability, and every count gives the same: the one discount of Ney, Essen
    and Kneser (1994), or one half where no n-gram was counted once.

    Three are used because they are the stronger: on the Wikipedia articles, split by document, one
    discount an order had a perplexity higher by 1 to 1.5 % (bigram) and 2.5 to 3 % (trigram).
    """
    n1, n2, n3, n4 = (int((counts == c).sum()) for c in range(1, 5))
    y = n1 / (n1 + 2 * n2) if n1 else 0.5
    if n1 and n2 and n3 and n4:
        three = np.array([1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3])
        if (three > 0).all():
            return np.concatenate([[0.0], three])
    return np.array([0.0, y, y, y])


def _look_up(
    queries: np.ndarray, keys: np.ndarray, values: np.ndarray, default: float
) -> np.ndarray:
    """values[i] where keys[i] == query, else default; keys are sorted."""
    if not len(keys):  # no sentence was long enough for this order
        return np.full(len(queries), default)
    at = np.minimum(np.searchsorted(keys, queries), len(keys) - 1)
    return np.where(keys[at] == queries, values[at], default)
