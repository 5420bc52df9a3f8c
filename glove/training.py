"""Step two of GloVe: vectors whose dot products are the logarithms of the counts.

Eq. 8 of Pennington, Socher & Manning (2014) asks for word vectors w, context vectors w~ and biases
b, b~ that minimise

    J = sum over cells (i, j) of  f(X_ij) (w_i . w~_j + b_i + b~_j - log X_ij)^2

There are two ways down: `ridge` (`glove/ridge.py`), which solves for one side after the other, and
the paper's own, `adagrad` (`glove/adagrad.py`).
"""

import contextlib
import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from threadpoolctl import threadpool_limits

from glove.adagrad import AdaGrad
from glove.checks import check_booleans, check_choice, check_integer, check_number
from glove.cooccurrence import Cooccurrence
from glove.errors import GloveValueError
from glove.progress import progress_bar
from glove.ridge import Ridge
from glove.vectors import keyed_vectors

if TYPE_CHECKING:
    from gensim.models import KeyedVectors

logger = logging.getLogger("glove")

# The scale of vectors is not free: their dot products are logarithms of counts. Two that are as
# short as this say no more than a millionth of one, and what is shorter only shrinks on.
LEARNED = 1e-3
SHARE_OF_MEDIAN = 1e-3  # of the median length: what is shorter has no direction of its own

EPOCHS = {"ridge": 10, "adagrad": 25}  # of each solver, where nobody says how many


def train(
    cooccurrence: Cooccurrence,
    vector_size: int = 50,
    x_max: float = 100.0,
    alpha: float = 0.75,
    solver: str = "ridge",
    epochs: int | None = None,
    regularization: float = 0.03,
    eta: float = 0.05,
    seed: int = 0,
    progress: bool = True,
) -> "KeyedVectors":
    """Trains GloVe vectors.

    Ctrl-C ends the training early: the vectors so far are returned and a warning is logged.

    Args:
        cooccurrence: counts of V words, from `glove.cooccurrence`.
        vector_size: D, the length of each vector.
        x_max: counts from here on weigh 1 (eq. 9).
        alpha: smaller counts weigh (count / x_max) ** alpha (eq. 9).
        solver: `"ridge"`, alternating ridge regressions, or `"adagrad"`, the paper's. At equal
            time ridge has the lower cost and the better similarity scores (`benchmarks/glove.py`).
        epochs: how often to go through all cells, by default 10 times with ridge, where one such
            sweep solves for all words and then for all contexts, and 25 times with adagrad.
        regularization: ridge: lambda on every vector (not on the biases), in units of the row's
            sum of weights. Larger values shorten all vectors; it must be above 0, since a word
            with fewer than D neighbours has no unique solution.
        eta: adagrad: the learning rate.
        seed: of the random numbers at the start, and of adagrad's order. The same seed gives the
            same vectors.
        progress: show a bar with the cost and the cells per second.

    Returns:
        A gensim `KeyedVectors` of w + w~ (float32), in the order of the vocabulary. Words without
        a single neighbour in the text have no vector and are left out, and so are those whose
        neighbours are all alike ("VINCENTIO:", where every line has "DUKE VINCENTIO:"): how often
        they stand there is their bias, so that ridge leaves them a vector of length 0. A warning
        with the count of both is logged.

    Raises:
        GloveValueError: an argument out of range, an eta so large that the cost is no number, or
            a text in which no word has different neighbours.

    Example:

    >>> import glove
    >>> text = "the king rules the land and the queen rules the sea".split()
    >>> pairs = glove.cooccurrence([text] * 20, min_count=1)
    >>> vectors = glove.train(pairs, vector_size=4, progress=False)
    >>> vectors["king"].shape
    (4,)

    Reference: Pennington, Socher & Manning (2014), "GloVe: Global Vectors for Word
    Representation", eqs. 8 and 9; alternating ridge regressions with a weighted lambda as in Zhou,
    Wilkinson, Schreiber & Pan (2008), "Large-Scale Parallel Collaborative Filtering for the
    Netflix Prize", section 3.
    """
    check_choice("solver", solver, EPOCHS)
    check_booleans(progress=progress)
    epochs = EPOCHS[solver] if epochs is None else epochs
    check_integer("vector_size", vector_size)
    check_integer("epochs", epochs)
    check_integer("seed", seed, least=0)
    for name, value in (
        ("x_max", x_max),
        ("alpha", alpha),
        ("regularization", regularization),
        ("eta", eta),
    ):
        check_number(name, value, above=0)
    counts = cooccurrence.counts
    if solver == "ridge":
        factors = Ridge(counts, vector_size, x_max, alpha, regularization, seed)
    else:
        factors = AdaGrad(counts, vector_size, x_max, alpha, eta, seed)
    with _one_thread():
        _run(factors, epochs, progress)
        matrix = factors.vectors()
    remedy = f", or a smaller regularization than {regularization:g}" if solver == "ridge" else ""
    return _with_direction(cooccurrence, matrix, remedy)


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """No threads in the products of NumPy and SciPy: in those as small as here they gain little,
    and wait for each other busily, which beside another program takes many times as long."""
    import scipy.linalg  # noqa: F401, its BLAS is another, and only what is loaded is limited

    with threadpool_limits(1, "blas"):
        yield


