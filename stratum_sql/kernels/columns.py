"""Kernels over columns: statistics, codes, encodings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stratum_sql import _rust_udfs
from stratum_sql._rust_udfs import CancelToken
from stratum_sql.kernel_runs import counted
from stratum_sql.kernels.arrays import Floats, Integers, arrow, matrix_of, numbers_of, whole_numbers

if TYPE_CHECKING:
    from stratum_sql._rust_udfs import _State


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


@counted(lambda values, *_, **__: len(values))
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
    codes = None if groups is None else arrow(groups, np.int32)
    return _moments(_rust_udfs.moments(arrow(values, np.float64), codes, n_groups, cancel))


@counted(lambda values, **_: len(values))
def mean_and_variance(values: npt.ArrayLike, *, cancel: CancelToken | None = None) -> tuple[int, float, float]:
    """How many numbers n `values` (float64) hold, their mean and their variance (divided by that number).

    NaN is skipped; both are NaN where there is no number, and with an infinity NaN or infinite. Bit for bit what
    scikit-learn's StandardScaler and SimpleImputer find for a column by itself: the sums are added in numpy's order.
    """
    return _rust_udfs.mean_and_variance(arrow(values, np.float64), cancel)


@counted(lambda codes, *_, **__: len(codes))
def category_counts(codes: npt.ArrayLike, n_categories: int, *, cancel: CancelToken | None = None) -> Integers:
    """Rows of each of `n_categories` categories, and last those of NULL: shape (n_categories + 1,).

    `codes` (int32, n): categories from 0; -1 is NULL. ValueError: a code outside `-1..n_categories`.
    """
    (count,) = whole_numbers("n_categories", [n_categories])
    return numbers_of(_rust_udfs.category_counts(arrow(codes, np.int32), count, cancel), np.int64)


@counted(lambda codes, *_, **__: len(codes))
def look_up(
    codes: npt.ArrayLike,
    table: npt.ArrayLike,
    parts: npt.ArrayLike | None = None,
    *,
    cancel: CancelToken | None = None,
) -> Floats:
    """The number of each row's category: `table[codes]`, shape (n,).

    `codes` (int32, n): categories from 0; -1, which is NULL, reads the last entry of `table` (float64). With `parts`
    (int32, n) `table` has one row for each part, and row i reads `table[parts[i], codes[i]]`. ValueError: lengths
    differ, or there is no such entry.
    """
    tables = np.asarray(table, np.float64)
    if tables.ndim != (1 if parts is None else 2):
        raise ValueError(f"a table of {tables.ndim} dimensions {'without' if parts is None else 'with'} parts")
    own = None if parts is None else arrow(parts, np.int32)
    flat = arrow(tables.reshape(-1), np.float64)
    return numbers_of(_rust_udfs.look_up(arrow(codes, np.int32), own, flat, tables.shape[-1], cancel), np.float64)


@counted(lambda column, *_, **__: len(column))
def bins(column: npt.ArrayLike, edges: npt.ArrayLike, *, cancel: CancelToken | None = None) -> Floats:
    """How many of `edges` are at most as large as each number: `searchsorted(edges, column, side="right")`, shape (n,).

    `column` (float64, n): NULL and NaN give NaN. `edges` (float64): ascending. ValueError: they are not.
    """
    return numbers_of(_rust_udfs.bins(arrow(column, np.float64), arrow(edges, np.float64), cancel), np.float64)


@counted(lambda column, *_, **__: len(column))
def lloyd(
    column: npt.ArrayLike,
    centres: npt.ArrayLike,
    tolerance: float,
    steps: int = 300,
    *,
    cancel: CancelToken | None = None,
) -> Floats | None:
    """The centres (float64, k, ascending) at which k-means of one `column` (float64, n) ends, from `centres` on.

    As scikit-learn's KMeans of one feature, of which the mean has been taken off, but for the rounding of its sums:
    `tolerance` is its `tol` times the variance. None where rounding might decide in scikit-learn: a number is as far
    from two centres, or a step moves them by just the tolerance; and where a centre has no number left. ValueError:
    NaN or infinity, no centre, centres that do not ascend, a negative tolerance.
    """
    (most,) = whole_numbers("steps", [steps])
    start = np.asarray(centres, np.float64).tolist()
    memory = _rust_udfs.lloyd(arrow(column, np.float64), start, float(tolerance), most, cancel)
    return None if memory is None else numbers_of(memory, np.float64)


@counted(lambda column, *_, **__: len(column))
def ranks(
    column: npt.ArrayLike, quantiles: npt.ArrayLike, references: npt.ArrayLike, *, cancel: CancelToken | None = None
) -> Floats:
    """Where each number stands among ascending `quantiles`, in the unit of `references`, shape (n,).

    Bit for bit `0.5 * (np.interp(x, q, r) - np.interp(-x, -q[::-1], -r[::-1]))`, which is how scikit-learn's
    QuantileTransformer averages the references of equal quantiles. `column` (float64, n): NaN stays NaN. ValueError:
    `quantiles` and `references` (float64) are not both ascending and equally many, or the former have no finite range.
    """
    known = arrow(quantiles, np.float64), arrow(references, np.float64)
    return numbers_of(_rust_udfs.ranks(arrow(column, np.float64), *known, cancel), np.float64)


@counted(lambda codes, *_, **__: len(codes))
def target_means(
    codes: npt.ArrayLike,
    target: npt.ArrayLike,
    n_categories: int,
    means: Sequence[float] | Floats,
    variances: Sequence[float] | Floats,
    parts: npt.ArrayLike | None = None,
    smooth: float | None = None,
    *,
    cancel: CancelToken | None = None,
) -> Floats:
    """The mean `target` of each category, drawn towards the overall mean: shape (sets, n_categories + 1).

    With `parts` (int32, n) the first sets are the rows outside part 0, 1, …; the last set is all rows. `codes` (int32,
    n): categories from 0; -1 is NULL, whose mean comes last. `target` (float64, n) has no NaN. `means` and `variances`
    are those of the target in each set: the overall mean counts as `smooth` rows, or as the variances say if that is
    None. Bit for bit scikit-learn's TargetEncoder: sums run over the rows in their order. A category without rows has
    the overall mean.
    ValueError: lengths differ, or a code or part is out of range.
    """
    (count,) = whole_numbers("n_categories", [n_categories])
    sets = [(float(mean), float(variance)) for mean, variance in zip(means, variances, strict=True)]
    own = None if parts is None else arrow(parts, np.int32)
    rows = (arrow(codes, np.int32), arrow(target, np.float64), own)
    memory = _rust_udfs.target_means(*rows, count, sets, smooth, cancel)
    return numbers_of(memory, np.float64).reshape((len(sets), count + 1))


@counted(lambda codes, *_, **__: len(codes))
def one_hot(codes: npt.ArrayLike, table: npt.ArrayLike, width: int, *, cancel: CancelToken | None = None) -> Floats:
    """Matrix (n, `width`), column-major, with a 1 in row i, column `table[codes[i]]`, 0 elsewhere.

    `codes` (int32, n): categories from 0; -1, which is NULL, leaves its row all zeros. `table` (int32): the column of
    each category; -1 for none. ValueError: a code outside `-1..len(table)`, a column outside `-1..width`.
    """
    rows = arrow(codes, np.int32)
    memory = _rust_udfs.one_hot(rows, arrow(table, np.int32), width, cancel)
    return matrix_of(memory, len(rows), width)


@counted(lambda keys, **_: len(keys[0]))
def row_order(keys: Sequence[npt.ArrayLike], *, cancel: CancelToken | None = None) -> Integers:
    """Row numbers (int64, n) in ascending order of the first of the `keys` (each uint64, n), then of the next ones.

    Rows equal in all keys keep their order, as in `numpy.lexsort(keys[::-1])`. ValueError: no key, or lengths differ.
    """
    return numbers_of(_rust_udfs.row_order([arrow(key, np.uint64) for key in keys], cancel), np.int64)


@counted(lambda texts, **_: len(texts))
def text_codes(
    texts: pa.Array, *, cancel: CancelToken | None = None
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    """The number of each of n `texts` (Arrow, large_string) among the different ones in their order (int32, n).

    And for each of these the row where it is first (int64). NULL has -1. ValueError: no UTF-8, another type.
    """
    codes, firsts = _rust_udfs.text_codes(texts, cancel)
    return numbers_of(codes, np.int32), numbers_of(firsts, np.int64)
