"""sparse_product against scipy: the same bits, whatever the shape, the precision and the number of threads."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from stratum_sql import kernels as rust
from stratum_sql.catalog.products import _same_bits

pytestmark = pytest.mark.skipif(not _same_bits(), reason="scipy's own loops round otherwise on this processor")


def matrix_of(rows: int, columns: int, seed: int, dtype: Any) -> Any:
    random = np.random.default_rng(seed)
    made = sparse.random(rows, columns, 0.3, "csr", rng=random, dtype=dtype)
    made.data = (made.data * np.exp(random.normal(0, 9, len(made.data)))).astype(dtype)
    return made


def dense_of(rows: int, columns: int, seed: int, dtype: Any) -> Any:
    return np.random.default_rng(seed).normal(0, 100, (rows, columns)).astype(dtype)


@given(
    st.integers(0, 30), st.integers(1, 30), st.integers(1, 140), st.integers(0, 999), st.sampled_from(["<f4", "<f8"])
)
def test_equals_scipy(rows: int, columns: int, vectors: int, seed: int, dtype: str) -> None:
    matrix, right, left = (
        matrix_of(rows, columns, seed, dtype),
        dense_of(columns, vectors, seed, dtype),
        dense_of(rows, vectors, seed, dtype),
    )
    product = rust.sparse_product(matrix, right)
    assert product.dtype == matrix.dtype
    assert product.flags.c_contiguous
    assert np.array_equal(product, matrix @ right)
    assert np.array_equal(rust.sparse_product(matrix.T.tocsr(), left), matrix.T @ left)
    assert np.array_equal(rust.sparse_product(matrix, np.asfortranarray(right)), matrix @ right)


def test_many_rows_cross_tasks(threads_restored: None) -> None:
    matrix, right = matrix_of(20_000, 60, 1, np.float32), dense_of(60, 40, 2, np.float32)
    for threads in (1, 2, 5):
        rust.set_threads(threads)
        assert np.array_equal(rust.sparse_product(matrix, right), matrix @ right)


def test_no_vector_no_number() -> None:
    assert rust.sparse_product(matrix_of(3, 2, 0, np.float64), np.empty((2, 0))).shape == (3, 0)


def test_shapes_and_types_that_do_not_fit_are_refused() -> None:
    matrix = matrix_of(3, 2, 0, np.float64)
    for dense in (np.ones((3, 1)), np.ones((2, 1), dtype=np.float32), np.ones(2)):
        with pytest.raises(ValueError, match="times"):
            rust.sparse_product(matrix, dense)
