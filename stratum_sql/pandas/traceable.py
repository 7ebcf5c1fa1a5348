"""Which functions of the script do nothing but compute from their argument: one call tells all that they do.

The code of such a function reads numbers, texts and functions of NumPy, and has no branches.
"""

from __future__ import annotations

import builtins
import dis
import types
from typing import Any

import numpy as np

from stratum_sql.pandas import rowwise

CONSTANTS = (int, float, str, bool, type(None), np.generic)
_OF_NUMPY = frozenset({*rowwise.ELEMENTARY, "abs", "absolute", "nan", "inf", "pi", "e", "maximum", "minimum"})
_OF_PYTHON = frozenset({"abs"})


def is_traceable(function: Any) -> bool:
    """Whether one call tells all that the function does: it computes from its one argument, and constants."""
    if not isinstance(function, types.FunctionType):
        return False
    code = function.__code__
    defaults = function.__defaults__ or ()
    if code.co_argcount != len(defaults) + 1 or code.co_kwonlyargcount or code.co_flags & _STARRED:
        return False
    if not all(isinstance(value, CONSTANTS) for value in defaults):
        return False
    cells = [cell.cell_contents for cell in function.__closure__ or ()] if _are_filled(function) else [object()]
    return all(isinstance(cell, CONSTANTS) for cell in cells) and _reads_values_alone(function)


_STARRED = 0x04 | 0x08 | 0x20 | 0x80 | 0x200  # *args, **kwargs, generators and coroutines


def _are_filled(function: types.FunctionType) -> bool:
    try:
        return all(cell.cell_contents is not cell for cell in function.__closure__ or ())
    except ValueError:
        return False


_LOADS = frozenset({"LOAD_GLOBAL", "LOAD_NAME"})
_FORBIDDEN = (
    "STORE_GLOBAL", "STORE_DEREF", "STORE_ATTR", "STORE_SUBSCR", "DELETE", "IMPORT", "MAKE_FUNCTION", "RAISE",
    "JUMP", "FOR_ITER", "SETUP", "PUSH_EXC", "GET_ITER", "YIELD",
)  # fmt: skip


def _reads_values_alone(function: types.FunctionType) -> bool:
    of_numpy = False  # whether the name before was NumPy
    for step in dis.get_instructions(function):
        if step.opname.startswith(_FORBIDDEN) or "JUMP" in step.opname:
            return False
        if of_numpy and not (step.opname in ("LOAD_ATTR", "LOAD_METHOD") and step.argval in _OF_NUMPY):
            return False
        of_numpy = False
        if step.opname in _LOADS:
            found = function.__globals__.get(step.argval, getattr(builtins, step.argval, None))
            of_numpy = found is np
            is_known = isinstance(found, CONSTANTS) or step.argval in _OF_PYTHON
            if not of_numpy and not is_known:
                return False
    return True
