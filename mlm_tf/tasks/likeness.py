"""One vector a document, by formula 4.1, and what is taken off it before two are compared."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mlm_tf.checks import needs
from mlm_tf.corpora import split_sentences
from mlm_tf.corpora.downloads import our_errors
from mlm_tf.embeddings import EmbeddingMatrix, random
from mlm_tf.embeddings.matrix import RANDOM, SPECIAL, ZERO
from mlm_tf.embeddings.sources import filled
from mlm_tf.tasks.terms import Terms, of_unit_length

if TYPE_CHECKING:
    from scipy.sparse import csr_array

DIM = 200  # of vectors learned from the texts at hand
# A word of so few sentences has no more to its vector than they; unless there are few sentences.
# From 1, 2, 3 and 5 on, likeness of the 50 stories correlated with people by .62, .65, .66, .65.
FEW, LEAST = 1000, 3
ITERATIONS = 4  # of the randomised factorisation
LEAST_SCALE = 1e-6  # of a direction and of a row, against the largest: less is rounding


def weighted_means(
    weights: "csr_array", vectors: np.ndarray, is_known: np.ndarray | None = None
) -> np.ndarray:
    """`v(d) = Σ_i tfidf(i, d) · w_i / Σ_i tfidf(i, d)` for each document d, `(N, D)`.

    The sums are over the words i of the document that have a vector w_i; a document of none has
    zeros. As printed in section 4.1 of the document behind this package the formula cannot be
    computed, since its weights multiply nothing. `layers.TfidfPooling` is the same in a model.

    Args:
        weights: `(N, V)`, what each word weighs in each document.
        vectors: `(V, D)`.
        is_known: bool `(V,)`, which words have a vector; `None` for all.

    >>> from scipy.sparse import csr_array
    >>> weighted_means(csr_array([[1.0, 3.0], [0.0, 0.0]]), np.array([[10.0], [20.0]])).tolist()
    [[17.5], [0.0]]
    """
    if is_known is not None:
        weights = (weights * is_known).tocsr()
    total = np.asarray(weights.sum(axis=1)).reshape(-1, 1)  # (N, 1)
    return (weights @ vectors) / np.where(total == 0, 1, total)


def without_mean(vectors: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Vectors seen from their mean; one of zeros, of a document without words, stays."""
    return np.where(vectors.any(axis=1, keepdims=True), vectors - mean, 0)


def first_component(vectors: np.ndarray) -> np.ndarray:
    """The unit vector along which vectors vary most about the origin, `(D,)`."""
    _, _, directions = np.linalg.svd(vectors, full_matrices=False)
    return directions[0]


def without_component(vectors: np.ndarray, component: np.ndarray) -> np.ndarray:
    """Vectors without their part along a unit vector.

    Reference: Arora, Liang & Ma (2017), A Simple but Tough-to-Beat Baseline for Sentence
    Embeddings, algorithm 1.
    """
    return vectors - np.outer(vectors @ component, component)


def loaded(vectors):
    """Vectors of a name or a file; others as they are."""
    if not isinstance(vectors, (str, os.PathLike)):
        return vectors
    import glove

    with our_errors():
        return glove.load(vectors)


def known_rows(matrix: EmbeddingMatrix) -> np.ndarray:
    """Which words of a matrix have a vector that says something, bool `(V,)`."""
    return ~np.isin(matrix.source, (RANDOM, SPECIAL, ZERO))


def own_vectors(texts: Sequence[str], terms: Terms, seed: int = 0) -> EmbeddingMatrix:
    """Word vectors learned from the sentences of the texts by latent semantic analysis.

    As `embeddings.from_tfidf`, words are alike that occur in the same sentences, and each vector
    has length 1. They have 200 dimensions, or as many as the sentences have independent
    directions. Words that have none get no known vector, nor do words of one or two sentences if
    there are a thousand sentences and more. The factorisation is scikit-learn's, which
    reads the sentences at once and takes a third of the time.

    Args:
        texts: documents.
        terms: whose words get a vector.
        seed: of the factorisation, which is a randomised one.

    Reference: Deerwester et al. (1990); Halko, Martinsson & Tropp (2011), Finding Structure with
    Randomness, section 4.4.
    """
    needs("scikit-learn", "tasks", "Learning word vectors from documents")
    from sklearn.utils.extmath import randomized_svd

    sentences = [sentence for text in texts for sentence in split_sentences(text)]
    counts = terms.counts(sentences)  # (S, V)
    documents = np.bincount(counts.indices, minlength=counts.shape[1])  # (V,)
    kept = np.flatnonzero(documents >= (LEAST if len(sentences) >= FEW else 1))  # (K,)
    idf = np.log2(len(sentences) / documents[kept])
    tfidf = of_unit_length((counts[:, kept] * idf).tocsr())  # (S, K)
    dim = min(DIM, *tfidf.shape)
    _, scales, directions = randomized_svd(tfidf, dim, n_iter=ITERATIONS, random_state=seed)
    is_real = scales > LEAST_SCALE * max(scales.max(), LEAST_SCALE)
    vectors = directions[is_real].T * scales[is_real]  # (K, D)
    length = np.linalg.norm(vectors, axis=1)
    rows = np.flatnonzero(length > LEAST_SCALE * length.max(initial=0))
    if not len(rows):  # each word stands in each sentence
        return random(terms.words, 1, seed)
    known = vectors[rows] / length[rows, None]
    return filled(terms.words, kept[rows], known, "tfidf", RANDOM, seed)
