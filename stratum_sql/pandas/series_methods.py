"""Methods of Series with a translation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from stratum_sql.pandas import arithmetic, reductions, rowwise
from stratum_sql.pandas.aligning import assigned, check_same_labels, labelled, plain, together
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.dropping import without_labels
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.expressions import Expr, is_missing, joined
from stratum_sql.pandas.kinds import INT, TEXT, Dtype, carried, is_float, is_known, shown
from stratum_sql.pandas.lazy import Lazy
from stratum_sql.pandas.operations import method
from stratum_sql.pandas.places import here
from stratum_sql.pandas.plan import Filter, Head, Node, Sort
from stratum_sql.pandas.ranking import ranked
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.states import Index, Vector
from stratum_sql.pandas.traceable import is_traceable
from stratum_sql.pandas.value_reductions import is_other, of_other_values

# -- missing values and conditions -------------------------------------------------------------------------------------


@method(Series, "fillna", "a constant, also with a limit, or a Series over the same rows, of the column's type")
def _fillna(self: Series, value: Any = None, *, limit: Any = None) -> Any:
    if limit is not None:
        node, found = filled_at_first(self._vector.node, self._vector.value, value, limit)
        return self._with(found, node)
    node, other, _ = self._other(value)
    return self._with(rowwise.filled(self._vector.value, other), node)


def filled_at_first(node: Node, held: Expr, value: Any, limit: Any) -> tuple[Node, Expr]:
    """The value, with a constant for the first missing ones, at most so many. Raises Declined."""
    if type(limit) is not int or limit < 1 or not is_constant(value):
        raise Declined("this limit, or other than a constant")
    filled = rowwise.filled(held, value)
    if not held.nullable:
        return node, filled
    order = ", ".join(node.order)
    missing = joined(f"count(*) FILTER (WHERE {{}} IS NULL) OVER (ORDER BY {order} ROWS UNBOUNDED PRECEDING)", held)
    node, number = assigned(node, "__missing", Expr(missing, INT), here())
    text = joined(f"CASE WHEN {{}} <= {limit} THEN {{}} ELSE {{}} END", number, filled, held)
    return node, Expr(text, held.dtype, True)


@method(Series, "isna")
def _isna(self: Series) -> Any:
    return self._with(rowwise.missing(self._vector.value))


@method(Series, "notna")
def _notna(self: Series) -> Any:
    return self._with(rowwise.there(self._vector.value))


@method(Series, "isnull")
def _isnull(self: Series) -> Any:
    return _isna(self)


@method(Series, "notnull")
def _notnull(self: Series) -> Any:
    return _notna(self)


def condition_of(owner: Any, condition: Any) -> Series:
    """The condition, if it is one over the rows of its owner. Raises Declined."""
    if not isinstance(condition, Series) or not isinstance(condition._state, Vector):
        raise Declined("a condition that is no Series of this frame")
    together(owner._state.node, condition._vector.node)
    check_same_labels(owner._state.index, condition._vector.index)
    return condition


@method(Series, "between", "constants or Series over the same rows")
def _between(self: Series, left: Any, right: Any, inclusive: str = "both") -> Any:
    signs = {"both": ("ge", "le"), "left": ("ge", "lt"), "right": ("gt", "le"), "neither": ("gt", "lt")}
    if inclusive not in signs:
        raise Declined("this inclusive")
    lower, upper = signs[inclusive]
    return self._binary(lower, left)._binary("and_", self._binary(upper, right))


# -- numbers and types -------------------------------------------------------------------------------------------------


@method(Series, "abs")
def _abs(self: Series) -> Any:
    return self._with(arithmetic.plus_minus(self._vector.value))


@method(Series, "__abs__")
def _operator_abs(self: Series) -> Any:
    return _abs(self)


@method(Series, "__neg__", "signed numbers")
def _neg(self: Series) -> Any:
    return self._with(arithmetic.minus(self._vector.value))


@method(Series, "__invert__", "booleans")
def _invert(self: Series) -> Any:
    return self._with(arithmetic.negated(self._vector.value))


@method(Series, "round", "float64, to 0 to 15 decimals")
def _round(self: Series, decimals: int = 0) -> Any:
    return self._with(rowwise.rounded(self._vector.value, decimals))


@method(Series, "astype", "between numbers and booleans; as text and back; as categories and back")
def _astype(self: Series, dtype: Any) -> Any:
    return converted(self, dtype)


def converted(series: Series, wanted: Any) -> Series:
    """`astype`. Raises Declined."""
    value = series._vector.value
    if carried(value.dtype) is not None:
        for test, function in OF_CARRIED:
            if test(value.dtype, wanted):
                return function(series, wanted)
        raise Declined(f"{shown(value.dtype)} as {wanted}")
    if wanted in (object, "object", "O") and value.dtype == TEXT:
        return series._with(value)
    for test, function in CONVERSIONS:
        if test(value.dtype, wanted):
            return function(series, wanted)
    return series._with(as_type(series, value, wanted))


Conversion = tuple[Callable[[Dtype, Any], bool], Callable[[Series, Any], Series]]
OF_CARRIED: list[Conversion] = []  # of columns that DuckDB has no type for
# Other ways to convert, and for which dtype and wish: to and from categories and times.
CONVERSIONS: list[Conversion] = []


def as_type(owner: Series, value: Expr, wanted: Any) -> Expr:
    """The value as another dtype. Asks whether one is missing, where pandas would raise. Raises Declined."""
    dtype = known_dtype(wanted)
    if is_float(value.dtype) and not is_float(dtype) and dtype != TEXT:
        finite = joined("coalesce(bool_or({} IS NULL OR isinf({})), false)", value, value)
        if engine().answer(owner._vector.node, finite):
            raise Declined("missing or infinite values as integers")
        value = Expr(value.text, value.dtype)
    return rowwise.converted(value, dtype)


def known_dtype(wanted: Any) -> Dtype:
    """NumPy's dtype of what a script wrote. Raises Declined."""
    if not isinstance(wanted, str | type | np.dtype):
        raise Declined(f"astype of a {type(wanted).__name__}")
    if wanted is str or wanted == "str":
        return TEXT
    if wanted in ("object", object, "string", "category"):
        raise Declined(f"astype of {wanted}")
    try:
        dtype = np.dtype(wanted)
    except TypeError:
        raise Declined(f"astype of {wanted}") from None
    if not is_known(dtype) or dtype.kind in "MO":
        raise Declined(f"astype of {wanted}")
    return dtype


