"""Values kept or replaced by a condition, limits, and membership: `where`, `mask`, `clip`, `isin`, `round`."""

from __future__ import annotations

from collections.abc import Hashable
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
from stratum_sql.pandas.given import by_row
from stratum_sql.pandas.kinds import BOOL, FLOAT, INT, TEXT, is_float
from stratum_sql.pandas.lazy import Lazy
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.operations import method
from stratum_sql.pandas.plan import Node
from stratum_sql.pandas.presence import are_missing_as_nan
from stratum_sql.pandas.running import made_by_pandas
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.series_methods import condition_of, is_constant
from stratum_sql.pandas.states import Table, Vector

# -- where and mask ----------------------------------------------------------------------------------------------------

_NOTE = "a condition and values over the same rows or one a row, or a constant; functions that give such"


@method(Series, "where", _NOTE)
def _where(self: Series, cond: Any, other: Any = np.nan) -> Any:
    return _asked(self, "where", cond, other)


@method(Series, "mask", _NOTE)
def _mask(self: Series, cond: Any, other: Any = np.nan) -> Any:
    return _asked(self, "mask", cond, other)


def _asked(self: Any, name: str, condition: Any, other: Any, **options: Any) -> Any:
    """`where` or `mask`; functions are called once, whoever does the rest."""
    if _is_function(condition) or _is_function(other):
        given = [one(self) if _is_function(one) else one for one in (condition, other)]
        return getattr(self, name)(*given, **options)
    choose = _chosen if isinstance(self, Series) else _chosen_in_frame
    return choose(self, condition, other, negated=name == "mask", **options)


def _is_function(value: Any) -> bool:
    return callable(value) and not issubclass(type(value), Lazy)


def _chosen(self: Series, condition: Any, other: Any, *, negated: bool) -> Series:
    if isinstance(condition, list | np.ndarray):
        node, test = _given(self._vector.node, np.asarray(condition))
    else:
        found = condition_of(self, condition)._vector
        node, test = found.node, found.value
    if isinstance(other, list | tuple | np.ndarray):
        node, otherwise = by_row(node, list(other) if isinstance(other, tuple) else other)
        if otherwise.dtype != self._vector.value.dtype:
            raise Declined("values of another type")
    else:
        of_other, otherwise, _ = self._other(other)
        node = together(of_other, node)
    value = arithmetic.negated(test) if negated else test
    return self._with(kept_where(node, value, self._vector.value, otherwise), node)


def _given(node: Node, values: np.ndarray[Any, Any]) -> tuple[Node, Expr]:
    """A condition that is an array."""
    if values.dtype != bool:
        raise Declined("a condition that is not boolean")
    return by_row(node, values)


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


_OF_FRAME = "a condition of the same columns, of each row, or an array; a constant, a frame or Series of the same rows"


@method(DataFrame, "where", _OF_FRAME)
def _where_frame(self: DataFrame, cond: Any, other: Any = np.nan, *, axis: Any = None) -> Any:
    return _asked(self, "where", cond, other, axis=axis)


@method(DataFrame, "mask", _OF_FRAME)
def _mask_frame(self: DataFrame, cond: Any, other: Any = np.nan, *, axis: Any = None) -> Any:
    return _asked(self, "mask", cond, other, axis=axis)


def _chosen_in_frame(self: DataFrame, condition: Any, other: Any, *, negated: bool, axis: Any = None) -> DataFrame:
    if axis not in (None, 0, "index"):
        raise Declined("values along the columns")
    node, tests = _tests(self, condition)
    node, others = _others(self, node, other, axis)
    if any(test.dtype != BOOL for test in tests.values()):
        raise Declined("a condition that is not boolean")
    whole = self._with(self._table.columns, node)
    return each(
        whole,
        lambda label, held: kept_where(
            node, arithmetic.negated(tests[label]) if negated else tests[label], held, others[label]
        ),
    )


Tests = dict[Hashable, Expr]


def _tests(self: DataFrame, condition: Any) -> tuple[Node, Tests]:
    """The condition of each column, over a node that has the frame's rows. Raises Declined."""
    state, labels = self._table, self._table.columns.labels
    if isinstance(condition, list | np.ndarray):
        return _tests_by_place(self, np.asarray(condition))
    if isinstance(condition, Series):
        found = condition_of(self, condition)._vector
        return together(state.node, found.node), dict.fromkeys(labels, found.value)
    if not isinstance(condition, DataFrame) or not isinstance(condition._state, Table):
        raise Declined("a condition that is no frame")
    check_same_labels(state.index, condition._state.index)
    tests = dict(condition._state.columns)
    if list(tests) != labels:
        raise Declined("a condition of other columns")
    return together(state.node, condition._state.node), tests


