"""BEGIN, COMMIT, ROLLBACK and EXPLAIN BATCH: what waits, what runs at once, and what each statement answers."""

from __future__ import annotations

import threading
from pathlib import Path

import pandas as pd
import pytest

import stratum_sql
from stratum_sql import Result, Session, StratumError
from stratum_sql.execute.events import Progress
from tests.session.conftest import TABLE

ONE = "SELECT standard_scale(a) AS s, one_hot(c) AS oc, y FROM t TRAIN MODEL ridge(alpha => [0.1, 1.0]) TARGET y"
TWO = (
    "SELECT standard_scale(a) AS s, b, y FROM t TRAIN MODEL decision_tree_regressor(max_depth => 3) TARGET y METRIC mae"
)
NAMED = "SELECT a, y FROM t TRAIN MODEL ols() TARGET y AS m"


@pytest.fixture(autouse=True)
def everything_runs(session: Session) -> None:
    session.sql("SET stratum_reuse_results = false")


def code(session: Session, text: str) -> str:
    with pytest.raises(StratumError) as caught:
        session.sql(text)
    return caught.value.diagnostic.code


def scores(result: Result) -> list[object]:
    """A leaderboard without its times."""
    place = result.columns.index("fit_seconds")
    return [row[:place] + row[place + 1 :] for row in result.fetchall()]


# -- what is answered --------------------------------------------------------------------------------------------------


def test_a_batch_over_several_calls(session: Session) -> None:
    alone = [scores(session.sql(text)) for text in (ONE, TWO)]
    assert session.sql("BEGIN BATCH").kind == "none"
    first, second = session.sql(ONE), session.sql(TWO)
    assert (first.fetchall(), second.fetchall()) == ([(1, "waiting")], [(2, "waiting")])
    assert session.sql("SELECT count(*) FROM stratum.trials").fetchall() == [(3,)], "nothing was trained"
    session.sql("COMMIT BATCH")
    assert [scores(first), scores(second)] == alone
    assert [first.kind, second.kind] == ["leaderboard"] * 2
    assert first.summary is not None
    assert second.summary is not None
    assert (first.summary.scans, first.summary.fits, first.summary.nodes) == (1, 15, second.summary.nodes)


def test_commit_answers_with_all_leaderboards(session: Session) -> None:
    result = session.sql(f"BEGIN BATCH; {ONE}; {TWO}; {NAMED}; COMMIT BATCH")
    assert result.kind == "rows"
    assert result.columns == [
        "statement", "model", "trial", "estimator", "params", "r2_mean", "r2_std", "mae_mean", "mae_std", "fold_scores",
        "fit_seconds", "rank", "status", "error",
    ]  # fmt: skip
    rows = [dict(zip(result.columns, row, strict=True)) for row in result.fetchall()]
    assert [(row["statement"], row["model"], row["rank"], row["estimator"]) for row in rows] == [
        (1, None, 1, "ridge"),
        (1, None, 2, "ridge"),
        (2, None, 1, "decision_tree_regressor"),
        (3, "m", 1, "linear_regression"),
    ]
    boards = [session.sql(text) for text in (ONE, TWO)]
    by_name = [dict(zip(board.columns, board.fetchall()[0], strict=True)) for board in boards]
    assert (rows[0]["r2_mean"], rows[0]["mae_mean"]) == (by_name[0]["r2_mean"], None)
    assert (rows[2]["r2_mean"], rows[2]["mae_mean"]) == (None, by_name[1]["mae_mean"])
    assert rows[0]["params"] == {"alpha": by_name[0]["params"]["alpha"], "max_depth": None}
    assert rows[2]["fold_scores"] == {"r2": None, "mae": by_name[1]["fold_scores"]["mae"]}
    assert len(session.sql("FROM t PREDICT MODEL m")) == 300


def test_parameters_of_one_name_and_two_types_are_text(session: Session) -> None:
    forests = [
        f"SELECT a, y FROM t TRAIN MODEL random_forest_regressor(n_estimators => 2, max_features => {value}) TARGET y"
        for value in ("0.5", "'sqrt'", "1")
    ]
    result = session.sql(f"BEGIN BATCH; {'; '.join(forests)}; COMMIT BATCH")
    place = result.columns.index("params")
    assert [row[place]["max_features"] for row in result.fetchall()] == ["0.5", "sqrt", "1"]
    assert [row[place]["n_estimators"] for row in result.fetchall()] == [2, 2, 2]


