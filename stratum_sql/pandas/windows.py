"""Functions of a row and of those before and after it: of a whole column, or of the rows with equal keys.

Each takes the rows and a value over them, and gives the value of the function in a column of its own. Declared as
methods in `window_methods.py`, for groups in `group_windows.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from stratum_sql.pandas.aligning import assigned
from stratum_sql.pandas.arithmetic import binary
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.expressions import Expr, Text, cast, is_missing, joined, literal
from stratum_sql.pandas.kinds import BOOL, FLOAT, INT, TEXT, Dtype, is_float, is_integer, is_number, sql_type
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import Node, Source

Found = tuple[Node, Expr]


@dataclass(frozen=True)
class Rows:
    """The rows of a node, in its order; with keys only those with equal ones. Without `with_missing` a row with a
    missing key belongs to no group, and has missing values."""

    node: Node
    keys: tuple[Expr, ...] = ()
    with_missing: bool = False
    of_frame: bool = False  # the value is one column of several

    def at(self, node: Node) -> Rows:
        """The same rows with more columns."""
        return replace(self, node=node)

    @property
    def gaps(self) -> bool:
        """Whether a row may belong to no group."""
        return not self.with_missing and any(key.nullable for key in self.keys)

    def over(self, frame: str = "", *extra: Expr) -> Text:
        """` OVER (…)` in the order of the rows; `extra` are keys more."""
        return joined("{}ORDER BY {}{})", self._head(extra), ", ".join(self.node.order), f" {frame}" if frame else "")

    def over_range(self, key: Expr, frame: str) -> Text:
        """` OVER (…)` in the order of a number, by which the frame is measured."""
        return joined("{}ORDER BY {} {})", self._head(()), key, frame)

    def over_all(self, *extra: Expr) -> Text:
        """` OVER (…)` without order."""
        return joined("{})", self._head(extra))

    def over_values(self, value: Expr, direction: str, *, ties: bool, missing: str = "LAST") -> Text:
        """` OVER (…)` in the order of a value, missing ones last; with `ties` equal values in the order of the rows."""
        order = ", " + ", ".join(self.node.order) if ties else ""
        return joined("{}ORDER BY {} {} NULLS {}{})", self._head(()), value, direction, missing, order)

    def _head(self, extra: Sequence[Expr]) -> Text:
        keys = (*self.keys, *extra)
        parts = joined("PARTITION BY " + ", ".join("{}" for _ in keys) + " ", *keys) if keys else ()
        return joined(" OVER ({}", parts)

    def placed(self, text: Text, dtype: Dtype, *, nullable: bool, label: object = "__window") -> Found:
        """The text as a column of its own, missing where a key is. Raises Declined for integers that would be so."""
        if self.gaps and dtype.kind not in "fOM":
            if is_some_missing(self.node, [key for key in self.keys if key.nullable]):
                raise Declined("integers or booleans beside missing keys")
            return assigned(self.node, label, Expr(text, dtype), here())
        return assigned(self.node, label, self.where_keyed(Expr(text, dtype, nullable)), here())

    def where_keyed(self, value: Expr) -> Expr:
        """The value, missing in rows that belong to no group."""
        if not self.gaps:
            return value
        missing = [key for key in self.keys if key.nullable]
        test = joined(" AND ".join("{} IS NOT NULL" for _ in missing), *missing)
        return Expr(joined("CASE WHEN {} THEN {} END", test, value), value.dtype, True)


def is_some_missing(node: Node, keys: Sequence[Expr]) -> bool:
    """Whether a row has a missing key."""
    test = joined("coalesce(bool_or(" + " OR ".join("{} IS NULL" for _ in keys) + "), false)", *keys)
    return bool(engine().answer(node, test))


def has_rows(node: Node) -> bool:
    """Whether there is a row: pandas' dtypes may depend on it."""
    if isinstance(node.base, Source):
        return bool(node.base.table.num_rows)
    return bool(engine().answer(node, ("count(*) > 0",)))


# -- before and after --------------------------------------------------------------------------------------------------


def shifted(rows: Rows, value: Expr, periods: Any = 1, fill_value: Any = None) -> Found:
    """The value so many rows before, missing where there is none; numbers are floats then."""
    if isinstance(periods, np.integer):
        periods = int(periods)
    if type(periods) is not int or value.dtype == BOOL:
        raise Declined("a shift of booleans")
    if periods == 0 and not rows.keys:
        return rows.node, value
    if periods == 0:
        raise Declined("a shift by 0")
    function = f"{'lag' if periods > 0 else 'lead'}({{}}, {abs(periods)}{{}}){{}}"
    if fill_value is not None and not is_missing(fill_value):
        return _shifted_into(rows, value, function, fill_value)
    if is_integer(value.dtype) and (rows.keys or rows.of_frame) and not has_rows(rows.node):
        return rows.node, value
    number = cast(value, FLOAT) if is_integer(value.dtype) else value
    return rows.placed(joined(function, number, "", rows.over()), number.dtype, nullable=True)


