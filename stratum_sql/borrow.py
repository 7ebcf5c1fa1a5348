"""Tables of the host program by the name of a variable: `FROM df` finds the caller's DataFrame `df`.

DuckDB's own scan of Python variables looks at the frame that calls it, which would be ours; so it is switched off, and the
caller's frame alone is asked, for names that no table has. Sessions for foreign statements never do this.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FrameType
from typing import Any, TypeVar

import duckdb

from stratum_sql.errors import StratumError
from stratum_sql.results import Result

T = TypeVar("T")
_MOST = 32  # tables of one statement


def borrowed(connection: duckdb.DuckDBPyConnection, frame: FrameType | None, action: Callable[[], T]) -> T:
    """Run `action`, again after each table it lacked and the caller's variables have; they are let go afterwards."""
    lent: list[str] = []
    try:
        for _ in range(_MOST):
            answer, error = _attempt(action)
            name = _missing_table(answer, error)
            table = _variable(frame, name) if name is not None and name not in lent else None
            if table is None or name is None:
                if error is not None:
                    raise error
                return answer  # type: ignore[return-value]
            connection.register(name, table)
            lent.append(name)
        return action()
    finally:
        for name in lent:
            connection.unregister(name)


def _attempt(action: Callable[[], T]) -> tuple[T | None, StratumError | None]:
    try:
        return action(), None
    except StratumError as error:
        return None, error


def _missing_table(answer: Any, error: StratumError | None) -> str | None:
    """The table that an error, or a failed result, says is not there."""
    results = answer if isinstance(answer, list) else [answer]
    errors = [error, *(result.error for result in results if isinstance(result, Result))]
    for one in errors:
        if one is None:
            continue
        message = one.diagnostic.message
        for prefix in ('no table "', "Table with name "):
            if prefix in message:
                rest = message.split(prefix, 1)[1]
                return rest.split('"')[0] if prefix.endswith('"') else rest.split(" ")[0]
    return None


def _variable(frame: FrameType | None, name: str) -> Any:
    """A variable of the caller that is a table."""
    if frame is None:
        return None
    for scope in (frame.f_locals, frame.f_globals):
        value = scope.get(name)
        if hasattr(value, "__arrow_c_stream__") or hasattr(value, "__dataframe__"):
            return value
    return None
