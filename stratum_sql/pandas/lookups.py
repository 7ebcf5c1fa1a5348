"""Functions of one value that SQL has not in the same meaning: pandas itself does them once for each different value,
and the plan joins the table of results. Only for pandas' own functions, which give the same for the same value.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from stratum_sql.pandas.aligning import ordered, plain
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.expressions import Expr, column, joined, literal
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.kinds import FLOAT, INT, TEXT, held_as
from stratum_sql.pandas.lazy import Lazy
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import Aggregate, Head, Lookup, Names, Node
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.sources import array_of, source_of, values_of
from stratum_sql.pandas.states import Table, Vector

MOST = 10_000  # different values for which a table of results is made
_KEY = "key"


def different(series: Series) -> np.ndarray[Any, Any]:
    """The different values, in the order they come up, the missing one last. Raises Declined if they are many."""
    state = series._vector
    node, first = ordered(state.node, here())
    names = Names()
    name = names.new("value")
    found = Aggregate(
        place=here(), names=names, child=node, keys=((name, state.value),), values=(), first=first, by_key=False
    )
    some = Head(place=here(), names=names, child=found, start=0, stop=MOST + 1)
    value = column(name, state.value.dtype, nullable=False)
    rows = engine().rows(some, [("value", value.text)], some.order)
    if rows.num_rows > MOST:
        raise Declined(f"more than {MOST:,} different values")
    values: np.ndarray[Any, Any] = values_of(rows.column(0), state.value.dtype)
    if not state.value.nullable or not series._has_missing(state.value):
        return values
    gap = np.array(["NaT"], values.dtype) if values.dtype.kind in "mM" else np.array([np.nan])
    return np.concatenate([values, gap])


def by_value(series: Series, function: Callable[[pd.Series[Any]], Any]) -> Any:
    """The function of each value, a Series or a DataFrame of as many rows. Raises Declined, and what pandas raises."""
    state = series._vector
    if state.value.dtype not in (TEXT, INT, FLOAT):
        raise Declined("other than texts or numbers")
    values = different(series)
    if not len(values):
        raise Declined("no values")
    with object_mode():
        results = function(pd.Series(values, dtype=state.value.dtype, name=state.name))
    if isinstance(results, pd.DataFrame):
        return _frame(state, values, results)
    if type(results) is not pd.Series or len(results) != len(values):
        raise Declined("a result of another kind")
    node, (found,) = looked_up(state.node, state.value, values, [results])
    return Lazy.recorded(Vector(node, found, results.name, state.index), is_frame=False)


def _frame(state: Vector, values: np.ndarray[Any, Any], results: pd.DataFrame) -> DataFrame:
    if not results.columns.is_unique or not all(isinstance(label, str | int) for label in results.columns):
        raise Declined("labels of this kind")
    columns = [results.iloc[:, place] for place in range(results.shape[1])]
    node, found = looked_up(state.node, state.value, values, columns)
    made: DataFrame = Lazy.recorded(
        Table(node, tuple(zip(list(results.columns), found, strict=True)), state.index), is_frame=True
    )
    return made


def looked_up(
    node: Node, value: Expr, values: np.ndarray[Any, Any], results: list[pd.Series[Any]]
) -> tuple[Node, list[Expr]]:
    """The node with the result of each row's value, from tables of different values and results. Raises Declined."""
    arrays = [array_of(result) for result in results]
    is_gap = len(values) > 0 and pd.isna(values[-1])
    if any(array is None for array in arrays):
        raise Declined("results of a type that DuckDB has not")
    rows = len(values) - is_gap
    names = Names()
    key = names.new(_KEY)
    listed = [(names.new("value"), array.slice(0, rows)) for array in arrays if array is not None]
    keys = array_of(pd.Series(values[:rows], dtype=value.dtype))
    if keys is None:
        raise Declined("texts that are none")
    source = source_of(rows, [(key, keys), *listed], names, here(), None)
    node, on = plain(node, value, here())
    found = []
    for (name, _), array, result in zip(listed, arrays, results, strict=True):
        assert array is not None
        made = node.base.names.new("__value")
        dtype = held_as(result.dtype)
        assert dtype is not None
        held = column(name, dtype, nullable=array.null_count > 0)
        node = Lookup(
            place=here(),
            child=node,
            on=on,
            rows=source,
            key=column(key, value.dtype, nullable=False),
            value=held,
            name=made,
        )
        told = column(made, dtype, nullable=array.null_count > 0)
        if is_gap and array[-1].is_valid:
            if dtype.kind in "mMC":
                raise Declined("times for what is missing")
            other = literal(dtype.type(array[-1].as_py()) if dtype != TEXT else array[-1].as_py(), dtype)
            told = Expr(joined("CASE WHEN {} IS NULL THEN {} ELSE {} END", on, other, told), dtype, told.nullable)
        found.append(told)
    return node, found
