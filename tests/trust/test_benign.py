"""No false alarm: every statement of `benign.sql` is admitted, on a locked connection, and DuckDB runs it there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from stratum_sql.trust.guard import Grants, admit
from stratum_sql.trust.lockdown import lock_down

TRANSFORMS = ("one_hot", "standard_scale", "impute")
GRANTS = Grants.of(functions=[*TRANSFORMS, "double_it", "of_city"])

HOST = """
CREATE TABLE people AS FROM (VALUES (1, 'ann'), (2, 'bob')) AS people(id, name);
CREATE TABLE sales AS FROM (VALUES ('A', 1, 1.5, DATE '2024-01-02', 1), ('B', 2, 2.5, DATE '2024-01-03', 2))
    AS sales(city, person, amount, day, id);
CREATE TABLE rates AS SELECT 'A' AS city, DATE '2024-01-01' AS day, 1.1 AS rate;
CREATE TABLE "my table" ("weird name" INT);
CREATE VIEW big_sales AS FROM sales WHERE amount > 2;
CREATE MACRO double_it(x) AS 2 * x;
CREATE MACRO of_city(c) AS TABLE FROM sales WHERE city = c;
"""
BLOCKS = re.findall(r"^-- ([^\n]+)\n((?:.+\n)*?.*;)$", Path(__file__).with_name("benign.sql").read_text("utf-8"), re.M)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as host:
        for statement in host.extract_statements(HOST):
            host.execute(statement).fetchall()
        for name in TRANSFORMS:
            host.execute(f"CREATE MACRO {name}(x) AS x").fetchall()
        lock_down(host, threads=1, timeout_seconds=20)
        yield host


def test_the_list_is_long() -> None:
    assert len(BLOCKS) >= 80


@pytest.mark.parametrize(("title", "statement"), BLOCKS, ids=[block[0] for block in BLOCKS])
def test_admitted_and_run(title: str, statement: str, connection: duckdb.DuckDBPyConnection) -> None:
    with connection.cursor() as cursor:
        admit(cursor, statement, grants=GRANTS)
        for part in cursor.extract_statements(statement):
            cursor.execute(part).fetchall()
