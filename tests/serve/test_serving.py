"""Many clients of one engine: each answer is its statement's, and is what a session alone gives."""

# ruff: noqa: E501  the statements stand as a user would write them

from __future__ import annotations

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

import stratum_sql
from stratum_sql import StratumError
from stratum_sql.execute.events import Progress
from stratum_sql.results import Result
from stratum_sql.serve.client import Client
from tests.serve.conftest import TABLE, Running, Start

TRAIN = "SELECT standard_scale(a) AS a, b, one_hot(c) AS c, y FROM t TRAIN MODEL {} TARGET y CROSS VALIDATE 3"
SLOW = "SELECT a, b, y FROM t TRAIN MODEL random_forest_regressor(n_estimators => 600, max_depth => [11, 12, 13, 14, 15, 16, 17]) TARGET y CROSS VALIDATE 4"
STATEMENTS = [
    *(TRAIN.format(f"ridge(alpha => {alpha})") for alpha in (0.1, 0.5, 1.0, 5.0)),
    TRAIN.format("lasso(alpha => [0.01, 0.1]), ols()"),
    "SELECT c, count(*), avg(b) FROM t GROUP BY c ORDER BY c",
    "SELECT id, c, NULL AS nothing, [a, id] AS both FROM t ORDER BY id LIMIT 4",
    "SELECT nosuch FROM t",
    "FROM t TRAIN MODEL",
    "DROP TABLE t",
]


def told(results: list[Result]) -> list[Any]:
    """Rows, warnings and errors; times aside."""
    timed = ("seconds", "fit_seconds")
    return [
        (one.kind, one.statement, [m.name for m in one.metrics], one.warnings)
        + ((str(one.error),) if one.error else tuple(c for n, c in one.arrow().to_pydict().items() if n not in timed))
        for one in results
    ]


@pytest.fixture(scope="module")
def alone() -> dict[str, list[Any]]:
    """What a session alone says to each statement."""
    with stratum_sql.connect(trusted=False, setup=lambda connection: connection.execute(TABLE), threads=2) as session:
        return {text: told(session.run_script(text)) for text in STATEMENTS}


def test_each_answer_of_many_clients_equals_that_of_a_session_alone(
    engine: Running, alone: dict[str, list[Any]]
) -> None:
    def use(number: int) -> None:
        with engine.client() as client:
            order = STATEMENTS[number % 10 :] + STATEMENTS[: number % 10]
            pending = [client.submit(text) for text in order]
            for text, one in zip(order, pending, strict=True):
                assert told(one.results()[0]) == alone[text]
            assert [told(own) for own in client.run_scripts(order)] == [alone[text] for text in order]

    with ThreadPoolExecutor(16) as threads:
        assert list(threads.map(use, range(16))) == [None] * 16
    assert told([Result.none("x")]) != told([Result.none("y")])


PROCESS = """
import sys, stratum_sql
with stratum_sql.connect_engine(sys.argv[1], start=False) as client:
    print("ready", flush=True)
    sys.stdin.readline()
    board = client.sql(sys.argv[2])
    print(board.summary.nodes_unshared, board.summary.trials, flush=True)
"""


def test_statements_of_different_processes_are_one_batch(start: Start, tmp_path: Path) -> None:
    """All are sent within the window, and the plan has more operators than one of them alone."""
    engine = start("--window", "1500", *_loaded(tmp_path))
    with engine.client() as client:
        few = client.submit(TRAIN.format("ridge(alpha => 7)"), last=True).result().summary
    texts = [TRAIN.format(f"ridge(alpha => {alpha})") for alpha in (0.1, 0.2, 0.3)]
    processes = [
        subprocess.Popen([sys.executable, "-c", PROCESS, str(engine.folder), text], stdin=-1, stdout=-1, text=True)
        for text in texts
    ]
    for one in processes:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one in processes:
        assert one.stdin is not None
        one.stdin.write("\n")
        one.stdin.flush()
    said = [one.communicate(timeout=60)[0].split() for one in processes]
    assert few is not None
    assert {line[0] for line in said} == {said[0][0]}
    assert int(said[0][0]) > few.nodes_unshared
    assert [line[1] for line in said] == ["1", "1", "1"]


