"""Searching texts for those most like a query, and how well a search finds what it should."""

from collections.abc import Sequence

import numpy as np

from mlm_tf.checks import needs
from mlm_tf.preprocessing.words import WRITTEN_WITHOUT_SPACES

# Words: of a script without spaces a character.
CHARACTER = WRITTEN_WITHOUT_SPACES.pattern
WORD = rf"(?!\s)(?:{CHARACTER}|(?:(?!{CHARACTER})[^\W\d_])+|\d+|[^\w\s])"
ASKED_AT_ONCE = 32


def most_similar(known: Sequence[list[str]], asked: Sequence[list[str]]) -> list[int]:
    """For each query the place of the text that is most like it.

    Like is the cosine of TF-IDF vectors of words and pairs of words (logarithms of counts; of
    Chinese, characters), the sum over the views.

    Args:
        known: for each view all texts that are searched.
        asked: for each view all queries.

    >>> most_similar([["a cat sat", "a dog ran"]], [["the dog"]])
    [1]
    """
    needs("scikit-learn", "tasks", "Retrieval by TF-IDF")
    from scipy.sparse import hstack
    from sklearn.feature_extraction.text import TfidfVectorizer

    searched, queries = [], []
    for texts, wanted in zip(known, asked, strict=True):
        vectorizer = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2), token_pattern=WORD)
        searched.append(vectorizer.fit_transform(texts))
        queries.append(vectorizer.transform(wanted))
    searched, queries = hstack(searched, "csr").T.tocsr(), hstack(queries, "csr")
    best = []
    for first in range(0, queries.shape[0], ASKED_AT_ONCE):
        scores = queries[first : first + ASKED_AT_ONCE] @ searched  # (part, texts)
        best += np.asarray(scores.argmax(axis=1)).ravel().tolist()
    return best


def places(similarities: np.ndarray, gold: np.ndarray) -> np.ndarray:
    """The place of the right document in each row, from 1; among equals the middle one.

    So a method that finds everything alike is no better than a draw.

    Args:
        similarities: `(N, M)`, of each query with each document.
        gold: `(N,)`, the right document of each query.

    >>> places(np.array([[0.1, 0.9, 0.3], [0.2, 0.2, 0.2]]), np.array([2, 0])).tolist()
    [2.0, 2.0]
    """
    right = similarities[np.arange(len(gold)), gold][:, None]  # (N, 1)
    above, equal = (similarities > right).sum(axis=1), (similarities == right).sum(axis=1)
    return 1 + above + (equal - 1) / 2


def found_first(similarities: np.ndarray, gold: np.ndarray) -> dict[str, float]:
    """The share of queries whose document comes first, and the mean reciprocal rank.

    >>> found_first(np.array([[0.1, 0.9], [0.2, 0.1]]), np.array([0, 0]))
    {'found first': 0.5, 'MRR': 0.75}
    """
    found = places(similarities, gold)
    return {"found first": float((found == 1).mean()), "MRR": float((1 / found).mean())}
