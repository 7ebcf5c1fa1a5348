"""What stands for functions of Python, NumPy and pandas while a function of the script is called with traced objects.

`len` must give an integer and NumPy would make arrays, so each of these asks the object, by a method of its own. What
pandas makes of several numbers of a group is taken down as a `Row`.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from stratum_sql.pandas import rowwise


@dataclass(frozen=True, slots=True)
class Row:
    """A Series of numbers of a group, or of constants, each with a label."""

    labels: tuple[Hashable, ...]
    values: tuple[Any, ...]


def _reducing(name: str, **more: Any) -> Callable[..., Any]:
    def reduce(a: Any, axis: Any = None) -> Any:
        return a.by_numpy(name, axis, **more)

    return reduce


def _percentile(a: Any, q: Any, axis: Any = None) -> Any:
    return a.by_numpy("quantile", axis, q=q / 100)


def _quantile(a: Any, q: Any, axis: Any = None) -> Any:
    return a.by_numpy("quantile", axis, q=q)


def _average(a: Any, axis: Any = None, weights: Any = None) -> Any:
    return a.by_numpy("average", axis, weights=weights)


_REDUCING: dict[Any, Callable[..., Any]] = {
    np.sum: _reducing("sum"), np.mean: _reducing("mean"), np.max: _reducing("max"), np.min: _reducing("min"),
    np.median: _reducing("median"), np.std: _reducing("std", ddof=0), np.var: _reducing("var", ddof=0),
    np.nansum: _reducing("sum"), np.nanmean: _reducing("mean"), np.nanmax: _reducing("max"),
    np.nanmin: _reducing("min"), np.percentile: _percentile, np.quantile: _quantile, np.average: _average,
}  # fmt: skip

_AS_THEY_ARE = (*rowwise.ELEMENTARY, "abs", "absolute", "nan", "inf", "pi", "e", "maximum", "minimum")


def _names_of_numpy() -> dict[str, Any]:
    names = {function.__name__: stands for function, stands in _REDUCING.items()}
    return names | {name: getattr(np, name) for name in _AS_THEY_ARE}


def _series(data: Any = None, index: Any = None) -> Row:
    if isinstance(data, dict) and index is None:
        return Row(tuple(data), tuple(data.values()))
    if type(data) is not list or type(index) is not list or len(data) != len(index):
        raise TypeError("a Series of other than numbers with labels")
    return Row(tuple(index), tuple(data))


def _named(names: dict[str, Any]) -> types.SimpleNamespace:
    return types.SimpleNamespace(**names)


FOR_NUMPY = _named(_names_of_numpy())
FOR_PANDAS = _named({"Series": _series, "isna": lambda one: one.isna(), "notna": lambda one: one.notna()})
FOR_PYTHON: dict[Any, Callable[..., Any]] = {
    abs: abs,
    len: lambda one: one.by_python("len"),
    sum: lambda one: one.by_python("sum"),
    min: lambda one: one.by_python("min"),
    max: lambda one: one.by_python("max"),
    float: lambda one: one.by_python("float"),
}


def of_numpy(function: Any) -> Callable[..., Any] | None:
    """What stands for a function of NumPy, None without one."""
    try:
        return _REDUCING.get(function)
    except TypeError:  # it has no hash
        return None


def is_module(found: Any, module: types.ModuleType) -> bool:
    """Whether an object is the module, or for pandas this door."""
    return found is module or (
        module is pd and isinstance(found, types.ModuleType) and found.__name__ == "stratum_sql.pandas"
    )
