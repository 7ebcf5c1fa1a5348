"""Numbers of whole columns: deviations, quantiles, `describe`, correlations, and the reductions of frames.

They are asked at once, all of a call in one query.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from stratum_sql.pandas import reductions
from stratum_sql.pandas.across import across
from stratum_sql.pandas.aligning import assigned
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.expressions import Expr, Text, cast, joined, refusing
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.kinds import BOOL, FLOAT, INT, Dtype, is_number
from stratum_sql.pandas.lazy import Lazy
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.operations import method
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import Node
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.series_methods import check_axis
from stratum_sql.pandas.sources import labels_index, scalar_of
from stratum_sql.pandas.states import Table, Vector
from stratum_sql.pandas.value_reductions import is_other, of_other_values
from stratum_sql.pandas.windows import has_rows

Columns = Sequence[tuple[Hashable, Expr]]


def asked_of(node: Node, values: Sequence[Expr]) -> list[Any]:
    """The aggregates as NumPy's numbers."""
    if not values:
        return []
    rows = engine().rows(node, [(f"c{place}", value.text) for place, value in enumerate(values)], ())
    return [scalar_of(rows.column(place)[0].as_py(), value.dtype) for place, value in enumerate(values)]


def _given(make: Callable[[], Any]) -> Any:
    with object_mode():
        return Lazy.of(make())


# -- of a Series -------------------------------------------------------------------------------------------------------


def spread(name: str, value: Expr, ddof: Any) -> Expr:
    """The deviation or variance with `ddof` 0 or 1, or the error of the mean. Raises Declined."""
    if ddof not in (0, 1) or isinstance(ddof, bool) or value.dtype not in (FLOAT, INT):
        raise Declined("this ddof, or dtype")
    kind = "var" if name == "var" else "std"
    found = reductions.reduced(kind, value) if ddof == 1 else reductions.of_population(kind, value)
    return Expr(joined("({} / sqrt(count({})))", found, value), FLOAT, True) if name == "sem" else found


def _or_missing(found: Expr, value: Expr, skipna: Any) -> Expr:
    if type(skipna) is not bool:
        raise Declined("this skipna")
    return found if skipna else reductions.unless_missing(found, value)


def _declare_spread(name: str) -> None:
    @method(Series, name, "signed integers and float64, all rows; ddof 0 or 1")
    def of_series(self: Series, *, axis: Any = None, skipna: Any = True, ddof: Any = 1) -> Any:
        check_axis(axis)
        if is_other(self) and ddof == 1 and name != "sem":
            return of_other_values(self, name, skipna)
        value = self._vector.value
        found = reductions.reduced(name, value) if ddof == 1 and name != "sem" else spread(name, value, ddof)
        return self._ask(_or_missing(found, value, skipna))


for _name in ("std", "var", "sem"):
    _declare_spread(_name)


@method(Series, "quantile", "one quantile of finite numbers, or a list of such")
def _quantile(self: Series, q: Any = 0.5) -> Any:
    state = self._vector
    if not isinstance(q, list | tuple):
        return self._ask(reductions.quantile(state.value, _share(q)))
    found = asked_of(state.node, [reductions.quantile(state.value, _share(one)) for one in q])
    return _given(lambda: pd.Series(found, index=pd.Index(q, dtype="float64"), name=state.name, dtype="float64"))


def _share(q: Any) -> float:
    if isinstance(q, bool) or not isinstance(q, int | float | np.floating) or not 0 <= q <= 1:
        raise Declined("this quantile")
    return float(q)


# -- of a frame --------------------------------------------------------------------------------------------------------


def _chosen(self: DataFrame, numeric_only: Any) -> list[tuple[Hashable, Expr]]:
    if type(numeric_only) is not bool:
        raise Declined("this numeric_only")
    columns = tuple(self._table.columns)
    if numeric_only:
        columns = tuple(pair for pair in columns if is_number(pair[1].dtype) or pair[1].dtype == BOOL)
    return _some(columns)


def _some(columns: Columns) -> list[tuple[Hashable, Expr]]:
    if not columns:
        raise Declined("no columns")
    return list(columns)


def _as_number(name: str, value: Expr) -> Expr:
    """Booleans have a median in a frame."""
    return cast(value, FLOAT) if name == "median" and value.dtype == BOOL else value