def test_a_script_has_the_result_of_each_statement(session: Session) -> None:
    alone = [scores(session.sql(text)) for text in (ONE, TWO)]
    results = session.run_script(f"BEGIN BATCH; {ONE}; SELECT 5; {TWO}; COMMIT BATCH; SELECT 6")
    assert [result.kind for result in results] == ["none", "leaderboard", "rows", "leaderboard", "rows", "rows"]
    assert [scores(results[1]), scores(results[3])] == alone
    assert (results[2].fetchall(), results[5].fetchall()) == ([(5,)], [(6,)])
    assert len(results[4]) == 3
    texts = session.batch(["BEGIN BATCH", ONE, TWO, "COMMIT BATCH"])
    assert [scores(texts[1]), scores(texts[2])] == alone


def test_what_is_shown_of_a_batch(session: Session) -> None:
    result = session.sql(f"BEGIN BATCH; {ONE}; {TWO}; COMMIT BATCH")
    lines = repr(result).splitlines()
    assert [line for line in lines if "statement" in line] == ["── statement 1 ──", "── statement 2 ──"]
    assert sum(line.startswith("batch: ") for line in lines) == 1
    assert lines[-1].startswith("batch: ") or lines[-2].startswith("batch: ")
    assert [part.kind for part in result.parts] == ["leaderboard"] * 2
    shown = result._repr_html_()
    assert shown.count("<table") == 2
    assert "statement 2" in shown


def test_an_empty_batch(session: Session) -> None:
    assert session.sql("BEGIN BATCH; COMMIT BATCH").fetchall() == []
    assert session.sql("BEGIN BATCH; EXPLAIN BATCH").fetchall()[0][0].startswith("0 statements")


# -- errors ------------------------------------------------------------------------------------------------------------


def test_errors_show_at_once(session: Session) -> None:
    session.sql("BEGIN BATCH")
    assert code(session, "SELECT a, y FROM t TRAIN MODEL rigde() TARGET y") == "unknown_estimator"
    assert code(session, "SELECT nosuch, y FROM t TRAIN MODEL ols() TARGET y") == "unknown_column"
    session.sql(ONE)
    assert len(session.sql("COMMIT BATCH")) == 2


def test_one_that_fails_harms_no_other(session: Session) -> None:
    session.sql("CREATE TABLE gone AS FROM t; BEGIN BATCH")
    first, second = session.sql(ONE), session.sql(NAMED.replace("FROM t", "FROM gone"))
    session.sql("DROP TABLE gone")
    result = session.sql("COMMIT BATCH")
    last = dict(zip(result.columns, result.fetchall()[-1], strict=True))
    assert (last["statement"], last["status"], last["rank"]) == (2, "failed", None)
    assert last["error"].startswith("unknown_table: ")
    assert len(first) == 2
    assert second.error is not None
    assert second.error.diagnostic.code == "unknown_table"
    assert code(session, "COMMIT BATCH") == "no_batch"


def test_all_that_fail(session: Session) -> None:
    session.sql(f"CREATE TABLE gone AS FROM t; BEGIN BATCH; {NAMED.replace('FROM t', 'FROM gone')}; DROP TABLE gone")
    result = session.sql("COMMIT BATCH")
    assert [(row[0], row[-2]) for row in result.fetchall()] == [(1, "failed")]
    assert result.columns == [
        "statement", "model", "trial", "estimator", "fit_seconds", "rank", "status", "error",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("COMMIT BATCH", "no_batch"),
        ("ROLLBACK BATCH", "no_batch"),
        ("EXPLAIN BATCH", "no_batch"),
        ("BEGIN BATCH; BEGIN BATCH", "batch_open"),
        ("BEGIN BATCH WITH (timout = 3)", "unknown_option"),
        ("BEGIN BATCH WITH (timeout = 'x')", "bad_option"),
        ("BEGIN BATCH; EXPLAIN (FORMAT nosuch) BATCH", "unknown_format"),
    ],
)
def test_what_is_refused(session: Session, text: str, expected: str) -> None:
    assert code(session, text) == expected


def test_after_a_begin_that_failed_the_text_is_skipped(session: Session) -> None:
    results = session.run_script(f"BEGIN BATCH WITH (timout = 3); {ONE}; COMMIT BATCH")
    assert [one.error and one.error.diagnostic.code for one in results] == ["unknown_option", "skipped", "skipped"]


# -- what runs at once, and what it may name ---------------------------------------------------------------------------


