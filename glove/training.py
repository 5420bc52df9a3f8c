"""Step two of GloVe: vectors whose dot products are the logarithms of the counts.

Notable features: the objective is the paper's, the way down is not. Eq. 8 of Pennington, Socher &
Manning (2014) asks for word vectors w, context vectors w~ and biases b, b~ that minimise

    J = sum over cells (i, j) of  f(X_ij) (w_i . w~_j + b_i + b~_j - log X_ij)^2

Hold w~ and b~ still, and each row i asks for one (w_i, b_i) of its own that minimises a weighted
sum of squares of something linear in it: weighted least squares, D + 1 unknowns, solved exactly by

    (C_i^T F_i C_i + lambda I) [w_i; b_i] = C_i^T F_i (log X_i - b~)

where the rows of C_i are the [w~_j; 1] of the words j that stand near i, and F_i is the diagonal
of their weights f. Then the sides change places. No learning rate, and the cost (with the ridge)
can only fall. One such sweep costs the arithmetic of a dozen or more epochs of AdaGrad, but it is
made of matrix products, which a processor does many times faster than scattered updates.

The product of the two sides stays the same when w is multiplied by any invertible matrix and w~ by
its inverse transpose, but w + w~, the vectors that the paper returns, does not. After each sweep
`balance` takes the one choice that makes the ridge penalty smallest, where both sides are equally
long in every direction. Without it w comes out long where w~ is short, and their sum is mostly w.
"""

import itertools
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse

from glove.cooccurrence import Cooccurrence, require_positive_integer
from glove.errors import GloveValueError
from glove.vectors import keyed_vectors

if TYPE_CHECKING:
    from gensim.models import KeyedVectors

logger = logging.getLogger("glove")

# Rows are solved together until they hold this many cells: enough to make Python's share small,
# few enough that their gathered vectors (50-d: 13 MB) do not wander far from the cache.
_CELLS_PER_BATCH = 65_536


def train(
    cooccurrence: Cooccurrence,
    vector_size: int = 50,
    x_max: float = 100.0,
    alpha: float = 0.75,
    epochs: int = 4,
    regularization: float = 0.1,
    seed: int = 0,
    progress: bool = True,
) -> "KeyedVectors":
    """Trains GloVe vectors by alternating ridge regressions.

    Ctrl-C ends the training early: the vectors so far are returned and a warning is logged.

    Args:
        cooccurrence: counts of V words, from `glove.cooccurrence`.
        vector_size: D, the length of each vector.
        x_max: counts from here on weigh 1 (eq. 9).
        alpha: smaller counts weigh (count / x_max) ** alpha (eq. 9).
        epochs: sweeps; each solves for all words and then for all contexts.
        regularization: the ridge lambda on every vector and bias. Larger values shorten the
            vectors of rare words; it must be above 0, since a word with fewer than D neighbours
            has no unique solution.
        seed: of the random contexts at the start. The same seed gives the same vectors.
        progress: show a bar with the cost and the cells per second.

    Returns:
        A gensim `KeyedVectors` of w + w~ (float32), in the order of the vocabulary. Words without
        a single neighbour in the text have no vector and are left out.

    Raises:
        GloveValueError: an argument out of range.

    Example:

    >>> import glove
    >>> text = "the king rules the land and the queen rules the sea".split()
    >>> pairs = glove.cooccurrence([text] * 20, min_count=1)
    >>> vectors = glove.train(pairs, vector_size=4, progress=False)
    >>> vectors["king"].shape
    (4,)

    Reference: Pennington, Socher & Manning (2014), "GloVe: Global Vectors for Word
    Representation", eqs. 8 and 9; alternating ridge regressions as in Hu, Koren & Volinsky (2008),
    "Collaborative Filtering for Implicit Feedback Datasets", section 4.
    """
    require_positive_integer("vector_size", vector_size)
    require_positive_integer("epochs", epochs)
    for name, value in (("x_max", x_max), ("alpha", alpha), ("regularization", regularization)):
        _require_positive_number(name, value)
    factorization = Factorization(
        cooccurrence.counts, vector_size, x_max, alpha, regularization, seed
    )
    try:
        _run(factorization, epochs, progress)
    except KeyboardInterrupt:
        logger.warning(
            "Training was interrupted in sweep %d of %d; the vectors so far are returned.",
            factorization.sweeps + 1,
            epochs,
        )
    has_neighbours = factorization.has_neighbours
    words = [w for w, kept in zip(cooccurrence.vocabulary, has_neighbours, strict=True) if kept]
    return keyed_vectors(words, factorization.vectors[has_neighbours])


