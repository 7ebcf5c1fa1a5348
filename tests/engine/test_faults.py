"""One trial's trouble is its own: the others' results are those of a batch without it, and callers see StratumError alone."""
# ruff: noqa: E501  # a statement stays on one line

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stratum_sql.execute.batch import distinct
from stratum_sql.results import Result
from stratum_sql.session import Session
from tests.engine import spies
from tests.engine.oracle import board, open_session

MODEL, TRANSFORM, SLEEPER = (f"tests.engine.spies.{name}" for name in ("FaultyModel", "FaultyTransform", "Sleeper"))
GOOD = [
    "SELECT standard_scale(num), one_hot(city), y FROM t TRAIN MODEL ridge(alpha => [1, 2]), decision_tree_regressor(max_depth => 3) TARGET y",
    "SELECT num, target_encode(city), level FROM t TRAIN MODEL gaussian_nb TARGET level METRIC accuracy, log_loss",
    "SELECT num, y FROM t TRAIN MODEL ols TARGET y CROSS VALIDATE 3",
]


@pytest.fixture(scope="module")
def faulty() -> Iterator[Session]:
    with open_session(threads=2) as session:
        for path in (MODEL, TRANSFORM, SLEEPER):
            session.allow(path)
        yield session


def rows(result: Result) -> list[dict[str, Any]]:
    return result.arrow().to_pylist()  # type: ignore[no-any-return]


def shown(result: Result) -> str:
    return repr(result.error) if result.error else repr(board(result))


@pytest.fixture(scope="module")
def good(faulty: Session) -> list[str]:
    return [shown(result) for result in faulty.batch(GOOD)]


# What fails, in which phase, and a word of what is said.
WHOLE = {
    "bind": ("SELECT nosuch, y FROM t TRAIN MODEL ols TARGET y", "nosuch"),
    "parse": ("SELECT num y FROM t TRAIN MODLE ols TARGET y", ""),
    "scan": ("SELECT num, city::INTEGER AS n, y FROM t TRAIN MODEL ols TARGET y", "convert"),
    "scan error()": ("SELECT num, CASE WHEN id = 7 THEN error('broken row') ELSE 1 END AS n, y FROM t TRAIN MODEL ols TARGET y", "broken row"),
    "split": ("SELECT num, y FROM t TRAIN MODEL ols TARGET y CROSS VALIDATE 3 GROUPS holes", "NULL"),
    "too many folds": ("SELECT num, y FROM t TRAIN MODEL ols TARGET y CROSS VALIDATE 5000", "5000"),
    "target": ("SELECT num, nullif(y, y) AS z FROM t TRAIN MODEL ols TARGET z", "z is NULL"),
}  # fmt: skip
TRIAL = {
    "transform": ("SELECT power_map(whole - 100, 'box-cox') AS p, y FROM t TRAIN MODEL ols TARGET y", ""),
    "compute": ("SELECT (standard_scale(num)::VARCHAR || 'x')::DOUBLE AS p, y FROM t TRAIN MODEL ols TARGET y", "p"),
    "fit": ("SELECT holes, y FROM t TRAIN MODEL ols TARGET y", "NaN"),
    "predict": ("SELECT num, y FROM t TRAIN MODEL knn_regressor(n_neighbors => 5000) TARGET y METRIC r2, mae", "n_neighbors"),
    "metric": ("SELECT num, y - 100 AS z FROM t TRAIN MODEL ols TARGET z METRIC msle", "less than"),
    "one fold": ("SELECT num, y FROM t TRAIN MODEL knn_regressor(n_neighbors => 100) TARGET y CROSS VALIDATE 3 ORDER BY id", "n_neighbors"),
    "memory": ("SELECT num, price, y FROM t TRAIN MODEL extra_tree_regressor TARGET y WITH (memory_limit = '1KB')", "limit is"),
    **{f"{kind} in fit": (f"SELECT num, y FROM t TRAIN MODEL {MODEL}(kind => '{kind}') TARGET y", kind) for kind in spies.FAULTS},
    **{f"{kind} in predict": (f"SELECT num, y FROM t TRAIN MODEL {MODEL}(kind => '{kind}', phase => 'predict') TARGET y", kind) for kind in spies.FAULTS},
    **{f"{kind} in transform": (f"SELECT {TRANSFORM}(num, kind => '{kind}') AS s, y FROM t TRAIN MODEL ols TARGET y", kind) for kind in spies.FAULTS},
    "exit": (f"SELECT num, y FROM t TRAIN MODEL {MODEL}(kind => 'exit') TARGET y", "SystemExit"),
    "deep": (f"SELECT num, y FROM t TRAIN MODEL {MODEL}(kind => 'deep') TARGET y", "recursion"),
    **{f"a kernel in {phase}": (f"SELECT num, y FROM t TRAIN MODEL {MODEL}(kind => 'kernel', phase => '{phase}') TARGET y", "a Rust kernel failed: kernel on purpose") for phase in ("fit", "predict")},
    "apply": (f"SELECT {TRANSFORM}(num, phase => 'transform') AS s, y FROM t TRAIN MODEL ols TARGET y", "on purpose"),
}  # fmt: skip


