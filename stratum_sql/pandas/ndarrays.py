"""Arrays of NumPy that a script made of columns, recorded: `numpy.where` above all."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pandas as pd
from numpy.lib.mixins import NDArrayOperatorsMixin

from stratum_sql.errors import StratumError
from stratum_sql.pandas import rowwise
from stratum_sql.pandas.aligning import together
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.expressions import Expr, cast, joined, literal
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.kinds import FLOAT, INT, Carried
from stratum_sql.pandas.lazy import Lazy, RecordedArray, kept, own, states_in, thawed, wrapped
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.moving import check_none_carried
from stratum_sql.pandas.operations import native, with_recipe
from stratum_sql.pandas.running import refused
from stratum_sql.pandas.series import OF_ONE, Series, translated_ufunc
from stratum_sql.pandas.states import Table, Vector

native("numpy", "where", "a condition and values over the same rows, or constants")
native("numpy", "select", "conditions and values over the same rows, or constants")
native("numpy", "digitize", "Series of int64 or float64, edges that ascend")
native("numpy", "searchsorted", "edges, and a Series of int64 or float64")
native("numpy", "clip", "as the method")
native("numpy", "round", "as the method")
for _name in ("mean", "sum", "max", "min", "std", "var", "median"):
    native("numpy", _name, "Series, as the method; the median where none is missing")
for _name in (*rowwise.ELEMENTARY, *OF_ONE, "maximum", "minimum", "fmax", "fmin"):
    native("numpy", _name, "Series of float64 or int64" if _name in rowwise.ELEMENTARY else "")


class Array(RecordedArray, NDArrayOperatorsMixin):
    """An ndarray of one value a row. Assigned to its frame it stays in the plan; all else makes NumPy's own of it."""

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.array(self.made(), dtype=dtype)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if self.width is None and not any(isinstance(one, pd.Series | pd.DataFrame) for one in inputs):
            columns = tuple(one.recorded if isinstance(one, Array) else one for one in inputs)
            found = translated_ufunc(ufunc, method, columns, kwargs)
            if found is not None:
                return Array(found)
        inputs = thawed(inputs)
        return getattr(ufunc, method)(*inputs, **kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return function(*thawed(args), **thawed(kwargs))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(np.asarray(self), name)

    def __len__(self) -> int:
        return len(self.recorded)

    def __getitem__(self, key: Any) -> Any:
        return np.asarray(self)[thawed(key)]

    def __repr__(self) -> str:
        return repr(np.asarray(self))


def _array_function(self: Lazy, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
    """NumPy's functions of recorded objects: `where` has a translation."""
    reason = "no translation"
    if function in FUNCTIONS:
        name, translation = FUNCTIONS[function]
        try:
            if Carried.is_made:
                check_none_carried(name, states_in((args, kwargs)))
            found = translation(*args, **kwargs)
            engine().translated[f"numpy.{name}"] += 1
            return found
        except Declined as declined:
            reason = declined.reason
        except StratumError as error:
            reason = refused(error)
        except TypeError:
            reason = "these arguments"
    engine().note(f"numpy.{function.__name__}", reason)
    args, kwargs = thawed((args, kwargs))
    with object_mode():
        return function(*args, **kwargs)


def _where(condition: Any, yes: Any, no: Any) -> Array:
    if not isinstance(condition, Series) or not isinstance(condition._state, Vector):
        raise Declined("a condition that is no Series")
    node, yes_value, _ = condition._other(yes)
    step = condition._with(condition._vector.value, node)
    node, no_value, _ = step._other(no)
    found = condition._with(rowwise.either(condition._vector.value, yes_value, no_value), node)
    return _recorded(found, condition, lambda test, *values: np.where(test, *values), (yes, no), [yes, no])


def _recorded(found: Series, condition: Series, function: Any, values: Any, given: list[Any]) -> Array:
    every_text = all(isinstance(one, str) for one in given)
    width = max(len(one) for one in given) if every_text else None
    now = kept((condition, values))

    def made() -> Any:
        test, arguments = thawed(now)
        return pd.Series(function(test, *arguments), index=test.index)

    found._become(with_recipe(found._state, made))
    return Array(found, width)


def _select(condlist: Any, choicelist: Any, default: Any = 0) -> Array:
    """The choice of the first condition that holds."""
    if not isinstance(condlist, list) or not isinstance(choicelist, list) or len(condlist) != len(choicelist):
        raise Declined("other than lists of one length")
    if not condlist or not all(isinstance(one, Series) and isinstance(one._state, Vector) for one in condlist):
        raise Declined("conditions that are no Series")
    first = condlist[0]
    node, values = first._vector.node, []
    for one in (*condlist, *choicelist, default):
        node, value, _ = first._with(first._vector.value, node)._other(one)
        values.append(value)
    tests, chosen = values[: len(condlist)], values[len(condlist) :]
    found = first._with(rowwise.first_of(tests, chosen[:-1], chosen[-1]), node, None)
    choices = (condlist, choicelist, default)
    return _recorded(
        found,
        first,
        lambda _, conds, values, default: np.select(conds, values, default),
        choices,
        [*choicelist, default],
    )


def _digitize(x: Any, bins: Any, right: Any = False) -> Array:
    return _between(x, bins, is_after=right is not True, made=lambda values: np.digitize(values, bins, right))


def _searchsorted(a: Any, v: Any, side: Any = "left") -> Array:
    return _between(v, a, is_after=side == "right", made=lambda values: np.searchsorted(a, values, side))


def _between(x: Any, edges: Any, *, is_after: bool, made: Any) -> Array:
    """How many of the edges, which ascend, a number is behind; behind all where it is missing."""
    if not isinstance(x, Series) or not isinstance(x._state, Vector) or x._vector.value.dtype not in (INT, FLOAT):
        raise Declined("other than a Series of int64 or float64")
    listed = np.asarray(edges)
    if listed.ndim != 1 or listed.dtype.kind not in "if" or not 0 < len(listed) <= _MOST_EDGES:
        raise Declined("edges that are no numbers, or many")
    if not (np.diff(listed) >= 0).all() or np.isnan(listed).any():
        raise Declined("edges that do not ascend")
    value = cast(x._vector.value, FLOAT if listed.dtype.kind == "f" else x._vector.value.dtype)
    sign = "<" if is_after else "<="
    tests = [joined(f"WHEN {{}} {sign} {{}} THEN {at}", value, _edge(one, value)) for at, one in enumerate(listed)]
    text = joined("CASE " + " ".join("{}" for _ in tests) + " ELSE {} END", *tests, str(len(listed)))
    found = x._with(Expr(joined("CAST({} AS BIGINT)", text), INT))
    return _recorded(found, x, lambda column, *_: made(column), (), [x])


def _edge(edge: Any, value: Expr) -> Expr:
    return literal(int(edge) if value.dtype == INT else float(edge), value.dtype)


_MOST_EDGES = 100


def _clip(a: Any, a_min: Any = None, a_max: Any = None) -> Any:
    return a.clip(a_min, a_max)


def _round(a: Any, decimals: int = 0) -> Any:
    return a.round(decimals)


FUNCTIONS: dict[Any, tuple[str, Any]] = {
    np.where: ("where", _where),
    np.select: ("select", _select),
    np.clip: ("clip", _clip),
    np.round: ("round", _round),
    np.digitize: ("digitize", _digitize),
    np.searchsorted: ("searchsorted", _searchsorted),
}
Lazy.__array_function__ = _array_function  # type: ignore[attr-defined]


def _ufunc_of_frame(self: DataFrame, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
    """A function of NumPy of each column; of frames with something else pandas' own."""
    if method == "__call__" and len(inputs) == 1 and not kwargs and isinstance(self._state, Table):
        state = self._state
        columns = [translated_ufunc(ufunc, method, (self._column(label),), {}) for label, _ in state.columns]
        if all(column is not None for column in columns):
            node = functools.reduce(together, (column._state.node for column in columns), state.node)
            labels = (label for label, _ in state.columns)
            found = self._with(zip(labels, (column._state.value for column in columns), strict=True), node)
            found._become(with_recipe(found._state, lambda: ufunc(own(state))))
            return found
    engine().note(f"numpy.{ufunc.__name__}", "no translation")
    with object_mode():
        result = getattr(ufunc, method)(*thawed(inputs), **thawed(kwargs))
    return wrapped(result)


DataFrame.__array_ufunc__ = _ufunc_of_frame  # type: ignore[attr-defined]
