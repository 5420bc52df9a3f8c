"""AdaGrad in batches: one cell a batch is the paper's algorithm, more of them end as near."""

import numpy as np
import pytest

import glove
from glove.adagrad import AdaGrad


def plain_epoch(adagrad, counts, order, x_max, alpha, eta):
    """The steps of eq. 8 cell by cell, as one would write them down; returns both sides."""
    cells = counts.tocoo()
    w, c = adagrad.words.astype(float), adagrad.contexts.astype(float)
    squares_w, squares_c = np.ones_like(w), np.ones_like(c)
    for k in order:
        i, j, x = cells.row[k], cells.col[k], cells.data[k]
        error = w[i, :-1] @ c[j, :-1] + w[i, -1] + c[j, -1] - np.log(x)
        weighted = eta * min(1.0, (x / x_max) ** alpha) * error
        step_w = weighted * np.append(c[j, :-1], 1.0)
        step_c = weighted * np.append(w[i, :-1], 1.0)
        squares_w[i] += step_w**2
        squares_c[j] += step_c**2
        w[i] -= step_w / np.sqrt(squares_w[i])
        c[j] -= step_c / np.sqrt(squares_c[j])
    return w, c


@pytest.mark.parametrize("symmetric", [True, False])
def test_one_cell_a_batch_equals_the_plain_loop(monkeypatch, symmetric):
    text = [str(i) for i in np.random.default_rng(0).integers(0, 9, 200)]
    counts = glove.cooccurrence([text], min_count=1, symmetric=symmetric).counts
    monkeypatch.setattr("glove.adagrad.CELLS_PER_BATCH", 1)
    adagrad = AdaGrad(counts, 3, 5.0, 0.75, 0.05, seed=1)
    monkeypatch.setattr(adagrad, "_random", Fixed(adagrad._random.permutation(counts.nnz)))
    words, contexts = plain_epoch(adagrad, counts, adagrad._random.order, 5.0, 0.75, 0.05)
    list(adagrad.epoch())
    np.testing.assert_allclose(adagrad.words, words, atol=1e-5)
    np.testing.assert_allclose(adagrad.contexts, contexts, atol=1e-5)


class Fixed:
    """Random numbers of which only the order is asked for, and known."""

    def __init__(self, order):
        self.order = order

    def permutation(self, size):
        assert size == len(self.order)
        return self.order


def test_batches_end_near_single_steps(pairs, monkeypatch):
    def costs(cells):
        monkeypatch.setattr("glove.adagrad.CELLS_PER_BATCH", cells)
        adagrad = AdaGrad(pairs.counts, 5, 20.0, 0.75, 0.05, seed=0)
        return [sum(squares for _, squares in adagrad.epoch()) for _ in range(12)]

    single, batches = costs(1), costs(64)
    assert single[-1] < 0.5 * single[0]
    assert batches[-1] == pytest.approx(single[-1], rel=0.05)