def test_statements_that_fail_whole(faulty: Session, good: list[str]) -> None:
    bad = [sql for sql, _ in WHOLE.values()]
    results = faulty.batch([*bad[:3], *GOOD, *bad[3:]])
    assert [shown(result) for result in results[3:6]] == good
    for (sql, word), result in zip(WHOLE.values(), [*results[:3], *results[6:]], strict=True):
        assert result.error is not None, sql
        assert word in str(result.error), sql


@pytest.mark.parametrize("phase", TRIAL)
def test_trials_that_fail(faulty: Session, good: list[str], phase: str) -> None:
    sql, word = TRIAL[phase]
    *others, bad = faulty.batch([*GOOD, sql])
    assert [shown(result) for result in others] == good
    for row in rows(bad):
        assert (row["status"], row["rank"], row["fold_scores"]) == ("failed", None, None)
        assert word in row["error"]


def test_many_failures_at_once(faulty: Session, good: list[str]) -> None:
    bad = [sql for sql, _ in (*TRIAL.values(), *WHOLE.values())]
    results = faulty.batch([bad[0], GOOD[0], *bad[1:], GOOD[1], GOOD[2]])
    assert [shown(results[1]), *map(shown, results[-2:])] == good


def test_a_failing_trial_beside_others_of_its_statement(faulty: Session) -> None:
    sql = f"SELECT num, y FROM t TRAIN MODEL ridge, {MODEL}(kind => ['ValueError', 'Panic']), ols TARGET y"
    found = rows(faulty.sql(sql))
    assert {(row["estimator"], row["status"]) for row in found[:2]} == {("ridge", "ok"), ("linear_regression", "ok")}
    assert [row["rank"] for row in found[:2]] == [1, 2]
    assert [(row["status"], row["rank"]) for row in found[2:]] == [("failed", None)] * 2
    assert repr(board(faulty.sql("SELECT num, y FROM t TRAIN MODEL ridge TARGET y"))[1]) == repr(
        board(faulty.sql(sql))[1]
    )


def test_a_statement_that_no_trial_of_survives_keeps_no_model(faulty: Session) -> None:
    result = faulty.sql(f"SELECT num, y FROM t TRAIN MODEL {MODEL} TARGET y AS lost")
    assert [row["status"] for row in rows(result)] == ["failed"]
    assert faulty.batch(["FROM t PREDICT MODEL lost"])[0].error is not None


def test_on_error_abort(faulty: Session) -> None:
    found = rows(
        faulty.sql(
            f"SELECT num, y FROM t TRAIN MODEL {MODEL}, {SLEEPER}(seconds => 20) TARGET y WITH (on_error = 'abort')"
        )
    )
    spies.AWAKE.set()
    assert {row["estimator"].rpartition(".")[2]: row["status"] for row in found} == {
        "FaultyModel": "failed",
        "Sleeper": "cancelled",
    }


