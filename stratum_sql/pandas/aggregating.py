"""`agg` of a frame or a Series: names of aggregates, one or several; NumPy's functions of a Series."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from stratum_sql.pandas import reductions
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.lazy import Lazy
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.ndarrays import FUNCTIONS
from stratum_sql.pandas.operations import method
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.states import Vector
from stratum_sql.pandas.statistics import asked_of

_NOTE = "names: one, or a list without any and all"


def _listed(func: Any) -> list[str]:
    is_list = isinstance(func, list) and bool(func) and all(isinstance(one, str) for one in func)
    if not is_list or len(set(func)) != len(func) or not set(func) <= set(reductions.NAMES) - {"any", "all"}:
        raise Declined("other than names of aggregates")
    return list(func)


def _reduced(node: Any, values: Sequence[Expr], names: Sequence[str]) -> list[list[Any]]:
    """The aggregates of each value."""
    found = iter(asked_of(node, [reductions.reduced(name, value) for value in values for name in names]))
    return [[next(found) for _ in names] for _ in values]


def _agg(self: Any, func: Any) -> Any:
    if isinstance(func, str):
        if func not in reductions.NAMES:
            raise Declined("other than the name of an aggregate")
        return getattr(self, func)()
    names = _listed(func)
    if isinstance(self, Series):
        (found,) = _reduced(self._vector.node, [self._vector.value], names)
        with object_mode():
            return Lazy.of(pd.Series(found, index=names, name=self._vector.name))
    labels = self._table.columns.labels
    rows = _reduced(self._table.node, [value for _, value in self._table.columns], names)
    with object_mode():
        columns = {place: pd.Series(found, index=names) for place, found in enumerate(rows)}
        return Lazy.of(pd.DataFrame(columns).set_axis(labels, axis=1))


for _owner in (DataFrame, Series):
    for _name in ("agg", "aggregate"):
        method(_owner, _name, _NOTE)(_agg)


# -- NumPy -------------------------------------------------------------------------------------------------------------


def _of_series(name: str, **options: Any) -> Any:
    def of(a: Any) -> Any:
        if not isinstance(a, Series) or not isinstance(a._state, Vector):
            raise Declined("other than a Series")
        return getattr(a, name)(**options)

    return of


def _median(a: Any) -> Any:
    """Of a Series in which no value is missing: else NumPy has none."""
    if not isinstance(a, Series) or not isinstance(a._state, Vector) or a._has_missing(a._vector.value):
        raise Declined("other than a Series, or a missing value")
    return a.median()


FUNCTIONS |= {
    np.mean: ("mean", _of_series("mean")),
    np.sum: ("sum", _of_series("sum")),
    np.max: ("max", _of_series("max")),
    np.min: ("min", _of_series("min")),
    np.std: ("std", _of_series("std", ddof=0)),
    np.var: ("var", _of_series("var", ddof=0)),
    np.median: ("median", _median),
}
