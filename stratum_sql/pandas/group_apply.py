"""`apply` of groups: numbers of a group, one or several, and rows of it. What a function does with one is traced."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from stratum_sql.pandas.aligning import labelled, plain
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.expressions import Expr, cast, joined
from stratum_sql.pandas.group_agg import by_method, name_of
from stratum_sql.pandas.group_aggregates import Named, aggregated, asked_in_order, over
from stratum_sql.pandas.grouping import NATIVE, Asked, grouped, has_groups
from stratum_sql.pandas.kinds import BOOL, FLOAT, INT, TEXT
from stratum_sql.pandas.lazy import Lazy
from stratum_sql.pandas.moving import check_values
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import Filter, Node, Sort
from stratum_sql.pandas.states import Index, Table, Vector
from stratum_sql.pandas.taking import is_unique
from stratum_sql.pandas.traceable import Traced, over_traced
from stratum_sql.pandas.traced_frames import Column, Group, Totals
from stratum_sql.pandas.traced_names import Row
from stratum_sql.pandas.traced_parts import Chosen, Part, Tracer
from stratum_sql.pandas.tracing import check_groups, number_of, traced
from stratum_sql.pandas.windows import Rows, has_rows


@grouped("apply", "a simple function, which gives a number, a Series of numbers, or rows of the group")
def _apply(asked: Asked, func: Any, *args: Any, **kwargs: Any) -> Any:
    if isinstance(func, str):
        return by_method(asked, func, args, kwargs)
    if ((func is list and asked.is_single) or _is_named(asked, func, args, kwargs)) and asked.options["as_index"]:
        return NATIVE["agg"](asked, func)
    has_some = func is len and has_groups(asked) and has_rows(asked.state.node)
    if has_some and not asked.is_single and asked.options["as_index"]:
        return NATIVE["size"](asked)
    function = over_traced(func, args, kwargs)
    if function is None:
        raise Declined("a function that is not simple")
    return _of_series(asked, function) if asked.is_single else _of_frame(asked, function)


def _is_named(asked: Asked, func: Any, args: Any, kwargs: Any) -> bool:
    if not asked.is_single or args or kwargs or not callable(func):
        return False
    return name_of(asked, asked.values[0][1], func) is not None


def _in_groups(asked: Asked) -> Asked:
    """The same over the rows that are in a group."""
    if not asked.leaves_out:
        return asked
    node, index = labelled(asked.state, here())
    gaps = [key for key in asked.by if key.nullable]
    test = Expr(joined(" AND ".join("{} IS NOT NULL" for _ in gaps), *gaps), BOOL)
    state = Table(_where(node, test), asked.state.columns, index)
    keys = [replace(key, value=Expr(key.value.text, key.value.dtype, False)) for key in asked.keys]
    return replace(asked, state=state, keys=tuple(keys))


def _tracer(asked: Asked) -> tuple[Asked, str, Tracer]:
    check_groups(asked)
    asked, first = asked_in_order(_in_groups(asked))
    return asked, first, Tracer(Rows(asked.state.node, tuple(asked.by), asked.with_missing))


def _of_series(asked: Asked, function: Traced) -> Any:
    asked, first, tracer = _tracer(asked)
    label, value = asked.values[0]
    check_values([(label, value)])
    found = traced(tracer, function, Part(tracer, value))
    asked = over(asked, tracer.rows.node)
    if isinstance(found, Part):
        return _rows(asked, [(label, found._value)], None, None, single=True)
    if isinstance(found, Chosen):
        return _rows(asked, [(label, found._of)], found._condition, None, single=True)
    if not asked.options["as_index"]:
        raise Declined("keys beside numbers of a group")
    return aggregated(asked, first, [(label, number_of(found))], single=True)


def _of_frame(asked: Asked, function: Traced) -> Any:
    are_numbers = not asked.state.index.levels
    asked, first, tracer = _tracer(asked)
    group = Group(tracer, {label: Part(tracer, value) for label, value in asked.values})
    found = traced(tracer, function, group)
    asked = over(asked, tracer.rows.node)
    if isinstance(found, Totals | Row):
        row = found.row() if isinstance(found, Totals) else found
        return aggregated(asked, first, _of_row(row), single=False)
    if isinstance(found, Group):
        columns = [(label, one._value) for label, one in found.columns.items()]
        return _rows(asked, columns, found.condition, found.first, single=False)
    if isinstance(found, Column):
        _check_apart(asked, are_numbers=are_numbers)
        return _rows(asked, [(found.label, found._value)], None, None, single=True, alike=False)
    if not asked.options["as_index"]:
        raise Declined("keys beside numbers of a group")
    return aggregated(asked, first, [(None, number_of(found))], single=True)


def _of_row(row: Row) -> Named:
    """The numbers of a Series: of one type, as those of a Series are. Raises Declined."""
    values = [number_of(one) for one in row.values]
    found = {value.dtype for value in values}
    if found == {FLOAT, INT}:
        values = [cast(value, FLOAT) for value in values]
    elif len(found) != 1 or found == {TEXT}:
        raise Declined("numbers and other values in a Series")
    if len(set(row.labels)) < len(row.labels) or not all(isinstance(label, str | int) for label in row.labels):
        raise Declined("labels of this kind in a Series")
    return list(zip(row.labels, values, strict=True))


# -- rows of each group ------------------------------------------------------------------------------------------------


def _rows(
    asked: Asked, columns: Named, condition: Expr | None, first: Expr | None, *, single: bool, alike: bool = True
) -> Any:
    """Rows of each group, below each other: with `group_keys` under the keys as well; without them those of groups that
    are as they were (`alike`) in their own order. Raises Declined.
    """
    check_values(columns)
    node, options = asked.state.node, asked.options
    if not options["sort"] or asked.with_missing or not columns:
        raise Declined("groups as they come, or of missing keys")
    if not options["group_keys"] and alike and not _is_some_left_out(asked, condition, first):
        return _recorded(node, columns, _own_index(asked), single=single)
    node, index = labelled(Table(node, asked.state.columns, asked.state.index), here())
    if condition is not None and not engine().answer(asked.state.node, joined("bool_or({})", condition)):
        raise Declined("none of the rows")  # of which the index would still have the keys
    node, keys = _plain(node, asked.by)
    node, orders = _plain(node, [] if first is None else [first])
    terms = tuple(f"{_spelled(key)} ASC NULLS LAST" for key in keys)
    terms += tuple(f"{_spelled(order)} DESC NULLS LAST" for order in orders)
    node = _where(node, condition)
    made = Sort(place=here(), names=node.base.names, child=node, keys=terms)
    levels = tuple((key.label, value) for key, value in zip(asked.keys, keys, strict=True))
    with_keys = options["group_keys"] and options["as_index"]
    return _recorded(made, columns, Index((*levels, *index.levels)) if with_keys else index, single=single)


def _where(node: Node, condition: Expr | None) -> Node:
    if condition is None:
        return node
    node, test = plain(node, condition, here())
    return Filter(place=here(), names=node.base.names, child=node, condition=test)


def _recorded(node: Node, columns: Named, index: Index, *, single: bool) -> Any:
    if single:
        (label, value), *_ = columns
        return Lazy.recorded(Vector(node, value, label, index), is_frame=False)
    return Lazy.recorded(Table(node, tuple(columns), index), is_frame=True)


def _is_some_left_out(asked: Asked, condition: Expr | None, first: Expr | None) -> bool:
    """Whether a row is left out: only then groups stay below each other. Raises Declined where rows may have moved."""
    if first is not None:
        raise Declined("rows in another order, without keys")
    if condition is None:
        return False
    return bool(engine().answer(asked.state.node, joined("coalesce(NOT bool_and({}), false)", condition)))


def _own_index(asked: Asked) -> Index:
    """The labels of the rows. Raises Declined where one may come twice, which moves rows."""
    levels = asked.state.index.levels
    if levels and (len(levels) > 1 or not is_unique(asked.state.node, levels[0][1])):
        raise Declined("labels that come twice")
    return asked.state.index


def _check_apart(asked: Asked, *, are_numbers: bool) -> None:
    """Raise Declined where pandas may put the columns of groups beside each other, their rows being called the same."""
    keys = joined("row(" + ", ".join("{}" for _ in asked.by) + ")", *asked.by)
    if not are_numbers or not engine().answer(asked.state.node, joined("count(DISTINCT {}) > 1", keys)):
        raise Declined("groups whose rows may be called the same")


def _plain(node: Node, values: list[Expr]) -> tuple[Node, list[Expr]]:
    found = []
    for value in values:
        node, one = plain(node, value, here())
        found.append(one)
    return node, found


def _spelled(value: Expr) -> str:
    (text,) = value.text
    assert isinstance(text, str)
    return text
