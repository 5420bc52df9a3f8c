"""The fast way down: one side of the factorisation after the other, each solved exactly.

Hold w~ and b~ of eq. 8 still, and each row i asks for one (w_i, b_i) of its own that minimises a
weighted sum of squares of something linear in it: weighted least squares, D + 1 unknowns. With a
ridge lambda on the vector, in units of the row's own weight s_i = sum_j f(X_ij), it is solved by

    (C_i^T F_i C_i + lambda s_i E) [w_i; b_i] = C_i^T F_i (log X_i - b~)

where the rows of C_i are the [w~_j; 1] of the words j that stand near i, F_i is the diagonal of
their weights f, and E is the identity but for a 0 at the bias, which is free to say how frequent
the word is. Then the sides change places. No learning rate, and the cost (with the ridge) can only
fall. A sweep costs the arithmetic of a dozen or more epochs of AdaGrad, but it is made of matrix
products, which a processor does many times faster than scattered updates.

The product of the two sides stays the same when w is multiplied by any invertible matrix and w~ by
its inverse transpose, but w + w~, the vectors that the paper returns, does not. After each sweep
`balance` takes the one choice that makes the ridge penalty smallest, where both sides are equally
long in every direction if each row counts as much as it weighs. For the sum at the end every row
counts the same, which is better for similarity scores; and without balance at all w comes out long
where w~ is short, and their sum is mostly w.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy.sparse

# Rows are solved together until they hold this many cells: enough to make Python's share small,
# few enough that their gathered vectors (50-d: 3 MB) stay near the processor.
CELLS_PER_BATCH = 16_384


class Ridge:
    """Both sides of the factorised matrix of log counts, and the sweep that improves them.

    Attributes:
        words: float32 (V, D + 1), [w_i, b_i] in row i.
        contexts: float32 (V, D + 1), [w~_j, b~_j] in row j.
        cells: how many pairs of words have a count.
        steps: cells gone through in an epoch: each is solved for on both sides.
    """

    def __init__(
        self,
        counts: scipy.sparse.csr_matrix,
        vector_size: int,
        x_max: float,
        alpha: float,
        regularization: float,
        seed: int,
    ):
        self._rows = WeightedLogs.of(counts, x_max, alpha)
        self._columns = self._rows
        transposed = counts.T.tocsr()
        if (transposed != counts).nnz:  # not symmetric
            self._columns = WeightedLogs.of(transposed, x_max, alpha)
        self._regularization = regularization
        self.words = np.zeros((counts.shape[0], vector_size + 1), dtype=np.float32)
        self.contexts = np.zeros_like(self.words)
        random = np.random.default_rng(seed)
        self.contexts[:, :-1] = random.normal(0.0, 0.1, (len(self.contexts), vector_size))
        self.cells = counts.nnz
        self.steps = 2 * self.cells

    def epoch(self) -> Iterator[tuple[int, float]]:
        """Solves for all words, then for all contexts, in place.

        Yields:
            After each batch: its number of cells, and the sum of weighted squares over them, which
            is 0 in the first half of the sweep, when the contexts are still old.
        """
        for cells, _ in solve_side(self.words, self.contexts, self._rows, self._regularization):
            yield cells, 0.0
        yield from solve_side(self.contexts, self.words, self._columns, self._regularization)
        words, contexts = balance(
            self.words[:, :-1], self.contexts[:, :-1], self._rows.weights, self._columns.weights
        )
        self.words[:, :-1], self.contexts[:, :-1] = words, contexts

    def vectors(self) -> np.ndarray:
        """w + w~, float32 (V, D), both sides equally long with every word weighing the same."""
        equal = np.ones(len(self.words), np.float32)
        words, contexts = balance(self.words[:, :-1], self.contexts[:, :-1], equal, equal)
        return words + contexts


@dataclass(frozen=True)
class WeightedLogs:
    """The cells of the matrix as least squares wants them, in CSR order (N cells, V rows)."""

    offsets: np.ndarray  # (V + 1,): row i holds the cells offsets[i]:offsets[i + 1]
    others: np.ndarray  # (N,): the column of each cell
    roots: np.ndarray  # (N,) float32: sqrt(f(X)), the root because it will be squared
    targets: np.ndarray  # (N,) float32: log X
    weights: np.ndarray  # (V,) float32: s, the sum of f(X) over the row

    @classmethod
    def of(cls, counts: scipy.sparse.csr_matrix, x_max: float, alpha: float) -> "WeightedLogs":
        weights = np.minimum(1.0, (counts.data / x_max) ** alpha)  # eq. 9
        sums = np.diff(np.concatenate([[0.0], np.cumsum(weights)])[counts.indptr])
        return cls(
            offsets=counts.indptr,
            others=counts.indices,
            roots=np.sqrt(weights).astype(np.float32),
            targets=np.log(counts.data).astype(np.float32),
            weights=sums.astype(np.float32),
        )


def solve_side(
    side: np.ndarray, fixed: np.ndarray, cells: WeightedLogs, regularization: float
) -> Iterator[tuple[int, float]]:
    """Sets every row of `side` (V, D + 1) to its least-squares solution given `fixed` (V, D + 1).

    Yields:
        After each batch of rows: its cells, and their sum of f (w . w~ + b + b~ - log X)^2.
    """
    width = side.shape[1]
    # [w~_j, 1, target]: the bias of this side is the weight of a feature that is always 1, and
    # the target, which differs from cell to cell, is filled in below.            (V, D + 2)
    features = np.pad(fixed, ((0, 0), (0, 1)))
    features[:, width - 1] = 1.0
    ridge = regularization * np.eye(width, dtype=np.float32)
    ridge[-1, -1] = 0.0

    for first, last in _batches(cells.offsets):
        bounds = cells.offsets[first : last + 1] - cells.offsets[first]
        batch = slice(cells.offsets[first], cells.offsets[last])
        # Least squares as one line a cell, everything times sqrt(f).               (n, D + 2)
        system = features[cells.others[batch]]
        system[:, width] = cells.targets[batch] - fixed[cells.others[batch], -1]
        system *= cells.roots[batch, None]
        squares = 0.0
        for row, (begin, end) in enumerate(itertools.pairwise(bounds.tolist()), start=first):
            if begin == end:
                continue  # a word that never occurs, or never near another
            lines = system[begin:end]
            # lines^T lines holds the normal equations' matrix and their right side at once.
            gram = lines.T @ lines  # (D + 2, D + 2)
            matrix = gram[:width, :width] + cells.weights[row] * ridge
            side[row] = _solve(matrix, gram[:width, width])
            residual = lines[:, :width] @ side[row] - lines[:, width]
            squares += float(residual @ residual)
        yield len(system), squares


def _solve(matrix: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The solution of a positive definite system (D, D), (D,) by Cholesky decomposition."""
    # The bare LAPACK routine: half the arithmetic of the LU that `numpy.linalg.solve` would do,
    # and none of the checks of `scipy.linalg.solve`, which cost more than a small system does.
    from scipy.linalg import lapack  # a tenth of a second, which importing glove need not cost

    _, solution, failed = lapack.sposv(matrix, right)
    if failed:  # lambda is lost in float32's rounding
        return np.linalg.lstsq(matrix.astype(np.float64), right, rcond=None)[0]
    return solution


