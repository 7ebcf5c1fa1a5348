"""Values that a script gives by row: an array or list becomes a table, joined by the number of the row."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np
import pandas as pd

from stratum_sql.pandas.aligning import numbered
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.expressions import Expr, column
from stratum_sql.pandas.kinds import INT
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import RID, Base, Lookup, Names, Node, Source
from stratum_sql.pandas.sources import column_of_source, is_boxed, source_of, with_objects

_counts: weakref.WeakKeyDictionary[Base, int] = weakref.WeakKeyDictionary()


def count(node: Node) -> int:
    """How many rows there are; asked once."""
    base = node.base
    if isinstance(base, Source):
        return int(base.table.num_rows)
    if base not in _counts:
        _counts[base] = int(engine().rows(base, [("value", ("count(*)",))], ()).column(0)[0].as_py())
    return _counts[base]


def is_extension(values: Any) -> bool:
    """Whether it is an array of a dtype that NumPy has not."""
    return isinstance(values, pd.api.extensions.ExtensionArray) and not isinstance(values.dtype, np.dtype)


def by_row(
    node: Node, values: np.ndarray[Any, Any] | pd.api.extensions.ExtensionArray | pd.Index[Any] | list[Any]
) -> tuple[Node, Expr]:
    """The node with one value a row as a column, and that column. Raises Declined."""
    if isinstance(values, list) and not values:
        raise Declined("an empty list")
    if isinstance(values, np.ndarray) and (values.ndim != 1 or values.dtype.kind == "V"):
        raise Declined("values in several columns")
    with object_mode():
        given = with_objects(pd.Series(values))
    held = column_of_source(given)
    if held is None or len(given) != count(node):
        raise Declined("values that are not one a row, or some missing in another way than others")
    array, dtype = held
    if isinstance(values, list) and (is_boxed(dtype) or np.ndim(values) != 1):
        raise Declined("a list of objects, which may be rows of several columns")
    names = Names()
    name = names.new("value")
    source = source_of(len(given), [(name, array)], names, here(), None)
    node, number = numbered(node, here())
    nullable, made = array.null_count > 0, node.base.names.new("__given")
    key, value = column(RID, INT, nullable=False), column(name, dtype, nullable=nullable)
    found = Lookup(place=here(), child=node, on=number, rows=source, key=key, value=value, name=made)
    return found, column(made, dtype, nullable=nullable)
