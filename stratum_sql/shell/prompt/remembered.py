"""The names that Tab offers, read again after something ran, in a thread: an engine may be busy with others."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from stratum_sql.shell.prompt.names import Names, read_functions, read_names

if TYPE_CHECKING:
    from stratum_sql.shell.prompt.doors import Door


class Remembered:
    """The names of a door, which is None as long as it is being opened; those of DuckDB's functions are read once.

    Tab waits for them as long as the door has patience; those that come later are there the next time.
    """

    def __init__(self, door: Callable[[], Door | None]) -> None:
        self._door = door
        self._names = Names()
        self._stale = True
        self._reading: threading.Thread | None = None

    def __call__(self) -> Names:
        door = self._door()
        if door is None:
            return self._names
        if self._stale and (self._reading is None or not self._reading.is_alive()):
            self._stale = False
            self._reading = threading.Thread(target=self._read, args=(door,), name="stratum-names", daemon=True)
            self._reading.start()
        if self._reading is not None:
            self._reading.join(door.patience)
        return self._names

    def forget(self) -> None:
        """Something ran: tables and models may be others."""
        self._stale = True

    def _read(self, door: Door) -> None:
        functions = self._names.functions or read_functions(door.ask)
        self._names = read_names(door.ask, door.lent, functions)
