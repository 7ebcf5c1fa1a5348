"""One row for each group: the aggregates by name."""

from __future__ import annotations

from collections.abc import Hashable
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
from stratum_sql.pandas.group_values import of_others, prepared
from stratum_sql.pandas.grouping import Asked, grouped, has_groups
from stratum_sql.pandas.kinds import BOOL, FLOAT, INT, TEXT, is_number, objects
from stratum_sql.pandas.lazy import Lazy, own
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.moving import check_values
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import Aggregate, Node
from stratum_sql.pandas.sources import labels_index
from stratum_sql.pandas.states import Index, Table, Vector
from stratum_sql.pandas.windows import has_rows

NAMES = ("sum", "mean", "min", "max", "count", "nunique", "std", "var", "median", "first", "last", "sem")
Named = list[tuple[Hashable, Expr]]


def asked_in_order(asked: Asked) -> tuple[Asked, str]:
    """The same over a node that has the number of a row in one column, and that column."""
    node, first = ordered(asked.state.node, here())
    return replace(asked, state=Table(node, asked.state.columns, asked.state.index)), first


def over(asked: Asked, node: Node) -> Asked:
    """The same over a node that has more columns."""
    return (
        asked if node is asked.state.node else replace(asked, state=Table(node, asked.state.columns, asked.state.index))
    )


def reduced(asked: Asked, name: str, value: Expr, first: str) -> Expr:
    """The aggregate of a group; `first` is the number of a row. Raises Declined."""
    if name != "size" and (found := of_others(name, value, first)) is not None:
        return found
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
    return reductions.reduced(name, value, of_groups=True)


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
    found: Named = []
    for label, value in asked.values:
        node, ready = prepared(asked.state.node, name, value)
        asked = over(asked, node)
        found.append((label, reduced(asked, name, ready, first)))
    return aggregated(asked, first, found, single=asked.is_single)


_ENDS = ("first", "last")


def _declare(name: str) -> None:
    def reduce(asked: Asked, numeric_only: bool = False, min_count: Any = None, *, skipna: Any = True) -> Any:
        if type(numeric_only) is not bool or type(skipna) is not bool:
            raise Declined("what is no boolean")
        chosen = of_numbers(asked) if numeric_only is True else asked
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


def of_numbers(asked: Asked) -> Asked:
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
    asked, first = asked_in_order(of_numbers(asked) if numeric_only is True else asked)
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
