"""Calls, rows and seconds of kernels are counted for those who ask, and told by EXPLAIN ANALYZE."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import stratum_sql
from stratum_sql import kernels
from stratum_sql.kernel_runs import counting


def test_calls_and_rows_are_counted_until_the_block_is_left() -> None:
    with counting() as outer:
        kernels.moments(np.ones(5))
        with counting() as inner:
            kernels.moments(np.ones(7))
        kernels.row_order([np.zeros(3, dtype=np.uint64), np.zeros(3, dtype=np.uint64)])
    kernels.moments(np.ones(11))
    assert {name: (ran.calls, ran.rows) for name, ran in outer.items()} == {"moments": (2, 12), "row_order": (1, 3)}
    assert {name: (ran.calls, ran.rows) for name, ran in inner.items()} == {"moments": (1, 7)}
    assert all(ran.seconds > 0 and ran.rows_per_second > 0 for ran in outer.values())


def test_calls_of_other_threads_count() -> None:
    with counting() as counts, ThreadPoolExecutor(4) as pool:
        list(pool.map(kernels.moments, [np.ones(10)] * 100))
    assert (counts["moments"].calls, counts["moments"].rows) == (100, 1000)


def test_a_call_that_fails_does_not_count() -> None:
    with counting() as counts, pytest.raises(ValueError, match="fit"):
        kernels.row_order([[-1]])
    assert counts == {}


def test_explain_analyze_names_what_ran() -> None:
    with stratum_sql.connect(threads=1) as session:
        session.sql("CREATE TABLE t AS SELECT i % 7 AS a, i % 3 + sin(i) AS y FROM range(100) AS r(i)")
        sql = "SELECT a, y FROM t TRAIN MODEL ridge(alpha => [1, 2]) TARGET y"
        ((text,),) = session.sql(f"EXPLAIN ANALYZE {sql}").fetchall()
        ((plain,),) = session.sql(f"EXPLAIN (ANALYZE, FORMAT json) {sql}").fetchall()
    told = text[text.index("of it in Rust") :]
    assert "gram " in told
    assert "rows/s" in told
    found = json.loads(plain)["kernels"]
    assert found["gram"]["rows"] == 100
    assert found["ridge"].keys() == {"calls", "rows", "seconds", "rows_per_second"}
