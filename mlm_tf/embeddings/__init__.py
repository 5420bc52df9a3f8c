"""Step 2: the starting matrix of an embedding layer, in NumPy, and how much of it is known."""

from mlm_tf.embeddings.matrix import EmbeddingMatrix, from_vectors, random
from mlm_tf.embeddings.report import EmbeddingReport

__all__ = ["EmbeddingMatrix", "EmbeddingReport", "from_vectors", "random"]
