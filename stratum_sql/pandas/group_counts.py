"""How often values come in each group, what describes them, and the largest of each: `value_counts`, `describe`,
`nlargest`; and `DataFrame.value_counts`, which counts rows.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import Any

from stratum_sql.pandas import reductions
from stratum_sql.pandas.aligning import assigned, labelled
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr, cast, joined
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.group_aggregates import aggregate_node, aggregated, asked_in_order
from stratum_sql.pandas.group_keys import Key
from stratum_sql.pandas.group_windows import rows_of
from stratum_sql.pandas.grouping import Asked, grouped, has_groups
from stratum_sql.pandas.kinds import BOOL, FLOAT, INT, category, is_number
from stratum_sql.pandas.lazy import Lazy
from stratum_sql.pandas.operations import method
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import Filter, Node, Sort
from stratum_sql.pandas.series_methods import is_label
from stratum_sql.pandas.states import Index, Table, Vector
from stratum_sql.pandas.windows import Rows, has_rows


def _sorted(node: Node, *keys: str) -> Node:
    return Sort(place=here(), names=node.base.names, child=node, keys=keys)


def _check_booleans(*given: Any) -> None:
    if any(type(one) is not bool for one in given):
        raise Declined("these arguments")


def _direction(ascending: bool) -> str:
    return "ASC" if ascending else "DESC"


# -- counts ------------------------------------------------------------------------------------------------------------


@grouped("value_counts", "all but bins and subset; as an index")
def _value_counts(
    asked: Asked, normalize: Any = False, sort: Any = True, ascending: Any = False, *, dropna: Any = True
) -> Any:
    _check_booleans(normalize, sort, ascending, dropna)
    values = asked.values
    known = [key.label for key in asked.keys]
    if not dropna or asked.with_missing or not asked.options["as_index"] or not values:
        raise Declined("missing values counted, or keys as columns")
    if any(label in known or category(value.dtype) is not None for label, value in values):
        raise Declined("values that are keys as well, or categories that do not come up")
    wide = len(known)
    keys = (*asked.keys, *(Key(label, value, False) for label, value in values))
    options = asked.options | {"sort": False}
    whole, first = asked_in_order(replace(asked, keys=keys, options=options, selected=None))
    made, levels, ((_, count),) = aggregate_node(whole, first, [("count", Expr(("count(*)",), INT))])
    count = Expr(count.text, INT)
    node: Node = made
    if sort:
        node = _sorted(node, f"{count.text[0]} {_direction(ascending)}")
    if asked.options["sort"]:
        node = _sorted(node, *(f"{value.text[0]} ASC" for _, value in levels[:wide]))
    if normalize:
        over = Rows(node, tuple(value for _, value in levels[:wide])).over_all()
        share = joined("{} / CAST(sum({}){} AS DOUBLE)", count, count, over)
        node, count = assigned(node, "proportion", Expr(share, FLOAT), here())
    name = "proportion" if normalize else "count"
    return Lazy.recorded(Vector(node, count, name, Index(tuple(levels))), is_frame=False)


@method(DataFrame, "value_counts", "several columns, or one by its label; no missing values counted")
def _counts_of_rows(
    self: DataFrame, subset: Any = None, normalize: Any = False, sort: Any = True, ascending: Any = False, *,
    dropna: Any = True,
) -> Any:  # fmt: skip
    _check_booleans(normalize, sort, ascending, dropna)
    keys = self._table.columns.labels if subset is None else subset
    listed = keys if isinstance(keys, list) else [keys]
    if not dropna or not all(is_label(one) for one in listed) or (isinstance(keys, list) and len(keys) < 2):
        raise Declined("missing values counted, or an index of one level in a list")
    if any(category(self._value(one).dtype) is not None for one in listed if one in self):
        raise Declined("categories that do not come up")
    counts = self.groupby(keys, sort=False)._native("size", (), {})
    state = counts._state
    if not isinstance(state, Vector):
        raise Declined("groups that only pandas can hold")
    node, count = state.node, state.value
    if sort:
        node = _sorted(node, f"{count.text[0]} {_direction(ascending)}")
    if normalize:
        share = Expr(joined("{} / CAST(sum({}) OVER () AS DOUBLE)", count, count), FLOAT)
        node, count = assigned(node, "proportion", share, here())
    return Lazy.recorded(Vector(node, count, "proportion" if normalize else "count", state.index), is_frame=False)


# -- what describes a group --------------------------------------------------------------------------------------------

_SHARES = {"25%": 0.25, "50%": 0.5, "75%": 0.75}


@grouped("describe", "the columns of int64 and finite float64; no percentiles")
def _describe(asked: Asked) -> Any:
    if not all(asked.options[name] for name in ("as_index", "sort", "group_keys")):
        raise Declined("keys as columns, or groups in an order of their own")
    if not has_groups(asked) or not has_rows(asked.state.node):
        raise Declined("no groups")
    numbers = [(label, value) for label, value in asked.values if is_number(value.dtype)]
    others = [value for _, value in asked.values if not is_number(value.dtype) and value.dtype.kind in "mMX"]
    if others or not numbers or any(value.dtype not in (INT, FLOAT) for _, value in numbers):
        raise Declined("a description of other than int64 and float64")
    if asked.is_single and asked.values[0][1].dtype == BOOL:
        raise Declined("a description of booleans")
    asked, first = asked_in_order(asked)
    found: list[tuple[Hashable, Expr]] = []
    for label, value in numbers:
        for name, one in _described(value):
            found.append((name if asked.is_single else (label, name), one))
    return aggregated(asked, first, found, single=False)


def _described(value: Expr) -> list[tuple[str, Expr]]:
    found = [("count", cast(reductions.reduced("count", value), FLOAT))]
    found += [(name, reductions.reduced(name, value, of_groups=True)) for name in ("mean", "std")]
    found.append(("min", cast(reductions.reduced("min", value), FLOAT)))
    found += [(name, reductions.quantile(value, share)) for name, share in _SHARES.items()]
    found.append(("max", cast(reductions.reduced("max", value), FLOAT)))
    return found


# -- the largest -------------------------------------------------------------------------------------------------------


def _declare_first(name: str, direction: str) -> None:
    @grouped(name, "one column of int64 or float64, none missing; the first of ties")
    def of_groups(asked: Asked, n: Any = 5) -> Any:
        options = asked.options
        if not asked.is_single or type(n) is not int or n < 1:
            raise Declined("several columns, or a count that is not positive")
        if not (options["as_index"] and options["sort"] and options["group_keys"]) or any(
            key.nullable for key in asked.by
        ):
            raise Declined("keys that are missing or are no labels, or groups as they come")
        label, value = asked.values[0]
        if value.dtype not in (INT, FLOAT) or value.nullable or not has_rows(asked.state.node):
            raise Declined("other than int64 or float64, missing values, or no rows")
        node, index = labelled(Table(asked.state.node, asked.state.columns, asked.state.index), here())
        rows = rows_of(asked).at(node)
        keys = []
        for key in asked.by:
            node, held = assigned(node, "__key", key, here())
            keys.append(held)
        node, held = assigned(node, "__value", value, here())
        over = rows.at(node).over_values(held, direction, ties=True)
        node, wanted = assigned(node, "__wanted", Expr(joined(f"(row_number(){{}} <= {n})", over), BOOL), here())
        node = Filter(place=here(), names=node.base.names, child=node, condition=wanted)
        node = _sorted(node, *(f"{key.text[0]} ASC" for key in keys), f"{held.text[0]} {direction}")
        levels = [(key.label, held) for key, held in zip(asked.keys, keys, strict=True)]
        levels += index.levels
        return Lazy.recorded(Vector(node, held, label, Index(tuple(levels))), is_frame=False)


_declare_first("nlargest", "DESC")
_declare_first("nsmallest", "ASC")
