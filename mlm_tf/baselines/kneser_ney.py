"""Kneser-Ney smoothing."""

from dataclasses import dataclass

import numpy as np

from mlm_tf.baselines.counting import ID_BITS, CountingModel
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
        order: length of the n-grams, from 2 (one token of history) to 5 (four).

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
        self.order = check_choice("order", order, (2, 3, 4, 5))

    def _count(self, tokens):
        known, numbers = [np.zeros(1, np.int64)], [np.zeros(len(tokens.ids), np.int64)]
        for n in range(1, self.order + 1):
            keys = _keys(tokens, n, numbers[-1])
            found, places = np.unique(keys, return_inverse=True)
            none = int(found[0] < 0)  # the key of those that are none
            known.append(found[none:])
            numbers.append(places - none)
        self._levels: list[_Level] = []
        longer = np.empty(0, np.int64)  # where each n-gram ends that was counted an order higher
        for n in range(self.order, 0, -1):
            # What is counted: each n-gram once for every longer one that ends in it, and the
            # occurrences of those that no longer one could hold.
            whole = tokens.position >= n - 1 if n == self.order else tokens.position == n - 1
            ends = np.concatenate([longer, tokens.where[whole]])
            ngrams, first, counts = np.unique(
                numbers[n][ends], return_index=True, return_counts=True
            )
            longer = ends[first]
            histories = numbers[n - 1][longer - 1], len(known[n - 1])
            self._levels.insert(0, _Level.of(known[n], ngrams, counts, *histories))

    def _probabilities(self, tokens):
        p = np.full(len(tokens.targets), 1.0 / self.num_outcomes)
        histories = np.zeros(len(tokens.ids), np.int64)
        for n, level in enumerate(self._levels, start=1):
            ngrams = _places(_keys(tokens, n, histories), level.known)
            p = level.interpolate(ngrams[tokens.where], histories[tokens.where - 1], p)
            histories = ngrams
        return p


def _keys(tokens, n: int, shorter: np.ndarray) -> np.ndarray:
    """For the n-gram that ends in each token a number, (N,), or -1: of one that reaches back past
    the start of its sentence, or whose history was never met.

    Args:
        tokens: N of them.
        n: how long.
        shorter: the places of the (n-1)-grams that end in each token, (N,), or -1.
    """
    histories = np.roll(shorter, 1)
    if n > 1:
        starts = np.ones(len(histories), bool)
        starts[tokens.where] = False
        histories[starts] = -1
    return np.where(histories < 0, -1, histories << ID_BITS | tokens.ids)


def _places(keys: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The place of each key among those known, which are sorted, or -1."""
    if not len(known):  # no sentence was long enough
        return np.full(len(keys), -1)
    at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    return np.where(known[at] == keys, at, -1)


@dataclass(frozen=True)
class _Level:
    """The discounted counts of one order: what each n-gram keeps and each history passes down."""

    known: np.ndarray  # keys of the n-grams that were met, sorted
    kept: np.ndarray  # (c - D(c)) / N(h) of each, and 0 for one that was not
    passed: np.ndarray  # gamma(h) of each shorter one that was met, and 1 for one that was not

    @classmethod
    def of(cls, known, ngrams, counts, histories, num_histories) -> "_Level":
        """Of the places of the n-grams that are counted, their counts, and the places of their
        histories among so many."""
        discount = _discounts(counts)[np.minimum(counts, 3)]
        total = np.bincount(histories, counts, num_histories)
        kept = np.zeros(len(known) + 1)
        kept[ngrams] = (counts - discount) / total[histories]
        passed = np.ones(num_histories + 1)
        seen = np.flatnonzero(total)
        passed[seen] = np.bincount(histories, discount, num_histories)[seen] / total[seen]
        return cls(known, kept, passed)

    def interpolate(self, ngrams: np.ndarray, histories: np.ndarray, lower: np.ndarray):
        """p_n from p_{n-1}, the probabilities `lower` of the same tokens; a place of -1 is that of
        the last number."""
        return self.kept[ngrams] + self.passed[histories] * lower


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
