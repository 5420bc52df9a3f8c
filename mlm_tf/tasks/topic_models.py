"""Topics: LSI and LDA by gensim, NMF by scikit-learn, each kept as one matrix of words."""

import logging
from typing import TYPE_CHECKING

import numpy as np

from mlm_tf.checks import check_choice, check_integer, needs
from mlm_tf.tasks.terms import Terms

if TYPE_CHECKING:
    from scipy.sparse import csr_array

logger = logging.getLogger("mlm_tf")

METHODS = ("nmf", "lda", "lsi")
# Which words make topics, if there are enough documents to say: not those of one or two, not those
# of every fifth.
FEW, LEAST_DOCUMENTS, MOST_DOCUMENTS = 100, 3, 0.2
PASSES = 20  # of LDA through the documents
STEPS, TOLERANCE = 100, 1e-4  # of LDA for a new document


class TopicModel:
    """Topics as weights of words; a new document is described by them.

    - `"nmf"`: TF-IDF ≈ weights · topics, nothing negative. A topic is a part that documents have.
    - `"lda"`: every word of a document is drawn from one of its topics (Blei, Ng & Jordan 2003).
    - `"lsi"`: the greatest singular vectors of the TF-IDF matrix (Deerwester et al. 1990). They
      are directions with two ends, so that a word may weigh for a topic or against it.

    Args:
        method: one of the three.
        matrix: float32 `(K, V)`. Of NMF the parts; of LDA the parameters of the distribution of
            each topic's words, which divided by their sum are their probabilities; of LSI unit
            vectors.
        prior: float32 `(K,)`, of LDA how much of each topic a document has before it is read.
    """

    def __init__(self, method: str, matrix: np.ndarray, prior: np.ndarray | None = None):
        self.method, self.matrix, self.prior = method, matrix, prior

    @property
    def num_topics(self) -> int:
        return len(self.matrix)

    @classmethod
    def fit(
        cls,
        terms: Terms,
        counts: "csr_array",
        num_topics: int = 10,
        method: str = "nmf",
        seed: int = 0,
        all_words: bool = False,
    ) -> "TopicModel":
        """Learn topics from counted documents `(N, V)`.

        If there are 100 documents and more, words of fewer than 3 documents or of more than a fifth
        of them make no topic, unless `all_words`: topics that are to compare documents, rather than
        to be read, lose by that. There cannot be more topics than documents with such words, nor
        than such words; if there are, the log says so, and as many as there can be are learned.
        """
        num_topics = check_integer("num_topics", num_topics)
        check_choice("method", method, METHODS)
        check_integer("seed", seed, least=0)
        columns = np.unique(counts.indices) if all_words else _topical(counts)
        kept = counts[:, columns]
        filled = np.flatnonzero(np.asarray(kept.sum(axis=1)).ravel())
        most = min(len(filled), len(columns))
        if num_topics > most:
            logger.warning(
                "num_topics=%d is more than %d documents with %d words have; there are %d topics.",
                num_topics,
                len(filled),
                len(columns),
                most,
            )
        num_topics = min(num_topics, most)
        tfidf = terms.tfidf(counts)[:, columns][filled]
        if method == "lda":
            found, prior = _lda(kept[filled], num_topics, seed)
        else:
            found, prior = (_nmf if method == "nmf" else _lsi)(tfidf, num_topics, seed), None
        matrix = np.zeros((len(found), counts.shape[1]), "float32")
        matrix[:, columns] = found
        return cls(method, matrix, prior)

    def of_documents(self, terms: Terms, counts: "csr_array") -> np.ndarray:
        """How much of each topic is in each document, `(N, K)`, zeros for one without words.

        Of LDA they are probabilities; of NMF parts >= 0 that add up to the document's TF-IDF as
        nearly as they can; of LSI coordinates, of either sign.
        """
        filled = np.flatnonzero((counts @ np.abs(self.matrix).T).any(axis=1))
        weights = np.zeros((counts.shape[0], self.num_topics), "float32")
        if not len(filled):
            return weights
        counts = counts[filled]
        if self.method == "lda":
            weights[filled] = _lda_weights(counts, self.matrix, self.prior)
        elif self.method == "lsi":
            weights[filled] = terms.tfidf(counts) @ self.matrix.T
        else:
            weights[filled] = _nmf_weights(terms.tfidf(counts), self.matrix)
        return weights

    def word_weights(self) -> np.ndarray:
        """The weight of each word in each topic, `(K, V)`: of LDA and NMF they sum to 1."""
        if self.method == "lsi":
            return self.matrix
        return self.matrix / self.matrix.sum(axis=1, keepdims=True)


