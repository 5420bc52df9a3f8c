"""The one way in which this package makes a gensim `KeyedVectors`, and how long its vectors are."""

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from gensim.models import KeyedVectors

# The square of anything shorter is no normal float32 number, so that its norm is 0 or a guess.
SHORTEST = 1e-18


def keyed_vectors(words: Collection[str], matrix: np.ndarray) -> "KeyedVectors":
    """Wraps distinct words (V) and their float32 vectors (V, D), without copying the matrix.

    gensim's own `add_vectors` copies the matrix twice on the way in. If the words are a dictionary
    that has the row of each it is taken as it is, since a second one would be as large again.
    """
    from gensim.models import KeyedVectors

    vectors = KeyedVectors(matrix.shape[1])
    vectors.vectors = matrix
    if not isinstance(words, dict):
        words = dict(zip(words, range(len(words)), strict=True))
    vectors.key_to_index, vectors.index_to_key = words, list(words)
    vectors.next_index = len(words)
    return vectors


def without_direction(matrix: np.ndarray) -> np.ndarray:
    """Which vectors (V, D) are zeros, or so short that their length is lost: bool (V,).

    Example:

    >>> without_direction(np.array([[3, 4], [0, 0], [1e-30, 0]], dtype="float32")).tolist()
    [False, True, True]
    """
    return np.abs(matrix).max(axis=1, initial=0.0) <= SHORTEST  # what has a NaN is another fault


def fill_norms(vectors: "KeyedVectors") -> np.ndarray:
    """Fills in the norms by which gensim divides, infinite for a vector without a direction.

    Its cosine similarity to every other is then 0, where gensim's own norms give NaN and infinity.

    Returns:
        Which vectors have no direction: bool (V,).
    """
    with np.errstate(over="ignore"):
        vectors.fill_norms()
    if (long := np.flatnonzero(np.isinf(vectors.norms))).size:  # whose squares are
        norms = np.linalg.norm(vectors.vectors[long].astype(np.float64), axis=1)
        vectors.norms[long] = np.minimum(norms, np.finfo(np.float32).max)
    short = without_direction(vectors.vectors)
    vectors.norms[short] = np.inf
    return short
