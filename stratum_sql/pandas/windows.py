"""The row before or after: `shift` and `diff`, of a Series and within groups, and `cumcount`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from stratum_sql.pandas.aligning import assigned
from stratum_sql.pandas.arithmetic import binary
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr, cast, joined
from stratum_sql.pandas.kinds import FLOAT, INT, TEXT
from stratum_sql.pandas.lazy import method
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import Node
from stratum_sql.pandas.series import Series


@method(Series, "shift", "of float64, int64 or text, by rows")
def _shift(self: Series, periods: Any = 1) -> Any:
    node, found = shifted(self._vector.node, self._vector.value, periods, ())
    return self._with(found, node)


@method(Series, "diff", "of float64, by rows")
def _diff(self: Series, periods: Any = 1) -> Any:
    if self._vector.value.dtype != FLOAT:
        raise Declined("differences of other than float64")  # those of large integers are exact in pandas
    node, found = shifted(self._vector.node, self._vector.value, periods, ())
    return self._with(binary("sub", self._vector.value, found), node)


def shifted(node: Node, value: Expr, periods: Any, keys: Sequence[Expr]) -> tuple[Node, Expr]:
    """The node with the value so many rows before, of those with equal keys, missing where there is none; integers are
    floats then. Raises Declined."""
    if type(periods) is not int or periods == 0 or value.dtype not in (FLOAT, INT, TEXT):
        raise Declined("a shift by 0, or of this type")
    function = "lag" if periods > 0 else "lead"
    number = value if value.dtype == TEXT else cast(value, FLOAT)
    text = joined(f"{function}({{}}, {abs(periods)}) OVER ({{}})", number, window(node, keys))
    return assigned(node, "__shifted", Expr(present(text, keys), number.dtype, True), here())


def window(node: Node, keys: Sequence[Expr]) -> Any:
    """The rows with equal keys, in their order."""
    parts = joined("PARTITION BY " + ", ".join("{}" for _ in keys) + " ", *keys) if keys else ()
    return joined("{}ORDER BY {}", parts, ", ".join(node.order))


def present(text: Any, keys: Sequence[Expr]) -> Any:
    """The text, and NULL where a key is missing: such a row is in no group."""
    missing = [key for key in keys if key.nullable]
    if not missing:
        return text
    test = joined(" AND ".join("{} IS NOT NULL" for _ in missing), *missing)
    return joined("CASE WHEN {} THEN {} END", test, text)
