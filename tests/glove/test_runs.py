"""Adding up in bounded memory: spilling and merging change nothing but where the cells are."""

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

from glove.runs import Runs


def random_matrix(seed, size, density):
    """Small whole numbers, whose sums are exact in any order."""
    random = np.random.default_rng(seed)
    matrix = random.integers(1, 9, (size, size)) * (random.random((size, size)) < density)
    return scipy.sparse.csr_matrix(matrix.astype(float))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(0, 1), max_size=12),
    st.integers(1, 8),
    st.sampled_from([1, 200, 1_000, 10_000]),
)
def test_the_sum_is_the_sum_at_any_budget(densities, size, memory):
    parts = [random_matrix(seed, size, density) for seed, density in enumerate(densities)]
    runs = Runs(size, memory)
    for part in parts:
        runs.add(part)
    total = runs.total()
    assert total.has_canonical_format
    assert (total.toarray() == sum(part.toarray() for part in parts)).all()


def whose_memory(array):
    """The array, what it is a view of, and so on."""
    while array is not None:
        yield array
        array = getattr(array, "base", None)


@pytest.mark.parametrize(("memory", "mapped"), [(1_000_000, False), (2_000, True)])
def test_beyond_the_budget_the_cells_are_in_files(memory, mapped):
    runs = Runs(20, memory)
    for seed in range(8):
        runs.add(random_matrix(seed, 20, 0.5))
        held = sum(run.nnz for run in runs._in_memory)
        assert held * 16 * 2 <= memory  # half of it is room for adding two runs
    assert (np.memmap in map(type, whose_memory(runs.total().data))) == mapped


def test_no_more_files_than_allowed_and_wide_indices_change_nothing(monkeypatch):
    monkeypatch.setattr("glove.runs.MOST_FILES", 3)
    monkeypatch.setattr("glove.runs.MOST_INT32", 100)
    parts = [random_matrix(seed, 20, 0.5) for seed in range(12)]
    runs = Runs(20, 1)
    for part in parts:
        runs.add(part)
        assert len(runs._on_disk) < 3
    total = runs.total()
    assert (total.toarray() == sum(part.toarray() for part in parts)).all()
