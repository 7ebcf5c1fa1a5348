"""One row for each group: the aggregates by name, and `agg` of several."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from stratum_sql.pandas import reductions
from stratum_sql.pandas.aligning import ordered
from stratum_sql.pandas.axes import said
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.expressions import Expr, column, joined
from stratum_sql.pandas.grouping import NATIVE, Asked, grouped, has_groups
from stratum_sql.pandas.kinds import BOOL, FLOAT, INT, LISTS, TEXT, is_number, objects
from stratum_sql.pandas.lazy import Lazy, own
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.moving import check_values
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import Aggregate, Node
from stratum_sql.pandas.sources import labels_index
from stratum_sql.pandas.states import Index, Table, Vector
from stratum_sql.pandas.traceable import is_traceable
from stratum_sql.pandas.tracing import summarised
from stratum_sql.pandas.windows import has_rows

NAMES = ("sum", "mean", "min", "max", "count", "nunique", "std", "var", "median", "first", "last", "sem")
Named = list[tuple[Hashable, Expr]]


def asked_in_order(asked: Asked) -> tuple[Asked, str]:
    """The same over a node that has the number of a row in one column, and that column."""
    node, first = ordered(asked.state.node, here())
    return replace(asked, state=Table(node, asked.state.columns, asked.state.index)), first


def reduced(asked: Asked, name: str, value: Expr, first: str) -> Expr:
    """The aggregate of a group; `first` is the number of a row. Raises Declined."""
    if name != "size":
        check_values([(name, value)])
    if name in ("first", "last"):
        return _end(name, value, first)
    if name in ("any", "all"):
        return reductions.reduced(name, value)
    if name not in NAMES and name != "size":
        raise Declined(f"the aggregate {name}")
    if name == "size":
        return Expr(("count(*)",), INT)
    if name == "sem":
        spread = reductions.reduced("std", value)
        return Expr(joined("({} / sqrt(count({})))", spread, value), FLOAT, True)
    if name in ("min", "max") and value.dtype in (TEXT, BOOL) and not value.nullable and has_rows(asked.state.node):
        return Expr(joined(f"{name}({{}})", value), value.dtype)
    if name == "sum" and not (value.dtype in (INT, FLOAT) or (value.dtype == BOOL and has_rows(asked.state.node))):
        raise Declined(f"sums of {value.dtype}")  # of small integers the dtype is that which holds them
    return reductions.reduced(name, value)


def _end(name: str, value: Expr, first: str) -> Expr:
    """The first or last value that is not missing."""
    function = "arg_min" if name == "first" else "arg_max"
    where = joined(" FILTER (WHERE {} IS NOT NULL)", value) if value.nullable else ()
    return Expr(joined(f"{function}({{}}, {{}}){{}}", value, first, where), value.dtype, value.nullable)


def of_quantile(value: Expr, q: Any) -> Expr:
    """The value with so many of all below it, between two of them in proportion. Raises Declined."""
    if isinstance(q, bool) or not isinstance(q, int | float | np.floating) or not 0 <= q <= 1:
        raise Declined("this quantile")
    return reductions.quantile(value, float(q))


# -- results -----------------------------------------------------------------------------------------------------------


def aggregated(asked: Asked, first: str, values: Named, *, single: bool) -> Any:
    """A Series or frame of the values, a row for each group, with the keys as its index or first columns."""
    if not values:
        raise Declined("nothing to aggregate")
    _check_missing_keys(asked)
    made, levels, columns = aggregate_node(asked, first, values)
    if not asked.options["as_index"]:
        if {label for label, _ in levels} & {label for label, _ in columns}:
            raise Declined("two columns of one name")
        return Lazy.recorded(Table(made, (*levels, *columns), Index(())), is_frame=True)
    if single:
        label, value = columns[0]
        return Lazy.recorded(Vector(made, value, label, Index(tuple(levels))), is_frame=False)
    return Lazy.recorded(Table(made, tuple(columns), Index(tuple(levels))), is_frame=True)


def _check_missing_keys(asked: Asked) -> None:
    """Raise Declined for an index with missing keys among others, or of missing texts alone."""
    gaps = [key for key in asked.by if key.nullable] if asked.with_missing else []
    if gaps and len(asked.by) > 1 and asked.options["as_index"]:
        raise Declined("missing keys in an index of several levels")
    if any(objects(key.dtype) is not None for key in gaps):
        raise Declined("an index of objects, some missing")
    for key in (key for key in gaps if key.dtype == TEXT):
        if not engine().answer(asked.state.node, joined("count({}) > 0", key)):
            raise Declined("an index of missing keys alone")


def aggregate_node(asked: Asked, first: str, values: Named) -> tuple[Aggregate, Named, Named]:
    """The node of one row a group, its keys and its values, each with a label."""
    made = Aggregate(
        place=here(), child=asked.state.node, keys=(), values=(), first=first, by_key=asked.options["sort"],
        with_missing=asked.with_missing,
    )  # fmt: skip
    keys = tuple((made.names.new("key" if key.label is None else key.label), key.value) for key in asked.keys)
    named = tuple((made.names.new("value" if label is None else said(label)), value) for label, value in values)
    made = replace(made, keys=keys, values=named)
    levels = [
        (key.label, column(name, value.dtype, nullable=asked.with_missing and value.nullable))
        for key, (name, value) in zip(asked.keys, keys, strict=True)
    ]
    columns = [
        (label, column(name, value.dtype, nullable=value.nullable))
        for (label, _), (name, value) in zip(values, named, strict=True)
    ]
    return made, levels, columns


# -- by name -----------------------------------------------------------------------------------------------------------


def by_name(asked: Asked, name: str) -> Any:
    """The aggregate of each column."""
    asked, first = asked_in_order(asked)
    return aggregated(
        asked,
        first,
        [(label, reduced(asked, name, value, first)) for label, value in asked.values],
        single=asked.is_single,
    )


_ENDS = ("first", "last")


def _declare(name: str) -> None:
    def reduce(asked: Asked, numeric_only: bool = False, min_count: Any = None, *, skipna: Any = True) -> Any:
        if type(numeric_only) is not bool or type(skipna) is not bool:
            raise Declined("what is no boolean")
        chosen = _of_numbers(asked) if numeric_only is True else asked
        if min_count is None and skipna:
            return by_name(chosen, name)
        return _with_missing(chosen, name, min_count, skipna=skipna)

    grouped(name, _NOTES.get(name, "min_count and skipna of float64"))(reduce)


_NOTES = dict.fromkeys(("min", "max"), "numbers; texts and booleans, none missing; min_count and skipna of float64")


def _with_missing(asked: Asked, name: str, min_count: Any, *, skipna: bool) -> Any:
    """The aggregate, missing where one value is, or where fewer are there."""
    asked, first = asked_in_order(asked)
    least = (0 if name == "sum" else -1) if min_count is None else min_count
    if (
        type(least) is not int
        or (name in _ENDS and not skipna)
        or any(value.dtype != FLOAT for _, value in asked.values)
    ):
        raise Declined("this min_count or skipna, or other than float64")
    found = []
    for label, value in asked.values:
        whole = reduced(asked, name, value, first)
        whole = whole if skipna else reductions.unless_missing(whole, value)
        found.append((label, reductions.at_least(whole, value, least)))
    return aggregated(asked, first, found, single=asked.is_single)


def _of_numbers(asked: Asked) -> Asked:
    """The same of the columns of numbers and booleans alone."""
    if asked.is_single:
        return asked
    check_values(asked.values)  # of which some may be numbers
    kept = [label for label, value in asked.values if is_number(value.dtype) or value.dtype == BOOL]
    if not kept:
        raise Declined("no column of numbers")
    return replace(asked, selected=kept)


for _name in NAMES:
    _declare(_name)


@grouped("size")
def _size(asked: Asked) -> Any:
    asked, first = asked_in_order(asked)
    if asked.is_single:
        check_values(asked.values)  # whose sizes may be of a dtype of their own
    label = asked.labels[0] if asked.is_single else None
    if not asked.options["as_index"]:
        return aggregated(asked, first, [("size", Expr(("count(*)",), INT))], single=False)
    return aggregated(asked, first, [(label, Expr(("count(*)",), INT))], single=True)


@grouped("quantile", "quantiles of int64 or float64, one or a list")
def _quantile(asked: Asked, q: Any = 0.5, *, numeric_only: bool = False) -> Any:
    asked, first = asked_in_order(_of_numbers(asked) if numeric_only is True else asked)
    if isinstance(q, list | np.ndarray):
        return _quantiles(asked, first, list(q))
    values = [(label, of_quantile(value, q)) for label, value in asked.values]
    return aggregated(asked, first, values, single=asked.is_single)


def _quantiles(asked: Asked, first: str, shares: list[Any]) -> Any:
    """A row for each group and quantile: DuckDB makes a column of each, pandas puts them below each other."""
    if (
        not asked.options["as_index"]
        or not asked.options["sort"]
        or not shares
        or not has_groups(asked)
        or not has_rows(asked.state.node)
    ):
        raise Declined("keys as columns, groups as they come, or none")
    labels = [label for label, _ in asked.values]
    values: Named = [(f"q{at}", of_quantile(value, q)) for at, (_, value) in enumerate(asked.values) for q in shares]
    values = [(f"{label}_{number}", value) for number, (label, value) in enumerate(values)]
    table = own(aggregated(asked, first, values, single=False)._state)
    with object_mode():
        index = table.index
        levels = [index.get_level_values(place).repeat(len(shares)) for place in range(index.nlevels)]
        names = [*index.names, None]
        made = pd.MultiIndex.from_arrays([*levels, np.tile(np.asarray(shares, dtype=float), len(table))], names=names)
        cells = table.to_numpy().reshape(len(table), len(labels), len(shares)).transpose(0, 2, 1)
        whole = pd.DataFrame(cells.reshape(-1, len(labels)), index=made, columns=labels_index(labels))
        if not asked.is_single:
            return Lazy.of(whole)
        return Lazy.of(pd.Series(whole.iloc[:, 0], name=labels[0]))


# -- agg ---------------------------------------------------------------------------------------------------------------


@grouped("agg", "names and simple functions: one, a list, a dict of such by label, label=(column, name)")
def _agg(asked: Asked, func: Any = None, **kwargs: Any) -> Any:
    if func is not None and kwargs:
        raise Declined("these arguments")
    if isinstance(func, str):
        if asked.is_single or func != "size":
            return by_name(asked, func)
        raise Declined("size among several columns")
    if callable(func):
        listed = [(label, label, func) for label in asked.labels]
        return _of_list(asked, listed, single=asked.is_single)
    return _of_list(asked, _listed(asked, func, kwargs), single=False)


@grouped("aggregate", "as agg")
def _aggregate(asked: Asked, func: Any = None, **kwargs: Any) -> Any:
    return _agg(asked, func, **kwargs)


Listed = list[tuple[Hashable, Hashable, Any]]  # label of the result, of the column, and what is done


def _listed(asked: Asked, spec: Any, named: dict[str, Any]) -> Listed:
    if spec is None and named and asked.is_single:
        return [(label, asked.labels[0], what) for label, what in named.items()]
    if spec is None and named:
        if not all(isinstance(pair, tuple) and len(pair) == 2 for pair in named.values()):
            raise Declined("these aggregates")
        return [(label, *pair) for label, pair in named.items()]
    if isinstance(spec, list) and spec and all(isinstance(one, str) for one in spec) and len(set(spec)) == len(spec):
        if asked.is_single:
            return [(name, asked.labels[0], name) for name in spec]
        return [((label, name), label, name) for label in asked.labels for name in spec]
    if isinstance(spec, dict) and spec and not asked.is_single:
        return _of_dict(spec)
    raise Declined("these aggregates")


def _of_dict(spec: dict[Any, Any]) -> Listed:
    if not any(isinstance(what, list) for what in spec.values()):
        return [(label, label, what) for label, what in spec.items()]
    listed = {label: [what] if isinstance(what, str) else what for label, what in spec.items()}
    if not all(isinstance(what, list) and all(isinstance(one, str) for one in what) for what in listed.values()):
        raise Declined("lists beside functions")
    return [((label, name), label, name) for label, what in listed.items() for name in what]


def _of_list(asked: Asked, listed: Listed, *, single: bool) -> Any:
    labels = [label for label, _, _ in listed]
    known = set(asked.labels)
    if len(set(labels)) != len(labels) or any(of not in known for _, of, _ in listed):
        raise Declined("labels that are not there, keys, or two of one name")
    if any(isinstance(label, tuple) for label in labels) and not asked.options["as_index"]:
        raise Declined("keys beside labels of two levels")
    asked, first = asked_in_order(asked)
    values: Named = []
    for label, of, what in listed:
        asked, value = _done(asked, dict(asked.state.columns)[of], what, first)
        values.append((label, value))
    return aggregated(asked, first, values, single=single)


def _done(asked: Asked, value: Expr, what: str | Callable[..., Any], first: str) -> tuple[Asked, Expr]:
    if isinstance(what, str):
        return asked, reduced(asked, what, value, first)
    check_values([("of a group", value)])
    if what is list:
        return asked, _as_list(value, first)
    if (name := name_of(asked, value, what)) is not None:
        return asked, reduced(asked, name, value, first)
    if not is_traceable(what):
        raise Declined("a function that is not simple")
    node, found = summarised(asked, value, what)
    return _over(asked, node), found


def name_of(asked: Asked, value: Expr, function: Any) -> str | None:
    """The aggregate that a function of NumPy or Python is over each group; None for others. Raises Declined."""
    found = next((name for known, name in _FUNCTIONS if known is function), None)
    if found is None:
        return None
    if not has_groups(asked) or not has_rows(asked.state.node):
        raise Declined("a function of no groups")
    if value.dtype not in (FLOAT, INT) and not (found == "size" and value.dtype == TEXT):
        raise Declined(f"a function of {value.dtype}")
    if function in (sum, min, max) and value.nullable:
        raise Declined("a function of Python, of missing values")
    return found


_FUNCTIONS: tuple[tuple[Any, str], ...] = (
    (np.sum, "sum"), (np.mean, "mean"), (np.min, "min"), (np.max, "max"), (len, "size"), (sum, "sum"), (min, "min"),
    (max, "max"),
)  # fmt: skip


def _as_list(value: Expr, first: str) -> Expr:
    """The texts of a group in their order."""
    if value.dtype != TEXT or value.nullable:
        raise Declined("lists of other than texts, or of missing ones")
    return Expr(joined("list({} ORDER BY {})", value, first), LISTS)


def _over(asked: Asked, node: Node) -> Asked:
    return replace(asked, state=Table(node, asked.state.columns, asked.state.index))


@grouped("apply", "a simple function that gives one number of a column")
def _apply(asked: Asked, func: Any) -> Any:
    if func is list and asked.is_single and asked.options["as_index"]:
        return _agg(asked, func)
    has_some = func is len and has_groups(asked) and has_rows(asked.state.node)
    if has_some and not asked.is_single and asked.options["as_index"]:
        return NATIVE["size"](asked)
    if not asked.is_single or not callable(func) or not asked.options["as_index"]:
        raise Declined("a function that is not simple, or of several columns")
    label, value = asked.values[0]
    if name_of(asked, value, func) is not None:
        return _agg(asked, func)
    if not is_traceable(func):
        raise Declined("a function that is not simple, or of several columns")
    asked, first = asked_in_order(asked)
    node, found = summarised(asked, value, func)
    return aggregated(_over(asked, node), first, [(label, found)], single=True)
