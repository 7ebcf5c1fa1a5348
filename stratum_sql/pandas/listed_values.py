"""Values set in rows that are told one by one: an array beside the numbers or labels of its rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from stratum_sql.pandas.aligning import assigned, plain
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr, cast, column, joined
from stratum_sql.pandas.kinds import BOOL, FLOAT, TEXT, Dtype
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import Lookup, Names, Node
from stratum_sql.pandas.sources import array_of, source_of
from stratum_sql.pandas.states import State, Table, Vector
from stratum_sql.pandas.taking import is_unique, state_of


def among(node: Node, on: Expr, keys: np.ndarray[Any, Any]) -> tuple[Node, Expr]:
    """Whether a number or label is one of many, which are a table."""
    distinct = pd.unique(keys)
    node, found = _looked_up(node, on, distinct, pa.array(np.ones(len(distinct), dtype=bool)), BOOL)
    return node, Expr(joined("coalesce({}, false)", found), BOOL)


def is_array(rows: Any, value: Any) -> bool:
    """Whether it is an array of numbers, one for each of the rows that are listed."""
    if not isinstance(value, np.ndarray) or not isinstance(rows, list | np.ndarray | pd.Index):
        return False
    return value.ndim == np.ndim(rows) == 1 and len(value) == len(rows) > 0


def put(owner: Any, node: Node, on: Expr, keys: Any, value: Any, label: Any = None) -> State:
    """The object with the values of an array in the rows of the keys. Raises Declined."""
    state = state_of(owner)
    if not is_unique(node, on):
        raise Declined("labels that come twice")
    if isinstance(state, Vector):
        node, changed = _given(node, on, keys, value, state.value)
        node, changed = assigned(node, "value" if state.name is None else state.name, changed, here())
        return Vector(node, changed, state.name, state.index)
    node, changed = _given(node, on, keys, value, state.columns.get(label))
    node, changed = assigned(node, label, changed, here())
    return Table(node, state.columns.changed(label, changed), state.index)


def _given(
    node: Node, on: Expr, keys: np.ndarray[Any, Any], value: np.ndarray[Any, Any], held: Expr | None
) -> tuple[Node, Expr]:
    """The column with the values of an array in the rows of the keys, of which the last of equal ones counts.

    Raises Declined for values of another dtype than the column's.
    """
    if held is None or value.dtype.kind not in "iubf":
        raise Declined("a new column, or an array of other than numbers")
    is_whole = value.dtype == held.dtype or (held.dtype == FLOAT and value.dtype.kind in "iuf")
    if not is_whole or held.dtype == TEXT:
        raise Declined(f"{value.dtype} among {held.dtype}")
    last = ~pd.Series(keys).duplicated(keep="last").to_numpy()
    array = array_of(pd.Series(value[last].astype(held.dtype)))
    if array is None:
        raise Declined("values that DuckDB has not")
    node, here_ = among(node, on, keys)
    node, there = _looked_up(node, on, keys[last], array, held.dtype)
    text = joined("CASE WHEN {} THEN {} ELSE {} END", here_, there, cast(held, held.dtype))
    return node, Expr(text, held.dtype, held.nullable or array.null_count > 0)


def _looked_up(node: Node, on: Expr, keys: Any, array: pa.Array, dtype: Dtype) -> tuple[Node, Expr]:
    given_keys = pa.array(keys.tolist(), type=pa.string()) if on.dtype == TEXT else pa.array(keys)
    names = Names()
    listed = [(names.new("key"), given_keys), (names.new("value"), array)]
    rows = source_of(len(keys), listed, names, here(), None)
    node, on = plain(node, on, here())
    name = node.base.names.new("__given")
    key, value = column("key", on.dtype, nullable=False), column("value", dtype, nullable=array.null_count > 0)
    found = Lookup(place=here(), child=node, on=on, rows=rows, key=key, value=value, name=name)
    return found, column(name, dtype, nullable=True)
