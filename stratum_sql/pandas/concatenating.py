"""`concat` of any labels: pandas itself lays out rows and columns, of stand-ins that hold their numbers.

Values stay in the plan. Columns whose types have no common one there are put together by pandas, and are a source.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from stratum_sql.pandas.aligning import ordered
from stratum_sql.pandas.axes import laid
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr, cast, column
from stratum_sql.pandas.given import count
from stratum_sql.pandas.kinds import carried, category, sql_type
from stratum_sql.pandas.layouts import done, labels_of, layout, looked_up, plan_of, values_run
from stratum_sql.pandas.lazy import Lazy
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import Names, Node, Union
from stratum_sql.pandas.stacking import stacked_dtype
from stratum_sql.pandas.stand_ins import is_name, stand_in
from stratum_sql.pandas.states import Held, Index, Table, Vector

_OF_ROWS = frozenset({"ignore_index", "keys", "levels", "names", "verify_integrity"})
_KNOWN = _OF_ROWS | {"axis", "join", "sort", "copy", "union_categories"}
_BESIDE = (1, "columns")


@dataclass(frozen=True)
class _Part:
    """One of the objects; a Series has one column."""

    state: Table | Vector
    axis: pd.Index[Any] | None  # labels of columns, None of a Series
    name: Hashable
    values: list[Expr]


def concatenated(objs: Any, **kwargs: Any) -> Any:
    """The objects below or beside each other. Raises Declined."""
    if set(kwargs) - _KNOWN:
        raise Declined("these arguments")
    parts, kwargs = _given(objs, kwargs)
    axis = kwargs.pop("axis", 0)
    if axis in _BESIDE:
        return _beside(parts, kwargs)
    if axis not in (0, "index", "rows"):
        raise Declined("this axis")
    return _below(parts, kwargs)


def _given(objs: Any, kwargs: dict[str, Any]) -> tuple[list[_Part], dict[str, Any]]:
    """What there is, without None, and the arguments with keys of these alone."""
    if isinstance(objs, Mapping):
        wanted = list(objs) if kwargs.get("keys") is None else list(kwargs["keys"])
        objs, kwargs = [objs[key] for key in wanted], kwargs | {"keys": wanted}
    if not isinstance(objs, list | tuple) or not all(one is None or isinstance(one, Lazy) for one in objs):
        raise Declined("other than a list of frames and Series")
    keys = kwargs.get("keys")
    if any(one is None for one in objs) and keys is not None:
        if len(keys) != len(objs) or not isinstance(keys, list | tuple):
            raise Declined("keys of some objects")
        kwargs = kwargs | {"keys": [key for key, one in zip(keys, objs, strict=True) if one is not None]}
    parts = [_part(one) for one in objs if one is not None]
    if not parts:
        raise Declined("no objects")
    return _without_empty(parts, kwargs), kwargs


def _without_empty(parts: list[_Part], kwargs: dict[str, Any]) -> list[_Part]:
    """Frames without rows and columns say nothing, where all are frames and neither keys nor a join ask for each."""
    if any(part.axis is None for part in parts) or kwargs.get("join", "outer") != "outer":
        return parts
    if any(kwargs.get(name) is not None for name in ("keys", "names", "levels")):
        return parts
    return [part for part in parts if part.values or count(part.state.node)] or parts


def _part(one: Lazy) -> _Part:
    state = one._state
    plan = plan_of(state)
    if isinstance(plan, Vector):
        return _Part(plan, None, plan.name, [plan.value])
    axis = state.labels if isinstance(state, Held) else one.columns
    return _Part(plan, axis, None, [value for _, value in plan.columns])


# -- below each other --------------------------------------------------------------------------------------------------


def _below(parts: Sequence[_Part], kwargs: dict[str, Any]) -> Any:
    of_categories = {name: kwargs.pop(name) for name in ("union_categories",) if name in kwargs}
    of_columns = {name: value for name, value in kwargs.items() if name not in _OF_ROWS or name == "ignore_index"}
    of_rows = {name: value for name, value in kwargs.items() if name in _OF_ROWS}
    numbers = itertools.count()
    found = done(lambda: pd.concat([_numbers_of(part, numbers) for part in parts], **of_columns))
    index = done(lambda: pd.concat([_row_numbers(part, 0) for part in parts], **of_rows)).index
    if isinstance(found, pd.Series):
        axis, places = None, np.asarray(found, dtype="float64").reshape(len(parts), 1)
    else:
        axis, places = found.columns, np.asarray(found, dtype="float64")
    whole = _stacked(parts, places, index, of_categories)
    if axis is None:
        return _series(whole[0], whole[1][0], found.name, whole[2])
    return Lazy.recorded(laid(whole[0], whole[1], axis, whole[2]), is_frame=True)


def _numbers_of(part: _Part, numbers: Iterator[int]) -> Any:
    """The numbers of the columns of an object, among those of all."""
    listed = [next(numbers) for _ in part.values]
    if part.axis is None:
        return pd.Series(listed, name=part.name)
    return stand_in(part.axis) + (listed[0] if listed else 0)


def _series(node: Node, value: Expr, name: Hashable, index: Any) -> Any:
    if not is_name(name):
        raise Declined("a Series of such a name")
    return Lazy.recorded(Vector(node, value, name, index), is_frame=False)


Cells = list[Expr | None]  # a column: its values in each object, None in one that has it not


def _stacked(parts: Sequence[_Part], places: Any, index: pd.Index[Any], of_categories: dict[str, Any]) -> Any:
    """The node, columns and index of the rows of all; `places` say for each object which columns stand where."""
    values = [value for part in parts for value in part.values]
    columns: list[Cells] = [[None if place != place else values[int(place)] for place in listed] for listed in places.T]
    in_plan = [number for number, cells in enumerate(columns) if _is_in_plan(parts, cells, of_categories)]
    rest = [number for number in range(len(columns)) if number not in in_plan]
    made = [_by_pandas(parts, columns[number], of_categories) for number in rest]
    size = sum(count(part.state.node) for part in parts)
    rows = layout(index, [np.arange(size)], made)
    union, listed = _union(parts, [columns[number] for number in in_plan])
    node, brought = looked_up(rows.node, rows.numbers[0], union, listed) if listed else (rows.node, [])
    known = dict(zip(in_plan, brought, strict=True)) | dict(zip(rest, rows.made, strict=True))
    return node, [known[number] for number in range(len(columns))], rows.index


def _is_in_plan(parts: Sequence[_Part], cells: Cells, of_categories: dict[str, Any]) -> bool:
    """Whether a column has a type that all its parts can be cast to."""
    try:
        dtype = stacked_dtype(cells)
    except Declined:
        return False
    if carried(dtype) is not None or (category(dtype) is not None and of_categories):
        return False
    return all(cell is not None or count(part.state.node) for part, cell in zip(parts, cells, strict=True))


def _by_pandas(parts: Sequence[_Part], cells: Cells, of_categories: dict[str, Any]) -> pd.Series[Any]:
    """A column that pandas puts together."""
    listed = [_column(part, cell) for part, cell in zip(parts, cells, strict=True)]
    are_series = all(part.axis is None for part in parts)
    given: list[Any] = [one[0] for one in listed] if are_series else listed
    found = done(lambda: pd.concat(given, ignore_index=True, **of_categories))
    whole: pd.Series[Any] = found if are_series else found[0]
    return whole


def _column(part: _Part, cell: Expr | None) -> pd.DataFrame:
    """The values of a column, beside another one that all parts have: pandas leaves out a frame without columns."""
    found = pd.DataFrame(index=range(count(part.state.node))) if cell is None else values_run(part.state, [cell])
    return found.assign(**{"\0": 0})


def _union(parts: Sequence[_Part], columns: Sequence[Cells]) -> tuple[Table, list[Expr]]:
    place, names = here(), Names()
    dtypes = [stacked_dtype(cells) for cells in columns]
    listed = []
    for number, part in enumerate(parts):
        node, order = ordered(part.state.node, place)
        values = [_as(cells[number], dtype) for cells, dtype in zip(columns, dtypes, strict=True)]
        listed.append((node, order, tuple(values)))
    told = [names.new("column") for _ in columns]
    made = Union(place=place, names=names, columns=tuple(told), parts=tuple(listed))
    found = [
        column(name, dtype, nullable=any(part[2][number].nullable for part in listed))
        for number, (name, dtype) in enumerate(zip(told, dtypes, strict=True))
    ]
    return Table(made, enumerate(found), Index(())), found


def _as(value: Expr | None, dtype: Any) -> Expr:
    return Expr((f"NULL::{sql_type(dtype)}",), dtype, True) if value is None else cast(value, dtype)


# -- beside each other -------------------------------------------------------------------------------------------------


def _beside(parts: Sequence[_Part], kwargs: dict[str, Any]) -> Any:
    kwargs.pop("union_categories", None)
    of_rows = {name: value for name, value in kwargs.items() if name in ("join", "sort")}
    of_columns = {name: value for name, value in kwargs.items() if name in _OF_ROWS}
    numbers = itertools.count()
    columns = done(lambda: pd.concat([_numbers_of(part, numbers) for part in parts], axis=1, **of_columns))
    found = done(lambda: pd.concat([_row_numbers(part, at) for at, part in enumerate(parts)], axis=1, **of_rows))
    if found.shape[1] != len(parts) or len(columns) != 1:
        raise Declined("other than rows by their labels")
    rows = layout(found.index, [found.iloc[:, at] for at in range(len(parts))])
    node, values = rows.node, []
    for part, number in zip(parts, rows.numbers, strict=True):
        node, brought = looked_up(node, number, part.state, part.values)
        values += brought
    listed = [values[int(place)] for place in columns.to_numpy()[0]]
    return Lazy.recorded(laid(node, listed, columns.columns, rows.index), is_frame=True)


def _row_numbers(part: _Part, name: int) -> Any:
    labels = labels_of(part.state)
    found = pd.Series(np.arange(len(labels)), index=labels, name=name)
    return found if part.axis is None else found.to_frame()