def test_other_statements_run_at_once(session: Session) -> None:
    session.sql(f"{NAMED}; BEGIN BATCH; {ONE}")
    assert session.sql("SELECT 1").fetchall() == [(1,)]
    assert len(session.sql("FROM t PREDICT MODEL m")) == 300
    assert session.sql("SELECT name FROM show_models()").fetchall() == [("m",)]
    assert len(session.sql(f"SELECT * FROM ({ONE}) WHERE rank = 1")) == 1
    assert "1 statement" in session.sql(f"EXPLAIN {TWO}").fetchall()[0][0]
    assert session.sql("EXPLAIN BATCH").fetchall()[0][0].startswith("1 statement ")


def test_a_model_that_waits_cannot_be_named(session: Session) -> None:
    session.sql(f"{NAMED}; BEGIN BATCH; {NAMED.replace('AS m', 'AS M')}")
    for text in (
        "FROM t PREDICT MODEL m",
        "FROM t EVALUATE MODEL m TARGET y",
        "DESCRIBE MODEL m",
        "DROP MODEL IF EXISTS m",
        "SELECT * FROM (FROM t PREDICT MODEL m)",
    ):
        assert code(session, text) == "waiting_model"
    session.sql("COMMIT BATCH")
    assert session.sql("SELECT version FROM show_models()").fetchall() == [(2,)]


def test_models_are_created_in_batches(session: Session) -> None:
    create = "SELECT a, y FROM t TRAIN MODEL ols() TARGET y"
    session.sql(f"BEGIN BATCH; CREATE MODEL m AS {create}; CREATE TEMP MODEL n AS {create}")
    assert code(session, f"CREATE MODEL M AS {create}") == "model_exists"
    session.sql(f"CREATE MODEL IF NOT EXISTS m AS {create}; COMMIT BATCH")
    assert session.sql("SELECT name, temporary FROM show_models()").fetchall() == [("m", False), ("n", True)]
    session.sql("BEGIN BATCH")
    assert code(session, f"CREATE MODEL m AS {create}") == "model_exists"
    assert session.sql(f"CREATE MODEL IF NOT EXISTS m AS {create}").kind == "none"
    session.sql(f"CREATE OR REPLACE MODEL m AS {create}; COMMIT BATCH")
    assert session.sql("SELECT version, versions FROM show_models('m')").fetchall() == [(2, 1)]


def test_tables_are_read_when_the_batch_runs(session: Session) -> None:
    session.sql(f"CREATE TABLE u AS FROM t LIMIT 100; BEGIN BATCH; {NAMED.replace('FROM t', 'FROM u')}")
    session.sql("INSERT INTO u FROM t; COMMIT BATCH")
    assert session.sql("SELECT value FROM describe_model(m) WHERE property = 'rows'").fetchall() == [("400",)]


def test_the_callers_tables_are_held(session: Session) -> None:
    def queue_one(rows: int) -> Result:
        df = pd.DataFrame({"x": range(rows), "y": [2.0 * i + i % 3 for i in range(rows)]})  # noqa: F841 named below
        return session.sql(f"SELECT x, y FROM df TRAIN MODEL ols() TARGET y AS m{rows}")

    session.sql("BEGIN BATCH")
    queue_one(40)
    with pytest.raises(StratumError) as caught:
        queue_one(50)
    assert caught.value.diagnostic.code == "other_table"
    assert len(session.sql("COMMIT BATCH")) == 1
    assert session.sql("SELECT value FROM describe_model(m40) WHERE property = 'rows'").fetchall() == [("40",)]
    assert code(session, "FROM df") == "duckdb_catalog"


# -- EXPLAIN, ROLLBACK, options, ends ----------------------------------------------------------------------------------


def test_explain_shows_the_shared_plan_and_runs_nothing(session: Session) -> None:
    wanted = session.explain([ONE, TWO])
    session.sql(f"BEGIN BATCH; {ONE}; {TWO}")
    assert session.sql("EXPLAIN BATCH").fetchall() == [(wanted,)]
    assert "flowchart" in session.sql("EXPLAIN (FORMAT mermaid) BATCH").fetchall()[0][0]
    assert session.sql("SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'stratum'").fetchall() == [(0,)]
    measured = session.sql("FROM explain_batch(measured => true, format => 'json')").fetchall()[0][0]
    assert '"measured"' in measured
    assert len(session.sql("COMMIT BATCH")) == 3


def test_rollback_forgets(session: Session) -> None:
    session.sql("BEGIN BATCH")
    answer = session.sql(NAMED)
    assert session.sql("ROLLBACK BATCH").kind == "none"
    assert answer.fetchall() == [(1, "waiting")]
    assert session.sql("SELECT name FROM show_models()").fetchall() == []
    assert session.sql(NAMED).kind == "leaderboard"


