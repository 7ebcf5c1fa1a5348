"""Values kept or replaced by a condition, limits, and membership: `where`, `mask`, `clip`, `isin`, `round`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from stratum_sql.pandas import arithmetic, rowwise
from stratum_sql.pandas.aligning import check_same_labels, together
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.expressions import Expr, Listed, cast, is_missing, joined
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.frame_methods import each
from stratum_sql.pandas.kinds import BOOL, FLOAT, INT, TEXT, is_float
from stratum_sql.pandas.lazy import method
from stratum_sql.pandas.plan import Node
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.series_methods import condition_of, is_constant
from stratum_sql.pandas.states import Table, Vector

# -- where and mask ----------------------------------------------------------------------------------------------------

_NOTE = "a condition and values over the same rows, or a constant"


@method(Series, "where", _NOTE)
def _where(self: Series, cond: Any, other: Any = np.nan) -> Any:
    return _chosen(self, cond, other, negated=False)


@method(Series, "mask", _NOTE)
def _mask(self: Series, cond: Any, other: Any = np.nan) -> Any:
    return _chosen(self, cond, other, negated=True)


def _chosen(self: Series, condition: Any, other: Any, *, negated: bool) -> Series:
    test = condition_of(self, condition)
    node, otherwise, _ = self._other(other)
    value = arithmetic.negated(test._vector.value) if negated else test._vector.value
    node = together(node, test._vector.node)
    return self._with(kept_where(node, value, self._vector.value, otherwise), node)


def kept_where(node: Node, condition: Expr, value: Expr, other: Any) -> Expr:
    """The value where the condition holds. Integers are floats if another one has a fraction or misses: it is asked."""
    is_fraction = not isinstance(other, Expr) and isinstance(other, float | np.floating) and not is_whole(other)
    if value.dtype == INT and is_fraction and condition.dtype == BOOL:
        test = joined("coalesce(bool_and({}), true)", condition)
        if engine().rows(node, [("value", test)], ()).column(0)[0].as_py():
            return value
        value = cast(value, FLOAT)
    return rowwise.chosen(condition, value, other)


def is_whole(number: float | np.floating[Any]) -> bool:
    """Whether a float is an integer, which a column of such would hold."""
    return bool(np.isfinite(number) and float(number).is_integer())


@method(DataFrame, "where", "a condition of the same columns, and a constant")
def _where_frame(self: DataFrame, cond: Any, other: Any = np.nan) -> Any:
    return _chosen_in_frame(self, cond, other, negated=False)


@method(DataFrame, "mask", "a condition of the same columns, and a constant")
def _mask_frame(self: DataFrame, cond: Any, other: Any = np.nan) -> Any:
    return _chosen_in_frame(self, cond, other, negated=True)


def _chosen_in_frame(self: DataFrame, condition: Any, other: Any, *, negated: bool) -> DataFrame:
    if not isinstance(condition, DataFrame) or not isinstance(condition._state, Table):
        raise Declined("a condition that is no frame")
    if not is_constant(other) and not is_missing(other):
        raise Declined(f"values in a {type(other).__name__}")
    state, tests = self._table, dict(condition._state.columns)
    check_same_labels(state.index, condition._state.index)
    if list(tests) != [label for label, _ in state.columns] or any(test.dtype != BOOL for test in tests.values()):
        raise Declined("a condition of other columns")
    node = together(state.node, condition._state.node)
    whole = self._with(state.columns, node)
    return each(
        whole,
        lambda label, held: kept_where(
            node, arithmetic.negated(tests[label]) if negated else tests[label], held, other
        ),
    )


# -- limits and rounding -----------------------------------------------------------------------------------------------


@method(Series, "clip", "constants, or Series over the same rows")
def _clip(self: Series, lower: Any = None, upper: Any = None) -> Any:
    if not any(isinstance(limit, Series) for limit in (lower, upper)):
        return self._with(rowwise.clipped(self._vector.value, lower, upper))
    node, low, _ = self._other(lower)
    other, high, _ = self._other(upper)
    return self._with(rowwise.limited(self._vector.value, low, high), together(node, other))


@method(DataFrame, "clip", "constants")
def _clip_frame(self: DataFrame, lower: Any = None, upper: Any = None) -> Any:
    return each(self, lambda _, held: rowwise.clipped(held, lower, upper))


@method(DataFrame, "round", "0 to 15 decimals, or a dict by label; float64")
def _round_frame(self: DataFrame, decimals: Any = 0) -> Any:
    known = decimals if isinstance(decimals, dict) else {label: decimals for label, _ in self._table.columns}
    return each(
        self,
        lambda label, held: rowwise.rounded(held, known[label]) if label in known and is_float(held.dtype) else held,
    )


# -- membership --------------------------------------------------------------------------------------------------------


@method(Series, "isin", "constants of the column's type in a list, set or array, or a Series of that type")
def _isin(self: Series, values: Any) -> Any:
    if isinstance(values, Series):
        return _isin_series(self, values)
    return self._with(rowwise.is_among(self._vector.value, _listed(values)))


@method(DataFrame, "isin", "as for Series, constants for all columns")
def _isin_frame(self: DataFrame, values: Any) -> Any:
    listed = _listed(values)
    return each(self, lambda _, held: rowwise.is_among(held, listed))


def _listed(values: Any) -> list[Any]:
    if isinstance(values, np.ndarray | pd.Index) and values.ndim == 1 and values.dtype.kind in "iufbO":
        values = values.tolist()
    if not isinstance(values, list | tuple | set | frozenset) or len(values) > _MOST_LISTED:
        raise Declined(f"values in a {type(values).__name__}, or many")
    return list(values)


_MOST_LISTED = 2_000


def _isin_series(self: Series, other: Series) -> Series:
    """Whether it is one of the other's values, in a query of its own."""
    value = self._vector.value
    if not isinstance(other._state, Vector):
        raise Declined("a Series that only pandas can hold")
    held = other._vector.value
    if held.dtype != value.dtype or value.dtype not in (INT, FLOAT, TEXT):
        raise Declined("values of another type")
    if value.nullable and other._has_missing(held):
        raise Declined("missing values on both sides")
    return self._with(rowwise.is_listed(value, Listed(other._vector.node, held)))
