"""One value for each row, of the rows of its group: before and after it, and aggregates beside each."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from stratum_sql.pandas import windows
from stratum_sql.pandas.aligning import beside, labelled
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr, joined
from stratum_sql.pandas.group_aggregates import asked_in_order, of_quantile, reduced
from stratum_sql.pandas.grouping import NATIVE, Asked, grouped
from stratum_sql.pandas.index_traits import keeps_levels
from stratum_sql.pandas.kinds import BOOL, INT, TEXT
from stratum_sql.pandas.lazy import Lazy
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import Filter
from stratum_sql.pandas.states import Table, Vector
from stratum_sql.pandas.tracing import is_traceable, transformed
from stratum_sql.pandas.window_methods import Function
from stratum_sql.pandas.windows import Rows


def rows_of(asked: Asked) -> Rows:
    """The rows of each group."""
    return Rows(asked.state.node, tuple(asked.by), asked.with_missing)


def _windowed(asked: Asked, function: Function) -> Any:
    rows, found = rows_of(asked), list[tuple[Hashable, Expr]]()
    for label, value in asked.values:
        node, changed = function(rows, value)
        rows = rows.at(node)
        found.append((label, changed))
    if not found:
        raise Declined("no columns")
    return asked.beside_rows(rows.node, found)


@grouped("shift", "numbers, texts and times, by rows; a fill_value")
def _shift(asked: Asked, periods: Any = 1, *, fill_value: Any = None) -> Any:
    return _windowed(asked, lambda rows, value: windows.shifted(rows, value, periods, fill_value))


@grouped("diff", "signed numbers, by rows")
def _diff(asked: Asked, periods: Any = 1) -> Any:
    return _windowed(asked, lambda rows, value: windows.difference(rows, value, periods))


@grouped("pct_change", "int64 and float64, by rows")
def _pct_change(asked: Asked, periods: Any = 1) -> Any:
    return _windowed(asked, lambda rows, value: windows.change(rows, value, periods))


@grouped("rank", "numbers; all methods, pct, ascending; na_option='keep'")
def _rank(
    asked: Asked, method: Any = "average", ascending: Any = True, na_option: Any = "keep", pct: Any = False
) -> Any:
    if any(value.dtype in (TEXT, BOOL) for _, value in asked.values):
        raise Declined("ranks of texts or booleans in groups")
    return _windowed(asked, lambda rows, value: windows.ranked(rows, value, method, ascending, na_option, pct))


def _declare_cumulative(name: str) -> None:
    @grouped(name, "float64 and int64")
    def cumulate(asked: Asked) -> Any:
        return _windowed(asked, lambda rows, value: windows.cumulative(rows, value, name))


for _name in ("cumsum", "cummax", "cummin", "cumprod"):
    _declare_cumulative(_name)


def _declare_fill(name: str) -> None:
    @grouped(name, "a limit")
    def fill(asked: Asked, limit: Any = None) -> Any:
        return _windowed(asked, lambda rows, value: windows.filled(rows, value, name, limit))


for _name in ("ffill", "bfill"):
    _declare_fill(_name)


@grouped("cumcount", "keys without missing ones")
def _cumcount(asked: Asked, ascending: Any = True) -> Any:
    node, found = windows.counted(rows_of(asked), ascending)
    return Lazy.recorded(Vector(node, found, None, asked.state.index), is_frame=False)


@grouped("ngroup", "sorted groups of keys without missing ones")
def _ngroup(asked: Asked) -> Any:
    if any(key.nullable for key in asked.by) or not asked.options["sort"]:
        raise Declined("keys that are missing, or groups as they come")
    rows = Rows(asked.state.node)
    keys = joined(", ".join("{}" for _ in asked.by), *asked.by)
    node, found = rows.placed(joined("dense_rank() OVER (ORDER BY {}) - 1", keys), INT, nullable=False)
    return Lazy.recorded(Vector(node, found, None, asked.state.index), is_frame=False)


# -- some rows of each group -------------------------------------------------------------------------------------------


def _chosen(asked: Asked, template: str, number: int) -> Any:
    """The rows whose number in their group passes; `{}` are the windows."""
    rows, state = rows_of(asked), asked.state
    if len(state.index.levels) > 1 and not keeps_levels(state):
        raise Declined("an index of several levels, which keep in pandas what no row has any more")
    parts = [rows.over() if part == "row" else rows.over_all() for part in _WINDOWS[template]]
    test = joined(_TESTS[template].replace("#", str(number)), *parts)
    if rows.gaps:
        missing = [key for key in asked.by if key.nullable]
        test = joined(" AND ".join("{} IS NOT NULL" for _ in missing) + " AND {}", *missing, test)
    node, condition = Rows(state.node).placed(test, BOOL, nullable=False)
    node, index = labelled(Table(node, state.columns, state.index), here())
    kept = Filter(place=here(), names=node.base.names, child=node, condition=condition)
    if asked.is_single:
        label, value = asked.values[0]
        return Lazy.recorded(Vector(kept, value, label, index), is_frame=False)
    named = {key.label for key in asked.keys if key.is_column}
    listed = asked.selected if isinstance(asked.selected, list) else None
    columns = [(label, value) for label, value in state.columns if listed is None or label in listed or label in named]
    if listed is not None:
        columns = asked.values
    return Lazy.recorded(Table(kept, tuple(columns), index), is_frame=True)


_TESTS = {
    "head": "(row_number(){} <= #)",
    "tail": "(count(*){} - row_number(){} < #)",
    "nth": "(row_number(){} - 1 = #)",
    "nth from the end": "(row_number(){} - 1 - count(*){} = #)",
}
_WINDOWS = {"head": ("row",), "tail": ("all", "row"), "nth": ("row",), "nth from the end": ("row", "all")}


@grouped("head", "a count that is not negative")
def _head(asked: Asked, n: Any = 5) -> Any:
    return _chosen(asked, "head", _count(n))


@grouped("tail", "a count that is not negative")
def _tail(asked: Asked, n: Any = 5) -> Any:
    return _chosen(asked, "tail", _count(n))


def _count(n: Any) -> int:
    if type(n) is not int or n < 0:
        raise Declined("a negative count")
    return n


@grouped("nth", "one number")
def _nth(asked: Asked, n: Any) -> Any:
    if type(n) is not int:
        raise Declined("several rows of each group")
    return _chosen(asked, "nth" if n >= 0 else "nth from the end", n)


_OF_EACH_ROW = ("shift", "diff", "rank", "pct_change", "cumsum", "cummax", "cummin", "cumprod", "ffill", "bfill")

# -- aggregates beside their rows --------------------------------------------------------------------------------------


@grouped("transform", "a name; a simple function of one column")
def _transform(asked: Asked, func: Any, *args: Any) -> Any:
    if callable(func) and not args and asked.is_single and is_traceable(func):
        label, value = asked.values[0]
        node, found = transformed(asked, value, func)
        return asked.beside_rows(node, [(label, found)])
    if not isinstance(func, str) or (args and (func != "quantile" or len(args) != 1)):
        raise Declined("a function that is not simple, or of several columns")
    if func in _OF_EACH_ROW and not args:
        return NATIVE[func](asked)
    asked, first = asked_in_order(asked)
    node = asked.state.node
    columns: list[tuple[Hashable, Expr]] = []
    for label, value in asked.values:
        total = of_quantile(value, *args) if func == "quantile" else reduced(asked, func, value, first)
        missing = [key for key in asked.by if key.nullable] if asked.leaves_out and total.dtype.kind not in "fO" else []
        if missing and windows.is_some_missing(node, missing):
            raise Declined("integers beside missing keys")
        node, placed = beside(node, asked.by, f"{label}_{func}", total, here(), with_missing=asked.with_missing)
        columns.append((label, Expr(placed.text, placed.dtype) if missing else placed))
    if not columns or (func == "size" and not asked.is_single):
        raise Declined("no columns, or one size of several")
    return asked.beside_rows(node, columns)
