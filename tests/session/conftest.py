"""A session with one small table of every kind of column, made anew for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import stratum_sql
from stratum_sql import Session

TABLE = """
CREATE TABLE t AS SELECT i AS id, (i * 7919) % 13 AS a, (i * 31) % 17 / 3.0 AS b, 'c' || (i * 17 % 5) AS c,
    (i * 7919) % 13 * 2.0 + (i * 31) % 17 + sin(i) AS y, i % 3 = 0 AS late
FROM range(300) r(i)
"""


@pytest.fixture
def session() -> Iterator[Session]:
    with stratum_sql.connect(threads=2) as one:
        one.sql(TABLE)
        yield one
