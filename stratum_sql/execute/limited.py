"""A query of DuckDB that is interrupted when its time is over."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from stratum_sql.bind.database import Database


@contextmanager
def limited(database: Database, seconds: float | None) -> Iterator[threading.Event]:
    """DuckDB is interrupted, and the event set, after so many seconds; never for None."""
    late = threading.Event()
    if seconds is None:
        yield late
        return

    def interrupt() -> None:
        late.set()
        database.connection.interrupt()

    timer = threading.Timer(max(0.0, seconds), interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield late
    finally:
        timer.cancel()
