"""A session with one table of every kind of column."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import stratum_sql
from stratum_sql import Session

TABLE = """
CREATE TABLE t AS SELECT i AS id, (i * 7919) % 13 AS a, CASE WHEN i % 11 <> 0 THEN (i * 31) % 17 / 3.0 END AS b,
    CASE WHEN i % 13 <> 0 THEN 'c' || (i * 17 % 5) END AS c, TIMESTAMP '2020-01-01' + INTERVAL (i * 37) HOUR AS ts,
    (i * 7919) % 13 * 2.0 + (i * 31) % 17 + sin(i) AS y,
    (i * 7919) % 13 > 5 AS late, (i * 7919) % 13 // 5 AS grade, 'k' || ((i * 7919) % 13 // 5) AS word,
    DATE '2020-02-28' + ((i * 7919) % 13 // 5)::INTEGER AS day, ((i * 7919) % 13 // 5 + 0.5)::DECIMAL(4, 1) AS price,
    TIMESTAMP '2020-01-01 01:02:03' + INTERVAL ((i * 7919) % 13 // 5) DAY AS moment,
    (['sad', 'ok', 'glad'])[(i * 7919) % 13 // 5 + 1]::ENUM ('sad', 'ok', 'glad') AS mood
FROM range(300) r(i)
"""


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    with stratum_sql.connect(threads=2) as one:
        one.sql(TABLE)
        yield one
