"""A plugin of pytest: runs pandas' tests with the door, and writes a line of JSON for each.

`--door-out FILE` is where. With DOOR_PLAIN in the environment pandas itself runs them.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import stratum_sql
import stratum_sql.pandas as door
from tests.pandas_own.substitute import substitute

LONGEST = 120  # seconds for one test
_CONSTRUCTORS = frozenset({"pandas.DataFrame", "pandas.Series"})


if "DOOR_PLAIN" not in os.environ:
    substitute()  # before conftest.py of pandas is read, which is early


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--door-out")
    parser.addoption("--door-ids")
    parser.addoption("--door-most", type=int, default=0)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Recorder(config), "door-recorder")


class Recorder:
    """What became of each test."""

    def __init__(self, config: pytest.Config) -> None:
        self._out, self._ids = Path(config.getoption("--door-out")), config.getoption("--door-ids")
        self._most = config.getoption("--door-most")
        self._session = stratum_sql.connect(threads=1)
        self._engines: dict[str, door.Engine] = {}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Only those of the given file, or so many of each function, where that is asked for."""
        if self._most:
            items[:] = _spread(items, self._most)
        if self._ids:
            wanted = set(json.loads(Path(self._ids).read_text()))
            items[:] = [item for item in items if name_of(item.nodeid) in wanted]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        signal.signal(signal.SIGALRM, _stop)
        signal.alarm(LONGEST)
        try:
            with door.using(self._session) as engine:
                self._engines[item.nodeid] = engine
                return (yield)
        finally:
            signal.alarm(0)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Iterator[None]:
        """DuckDB tells of any signal as of Ctrl-C, which would end the run."""
        start = time.monotonic()
        try:
            return (yield)
        except KeyboardInterrupt:
            if time.monotonic() - start < LONGEST - 1:
                raise
            raise TimeoutError(f"longer than {LONGEST} s") from None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A line for the test itself, or for a set-up that failed."""
        if report.when == "teardown" or (report.when == "setup" and report.passed):
            return
        engine = self._engines.pop(report.nodeid, None)
        line: dict[str, Any] = {"id": name_of(report.nodeid), "outcome": report.outcome}
        if hasattr(report, "wasxfail"):
            line["outcome"] = "skipped"
        if engine is not None:
            line["fallbacks"] = sorted({found.operation for found in engine.unsupported})
            line["reasons"] = sorted({f"{found.operation}: {found.reason}" for found in engine.unsupported})
            line["calls"] = sorted(set(engine.translated) - _CONSTRUCTORS)
        if report.failed:
            crash = getattr(report.longrepr, "reprcrash", None)
            line["error"] = str(crash.message if crash else report.longrepr)[:600]
            line["where"] = f"{Path(crash.path).name}:{crash.lineno}" if crash else ""
        with self._out.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def name_of(nodeid: str) -> str:
    """The name of a test from `pandas/tests` on."""
    return nodeid.rpartition("pandas/tests/")[2]


def _spread(items: list[pytest.Item], most: int) -> list[pytest.Item]:
    """At most so many of each test function, spread over its parameters."""
    groups: dict[str, list[pytest.Item]] = {}
    for item in items:
        groups.setdefault(item.nodeid.partition("[")[0], []).append(item)
    return [
        group[place * len(group) // min(most, len(group))]
        for group in groups.values()
        for place in range(min(most, len(group)))
    ]


def _stop(*_: object) -> None:
    raise TimeoutError(f"longer than {LONGEST} s")