# ---- ending early ----------------------------------------------------------------------------------------------------


@pytest.fixture
def asleep() -> Iterator[None]:
    spies.AWAKE.clear()
    spies.ASLEEP.clear()
    yield
    spies.AWAKE.set()


def test_a_deadline_of_one_statement(faulty: Session, good: list[str], asleep: None) -> None:
    slow = f"SELECT num, y FROM t TRAIN MODEL ols, {SLEEPER} TARGET y HOLDOUT 0.3 WITH (timeout = 1) AS sleepy"
    *others, late = faulty.batch([*GOOD, slow])
    assert [shown(result) for result in others] == good
    assert {row["estimator"]: (row["status"], row["rank"]) for row in rows(late)} == {
        "linear_regression": ("ok", 1),
        SLEEPER: ("timeout", None),
    }
    assert late.summary is not None
    assert late.summary.timed_out == 1
    assert any(warning.code == "timeout" for warning in late.warnings)  # its model came too late


def test_a_deadline_while_rows_are_read(faulty: Session, good: list[str]) -> None:
    endless = "SELECT num, y FROM t, (SELECT count(*) AS n FROM range(1000000) a, range(1000000) b WHERE a.range % 7 = b.range % 11) TRAIN MODEL ols TARGET y"
    late, *others = faulty.batch([f"{endless} WITH (timeout = 1)", *GOOD])
    assert late.error is not None
    assert late.error.diagnostic.code == "timeout"
    assert [shown(result) for result in others] == good


def test_max_seconds_of_the_session(asleep: None) -> None:
    with open_session(60, threads=2, max_seconds=1) as session:
        session.allow(SLEEPER)
        found = board(session.sql(f"SELECT num, y FROM t TRAIN MODEL ridge, {SLEEPER} TARGET y HOLDOUT 0.3"))
        assert [status for status, _ in found.values()] == ["ok", "timeout"]


def test_interrupt(faulty: Session, good: list[str], asleep: None) -> None:
    def stop() -> None:
        spies.ASLEEP.wait(30)
        time.sleep(0.3)
        faulty.interrupt()

    thread = threading.Thread(target=stop)
    thread.start()
    first, sleepy = faulty.batch([GOOD[2], f"SELECT num, y FROM t TRAIN MODEL {SLEEPER} TARGET y AS never"])
    thread.join()
    assert shown(first) == good[2]
    assert [status for status, _ in board(sleepy).values()] == ["cancelled"]
    assert sleepy.summary is not None
    assert sleepy.summary.interrupted
    spies.AWAKE.set()
    assert [shown(result) for result in faulty.batch(GOOD)] == good  # the session goes on


def test_interrupt_while_rows_are_read(faulty: Session, good: list[str]) -> None:
    endless = "SELECT num, y FROM t, (SELECT count(*) AS n FROM range(1000000) a, range(1000000) b WHERE a.range % 7 = b.range % 11) TRAIN MODEL ols TARGET y"
    timer = threading.Timer(1.0, faulty.interrupt)
    timer.start()
    (stopped,) = faulty.batch([endless])
    timer.join()
    assert stopped.error is not None
    assert stopped.error.diagnostic.code == "interrupted"
    assert [shown(result) for result in faulty.batch(GOOD)] == good


CTRL_C = """
import signal, sys, threading, time
import stratum_sql
from tests.engine import spies
from tests.engine.oracle import TABLE
session = stratum_sql.connect(sys.argv[1], threads=2)
session.sql(TABLE.format(rows=60))
session.allow("tests.engine.spies.Sleeper")
def press():
    spies.ASLEEP.wait(30)
    time.sleep(0.5)
    signal.raise_signal(signal.SIGINT)
threading.Thread(target=press, daemon=True).start()
try:
    session.sql("SELECT num, y FROM t TRAIN MODEL ols, tests.engine.spies.Sleeper(seconds => 600), ridge TARGET y HOLDOUT 0.3 AS m")
    print("ended")
except KeyboardInterrupt:
    print("interrupted", session.sql("SELECT list(estimator ORDER BY estimator) FROM stratum.trials WHERE status = 'ok'").fetchall()[0][0])
session.close()
"""