def _of_rows(self: DataFrame, name: str, columns: list[tuple[Hashable, Expr]]) -> Any:
    node, found = across(self._table.node, [value for _, value in columns], name)
    if not has_rows(node):
        raise Declined("no rows")
    return Lazy.recorded(Vector(node, found, None, self._table.index), is_frame=False)


def _common(values: Sequence[Expr]) -> Dtype:
    """The dtype of a Series of all results. Raises Declined."""
    kinds = {value.dtype for value in values}
    if len(kinds) == 1:
        return kinds.pop()
    if kinds == {INT, FLOAT}:
        return FLOAT
    raise Declined("results of several types")


def _declare(name: str) -> None:
    def made(self: DataFrame, columns: list[tuple[Hashable, Expr]], axis: Any, **told: Any) -> Any:
        if axis in (1, "columns") and told.get("skipna", True) is True and not told.get("min_count"):
            return _of_rows(self, name, columns)
        if axis not in (0, "index"):
            raise Declined("this axis")
        values = [reductions.asked(name, _as_number(name, value), **told) for _, value in columns]
        return _reduced(self, [label for label, _ in columns], values)

    def of_numbers(self: DataFrame, axis: Any = 0, skipna: Any = True, *, numeric_only: Any = False) -> Any:
        return made(self, _chosen(self, numeric_only), axis, skipna=skipna)

    def sums(
        self: DataFrame, axis: Any = 0, skipna: Any = True, *, numeric_only: Any = False, min_count: Any = 0
    ) -> Any:
        return made(self, _chosen(self, numeric_only), axis, skipna=skipna, min_count=min_count)

    def tests(self: DataFrame, *, axis: Any = 0, bool_only: Any = False, skipna: Any = True) -> Any:
        columns = [pair for pair in self._table.columns if not bool_only or pair[1].dtype == BOOL]
        if type(bool_only) is not bool:
            raise Declined("this bool_only")
        if axis is not None:
            return made(self, _some(columns), axis, skipna=skipna)
        found = asked_of(self._table.node, [reductions.asked(name, value, skipna=skipna) for _, value in columns])
        return np.bool_(any(found) if name == "any" else all(found))

    def counts(self: DataFrame, axis: Any = 0, *, numeric_only: Any = False) -> Any:
        return made(self, _chosen(self, numeric_only), axis)

    def differing(self: DataFrame, axis: Any = 0) -> Any:
        return made(self, _chosen(self, False), axis)

    forms: dict[str, Callable[..., Any]] = {
        "sum": sums,
        "any": tests,
        "all": tests,
        "count": counts,
        "nunique": differing,
    }
    method(DataFrame, name, "of each column or row; numbers, and booleans as such")(forms.get(name, of_numbers))


def _reduced(self: DataFrame, labels: list[Hashable], values: list[Expr]) -> Any:
    dtype = _common(values)
    if dtype not in (INT, FLOAT, BOOL):
        raise Declined(f"results of {dtype}")
    found = asked_of(self._table.node, values)
    if dtype != FLOAT and any(one != one for one in found):
        raise Declined("no rows")
    return _given(lambda: pd.Series(found, index=labels_index(labels), dtype=dtype))


for _name in reductions.NAMES:
    if _name not in ("std", "var"):
        _declare(_name)


def _declare_frame_spread(name: str) -> None:
    @method(DataFrame, name, "of each column, or row if ddof is 1, of signed integers or float64; ddof 0 or 1")
    def of_frame(
        self: DataFrame, axis: Any = 0, skipna: Any = True, *, ddof: Any = 1, numeric_only: Any = False
    ) -> Any:
        columns = _chosen(self, numeric_only)
        if axis in (1, "columns") and ddof == 1 and type(ddof) is int and skipna is True:
            return _of_rows(self, name, columns)
        if axis not in (0, "index"):
            raise Declined("a number for each row")
        values = [_or_missing(spread(name, value, ddof), value, skipna) for _, value in columns]
        return _reduced(self, [label for label, _ in columns], values)


for _name in ("std", "var", "sem"):
    _declare_frame_spread(_name)


