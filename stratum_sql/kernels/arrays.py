"""Between numpy and the Rust library: arrays handed over and taken back without a copy."""

from __future__ import annotations

from collections.abc import Sequence
from operator import index
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy import sparse

from stratum_sql import _rust_udfs

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Csr = Any  # scipy.sparse.csr_matrix


def laid_out(matrix: Floats) -> tuple[Any, int, bool]:
    """The numbers of a matrix, its rows, and whether column comes after column."""
    by_column = bool(matrix.flags.f_contiguous)
    return arrow(matrix.ravel("F" if by_column else "C"), np.float64), len(matrix), by_column


def whole_numbers(name: str, counts: Sequence[int] | Integers) -> list[int]:
    """Whole numbers from 0, as Python's own."""
    whole = [index(count) for count in counts]
    if any(not 0 <= count < 2**63 for count in whole):
        raise ValueError(f"{name} must be 0 or more, not {whole}")
    return whole


def arrow(values: npt.ArrayLike, dtype: npt.DTypeLike) -> Any:
    """One-dimensional `values` as an Arrow array of exactly `dtype`; a copy only if type or memory layout ask for one.

    Other types are taken if no value changes: ValueError instead of a float cut to an integer or a code that wraps.
    """
    given = np.asarray(values)
    array = np.require(given, dtype, ["C_CONTIGUOUS", "ALIGNED"])
    if array.ndim != 1:
        raise ValueError(f"expected one dimension, got shape {array.shape}")
    if array.dtype.kind in "iu" and given.dtype != array.dtype and not np.array_equal(given, array):
        raise ValueError(f"some values do not fit into {array.dtype}")
    return pa.array(array)


def matrix_of(memory: _rust_udfs.Memory, rows: int, width: int) -> Floats:
    """What the library wrote, as a matrix (rows, width) of column after column."""
    return numbers_of(memory, np.float64).reshape((rows, width), order="F")


def numbers_of(memory: _rust_udfs.Memory, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """What the library wrote, as numbers of one dimension."""
    view = memoryview(memory)  # numpy keeps it, and it keeps the memory
    return np.frombuffer(view, dtype) if view.nbytes else np.empty(0, dtype)  # frombuffer refuses empty memory


def csr_of(parts: tuple[_rust_udfs.Memory, _rust_udfs.Memory, _rust_udfs.Memory], width: int) -> Csr:
    """Starts of rows, columns and values, as a sparse matrix of `width` columns."""
    starts, columns, values = (
        numbers_of(memory, dtype) for memory, dtype in zip(parts, (np.int64, np.int32, np.float64), strict=True)
    )
    return sparse.csr_matrix((values, columns, starts), shape=(len(starts) - 1, width))
