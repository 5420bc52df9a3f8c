"""Keywords: the words that say what a text is about, by counts, by TF-IDF, or by TextRank."""

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from mlm_tf.tasks.terms import Terms, holds_letter

WINDOW = 2  # words in a row that are neighbours
DAMPING = 0.85  # how often a walk goes on to a neighbour, rather than to any word
TOLERANCE, MOST_STEPS = 1e-8, 200


def _frequency_scores(words: Sequence[str]) -> dict[str, float]:
    """How often each word occurs.

    >>> _frequency_scores(["cat", "dog", "cat"])
    {'cat': 2.0, 'dog': 1.0}
    """
    return {word: float(count) for word, count in Counter(words).items()}


def _tfidf_scores(words: Sequence[str], terms: Terms) -> dict[str, float]:
    """Count times idf; words outside the vocabulary, which no document holds, have the largest.

    If no word says anything, as where there is one document, the counts are taken.
    """
    scores = {word: count * terms.idf_of(word) for word, count in Counter(words).items()}
    return scores if any(scores.values()) else _frequency_scores(words)


def textrank_scores(words: Sequence[str], window: int = WINDOW) -> dict[str, float]:
    """TextRank: a word counts as much as the words beside it do; the scores sum to 1.

    Words within a window are joined, each pair as often as it occurs, and a walk goes from word to
    word along these edges, or with probability 0.15 to any word at all. The score is the share of
    time that it spends at each word (PageRank), found by repeating the step until nothing moves.

    gensim had a TextRank until version 4; this is the whole of it.

    Args:
        words: of a text, in their order, without stopwords.
        window: how many in a row are neighbours of each other.

    Example: "cat" stands beside every other word.

    >>> scores = textrank_scores("cat dog cat bird cat fish".split())
    >>> max(scores, key=scores.get), round(sum(scores.values()), 6)
    ('cat', 1.0)

    Reference: Mihalcea & Tarau (2004), TextRank: Bringing Order into Texts, sections 2 and 3.
    """
    from scipy.sparse import coo_array

    if not words:
        return {}
    types, ids = np.unique(np.array(words, dtype=object), return_inverse=True)
    pairs = [(ids[:-gap], ids[gap:]) for gap in range(1, min(window, len(ids)))]
    left = np.concatenate([a for a, _ in pairs] or [ids[:0]])
    right = np.concatenate([b for _, b in pairs] or [ids[:0]])
    left, right = (side[left != right] for side in (left, right))  # no word beside itself
    size = len(types)
    edges = coo_array((np.ones(len(left)), (left, right)), shape=(size, size)).tocsr()
    edges = edges + edges.T  # (V, V), symmetric
    degrees = np.asarray(edges.sum(axis=1)).ravel()  # (V,)
    scores = page_rank(lambda spread: edges @ spread, degrees)
    return dict(zip(types.tolist(), scores.tolist(), strict=True))


def page_rank(edges: Callable[[np.ndarray], np.ndarray], degrees: np.ndarray) -> np.ndarray:
    """The share of time that a walk along weighted edges spends at each node, `(N,)`, of sum 1.

    From a node it goes on along one of its edges, in proportion to their weights, or with
    probability 0.15 to any node at all; from a node without edges always so.

    Args:
        edges: the product of the symmetric matrix of weights, none negative, with a vector. The
            matrix itself need not be anywhere.
        degrees: `(N,)`, the sum of the weights of each node.

    Example: the middle of a chain of three.

    >>> chain = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    >>> page_rank(lambda spread: chain @ spread, chain.sum(axis=0)).round(2).tolist()
    [0.26, 0.49, 0.26]

    Reference: Brin & Page (1998), The Anatomy of a Large-Scale Hypertextual Web Search Engine.
    """
    size = len(degrees)
    shares = 1 / np.where(degrees == 0, 1, degrees)
    scores = np.full(size, 1 / size)
    for _ in range(MOST_STEPS):
        stranded = scores[degrees == 0].sum()  # of a node without neighbours it goes anywhere
        moved = edges(scores * shares)
        after = (1 - DAMPING + DAMPING * stranded) / size + DAMPING * moved
        change, scores = np.abs(after - scores).sum(), after
        if change < TOLERANCE:
            break
    return scores


METHODS = ("tfidf", "textrank", "frequency")


def keyword_scores(text: str, terms: Terms, by: str = "tfidf") -> list[tuple[str, float]]:
    """The words of a text with their scores, the greatest first; equal ones by the alphabet."""
    [words] = words_of([text], terms)
    return scores_of_words(words, terms, by)


def words_of(texts: Sequence[str], terms: Terms) -> list[list[str]]:
    """The words of each text in their order, without stopwords, numbers and punctuation."""
    return [
        [token for token in row if holds_letter(token)] for row in terms.pipeline.tokenize(texts)
    ]


def scores_of_words(
    words: Sequence[str], terms: Terms, by: str = "tfidf"
) -> list[tuple[str, float]]:
    """As `keyword_scores`, of words that were cut already."""
    if by == "tfidf":
        scores = _tfidf_scores(words, terms)
    else:
        scores = textrank_scores(words) if by == "textrank" else _frequency_scores(words)
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))
