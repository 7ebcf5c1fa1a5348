"""`loc` with a condition: rows, columns of them, and values set where it holds."""

from __future__ import annotations

from typing import Any

from stratum_sql.pandas import rowwise
from stratum_sql.pandas.aligning import assigned, together
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.frame_methods import filtered
from stratum_sql.pandas.lazy import OPERATIONS, Changing, Lazy, Operation, own, recipe_of, with_recipe
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.places import here
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.series_methods import condition_of, is_constant
from stratum_sql.pandas.states import Held, Table

OPERATIONS["DataFrame", "loc"] = Operation(
    "DataFrame", "loc", "a condition over the same rows or `:`, and a label or a list; set to a constant of the type"
)


class Loc:
    """`df.loc`."""

    def __init__(self, owner: DataFrame) -> None:
        self._owner = owner

    def __getitem__(self, key: Any) -> Any:
        before = self._owner._state
        try:
            found = _taken(self._owner, key)
        except Declined:
            return self._pandas()[key]
        found._become(with_recipe(found._state, _recipe(before, key)))
        engine().translated["DataFrame.loc"] += 1
        return found

    def __setitem__(self, key: Any, value: Any) -> None:
        before = self._owner._state
        try:
            state = _set(self._owner, key, value)
        except Declined:
            self._pandas()[key] = value
            return
        self._owner._become(with_recipe(state, recipe_of(before, "loc.__setitem__", (key, value), {})))
        engine().translated["DataFrame.loc"] += 1

    def _pandas(self) -> Changing:
        """The same of pandas itself, which logs what is done with it."""
        copy = own(self._owner._state)
        with object_mode():
            return Changing("loc", copy.loc, self._owner, copy)

    def __getattr__(self, name: str) -> Any:
        return getattr(own(self._owner._state).loc, name)


def _recipe(before: Any, key: Any) -> Any:
    return recipe_of(before, "loc.__getitem__", (key,), {})


def _taken(frame: DataFrame, key: Any) -> Any:
    rows, columns = _parts(frame, key)
    found = frame if rows is None else filtered(frame, rows)
    if columns is None:
        if rows is None:
            raise Declined("everything")
        return found
    return found[columns]


def _set(frame: DataFrame, key: Any, value: Any) -> Table:
    rows, label = _parts(frame, key)
    if rows is None or not isinstance(label, str):
        raise Declined("other than one column where a condition holds")
    if not is_constant(value):
        raise Declined(f"set to a {type(value).__name__}")
    held = frame._value(label)
    if held.dtype.kind == "f" and isinstance(value, bool):
        raise Declined("a boolean among floats")
    changed = rowwise.replaced(rows._vector.value, held, value)
    node = together(frame._table.node, rows._vector.node)
    node, placed = assigned(node, label, changed, here())
    columns = dict(frame._table.columns) | {label: placed}
    return Table(node, tuple(columns.items()), frame._table.index)


def _parts(frame: DataFrame, key: Any) -> tuple[Series | None, Any]:
    """The condition, None for all rows, and a label or list of labels that are there, None for all columns."""
    if isinstance(frame._state, Held):
        raise Declined("a frame that only pandas can hold")
    rows, columns = key if isinstance(key, tuple) and len(key) == 2 else (key, None)
    if isinstance(rows, slice):
        if rows != slice(None):
            raise Declined("labels from one to another")
        rows = None
    elif not issubclass(type(rows), Lazy):
        raise Declined("rows by label")
    else:
        rows = condition_of(frame, rows)
        if rows.dtype != bool:
            raise Declined("a selection that is no condition")
    known = {label for label, _ in frame._state.columns}
    listed = columns if isinstance(columns, list) else [columns]
    if columns is not None and not all(isinstance(label, str) and label in known for label in listed):
        raise Declined("labels that are not there")
    return rows, columns


def _loc(self: DataFrame) -> Loc:
    return Loc(self)


DataFrame.loc = property(_loc, doc="`loc` of pandas.")  # type: ignore[attr-defined]
