"""`interpolate`: missing values on the line between those before and after, by the number of the row."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from stratum_sql.pandas.aligning import numbered
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr, joined, refusing
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.kinds import FLOAT, INT
from stratum_sql.pandas.lazy import Lazy
from stratum_sql.pandas.operations import method
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import Node
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.states import Table, Vector
from stratum_sql.pandas.windows import Found, Rows

_BEFORE, _AFTER = "ROWS UNBOUNDED PRECEDING", "ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING"


def interpolated(node: Node, value: Expr, *, both: bool) -> Found:
    """Behind the last value it is that one; before the first one there is none, or with `both` the first one.

    Raises Declined for other than float64 and int64.
    """
    if value.dtype not in (FLOAT, INT):
        raise Declined(f"lines between values of {value.dtype}")
    if not value.nullable:
        return node, value
    node, number = numbered(node, here())
    place = Expr(joined("CASE WHEN {} IS NOT NULL THEN {} END", value, number), INT, True)
    node, before = _nearest(node, value, "last_value", _BEFORE)
    node, first = _nearest(node, place, "last_value", _BEFORE)
    node, after = _nearest(node, value, "first_value", _AFTER)
    node, last = _nearest(node, place, "first_value", _AFTER)
    line = joined("(({} - {}) / ({} - {}) * ({} - {}) + {})", after, before, last, first, number, first, before)
    ends = joined("isinf({}) OR isinf({})", before, after)
    line = refusing(joined("coalesce({}, false)", ends), "lines between infinite values", line)
    text = joined(
        "CASE WHEN {} IS NOT NULL THEN {} WHEN {} IS NULL THEN {} WHEN {} IS NULL THEN {} ELSE {} END",
        value, value, before, after if both else "NULL::DOUBLE", after, before, line,
    )  # fmt: skip
    return Rows(node).placed(text, FLOAT, nullable=True)


def _nearest(node: Node, value: Expr, function: str, frame: str) -> Found:
    rows = Rows(node)
    return rows.placed(
        joined(f"{function}({{}} IGNORE NULLS){{}}", value, rows.over(frame)), value.dtype, nullable=True
    )


def _is_both(name: Any, limit_direction: Any) -> bool:
    if name != "linear" or limit_direction not in (None, "forward", "both"):
        raise Declined("other than lines, or backwards")
    return bool(limit_direction == "both")


@method(Series, "interpolate", "lines by the number of the row, of float64; limit_direction forward or both")
def _of_series(self: Series, method: Any = "linear", *, limit_direction: Any = None) -> Any:
    state = self._vector
    node, found = interpolated(state.node, state.value, both=_is_both(method, limit_direction))
    return Lazy.recorded(Vector(node, found, state.name, state.index), is_frame=False)


@method(DataFrame, "interpolate", "as for Series, all columns of float64 or int64")
def _of_frame(self: DataFrame, method: Any = "linear", *, axis: Any = 0, limit_direction: Any = None) -> Any:
    both, state = _is_both(method, limit_direction), self._table
    if axis not in (0, "index"):
        raise Declined("lines across columns")
    node, columns = state.node, list[tuple[Hashable, Expr]]()
    for label, value in state.columns:
        node, found = interpolated(node, value, both=both)
        columns.append((label, found))
    return Lazy.recorded(Table(node, columns, state.index), is_frame=True)
