"""How well a search finds what it should."""

import numpy as np


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
