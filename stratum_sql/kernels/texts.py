"""Kernels over texts and the sparse matrices of their words."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stratum_sql import _rust_udfs
from stratum_sql._rust_udfs import CancelToken
from stratum_sql.kernel_runs import counted
from stratum_sql.kernels.arrays import Csr, Integers, arrow, csr_of, numbers_of, whole_numbers

if TYPE_CHECKING:
    pass


@counted(lambda texts, *_, **__: len(texts))
def ngrams(
    texts: pa.Array,
    analyzer: Literal["word", "char", "char_wb"],
    ngram_range: tuple[int, int],
    stop_words: Collection[str] = (),
    *,
    cancel: CancelToken | None = None,
) -> tuple[pa.Array, Csr]:
    """The different n-grams of n `texts` (Arrow, large_string), sorted (t, large_string), and their counts.

    The counts are CSR, float64, of shape (n, t); those of one text stand in the order in which it has the n-grams, not
    sorted by column. `analyzer`, `ngram_range` and `stop_words` (words alone are looked up in it) as in scikit-learn's
    CountVectorizer, but texts are taken as they are: make them lower case before. NULL has no n-grams. ValueError: text
    that is no UTF-8, another type, an unknown analyzer, a range that does not rise from 1 on.
    """
    low, high = whole_numbers("ngram_range", ngram_range)
    left_out = set(stop_words) if analyzer == "word" else set()
    letters, spaces = _ranges(r"\w+"), _ranges(r"\s+")
    ends, text, counts = _rust_udfs.ngrams(texts, analyzer, low, high, letters, spaces, left_out, cancel)
    terms = pa.LargeStringArray.from_buffers(len(ends) // 8 - 1, pa.py_buffer(ends), pa.py_buffer(text))
    return terms, csr_of(counts, len(terms))


@cache
def _ranges(pattern: str) -> list[tuple[int, int]]:
    """The ranges of characters that match, by the tables of this Python: those of Rust may be of another Unicode."""
    everything = np.arange(0x110000, dtype="<u4").tobytes().decode("utf-32-le", "surrogatepass")
    return [match.span() for match in re.finditer(pattern, everything)]


@counted(lambda matrix, *_, **__: int(matrix.shape[0]))
def first_seen(
    matrix: Csr, rows: npt.ArrayLike, times: npt.ArrayLike, *, cancel: CancelToken | None = None
) -> tuple[Integers, Integers]:
    """The columns stored in some `rows` (int64, m) of a CSR matrix, in the order in which they are first met.

    And for each of them, how many rows have it, where the i-th row counts `times[i]` times (int64, m; 1 or more). In a
    row columns are met in the order in which they are stored. ValueError: a row outside the matrix, lengths differ.
    """
    starts, columns = arrow(matrix.indptr, np.int64), arrow(matrix.indices, np.int32)
    chosen, weights = arrow(rows, np.int64), arrow(times, np.int64)
    seen, frequency = _rust_udfs.first_seen(starts, columns, matrix.shape[1], chosen, weights, cancel)
    return numbers_of(seen, np.int64), numbers_of(frequency, np.int64)


@counted(lambda matrix, *_, **__: int(matrix.shape[0]))
def renumber(
    matrix: Csr, rows: npt.ArrayLike, target: npt.ArrayLike, width: int, *, cancel: CancelToken | None = None
) -> Csr:
    """The chosen `rows` (int64, m) of a CSR matrix (float64), its column j as column `target[j]` of `width`, sorted.

    `target` (int32) is -1 for a column that is left out; two columns of one number stand side by side. Rows may repeat.
    ValueError: a row outside the matrix, a target outside `-1..width`.
    """
    targets = np.asarray(target)
    if len(targets) != matrix.shape[1] or (len(targets) and targets.max() >= width):
        raise ValueError(f"{len(targets)} targets for {matrix.shape[1]} columns, or one not below {width}")
    starts, columns = arrow(matrix.indptr, np.int64), arrow(matrix.indices, np.int32)
    values, chosen = arrow(matrix.data, np.float64), arrow(rows, np.int64)
    parts = _rust_udfs.renumber(starts, columns, values, chosen, arrow(targets, np.int32), cancel)
    made = csr_of(parts, width)
    made.has_sorted_indices = True
    return made


@counted(lambda matrix, *_, **__: int(matrix.shape[0]))
def sparse_product(matrix: Csr, dense: npt.NDArray[Any], *, cancel: CancelToken | None = None) -> npt.NDArray[Any]:
    """A CSR matrix (n, p) times a dense one (p, k), both of float64 or both of float32: shape (n, k), row-major.

    Summed in the order of the stored numbers, each product and each sum rounded by itself. ValueError: shapes that do
    not fit, other types.
    """
    if dense.ndim != 2 or dense.shape[0] != matrix.shape[1] or matrix.dtype != dense.dtype:
        raise ValueError(f"{matrix.shape} of {matrix.dtype} times {dense.shape} of {dense.dtype}")
    starts, columns = arrow(matrix.indptr, np.int64), arrow(matrix.indices, np.int32)
    single = dense.dtype == np.float32
    multiply = _rust_udfs.sparse_product_single if single else _rust_udfs.sparse_product
    dtype = np.float32 if single else np.float64
    values, factors = arrow(matrix.data, dtype), arrow(dense.ravel(), dtype)
    width, vectors = dense.shape
    memory = multiply(starts, columns, values, width, factors, vectors, cancel)
    return numbers_of(memory, dtype).reshape((matrix.shape[0], vectors))
