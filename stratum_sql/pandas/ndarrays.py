"""Arrays of NumPy that a script made of columns, recorded: `numpy.where` above all."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.lib.mixins import NDArrayOperatorsMixin

from stratum_sql.pandas import rowwise
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.lazy import Lazy, RecordedArray, kept, native, own, thawed, with_recipe
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.states import Vector

native("numpy", "where", "a condition and values over the same rows, or constants")
for _name in (*rowwise.ELEMENTARY, "absolute", "negative", "isnan", "maximum", "minimum"):
    native("numpy", _name, "Series of float64 or int64" if _name in rowwise.ELEMENTARY else "")


class Array(RecordedArray, NDArrayOperatorsMixin):
    """An ndarray of one value a row. Assigned to its frame it stays in the plan; all else makes NumPy's own of it."""

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.array(own(self.recorded._state).to_numpy(), dtype=dtype)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
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
    if function is np.where and len(args) == 3 and not kwargs:
        try:
            found = _where(*args)
            engine().translated["numpy.where"] += 1
            return found
        except Declined as declined:
            reason = declined.reason
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
    now = kept((condition, yes, no))

    def made() -> Any:
        test, first, second = thawed(now)
        return pd.Series(np.where(test, first, second), index=test.index)

    found._become(with_recipe(found._state, made))
    return Array(found)


Lazy.__array_function__ = _array_function  # type: ignore[attr-defined]
