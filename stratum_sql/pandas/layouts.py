"""Rows as pandas lays them out by their labels: it is given the labels and the numbers of rows, and does its call.

What comes out says which row stands where, under which labels, in pandas' own words of labels. That is a source of the
plan then, and the values are looked up by their numbers: they stay where they are.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pandas as pd
import pyarrow as pa

from stratum_sql.pandas.aligning import numbered, plain
from stratum_sql.pandas.axes import Named, laid
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr, check_gap, column, dtype_of, joined, literal
from stratum_sql.pandas.expressions import cast as as_type
from stratum_sql.pandas.given import count
from stratum_sql.pandas.kinds import BOOL, FLOAT, INT, Carried, Dtype, is_integer, objects
from stratum_sql.pandas.lazy import Lazy, own, wrapped
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import Filter, Lookup, Names, Node, Source
from stratum_sql.pandas.running import frame_of, materialised
from stratum_sql.pandas.series_methods import is_constant
from stratum_sql.pandas.sources import (
    column_of_source,
    index_arrays,
    remembering,
    source_of,
    with_carried,
    with_objects,
)
from stratum_sql.pandas.stand_ins import is_name
from stratum_sql.pandas.states import Held, Index, State, Table, Vector

Array = np.ndarray[Any, Any]
ROW = "\0row"  # a label that no script asks for


@dataclass(frozen=True)
class Layout:
    """Rows under labels; `numbers` are columns that say which row of an object each one is, missing where none is, and
    `made` are columns that pandas made.
    """

    node: Node
    index: Index
    numbers: list[Expr]
    made: list[Expr]


def plan_of(state: State) -> Table | Vector:
    """The plan of an object, under labels of its own. Raises Declined without one."""
    plan = state.plan if isinstance(state, Held) else state
    if plan is None:
        raise Declined("an object that only pandas can hold")
    return plan


def labels_of(state: Table | Vector) -> pd.Index[Any]:
    """The labels of the rows, as pandas has them: asked, unless they are those of a source or 0, 1, 2, …"""
    if state.kept:
        return state.kept[0].index
    if not state.index.levels:
        return pd.RangeIndex(count(state.node))
    with object_mode():
        return frame_of(Table(state.node, (), state.index)).index


def axis_of(frame: Any) -> pd.Index[Any]:
    """The labels of the columns."""
    state = frame._state
    labels: pd.Index[Any] = state.labels if isinstance(state, Held) else frame.columns
    return labels


def stand_in(state: Table | Vector, label: Any = ROW) -> pd.DataFrame:
    """A frame of the labels of the rows with their numbers as its one column."""
    labels = labels_of(state)
    return pd.DataFrame({label: np.arange(len(labels))}, index=labels)


def values_run(state: Table | Vector, values: Sequence[Expr]) -> pd.DataFrame:
    """These values as columns 0, 1, 2, …, run."""
    found: pd.DataFrame = materialised(Table(state.node, enumerate(values), Index(())))
    return found


def layout(index: pd.Index[Any], numbers: Sequence[Any], made: Sequence[pd.Series[Any]] = ()) -> Layout:
    """The rows of these labels: for each object the number of its row in each, -1 or NaN for none. Raises Declined."""
    names, arrays = Names(), []
    index = _as_objects(index)
    found = index_arrays(index, names)
    if found is None:
        raise Declined("labels that DuckDB has no type for")
    placed, columns = [], []
    for listed in numbers:
        known = np.where(pd.isna(listed), -1, listed).astype(np.int64)
        name, is_gap = names.new("__row"), known < 0
        arrays.append((name, pa.array(known, mask=is_gap)))
        placed.append(column(name, INT, nullable=bool(is_gap.any())))
    for series in made:
        held = column_of_source(with_objects(series))
        if held is None:
            raise Declined("a column that DuckDB has no type for")
        name = names.new("__made")
        arrays.append((name, held[0]))
        columns.append(column(name, held[1], nullable=held[0].null_count > 0))
    source: Source = source_of(len(index), [*found[1], *arrays], names, here(), None)
    source = with_carried(remembering(source, index, found[1]), [*columns, *(value for _, value in found[0].levels)])
    return Layout(source, found[0], placed, columns)


def _as_objects(index: pd.Index[Any]) -> pd.Index[Any]:
    with object_mode():
        held: pd.Index[Any] = with_objects(pd.DataFrame(index=index)).index
    return held


def looked_up(
    node: Node, number: Expr, state: Table | Vector, values: Sequence[Expr], fill: Any = None
) -> tuple[Node, list[Expr]]:
    """The node of a layout with these values of the rows of an object. Integers and booleans that are missing somewhere
    are floats and objects, as pandas has them, or all that is missing there is `fill`. Raises Declined.
    """
    rows, key = numbered(state.node, here())
    placed = []
    for value in values:
        rows, value = plain(rows, value, here())
        placed.append(value)
    if rows.base is node.base:  # rows of their own: a chain does not look itself up
        rows = Filter(place=here(), names=rows.base.names, child=rows, condition=Expr(("true",), BOOL))
    found = []
    for value in placed:
        name = node.base.names.new("__of_row")
        node = Lookup(place=here(), child=node, on=number, rows=rows, key=key, value=value, name=name)
        brought = column(name, value.dtype, nullable=value.nullable or number.nullable)
        if number.nullable:
            brought = with_gap(brought) if fill is None else _filled(brought, number, value, fill)
        found.append(brought)
    return node, found


def _filled(brought: Expr, number: Expr, value: Expr, fill: Any) -> Expr:
    """What was looked up, or a constant of its type where there is no row; what was missing before stays so."""
    if not is_constant(fill) or dtype_of(fill) != value.dtype:
        raise Declined("filled with another type")
    text = joined("CASE WHEN {} IS NULL THEN {} ELSE {} END", number, literal(fill, value.dtype), brought)
    return Expr(text, value.dtype, value.nullable)


def with_gap(value: Expr) -> Expr:
    """A column some of whose rows are there no more, in the dtype that pandas gives it then. Raises Declined."""
    if value.dtype == BOOL:
        return Expr(joined("CAST({} AS BIGINT)", value), _booleans(), True)
    if is_integer(value.dtype):
        return Expr(as_type(value, FLOAT).text, FLOAT, True)
    boxed = objects(value.dtype)
    if boxed is not None and boxed.missing is pd.NaT:
        raise Declined("days or times of day that are missing")
    check_gap(value.dtype)
    return Expr(value.text, value.dtype, True)


@functools.cache
def _booleans() -> Dtype:
    """Booleans beside missing values, which are objects."""
    return cast(Dtype, Carried(np.array([False, True], dtype=object), None, fills=True))


def done(call: Callable[[], Any]) -> Any:
    """What pandas makes of stand-ins. Raises Declined where pandas raises: it does so again, of the objects."""
    with object_mode():
        try:
            return call()
        except Exception as error:
            raise Declined("labels that pandas refuses") from error


def place_of(axis: pd.Index[Any], label: Any) -> Any:
    """Where a label is, as pandas says it: a number, or what says of several. Raises Declined."""
    return done(lambda: axis.get_loc(label))


def standing_in(state: Table | Vector) -> Any:
    """The numbers of the rows under their labels: a Series for a Series, else a frame of one column."""
    before = stand_in(state)
    if not isinstance(state, Vector):
        return before
    found = before[ROW]
    found.name = state.name
    return found


def rows_by_pandas(owner: Lazy, change: Callable[[Any], Any], fill: Any = None) -> Any:
    """What a call that chooses, orders or names rows by their labels makes of an object. Raises Declined.

    New rows have `fill`, which is missing if it is None.
    """
    state = owner._state
    plan = plan_of(state)
    before = standing_in(plan)
    found = done(lambda: change(before.copy()))
    numbers = _numbers(found, plan)
    if (
        len(numbers) == len(before)
        and found.index.identical(before.index)
        and (numbers == np.arange(len(before))).all()
    ):
        return _named(owner.__copy__(), found)
    return _named(laid_out(state, layout(found.index, [numbers]), fill), found)


def _numbers(found: Any, plan: Table | Vector) -> Array:
    """The numbers of rows in what pandas made of a stand-in. Raises Declined for something else."""
    if isinstance(plan, Table) and isinstance(found, pd.DataFrame) and found.shape[1] == 1:
        found = found.iloc[:, 0]
    elif not (isinstance(plan, Vector) and isinstance(found, pd.Series)):
        raise Declined("other than rows by their labels")
    if found.dtype.kind not in "if":
        raise Declined("other than rows by their labels")
    numbers: Array = found.to_numpy()
    return numbers


def _named(owner: Any, found: Any) -> Any:
    """A Series under the name that pandas gave its stand-in."""
    if isinstance(found, pd.DataFrame) or not isinstance(owner._state, Vector):
        return owner
    state = owner._state
    if not is_name(found.name):
        raise Declined("a Series of such a name")
    return Lazy.recorded(Vector(state.node, state.value, found.name, state.index), is_frame=False)


def row_of(owner: Lazy, number: int) -> Any:
    """One row of a frame or value of a Series, run."""
    state = owner._state
    only = laid_out(state, layout(labels_of(plan_of(state))[[number]], [np.array([number])]))
    with object_mode():
        return wrapped(own(only._state).iloc[0])


def laid_out(state: State, rows: Layout, fill: Any = None) -> Any:
    """An object over the rows of a layout. Raises Declined."""
    plan = plan_of(state)
    if isinstance(plan, Vector):
        node, (value,) = looked_up(rows.node, rows.numbers[0], plan, [plan.value], fill)
        return Lazy.recorded(Vector(node, value, plan.name, rows.index), is_frame=False)
    node, values = looked_up(rows.node, rows.numbers[0], plan, [value for _, value in plan.columns], fill)
    if isinstance(state, Named):
        return Lazy.recorded(laid(node, values, state.axis, rows.index), is_frame=True)
    table = Table(node, zip(plan.columns.labels, values, strict=True), rows.index)
    return Lazy.recorded(table, is_frame=True)
