"""The modules of scikit-learn, LightGBM and XGBoost as a script finds them."""

from __future__ import annotations

import functools
import inspect
import sys
from types import ModuleType
from typing import Any

from sklearn.base import BaseEstimator

from stratum_sql.pandas.learning import fold_rows, searches, validation  # noqa: F401 they declare what they do
from stratum_sql.pandas.learning.calls import CALLS, passed
from stratum_sql.pandas.learning.metrics import measuring
from stratum_sql.pandas.learning.recorded import recorded
from stratum_sql.pandas.learning.splits import is_splitter, recorded_splitter

LIBRARIES = ("sklearn", "lightgbm", "xgboost")
_BASES = ("sklearn.base",)  # for scripts to derive from


class Door(ModuleType):
    """A module, its estimators recorded, its functions given pandas' own objects."""

    def __init__(self, real: ModuleType) -> None:
        super().__init__(real.__name__, real.__doc__)
        self._real_module = real

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real_module, name)
        if isinstance(found, ModuleType):
            return door(found) if found.__name__.startswith(LIBRARIES) else found
        return through(found)

    def __dir__(self) -> list[str]:
        return dir(self._real_module)


_doors: dict[str, Door] = {}


def door(module: ModuleType) -> Door:
    """The door of a module; one for each."""
    if module.__name__ not in _doors:
        _doors[module.__name__] = Door(module)
    return _doors[module.__name__]


def is_of_libraries(name: str) -> bool:
    """Whether a module has a door."""
    return name.partition(".")[0] in LIBRARIES


def imported(name: str, given: ModuleType, fromlist: Any) -> ModuleType:
    """What a script gets for a module: the whole name if it imports from it, else the first part."""
    return door(sys.modules[name] if fromlist else given)


def through(found: Any) -> Any:
    """What a script gets for something of a library."""
    if inspect.isclass(found):
        if issubclass(found, BaseEstimator) and hasattr(found, "fit") and found.__module__ not in _BASES:
            return recorded(found)
        return recorded_splitter(found) if is_splitter(found) else found
    return _function(found) if inspect.isroutine(found) else found


@functools.cache
def _function(found: Any) -> Any:
    ours = CALLS.get((found.__module__.partition(".")[0], found.__name__))
    if ours is None and found.__module__.startswith("sklearn.metrics"):
        ours = measuring(found)

    @functools.wraps(found)
    def call(*args: Any, **kwargs: Any) -> Any:
        return (ours or functools.partial(passed, found))(*args, **kwargs)

    call._real_function = found  # type: ignore[attr-defined]
    return call
