"""The door where a test of pandas imports pandas, and assertions that look at what pandas would have.

A test's module and its fixtures find the door's DataFrame, Series and functions; modules of pandas itself find pandas.
"""

from __future__ import annotations

import builtins
import functools
import inspect
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pandas._testing as testing

import stratum_sql.pandas as door
from stratum_sql.pandas.lazy import Lazy, thawed
from stratum_sql.pandas.mode import object_mode

_OWN = ("_testing", "_libs", "_typing", "_config", "core", "tests", "compat", "errors", "api", "io", "util", "testing")
_import = builtins.__import__


class Pandas(ModuleType):
    """`pandas` as a test sees it."""

    def __getattr__(self, name: str) -> Any:
        if name == "_testing":
            return TESTING
        if name.startswith("__") or name in _OWN:
            return getattr(pd, name)
        return getattr(door, name)


class Testing(ModuleType):
    """`pandas._testing` as a test sees it: what it compares is pandas' own by then."""

    def __getattr__(self, name: str) -> Any:
        found = getattr(testing, name)
        is_comparison = name.startswith("assert_") and inspect.isfunction(found) and name not in _CONTEXTS
        return _compares(found) if is_comparison else _CONTEXTS.get(name, found)


def _any_level(*args: Any, **kwargs: Any) -> Any:
    """Warnings of pandas come from deeper inside than it says."""
    return testing.assert_produces_warning(*args, **{**kwargs, "check_stacklevel": False})


def _frame_or_series(frame: Any, kind: Any) -> Any:
    """The frame, or its first column: pandas compares the class with its own."""
    return frame if kind is door.DataFrame else frame.iloc[:, 0]


_CONTEXTS = {
    "get_obj": _frame_or_series,
    "assert_produces_warning": _any_level,
    "assert_cow_warning": testing.assert_produces_warning,
}
PANDAS, TESTING = Pandas("pandas"), Testing("pandas._testing")


def _compares(function: Any) -> Any:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        args, kwargs = thawed((args, kwargs))
        with object_mode():
            return function(*(_one_missing(one) for one in args), **kwargs)

    return call


def _one_missing(value: Any) -> Any:
    """NaN for None among objects: the door knows one missing value, as docs/pandas.md says."""
    if isinstance(value, pd.Series) and isinstance(value.dtype, np.dtype) and value.dtype.kind == "O":
        found = [np.nan if one is None else one for one in value]
        return pd.Series(found, index=value.index, name=value.name, dtype=object)
    if isinstance(value, pd.DataFrame):
        held = value.copy()
        for place in range(value.shape[1]):
            held.isetitem(place, _one_missing(value.iloc[:, place]))
        return held
    return value


def importing(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:
    """`__import__`, with the door for those who test pandas."""
    found = _import(name, globals, locals, fromlist, level)
    importer = str((globals or {}).get("__name__", ""))
    if level or not (importer.startswith("pandas.tests") or importer == "pandas.conftest"):
        return found
    if name == "pandas" or (name.startswith("pandas.") and not fromlist):
        return PANDAS
    return TESTING if name in ("pandas._testing", "pandas.testing") else found


def substitute() -> None:
    """From here on tests of pandas that are imported find the door."""
    builtins.__import__ = importing
    _run_each_call()


def _run_each_call() -> None:
    """What a call recorded is run at once: a test asks there for what pandas would raise."""
    import sys

    from stratum_sql.pandas import operations
    from stratum_sql.pandas.running import materialised

    recorded = operations.with_recipe

    def run(state: Any, recipe: Any) -> Any:
        found = recorded(state, recipe)
        materialised(found)
        return found

    for name, module in list(sys.modules.items()):
        if name.startswith("stratum_sql.pandas") and getattr(module, "with_recipe", None) is recorded:
            module.with_recipe = run  # type: ignore[attr-defined]


def is_recorded(value: Any) -> bool:
    """Whether a value is a frame or Series of the door."""
    return issubclass(type(value), Lazy)