def _tests_by_place(self: DataFrame, condition: np.ndarray[Any, Any]) -> tuple[Node, Tests]:
    labels, node, tests = self._table.columns.labels, self._table.node, Tests()
    if condition.ndim != 2 or condition.shape[1] != len(labels):
        raise Declined("a condition of another shape")
    for place, label in enumerate(labels):
        node, tests[label] = _given(node, condition[:, place])
    return node, tests


def _others(self: DataFrame, node: Node, other: Any, axis: Any) -> tuple[Node, dict[Hashable, Any]]:
    """What each column has where the condition does not hold. Raises Declined."""
    labels = self._table.columns.labels
    if is_constant(other) or is_missing(other):
        return node, dict.fromkeys(labels, other)
    if isinstance(other, Series) and isinstance(other._state, Vector) and axis is not None:
        check_same_labels(self._table.index, other._vector.index)
        return together(node, other._vector.node), dict.fromkeys(labels, other._vector.value)
    if isinstance(other, DataFrame) and isinstance(other._state, Table):
        check_same_labels(self._table.index, other._table.index)
        if set(labels) != set(other._table.columns.labels):
            raise Declined("values of other columns")
        return together(node, other._table.node), dict(other._table.columns)
    raise Declined(f"values in a {type(other).__name__}")


# -- limits and rounding -----------------------------------------------------------------------------------------------


@method(Series, "clip", "constants, or Series over the same rows")
def _clip(self: Series, lower: Any = None, upper: Any = None) -> Any:
    if not any(isinstance(limit, Series) for limit in (lower, upper)):
        return self._with(rowwise.clipped(self._vector.value, lower, upper))
    node, low, _ = self._other(lower)
    other, high, _ = self._other(upper)
    return self._with(rowwise.limited(self._vector.value, low, high), together(node, other))


@method(DataFrame, "clip", "constants, or Series over the same rows with axis=0")
def _clip_frame(self: DataFrame, lower: Any = None, upper: Any = None, *, axis: Any = None) -> Any:
    if any(isinstance(limit, Series) for limit in (lower, upper)):
        return _clip_rows(self, lower, upper, axis)
    if axis not in (None, 0, 1, "index", "columns"):
        raise Declined("this axis")
    return each(self, lambda _, held: rowwise.clipped(held, lower, upper))


def _clip_rows(self: DataFrame, lower: Any, upper: Any, axis: Any) -> DataFrame:
    """With limits of each row."""
    if axis not in (0, "index"):
        raise Declined("limits of each column")
    node, limits = self._table.node, []
    for limit in (lower, upper):
        if isinstance(limit, Series):
            if not isinstance(limit._state, Vector):
                raise Declined("a Series that only pandas can hold")
            check_same_labels(self._table.index, limit._vector.index)
            node, limit = together(node, limit._vector.node), limit._vector.value
        limits.append(limit)
    return each(self._with(self._table.columns, node), lambda _, held: rowwise.limited(held, *limits))


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
    state, listed = self._vector, _listed(values)
    if _are_told(state.node, state.value, listed):
        return self._with(rowwise.is_among(state.value, listed))
    engine().note("Series.isin", _WHICH)
    with object_mode():
        return Lazy.of(made_by_pandas(state).isin(values))


@method(DataFrame, "isin", "as for Series, constants for all columns, or a dict by label")
def _isin_frame(self: DataFrame, values: Any) -> Any:
    if type(values) is dict:
        known = {label: _listed(one) for label, one in values.items()}
    else:
        known = dict.fromkeys(self._table.columns.labels, _listed(values))
    if not all(_are_told(self._table.node, held, known.get(label, [])) for label, held in self._table.columns):
        raise Declined(_WHICH)
    return each(self, lambda label, held: rowwise.is_among(held, known.get(label, [])))


_WHICH = "missing values among constants, which pandas tells apart"


def _are_told(node: Node, value: Expr, listed: list[Any]) -> bool:
    """Whether a missing value of the column is among the constants if one of them is missing: None is not NaN."""
    missing = [one for one in listed if is_missing(one)]
    if not missing or not value.nullable:
        return True
    if any(type(one) is not float for one in missing):
        return False
    return value.dtype == FLOAT or (value.dtype == TEXT and are_missing_as_nan(node, value))


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