def test_ctrl_c_while_training_keeps_what_is_done(tmp_path: Path) -> None:
    """In a process of its own, whose main thread trains; the sleeping fit would take ten minutes."""
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(
        [sys.executable, "-c", CTRL_C, str(tmp_path / "db.duckdb")],
        capture_output=True,
        text=True,
        timeout=120,
        env=environment,
        check=False,
    )
    assert done.stdout.strip() == "interrupted ['linear_regression', 'ridge']", done.stderr
    assert done.returncode == 0


# ---- hard data -------------------------------------------------------------------------------------------------------

NUMBERS = {
    "no rows": "SELECT * FROM t LIMIT 0",
    "one row": "SELECT * FROM t LIMIT 1",
    "two rows": "SELECT * FROM t LIMIT 2",
    "five rows": "SELECT * FROM t LIMIT 5",
    "no target": "SELECT * REPLACE (NULL::DOUBLE AS y, NULL::VARCHAR AS level) FROM t",
    "some target": "SELECT * REPLACE (nullif(y, y) AS y, nullif(level, 'lo') AS level) FROM t",
    "infinite target": "SELECT * REPLACE ('inf'::DOUBLE AS y) FROM t",
    "infinite feature": "SELECT * REPLACE (CASE WHEN id = 3 THEN 'inf'::DOUBLE ELSE num END AS num) FROM t",
    "NaN feature": "SELECT * REPLACE (CASE WHEN id = 3 THEN 'nan'::DOUBLE ELSE num END AS num) FROM t",
    "NULL feature": "SELECT * REPLACE (NULL::DOUBLE AS num) FROM t",
    "huge values": "SELECT * REPLACE (num * 1e308 AS num, y * 1e300 AS y) FROM t",
    "constant target": "SELECT * REPLACE (1.5 AS y, 'one' AS level) FROM t",
    "constant feature": "SELECT * REPLACE (1.0::DOUBLE AS num) FROM t",
    "one member": "SELECT * REPLACE (CASE WHEN id = 0 THEN 'rare' ELSE level END AS level) FROM t",
    "many classes": "SELECT * REPLACE (id AS level) FROM t",
    "odd target": "SELECT * REPLACE ([y] AS y, {'a': level} AS level) FROM t",
    "dates": "SELECT * REPLACE (day AS y, coalesce(day, DATE '2000-01-01') AS level) FROM t",
}  # fmt: skip
TAILS = [
    "TRAIN MODEL ridge, decision_tree_regressor(max_depth => 2) TARGET y AS kept",
    "TRAIN MODEL ridge TARGET y METRIC r2, mae CROSS VALIDATE 2 GROUPS grp",
    "TRAIN MODEL gaussian_nb, decision_tree_classifier(max_depth => 2) TARGET level METRIC roc_auc_ovr, log_loss, accuracy",
    "TRAIN MODEL gaussian_nb TARGET level METRIC accuracy SPLIT k_fold(n_splits => 3)",
]
HEADS = [
    "SELECT standard_scale(num), target_encode(grp), {target}",
    "SELECT num, {target}",
    "SELECT impute(num) AS n, one_hot(city), {target}",
]


