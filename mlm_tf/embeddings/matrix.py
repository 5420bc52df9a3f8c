"""The matrix an embedding layer starts from: one row a token of the vocabulary.

Notable features: everything is NumPy, so that the matrix can be looked at before a model exists;
each row remembers where it came from; the special tokens, the names in square brackets at the head
of the vocabulary, are never looked up among pretrained words.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

import numpy as np

from mlm_tf.embeddings.report import EmbeddingReport
from mlm_tf.errors import InvalidArgumentError

if TYPE_CHECKING:
    from gensim.models import KeyedVectors

# The half-width of Keras's own default, `embeddings_initializer="uniform"`.
_UNIFORM_LIMIT = 0.05


@dataclass(frozen=True, eq=False)
class EmbeddingMatrix:
    """A row for each token, and where the row came from.

    Attributes:
        values: float32 (V, D).
        vocabulary: the V tokens; the index is the id.
        source: str (V,), "special" (a special token: random), "pretrained", "random" or "zero".

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
        _check_vocabulary(vocabulary)
        if values.ndim != 2 or len(values) != len(vocabulary) or values.shape[1] < 1:
            raise InvalidArgumentError(
                f"values has the shape {values.shape}, but {len(vocabulary)} tokens need "
                f"({len(vocabulary)}, embedding_dim); give one row for each token."
            )
        if source.shape != (len(vocabulary),):
            raise InvalidArgumentError(
                f"source has the shape {source.shape}, but {len(vocabulary)} tokens need "
                f"({len(vocabulary)},); give one label for each row."
            )
        _check_finite("values", values, vocabulary)
        for name, value in (("values", values), ("vocabulary", vocabulary), ("source", source)):
            object.__setattr__(self, name, value)

    @property
    def embedding_dim(self) -> int:
        """D, the length of each row."""
        return self.values.shape[1]

    @property
    def hits(self) -> list[str]:
        """Words whose row is pretrained, in the order of the vocabulary."""
        return [self.vocabulary[row] for row in np.flatnonzero(self.source == "pretrained")]

    @property
    def misses(self) -> list[str]:
        """Words, special tokens aside, whose row is not pretrained."""
        return [self.vocabulary[row] for row in self._miss_rows()]

    def _miss_rows(self) -> np.ndarray:
        return np.flatnonzero((self.source != "pretrained") & (self.source != "special"))

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
        most frequent misses        the 9, king 1
        """
        hits, misses = np.flatnonzero(self.source == "pretrained"), self._miss_rows()
        counts = None
        if token_counts is not None:
            counts = np.asarray(token_counts)
            if counts.shape != (len(self.vocabulary),) or (counts < 0).any():
                raise InvalidArgumentError(
                    f"token_counts has the shape {counts.shape}, but must hold one count of at "
                    f"least 0 for each of the {len(self.vocabulary)} tokens; pipeline.counts does."
                )
            misses = misses[np.argsort(-counts[misses], kind="stable")]
        tokens = None
        if counts is not None:
            tokens = (int(counts[hits].sum()), int(counts[hits].sum() + counts[misses].sum()))
        return EmbeddingReport(
            embedding_dim=self.embedding_dim,
            rows_by_source=dict(sorted(Counter(self.source.tolist()).items())),
            types=(len(hits), len(hits) + len(misses)),
            tokens=tokens,
            frequent_misses=tuple(
                (self.vocabulary[row], None if counts is None else int(counts[row]))
                for row in misses[:show]
            ),
        )


def random(vocabulary: Sequence[str], embedding_dim: int, seed: int = 0) -> EmbeddingMatrix:
    """A matrix of small random numbers, drawn as Keras draws them by default.

    Args:
        vocabulary: V tokens; the index is the id.
        embedding_dim: D.
        seed: the same seed gives the same matrix.

    Returns:
        An `EmbeddingMatrix` (V, D), uniform in [-0.05, 0.05).

    Raises:
        InvalidArgumentError: an empty vocabulary, a duplicate token, or a dimension below 1.

    Example:

    >>> import mlm_tf.embeddings
    >>> mlm_tf.embeddings.random(["[PAD]", "the", "king"], embedding_dim=4).values.shape
    (3, 4)
    """
    is_whole = isinstance(embedding_dim, (int, np.integer)) and not isinstance(embedding_dim, bool)
    if not is_whole or embedding_dim < 1:
        raise InvalidArgumentError(
            f"embedding_dim={embedding_dim!r} must be a whole number of at least 1."
        )
    vocabulary = list(vocabulary)
    source = np.full(len(vocabulary), "random", dtype=object)
    source[: _special_count(vocabulary)] = "special"
    values = np.random.default_rng(seed).uniform(
        -_UNIFORM_LIMIT, _UNIFORM_LIMIT, (len(vocabulary), embedding_dim)
    )
    return EmbeddingMatrix(values, vocabulary, source)


def from_vectors(
    vectors: "KeyedVectors", vocabulary: Sequence[str], oov: str = "random", seed: int = 0
) -> EmbeddingMatrix:
    """A matrix of pretrained vectors for the tokens that have one.

    The special tokens get random rows under either policy, since a model must be able to tell them
    apart. Random rows follow a normal distribution with the mean and the standard deviation that
    the known rows of this vocabulary have in each dimension, so that no row stands out by its size.

    Args:
        vectors: a gensim `KeyedVectors`, for example from `glove.load` or `glove.train`.
        vocabulary: V tokens; the index is the id.
        oov: what a word without a vector gets, "random" or "zero".
        seed: of the random rows.

    Returns:
        An `EmbeddingMatrix` (V, D), D being the length of the vectors.

    Raises:
        InvalidArgumentError: an argument out of range, NaN in a vector, or not one word in common.

    Example:

    >>> import numpy as np
    >>> import mlm_tf.embeddings
    >>> from gensim.models import KeyedVectors
    >>> vectors = KeyedVectors(2)
    >>> vectors.add_vectors(["king", "queen"], np.array([[1, 2], [3, 4]], dtype="float32"))
    >>> matrix = mlm_tf.embeddings.from_vectors(vectors, ["[PAD]", "king", "qqq"], oov="zero")
    >>> matrix.values[1:].tolist()
    [[1.0, 2.0], [0.0, 0.0]]
    >>> matrix.source.tolist()
    ['special', 'pretrained', 'zero']
    """
    if oov not in ("random", "zero"):
        raise InvalidArgumentError(f"oov={oov!r} must be 'random' or 'zero'.")
    if not hasattr(vectors, "key_to_index") or not hasattr(vectors, "vectors"):
        raise InvalidArgumentError(
            f"vectors is of type {type(vectors).__name__}, but must be a gensim KeyedVectors; "
            "glove.load, glove.train and the `wv` of a gensim Word2Vec give one."
        )
    vocabulary = list(vocabulary)
    _check_vocabulary(vocabulary)
    specials = _special_count(vocabulary)
    found = {
        row: vectors.key_to_index[token]
        for row, token in enumerate(vocabulary)
        if row >= specials and token in vectors.key_to_index
    }
    if not found:
        raise InvalidArgumentError(
            f"vectors ({len(vectors.key_to_index)} words) and vocabulary ({len(vocabulary)} tokens)"
            " have no word in common; check that both are in the same language and case."
        )
    known = np.asarray(vectors.vectors, dtype=np.float32)[list(found.values())]
    _check_finite("vectors", known, [vocabulary[row] for row in found])

    source = np.full(len(vocabulary), oov, dtype=object)
    source[:specials] = "special"
    source[list(found)] = "pretrained"
    values = np.random.default_rng(seed).normal(
        known.mean(axis=0), known.std(axis=0), (len(vocabulary), known.shape[1])
    )
    values[source == "zero"] = 0.0
    values[list(found)] = known
    return EmbeddingMatrix(values, vocabulary, source)


def _special_count(vocabulary: list[str]) -> int:
    """How many names in square brackets stand at the head of the vocabulary."""
    return sum(1 for _ in takewhile(lambda t: t.startswith("[") and t.endswith("]"), vocabulary))


def _check_vocabulary(vocabulary: list[str]) -> None:
    if not vocabulary:
        raise InvalidArgumentError("vocabulary is empty; it must hold at least one token.")
    token, count = Counter(vocabulary).most_common(1)[0]
    if count > 1:
        raise InvalidArgumentError(
            f"vocabulary holds {token!r} {count} times, but each token must stand in it once; "
            "remove the duplicates."
        )


def _check_finite(name: str, values: np.ndarray, tokens: list[str]) -> None:
    unusable = np.flatnonzero(~np.isfinite(values).all(axis=1))
    if len(unusable):
        raise InvalidArgumentError(
            f"{name} holds NaN or infinity in {len(unusable)} rows, the first for "
            f"{tokens[unusable[0]]!r}; every number must be finite, so mend or remove those rows."
        )
