"""The 22 queries of TPC-H: each script stays in the plan, and gives what pandas and hand-written SQL give."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import duckdb
import pytest

import stratum_sql
import stratum_sql.pandas as door
from queries.tpch.bench import report
from queries.tpch.make_data import Tables, make_tables
from queries.tpch.measure import Measured, by_hand, difference, to_pandas
from queries.tpch.scripts import SCRIPTS, call
from stratum_sql.pandas.mode import object_mode

SCALE = 0.02


@pytest.fixture(scope="module")
def tables() -> Tables:
    return make_tables(SCALE)


@pytest.fixture(scope="module")
def recorded(tables: Tables) -> Iterator[dict[str, Any]]:
    with door.using(stratum_sql.connect(threads=1), strict=True):
        yield {name: door.DataFrame(table) for name, table in tables.items()}


@pytest.fixture(scope="module")
def connection(tables: Tables) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as opened:
        for name, table in tables.items():
            opened.register(name, table)
        yield opened


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_is_translated_and_gives_what_pandas_and_sql_give(
    name: str, tables: Tables, recorded: dict[str, Any], connection: duckdb.DuckDBPyConnection
) -> None:
    script = SCRIPTS[name]
    found = to_pandas(call(script, recorded, SCALE))
    with object_mode():
        expected = call(script, tables, SCALE)
    assert difference(found, expected) <= 1e-9
    assert difference(found, connection.sql(by_hand(name, SCALE)).to_arrow_table().to_pandas()) <= 1e-9
    if hasattr(expected, "dtypes"):
        assert found.dtypes.tolist() == expected.dtypes.tolist()
        assert len(found) > 0


def test_the_tables_are_those_of_the_seed(tables: Tables) -> None:
    again = make_tables(SCALE)
    assert all(difference(tables[name], again[name]) == 0 for name in tables)
    assert difference(tables["orders"], make_tables(SCALE, seed=1)["orders"]) == float("inf")
    assert set(tables["lineitem"]["l_orderkey"]) == set(tables["orders"]["o_orderkey"])


def test_answers_that_differ_do_not_agree() -> None:
    good = [Measured("q01", 1.0, 10.0, 0.5, 0.0)]
    assert report(1.0, good).agrees
    assert report(1.0, good).ratio == 10
    assert "ours/by hand 2.00" in report(1.0, good).notes[0]
    assert not report(1.0, [replace(good[0], difference=1e-3)]).agrees
