"""One session for tests that only read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from stratum_sql.session import Session
from tests.engine.oracle import open_session


@pytest.fixture(scope="session")
def session() -> Iterator[Session]:
    with open_session(threads=2) as one:
        yield one