@pytest.mark.parametrize("data", NUMBERS)
def test_hard_data_ends_in_words(session: Session, data: str) -> None:
    """A diagnostic, or trials that failed with a reason; and never anything but that."""
    texts = [
        f"{head.format(target='y' if ' y ' in tail else 'level')}, grp FROM ({NUMBERS[data]}) {tail}".replace(
            ", grp FROM", " FROM"
        )
        for head in HEADS
        for tail in TAILS
    ]
    for text, result in zip(texts, session.batch(texts), strict=True):
        if result.error is not None:
            assert result.error.diagnostic.message, text
            assert "Traceback" not in str(result.error)
            continue
        for row in rows(result):
            assert row["status"] in ("ok", "failed"), text
            assert row["status"] == "ok" or row["error"], text
            assert (row["rank"] is None) == (row[f"{result.metrics[0].name}_mean"] is None), text


@pytest.mark.parametrize(
    "text",
    [
        "SELECT y FROM t TRAIN MODEL ols TARGET y",
        "SELECT num, num, y FROM t TRAIN MODEL ols TARGET y",
        "SELECT num AS a, price AS a, y FROM t TRAIN MODEL ols TARGET y",
        "SELECT y, y FROM t TRAIN MODEL ols TARGET y",
        "SELECT drop_constant(const), y FROM t TRAIN MODEL ols TARGET y",
        "SELECT * FROM t AS a JOIN t AS b USING (grp) TRAIN MODEL ols TARGET y",
        "SELECT num, y FROM t TRAIN MODEL ridge(alpha => 99999999999999999999999999) TARGET y",
        "SELECT num, y FROM t TRAIN MODEL ridge(alpha => [1, 99999999999999999999999999]) TARGET y",
        "SELECT num, y FROM t TRAIN MODEL ridge TARGET y WEIGHT holes",
        "SELECT num, y FROM t TRAIN MODEL ridge TARGET y WEIGHT city",
        "SELECT num, y FROM t TRAIN MODEL ridge TARGET y WEIGHT const",
        "SELECT num, y FROM t TRAIN MODEL knn_regressor TARGET y WEIGHT importance",
        "SELECT num, y FROM t TRAIN MODEL ols TARGET y SPLIT BY day",
        "SELECT num, y FROM t TRAIN MODEL ols TARGET y CROSS VALIDATE 3 ORDER BY city GAP 1000",
        "SELECT one_hot(id), y FROM t TRAIN MODEL ols TARGET y WITH (memory_limit = '100KB')",
        "SELECT num, y FROM t TRAIN MODEL multi_task_lasso TARGET y",
    ],
)
def test_hard_statements_end_in_words(session: Session, text: str) -> None:
    (result,) = session.batch([text])
    if result.error is None:
        assert all(row["status"] == "ok" or row["error"] for row in rows(result))
    else:
        assert result.error.diagnostic.code


def test_a_memory_limit_is_the_statements_own(session: Session) -> None:
    sql = "SELECT one_hot(id), num, y FROM t TRAIN MODEL extra_tree_regressor TARGET y"
    limited, free = session.batch([f"{sql} WITH (memory_limit = '100KB')", sql])
    (row,) = rows(limited)
    assert row["status"] == "failed"
    assert "192 rows" in row["error"]
    assert "the limit is 97.7 KiB" in row["error"]
    assert [status for status, _ in board(free).values()] == ["ok"]


# ---- what libraries say ----------------------------------------------------------------------------------------------


def test_messages_that_differ_in_numbers_are_one() -> None:
    said = ["W: gap 1.5e-3 after 10 rounds", "W: gap 2.25 after 9 rounds", "W: other", "W: gap -1 after 1,000 rounds"]
    assert distinct(said) == ["W: gap -1 after 1,000 rounds", "W: other"]


def test_library_warnings_are_told_once(session: Session) -> None:
    result = session.sql(
        "SELECT num, pos, price, late FROM t TRAIN MODEL mlp_classifier(max_iter => [2, 3], hidden_layer_sizes => (3,)) TARGET late"
    )
    assert [warning.code for warning in result.warnings] == ["library_warning"]


def test_the_hosts_thread_limits_are_left_as_they_were(session: Session) -> None:
    from threadpoolctl import threadpool_info, threadpool_limits

    with threadpool_limits(limits=2):
        before = [pool["num_threads"] for pool in threadpool_info()]
        session.sql(GOOD[0])
        assert [pool["num_threads"] for pool in threadpool_info()] == before