def _with_direction(cooccurrence: Cooccurrence, matrix: np.ndarray, remedy: str) -> "KeyedVectors":
    """The words of whose vectors (V, D) the text has said something; the others are counted."""
    counts, words = cooccurrence.counts, cooccurrence.vocabulary
    # Words without a count, in their row or in their column, were never moved by the text.
    has_neighbours = np.diff(counts.indptr) > 0
    has_neighbours[counts.indices] = True
    # Where all neighbours are alike, the bias alone explains every count, and ridge has no reason
    # for a vector: each sweep leaves less of it, down to rounding errors, whose direction means
    # nothing.
    lengths = np.where(has_neighbours, np.linalg.norm(matrix.astype(np.float64), axis=1), 0.0)
    kept = lengths > LEARNED
    if not kept.any():
        raise GloveValueError(
            f"cooccurrence has {len(words)} words, none with neighbours of different kinds, "
            f"from which a vector could be learned; use counts of more text{remedy}."
        )
    kept &= lengths > SHARE_OF_MEDIAN * np.median(lengths[kept])
    if not kept.all():
        lonely = int((~has_neighbours).sum())
        logger.warning(
            "%d of %d words have no vector and are left out: %d never stand near another word, "
            "and %d have neighbours of one kind only, which says nothing about a direction.",
            (~kept).sum(),
            len(words),
            lonely,
            (~kept).sum() - lonely,
        )
    return keyed_vectors([words[row] for row in np.flatnonzero(kept)], matrix[kept])


def _run(factors: Ridge | AdaGrad, epochs: int, progress: bool) -> None:
    epoch = 1
    bar = progress_bar("GloVe", epochs * factors.steps, "cells", progress)
    try:
        with bar as advance, np.errstate(over="ignore", invalid="ignore"):  # the cost tells
            for epoch in range(1, epochs + 1):
                advance(0, description=f"GloVe epoch {epoch}/{epochs}")
                squares = 0.0
                for cells, batch_squares in factors.epoch():
                    squares += batch_squares
                    advance(cells)
                # Half the mean, as the reference program reports it.
                cost = squares / (2 * factors.cells)
                if not np.isfinite(cost):
                    raise GloveValueError(
                        f"The cost of epoch {epoch} is {cost}, so there are no vectors; train "
                        "again with a smaller eta."
                    )
                advance(0, status=f"cost {cost:.5f}")
                logger.info("epoch %d of %d: cost %.5f", epoch, epochs, cost)
    except KeyboardInterrupt:
        logger.warning(
            "Training was interrupted in epoch %d of %d; the vectors so far are returned.",
            epoch,
            epochs,
            extra={"interrupted": True},  # for the command line, which ends with another status
        )
