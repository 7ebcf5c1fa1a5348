"""Whether all values of a column are among others. Columns of sources are there: Arrow looks, and no query runs."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from stratum_sql.bind.leaves import quote
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.expressions import Expr
from stratum_sql.pandas.keys import column_digest, key_of
from stratum_sql.pandas.plan import Join, Node, Source


@dataclass(frozen=True, slots=True)
class Held:
    """A column that is there."""

    table: pa.Table
    name: str


def held(node: Node, value: Expr) -> Held | None:
    """A column with all values of an expression, however often, and no others; None where it takes a query.

    A left join has each row of its left side. Floats are left out: Arrow tells 0.0 from -0.0.
    """
    base = node.base
    if len(value.text) != 1 or value.dtype.kind == "f":
        return None
    if isinstance(base, Source):
        named = (name for name in base.table.column_names if quote(name) == value.text[0])
        return next((Held(base.table, name) for name in named), None)
    if isinstance(base, Join) and base.how == "left":
        below = (one for name, side, one in base.columns if side == "l" and quote(name) == value.text[0])
        return next((held(base.left, one) for one in below), None)
    return None


def are_within(column: Held, others: Held) -> bool:
    """Whether each value of a column is one of the others; a missing one if one of them is missing."""
    key = None
    if engine().shelf is not None:
        key = key_of("within", *(column_digest(one.table, one.name) for one in (column, others)))
    return bool(engine().once("within", key, lambda: _are_within(column, others)))


def _are_within(column: Held, others: Held) -> bool:
    found = pc.is_in(column.table.column(column.name), value_set=others.table.column(others.name))
    return bool(pc.all(found).as_py())  # of no rows all are
