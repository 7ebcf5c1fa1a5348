"""What the tests of the Rust kernels share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from stratum_sql import kernels as rust


@pytest.fixture
def threads_restored() -> Iterator[None]:
    """Gives the process's pool of threads its size back: it is shared by every test."""
    before = rust.threads()
    yield
    rust.set_threads(before)
