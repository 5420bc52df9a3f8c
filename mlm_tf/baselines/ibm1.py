"""IBM model 1: which word stands for which, learned from pairs of sentences by counting."""

from collections.abc import Sequence

import numpy as np

from mlm_tf.checks import check_boolean, check_integer
from mlm_tf.errors import EmptyCorpusError, InvalidArgumentError

NOTHING = None  # the empty word of the source, from which words come that stand for none of it
LEAST = 1e-12  # a probability below it is no translation


class IBM1:
    """Word translation probabilities `t(f | e)`, by expectation maximisation.

    Each word f of a target comes from one word e of its source, or from the empty word, each as
    likely as the other; so a target `f_1..f_m` of a source `e_0..e_l`, `e_0` being empty, has the
    probability

        p(f | e)  ~  product over j of  sum over i of  t(f_j | e_i)

    which knows no order. Of which source word a target word comes is not known: each is given its
    share, `t(f_j | e_i) / sum over i of t(f_j | e_i)` (E-step), and the shares are counted as if
    they were occurrences, which gives a new t (M-step). From any start the likelihood rises at
    every step, to the one maximum that there is; here t starts even.

    Tokens may be words or ids, anything that can be compared; an empty sentence teaches nothing.

    Args:
        iterations: how many EM steps.
        empty_word: whether there is an empty word. Without, every target word comes from a word.

    Attributes:
        log_likelihoods: natural logarithm of the likelihood of the targets before each step, but
            for the constant `(l + 1)^-m` of each pair.

    >>> model = IBM1(iterations=20, empty_word=False).fit(
    ...     [["the", "house"], ["the", "book"], ["a", "book"]],
    ...     [["das", "Haus"], ["das", "Buch"], ["ein", "Buch"]],
    ... )
    >>> model.translate(["a", "house"])
    ['ein', 'Haus']

    Reference: Brown et al., "The mathematics of statistical machine translation", Computational
    Linguistics 19 (1993), section 4.1 and 4.2.
    """

    def __init__(self, iterations: int = 10, empty_word: bool = True):
        self.iterations = check_integer("iterations", iterations)
        self.empty_word = check_boolean("empty_word", empty_word)

    def fit(self, sources: Sequence[Sequence], targets: Sequence[Sequence]) -> "IBM1":
        """Learn from pairs: the k-th target, a list of tokens, is what the k-th source says.

        Raises:
            InvalidArgumentError: there are not as many of each.
            EmptyCorpusError: no pair has a token on both sides.
        """
        sources, targets = list(sources), list(targets)
        if len(sources) != len(targets):
            raise InvalidArgumentError(
                f"sources holds {len(sources)} sentences and targets {len(targets)}; give as many "
                "of each."
            )
        source_ids, target_ids = _Numbering([NOTHING] if self.empty_word else []), _Numbering()
        pairs = []
        for source, target in zip(sources, targets, strict=True):
            if len(source) and len(target):
                words = [NOTHING, *source] if self.empty_word else source
                pairs.append((source_ids(words), target_ids(target)))
        if not pairs:
            raise EmptyCorpusError(
                "sources and targets hold no pair with a token on both sides; give some to learn "
                "from."
            )
        self._source_words, self._target_words = source_ids.words, target_ids.words
        self._place = source_ids.places
        self._target_place = target_ids.places
        self._maximise(pairs)
        return self

    def _maximise(self, pairs) -> None:
        """EM over all pairs at once.

        A cell is a source and a target type that meet in some pair. Within a pair only how often
        each type occurs matters, so its `distinct sources × distinct targets` make an entry each;
        those of one target type and pair stand together, and their shares sum to 1.
        """
        num_targets = len(self._target_words)
        cells, weights, groups, group_weights = [], [], [], []
        for source, target in pairs:
            e, e_count = np.unique(source, return_counts=True)
            f, f_count = np.unique(target, return_counts=True)
            cells.append((f[:, None] + num_targets * e[None, :]).ravel())
            weights.append(np.tile(e_count, len(f)))
            groups.append(np.full(len(f), len(e)))
            group_weights.append(f_count)
        cell, weight = np.concatenate(cells), np.concatenate(weights)
        sizes, times = np.concatenate(groups), np.concatenate(group_weights)
        starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        keys, cell = np.unique(cell, return_inverse=True)  # (cells,), (entries,)
        source_of = keys // num_targets
        t = np.full(len(keys), 1.0 / num_targets)
        self.log_likelihoods = []
        for _ in range(self.iterations):
            share = t[cell] * weight  # (entries,)
            total = np.add.reduceat(share, starts)  # (groups,)
            self.log_likelihoods.append(float(times @ np.log(total)))
            share *= np.repeat(times / total, sizes)
            counts = np.bincount(cell, share, minlength=len(keys))
            t = counts / np.bincount(source_of, counts)[source_of]
        self._keys, self._t = keys, t
        self._first = np.searchsorted(source_of, np.arange(len(self._source_words) + 1))

    # === What it knows ===

    def probability(self, target, source) -> float:
        """`t(target | source)` of two tokens; 0 if they never met. `None` is the empty word."""
        if target not in self._target_place or source not in self._place:
            return 0.0
        key = self._target_place[target] + len(self._target_words) * self._place[source]
        at = np.searchsorted(self._keys, key)
        return float(self._t[at]) if at < len(self._keys) and self._keys[at] == key else 0.0

    def translations(self, source, number: int = 5) -> list[tuple]:
        """The most probable target tokens of a source token, each with its probability.

        >>> model = IBM1().fit([["a", "cat"], ["a", "dog"]], [["un", "chat"], ["un", "chien"]])
        >>> [word for word, _ in model.translations("cat", number=1)]
        ['chat']
        """
        if source not in self._place:
            return []
        row = slice(*self._first[self._place[source] :][:2])
        best = np.argsort(-self._t[row], kind="stable")[:number]
        best = best[self._t[row][best] >= LEAST]
        words = self._keys[row][best] % len(self._target_words)
        return [
            (self._target_words[w], float(p))
            for w, p in zip(words, self._t[row][best], strict=True)
        ]

    def translate(self, source: Sequence) -> list:
        """Word by word: each source token becomes its most probable translation, in its place. One
        of which that comes more probably from the empty word becomes nothing; one that was never
        seen, such as a name, stays as it is."""
        written = []
        for token in source:
            if token not in self._place:
                written.append(token)
                continue
            [(best, probability)] = self.translations(token, 1)
            if not self.empty_word or probability >= self.probability(best, NOTHING):
                written.append(best)
        return written

    def shares(self, source: Sequence, target: Sequence) -> np.ndarray:
        """How much of each target token each source token accounts for: the E-step, an alignment.

        Returns:
            float64 `(len(target), len(source))`. The rest of a row, up to 1, is the empty word's; a
            row of zeros has a token that never met any of the source.
        """
        words = [NOTHING, *source] if self.empty_word else list(source)
        t = np.array([[self.probability(f, e) for e in words] for f in target])
        t = t.reshape(len(target), len(words))
        total = t.sum(axis=1, keepdims=True)
        shares = np.divide(t, total, out=np.zeros_like(t), where=total > 0)
        return shares[:, 1:] if self.empty_word else shares


class _Numbering:
    """Numbers for tokens, in the order in which they come."""

    def __init__(self, first: Sequence = ()):
        self.places = {word: place for place, word in enumerate(first)}

    def __call__(self, tokens: Sequence) -> np.ndarray:
        return np.array([self.places.setdefault(token, len(self.places)) for token in tokens])

    @property
    def words(self) -> list:
        return list(self.places)
