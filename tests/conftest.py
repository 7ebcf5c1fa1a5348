"""What every test watches for."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from stratum_sql.execute import batch


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What compiles comes first: as the last test it would leave all workers but one without work."""
    items.sort(key=lambda item: not item.nodeid.startswith("tests/test_wheel.py"))


class _Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(logging.Formatter().format(record))


@pytest.fixture
def expected_faults(shared_faults: list[str]) -> Iterator[None]:
    """For tests of work that fails for all who share it, because of one of them."""
    yield
    shared_faults.clear()


@pytest.fixture(autouse=True)
def shared_faults() -> Iterator[list[str]]:
    """Work that trials share must not fail where each of them succeeds alone: the scores would be right, and nobody
    would see that nothing was shared."""
    log, kept = logging.getLogger(batch.__name__), _Kept()
    level = log.level
    log.addHandler(kept)
    log.setLevel(logging.INFO)
    yield kept.said
    log.removeHandler(kept)
    log.setLevel(level)
    assert kept.said == []
