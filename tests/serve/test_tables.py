"""Whose tables a statement sees, and which statements may run beside each other."""

from __future__ import annotations

from itertools import count

import pyarrow as pa
import pytest

from stratum_sql import StratumError
from stratum_sql.serve.messages import Run
from stratum_sql.serve.queue import Request
from stratum_sql.serve.tables import Content, Tables, content_of
from stratum_sql.serve.together import together
from stratum_sql.serve.wire import table_bytes

A, B = ({"x": [1, 2]}, {"x": [3]})
LANES = count(1)


def content(columns: dict[str, list[int]]) -> Content:
    return content_of(table_bytes(pa.table(columns)))


def parts(tables: Tables, *asked: tuple[int, str]) -> list[tuple[list[str], dict[str, int]]]:
    """For each part its texts, and the rows of its tables."""
    requests = [Request(client, next(LANES), Run(1, (text,), ""), 0.0, tables.of(client)) for client, text in asked]
    return [
        ([one.message.texts[0] for one in own], {name: table.num_rows for name, table in held.items()})
        for own, held in together(requests)
    ]


@pytest.fixture
def tables() -> Tables:
    """Clients 1 and 2 have the same t, client 3 another one, client 4 none."""
    made = Tables(10_000)
    for client, columns in ((1, A), (2, A), (3, B)):
        made.put(client, "t", content(columns))
    return made


def test_equal_tables_are_held_once_and_run_together(tables: Tables) -> None:
    assert parts(tables, (1, "FROM t"), (2, "FROM T")) == [(["FROM t", "FROM T"], {"t": 2})]
    assert tables.of(1)["t"] is tables.of(2)["t"]


@pytest.mark.parametrize("text", ["FROM t", 'SELECT * FROM "T"', "WITH u AS (FROM t) FROM u", "SELECT 't'"])
def test_a_name_is_nobody_elses_table(tables: Tables, text: str) -> None:
    """Neither of one who has another by that name, nor of one who has none and may mean the engine's."""
    for other in (3, 4):
        found = parts(tables, (1, "FROM t"), (other, text))
        assert [one for one, _ in found] == [["FROM t"], [text]]
        assert found[1][1] == ({"t": 1} if other == 3 else {})
        assert len(parts(tables, (other, text), (1, "FROM t"))) == 2


def test_who_names_nothing_of_others_runs_with_them(tables: Tables) -> None:
    found = parts(tables, (1, "FROM t"), (4, "FROM tt"), (3, "FROM s"))
    assert found == [(["FROM t", "FROM tt", "FROM s"], {"t": 2})]


def test_requests_of_a_client_keep_their_order(tables: Tables) -> None:
    """The second of client 4 would fit the first part, and must not run before its first."""
    found = parts(tables, (1, "FROM t"), (4, "FROM t"), (4, "SELECT 1"), (2, "FROM t"))
    assert [one for one, _ in found] == [["FROM t", "FROM t"], ["FROM t", "SELECT 1"]]


def test_what_nobody_has_is_forgotten(tables: Tables) -> None:
    tables.put(1, "t", content(B))
    tables.remove(3)
    tables.remove(2, "t")
    tables.remove(2, "nosuch")
    assert parts(tables, (2, "FROM t"), (1, "FROM t"), (3, "SELECT 1"))[1] == (["FROM t"], {"t": 1})
    tables.remove(1)
    assert parts(tables, (1, "FROM t")) == [(["FROM t"], {})]


def test_a_request_means_the_table_of_its_time(tables: Tables) -> None:
    before = Request(1, 1, Run(1, ("FROM t",), ""), 0.0, tables.of(1))
    tables.put(1, "t", content(B))
    after = Request(1, 2, Run(2, ("FROM t",), ""), 0.0, tables.of(1))
    assert [held["t"].num_rows for _, held in together([before, after])] == [2, 1]


def test_all_together_may_not_take_too_much() -> None:
    tables = Tables(100)
    tables.put(1, "a", content({"x": list(range(10))}))
    tables.put(2, "b", content({"x": list(range(10))}))  # the same
    with pytest.raises(StratumError, match="tables_full"):
        tables.put(3, "c", content({"x": list(range(5))}))
    tables.remove(1)
    tables.remove(2)
    tables.put(3, "c", content({"x": list(range(5))}))
