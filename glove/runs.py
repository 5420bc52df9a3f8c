"""Sparse matrices added up in bounded memory: runs that are spilled to disk, then merged.

    portion -> run -> runs in memory, each larger than the next --budget--> run on disk
                                                                run on disk
                                                                ...          -> merged, row by row

Two runs of about the same size are added as soon as there are two, so that every cell takes part
in a logarithmic number of additions. A run is never searched: rows are in order in every run, so
the sum is made a block of rows at a time, each block from the same rows of every run.
"""

import tempfile
from collections.abc import Iterator

import numpy as np
import scipy.sparse

MOST_INT32 = np.iinfo(np.int32).max
MOST_FILES = 64  # each is two; a process may have some hundred open
BYTES_PER_CELL = 16  # a float64, an int32 and its share of what else there is


class Runs:
    """The sum of CSR matrices (V, V), of which no more than the budget is in memory.

    Files are made where `tempfile` makes them (`TMPDIR`), and have no name: they are gone with
    the last array that is mapped to them.

    Args:
        size: V.
        memory: bytes that the sum may take while it grows.
    """

    def __init__(self, size: int, memory: float):
        self._size = size
        # Adding two runs needs as much again as both of them.
        self._most_cells = memory / BYTES_PER_CELL / 2
        self._in_memory: list[scipy.sparse.csr_matrix] = []
        self._on_disk: list[scipy.sparse.csr_matrix] = []

    def add(self, run: scipy.sparse.csr_matrix) -> None:
        """Adds a matrix of float64 counts (V, V)."""
        runs = self._in_memory
        runs.append(run)
        while len(runs) > 1 and runs[-2].nnz <= 2 * runs[-1].nnz:
            runs[-2:] = [runs[-2] + runs[-1]]
        if sum(run.nnz for run in runs) > self._most_cells:
            self._spill()

    def total(self) -> scipy.sparse.csr_matrix:
        """The sum, columns in order; mapped to a file if it did not fit within the budget."""
        if not self._on_disk:
            return _sum(self._in_memory, self._size)
        self._spill()
        merged = self._merged()
        self._on_disk.clear()
        return merged

    def _spill(self) -> None:
        if self._in_memory:
            run = _sum(self._in_memory, self._size)
            self._in_memory.clear()
            self._on_disk.append(_mapped(iter([run]), self._size, run.nnz))
        if len(self._on_disk) == MOST_FILES:
            self._on_disk = [self._merged()]

    def _merged(self) -> scipy.sparse.csr_matrix:
        most = sum(run.nnz for run in self._on_disk)
        return _mapped(self._merged_blocks(), self._size, most)

    def _merged_blocks(self) -> Iterator[scipy.sparse.csr_matrix]:
        cells = sum(run.indptr.astype(np.int64) for run in self._on_disk)  # (V + 1,)
        first = 0
        while first < self._size:
            last = int(np.searchsorted(cells, cells[first] + self._most_cells, side="right")) - 1
            last = min(max(last, first + 1), self._size)
            yield _sum([_rows(run, first, last) for run in self._on_disk], last - first)
            first = last


def _rows(run: scipy.sparse.csr_matrix, first: int, last: int) -> scipy.sparse.csr_matrix:
    """Some rows as a matrix of their own. (SciPy's slicing would copy them.)"""
    begin, end = run.indptr[first], run.indptr[last]
    parts = run.data[begin:end], run.indices[begin:end], run.indptr[first : last + 1] - begin
    return scipy.sparse.csr_matrix(parts, shape=(last - first, run.shape[1]))


def _sum(runs: list[scipy.sparse.csr_matrix], rows: int) -> scipy.sparse.csr_matrix:
    total = scipy.sparse.csr_matrix((rows, runs[0].shape[1] if runs else rows), dtype=np.float64)
    for run in reversed(runs):  # the smallest first
        total = total + run
    total.sort_indices()
    return total


def _mapped(
    blocks: Iterator[scipy.sparse.csr_matrix], size: int, most_cells: int
) -> scipy.sparse.csr_matrix:
    """The blocks, one below the other, as a matrix whose cells, so many at most, are in files."""
    ends, cells = [np.zeros(1, np.int64)], 0
    # One type for both, as SciPy wants it: given two it would make a copy in memory.
    integer = np.int32 if most_cells <= MOST_INT32 else np.int64
    with tempfile.TemporaryFile() as data, tempfile.TemporaryFile() as indices:
        for block in blocks:
            block.data.tofile(data)
            block.indices.astype(integer, copy=False).tofile(indices)
            ends.append(block.indptr[1:].astype(np.int64) + cells)
            cells += block.nnz
        offsets = np.concatenate(ends).astype(integer)
        parts = (_map(data, np.float64, cells), _map(indices, integer, cells), offsets)
        return scipy.sparse.csr_matrix(parts, shape=(size, size), copy=False)


def _map(file, dtype: type, length: int) -> np.ndarray:
    file.flush()
    return np.memmap(file, dtype, shape=(length,)) if length else np.empty(0, dtype)
