"""Values set where a condition holds: in a Series, in columns of a frame, in whole columns."""

from __future__ import annotations

from typing import Any

import numpy as np

from stratum_sql.pandas import frame_methods, rowwise
from stratum_sql.pandas.aligning import assigned, check_same_labels, together
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr, cast, dtype_of, is_missing, joined, literal
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.given import count
from stratum_sql.pandas.kinds import BOOL, FLOAT, INT, TEXT
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import Filter, Node
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.series_methods import is_constant
from stratum_sql.pandas.states import Table, Vector
from stratum_sql.pandas.taking import (
    is_unique,
    level_of,
    state_of,
)


def put_in_series(owner: Series, node: Node, condition: Expr, value: Any) -> Vector:
    """The Series with a value where the condition holds. Raises Declined."""
    state = owner._vector
    node, changed = _changed(owner, node, condition, state.value, value)
    node, changed = assigned(node, "value" if state.name is None else state.name, changed, here())
    return Vector(node, changed, state.name, state.index)


def put_in_frame(owner: DataFrame, node: Node, condition: Expr, labels: list[Any], value: Any) -> Table:
    """The frame with a value in those columns where the condition holds. Raises Declined."""
    state = owner._table
    columns = dict(state.columns)
    for label in labels:
        node, changed = _changed(owner, node, condition, columns.get(label), value)
        node, columns[label] = assigned(node, label, changed, here())
    return Table(node, tuple(columns.items()), state.index)


def with_constants(owner: DataFrame, labels: list[Any], value: Any) -> Table:
    if not count(owner._table.node):
        raise Declined("a column of no rows")  # where pandas may raise
    for label in labels:
        owner = frame_methods.with_column(owner, label, value)
    return Table(owner._table.node, owner._table.columns, owner._table.index)


def put_row(owner: DataFrame, node: Node, condition: Expr, labels: list[Any], values: Any) -> Table:
    """The frame with a value for each of those columns where the condition holds. Raises Declined."""
    listed = values.tolist() if isinstance(values, np.ndarray) else list(values)
    if len(listed) != len(labels) or any(owner._table.columns.get(label) is None for label in labels):
        raise Declined("values that are not one a column")
    columns = dict(owner._table.columns)
    for label, value in zip(labels, listed, strict=True):
        node, changed = _changed(owner, node, condition, columns[label], value)
        node, columns[label] = assigned(node, label, changed, here())
    return Table(node, tuple(columns.items()), owner._table.index)


def put_columns(owner: DataFrame, labels: list[Any], value: Any, *, alone: bool) -> Table:
    """The frame with values one a row in those columns, which keep their dtypes. Raises Declined."""
    if isinstance(value, DataFrame) and isinstance(value._state, Table):
        values = [value._column(label) if label in value else None for label in labels]
    elif alone and np.ndim(value) == 1:
        values = [value]
    elif isinstance(value, np.ndarray) and value.ndim == 2 and value.shape[1] == len(labels):
        values = list(value.T)
    else:
        raise Declined(f"set to a {type(value).__name__}")
    found = owner
    for label, one in zip(labels, values, strict=True):
        before = owner._table.columns.get(label)
        if one is None or before is None:
            raise Declined("a new column, or one that is not in the other frame")
        found = frame_methods.with_column(found, label, one)
        after = found._table.columns.get(label)
        if after is None or after.dtype != before.dtype:
            raise Declined("values of another type")
    return Table(found._table.node, found._table.columns, found._table.index)


def changed_where(owner: Any, node: Node, condition: Expr, label: Any, held: Expr, value: Any) -> tuple[Node, Expr]:
    """A column with a value where the condition holds, as a column of its own. Raises Declined."""
    node, changed = _changed(owner, node, condition, held, value)
    return assigned(node, label, changed, here())


def _changed(owner: Any, node: Node, condition: Expr, held: Expr | None, value: Any) -> tuple[Node, Expr]:
    if isinstance(value, Series) and isinstance(value._state, Vector):
        if held is None:
            raise Declined("a new column of a Series")
        node, other = _same_rows(owner, node, condition, value._state)
        return node, _either(condition, other, held)
    if held is None:
        if not count(node):
            raise Declined("a column of no rows")  # where pandas may raise
        return node, _new(condition, value)
    if is_missing(value) and held.dtype.kind in "fOMmC":
        missing = literal(np.nan, held.dtype) if held.dtype != TEXT else Expr(("NULL::VARCHAR",), TEXT, True)
        return node, _either(condition, missing, held)
    if not is_constant(value) or (held.dtype.kind == "f" and isinstance(value, bool)):
        raise Declined(f"set to a {type(value).__name__}")
    return node, rowwise.replaced(condition, held, value)


def _same_rows(owner: Any, node: Node, condition: Expr, value: Vector) -> tuple[Node, Expr]:
    """A Series over the same rows, or over those of the condition alone."""
    state = state_of(owner)
    if isinstance(value.node, Filter) and value.node.condition == condition:
        return together(node, value.node.child), value.value
    node = together(node, value.node)
    check_same_labels(state.index, value.index)
    if state.index.levels:
        asked, level, _ = level_of(state)
        if not is_unique(asked, level):
            raise Declined("labels that come twice")
    return node, value.value


def _either(condition: Expr, value: Expr, held: Expr) -> Expr:
    if held.dtype == FLOAT and value.dtype == INT:
        value = cast(value, FLOAT)
    if value.dtype != held.dtype:
        raise Declined(f"{value.dtype} among {held.dtype}")
    text = joined("CASE WHEN {} THEN {} ELSE {} END", condition.condition, value, held)
    return Expr(text, held.dtype, value.nullable or held.nullable)


def _new(condition: Expr, value: Any) -> Expr:
    """A column that was not there: missing elsewhere, integers are floats then."""
    if not is_constant(value) or dtype_of(value) not in (INT, FLOAT, TEXT):
        raise Declined("a new column of this")
    dtype = TEXT if isinstance(value, str) else FLOAT
    if condition.dtype != BOOL or condition.text == ("true",):
        raise Declined("a new column in all rows, or a condition that is not boolean")
    return Expr(joined("CASE WHEN {} THEN {} END", condition.condition, literal(value, dtype)), dtype, True)
