"""Aggregates of groups that are asked for less often: `any`, `all`, `idxmax`, `idxmin`."""

from __future__ import annotations

from typing import Any

from stratum_sql.pandas import reductions
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.expressions import Expr, joined
from stratum_sql.pandas.group_aggregates import aggregated, asked_in_order
from stratum_sql.pandas.group_values import of_others
from stratum_sql.pandas.grouping import Asked, grouped
from stratum_sql.pandas.kinds import INT, TEXT, is_number
from stratum_sql.pandas.lazy import Lazy
from stratum_sql.pandas.states import Held


def _declare_logical(name: str) -> None:
    @grouped(name, "booleans, numbers, texts none of which is missing")
    def of_groups(asked: Asked, skipna: Any = True) -> Any:
        if skipna is not True and any(value.nullable for _, value in asked.values):
            raise Declined("missing values that count")
        asked, first = asked_in_order(asked)
        values = [
            (label, of_others(name, value, first) or reductions.reduced(name, value, of_groups=True))
            for label, value in asked.values
        ]
        return aggregated(asked, first, values, single=asked.is_single)


def _declare_place(name: str) -> None:
    function = "arg_max" if name == "idxmax" else "arg_min"

    @grouped(name, "numbers, of rows with labels of int64 or texts; the first of ties")
    def of_groups(asked: Asked, skipna: Any = True, *, numeric_only: Any = False) -> Any:
        if numeric_only is not False or (skipna is not True and any(value.nullable for _, value in asked.values)):
            raise Declined("numbers alone, or missing values that count")
        asked, first = asked_in_order(asked)
        label = _label(asked, first)
        values = [(of, _place(function, value, label, first)) for of, value in asked.values]
        found: Lazy = aggregated(asked, first, values, single=asked.is_single)
        state = found._state
        assert not isinstance(state, Held)
        missing = joined(" OR ".join("{} IS NULL" for _ in values), *_columns(state)[-len(values) :])
        if engine().answer(state.node, joined("coalesce(bool_or({}), false)", missing)):
            raise Declined("groups without a value")
        return found


def _label(asked: Asked, first: str) -> Expr:
    levels = asked.state.index.levels
    if not levels:
        return Expr((first,), INT)
    if len(levels) > 1 or levels[0][1].dtype not in (INT, TEXT) or levels[0][1].nullable:
        raise Declined("labels of other than int64 or text")
    return levels[0][1]


def _place(function: str, value: Expr, label: Expr, first: str) -> Expr:
    """The label of the first row that has the largest or smallest value."""
    if not is_number(value.dtype):
        raise Declined(f"the place of the largest {value.dtype}")
    order = f"-{first}" if function == "arg_max" else first
    there = joined(" FILTER (WHERE {} IS NOT NULL)", value) if value.nullable else ()
    return Expr(joined(f"{function}({{}}, row({{}}, {order})){{}}", label, value, there), label.dtype)


def _columns(state: Any) -> list[Expr]:
    return [value for _, value in state.columns] if hasattr(state, "columns") else [state.value]


for _name in ("any", "all"):
    _declare_logical(_name)
for _name in ("idxmax", "idxmin"):
    _declare_place(_name)
