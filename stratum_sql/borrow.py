"""What a statement may find that no catalogue has: the caller's variables as tables, and transforms as functions.

`FROM df` finds the caller's DataFrame `df`. DuckDB's own scan of Python variables looks at the frame that calls it,
which would be ours; so it is switched off, and the caller's frame alone is asked, for names that no table has. A view
or macro may hold a transform, which DuckDB then wants as a function: it gets one that cannot be called, once it is
missed, and not before, so that a user's own function of that name is never in its way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Any, TypeVar

import duckdb
from duckdb.func import FunctionNullHandling

from stratum_sql.errors import StratumError
from stratum_sql.foreign import checked

T = TypeVar("T")
_MOST = 64  # things one step may miss, one after the other
_NO_TABLE = re.compile(r'^no table "(?P<quoted>.*)"$|Table with name (?P<plain>.+?) does not exist', re.DOTALL)
_NO_FUNCTION = re.compile(r'^no scalar function "(?P<quoted>.*)"$|Function with name (?P<plain>\S+) does not exist')


class Lender:
    """Lends to the steps of one statement what they miss; tables are taken back at the end.

    `frame` is the caller's, None for statements that may not see its variables; what is `held` comes before its
    variables. `is_transform` tells our names. `lent` is what was lent so far, by name.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        frame: FrameType | None,
        is_transform: Callable[[str], bool],
        held: Mapping[str, Any] | None = None,
    ) -> None:
        self._connection, self._frame, self._is_transform = connection, frame, is_transform
        self._held = held or {}
        self.lent: dict[str, Any] = {}

    def run(self, step: Callable[[], T]) -> T:
        """Run `step`, again after each thing it missed and could be lent; before that it must have done nothing."""
        for _ in range(_MOST):
            try:
                return step()
            except StratumError as error:
                if not self._lend(error.diagnostic.message):
                    raise
        return step()

    def __enter__(self) -> Lender:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name in self.lent:
            with suppress(duckdb.Error):
                self._connection.unregister(name)

    def _lend(self, message: str) -> bool:
        table, function = _name(_NO_TABLE, message), _name(_NO_FUNCTION, message)
        if table is not None:
            return self._lend_table(table)
        return function is not None and self._is_transform(function) and make_stub(self._connection, function)

    def _lend_table(self, name: str) -> bool:
        if name in self.lent:
            return False
        value = self._held[name] if name in self._held else _variable(self._frame, name)
        if value is None:
            return False
        try:
            self._connection.register(name, checked(name, value))
        except (duckdb.Error, TypeError, ValueError):  # no table: a text, a module, a function
            return False
        self.lent[name] = value
        return True


def make_stub(connection: duckdb.DuckDBPyConnection, name: str) -> bool:
    """Make a function of the transform's name that raises when it is called; False if the connection will not."""

    def stub(*_: object) -> float:
        raise ValueError(f"{name} is fitted on training rows: it needs TRAIN MODEL after the query")

    try:
        connection.create_function(name, stub, None, "DOUBLE", null_handling=FunctionNullHandling.SPECIAL)
    except duckdb.Error:
        return False
    return True


def _name(pattern: re.Pattern[str], message: str) -> str | None:
    found = pattern.search(message)
    return None if found is None else found["quoted"] if found["quoted"] is not None else found["plain"]


def _variable(frame: FrameType | None, name: str) -> Any:
    """The caller's variable of that name: its own before its module's, as Python finds them."""
    if frame is None:
        return None
    return frame.f_locals.get(name, frame.f_globals.get(name))
