"""One value for each row, of the rows of its group: before and after it, and aggregates beside each."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import Any

import numpy as np

from stratum_sql.pandas import windows
from stratum_sql.pandas.aligning import beside, labelled
from stratum_sql.pandas.cumulative import cumulative
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr, joined
from stratum_sql.pandas.group_agg import by_method, name_of, wanted
from stratum_sql.pandas.group_aggregates import asked_in_order, of_numbers, of_quantile, over, reduced
from stratum_sql.pandas.grouping import Asked, grouped
from stratum_sql.pandas.index_traits import keeps_levels
from stratum_sql.pandas.kinds import BOOL, FLOAT, INT, TEXT
from stratum_sql.pandas.lazy import Lazy
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import Filter
from stratum_sql.pandas.states import Table, Vector
from stratum_sql.pandas.traceable import over_traced
from stratum_sql.pandas.tracing import transformed
from stratum_sql.pandas.window_methods import Function, difference
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


@grouped("diff", "signed numbers and times, by rows")
def _diff(asked: Asked, periods: Any = 1) -> Any:
    return _windowed(asked, lambda rows, value: difference(rows, value, periods))


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
    def cumulate(asked: Asked, numeric_only: Any = False, *, skipna: Any = True) -> Any:
        if type(numeric_only) is not bool or type(skipna) is not bool:
            raise Declined("what is no boolean")
        asked = of_numbers(asked) if numeric_only else asked
        if not skipna and any(value.nullable and value.dtype != FLOAT for _, value in asked.values):
            raise Declined("missing values that count")
        return _windowed(asked, lambda rows, value: cumulative(rows, value, name, skipna=skipna))


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


def _chosen(asked: Asked, template: str, number: int | str) -> Any:
    """The rows whose number in their group passes; `{}` are the windows."""
    rows, state = rows_of(asked), asked.state
    if len(state.index.levels) > 1 and not keeps_levels(state):
        raise Declined("an index of several levels, which keep in pandas what no row has any more")
    parts = [rows.over() if part == "row" else rows.over_all() for part in _WINDOWS[template]]
    ahead, _, behind = str(number).partition("|")
    test = joined(_TESTS[template].replace("##", behind).replace("#", ahead), *parts)
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
    "all but the last": "(row_number(){} <= count(*){} - #)",
    "all but the first": "(row_number(){} > #)",
    "among": "(row_number(){} - 1 IN (#) OR row_number(){} - 1 - count(*){} IN (##))",
    "nth": "(row_number(){} - 1 = #)",
    "nth from the end": "(row_number(){} - 1 - count(*){} = #)",
}
_WINDOWS = {
    "head": ("row",),
    "tail": ("all", "row"),
    "all but the last": ("row", "all"),
    "all but the first": ("row",),
    "among": ("row", "row", "all"),
    "nth": ("row",),
    "nth from the end": ("row", "all"),
}


@grouped("head", "a count; a negative one leaves out the last rows")
def _head(asked: Asked, n: Any = 5) -> Any:
    return _chosen(asked, "head" if _count(n) >= 0 else "all but the last", abs(n))


@grouped("tail", "a count; a negative one leaves out the first rows")
def _tail(asked: Asked, n: Any = 5) -> Any:
    return _chosen(asked, "tail" if _count(n) >= 0 else "all but the first", abs(n))


def _count(n: Any) -> int:
    if type(n) is not int:
        raise Declined("a count that is no integer")
    return n


@grouped("nth", "numbers, one or a list")
def _nth(asked: Asked, n: Any, dropna: Any = None) -> Any:
    if dropna is not None:
        raise Declined("rows without missing values")
    if isinstance(n, list | tuple | set | np.ndarray):
        return _several(asked, [int(one) for one in n if isinstance(one, int | np.integer)], len(n))
    if isinstance(n, bool) or not isinstance(n, int | np.integer):
        raise Declined("rows by other than numbers")
    return _chosen(asked, "nth" if n >= 0 else "nth from the end", int(n))


def _several(asked: Asked, numbers: list[int], count: int) -> Any:
    ahead = ", ".join(str(one) for one in numbers if one >= 0) or "-1"
    behind = ", ".join(str(one) for one in numbers if one < 0) or "0"
    if len(numbers) < count or not numbers:
        raise Declined("rows by other than numbers")
    return _chosen(asked, "among", f"{ahead}|{behind}")


_OF_EACH_ROW = ("shift", "diff", "rank", "pct_change", "cumsum", "cummax", "cummin", "cumprod", "ffill", "bfill")

# -- aggregates beside their rows --------------------------------------------------------------------------------------


@grouped("transform", "a name; a simple function; lists, dicts and label=NamedAgg of names")
def _transform(asked: Asked, func: Any = None, *args: Any, **kwargs: Any) -> Any:
    if func is None or isinstance(func, list | dict):
        return _of_several(asked, func, args, kwargs)
    if callable(func) and asked.is_single and not args and not kwargs:
        func = name_of(asked, asked.values[0][1], func) or func
    if not isinstance(func, str):
        return _by_function(asked, func, args, kwargs)
    if func == "cumcount":
        return by_method(asked, func, args, kwargs)
    if func in _OF_EACH_ROW:
        return by_method(asked, func, args, kwargs)
    if kwargs or (args and (func != "quantile" or len(args) != 1)):
        raise Declined("these arguments")
    return _spread(asked, func, args)


def _of_several(asked: Asked, func: Any, args: Any, kwargs: Any) -> Any:
    """Each by itself, over one node: of a frame alone."""
    if asked.is_single or args or (func is not None and kwargs):
        raise Declined("these arguments")
    if isinstance(func, dict) and any(not isinstance(one, str) for one in func.values()):
        raise Declined("functions among several")
    node, columns = asked.state.node, list[tuple[Hashable, Expr]]()
    for one in wanted(asked, func, kwargs):
        if not isinstance(one.what, str) or one.args or one.kwargs or one.of not in asked.labels:
            raise Declined("functions among several")
        found = _transform(replace(over(asked, node), selected=one.of), one.what)
        node = found._vector.node
        columns.append((one.label, found._vector.value))
    if len({label for label, _ in columns}) < len(columns):
        raise Declined("two of one name")
    return asked.beside_rows(node, columns)


def _by_function(asked: Asked, func: Any, args: Any, kwargs: Any) -> Any:
    """Each column by itself, as a function does that computes from the values of a group alone."""
    function = over_traced(func, args, kwargs)
    if function is None:
        raise Declined("a function that is not simple")
    node, columns, wholes = asked.state.node, list[tuple[Hashable, Expr]](), set()
    for label, value in asked.values:
        node, found, is_whole = transformed(over(asked, node), value, function)
        columns.append((label, found))
        wholes |= {found.dtype} if is_whole else set()
    if not columns:
        raise Declined("no columns")
    if len(wholes) > 1:
        raise Declined("numbers of a group of two types")  # of which pandas may make one Series
    return asked.beside_rows(node, columns)


def _spread(asked: Asked, func: str, args: tuple[Any, ...]) -> Any:
    """An aggregate beside each row of its group."""
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
