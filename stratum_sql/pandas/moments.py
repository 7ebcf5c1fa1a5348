"""Skewness and kurtosis: of the distances to the mean, which is asked first, as pandas does it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from stratum_sql.pandas import reductions
from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.expressions import Expr, cast, joined
from stratum_sql.pandas.frame import DataFrame
from stratum_sql.pandas.kinds import BOOL, FLOAT, INT, is_number
from stratum_sql.pandas.lazy import Lazy
from stratum_sql.pandas.mode import object_mode
from stratum_sql.pandas.operations import method
from stratum_sql.pandas.plan import Node
from stratum_sql.pandas.series import Series
from stratum_sql.pandas.sources import labels_index
from stratum_sql.pandas.statistics import asked_of

_FEWEST = {"skew": 3, "kurt": 4}
_FLAT = 1e-10  # of the square of the mean: below that pandas looks whether the spread is rounding


def _moments(name: str, node: Node, values: Sequence[Expr]) -> list[float]:
    """The number of each column. Raises Declined where its digits are those of rounding."""
    if any(value.dtype not in (FLOAT, INT) for value in values):
        raise Declined("other than int64 or float64")
    means = asked_of(node, [reductions.reduced(one, value) for value in values for one in ("count", "mean")])
    power = {"skew": 3, "kurt": 4}[name]
    texts = []
    for value, mean in zip(values, means[1::2], strict=True):
        if math.isinf(mean):
            raise Declined("infinite values")
        away = joined(f"({{}} - {float(mean)!r}::DOUBLE)", cast(value, FLOAT)) if mean == mean else ("NULL::DOUBLE",)
        factors = [joined("sum(" + " * ".join(["{}"] * times) + ")", *[away] * times) for times in (2, power)]
        texts += [Expr(factor, FLOAT, True) for factor in factors]
    sums = asked_of(node, texts)
    columns = zip(means[::2], means[1::2], sums[::2], sums[1::2], strict=True)
    return [_ratio(name, int(count), *rest) for count, *rest in columns]


def _ratio(name: str, count: int, mean: float, squares: float, higher: float) -> float:
    if count < _FEWEST[name]:
        return math.nan
    if not squares > _FLAT * count * max(mean * mean, 1e-290) or not math.isfinite(higher):
        raise Declined("values that are nearly the same, or not finite")
    if name == "skew":
        return float(count * math.sqrt(count - 1) / (count - 2) * (higher / squares**1.5))
    adjusted = 3.0 * (count - 1) ** 2 / ((count - 2) * (count - 3))
    top = count * (count + 1) * (count - 1) * higher
    return float(top / ((count - 2) * (count - 3) * squares**2) - adjusted)


def _declare(name: str, function: str) -> None:
    @method(Series, name, "int64 and float64, of which not all are nearly the same")
    def of_series(self: Series, *, axis: Any = 0, skipna: Any = True) -> Any:
        state = self._vector
        if axis not in (0, "index") or skipna is not True:
            raise Declined("missing values that count")
        return np.float64(_moments(function, state.node, [state.value])[0])

    @method(DataFrame, name, "of each column of int64 and float64; numeric_only")
    def of_frame(self: DataFrame, axis: Any = 0, *, skipna: Any = True, numeric_only: Any = False) -> Any:
        if axis not in (0, "index") or skipna is not True or type(numeric_only) is not bool:
            raise Declined("missing values that count, or a number for each row")
        columns = list(self._table.columns)
        if numeric_only:
            columns = [pair for pair in columns if is_number(pair[1].dtype) or pair[1].dtype == BOOL]
        if not columns or not engine().answer(self._table.node, ("count(*) > 0",)):
            raise Declined("no columns, or no rows")
        found = _moments(function, self._table.node, [value for _, value in columns])
        with object_mode():
            labels = labels_index([label for label, _ in columns])
            return Lazy.of(pd.Series(found, index=labels, dtype="float64"))


for _name, _function in (("skew", "skew"), ("kurt", "kurt"), ("kurtosis", "kurt")):
    _declare(_name, _function)
