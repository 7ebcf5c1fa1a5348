"""Several callers in one call: order within a lane, one batch across lanes, answers that are each caller's own."""

# ruff: noqa: E501  the statements stand as a user would write them

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

import stratum_sql
from stratum_sql import Session
from stratum_sql.callers import interleaved
from stratum_sql.execute.events import Progress
from stratum_sql.grammar.parse import read_script
from stratum_sql.items import Item

TRAIN = "SELECT a, b, y FROM t TRAIN MODEL {} TARGET y CROSS VALIDATE 3"
SLOW = "SELECT a, b, y FROM t TRAIN MODEL random_forest_regressor(n_estimators => 300, max_depth => {}) TARGET y CROSS VALIDATE 3"


def items(number: int, *texts: str) -> list[Item]:
    return [Item(0, text, span, found, number) for text in texts for span, found in read_script(text)]


def test_what_trains_runs_together_and_the_rest_in_its_order() -> None:
    first = items(1, "FROM t TRAIN MODEL ols() TARGET a", "FROM t PREDICT MODEL b", "FROM t TRAIN MODEL ols() TARGET c")
    second = items(2, "FROM t TRAIN MODEL ols() TARGET d", "FROM t TRAIN MODEL ols() TARGET e", "FROM t")
    told = [[item.written.split()[-1] for item in group] for group in interleaved([first, second])]
    assert told == [["a", "d", "e"], ["b"], ["t"], ["c"]]
    assert list(interleaved([[], []])) == []


def test_each_answer_is_its_callers_and_equals_the_unshared_run(session: Session) -> None:
    texts = {
        1: [TRAIN.format("ridge(alpha => 0.1) AS m"), "FROM t PREDICT MODEL m ORDER BY id LIMIT 3"],
        2: ["", TRAIN.format("ridge(alpha => [0.1, 2.0])"), "SELECT nosuch FROM t", "FROM t TRAIN"],
        3: [TRAIN.format("ols()"), "SELECT count(*) FROM t; " + TRAIN.format("lasso()")],
        4: [],
    }
    found = session.run_together([{number: own} for number, own in texts.items()])
    assert {number: [len(one) for one in own] for number, own in found.items()} == {
        1: [1, 1],
        2: [0, 1, 1, 1],
        3: [1, 2],
        4: [],
    }
    with stratum_sql.connect(threads=2) as alone:
        alone.register("t", session.sql("FROM t").arrow())
        for number, own in texts.items():
            for text, results in zip(own, found[number], strict=True):
                assert told(results) == told(alone.run_script(text))
    summaries = [one.summary for one in (found[1][0][0], found[2][1][0], found[3][0][0]) if one.summary is not None]
    assert [one.trials for one in summaries] == [1, 2, 1]
    assert len({one.nodes_unshared for one in summaries}) == 1  # one batch


def told(results: list[stratum_sql.Result]) -> list[Any]:
    """Rows and errors, times aside."""
    timed = ("seconds", "fit_seconds", "model")
    return [
        str(one.error) if one.error else [c for n, c in one.arrow().to_pydict().items() if n not in timed]
        for one in results
    ]


def test_tables_of_a_call_cover_others_of_that_name_and_go_with_it(session: Session) -> None:
    mine = pa.table({"a": [1, 2]})
    found = session.run_together(
        [{1: ["SELECT sum(a) FROM t"]}, {2: ["SELECT sum(a) FROM other"]}], {"t": mine, "other": mine}
    )
    assert [found[number][0][0].fetchall() for number in (1, 2)] == [[(3,)], [(3,)]]
    assert session.sql("SELECT count(*) FROM t").fetchall() == [(300,)]
    with pytest.raises(stratum_sql.StratumError, match="other"):
        session.sql("FROM other")


@pytest.mark.parametrize(
    "text", ["BEGIN BATCH", "COMMIT BATCH", "SET stratum_share_scans = false", "RESET stratum_nosuch"]
)
def test_what_would_change_the_session_for_others_is_refused(session: Session, text: str) -> None:
    found = session.run_together([{1: [text]}, {2: [TRAIN.format("ols()")]}])
    assert found[1][0][0].error is not None
    assert found[1][0][0].error.diagnostic.code == "shared_session"
    assert found[2][0][0].error is None


def test_a_lane_that_is_withdrawn_ends_and_the_others_do_not() -> None:
    running, seen = threading.Event(), []

    def listen(event: Progress) -> None:
        seen.append(event)
        if event.phase == "train":
            running.set()

    with stratum_sql.connect(threads=2, progress=listen) as session:
        session.sql("CREATE TABLE t AS SELECT i % 91 AS a, i % 37 AS b, a + b AS y FROM range(3000) r(i)")
        found: dict[int, Any] = {}
        texts = {1: [SLOW.format("[11, 12, 13, 14, 15, 16]"), "FROM t"], 2: [TRAIN.format("ols()")]}
        thread = threading.Thread(target=lambda: found.update(session.run_together([{1: texts[1]}, {2: texts[2]}])))
        thread.start()
        assert running.wait(30)
        session.withdraw(1)
        thread.join(60)
        statuses = found[1][0][0].arrow()["status"].to_pylist()
        assert "cancelled" in statuses
        assert found[1][1][0].error.diagnostic.code == "interrupted"
        assert found[2][0][0].arrow()["status"].to_pylist() == ["ok"]
        assert session.run_together([{1: ["SELECT 1"]}])[1][0][0].fetchall() == [(1,)]  # another caller's number 1


def test_a_query_of_one_caller_is_interrupted_and_that_of_the_next_is_not(session: Session) -> None:
    found: dict[int, Any] = {}
    heavy = "SELECT sum(sin(a.range * b.range)) FROM range(200000) a, range(200000) b"
    thread = threading.Thread(target=lambda: found.update(session.run_together([{1: [heavy]}, {2: ["SELECT 7"]}])))
    thread.start()
    while thread.is_alive():
        session.withdraw(1)
        time.sleep(0.05)
    assert found[1][0][0].error.diagnostic.code == "interrupted"
    assert found[2][0][0].fetchall() == [(7,)]


def test_the_same_text_of_different_requests_is_two_items() -> None:
    one = items(1, "FROM t")[0]
    assert replace(one, request=2) != one


def test_requests_of_one_caller_run_in_its_order(session: Session) -> None:
    found = session.run_together(
        [{1: ["FROM t PREDICT MODEL m"], 2: [TRAIN.format("ols() AS m")]}, {3: ["SHOW MODELS"]}]
    )
    assert found[1][0][0].error is not None
    assert found[2][0][0].error is None
    assert len(session.run_together([{4: [TRAIN.format("ols() AS m")], 5: ["FROM t PREDICT MODEL m"]}])[5][0][0]) == 300