def _topical(counts: "csr_array") -> np.ndarray:
    """The ids of the words that topics are made of."""
    size = counts.shape[0]
    documents = np.bincount(counts.indices, minlength=counts.shape[1])  # (V,)
    if size >= FEW:
        kept = (documents >= LEAST_DOCUMENTS) & (documents <= MOST_DOCUMENTS * size)
        if kept.any():
            return np.flatnonzero(kept)
    return np.flatnonzero(documents)


def _nmf(tfidf: "csr_array", num_topics: int, seed: int) -> np.ndarray:
    import warnings

    needs("scikit-learn", "tasks", "method='nmf'", "method='lda' or 'lsi'")
    from sklearn.decomposition import NMF
    from sklearn.exceptions import ConvergenceWarning

    model = NMF(num_topics, init="nndsvda", max_iter=500, tol=1e-3, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # its parts are good long before
        model.fit(_matrix(tfidf))
    parts = model.components_
    return parts[parts.sum(axis=1) > 0]  # a part may come out empty where documents repeat


def _nmf_weights(tfidf: "csr_array", parts: np.ndarray) -> np.ndarray:
    """Least squares of each document by the parts, nothing negative."""
    from scipy.optimize import nnls

    gram = parts @ parts.T  # (K, K)
    root = np.linalg.cholesky(gram + 1e-9 * np.trace(gram) * np.eye(len(gram)))
    aims = np.linalg.solve(root, (tfidf @ parts.T).T).T  # (N, K): the same least squares, smaller
    return np.stack([nnls(root.T, aim)[0] for aim in aims])


def _lsi(tfidf: "csr_array", num_topics: int, seed: int) -> np.ndarray:
    from gensim.models import LsiModel

    model = LsiModel(_rows(tfidf), num_topics=num_topics, id2word=_ids(tfidf), random_seed=seed)
    found = model.projection.u.T  # (K, V), fewer rows where documents depend on each other
    largest = np.abs(found).argmax(axis=1)  # the sign is arbitrary; the heaviest word is for it
    return found * np.sign(found[np.arange(len(found)), largest])[:, None]


def _lda(counts: "csr_array", num_topics: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    from gensim.models import LdaModel

    model = LdaModel(
        [[(i, int(count)) for i, count in row] for row in _rows(counts)],
        num_topics=num_topics,
        id2word=_ids(counts),
        passes=PASSES,
        iterations=STEPS,
        alpha="auto" if num_topics > 1 else "symmetric",  # of one topic there is nothing to learn
        random_state=seed,
    )
    return model.state.get_lambda(), np.asarray(model.alpha, "float32")


def _lda_weights(counts: "csr_array", matrix: np.ndarray, prior: np.ndarray) -> np.ndarray:
    """The topics of documents, by the fixed point of variational inference; `(N, K)`.

    Hoffman, Blei & Bach (2010), Online Learning for Latent Dirichlet Allocation, algorithm 1, whose
    topics stay as they are here.
    """
    from scipy.special import psi

    known = matrix.sum(axis=0) > 0  # words outside the topics tell nothing
    words = np.exp(psi(matrix[:, known]) - psi(matrix[:, known].sum(axis=1, keepdims=True)))
    found = np.empty((counts.shape[0], len(matrix)))
    for row, document in enumerate(_rows(counts[:, np.flatnonzero(known)])):
        ids, times = (np.array(column) for column in zip(*document, strict=True))
        beta = words[:, ids]  # (K, n)
        gamma = prior + times.sum() / len(prior)  # (K,)
        for _ in range(STEPS):
            theta = np.exp(psi(gamma) - psi(gamma.sum()))
            after = prior + theta * (beta @ (times / (theta @ beta + 1e-30)))
            change, gamma = np.abs(after - gamma).mean(), after
            if change < TOLERANCE:
                break
        found[row] = gamma / gamma.sum()
    return found


def _rows(matrix: "csr_array") -> list[list[tuple[int, float]]]:
    """A sparse matrix as gensim reads it: of each row the pairs of column and value."""
    return [
        list(zip(matrix.indices[a:b].tolist(), matrix.data[a:b].tolist(), strict=True))
        for a, b in zip(matrix.indptr, matrix.indptr[1:], strict=False)
    ]


def _ids(matrix: "csr_array") -> dict[int, str]:
    """gensim asks for words, and gets the numbers of the columns."""
    return {i: str(i) for i in range(matrix.shape[1])}


def _matrix(rows: "csr_array"):
    """With the index type that scikit-learn reads."""
    from scipy.sparse import csr_matrix

    return csr_matrix(rows, dtype="float64")
