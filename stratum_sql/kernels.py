"""The Rust kernels, with numpy arrays in and out and no copy on the way in or out.

Every result is the same whatever the number of threads (`set_threads`). A call raises ValueError for input that breaks
its contract, `Cancelled` when its `CancelToken` was cancelled, MemoryError when the result does not fit, and
`KernelError` for a fault of the kernel itself; the process and later calls are not affected by any of them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from operator import index
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy import sparse

from stratum_sql.kernel_runs import counted

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
    "BoostedTrees",
    "CancelToken",
    "Cancelled",
    "Coded",
    "KernelError",
    "Logistic",
    "Moments",
    "assemble",
    "bins",
    "category_counts",
    "design",
    "elastic_net",
    "first_seen",
    "gram",
    "lloyd",
    "look_up",
    "mean_and_variance",
    "moments",
    "nearest",
    "ngrams",
    "one_hot",
    "ranks",
    "renumber",
    "ridge",
    "row_order",
    "set_threads",
    "sparse_product",
    "target_means",
    "text_codes",
    "threads",
    "tree_shap",
]

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Csr = Any  # scipy.sparse.csr_matrix


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
    codes = None if groups is None else _arrow(groups, np.int32)
    return _moments(_rust_udfs.moments(_arrow(values, np.float64), codes, n_groups, cancel))


@counted(lambda values, **_: len(values))
def mean_and_variance(values: npt.ArrayLike, *, cancel: CancelToken | None = None) -> tuple[int, float, float]:
    """How many numbers n `values` (float64) hold, their mean and their variance (divided by that number).

    NaN is skipped; both are NaN where there is no number, and with an infinity NaN or infinite. Bit for bit what
    scikit-learn's StandardScaler and SimpleImputer find for a column by itself: the sums are added in numpy's order.
    """
    return _rust_udfs.mean_and_variance(_arrow(values, np.float64), cancel)


@counted(lambda codes, *_, **__: len(codes))
def category_counts(codes: npt.ArrayLike, n_categories: int, *, cancel: CancelToken | None = None) -> Integers:
    """Rows of each of `n_categories` categories, and last those of NULL: shape (n_categories + 1,).

    `codes` (int32, n): categories from 0; -1 is NULL. ValueError: a code outside `-1..n_categories`.
    """
    (count,) = _counts("n_categories", [n_categories])
    return _numbers(_rust_udfs.category_counts(_arrow(codes, np.int32), count, cancel), np.int64)


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
    own = None if parts is None else _arrow(parts, np.int32)
    flat = _arrow(tables.reshape(-1), np.float64)
    return _numbers(_rust_udfs.look_up(_arrow(codes, np.int32), own, flat, tables.shape[-1], cancel), np.float64)


@counted(lambda column, *_, **__: len(column))
def bins(column: npt.ArrayLike, edges: npt.ArrayLike, *, cancel: CancelToken | None = None) -> Floats:
    """How many of `edges` are at most as large as each number: `searchsorted(edges, column, side="right")`, shape (n,).

    `column` (float64, n): NULL and NaN give NaN. `edges` (float64): ascending. ValueError: they are not.
    """
    return _numbers(_rust_udfs.bins(_arrow(column, np.float64), _arrow(edges, np.float64), cancel), np.float64)


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
    (most,) = _counts("steps", [steps])
    start = np.asarray(centres, np.float64).tolist()
    memory = _rust_udfs.lloyd(_arrow(column, np.float64), start, float(tolerance), most, cancel)
    return None if memory is None else _numbers(memory, np.float64)


@counted(lambda column, *_, **__: len(column))
def ranks(
    column: npt.ArrayLike, quantiles: npt.ArrayLike, references: npt.ArrayLike, *, cancel: CancelToken | None = None
) -> Floats:
    """Where each number stands among ascending `quantiles`, in the unit of `references`, shape (n,).

    Bit for bit `0.5 * (np.interp(x, q, r) - np.interp(-x, -q[::-1], -r[::-1]))`, which is how scikit-learn's
    QuantileTransformer averages the references of equal quantiles. `column` (float64, n): NaN stays NaN. ValueError:
    `quantiles` and `references` (float64) are not both ascending and equally many, or the former have no finite range.
    """
    known = _arrow(quantiles, np.float64), _arrow(references, np.float64)
    return _numbers(_rust_udfs.ranks(_arrow(column, np.float64), *known, cancel), np.float64)


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
    (count,) = _counts("n_categories", [n_categories])
    sets = [(float(mean), float(variance)) for mean, variance in zip(means, variances, strict=True)]
    own = None if parts is None else _arrow(parts, np.int32)
    rows = (_arrow(codes, np.int32), _arrow(target, np.float64), own)
    memory = _rust_udfs.target_means(*rows, count, sets, smooth, cancel)
    return _numbers(memory, np.float64).reshape((len(sets), count + 1))


@counted(lambda codes, *_, **__: len(codes))
def one_hot(codes: npt.ArrayLike, table: npt.ArrayLike, width: int, *, cancel: CancelToken | None = None) -> Floats:
    """Matrix (n, `width`), column-major, with a 1 in row i, column `table[codes[i]]`, 0 elsewhere.

    `codes` (int32, n): categories from 0; -1, which is NULL, leaves its row all zeros. `table` (int32): the column of
    each category; -1 for none. ValueError: a code outside `-1..len(table)`, a column outside `-1..width`.
    """
    rows = _arrow(codes, np.int32)
    memory = _rust_udfs.one_hot(rows, _arrow(table, np.int32), width, cancel)
    return _matrix(memory, len(rows), width)


@counted(lambda keys, **_: len(keys[0]))
def row_order(keys: Sequence[npt.ArrayLike], *, cancel: CancelToken | None = None) -> Integers:
    """Row numbers (int64, n) in ascending order of the first of the `keys` (each uint64, n), then of the next ones.

    Rows equal in all keys keep their order, as in `numpy.lexsort(keys[::-1])`. ValueError: no key, or lengths differ.
    """
    return _numbers(_rust_udfs.row_order([_arrow(key, np.uint64) for key in keys], cancel), np.int64)


@counted(lambda columns, rows=None, *_, **__: len(columns[0] if rows is None else rows))
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


@dataclass(frozen=True, eq=False, slots=True)
class Coded:
    """Columns that follow from n `codes` (int32, from 0; -1 is NULL) by a `table` whose last entry is NULL's.

    Without `width` one column, and the entries are its numbers (float64). With it so many columns of 0 and 1, and the
    entries say which has the 1 (int32); -1 is none.
    """

    codes: npt.NDArray[np.int32]
    table: npt.NDArray[Any]
    width: int | None = None

    def _arrays(self) -> tuple[Any, Any, int | None]:
        kind = np.float64 if self.width is None else np.int32
        return _arrow(self.codes, np.int32), _arrow(self.table, kind), self.width


@counted(lambda pieces, rows, **_: rows)
def design(pieces: Sequence[Floats | Coded], rows: int, *, cancel: CancelToken | None = None) -> Floats:
    """Matrix (`rows`, columns), column-major: the columns of all pieces side by side, each written once.

    A piece is one column (rows,) or a matrix (rows, columns) of float64, or `Coded`. NaN stays NaN. ValueError: lengths
    differ, a code without an entry, an entry without a column.
    """
    widths = [(1 if one.width is None else one.width) if isinstance(one, Coded) else _width(one) for one in pieces]
    if rows == 0:
        return np.empty((0, sum(widths)), order="F")
    given = [one._arrays() if isinstance(one, Coded) else _numbers_of(one, rows) for one in pieces]
    return _matrix(_rust_udfs.design(given, rows, cancel), rows, sum(widths))


def _width(values: Floats) -> int:
    return 1 if values.ndim == 1 else values.shape[1]


def _numbers_of(values: Floats, rows: int) -> tuple[Any, None, None]:
    if len(values) != rows:
        raise ValueError(f"a piece has {len(values)} rows, not {rows}")
    return _arrow(values.reshape(-1, order="F"), np.float64), None, None


@counted(lambda _columns, _pivots, _codes, _levels, cells, *_, **__: len(cells))
def gram(
    columns: Sequence[npt.ArrayLike],
    pivots: Sequence[float] | Floats,
    codes: Sequence[npt.ArrayLike],
    levels: Sequence[int],
    cells: npt.ArrayLike,
    n_cells: int,
    weight: npt.ArrayLike | None = None,
    *,
    cancel: CancelToken | None = None,
) -> Floats:
    """The Gram matrix of numbers and categories in each of `n_cells` cells of rows: shape (n_cells, A, A), symmetric.

    Entry c is the sum of `w * outer(a, a)` over the rows of cell c, where a holds A = 1 + d + sum(levels) atoms: 1,
    the d `columns` (float64, n; NaN counts as 0) each less its pivot, and for each of `codes` (int32, n; -1 is no
    level) one indicator for each of its `levels`. `cells` (int32, n): -1 is none. `weight` (float64, n): w, else 1. An
    entry is off by a few units in the last place of the sum of sizes, however many rows there are, and exactly 0 where
    no row has both atoms. ValueError: lengths differ, a cell or level is out of range, a pivot or weight is not
    finite, or a number of a row with a cell is infinite (the message has the column's number).
    """
    numbers = [_arrow(column, np.float64) for column in columns]
    categories = [_arrow(column, np.int32) for column in codes]
    counts = _counts("levels", levels)
    (cell_count,) = _counts("n_cells", [n_cells])
    weights = None if weight is None else _arrow(weight, np.float64)
    shifts = np.asarray(pivots, np.float64).tolist()
    of_row = _arrow(cells, np.int32)
    memory = _rust_udfs.gram(numbers, shifts, categories, counts, of_row, cell_count, weights, cancel)
    width = 1 + len(numbers) + sum(counts)
    return _numbers(memory, np.float64).reshape((cell_count, width, width))


@counted(lambda _train, asked, *_, **__: len(asked))
def nearest(train: Floats, asked: Floats, count: int, *, cancel: CancelToken | None = None) -> tuple[Floats, Integers]:
    """The `count` nearest rows of `train` (n, p) to each row of `asked` (m, p): squares and places (m, count).

    Nearest first; of equally far ones the first in `train`. `squares` are sums of squared differences, added up column
    by column: their roots are the distances of scikit-learn's `KDTree` to the last bit. Row-major float64 is read in
    place. ValueError: shapes that do not fit, no column, NaN or infinity, a `count` that is not 1 to n.
    """
    for matrix in (train, asked):
        if matrix.ndim != 2 or matrix.dtype != np.float64 or matrix.shape[1] != train.shape[-1]:
            raise ValueError(f"matrices {train.shape} of {train.dtype} and {asked.shape} of {asked.dtype}")
    (wanted,) = _counts("count", [count])
    squares, places = _rust_udfs.nearest(_laid_out(train), _laid_out(asked), train.shape[1], wanted, cancel)
    shape = (len(asked), wanted)
    return _numbers(squares, np.float64).reshape(shape), _numbers(places, np.int64).reshape(shape)


@counted(lambda *_, **__: 0)
def ridge(
    gram: npt.ArrayLike, moment: npt.ArrayLike, alphas: Sequence[float] | Floats, *, cancel: CancelToken | None = None
) -> Floats:
    """Solve `(gram + alpha I) w = moment` for each of k `alphas`: coefficients (k, p).

    `gram` (p, p) is symmetric (its upper triangle is read), `moment` (p,). Coefficients are NaN where the matrix is not
    positive definite. Columns side by side that are a category's indicators less their means cost next to nothing.
    ValueError: shapes that do not fit, numbers that are not finite, a negative alpha.
    """
    matrix, vector = _normal(gram, moment)
    strengths = np.asarray(alphas, np.float64).tolist()
    coefficients = _rust_udfs.ridge(matrix, vector, strengths, cancel)
    return _numbers(coefficients, np.float64).reshape(len(strengths), len(vector))


@counted(lambda *_, **__: 0)
def elastic_net(
    gram: npt.ArrayLike,
    moment: npt.ArrayLike,
    target_square: float,
    rows: float,
    alphas: Sequence[float] | Floats,
    l1_ratios: Sequence[float] | Floats,
    tols: Sequence[float] | Floats,
    max_iters: Sequence[int] | Integers,
    positive: Sequence[bool] | None = None,
    *,
    cancel: CancelToken | None = None,
) -> tuple[Floats, Floats, Integers, Floats]:
    """scikit-learn's ElasticNet for each of k candidates: coefficients (k, p), duality gap, iterations, margin (k,).

    `gram` (p, p) and `moment` (p,) are X.T @ X and X.T @ y of the centred `rows`, `target_square` is y @ y. The sweeps
    and the stopping rule are those of `precompute=False, selection="cyclic"`, so coefficients and `n_iter_` are
    scikit-learn's up to rounding. scikit-learn's `dual_gap_` is the gap divided by `rows`; a candidate did not
    converge, and scikit-learn would warn, if its gap is above `tol * target_square`. The margin says how far the
    closest of all decisions, such as to stop, was from its opposite, in multiples of what rounding may do to it; 0
    where that is not known, without an L1 part. `positive` defaults to no candidate. ValueError: shapes that do not
    fit, numbers that are not finite, a parameter out of its range.
    """
    matrix, vector = _normal(gram, moment)
    count = len(alphas)
    signs = [False] * count if positive is None else list(positive)
    parts = (alphas, l1_ratios, tols, max_iters, signs)
    if any(len(part) != count for part in parts):
        lengths = ", ".join(str(len(part)) for part in parts)
        raise ValueError(f"alphas, l1_ratios, tols, max_iters and positive have different lengths: {lengths}")
    candidates = [
        (float(alpha), float(l1_ratio), float(tol), most, bool(sign))
        for alpha, l1_ratio, tol, most, sign in zip(
            alphas, l1_ratios, tols, _counts("max_iters", max_iters), signs, strict=True
        )
    ]
    memories = _rust_udfs.elastic_net(matrix, vector, float(target_square), float(rows), candidates, cancel)
    coefficients, gap, iterations, margin = memories
    shaped = _numbers(coefficients, np.float64).reshape(count, len(vector))
    return shaped, _numbers(gap, np.float64), _numbers(iterations, np.int64), _numbers(margin, np.float64)


@counted(lambda texts, **_: len(texts))
def text_codes(
    texts: pa.Array, *, cancel: CancelToken | None = None
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    """The number of each of n `texts` (Arrow, large_string) among the different ones in their order (int32, n).

    And for each of these the row where it is first (int64). NULL has -1. ValueError: no UTF-8, another type.
    """
    codes, firsts = _rust_udfs.text_codes(texts, cancel)
    return _numbers(codes, np.int32), _numbers(firsts, np.int64)


@dataclass(frozen=True, eq=False, slots=True)
class Trees:
    """t binary trees, one after the other: `starts` (t + 1,) says where each begins among the nodes, and their end.

    Of each node `left` and `right` (its tree's node that rows go to, -1 in a leaf), the `column` that is asked, the
    `threshold` that rows at or below it go left by, `nan_left` where NaN does, the `weight` of training rows that came
    by, and the `value` of a leaf. Children stand behind their parents.
    """

    starts: Integers
    left: npt.NDArray[np.int32]
    right: npt.NDArray[np.int32]
    column: npt.NDArray[np.int32]
    threshold: Floats
    nan_left: npt.NDArray[np.int32]
    weight: Floats
    value: Floats


@counted(lambda _trees, matrix, **_: len(matrix))
def tree_shap(trees: Trees, matrix: npt.ArrayLike, *, cancel: CancelToken | None = None) -> Floats:
    """What each column of a matrix (n, p) adds to the sum of the trees' values, (n, p + 1); last what none adds.

    A row adds up to what the trees say of it. The Shapley values of Lundberg, Erion and Lee (2018): an unknown column
    sends a row both ways, as large a part each as training rows went. NaN goes where `nan_left` says. ValueError: trees
    that are none, or deeper than 1,000.
    """
    rows = np.ascontiguousarray(matrix, dtype=np.float64)
    n, width = rows.shape
    whole, number = np.int32, np.float64
    added = _rust_udfs.tree_shap(
        _arrow(trees.starts, np.int64),
        _arrow(trees.left, whole),
        _arrow(trees.right, whole),
        _arrow(trees.column, whole),
        _arrow(trees.threshold, number),
        _arrow(trees.nan_left, whole),
        _arrow(trees.weight, number),
        _arrow(trees.value, number),
        _arrow(rows.reshape(-1), number),
        width,
        cancel,
    )
    return _numbers(added, np.float64).reshape(n, width + 1)


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
    low, high = _counts("ngram_range", ngram_range)
    left_out = set(stop_words) if analyzer == "word" else set()
    letters, spaces = _ranges(r"\w+"), _ranges(r"\s+")
    ends, text, counts = _rust_udfs.ngrams(texts, analyzer, low, high, letters, spaces, left_out, cancel)
    terms = pa.LargeStringArray.from_buffers(len(ends) // 8 - 1, pa.py_buffer(ends), pa.py_buffer(text))
    return terms, _csr(counts, len(terms))


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
    starts, columns = _arrow(matrix.indptr, np.int64), _arrow(matrix.indices, np.int32)
    chosen, weights = _arrow(rows, np.int64), _arrow(times, np.int64)
    seen, frequency = _rust_udfs.first_seen(starts, columns, matrix.shape[1], chosen, weights, cancel)
    return _numbers(seen, np.int64), _numbers(frequency, np.int64)


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
    starts, columns = _arrow(matrix.indptr, np.int64), _arrow(matrix.indices, np.int32)
    values, chosen = _arrow(matrix.data, np.float64), _arrow(rows, np.int64)
    parts = _rust_udfs.renumber(starts, columns, values, chosen, _arrow(targets, np.int32), cancel)
    made = _csr(parts, width)
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
    starts, columns = _arrow(matrix.indptr, np.int64), _arrow(matrix.indices, np.int32)
    single = dense.dtype == np.float32
    multiply = _rust_udfs.sparse_product_single if single else _rust_udfs.sparse_product
    dtype = np.float32 if single else np.float64
    values, factors = _arrow(matrix.data, dtype), _arrow(dense.ravel(), dtype)
    width, vectors = dense.shape
    memory = multiply(starts, columns, values, width, factors, vectors, cancel)
    return _numbers(memory, dtype).reshape((matrix.shape[0], vectors))


class BoostedTrees:
    """The trees of a LightGBM model, from the text that its `model_to_string` gives: its predictions bit for bit.

    `features` are the columns that a matrix must have, `classes` the scores of a row (1, or the classes of a multiclass
    model), `rounds` the rounds of boosting. ValueError: a text that is malformed, or of a model whose predictions are
    not known here (categorical splits, linear trees, averaged trees, an objective of the user's own, …).
    """

    def __init__(self, text: str) -> None:
        self._trees = _rust_udfs.BoostedTrees(text)
        self.features, self.classes, self.rounds = self._trees.features, self._trees.classes, self._trees.rounds

    @counted(lambda _self, matrix, *_, **__: len(matrix))
    def scores(
        self,
        matrix: npt.NDArray[Any],
        stop: int,
        start: int = 0,
        before: Floats | None = None,
        *,
        cancel: CancelToken | None = None,
    ) -> Floats:
        """Raw scores (n, classes) after round `stop`, of a matrix (n, features) of float64 or float32.

        `before` are the scores after round `start`, so that one number of rounds after another costs no more than the
        largest alone. NaN, 0 and infinity are treated as LightGBM treats them. Row-major and column-major float64 is
        read in place. ValueError: shapes that do not fit, rounds that the model has not, a matrix of another type.
        """
        if matrix.ndim != 2 or matrix.dtype not in (np.float64, np.float32) or matrix.shape[1] != self.features:
            raise ValueError(f"a matrix {matrix.shape} of {matrix.dtype} for a model of {self.features} features")
        order: Literal["F", "C"] = "F" if matrix.flags.f_contiguous else "C"
        values = _arrow(matrix.ravel(order), np.float64)
        earlier = None if before is None else _arrow(before.ravel(), np.float64)
        memory = self._trees.advance(values, len(matrix), order == "F", start, stop, earlier, cancel)
        return _numbers(memory, np.float64).reshape((len(matrix), self.classes))

    @counted(lambda _self, scores: len(scores))
    def outputs(self, scores: Floats) -> Floats:
        """What LightGBM predicts where the raw scores are these, in the same shape: probabilities, or numbers."""
        return _numbers(self._trees.outputs(_arrow(scores.ravel(), np.float64)), np.float64).reshape(scores.shape)


class Logistic:
    """A matrix (n, p) and the class of each row, laid out for many logistic regressions; holds one copy of the matrix.

    `matrix`: finite float64, dense in any order, or CSR. `codes` (n,): classes from 0 to `classes` - 1. `weight` (n,):
    what each row counts. `vectors`: coefficient vectors at a time that the layout is best for. `scarce`: columns of a
    dense matrix, ascending, that are kept sparse. ValueError: shapes that do not fit, a class out of range.
    """

    def __init__(
        self,
        matrix: Any,
        codes: npt.ArrayLike,
        classes: int,
        weight: npt.ArrayLike | None = None,
        *,
        vectors: int = 1,
        scarce: Sequence[int] | Integers = (),
    ) -> None:
        self.columns, self.classes, self.rows = int(matrix.shape[1]), classes, int(matrix.shape[0])
        own, counts = _arrow(codes, np.int32), None if weight is None else _arrow(weight, np.float64)
        if sparse.issparse(matrix):
            entries = matrix.tocsr()
            places = (_arrow(entries.indptr, np.int64), _arrow(entries.indices, np.int32))
            self._rows = _rust_udfs.Logistic.sparse(
                *places, _arrow(entries.data, np.float64), self.columns, own, classes, counts, vectors
            )
        else:
            by_column = matrix.flags.f_contiguous
            values = _arrow(matrix.ravel("F" if by_column else "C"), np.float64)
            kept = _counts("scarce", scarce)
            self._rows = _rust_udfs.Logistic.dense(
                values, len(matrix), self.columns, by_column, kept, own, classes, counts, vectors
            )

    @counted(lambda self, *_, **__: self.rows)
    def sums(
        self, coefficients: Floats, factors: Floats | None = None, *, cancel: CancelToken | None = None
    ) -> tuple[Floats, Floats]:
        """Sums over all rows at one point a model: losses (models,), gradients shaped like `coefficients`.

        `coefficients` (models, vectors, p + 1): one vector for two classes, else one for each class; the intercept
        last. `factors` (models, classes): what a row of each class counts, times its weight. As `LinearModelLoss` of
        scikit-learn, without the penalty: log(1 + exp(v)) with v = -xw for the second of two classes and xw for the
        first, and log Σ exp(xw) - xw of the row's own class. What overflows makes a model's loss NaN or infinite and
        touches no other.
        """
        factor = np.empty(0) if factors is None else factors
        losses, gradients = self._rows.sums(
            _arrow(coefficients.ravel(), np.float64), _arrow(factor.ravel(), np.float64), cancel
        )
        return _numbers(losses, np.float64), _numbers(gradients, np.float64).reshape(coefficients.shape)


def _laid_out(matrix: Floats) -> tuple[Any, int, bool]:
    """The numbers of a matrix, its rows, and whether column comes after column."""
    by_column = bool(matrix.flags.f_contiguous)
    return _arrow(matrix.ravel("F" if by_column else "C"), np.float64), len(matrix), by_column


def _normal(gram: npt.ArrayLike, moment: npt.ArrayLike) -> tuple[Any, Any]:
    matrix, vector = np.asarray(gram), _arrow(moment, np.float64)
    if matrix.shape != (len(vector), len(vector)):
        raise ValueError(f"a moment vector of {len(vector)} numbers, but a Gram matrix of shape {matrix.shape}")
    return _arrow(matrix.reshape(-1), np.float64), vector


def _counts(name: str, counts: Sequence[int] | Integers) -> list[int]:
    """Whole numbers from 0, as Python's own."""
    whole = [index(count) for count in counts]
    if any(not 0 <= count < 2**63 for count in whole):
        raise ValueError(f"{name} must be 0 or more, not {whole}")
    return whole


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


def _csr(parts: tuple[_rust_udfs.Memory, _rust_udfs.Memory, _rust_udfs.Memory], width: int) -> Csr:
    starts, columns, values = (
        _numbers(memory, dtype) for memory, dtype in zip(parts, (np.int64, np.int32, np.float64), strict=True)
    )
    return sparse.csr_matrix((values, columns, starts), shape=(len(starts) - 1, width))