def test_options_of_the_batch_are_those_of_its_statements(session: Session) -> None:
    session.sql("BEGIN BATCH WITH (return_folds = true, on_error = 'abort', rules = {'merge_scans': false})")
    own = "WITH (return_folds = false, on_error = 'skip', rules = {'row_wise_once': false})"
    first, second = session.sql(NAMED), session.sql(f"SELECT b, y FROM t TRAIN MODEL ols() TARGET y {own}")
    assert "merge_scans" not in session.sql("EXPLAIN BATCH").fetchall()[0][0]
    session.sql("COMMIT BATCH")
    assert (first.folds is not None, second.folds) == (True, None)
    for answer, error, rules in (
        (first, "abort", {"merge_scans": False}),
        (second, "skip", {"merge_scans": False, "row_wise_once": False}),
    ):
        assert answer.query is not None
        assert (answer.query.options.on_error, dict(answer.query.options.rules)) == (error, rules)


def test_stopped_before_it_ran_it_waits_on(session: Session) -> None:
    session.sql(f"BEGIN BATCH; {ONE}")
    timer = threading.Timer(0.5, session.interrupt)
    timer.start()
    results = session.run_script(["SELECT count(*) FROM range(1000000000) a, range(1000000) b", "COMMIT BATCH"])
    timer.join()
    assert [one.error is not None and one.error.diagnostic.code for one in results] == ["interrupted", "interrupted"]
    assert len(session.sql("COMMIT BATCH")) == 2


def test_what_takes_milliseconds_has_its_score_first() -> None:
    """Whoever waits for slow trials sees the score of the linear models meanwhile, wherever they were written."""
    heard: list[Progress] = []
    with stratum_sql.connect(threads=1, progress=heard.append) as session:
        session.sql("CREATE TABLE t AS SELECT i AS x, (i * 7919) % 101 AS z, i * 0.5 AS y FROM range(4000) r(i)")
        session.sql(
            "SELECT x, z, y FROM t TRAIN MODEL gradient_boosting_regressor(n_estimators => [200, 300]), "
            "ridge(alpha => [1, 10]) TARGET y CROSS VALIDATE 3 METRIC r2"
        )
    first = next(one for one in heard if one.best is not None)
    assert first.best is not None
    assert first.best.estimator == "ridge"
    assert first.trials_done <= 2


def test_stopped_while_it_runs_it_is_answered() -> None:
    def stop(progress: Progress) -> None:
        if progress.trials_done:
            session.interrupt()

    with stratum_sql.connect(threads=1, progress=stop) as session:
        session.sql("CREATE TABLE t AS SELECT i AS a, i % 7 AS b, i * 2.0 + i % 5 AS y FROM range(3000) r(i)")
        slow = "random_forest_regressor(n_estimators => 100, max_depth => [3, 4, 5, 6, 7, 8, 9, 10, 11, 12])"
        session.sql("BEGIN BATCH")
        answer = session.sql(f"SELECT a, b, y FROM t TRAIN MODEL ols(), {slow} TARGET y")
        result = session.sql("COMMIT BATCH")
        assert {"ok", "cancelled"} == {row[result.columns.index("status")] for row in result.fetchall()}
        assert answer.summary is not None
        assert answer.summary.interrupted


def test_the_end_of_the_session_forgets_it(tmp_path: Path) -> None:
    path = tmp_path / "d.db"
    with stratum_sql.connect(path) as session:
        session.sql(f"{TABLE}; BEGIN BATCH; {NAMED}")
    with stratum_sql.connect(path) as session:
        assert session.sql("SELECT name FROM show_models()").fetchall() == []
        assert code(session, "COMMIT BATCH") == "no_batch"


def test_a_foreign_session_has_a_batch_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "d.db"
    with stratum_sql.connect(path) as host:
        host.sql(TABLE)
    with stratum_sql.connect(path, trusted=False, threads=2) as session:
        session.sql(f"BEGIN BATCH; {NAMED}")
        assert code(session, "FROM read_csv('/etc/passwd') TRAIN MODEL ols() TARGET y") == "not_allowed"
        session.sql("COMMIT BATCH")
        assert len(session.sql("FROM t PREDICT MODEL m")) == 300
        session.sql("BEGIN BATCH")
        session.run_script(f"{NAMED};" * 900)
        results = session.run_script(f"{NAMED};" * 101)
        assert [one.error and one.error.diagnostic.code for one in results][-2:] == [None, "too_many_statements"]
        session.sql("ROLLBACK BATCH")