def _loaded(folder: Path) -> tuple[str, ...]:
    with stratum_sql.connect() as session:
        session.sql(TABLE)
        session.sql(f"COPY t TO '{folder / 't.parquet'}'")
    return ("--load", f"t={folder / 't.parquet'}")


# ---- tables of clients -----------------------------------------------------------------------------------------------


def test_a_table_is_seen_by_the_client_that_sent_it_alone(engine: Running, client: Client) -> None:
    client.register("Mine", pd.DataFrame({"a": [1.0, 2.0], "s": ["x", None]}))
    with engine.client() as other:
        other.register("mine", pa.table({"a": [10.0]}))
        other.register("t", pa.table({"a": [7]}))
        ours = client.submit("SELECT sum(a) FROM mine", "SELECT count(*) FROM t", more=True)
        theirs = other.submit("SELECT sum(a) FROM MINE", "SELECT count(*) FROM t", last=True)
        client.submit("SELECT 1", last=True).result()
        assert [own[0].fetchall() for own in ours.results()] == [[(3.0,)], [(300,)]]
        assert [own[0].fetchall() for own in theirs.results()] == [[(10.0,)], [(1,)]]
        other.unregister("t")
        assert other.sql("SELECT count(*) FROM t").fetchall() == [(300,)]
    with engine.client() as third, pytest.raises(StratumError, match="mine"):
        third.sql("FROM mine")


def test_clients_that_send_equal_tables_share_a_plan(engine: Running) -> None:
    table = pa.table({"x": [float(i % 9) for i in range(60)], "z": [float(i % 9 + i % 4) for i in range(60)]})
    text = "SELECT x, z FROM shared TRAIN MODEL ridge(alpha => {}) TARGET z"
    with engine.client() as one, engine.client() as two:
        for client in (one, two):
            client.register("shared", table)
        first = one.submit(text.format(1), more=True)
        second = two.submit(text.format(2), more=True)
        for client in (one, two):
            client.submit("SELECT 1", last=True)
        boards = first.result(), second.result()
    told = [(one.summary.scans, one.summary.nodes_unshared) for one in boards if one.summary is not None]
    assert told[0] == told[1]
    assert told[0][0] == 1
    with stratum_sql.connect() as alone:
        alone.register("shared", table)
        summary = alone.sql(text.format(1)).summary
        assert summary is not None
        assert told[0][1] > summary.nodes_unshared


@pytest.mark.parametrize("name", ["", "a b", "1a", 'x"y', "x" * 64, "naïve"])
def test_a_name_that_is_none_is_refused(client: Client, name: str) -> None:
    with pytest.raises(StratumError, match="table's name"):
        client.register(name, pa.table({"a": [1]}))


def test_what_is_no_table_is_refused(client: Client) -> None:
    with pytest.raises(StratumError, match="no table"):
        client.register("x", 5)
    assert client.sql("SELECT 1").fetchall() == [(1,)]


# ---- plans, progress, cancelling, leaving ----------------------------------------------------------------------------


def test_a_plan_of_many_texts(client: Client) -> None:
    plan = client.explain([TRAIN.format("ols()"), TRAIN.format("lasso()")])
    assert plan.startswith("2 statements")
    with pytest.raises(StratumError, match="nosuch"):
        client.explain("SELECT nosuch, y FROM t TRAIN MODEL ols() TARGET y")


def test_progress_is_told_with_the_best_trial_to_who_is_alone(engine: Running) -> None:
    seen: list[Progress] = []
    with stratum_sql.connect_engine(engine.folder, start=False, progress=seen.append) as client:
        client.sql(TRAIN.format("ridge(alpha => [0.11, 0.12, 0.13])"))
    assert seen[-1].phase == "done"
    assert seen[-1].trials_total == 3
    assert seen[-1].best is not None
    assert seen[-1].best.estimator == "ridge"


