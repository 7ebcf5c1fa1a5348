"""Whether all values of a column are among others. Columns of sources are there: Arrow looks, and no query runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stratum_sql.pandas.aligning import column_name
from stratum_sql.pandas.expressions import Expr
from stratum_sql.pandas.found import found_of_both, found_once
from stratum_sql.pandas.keys import key_of
from stratum_sql.pandas.plan import Filter, Head, Join, Node, Sort, Source


@dataclass(frozen=True, slots=True)
class Held:
    """A column that is there."""

    table: pa.Table
    name: str

    @property
    def values(self) -> pa.ChunkedArray:
        """What it holds."""
        return self.table.column(self.name)


def held(node: Node, value: Expr) -> Held | None:
    """A column with all values of an expression, however often, and no others; None where it takes a query.

    A left join has each row of its left side. Floats are left out: Arrow tells 0.0 from -0.0.
    """
    found = None if value.dtype.kind == "f" else _origin(node, value)
    return None if found is None else Held(found[0].table, found[1])


def _origin(node: Node, value: Expr) -> tuple[Source, str] | None:
    """The source and the name there of a column that has all its values."""
    base, name = node.base, column_name(value)
    if name is None:
        return None
    if isinstance(base, Source):
        return (base, name) if base.table.schema.get_field_index(name) >= 0 else None
    if isinstance(base, Join) and base.how == "left":
        below = (one for known, side, one in base.columns if side == "l" and known == name)
        return next((_origin(base.left, one) for one in below), None)
    return None


def superset(node: Node, value: Expr) -> Held | None:
    """A column that has all values of an expression, and perhaps others: that of the rows before some were left out."""
    return held(_all_rows(node), value)


def _all_rows(node: Node) -> Node:
    while isinstance(node.base, Filter | Sort | Head):
        node = node.base.child
    return node


def are_missing_as_nan(node: Node, value: Expr) -> bool:
    """Whether missing texts of a column are sure to be NaN in pandas, and never None."""
    found = _origin(_all_rows(node), value)
    return found is not None and found[1] not in found[0].nones


def are_printable(column: Held) -> bool:
    """Whether all texts of a column are of printable ASCII, by the bytes that Arrow holds them as."""
    return all(_are_printable(chunk) for chunk in column.values.chunks)


def _are_printable(texts: pa.Array) -> bool:
    if texts.type != pa.string() or not len(texts):
        return not len(texts)
    _, ends, data = texts.buffers()
    places = np.frombuffer(ends, dtype=np.int32)[[texts.offset, texts.offset + len(texts)]]
    found = np.frombuffer(data or b"", dtype=np.uint8)[places[0] : places[1]]
    return not len(found) or bool(found.min() >= ord(" ") and found.max() <= ord("~"))


_SOME = 1_000


def is_some_outside(column: Held, others: Held) -> bool:
    """Whether one of the first values of a column is none of the others, which is then sure."""

    def look() -> bool:
        some, values = pc.unique(column.values.slice(0, _SOME)), others.values
        return len(values.filter(pc.is_in(values, value_set=some)).unique()) < len(some)

    return found_of_both(column.table, others.table, ("outside", column.name, others.name), look)


def are_within(column: Held, others: Held | list[Any]) -> bool:
    """Whether each value of a column is one of the others, given by another column or listed; a missing one if one of
    them is missing.
    """
    if isinstance(others, Held):
        about = ("within", column.name, others.name)
        return found_of_both(column.table, others.table, about, lambda: _are_within(column.values, others.values))
    key = key_of(others)
    wanted = pa.array(others, type=column.values.type)
    if key is None:
        return _are_within(column.values, wanted)
    return found_once(column.table, ("within", column.name, key), lambda: _are_within(column.values, wanted))


def _are_within(values: pa.ChunkedArray, others: pa.Array | pa.ChunkedArray) -> bool:
    return bool(pc.all(pc.is_in(values, value_set=others)).as_py())  # of no rows all are