def balance(
    words: np.ndarray,
    contexts: np.ndarray,
    word_weights: np.ndarray,
    context_weights: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """The factors (V, D) with the same product and the smallest sum of weighted squares.

    With both sides multiplied by the roots of their weights (V,) they are U sqrt(S) and V sqrt(S)
    of the singular value decomposition U S V^T of words @ contexts.T. That product is V by V, so
    it is reached through the square roots of the two Gram matrices, which are only D by D.
    """
    words_root, words_inverse = _gram_root(words, word_weights)
    contexts_root, contexts_inverse = _gram_root(contexts, context_weights)
    u, singular, v_transposed = np.linalg.svd(words_root @ contexts_root.T)
    root = np.sqrt(singular)
    to_words = words_inverse @ (u * root)
    to_contexts = contexts_inverse @ (v_transposed.T * root)
    return words @ to_words.astype(np.float32), contexts @ to_contexts.astype(np.float32)


def _gram_root(factor: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """R (D, D) with R^T R = factor^T diag(weights) factor, and its pseudo-inverse, in float64."""
    factor = factor.astype(np.float64)
    values, vectors = np.linalg.eigh(factor.T @ (weights[:, None] * factor))
    # Directions in which there is nothing (a small text has fewer words than D) stay empty.
    kept = values > 1e-12 * values[-1]
    root = np.sqrt(np.where(kept, values, 0.0))
    inverse = np.divide(1.0, root, out=np.zeros_like(root), where=kept)
    return root[:, None] * vectors.T, vectors * inverse


def _batches(offsets: np.ndarray) -> Iterator[tuple[int, int]]:
    """Ranges of rows that hold about `CELLS_PER_BATCH` cells, and at least one row each."""
    first, size = 0, len(offsets) - 1
    while first < size:
        last = int(np.searchsorted(offsets, offsets[first] + CELLS_PER_BATCH, side="right")) - 1
        last = min(max(last, first + 1), size)
        yield first, last
        first = last
