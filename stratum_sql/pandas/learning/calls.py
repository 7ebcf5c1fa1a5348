"""Functions of the libraries: those that are recorded, and how all others are called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from stratum_sql.pandas.engine import engine
from stratum_sql.pandas.lazy import wrapped
from stratum_sql.pandas.learning.draws import draws
from stratum_sql.pandas.learning.fits import data_key, forced, frozen, given, is_wide
from stratum_sql.pandas.learning.parts import as_real
from stratum_sql.pandas.learning.recorded import make_recorded
from stratum_sql.pandas.mode import is_inside, object_mode
from stratum_sql.pandas.work import Work

CALLS: dict[tuple[str, str], Callable[..., Any]] = {}  # by library and name


def call(library: str, name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare what a script gets for a function of a library."""

    def declare(function: Callable[..., Any]) -> Callable[..., Any]:
        CALLS[library, name] = function
        return function

    return declare


def passed(real: Any, *args: Any, **kwargs: Any) -> Any:
    """The library's own function, of pandas' own objects, on the script's own estimators."""
    forced(args, kwargs)
    with as_real(args, kwargs), object_mode():
        return wrapped(make_recorded(real(*given(args), **given(kwargs))))


def shared(real: Any, *args: Any, **kwargs: Any) -> Any:
    """The same of a function whose result depends on its arguments alone: once for equal ones."""
    if is_inside() or engine().shelf is None or draws(args, kwargs):
        return passed(real, *args, **kwargs)
    forced(args, kwargs)
    with as_real(args, kwargs):
        key = data_key("call", real, args, kwargs)
        now_args, now_kwargs = given(frozen(args)), given(frozen(kwargs))

        def make() -> Any:
            with object_mode():
                return real(*now_args, **now_kwargs)

        result = engine().do(Work("call", key, make, alone=is_wide(args, kwargs)))
    return wrapped(_own_copy(result))


def _own_copy(result: Any) -> Any:
    if isinstance(result, np.ndarray):
        return result.copy()
    if isinstance(result, dict):
        return {name: _own_copy(value) for name, value in result.items()}
    return result
