"""Methods of Series and DataFrame that look at rows before and after: shift, diff, cumulative ones, ranks."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from stratum_sql.pandas import times, windows
from stratum_sql.pandas.cumulative import cumulative
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.kinds import BOOL, FLOAT, is_integer, sql_type
from stratum_sql.pandas.operations import method
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.windows import Found, Rows

Function = Callable[[Rows, Expr], Found]


def of_series(self: Series, function: Function) -> Series:
    """The Series with each value changed."""
    state = self._vector
    node, found = function(Rows(state.node), state.value)
    return self._with(found, node)


def of_frame(self: DataFrame, function: Function) -> DataFrame:
    """The frame with each column changed."""
    node, found = self._table.node, []
    for label, value in self._table.columns:
        node, changed = function(Rows(node, of_frame=True), value)
        found.append((label, changed))
    return self._with(found, node)


def _declare(name: str, note: str, function: Callable[..., Function]) -> None:
    def of_one(self: Series, *args: Any, **kwargs: Any) -> Any:
        return of_series(self, function(*args, **kwargs))

    def of_all(self: DataFrame, *args: Any, **kwargs: Any) -> Any:
        return of_frame(self, function(*args, **kwargs))

    of_one.__signature__ = of_all.__signature__ = _signature(function)  # type: ignore[attr-defined]
    method(Series, name, note)(of_one)
    method(DataFrame, name, note)(of_all)


def _signature(function: Callable[..., Any]) -> inspect.Signature:
    """The same arguments behind `self`."""
    given = inspect.signature(function)
    first = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return given.replace(parameters=[first, *given.parameters.values()])


def _shift(periods: Any = 1, *, fill_value: Any = None) -> Function:
    return lambda rows, value: windows.shifted(rows, value, periods, fill_value)


def _diff(periods: Any = 1) -> Function:
    return lambda rows, value: difference(rows, value, periods)


def difference(rows: Rows, value: Expr, periods: Any) -> Found:
    """The value minus that so many rows before; of times a span."""
    if value.dtype.kind not in "mM":
        return windows.difference(rows, value, periods)
    if not _whole(periods):
        raise Declined("a difference by 0")
    node, before = windows.shifted(rows, value, periods)
    return node, times.binary("sub", value, before)


def _whole(periods: Any) -> int:
    """A number of rows or columns, which may be given as a float. Raises Declined."""
    if isinstance(periods, bool) or not isinstance(periods, int | float | np.number) or periods != int(periods):
        raise Declined("rows that are no number")
    return int(periods)


def _of_columns(self: DataFrame, periods: Any) -> DataFrame:
    """`shift` along the columns: what comes in is the first or last column, of missing values."""
    columns, step = list(self._table.columns), _whole(periods)
    if not 0 < abs(step) < len(columns) or not windows.has_rows(self._table.node):
        raise Declined("no step or rows, or as many as columns")
    edge = columns[0 if step > 0 else -1][1]
    if edge.dtype == BOOL:
        raise Declined("booleans that are missing")
    dtype = FLOAT if is_integer(edge.dtype) else edge.dtype
    gaps = [Expr((f"NULL::{sql_type(dtype)}",), dtype, True)] * abs(step)
    values = [value for _, value in columns]
    moved = [*gaps, *values[:-step]] if step > 0 else [*values[-step:], *gaps]
    return self._with((label, value) for (label, _), value in zip(columns, moved, strict=True))


@method(DataFrame, "shift", "numbers, texts and times, by rows or columns; a fill_value; several periods")
def _shift_frame(
    self: DataFrame, periods: Any = 1, *, axis: Any = 0, fill_value: Any = None, suffix: Any = None
) -> Any:
    if axis in (1, "columns") and fill_value is None and suffix is None:
        return _of_columns(self, periods)
    if axis not in (0, "index") or not (suffix is None or isinstance(suffix, str)):
        raise Declined("filled along the columns, or a suffix that is no text")
    if not isinstance(periods, list | tuple):
        if suffix:
            raise Declined("a suffix of one period")
        return of_frame(self, _shift(periods, fill_value=fill_value))
    if not periods or not all(isinstance(label, str) for label in self._table.columns.labels):
        raise Declined("no periods, or labels that are no texts")
    if not windows.has_rows(self._table.node):
        raise Declined("no rows")
    node, found = self._table.node, []
    for period in periods:
        for label, value in self._table.columns:
            node, changed = windows.shifted(Rows(node, of_frame=True), value, period, fill_value)
            found.append((f"{label}{suffix or ''}_{period}", changed))
    if len({label for label, _ in found}) < len(found):
        raise Declined("a period twice")
    return self._with(found, node)


@method(DataFrame, "diff", "signed numbers and times, by rows or columns")
def _diff_frame(self: DataFrame, periods: Any = 1, axis: Any = 0) -> Any:
    if axis in (1, "columns"):
        return self.sub(_of_columns(self, periods))
    if axis not in (0, "index"):
        raise Declined("this axis")
    return of_frame(self, _diff(_whole(periods)))


def _pct_change(periods: Any = 1) -> Function:
    return lambda rows, value: windows.change(rows, value, periods)


def _rank(
    axis: Any = 0,
    method: Any = "average",
    numeric_only: Any = False,
    na_option: Any = "keep",
    ascending: Any = True,
    pct: Any = False,
) -> Function:
    if axis not in (0, "index") or numeric_only is not False:
        raise Declined("ranks of columns")
    return lambda rows, value: windows.ranked(rows, value, method, ascending, na_option, pct)


def _cumulative(name: str) -> Callable[..., Function]:
    return lambda: lambda rows, value: cumulative(rows, value, name)


def _fill(name: str) -> Callable[..., Function]:
    def made(*, limit: Any = None) -> Function:
        return lambda rows, value: windows.filled(rows, value, name, limit)

    return made


method(Series, "shift", "numbers, texts and times, by rows; a fill_value")(
    lambda self, periods=1, *, fill_value=None: of_series(self, _shift(periods, fill_value=fill_value))
)
method(Series, "diff", "signed numbers and times, by rows")(
    lambda self, periods=1: of_series(self, _diff(_whole(periods)))
)
_declare("pct_change", "int64 and float64, by rows", _pct_change)
_declare("rank", "all methods, pct, ascending, na_option", _rank)
for _name in ("cumsum", "cummax", "cummin", "cumprod"):
    _declare(_name, "float64; integers but for cumprod", _cumulative(_name))
for _name in ("ffill", "bfill"):
    _declare(_name, "a limit", _fill(_name))