def _shifted_into(rows: Rows, value: Expr, function: str, fill_value: Any) -> Found:
    if not is_number(value.dtype) and value.dtype != TEXT:
        raise Declined(f"a fill_value of {value.dtype}")
    if is_integer(value.dtype) and type(fill_value) is not int:
        raise Declined("a fill_value that is no integer")
    if is_float(value.dtype) and isinstance(fill_value, bool | str):
        raise Declined("a fill_value that is no number")
    rest = joined(", {}", literal(fill_value, value.dtype))
    return rows.placed(joined(function, value, rest, rows.over()), value.dtype, nullable=value.nullable)


def difference(rows: Rows, value: Expr, periods: Any = 1) -> Found:
    """The value minus that so many rows before. Integers are subtracted as such, and floats then."""
    if type(periods) is not int or periods == 0:
        raise Declined("a difference by 0")
    if value.dtype.kind not in "if":
        raise Declined(f"differences of {value.dtype}")
    if is_float(value.dtype):
        node, before = shifted(rows, value, periods)
        return node, binary("sub", value, before)
    if rows.keys and value.dtype == INT:  # pandas subtracts floats here
        node, before = shifted(rows, value, periods)
        return node, binary("sub", cast(value, before.dtype), before)
    dtype = FLOAT if value.dtype.itemsize > 2 else np.dtype("float32")
    function = f"{'lag' if periods > 0 else 'lead'}({{}}, {abs(periods)}){{}}"
    number = cast(value, INT)
    text = joined(f"CAST({{}} - {function} AS {sql_type(dtype)})", number, number, rows.over())
    return rows.placed(text, dtype, nullable=True)


def change(rows: Rows, value: Expr, periods: Any = 1) -> Found:
    """The value through that so many rows before, minus 1."""
    if type(periods) is not int or periods == 0 or value.dtype not in (FLOAT, INT):
        raise Declined("a change by 0, or of this type")
    node, before = shifted(rows, value, periods)
    return node, binary("sub", binary("truediv", value, before), 1)


def filled(rows: Rows, value: Expr, name: str, limit: Any = None) -> Found:
    """Missing values as the last one before (`ffill`) or the next one after (`bfill`), over at most `limit` rows."""
    if limit is not None and (type(limit) is not int or limit <= 0):
        raise Declined("this limit")
    if not value.nullable and not rows.gaps:
        return rows.node, value
    far = "UNBOUNDED" if limit is None else str(limit)
    forward = name == "ffill"
    frame = f"ROWS BETWEEN {far} PRECEDING AND CURRENT ROW" if forward else (
        f"ROWS BETWEEN CURRENT ROW AND {far} FOLLOWING"
    )  # fmt: skip
    function = "last_value" if forward else "first_value"
    text = joined(f"{function}({{}} IGNORE NULLS){{}}", value, rows.over(frame))
    return rows.placed(text, value.dtype, nullable=True)


# -- ranks -------------------------------------------------------------------------------------------------------------


def ranked(
    rows: Rows, value: Expr, method: Any = "average", ascending: Any = True, na_option: Any = "keep", pct: Any = False
) -> Found:
    """The place of the value in the order of all, from 1; missing where the value is."""
    if method not in _RANKS or na_option not in _MISSING or type(ascending) is not bool or type(pct) is not bool:
        raise Declined("this rank")
    if not is_number(value.dtype) and value.dtype not in (TEXT, BOOL):
        raise Declined(f"ranks of {value.dtype}")
    direction = "ASC" if ascending else "DESC"
    over = rows.over_values(value, direction, ties=method == "first", missing=_MISSING[na_option])
    text = joined(_RANKS[method], over)
    if method in ("average", "max"):
        ties = joined("(count(*){} - 1)", rows.over_all(value))
        text = joined("({} + {} / 2e0)" if method == "average" else "({} + {})", text, ties)
    if pct:
        if na_option != "keep" and value.nullable:
            raise Declined("shares of all, missing ones with them")
        count = "count(DISTINCT {}){}" if method == "dense" else "count({}){}"
        text = joined("({} / CAST({} AS DOUBLE))", text, joined(count, value, rows.over_all()))
    text = joined("CAST({} AS DOUBLE)", text)
    if value.nullable and na_option != "keep":
        if value.dtype == TEXT or rows.gaps:
            raise Declined("ranks of missing texts, or beside missing keys")
        return rows.placed(text, FLOAT, nullable=False)
    if value.nullable:
        text = joined("CASE WHEN {} IS NOT NULL THEN {} END", value, text)
    return rows.placed(text, FLOAT, nullable=value.nullable)


_MISSING = {"keep": "LAST", "top": "FIRST", "bottom": "LAST"}
_RANKS = {
    "average": "rank(){}", "min": "rank(){}", "max": "rank(){}", "first": "row_number(){}", "dense": "dense_rank(){}",
}  # fmt: skip


def counted(rows: Rows, ascending: Any = True) -> Found:
    """How many rows came before, or come after."""
    if type(ascending) is not bool:
        raise Declined("this direction")
    text = joined("row_number(){} - 1", rows.over())
    if not ascending:
        text = joined("count(*){} - row_number(){}", rows.over_all(), rows.over())
    if rows.gaps:
        raise Declined("keys that are missing")
    return rows.placed(text, INT, nullable=False)
