"""One value of all columns of a row: `df.sum(axis=1)` and its like.

Pandas adds the columns one after the other, and so does this: floats are equal to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from stratum_sql.pandas.aligning import assigned
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr, cast, joined, without_nan
from stratum_sql.pandas.kinds import BOOL, FLOAT, INT, is_integer
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import Node

Found = tuple[Node, Expr]


def across(node: Node, values: Sequence[Expr], name: str) -> Found:
    """The node with the aggregate of each row, missing values left out, and it. Raises Declined."""
    function = _FUNCTIONS.get(name)
    if function is None:
        raise Declined(f"{name} of each row")
    return function(node, values)


def _added(parts: Sequence[Any]) -> Any:
    return joined("(" + " + ".join("{}" for _ in parts) + ")", *parts)


def _numbers(values: Sequence[Expr]) -> list[Expr]:
    """The values as the numbers they are added as. Raises Declined."""
    kinds = {value.dtype for value in values}
    if kinds == {BOOL} or all(is_integer(kind) and kind.kind == "i" for kind in kinds):
        return [cast(value, INT) for value in values]
    if any(kind != FLOAT and kind.kind != "i" for kind in kinds):
        raise Declined("columns of these types")
    return [cast(value, FLOAT) for value in values]


def _or_zero(value: Expr) -> Any:
    return joined("coalesce({}, 0)", value) if value.nullable else value


def _sum(node: Node, values: Sequence[Expr]) -> Found:
    numbers = _numbers(values)
    text, dtype = _added([_or_zero(number) for number in numbers]), numbers[0].dtype
    return assigned(node, "__sum", Expr(text, INT) if dtype == INT else without_nan(text, FLOAT), here())


def _there(values: Sequence[Expr]) -> Any:
    """How many values of a row are there."""
    gaps = [value for value in values if value.nullable]
    sure = str(len(values) - len(gaps))
    return _added([sure, *(joined("CAST({} IS NOT NULL AS BIGINT)", value) for value in gaps)])


def _count(node: Node, values: Sequence[Expr]) -> Found:
    return assigned(node, "__count", Expr(joined("CAST({} AS BIGINT)", _there(values)), INT), here())


def _mean(node: Node, values: Sequence[Expr]) -> Found:
    numbers = [cast(number, FLOAT) for number in _numbers(values)]
    total = _added([_or_zero(number) for number in numbers])
    text = joined("({} / nullif({}, 0))", total, _there(numbers))
    return assigned(node, "__mean", without_nan(text, FLOAT), here())


def _variance(node: Node, values: Sequence[Expr]) -> Found:
    """In two passes, as pandas does."""
    numbers = [cast(number, FLOAT) for number in _numbers(values)]
    node, mean = assigned(node, "__mean", Expr(_mean_of(numbers), FLOAT, True), here())
    squares = [joined("({} - {}) * ({} - {})", mean, number, mean, number) for number in numbers]
    total = _added([joined("coalesce({}, 0)", square) for square in squares])
    count = _there(numbers)
    text = joined("CASE WHEN {} > 1 THEN {} / ({} - 1) END", count, total, count)
    return assigned(node, "__variance", without_nan(text, FLOAT), here())


def _mean_of(numbers: Sequence[Expr]) -> Any:
    return joined("({} / nullif({}, 0))", _added([_or_zero(number) for number in numbers]), _there(numbers))


def _deviation(node: Node, values: Sequence[Expr]) -> Found:
    node, variance = _variance(node, values)
    return assigned(node, "__deviation", Expr(joined("sqrt({})", variance), FLOAT, True), here())


def _extreme(function: str) -> Callable[[Node, Sequence[Expr]], Found]:
    def of(node: Node, values: Sequence[Expr]) -> Found:
        kinds = {value.dtype for value in values}
        if any(kind != FLOAT and kind.kind != "i" for kind in kinds):
            raise Declined("columns of these types")
        dtype: Any = np.result_type(*kinds)
        listed = [cast(value, dtype) for value in values]
        text = joined(f"{function}(" + ", ".join("{}" for _ in listed) + ")", *listed)
        return assigned(node, "__extreme", Expr(text, dtype, all(value.nullable for value in values)), here())

    return of


def _logical(word: str) -> Callable[[Node, Sequence[Expr]], Found]:
    def of(node: Node, values: Sequence[Expr]) -> Found:
        if any(value.dtype != BOOL for value in values):
            raise Declined("bits of what is not boolean")
        text = joined("(" + f" {word} ".join("{}" for _ in values) + ")", *values)
        return assigned(node, "__logical", Expr(text, BOOL), here())

    return of


_FUNCTIONS: dict[str, Callable[[Node, Sequence[Expr]], Found]] = {
    "sum": _sum,
    "mean": _mean,
    "count": _count,
    "var": _variance,
    "std": _deviation,
    "min": _extreme("least"),
    "max": _extreme("greatest"),
    "any": _logical("OR"),
    "all": _logical("AND"),
}