@method(DataFrame, "quantile", "of finite numbers")
def _frame_quantile(self: DataFrame, q: Any = 0.5, axis: Any = 0, *, numeric_only: Any = False) -> Any:
    if axis in (1, "columns"):
        return _quantile_of_rows(self, _share(q), numeric_only)
    if axis not in (0, "index"):
        raise Declined("this axis")
    columns = _chosen(self, numeric_only)
    labels = [label for label, _ in columns]
    shares = [_share(one) for one in (q if isinstance(q, list | tuple) else [q])]
    found = asked_of(self._table.node, [reductions.quantile(value, share) for share in shares for _, value in columns])
    table = np.array(found, dtype="float64").reshape(len(shares), len(labels))
    if isinstance(q, list | tuple):
        return _given(lambda: pd.DataFrame(table, index=pd.Index(shares), columns=labels_index(labels)))
    return _given(lambda: pd.Series(table[0], index=labels_index(labels), name=q))


def _quantile_of_rows(self: DataFrame, share: float, numeric_only: Any) -> Any:
    columns = _chosen(self, numeric_only)
    if any(value.dtype not in (FLOAT, INT) for _, value in columns) or not has_rows(self._table.node):
        raise Declined("quantiles of other than numbers, or no rows")
    numbers = [cast(value, FLOAT) for _, value in columns]
    listed = joined("[" + ", ".join("{}" for _ in numbers) + "]", *numbers)
    text = joined(f"list_aggregate({{}}, 'quantile_cont', {share!r})", listed)
    tests = [joined("coalesce(isinf({}), false)", number) for number in numbers]
    text = refusing(joined(" OR ".join("{}" for _ in tests), *tests), "quantiles of infinite values", text)
    node, found = assigned(self._table.node, "__quantile", Expr(text, FLOAT, True), here())
    return Lazy.recorded(Vector(node, found, share, self._table.index), is_frame=False)


# -- describe ----------------------------------------------------------------------------------------------------------

_SHARES = (0.25, 0.5, 0.75)


def _described(columns: Columns, shares: Sequence[float]) -> list[Expr]:
    found = []
    for _, value in columns:
        if value.dtype not in (FLOAT, INT):
            raise Declined(f"a description of {value.dtype}")
        found += [reductions.reduced(name, value) for name in ("count", "mean", "std", "min")]
        found += [reductions.quantile(value, share) for share in shares]
        found.append(reductions.reduced("max", value))
    return found


def _table(node: Node, columns: Columns, shares: Sequence[float]) -> np.ndarray[Any, np.dtype[np.float64]]:
    found = np.array(asked_of(node, _described(columns, shares)), dtype="float64")
    return found.reshape(len(columns), len(shares) + 5).T


def _shares(percentiles: Any) -> tuple[list[float], pd.Index[Any]]:
    """The quantiles of a description in their order, and the labels of all its rows. Raises Declined."""
    listed = _SHARES if percentiles is None else percentiles
    if not isinstance(listed, list | tuple | np.ndarray) or len(listed) == 0:
        raise Declined("these percentiles")
    shares = sorted(_share(one) for one in listed)
    if len(set(shares)) < len(shares):
        raise Declined("a percentile twice")
    with object_mode():
        return shares, pd.Series([1.0, 2.0]).describe(percentiles=list(listed)).index


@method(Series, "describe", "int64 and finite float64; percentiles")
def _describe(self: Series, percentiles: Any = None) -> Any:
    state, (shares, rows) = self._vector, _shares(percentiles)
    table = _table(state.node, [(state.name, state.value)], shares)
    return _given(lambda: pd.Series(table[:, 0], index=rows, name=state.name))


@method(DataFrame, "describe", "the columns of numbers, int64 and finite float64; percentiles, include")
def _describe_frame(self: DataFrame, percentiles: Any = None, include: Any = None) -> Any:
    shares, rows = _shares(percentiles)
    if isinstance(include, np.ndarray):
        include = include.tolist()
    if include is not None and include != "all":
        self = self.select_dtypes(include=include)
        if not isinstance(self._state, Table) or any(not is_number(value.dtype) for _, value in self._table.columns):
            raise Declined("a description of other than numbers")
    columns = [pair for pair in self._table.columns if is_number(pair[1].dtype)]
    labels = [label for label, _ in columns]
    if not columns or any(not isinstance(label, str) for label in labels):
        raise Declined("no column of numbers")
    if any(value.dtype.kind in "mM" for _, value in self._table.columns):
        raise Declined("columns of times")
    if isinstance(include, str) and include == "all" and len(columns) < len(self._table.columns):
        raise Declined("a description of other than numbers")
    table = _table(self._table.node, columns, shares)
    return _given(lambda: pd.DataFrame(table, index=rows, columns=pd.Index(labels)))


