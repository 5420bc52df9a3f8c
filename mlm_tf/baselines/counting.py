"""What the counting models share, the two simplest, and the figure that is asked of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from mlm_tf.checks import check_integer
from mlm_tf.errors import EmptyCorpusError, InvalidArgumentError

ID_BITS = 21  # of an id; so an id and the number of what stands before it are one int64


class CountingModel:
    """The shape that they share: sequences in, one log-probability a predicted token out.

    Subclasses say how to count (`_count`) and what a token is worth (`_probabilities`).
    """

    def __init__(self, num_outcomes: int):
        why = ", the size of the vocabulary less the special tokens that are never predicted"
        self.num_outcomes = check_integer("num_outcomes", num_outcomes, why=why)
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
                "and counting needs at least one; use sequences of the form [start, ..., end]."
            )
        seen = len(np.unique(tokens.targets))
        if seen > self.num_outcomes:
            raise InvalidArgumentError(
                f"num_outcomes={self.num_outcomes} is less than the {seen} different ids that "
                "sequences predicts; use at least that many, the vocabulary size less the tokens "
                "that are never predicted."
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
                f"this {type(self).__name__} has counted nothing yet, and log_probs needs counts; "
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


class UniformModel(CountingModel):
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


class UnigramModel(CountingModel):
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
                f"keep has {len(masks)} rows of {sum(row.size for row in masks)} booleans, and "
                f"log_probs has {len(kept)} rows of {sum(row.size for row in kept)} numbers; "
                "use one boolean for each log-probability, row by row."
            )
        kept = [row[mask] for row, mask in zip(kept, masks, strict=True)]
    values = np.concatenate(kept) if kept else np.empty(0)
    if not len(values):
        raise EmptyCorpusError(
            "log_probs holds 0 tokens that count, and a perplexity is a mean over at least one; "
            "use sequences with tokens after the start, and a keep that is True somewhere."
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

    @classmethod
    def of(cls, sequences: Iterable[ArrayLike], start_id: int | None = None) -> "_Tokens":
        rows = [np.asarray(sequence) for sequence in sequences]
        for index, row in enumerate(rows):
            if row.ndim != 1 or not len(row) or row.dtype.kind not in "iu":
                raise InvalidArgumentError(
                    f"sequences[{index}] has shape {row.shape} of {row.dtype}, and a sentence "
                    "is a 1-D array of integers, one or more; use one array a sentence."
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
        if ids.min() < 0 or ids.max() >= 1 << ID_BITS:
            raise InvalidArgumentError(
                f"sequences holds ids from {ids.min()} to {ids.max()}, and ids run from 0 to "
                f"{(1 << ID_BITS) - 1}; use what the pipeline's encode returns."
            )
        wrong = np.flatnonzero((ids == start_id) != (position == 0))
        if len(wrong):
            raise InvalidArgumentError(
                f"sequences holds the id {ids[wrong[0]]} at position {position[wrong[0]]} of one, "
                f"and the start id {start_id} stands first in each and nowhere else; "
                "use one sentence a sequence, encoded with its start."
            )


def _look_up(
    queries: np.ndarray, keys: np.ndarray, values: np.ndarray, default: float
) -> np.ndarray:
    """values[i] where keys[i] == query, else default; keys are sorted."""
    if not len(keys):  # no sentence was long enough for this order
        return np.full(len(queries), default)
    at = np.minimum(np.searchsorted(keys, queries), len(keys) - 1)
    return np.where(keys[at] == queries, values[at], default)
