"""The one way in which this package makes a gensim `KeyedVectors`."""

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from gensim.models import KeyedVectors


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