def test_no_thread_is_left(session: Session) -> None:
    session.sql(GOOD[2])
    assert [
        thread.name for thread in threading.enumerate() if thread.name.startswith("stratum-") and thread.is_alive()
    ] == []


def test_signals_are_left_to_the_host(session: Session) -> None:
    before = signal.getsignal(signal.SIGINT)
    session.sql(GOOD[2])
    assert signal.getsignal(signal.SIGINT) is before


def test_scores_are_numpys(session: Session, asleep: Callable[[], None]) -> None:
    (row,) = rows(session.sql("SELECT num, y FROM t TRAIN MODEL ols TARGET y METRIC mae"))
    assert row["mae_mean"] == np.mean(row["fold_scores"]["mae"])
    assert row["mae_std"] == np.std(row["fold_scores"]["mae"])


def test_folds_that_cannot_be_are_refused_before_they_are_planned(session: Session) -> None:
    """Ten million folds as asked for would fill the memory before the rows say that there are 240."""
    texts = [
        "SELECT num, y FROM t TRAIN MODEL ols TARGET y CROSS VALIDATE 10000 REPEAT 1000",
        "EXPLAIN SELECT num, y FROM t TRAIN MODEL ols TARGET y CROSS VALIDATE 100000",
        "SELECT num, y FROM t TRAIN MODEL ols TARGET y CROSS VALIDATE 1000",
    ]
    many, explained, few = (str(result.error) for result in session.batch(texts))
    assert "[too_many_fits]: 10,000,000 folds" in many
    assert "[too_many_fits]: 100,000 folds" in explained
    assert "240 rows" in few


def test_large_whole_numbers_are_never_merged_into_one_class(session: Session) -> None:
    """9007199254740992 and …993 are one double: as classes or categories they would silently be one."""
    rows = "SELECT num, 9007199254740992 + (num > 0)::BIGINT AS big, y FROM t"
    target, feature, text, plain = session.batch(
        [
            f"SELECT num, big FROM ({rows}) TRAIN MODEL gaussian_nb TARGET big",
            f"SELECT one_hot(big), y FROM ({rows}) TRAIN MODEL ridge TARGET y",
            f"SELECT one_hot(big::VARCHAR), y FROM ({rows}) TRAIN MODEL ridge TARGET y",
            f"SELECT big, y FROM ({rows}) TRAIN MODEL ridge TARGET y",
        ]
    )
    assert "above 2^53" in str(target.error)
    assert "above 2^53" in feature.df().error[0]
    assert text.df().status.tolist() == plain.df().status.tolist() == ["ok"]


ENDLESS = [
    "mlp_regressor(max_iter => 1000000, tol => 0, n_iter_no_change => 1000000)",
    "random_forest_regressor(n_estimators => 100000)",
    "gradient_boosting_regressor(n_estimators => 100000)",
    "lightgbm_regressor(n_estimators => 9999, num_leaves => 300, min_child_samples => 1)",
]


@pytest.mark.parametrize("model", ENDLESS)
def test_a_training_that_nobody_waits_for_ends(model: str) -> None:
    """No core is busy for nobody, and the next statement has them all."""
    with open_session(threads=2) as session:
        timer = threading.Timer(1.0, session.interrupt)
        timer.start()
        result = session.sql(
            f"SELECT num, pos, y FROM t TRAIN MODEL {model} TARGET y CROSS VALIDATE 3 WITH (timeout = 60)"
        )
        timer.join()
        assert {row["status"] for row in rows(result)} == {"cancelled"}
        for _ in range(600):
            if not [one for one in threading.enumerate() if one.name.startswith("stratum-")]:
                break
            time.sleep(0.05)
        else:
            raise AssertionError("it still trains")
        assert rows(session.sql("SELECT num, y FROM t TRAIN MODEL ols TARGET y"))[0]["status"] == "ok"
