"""Which functions of the script do nothing but compute from their argument: one call tells all that they do.

The code of such a function reads numbers, texts and functions of Python, NumPy and pandas, and has no branches. It is
called under other names: `len`, `np` and the like ask the traced object, see `traced_names.py`.
"""

from __future__ import annotations

import builtins
import dis
import functools
import types
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from stratum_sql.pandas.series import Series
from stratum_sql.pandas.traced_names import FOR_NUMPY, FOR_PANDAS, FOR_PYTHON, is_module, of_numpy

CONSTANTS = (int, float, str, bool, type(None), np.generic)
Traced = Callable[[Any], Any]


def over_traced(function: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None) -> Traced | None:
    """What calls the function with a traced object, and these arguments; None where one call does not tell all."""
    options = kwargs or {}
    if not all(isinstance(value, CONSTANTS) for value in (*args, *options.values())):
        return None
    found = _over(function, len(args) + len(options))
    return None if found is None else lambda traced: found(traced, *args, **options)


def _over(function: Any, given: int) -> Callable[..., Any] | None:
    if isinstance(function, functools.partial):
        return _of_partial(function, given)
    if isinstance(function, types.FunctionType):
        named = _method(function)
        return _over_function(function, given) if named is None else named
    return of_numpy(function)


def _of_partial(function: functools.partial[Any], given: int) -> Callable[..., Any] | None:
    """Of one that has keywords, and values behind the first."""
    known = all(isinstance(value, CONSTANTS) for value in function.keywords.values())
    inner = _over(function.func, given + len(function.keywords)) if known and not function.args else None
    return None if inner is None else functools.partial(inner, **function.keywords)


def _method(function: types.FunctionType) -> Callable[..., Any] | None:
    """What calls a method of Series, such as `pd.Series.nunique`."""
    name = _name(function)
    if name is None or name.startswith("_"):
        return None
    return lambda traced, *args, **kwargs: getattr(traced, name)(*args, **kwargs)


def _name(function: types.FunctionType) -> str | None:
    found = next((name for kind in Series.__mro__ for name, one in vars(kind).items() if one is function), None)
    of_pandas = getattr(function, "__wrapped__", function)
    name = getattr(of_pandas, "__name__", "")
    return name if found is None and getattr(pd.Series, name, None) is of_pandas else found


def _over_function(function: types.FunctionType, given: int) -> Callable[..., Any] | None:
    code = function.__code__
    defaults = function.__defaults__ or ()
    if not code.co_argcount - len(defaults) <= given + 1 <= code.co_argcount or code.co_kwonlyargcount:
        return None
    if code.co_flags & _STARRED or not all(isinstance(value, CONSTANTS) for value in defaults):
        return None
    cells = [cell.cell_contents for cell in function.__closure__ or ()] if _are_filled(function) else [object()]
    names = _names(function) if all(isinstance(cell, CONSTANTS) for cell in cells) else None
    if names is None:
        return None
    return types.FunctionType(code, names, function.__name__, function.__defaults__, function.__closure__)


_STARRED = 0x04 | 0x08 | 0x20 | 0x80 | 0x200  # *args, **kwargs, generators and coroutines


def _are_filled(function: types.FunctionType) -> bool:
    try:
        return all(cell.cell_contents is not cell for cell in function.__closure__ or ())
    except ValueError:
        return False


_LOADS = frozenset({"LOAD_GLOBAL", "LOAD_NAME"})
_FORBIDDEN = (
    "STORE_GLOBAL", "STORE_DEREF", "STORE_ATTR", "DELETE", "IMPORT", "MAKE_FUNCTION", "RAISE",
    "JUMP", "FOR_ITER", "SETUP", "PUSH_EXC", "GET_ITER", "YIELD", "FORMAT", "BUILD_STRING", "CONVERT_VALUE",
)  # fmt: skip


def _names(function: types.FunctionType) -> dict[str, Any] | None:
    """The names that the function reads, over traced objects; None where it reads others, or does more."""
    names: dict[str, Any] = {"__builtins__": {}}
    module = None  # that which the name before was
    for step in dis.get_instructions(function):
        if step.opname.startswith(_FORBIDDEN) or "JUMP" in step.opname:
            return None
        if module is not None and not (step.opname in ("LOAD_ATTR", "LOAD_METHOD") and hasattr(module, step.argval)):
            return None
        module = None
        if step.opname in _LOADS:
            found = function.__globals__.get(step.argval, getattr(builtins, step.argval, None))
            module = FOR_NUMPY if is_module(found, np) else FOR_PANDAS if is_module(found, pd) else None
            stands = module or _standing_for(found)
            if stands is None:
                return None
            names[step.argval] = stands
    return names


def _standing_for(found: Any) -> Any:
    """What stands for an object under a name; None without one."""
    if isinstance(found, CONSTANTS):
        return found
    is_of_python = isinstance(found, type | types.BuiltinFunctionType)
    return FOR_PYTHON.get(found) if is_of_python else None


def is_traceable(function: Any) -> bool:
    """Whether a function of one argument only computes from it, also where it is called with a value itself."""
    if not isinstance(function, types.FunctionType) or over_traced(function) is None:
        return False
    return all(step.opname != "STORE_SUBSCR" for step in dis.get_instructions(function))
