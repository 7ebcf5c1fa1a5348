"""Sparse matrices that multiply faster: scikit-learn's randomized SVD spends most of its time in such products.

A `QuickCsr` is scipy's CSR matrix in all but the time that a product with a dense matrix takes, and its transposed
matrix likewise. The bits are scipy's: each number of a product is summed in the order of scipy's loops, and rows are
computed side by side. Whether that holds where scipy was compiled for another processor is tried once.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from scipy import sparse

from stratum_sql import kernels
from stratum_sql.catalog.columns import Matrix

# Sums of this many bytes stay in a core's second-level cache; then scipy's product with the transposed matrix, which
# jumps among the sums instead of the factors, is the faster one (2,949 columns of 40 singles: 9.5 ms against 13.2 ms).
CACHED_BYTES = 1 << 20


def quick(matrix: Matrix) -> Matrix:
    """A CSR matrix as one that multiplies faster; anything else, and any where the bits would differ, as it is."""
    if not sparse.issparse(matrix) or matrix.format != "csr" or not _takes(matrix) or not _same_bits():
        return matrix
    return QuickCsr(matrix)


class QuickCsr(sparse.csr_matrix):  # type: ignore[misc]  # scipy is untyped
    """A CSR matrix of float32 or float64."""

    def __matmul__(self, other: Any) -> Any:
        return kernels.sparse_product(self, other) if _fits(self, other) else super().__matmul__(other)

    def __rmatmul__(self, other: Any) -> Any:
        return (self.T @ other.T).T if _fits(self.T, _flipped(other)) else super().__rmatmul__(other)

    def transpose(self, axes: Any = None, copy: bool = False) -> Any:
        transposed = super().transpose(axes=axes, copy=copy)
        return _QuickTransposed.of(self, transposed)

    @property
    def T(self) -> Any:  # noqa: N802  # scipy's name
        return self.transpose()

    def by_column(self) -> Matrix:
        """The transposed matrix as CSR; made once."""
        if not hasattr(self, "_by_column"):
            self._by_column = super().transpose().tocsr()
        return self._by_column


class _QuickTransposed(sparse.csc_matrix):  # type: ignore[misc]  # scipy is untyped
    """A `QuickCsr`, transposed."""

    _source: QuickCsr

    @classmethod
    def of(cls, source: QuickCsr, transposed: Matrix) -> _QuickTransposed:
        made = cls(transposed)
        made._source = source
        return made

    def __matmul__(self, other: Any) -> Any:
        if not _fits(self, other) or self.shape[0] * other.shape[1] * other.itemsize <= CACHED_BYTES:
            return super().__matmul__(other)
        return kernels.sparse_product(self._source.by_column(), other)

    def __rmatmul__(self, other: Any) -> Any:
        return (self._source @ other.T).T if _fits(self._source, _flipped(other)) else super().__rmatmul__(other)

    def transpose(self, axes: Any = None, copy: bool = False) -> Any:
        return self._source if axes is None and not copy else super().transpose(axes=axes, copy=copy)

    @property
    def T(self) -> Any:  # noqa: N802  # scipy's name
        return self.transpose()


def _takes(matrix: Matrix) -> bool:
    return matrix.dtype in (np.float32, np.float64) and matrix.indices.dtype == np.int32


def _fits(matrix: Matrix, dense: Any) -> bool:
    """Whether the kernel makes this product; scipy makes, or refuses, all others."""
    return (
        isinstance(dense, np.ndarray)
        and dense.ndim == 2
        and dense.dtype == matrix.dtype
        and dense.shape[0] == matrix.shape[1]
        and _takes(matrix)
    )


def _flipped(dense: Any) -> Any:
    return dense.T if isinstance(dense, np.ndarray) else dense


@cache
def _same_bits() -> bool:
    """Whether the kernel's sums are scipy's to the last bit: not where scipy's loops fuse product and sum."""
    random = np.random.default_rng(0)
    for dtype in (np.float32, np.float64):
        matrix = sparse.random(60, 50, 0.5, "csr", rng=random, dtype=dtype)
        right, left = random.normal(size=(50, 9)).astype(dtype), random.normal(size=(60, 9)).astype(dtype)
        forth, back = kernels.sparse_product(matrix, right), kernels.sparse_product(matrix.T.tocsr(), left)
        if not (np.array_equal(forth, matrix @ right) and np.array_equal(back, matrix.T @ left)):
            return False
    return True
