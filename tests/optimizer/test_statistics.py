"""What is known of relations before they are read, asked of a session as EXPLAIN does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from stratum_sql import Session, connect
from stratum_sql.bind.database import Database
from stratum_sql.catalog.columns import Kind
from stratum_sql.optimizer.statistics.cardinality import estimated_rows, scan_plan
from stratum_sql.optimizer.statistics.profile import SAMPLE, profile
from stratum_sql.optimizer.statistics.values import SourceStatistics, Statistics
from stratum_sql.plan.relational import Read, Source

SETUP = """
    CREATE TABLE people AS SELECT i AS id, 'town ' || i % 7 AS town, i::VARCHAR AS name, i % 1000 AS age
    FROM range(50000) r(i);
    CREATE TABLE nobody (town VARCHAR, age INTEGER);
    CREATE VIEW grown AS SELECT * FROM people WHERE age >= 500;
"""
TOWN = Read("town", "town", "town", "VARCHAR", "text")


@pytest.fixture
def database() -> Iterator[Database]:
    with duckdb.connect() as connection:
        connection.execute(SETUP)
        found = Database(connection, lambda _sql: None)
        yield found
        found.close()


def source(relation: str, condition: str = "") -> Source:
    """A relation, filtered where there is a condition."""
    whole = Source(relation, "SELECT", f"FROM {relation}", (), (), relation)
    if not condition:
        return whole
    after = f"FROM {relation} WHERE {condition}"
    return Source(f"{relation} {condition}", "SELECT", after, (), (), after, whole, condition)


def read(name: str, kind: Kind = "text") -> Read:
    return Read(name, name, name, "VARCHAR" if kind == "text" else "BIGINT", kind)


def test_rows_are_duckdbs(database: Database) -> None:
    assert estimated_rows(database, source("people")) == 50_000
    assert scan_plan(database, source("people")).flows


def test_a_plan_that_must_be_finished_does_not_flow(database: Database) -> None:
    plan = scan_plan(database, source("(SELECT town, count(*) AS n FROM people GROUP BY town) AS towns"))
    assert not plan.flows
    assert plan.largest == 50_000


def test_a_relation_is_read_only_for_what_is_wanted(database: Database) -> None:
    assert profile(database, source("people"), []) == SourceStatistics(50_000)


def test_few_values_are_counted_and_many_are_scaled_up(database: Database) -> None:
    found = profile(database, source("people"), [TOWN, read("name")])
    assert found.columns["town", 0].distinct == pytest.approx(7, rel=0.2)
    assert found.columns["town", 0].width == 6
    many = found.columns["name", 0].distinct
    assert many is not None
    assert many > 30_000 > SAMPLE


def test_a_number_has_no_width(database: Database) -> None:
    column = profile(database, source("people"), [read("age", "number")]).columns["age", 0]
    assert column.width is None
    assert column.distinct == pytest.approx(1000, rel=0.3)


def test_a_filter_keeps_what_it_keeps_in_the_sample(database: Database) -> None:
    """DuckDB would say a fifth."""
    found = profile(database, source("people", "age < 900"), [TOWN])
    assert found.rows == pytest.approx(45_000, rel=0.05)
    assert estimated_rows(database, source("people", "age < 900")) != 45_000


def test_a_filter_that_is_null_keeps_nothing(database: Database) -> None:
    found = profile(database, source("people", "nullif(age, age) > 1"), [TOWN])
    assert found.rows == 0
    assert found.columns["town", 0].distinct == 0


def test_a_view_is_a_relation(database: Database) -> None:
    found = profile(database, source("grown"), [TOWN])
    assert found.columns["town", 0].distinct == pytest.approx(7, rel=0.2)
    assert found.rows is not None


def test_an_empty_table_has_no_columns_to_tell_of(database: Database) -> None:
    found = profile(database, source("nobody"), [TOWN])
    assert (found.rows, found.columns) == (0, {})


@pytest.mark.parametrize("relation", ["missing", "people WHERE", "people JOIN", "(SELECT 1 AS town)) AS broken"])
def test_what_cannot_be_asked_is_unknown(database: Database, relation: str) -> None:
    assert profile(database, source(relation), [TOWN]) == SourceStatistics(None)


def test_a_column_that_cannot_be_read_leaves_the_rows(database: Database) -> None:
    assert profile(database, source("people"), [read("no_such_column")]) == SourceStatistics(50_000)
    assert profile(database, source("people"), [read("CAST(town AS INTEGER)")]) == SourceStatistics(50_000)


def test_nothing_is_known_of_what_nobody_asked() -> None:
    nothing = Statistics()
    assert nothing.rows("people") is None
    assert nothing.column("people", ("town", 0)).distinct is None


# ---- in a session ----------------------------------------------------------------------------------------------------


def explained(session: Session, select: str, relation: str = "people") -> dict[str, Any]:
    text = f"EXPLAIN (FORMAT json) SELECT {select}, age FROM {relation} TRAIN MODEL ridge TARGET age CROSS VALIDATE 3"
    found: dict[str, Any] = json.loads(session.sql(text).fetchall()[0][0])
    return found


@pytest.mark.parametrize("trusted", [True, False])
def test_foreign_statements_have_statistics_too(trusted: bool) -> None:
    with connect(trusted=trusted, setup=lambda connection: connection.execute(SETUP)) as session:
        plan = explained(session, "one_hot(impute(town, 'most_frequent'))", "people WHERE age < 900")
    (scan,) = [node for node in plan["nodes"] if node["operator"] == "Scan"]
    assert scan["rows"] == pytest.approx(45_000, rel=0.05)
    fit = next(node for node in plan["nodes"] if node.get("name") == "one_hot")
    assert fit["estimate"]["bytes"] == pytest.approx(scan["rows"] * 2 / 3 * 7 * 8, rel=0.3)


def test_an_empty_relation_costs_little_and_fails_nowhere() -> None:
    with connect(setup=lambda connection: connection.execute(SETUP)) as session:
        plan = explained(session, "one_hot(town)", "nobody")
    assert plan["estimate"]["seconds"] < 1
