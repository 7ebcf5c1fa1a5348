"""Names are read anew after something ran, and are not waited for for ever."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, cast

import pyarrow as pa

from stratum_sql.results import Result
from stratum_sql.shell.prompt.doors import Door
from stratum_sql.shell.prompt.names import Names
from stratum_sql.shell.prompt.remembered import Remembered


class _Slow:
    """A door whose answers wait until they are let go, and that counts its questions."""

    lent: Sequence[str] = ("mine",)
    patience: float | None = 0.01

    def __init__(self) -> None:
        self.go = threading.Event()
        self.asked: list[str] = []

    def ask(self, query: str) -> list[Result]:
        self.asked.append(query)
        assert self.go.wait(60)
        rows: dict[str, dict[str, Any]] = {
            "SHOW TABLES": {"name": ["t", "odd name"]},
            "DESCRIBE t": {"column_name": ["a"], "column_type": ["BIGINT"]},
            "SHOW MODELS": {"name": ["m", "m"]},
        }
        return [Result.from_arrow(pa.table(rows.get(query, {})), "rows")]


def test_names() -> None:
    door: Door | None = None
    names = Remembered(lambda: door)
    assert names() == Names()  # it is being opened
    slow = _Slow()
    door = cast(Door, slow)
    assert names() == Names()  # it is busy
    slow.go.set()
    slow.patience = None
    found = names()
    assert (found.tables, found.models) == ({"mine": (), "t": (("a", "BIGINT"),), '"odd name"': ()}, ("m",))
    asked = len(slow.asked)
    assert names() == found
    assert len(slow.asked) == asked  # nothing ran since
    names.forget()
    assert names() == found
    assert slow.asked.count("SHOW TABLES") == 2
