"""Values that are carried, compared: their places among the different values of their array, in order.

Where pandas can put them in order, equal values then have one place, and a larger one a later place. So they are keys
of groups, joins and sorts, and are still taken of an array when rows are made.
"""

from __future__ import annotations

import weakref
from typing import Any, cast

import numpy as np
import pandas as pd
import pyarrow as pa

from stratum_sql.pandas.aligning import plain
from stratum_sql.pandas.expressions import Expr, check_compared, column
from stratum_sql.pandas.kinds import INT, Carried, Dtype, carried, shown
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import Lookup, Names, Node, Source
from stratum_sql.pandas.sources import source_of

_ranks: weakref.WeakKeyDictionary[Carried, tuple[Source, Carried]] = weakref.WeakKeyDictionary()


Placed = tuple[Node, Expr]


def ranked(node: Node, value: Expr) -> Placed:
    """The node with a column that compares as the value does; the value itself where it is not carried. A missing one
    is missing. Raises Declined for values that have no order, and floats, whose zeros have two signs.
    """
    held = carried(value.dtype)
    if held is None or not _has_order(shown(value.dtype)):
        check_compared(value)
        return node, value
    if held not in _ranks:
        codes, values = pd.factorize(held.array, sort=True)
        _ranks[held] = _table(codes), _of(values, held)
    return _placed(node, value, *_ranks[held])


def ranked_together(left: Placed, right: Placed) -> tuple[Placed, Placed]:
    """Both sides with columns that compare as their values do, among each other too. As for `ranked`."""
    one, other = carried(left[1].dtype), carried(right[1].dtype)
    same = one is not None and other is not None and shown(left[1].dtype) == shown(right[1].dtype)
    if one is None or other is None or one is other or not same or not _has_order(one.array.dtype):
        return ranked(*left), ranked(*right)
    both = pd.concat([pd.Series(one.array), pd.Series(other.array)], ignore_index=True)
    codes, values = pd.factorize(both.array, sort=True)
    dtype, size = _of(values, one), len(one.array)
    return _placed(*left, _table(codes[:size]), dtype), _placed(*right, _table(codes[size:]), dtype)


def _has_order(dtype: Any) -> bool:
    if isinstance(dtype, pd.DatetimeTZDtype | pd.PeriodDtype | pd.StringDtype):
        return True
    return not isinstance(dtype, np.dtype | pd.ArrowDtype | pd.CategoricalDtype) and dtype.kind in "iub"


def _of(values: Any, held: Carried) -> Carried:
    return Carried(values, None, fills=held.fills)


def _table(codes: Any) -> Source:
    """The rank of each place."""
    names = Names()
    arrays = [(names.new("place"), pa.array(np.arange(len(codes)))), (names.new("rank"), pa.array(codes))]
    return source_of(len(codes), arrays, names, here(), None)


def _placed(node: Node, value: Expr, rows: Source, dtype: Carried) -> Placed:
    node, value = plain(node, value, here())
    name = node.base.names.new("__rank")
    key, rank = column("place", INT, nullable=False), column("rank", cast(Dtype, dtype), nullable=value.nullable)
    made = Lookup(place=here(), child=node, on=value, rows=rows, key=key, value=rank, name=name)
    return made, column(name, rank.dtype, nullable=value.nullable)
