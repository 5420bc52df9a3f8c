"""Alternating ridge regressions: each half sweep solves its least-squares problem exactly."""

import itertools

import numpy as np
import pytest

import glove
from glove.ridge import Ridge, WeightedLogs, balance, solve_side


def penalised_cost(ridge, counts, x_max, alpha, regularization):
    """Eq. 8 with its ridge, cell by cell."""
    cells = counts.tocoo()
    w, c = ridge.words.astype(float), ridge.contexts.astype(float)
    total = 0.0
    for i, j, x in zip(cells.row, cells.col, cells.data, strict=True):
        error = w[i, :-1] @ c[j, :-1] + w[i, -1] + c[j, -1] - np.log(x)
        penalty = regularization * ((w[i, :-1] ** 2).sum() + (c[j, :-1] ** 2).sum())
        total += min(1.0, (x / x_max) ** alpha) * (error**2 + penalty)
    return total


@pytest.mark.parametrize("symmetric", [True, False])
def test_the_penalised_cost_falls_with_every_sweep(symmetric):
    text = np.random.default_rng(0).integers(0, 12, 400)
    pairs = glove.cooccurrence([[str(i) for i in text]], min_count=1, symmetric=symmetric)
    ridge = Ridge(pairs.counts, 4, 10.0, 0.75, 0.1, seed=0)
    costs = []
    for _ in range(5):
        list(ridge.epoch())
        costs.append(penalised_cost(ridge, pairs.counts, 10.0, 0.75, 0.1))
    assert all(later < earlier for earlier, later in itertools.pairwise(costs)), costs


def test_one_side_equals_numpys_direct_least_squares(pairs):
    random = np.random.default_rng(2)
    size, width, regularization = len(pairs.vocabulary), 6, 0.3
    fixed = random.normal(size=(size, width)).astype("float32")
    solved = np.zeros_like(fixed)
    cells = WeightedLogs.of(pairs.counts, 20.0, 0.75)
    list(solve_side(solved, fixed, cells, regularization))
    for row in range(size):
        line = pairs.counts[row].tocoo()
        root = np.sqrt(np.minimum(1, (line.data / 20.0) ** 0.75))
        features = np.column_stack([fixed[line.col, :-1], np.ones(line.nnz)])
        target = np.log(line.data) - fixed[line.col, -1]
        # A ridge is ordinary least squares with more lines below the data, and zeros to reach.
        ridge = np.sqrt(regularization * (root**2).sum()) * np.eye(width)
        ridge[-1, -1] = 0.0  # the bias is free
        design = np.vstack([features * root[:, None], ridge])
        goal = np.concatenate([target * root, np.zeros(width)])
        expected = np.linalg.lstsq(design, goal, rcond=None)[0]
        np.testing.assert_allclose(solved[row], expected, rtol=1e-3, atol=1e-4)


def test_a_ridge_lost_in_rounding_still_gives_finite_vectors(pairs):
    vectors = glove.train(
        pairs, vector_size=60, epochs=2, regularization=1e-12, progress=False
    ).vectors
    assert np.isfinite(vectors).all()


def test_the_yielded_squares_are_the_objective(pairs):
    ridge = Ridge(pairs.counts, 5, 100.0, 0.75, 0.1, seed=0)
    cells = WeightedLogs.of(pairs.counts, 100.0, 0.75)
    squares = sum(s for _, s in solve_side(ridge.words, ridge.contexts, cells, 0.1))
    expected = penalised_cost(ridge, pairs.counts, 100.0, 0.75, 0.0)
    assert squares == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("size", [30, 4])  # 4 rows span less than 6 dimensions
def test_balancing_keeps_the_product_and_evens_the_sides(size):
    random = np.random.default_rng(3)
    words = random.normal(size=(size, 6)).astype("float32") * [9, 1, 1, 1, 1, 0.1]
    contexts = random.normal(size=(size, 6)).astype("float32")
    weights = random.uniform(0.1, 5, (2, size, 1)).astype("float32")
    even_words, even_contexts = balance(words, contexts, weights[0, :, 0], weights[1, :, 0])
    np.testing.assert_allclose(even_words @ even_contexts.T, words @ contexts.T, atol=1e-3)
    gram = even_words.T @ (weights[0] * even_words)
    np.testing.assert_allclose(gram, even_contexts.T @ (weights[1] * even_contexts), atol=2e-3)
    before = (weights[0] * words**2).sum() + (weights[1] * contexts**2).sum()
    assert np.trace(gram) * 2 <= before


def test_batches_change_nothing(pairs, monkeypatch):
    whole = glove.train(pairs, vector_size=4, epochs=2, progress=False).vectors
    monkeypatch.setattr("glove.ridge.CELLS_PER_BATCH", 7)  # less than one row
    np.testing.assert_allclose(
        glove.train(pairs, vector_size=4, epochs=2, progress=False).vectors, whole, atol=1e-4
    )
