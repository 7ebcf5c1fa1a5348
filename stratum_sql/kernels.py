"""The Rust kernels, with numpy arrays in and out and no copy on the way in or out.

Every result is the same whatever the number of threads (`set_threads`). A call raises ValueError for input that breaks
its contract, `Cancelled` when its `CancelToken` was cancelled, MemoryError when the result does not fit, and
`KernelError` for a fault of the kernel itself; the process and later calls are not affected by any of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

try:
    from stratum_sql import _rust_udfs
    from stratum_sql._rust_udfs import Cancelled, CancelToken, KernelError, set_threads, threads
except ImportError as error:
    raise ImportError(
        "the Rust part of stratum-sql (stratum_sql._rust_udfs) is missing or was built for another Python; "
        "in a checkout './run test' builds it, elsewhere 'pip install --force-reinstall stratum-sql'"
    ) from error

if TYPE_CHECKING:
    from stratum_sql._rust_udfs import _State

__all__ = [
    "CancelToken",
    "Cancelled",
    "KernelError",
    "Moments",
    "assemble",
    "moments",
    "one_hot",
    "row_order",
    "set_threads",
    "threads",
]

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False, slots=True)
class Moments:
    """Count, mean, sum of squared deviations, smallest and largest number of each group: arrays of one length.

    A group without numbers has count 0, `m2` and `tail` 0, and NaN elsewhere. The variance is `m2 / count`. `tail` is
    what rounding cut off the mean; only `merged` needs it.
    """

    count: Integers
    mean: Floats
    tail: Floats
    m2: Floats
    minimum: Floats
    maximum: Floats

    def __len__(self) -> int:
        return len(self.count)

    def merged(self, groups: Iterable[int]) -> Moments:
        """The moments of the union of some groups, as one group: the training state of a fold is that of the others.

        They are merged in the order given (Chan, Golub and LeVeque 1979). Nothing is ever subtracted, which would lose
        digits. No group at all gives the empty moments.
        """
        columns = (self.count, self.mean, self.tail, self.m2, self.minimum, self.maximum)
        states = [tuple(column[group].item() for column in columns) for group in groups]
        return _moments([_rust_udfs.merge_moments(states)])


def _moments(states: list[_State]) -> Moments:
    table = np.array(states, dtype=np.float64).reshape(-1, 6).T.copy()
    return Moments(table[0].astype(np.int64), *table[1:])  # counts up to 2^53 are exact


def moments(
    values: npt.ArrayLike,
    groups: npt.ArrayLike | None = None,
    n_groups: int = 1,
    *,
    cancel: CancelToken | None = None,
) -> Moments:
    """The moments of n `values` (float64) in each of `n_groups` groups; NaN is skipped.

    `groups` (int32, n) gives each row its group from 0; -1 is in none. Without it all rows are group 0. An infinite
    value makes its group's mean infinite (NaN if both signs occur) and `m2` NaN, as numpy's mean and variance.
    ValueError: lengths differ, or a group is outside `-1..n_groups`.
    """
    codes = None if groups is None else _arrow(groups, np.int32)
    return _moments(_rust_udfs.moments(_arrow(values, np.float64), codes, n_groups, cancel))


def one_hot(codes: npt.ArrayLike, table: npt.ArrayLike, width: int, *, cancel: CancelToken | None = None) -> Floats:
    """Matrix (n, `width`), column-major, with a 1 in row i, column `table[codes[i]]`, 0 elsewhere.

    `codes` (int32, n): categories from 0; -1, which is NULL, leaves its row all zeros. `table` (int32): the column of
    each category; -1 for none. ValueError: a code outside `-1..len(table)`, a column outside `-1..width`.
    """
    rows = _arrow(codes, np.int32)
    memory = _rust_udfs.one_hot(rows, _arrow(table, np.int32), width, cancel)
    return _matrix(memory, len(rows), width)


def row_order(keys: npt.ArrayLike, *, cancel: CancelToken | None = None) -> tuple[Integers, bool]:
    """The rows in ascending order of their `keys` (uint64, n): row numbers (int64, n), and whether any keys are equal.

    Rows of equal keys keep their order, as in `numpy.argsort(keys, kind="stable")`.
    """
    memory, ties = _rust_udfs.row_order(_arrow(keys, np.uint64), cancel)
    return _numbers(memory, np.int64), ties


def assemble(
    columns: Sequence[npt.ArrayLike],
    rows: npt.ArrayLike | None = None,
    shift: Sequence[float | None] | Floats | None = None,
    scale: Sequence[float | None] | Floats | None = None,
    *,
    cancel: CancelToken | None = None,
) -> Floats:
    """Matrix (m, p), column-major, of the chosen `rows` of p `columns` (float64, n), each as `(x - shift) / scale`.

    `rows` (int64, m) may repeat and come in any order; without it all rows. `shift` and `scale` have one number for
    each column; None, for one column or for all, leaves it out. NaN stays NaN; a scale of 0 gives ±infinity or NaN.
    Equal to numpy to the last bit. ValueError: lengths differ, or a row number outside `0..n`.
    """
    arrays = [_arrow(column, np.float64) for column in columns]
    chosen = None if rows is None else _arrow(rows, np.int64)
    memory = _rust_udfs.assemble(arrays, chosen, _affine(len(arrays), shift, scale), cancel)
    height = len(chosen) if chosen is not None else len(arrays[0]) if arrays else 0
    return _matrix(memory, height, len(arrays))


_Parts = Sequence[float | None] | Floats | None


def _affine(width: int, shift: _Parts, scale: _Parts) -> list[tuple[float | None, float | None]]:
    if shift is None and scale is None:
        return []
    shifts = [None] * width if shift is None else list(shift)
    scales = [None] * width if scale is None else list(scale)
    if len(shifts) != width or len(scales) != width:
        raise ValueError(f"{width} columns, but {len(shifts)} shifts and {len(scales)} scales")
    return list(zip(shifts, scales, strict=True))


def _arrow(values: npt.ArrayLike, dtype: npt.DTypeLike) -> Any:
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


def _matrix(memory: _rust_udfs.Memory, rows: int, width: int) -> Floats:
    return _numbers(memory, np.float64).reshape((rows, width), order="F")


def _numbers(memory: _rust_udfs.Memory, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    view = memoryview(memory)  # numpy keeps it, and it keeps the memory
    return np.frombuffer(view, dtype) if view.nbytes else np.empty(0, dtype)  # frombuffer refuses empty memory