def test_a_cancelled_statement_ends_and_those_beside_it_do_not(engine: Running, client: Client) -> None:
    with engine.client() as other:
        slow, quick = client.submit(SLOW), other.submit(TRAIN.format("ridge(alpha => 9)"))
        time.sleep(0.5)
        slow.cancel()
        assert quick.result(60).arrow()["status"].to_pylist() == ["ok"]
        assert "cancelled" in slow.result(60).arrow()["status"].to_pylist()


def test_a_request_that_has_not_begun_is_cancelled(client: Client) -> None:
    waiting = client.submit("SELECT 1", more=True)
    waiting.cancel()
    with pytest.raises(StratumError, match="stopped by the caller"):
        waiting.result(5)


def test_the_work_of_a_client_that_was_killed_ends(engine: Running) -> None:
    text = "import stratum_sql, sys; stratum_sql.connect_engine(sys.argv[1]).sql(sys.argv[2])"
    with engine.client() as other:
        with subprocess.Popen([sys.executable, "-c", text, str(engine.folder), SLOW]) as process:
            started = time.monotonic()
            while not _is_busy(other):
                assert time.monotonic() - started < 60
            process.kill()
        assert other.submit("SELECT 5", last=True).result(60).fetchall() == [(5,)]


def _is_busy(client: Client) -> bool:
    """Whether another's round runs: then even a query that waits for nobody waits."""
    pending = client.submit("SELECT 5", last=True)
    time.sleep(0.4)
    return not pending.done()


def test_closing_cancels_what_was_asked(engine: Running, client: Client) -> None:
    with engine.client() as leaving:
        pending = leaving.submit(SLOW)
        time.sleep(0.3)
    with pytest.raises(StratumError, match="has gone"):
        pending.result(5)
    assert client.submit("SELECT 5", last=True).result(60).fetchall() == [(5,)]
    with pytest.raises(StratumError, match="closed"):
        leaving.sql("SELECT 1")


# ---- much --------------------------------------------------------------------------------------------------------------


def test_a_client_that_sends_without_end_is_made_to_wait_and_harms_nobody(engine: Running, client: Client) -> None:
    def send() -> list[int]:
        with engine.client() as busy:
            pending = [busy.submit(f"SELECT {i} AS i FROM range(2000)") for i in range(120)]
            return [one.result(120).fetchall()[7][0] for one in pending]

    with ThreadPoolExecutor(1) as threads:
        sent = threads.submit(send)
        assert [client.sql(f"SELECT {i}").fetchall()[0][0] for i in range(20)] == list(range(20))
        assert sent.result() == list(range(120))


def test_what_changes_the_session_of_all_is_refused(client: Client) -> None:
    for text in ("BEGIN BATCH", "SET stratum_share_scans = false", "SET threads = 1", "CREATE TABLE u AS FROM t"):
        with pytest.raises(StratumError):
            client.sql(text)


def test_budgets(start: Start) -> None:
    engine = start("--client-statements", "3", "--client-bytes", "1MB", "--client-seconds", "5")
    with engine.client() as client:
        assert len(client.run_script("SELECT 1; SELECT 2; SELECT 3")) == 3
        with pytest.raises(StratumError, match="used its 3 statements"):
            client.sql("SELECT 4")
    with engine.client() as client:
        client.register("small", pa.table({"x": pa.array(range(1_000))}))
        assert client.sql("SELECT count(*) FROM small").fetchall() == [(1_000,)]
        with pytest.raises(StratumError, match="used its 1,000,000 bytes"):
            client.register("big", pa.table({"x": pa.array(range(200_000))}))
        with pytest.raises(StratumError, match="bytes"):
            client.sql("SELECT count(*) FROM small")
    with engine.client() as client:
        started = time.monotonic()
        endless = client.submit("SELECT sum(sin(a.range * b.range)) FROM range(300000) a, range(300000) b").results(60)
        assert endless[0][0].error is not None
        assert endless[0][0].error.diagnostic.code == "interrupted"
        assert time.monotonic() - started > 4
        with pytest.raises(StratumError, match="seconds"):
            client.sql("SELECT 4")


def test_no_thread_is_left_of_a_client(engine: Running) -> None:
    before = threading.active_count()
    for _ in range(5):
        with engine.client() as client:
            client.sql("SELECT 1")
    assert threading.active_count() == before
