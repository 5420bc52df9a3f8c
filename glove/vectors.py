"""The one way in which this package makes a gensim `KeyedVectors`."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from gensim.models import KeyedVectors


def keyed_vectors(words: list[str], matrix: np.ndarray) -> "KeyedVectors":
    """Wraps distinct words (V) and their float32 vectors (V, D), without copying the matrix.

    gensim's own `add_vectors` copies the matrix twice on the way in.
    """
    from gensim.models import KeyedVectors

    vectors = KeyedVectors(matrix.shape[1])
    vectors.vectors = matrix
    vectors.index_to_key = words
    vectors.key_to_index = {word: row for row, word in enumerate(words)}
    vectors.next_index = len(words)
    return vectors