class Factorization:
    """Both sides of the factorised matrix of log counts, and the sweep that improves them.

    Attributes:
        words: float32 (V, D + 1), [w_i, b_i] in row i.
        contexts: float32 (V, D + 1), [w~_j, b~_j] in row j.
        sweeps: how many sweeps are done.
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
        size = counts.shape[0]
        self._rows = WeightedLogs.of(counts, x_max, alpha)
        self._columns = WeightedLogs.of(counts.T.tocsr(), x_max, alpha)
        self._regularization = regularization
        self.words = np.zeros((size, vector_size + 1), dtype=np.float32)
        self.contexts = np.zeros_like(self.words)
        random = np.random.default_rng(seed)
        self.contexts[:, :-1] = random.normal(0.0, 0.1, (size, vector_size))
        self.sweeps = 0

    def sweep(self) -> Iterator[tuple[int, float]]:
        """Solves for all words, then for all contexts, in place.

        Yields:
            After each batch: its number of cells, and the sum of weighted squares over them.
        """
        yield from solve_side(self.words, self.contexts, self._rows, self._regularization)
        yield from solve_side(self.contexts, self.words, self._columns, self._regularization)
        words, contexts = balance(self.words[:, :-1], self.contexts[:, :-1])
        self.words[:, :-1], self.contexts[:, :-1] = words, contexts
        self.sweeps += 1

    @property
    def cells(self) -> int:
        """How many pairs of words have a count."""
        return len(self._rows.targets)

    @property
    def vectors(self) -> np.ndarray:
        """w + w~, float32 (V, D)."""
        return self.words[:, :-1] + self.contexts[:, :-1]

    @property
    def has_neighbours(self) -> np.ndarray:
        """bool (V,): the word has a count in its row or in its column."""
        return (np.diff(self._rows.offsets) > 0) | (np.diff(self._columns.offsets) > 0)


@dataclass(frozen=True)
class WeightedLogs:
    """The cells of the matrix as least squares wants them, in CSR order (N cells, V rows)."""

    offsets: np.ndarray  # (V + 1,): row i holds the cells offsets[i]:offsets[i + 1]
    others: np.ndarray  # (N,): the column of each cell
    roots: np.ndarray  # (N,) float32: sqrt(f(X)), the root because it will be squared
    targets: np.ndarray  # (N,) float32: log X

    @classmethod
    def of(cls, counts: scipy.sparse.csr_matrix, x_max: float, alpha: float) -> "WeightedLogs":
        weights = np.minimum(1.0, (counts.data / x_max) ** alpha)  # eq. 9
        return cls(
            offsets=counts.indptr,
            others=counts.indices,
            roots=np.sqrt(weights).astype(np.float32),
            targets=np.log(counts.data).astype(np.float32),
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

    for first, last in _batches(cells.offsets):
        bounds = cells.offsets[first : last + 1] - cells.offsets[first]
        batch = slice(cells.offsets[first], cells.offsets[last])
        # Least squares as one line a cell, everything times sqrt(f).               (n, D + 2)
        system = features[cells.others[batch]]
        system[:, width] = cells.targets[batch] - fixed[cells.others[batch], -1]
        system *= cells.roots[batch, None]
        squares = 0.0
        for row, (begin, end) in enumerate(itertools.pairwise(bounds.tolist()), start=first):
            lines = system[begin:end]
            # lines^T lines holds the normal equations' matrix and their right side at once.
            gram = lines.T @ lines  # (D + 2, D + 2)
            side[row] = _solve(gram[:width, :width] + ridge, gram[:width, width])
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


def balance(words: np.ndarray, contexts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The factors (V, D) with the same product and the smallest sum of squares.

    They are U sqrt(S) and V sqrt(S) of the singular value decomposition U S V^T of
    words @ contexts.T. That product is V by V, so it is reached through the square roots of the
    two Gram matrices, which are only D by D.
    """
    words_root, words_inverse = _gram_root(words)
    contexts_root, contexts_inverse = _gram_root(contexts)
    u, singular, v_transposed = np.linalg.svd(words_root @ contexts_root.T)
    root = np.sqrt(singular)
    to_words = words_inverse @ (u * root)
    to_contexts = contexts_inverse @ (v_transposed.T * root)
    return words @ to_words.astype(np.float32), contexts @ to_contexts.astype(np.float32)


def _gram_root(factor: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """R (D, D) with R^T R = factor^T factor, and its pseudo-inverse, in float64."""
    factor = factor.astype(np.float64)
    values, vectors = np.linalg.eigh(factor.T @ factor)
    # Directions in which there is nothing (a small text has fewer words than D) stay empty.
    kept = values > 1e-12 * values[-1]
    root = np.sqrt(np.where(kept, values, 0.0))
    inverse = np.divide(1.0, root, out=np.zeros_like(root), where=kept)
    return root[:, None] * vectors.T, vectors * inverse


def _run(factorization: Factorization, epochs: int, progress: bool) -> None:
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[status]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, disable=not progress) as bar:
        task = bar.add_task("GloVe", total=2 * epochs * factorization.cells, status="")
        status = ""
        for epoch in range(1, epochs + 1):
            bar.update(task, description=f"GloVe sweep {epoch}/{epochs}")
            solved, squares = 0, 0.0
            for cells, batch_squares in factorization.sweep():
                solved += cells
                if solved > factorization.cells:  # the second half of the sweep: all is current
                    squares += batch_squares
                speed = bar.tasks[0].speed or 0.0
                bar.update(task, advance=cells, status=f"{status}{speed / 1e6:.1f}M cells/s")
            # Half the mean, as the reference program reports it.
            cost = squares / (2 * factorization.cells)
            status = f"cost {cost:.5f} "
            logger.info("sweep %d of %d: cost %.5f", epoch, epochs, cost)
        bar.update(task, status=status.strip())


def _batches(offsets: np.ndarray) -> Iterator[tuple[int, int]]:
    """Ranges of rows that hold about `_CELLS_PER_BATCH` cells, and at least one row each."""
    first, size = 0, len(offsets) - 1
    while first < size:
        last = int(np.searchsorted(offsets, offsets[first] + _CELLS_PER_BATCH, side="right")) - 1
        last = min(max(last, first + 1), size)
        yield first, last
        first = last


def _require_positive_number(name: str, value: float) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)):
        raise GloveValueError(f"{name}={value!r} must be a number above 0.")
    if not (np.isfinite(value) and value > 0):
        raise GloveValueError(f"{name}={value!r} must be a finite number above 0.")