# -- rows --------------------------------------------------------------------------------------------------------------


def filtered(series: Series, condition: Series) -> Series:
    """The values where the condition holds, each with its label."""
    state = series._vector
    if condition.dtype != bool:
        raise Declined("a selection that is no condition")
    node, index = labelled(state, here())
    node = together(node, condition._vector.node)
    kept = Filter(place=here(), names=node.base.names, child=node, condition=condition._vector.value)
    made: Series = Lazy.recorded(Vector(kept, state.value, state.name, index), is_frame=False)
    return made


@method(Series, "dropna")
def _dropna(self: Series) -> Any:
    return filtered(self, _notna(self))


@method(Series, "head", "a count that is not negative")
def _head(self: Series, n: int = 5) -> Any:
    if type(n) is not int or n < 0:
        raise Declined("a negative count")
    state = self._vector
    node, index = (state.node, state.index) if not state.index.levels else labelled(state, here())
    first = Head(place=here(), names=node.base.names, child=node, start=0, stop=n)
    return Lazy.recorded(Vector(first, state.value, state.name, index), is_frame=False)


@method(
    Series,
    "sort_values",
    "any order if no value comes twice, else kind='stable' or 'mergesort'; na_position; simple keys",
)
def _sort_values(
    self: Series,
    *,
    ascending: Any = True,
    kind: str = "quicksort",
    na_position: str = "last",
    ignore_index: bool = False,
    key: Any = None,
) -> Any:
    state = self._vector
    node, index = labelled(state, here())
    node, value = plain(node, state.value, here())
    column: Series = Lazy.recorded(Vector(node, value, state.name, state.index), is_frame=False)
    node, by = ranked(*sort_key(column, key))
    term, untied = sort_term(by, ascending, kind, na_position)
    index = Index(()) if ignore_index is True else index
    node = Sort(place=here(), names=node.base.names, child=node, keys=(term,), untied=untied)
    return Lazy.recorded(Vector(node, value, state.name, index), is_frame=False)


