"""A GPU that is none, for the tests of what would run on one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.execute.gpu_stand_in import StandIn, installed


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    monkeypatch.setenv("STRATUM_COSTS", "default")
    with installed(monkeypatch) as found:
        yield found