# -- of two columns ----------------------------------------------------------------------------------------------------


def _paired(name: str, left: Expr, right: Expr) -> Expr:
    """The correlation or covariance of the rows that have both values."""
    pair = [cast(one, FLOAT) for one in (left, right)]
    both: Text = joined(" FILTER (WHERE {} IS NOT NULL AND {} IS NOT NULL)", *pair)
    function = "corr" if name == "corr" else "covar_samp"
    text = joined(f"nullif({function}({{}}, {{}}){{}}, 'nan'::DOUBLE)", *pair, both)
    if name == "corr":
        flat = [joined("min({}){} = max({}){}", one, both, one, both) for one in pair]
        bounded = joined("greatest(least({}, 1.0::DOUBLE), -1.0::DOUBLE)", text)  # which leave NULL out
        text = joined("CASE WHEN {} OR {} OR {} IS NULL THEN NULL ELSE {} END", *flat, text, bounded)
    for value, number in zip((left, right), pair, strict=True):
        if value.dtype == FLOAT:
            test = joined("coalesce(bool_or(isinf({})), false)", number)
            text = refusing(test, "correlations of infinite values", text)
    return Expr(text, FLOAT, True)


def at_least_pairs(name: str, left: Expr, right: Expr, min_periods: Any) -> Expr:
    """The same, missing where fewer rows have both values. Raises Declined."""
    if type(min_periods) is not int:
        raise Declined("this min_periods")
    found = _paired(name, left, right)
    if min_periods <= 1:
        return found
    there = joined("count(*) FILTER (WHERE {} IS NOT NULL AND {} IS NOT NULL)", left, right)
    return Expr(joined(f"CASE WHEN {{}} >= {min_periods} THEN {{}} END", there, found), FLOAT, True)


def _declare_pairs(name: str) -> None:
    def of_frame(self: DataFrame, min_periods: Any, numeric_only: Any) -> Any:
        columns = _chosen(self, numeric_only)
        if any(value.dtype.kind not in "biuf" or value.dtype == np.float32 for _, value in columns):
            raise Declined("other than numbers")
        labels, size = [label for label, _ in columns], len(columns)
        places = [(one, other) for one in range(size) for other in range(one, size)]
        values = [at_least_pairs(name, columns[one][1], columns[other][1], min_periods) for one, other in places]
        table = np.empty((size, size))
        for (one, other), found in zip(places, asked_of(self._table.node, values), strict=True):
            table[one, other] = table[other, one] = found
        return _given(lambda: pd.DataFrame(table, index=pd.Index(labels), columns=pd.Index(labels)))

    if name == "corr":

        @method(DataFrame, name, "of finite numbers, by pairs; method='pearson', min_periods")
        def correlated(
            self: DataFrame, method: Any = "pearson", min_periods: Any = 1, numeric_only: Any = False
        ) -> Any:
            if method != "pearson":
                raise Declined("correlations of ranks")
            return of_frame(self, min_periods, numeric_only)
    else:

        @method(DataFrame, name, "of finite numbers, by pairs; min_periods")
        def varying(self: DataFrame, min_periods: Any = None, *, numeric_only: Any = False) -> Any:
            return of_frame(self, 1 if min_periods is None else min_periods, numeric_only)

    @method(Series, name, "of finite numbers over the same rows")
    def of_series(self: Series, other: Any) -> Any:
        node, value, _ = self._other(other)
        if not isinstance(value, Expr) or {self._vector.value.dtype, value.dtype} - {FLOAT, INT}:
            raise Declined("other than a Series of numbers")
        found = asked_of(node, [_paired(name, self._vector.value, value)])
        return found[0]


_declare_pairs("corr")
_declare_pairs("cov")