def sort_key(column: Series, key: Any) -> tuple[Node, Expr]:
    """What a column is sorted by: itself, or what a function gives of it that only computes. Raises Declined."""
    if key is None:
        return column._vector.node, column._vector.value
    if not (is_traceable(key) or key is abs or isinstance(key, np.ufunc)):
        raise Declined("a key that may do more than compute")
    found = key(column)
    if not isinstance(found, Series) or not isinstance(found._state, Vector):
        raise Declined("a key that gives no Series")
    check_same_labels(column._vector.index, found._vector.index)
    node = together(column._vector.node, found._vector.node)
    return plain(node, found._vector.value, here())


def sort_term(value: Expr, ascending: Any, kind: str, na_position: str = "last") -> tuple[str, Expr | None]:
    """The term of ORDER BY for one key, and the key if ties of it would be in an order of NumPy's own."""
    if not isinstance(ascending, bool | int | np.bool_) or na_position not in ("first", "last"):
        raise Declined("directions that are no booleans, or this na_position")
    term = f"{value.text[0]} {'ASC' if ascending else 'DESC'} NULLS {na_position.upper()}"
    return term, None if kind in ("stable", "mergesort") else value


@method(Series, "drop", "rows by labels of int64 or text")
def _drop(self: Series, labels: Any = None, *, errors: str = "raise") -> Any:
    if labels is None:
        raise Declined("no labels")
    state = self._vector
    node, index = without_labels(state, labels, errors)
    return Lazy.recorded(Vector(node, state.value, state.name, index), is_frame=False)


@method(Series, "copy")
def _copy(self: Series, deep: bool = True) -> Any:
    return self._with(self._vector.value)


# -- one value of many -------------------------------------------------------------------------------------------------


def _declare(name: str, note: str) -> None:
    def reduce(self: Series, *, axis: Any = None, skipna: Any = True) -> Any:
        check_axis(axis)
        if is_other(self):
            return of_other_values(self, name, skipna)
        return self._ask(reductions.asked(name, self._vector.value, skipna=skipna))

    def sums(self: Series, *, axis: Any = None, skipna: Any = True, min_count: Any = 0) -> Any:
        check_axis(axis)
        if is_other(self) and min_count == 0:
            return of_other_values(self, name, skipna)
        return self._ask(reductions.asked(name, self._vector.value, skipna=skipna, min_count=min_count))

    def counts(self: Series) -> Any:
        found = self._ask(reductions.reduced(name, self._vector.value))
        return int(found) if name == "nunique" else found  # as pandas does

    method(Series, name, note)({"sum": sums, "count": counts, "nunique": counts}.get(name, reduce))


def check_axis(axis: Any) -> None:
    """Raise Declined but for the one axis of a Series."""
    if axis not in (None, 0, "index"):
        raise Declined("this axis")


_ORDERED = "numbers, times and spans; ordered categories; Int64, Float64"
_SUPPORTED = {
    "count": "",
    "nunique": "",
    "any": "booleans and numbers",
    "all": "booleans and numbers",
    "min": _ORDERED,
    "max": _ORDERED,
}
for _name in (name for name in reductions.NAMES if name not in ("std", "var")):  # those take ddof: statistics.py
    _declare(_name, _SUPPORTED.get(_name, "signed integers and float64, all rows"))


@method(Series, "__len__")
def _len(self: Series) -> Any:
    return int(self._ask(Expr(("count(*)",), INT)))


def is_label(value: Any) -> bool:
    """Whether a value can be the label of a column here."""
    kind = type(value)
    return kind is str or kind is int or (isinstance(value, str | int | np.integer) and kind is not bool)


def is_constant(value: Any) -> bool:
    """Whether a value is one number, text or boolean, and not missing."""
    return isinstance(value, _CONSTANTS) and not is_missing(value)


_CONSTANTS = (str, bool, int, float, np.number, np.bool_)
