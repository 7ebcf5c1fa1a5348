"""Methods of Series and DataFrame that look at rows before and after: shift, diff, cumulative ones, ranks."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from stratum_sql.pandas import windows
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.lazy import method
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
    return lambda rows, value: windows.difference(rows, value, periods)


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
    if axis != 0 or numeric_only is not False:
        raise Declined("ranks of columns")
    return lambda rows, value: windows.ranked(rows, value, method, ascending, na_option, pct)


def _cumulative(name: str) -> Callable[..., Function]:
    return lambda: lambda rows, value: windows.cumulative(rows, value, name)


def _fill(name: str) -> Callable[..., Function]:
    def made(*, limit: Any = None) -> Function:
        return lambda rows, value: windows.filled(rows, value, name, limit)

    return made


_declare("shift", "numbers, texts and times, by rows; a fill_value", _shift)
_declare("diff", "signed numbers, by rows", _diff)
_declare("pct_change", "int64 and float64, by rows", _pct_change)
_declare("rank", "all methods, pct, ascending; na_option='keep'", _rank)
for _name in ("cumsum", "cummax", "cummin", "cumprod"):
    _declare(_name, "float64; integers but for cumprod", _cumulative(_name))
for _name in ("ffill", "bfill"):
    _declare(_name, "a limit", _fill(_name))
