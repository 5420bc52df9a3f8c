"""A starting matrix of random numbers, or of given vectors, and what fills the rows between."""

from collections.abc import Sequence
from itertools import takewhile
from typing import TYPE_CHECKING

import numpy as np

from glove.splitting import lower_case
from glove.vectors import without_direction
from mlm_tf.checks import check_boolean, check_choice, check_integer
from mlm_tf.embeddings.contractions import known_parts
from mlm_tf.embeddings.matrix import (
    COMPOSED,
    LOWER_CASE,
    RANDOM,
    SPECIAL,
    ZERO,
    EmbeddingMatrix,
    check_finite,
    check_vocabulary,
)
from mlm_tf.errors import InvalidArgumentError

if TYPE_CHECKING:
    from gensim.models import KeyedVectors

OOV_POLICIES = ("random", "zero", "case")
# The half-width of Keras's own default, `embeddings_initializer="uniform"`.
UNIFORM_LIMIT = 0.05


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
    embedding_dim = check_integer("embedding_dim", embedding_dim)
    check_integer("seed", seed, least=0)
    vocabulary = list(vocabulary)
    source = np.full(len(vocabulary), RANDOM, dtype=object)
    source[: special_count(vocabulary)] = SPECIAL
    values = np.random.default_rng(seed).uniform(
        -UNIFORM_LIMIT, UNIFORM_LIMIT, (len(vocabulary), embedding_dim)
    )
    return EmbeddingMatrix(values, vocabulary, source)


def from_vectors(
    vectors: "KeyedVectors",
    vocabulary: Sequence[str],
    oov: str = "random",
    seed: int = 0,
    contractions: bool = True,
) -> EmbeddingMatrix:
    """A matrix of pretrained vectors for the tokens that have one.

    The special tokens get random rows under any policy, since a model must be able to tell them
    apart. Random rows follow a normal distribution with the mean and the standard deviation that
    the known rows of this vocabulary have in each dimension, so that no row stands out by its size.
    A vector of zeros knows nothing of its word, which counts as one without a vector. A sign that a
    pipeline spells with the spaces around it, as " - ", has the vector of the sign.

    Args:
        vectors: a gensim `KeyedVectors`, for example from `glove.load` or `glove.train`.
        vocabulary: V tokens; the index is the id.
        oov: what a type without a vector gets: "random"; "zero"; or "case", the vector of the word
            in lower case, and "random" where that has none either. Downloaded vectors are often
            those of lower-case words, so "case" is for a pipeline with `case_folding=False`.
        seed: of the random rows.
        contractions: whether a contraction or possessive without a vector gets the mean of those of
            its parts, where the vectors have them all, as GloVe's do: "don't" is "do" and "n't",
            "film's" is "film" and "'s" (cut as in the Penn Treebank). The mean is about as long as
            the vector of a word; the sum, twice as long, serves a classifier no better.

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
    >>> matrix = mlm_tf.embeddings.from_vectors(vectors, ["[PAD]", "king", "Queen"], oov="case")
    >>> matrix.values[1:].tolist()
    [[1.0, 2.0], [3.0, 4.0]]
    >>> matrix.source.tolist()
    ['special', 'pretrained', 'lower case']
    """
    check_choice("oov", oov, OOV_POLICIES)
    check_integer("seed", seed, least=0)
    _check_vectors(vectors)
    contractions = check_boolean("contractions", contractions)
    vocabulary = list(vocabulary)
    check_vocabulary(vocabulary)
    places, found, labels = vectors.key_to_index, {}, []
    matrix = np.asarray(vectors.vectors)
    for row in range(special_count(vocabulary), len(vocabulary)):
        token, label = vocabulary[row], "pretrained"
        if not any(map(str.isalnum, token)) and not _knows(places, matrix, token):
            token = token.strip(" ")  # " - ", as words spell a sign that stood between spaces
        if not _knows(places, matrix, token) and oov == "case":
            token, label = lower_case(token), LOWER_CASE
        if _knows(places, matrix, token):
            found[row] = places[token]
            labels.append(label)
    if not found:
        raise InvalidArgumentError(
            f"vectors ({len(places)} words) and vocabulary ({len(vocabulary)} tokens) "
            "have no word in common; check that both are in the same language and case."
        )
    known = matrix[list(found.values())].astype(np.float32)
    check_finite("vectors", known, [vocabulary[row] for row in found])
    matrix = filled(vocabulary, list(found), known, labels, ZERO if oov == "zero" else RANDOM, seed)
    return _composed(matrix, vectors, oov == "case") if contractions else matrix


def _composed(matrix: EmbeddingMatrix, vectors: "KeyedVectors", fold_case: bool) -> EmbeddingMatrix:
    """The matrix with the rows of contractions made of their parts, where the vectors know them."""
    values, source, places = (
        matrix.values.copy(),
        matrix.source.astype(object),
        vectors.key_to_index,
    )
    for row in np.flatnonzero(np.isin(source, (RANDOM, ZERO))):
        word = matrix.vocabulary[row]
        parts = known_parts(word, places)
        if parts is None and fold_case:
            parts = known_parts(lower_case(word), places)
        if parts and all(_knows(places, vectors.vectors, part) for part in parts):
            values[row] = vectors.vectors[[places[part] for part in parts]].mean(axis=0)
            source[row] = COMPOSED
    check_finite("vectors", values, matrix.vocabulary)
    return EmbeddingMatrix(values, matrix.vocabulary, source)


def _check_vectors(vectors) -> None:
    if not hasattr(vectors, "key_to_index") or not hasattr(vectors, "vectors"):
        raise InvalidArgumentError(
            f"vectors is of type {type(vectors).__name__}, and a gensim KeyedVectors is "
            "needed; use what glove.load or glove.train returns, or the `wv` of a gensim Word2Vec."
        )


def knows_any(vectors: "KeyedVectors", words: Sequence[str]) -> bool:
    """Whether there is a vector of one of the words, which `from_vectors` asks for."""
    _check_vectors(vectors)
    return any(_knows(vectors.key_to_index, vectors.vectors, word) for word in words)


def _knows(places: dict[str, int], matrix: np.ndarray, token: str) -> bool:
    """Whether there is a vector of the token, and not only zeros."""
    return token in places and not without_direction(matrix[[places[token]]])[0]


def filled(
    vocabulary: list[str],
    rows: Sequence[int],
    known: np.ndarray,
    labels: str | Sequence[str],
    rest: str,
    seed: int,
) -> EmbeddingMatrix:
    """The matrix of the known rows and, for the tokens between, of random ones or zeros.

    Args:
        vocabulary: V tokens.
        rows: ids of the K tokens whose vectors are known.
        known: (K, D), their vectors.
        labels: where they came from, one for all or one for each.
        rest: what the other types get, `RANDOM` or `ZERO`; special tokens are always random.
        seed: of the random rows.
    """
    source = np.full(len(vocabulary), rest, dtype=object)
    source[: special_count(vocabulary)] = SPECIAL
    source[rows] = labels
    values = np.random.default_rng(seed).normal(
        known.mean(axis=0), known.std(axis=0), (len(vocabulary), known.shape[1])
    )
    values[source == ZERO] = 0.0
    values[rows] = known
    return EmbeddingMatrix(values, vocabulary, source)


def special_count(vocabulary: list[str]) -> int:
    """How many names in square brackets stand at the head of the vocabulary."""
    return sum(1 for _ in takewhile(lambda t: t.startswith("[") and t.endswith("]"), vocabulary))
