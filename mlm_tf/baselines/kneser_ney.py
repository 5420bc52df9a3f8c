"""Kneser-Ney smoothing."""

from dataclasses import dataclass

import numpy as np

from mlm_tf.baselines.counting import ID_BITS, CountingModel, look_up
from mlm_tf.checks import check_choice


class KneserNeyModel(CountingModel):
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
        self.order = check_choice("order", order, (2, 3))

    def _count(self, tokens):
        self._levels: list[_Level] = []
        longer = np.empty(0, np.int64)
        for n in range(self.order, 0, -1):
            # What is counted: each n-gram once for every longer one that ends in it, and the
            # occurrences of those that no longer one could hold.
            whole = tokens.position >= n - 1 if n == self.order else tokens.position == n - 1
            suffixes = longer & ((1 << ID_BITS * n) - 1)
            units = np.concatenate([suffixes, tokens.ngrams(n)[whole]])
            longer, counts = np.unique(units, return_counts=True)
            self._levels.insert(0, _Level.of(longer, counts))

    def _probabilities(self, tokens):
        p = np.full(len(tokens.targets), 1.0 / self.num_outcomes)
        for n, level in enumerate(self._levels, start=1):
            # One that reaches back past the start was never counted, and so changes nothing.
            p = level.interpolate(tokens.ngrams(n), p)
        return p


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
        histories, which = np.unique(keys >> ID_BITS, return_inverse=True)
        total = np.bincount(which, counts)
        passed = np.bincount(which, discount) / total
        return cls(keys, (counts - discount) / total[which], histories, passed)

    def interpolate(self, keys: np.ndarray, lower: np.ndarray) -> np.ndarray:
        """p_n from p_{n-1}, the probabilities `lower` of the same tokens."""
        kept = look_up(keys, self.keys, self.kept, 0.0)
        passed = look_up(keys >> ID_BITS, self.histories, self.passed, 1.0)
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
