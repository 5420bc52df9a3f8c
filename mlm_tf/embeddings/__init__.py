"""Step 2: the starting matrix of an embedding layer, in NumPy, and how much of it is known."""

from mlm_tf.embeddings.corpus import from_tfidf, from_word2vec
from mlm_tf.embeddings.matrix import EmbeddingMatrix
from mlm_tf.embeddings.report import EmbeddingReport
from mlm_tf.embeddings.sources import from_vectors, random

__all__ = [
    "EmbeddingMatrix",
    "EmbeddingReport",
    "from_tfidf",
    "from_vectors",
    "from_word2vec",
    "random",
]
