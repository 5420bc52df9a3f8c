"""The matrix an embedding layer starts from: one row a token of the vocabulary.

Notable features: everything is NumPy, so that the matrix can be looked at before a model exists;
each row remembers where it came from; the special tokens, the names in square brackets at the head
of the vocabulary, are never looked up among pretrained words.
"""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mlm_tf.checks import check_integer
from mlm_tf.embeddings.report import EmbeddingReport
from mlm_tf.errors import InvalidArgumentError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SPECIAL, RANDOM, ZERO = "special", "random", "zero"
LOWER_CASE, COMPOSED = "lower case", "composed"
# What a row says of itself that is no word's vector; every other source but "composed", which is
# the mean of known ones, is a known vector.
UNKNOWN = (RANDOM, ZERO)


@dataclass(frozen=True, eq=False)
class EmbeddingMatrix:
    """A row for each token, and where the row came from.

    Attributes:
        values: float32 (V, D).
        vocabulary: the V tokens; the index is the id.
        source: str (V,), where each row came from: "special" (a special token: random), "random",
            "zero", or what known vector it is: "pretrained", "lower case" (pretrained, that of the
            word in lower case), "tfidf", "word2vec"; or "composed", the mean of the pretrained
            vectors of its parts.

    Raises:
        InvalidArgumentError: the three do not fit each other, or a value is NaN or infinite.

    Example:

    >>> import numpy as np
    >>> from mlm_tf.embeddings import EmbeddingMatrix
    >>> values = np.zeros((3, 2), "float32")
    >>> source = ["special", "pretrained", "zero"]
    >>> matrix = EmbeddingMatrix(values, ["[PAD]", "king", "qqq"], source)
    >>> matrix.hits, matrix.misses
    (['king'], ['qqq'])
    """

    values: np.ndarray
    vocabulary: list[str]
    source: np.ndarray

    def __post_init__(self):
        values = np.asarray(self.values, dtype=np.float32)
        vocabulary, source = list(self.vocabulary), np.asarray(self.source, dtype=str)
        check_vocabulary(vocabulary)
        if values.ndim != 2 or len(values) != len(vocabulary) or values.shape[1] < 1:
            raise InvalidArgumentError(
                f"values has the shape {values.shape}, and {len(vocabulary)} tokens need "
                f"({len(vocabulary)}, embedding_dim); use one row for each token."
            )
        if source.shape != (len(vocabulary),):
            raise InvalidArgumentError(
                f"source has the shape {source.shape}, and {len(vocabulary)} tokens need "
                f"({len(vocabulary)},); use one label for each row."
            )
        check_finite("values", values, vocabulary)
        for name, value in (("values", values), ("vocabulary", vocabulary), ("source", source)):
            object.__setattr__(self, name, value)

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        """The values, for whoever takes an array."""
        values = np.asarray(self.values, dtype)
        return values.copy() if copy else values

    @property
    def embedding_dim(self) -> int:
        """D, the length of each row."""
        return self.values.shape[1]

    @property
    def hits(self) -> list[str]:
        """Words whose row is a known vector, in the order of the vocabulary."""
        return [self.vocabulary[row] for row in np.flatnonzero(self._is_known())]

    @property
    def composed(self) -> list[str]:
        """Words whose row is made of known vectors of their parts; neither hits nor misses."""
        return [self.vocabulary[row] for row in np.flatnonzero(self.source == COMPOSED)]

    @property
    def misses(self) -> list[str]:
        """Words, special tokens aside, whose row is random or zero."""
        return [self.vocabulary[row] for row in np.flatnonzero(self._is_unknown())]

    def _is_known(self) -> np.ndarray:
        return ~np.isin(self.source, (SPECIAL, COMPOSED, *UNKNOWN))

    def _is_unknown(self) -> np.ndarray:
        return np.isin(self.source, UNKNOWN)

    def report(self, token_counts: Sequence[int] | None = None, show: int = 10) -> EmbeddingReport:
        """Sums up how much of the vocabulary, and of a text, starts from known vectors.

        Args:
            token_counts: (V,) how often each token occurs, for example `pipeline.counts`. The
                counts of special tokens are left aside.
            show: how many of the most frequent misses to name.

        Raises:
            InvalidArgumentError: `token_counts` does not fit the vocabulary.

        Example:

        >>> import mlm_tf.embeddings
        >>> print(mlm_tf.embeddings.random(["[PAD]", "the", "king"], 4).report([0, 9, 1]))
        rows                        3 x 4 (random 2, special 1)
        words with a known vector   0 of 2 (0.0%)
        tokens with a known vector  0 of 10 (0.0%)
        words not found             2 random (10 tokens)
        most frequent misses        the 9, king 1
        """
        check_integer("show", show, least=0)
        is_known, misses = self._is_known(), np.flatnonzero(self._is_unknown())
        is_word = self.source != SPECIAL
        counts, tokens = self._checked_counts(token_counts), None
        if counts is not None:
            misses = misses[np.argsort(-counts[misses], kind="stable")]
            tokens = (int(counts[is_known].sum()), int(counts[is_word].sum()))
        policies = {}
        for policy in (LOWER_CASE, COMPOSED, *UNKNOWN):
            is_done = self.source == policy
            if is_done.any():
                done = None if counts is None else int(counts[is_done].sum())
                policies[policy] = (int(is_done.sum()), done)
        return EmbeddingReport(
            embedding_dim=self.embedding_dim,
            rows_by_source=dict(sorted(Counter(self.source.tolist()).items())),
            types=(int(is_known.sum()), int(is_word.sum())),
            tokens=tokens,
            policies=policies,
            frequent_misses=tuple(
                (self.vocabulary[row], None if counts is None else int(counts[row]))
                for row in misses[:show]
            ),
        )

    def plot(
        self,
        token_counts: Sequence[int] | None = None,
        words: Sequence[str] | None = None,
        path: str | os.PathLike | None = None,
    ) -> "Figure":
        """Draws words in two dimensions, and which share of rare and frequent words is known.

        See `viz.word_vectors`.

        Args:
            token_counts: (V,) as for `report`; without them the order of the vocabulary, the most
                frequent first as every pipeline has it, says which words are frequent.
            words: which to label; by default the 60 most frequent.
            path: where to write it as a PNG; None writes nothing.

        Raises:
            InvalidArgumentError: `token_counts` does not fit the vocabulary, a word is not in it,
                or there is none; `path` is no PNG.
            MissingFileError: the folder of `path` does not exist.

        Example:

        >>> import mlm_tf.embeddings
        >>> matrix = mlm_tf.embeddings.random(["[PAD]", "the", "king", "sea"], 4)
        >>> [axes.get_title(loc="left") for axes in matrix.plot([0, 9, 2, 1]).axes]
        ['3 words: the first two principal components', '0.0% of 12 tokens have a known vector']
        """
        from mlm_tf import viz

        counts = self._checked_counts(token_counts)
        is_word = self.source != SPECIAL
        return viz.word_vectors(
            [self.vocabulary[row] for row in np.flatnonzero(is_word)],
            self.values[is_word],
            self.source[is_word],
            self._is_known()[is_word],
            counts=None if counts is None else counts[is_word],
            labelled=words,
            path=path,
        )

    def _checked_counts(self, token_counts) -> np.ndarray | None:
        if token_counts is None:
            return None
        counts, size = np.asarray(token_counts), len(self.vocabulary)
        if counts.shape != (size,) or counts.dtype.kind not in "iuf" or not (counts >= 0).all():
            raise InvalidArgumentError(
                f"token_counts has the shape {counts.shape} and the type {counts.dtype}, and a "
                f"number >= 0 for each of {size} tokens is needed; use pipeline.counts."
            )
        return counts


def check_vocabulary(vocabulary: list[str]) -> None:
    if not vocabulary:
        raise InvalidArgumentError("vocabulary is empty; use at least one token.")
    token, count = Counter(vocabulary).most_common(1)[0]
    if count > 1:
        raise InvalidArgumentError(
            f"vocabulary holds {token!r} {count} times, and each token has one row; "
            "remove the duplicates."
        )


def check_finite(name: str, values: np.ndarray, tokens: list[str]) -> None:
    unusable = np.flatnonzero(~np.isfinite(values).all(axis=1))
    if len(unusable):
        raise InvalidArgumentError(
            f"{name} holds NaN or infinity in {len(unusable)} rows, the first for "
            f"{tokens[unusable[0]]!r}; a row has finite numbers; mend or remove those rows."
        )
