"""sql() raises, batch() isolates texts, run_script() loses nothing."""

# ruff: noqa: E501  the statements stand as a user would write them

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import pairwise

import pytest

import stratum_sql
from stratum_sql import BindError, ParseError, Session, StratumError
from stratum_sql.errors import Interrupted, TooComplex
from stratum_sql.execute.events import Progress

TRAIN = "SELECT a, b, y FROM t TRAIN MODEL ols(), ridge(alpha => [0.1, 1.0]) TARGET y CROSS VALIDATE 3"


def codes(results: list[stratum_sql.Result]) -> list[str | None]:
    return [result.error.diagnostic.code if result.error else None for result in results]


def test_sql_gives_the_last_result_and_stops_at_the_first_error(session: Session) -> None:
    assert session.sql("SELECT 1; SELECT 2").fetchall() == [(2,)]
    with pytest.raises(StratumError):
        session.sql("CREATE TABLE made AS SELECT 1; SELECT nosuch; CREATE TABLE never AS SELECT 1")
    assert session.sql("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall() == [("made",), ("t",)]


def test_sql_runs_nothing_of_what_it_cannot_read(session: Session) -> None:
    with pytest.raises(ParseError) as caught:
        session.sql(f"CREATE TABLE never AS SELECT 1; {TRAIN} METRC r2")
    assert caught.value.diagnostic.line == 1
    with pytest.raises(StratumError, match="never"):
        session.sql("FROM never")


@pytest.mark.parametrize("text", ["", "  \n", ";", "-- only\n", "/* a */ ; -- b"])
def test_nothing_is_nothing(session: Session, text: str) -> None:
    assert session.sql(text).kind == "none"
    assert session.sql(text).fetchall() == []
    assert session.run_script(text) == []
    assert [result.kind for result in session.batch([text, "SELECT 1"])] == ["none", "rows"]


def test_batch_isolates_texts(session: Session) -> None:
    results = session.batch(
        [
            TRAIN,
            "SELECT nosuch",
            "SELECT a, y FROM t TRAIN MODEL rigde() TARGET y",
            "SELECT (",
            TRAIN,
            "",
            "SELECT 1; SELECT 2",
        ]
    )
    assert codes(results) == [None, "duckdb_binder", "unknown_estimator", "duckdb_parser", None, None, None]
    assert [len(results[0]), len(results[4])] == [3, 3]
    assert results[6].fetchall() == [(2,)]
    assert results[0].fetchall()[0][5:7] == results[4].fetchall()[0][5:7]


def test_a_failed_result_raises_when_it_is_read(session: Session) -> None:
    (result,) = session.batch(["SELECT nosuch"])
    assert result.error is not None
    with pytest.raises(StratumError) as caught:
        result.fetchall()
    assert caught.value is result.error


def test_batch_gives_the_first_error_of_a_text(session: Session) -> None:
    (result,) = session.batch(["SELECT 1; SELECT first_bad; SELECT second_bad"])
    assert result.error is not None
    assert "first_bad" in result.error.diagnostic.message


def test_adjacent_training_is_one_plan_across_texts_and_parse_errors(session: Session) -> None:
    session.sql("SET stratum_reuse_results = false")
    alone = session.sql(TRAIN).summary
    results = session.batch([TRAIN, "SELECT a, y FROM t TRAIN MODEL ols() TARGTE y", TRAIN])
    assert codes(results) == [None, "unexpected", None]
    first, _, last = (result.summary for result in results)
    assert alone is not None
    assert first is not None
    assert last is not None
    assert (first.scans, first.nodes_unshared) == (1, 2 * alone.nodes_unshared)
    assert first.nodes < 2 * alone.nodes


def test_run_script_gives_one_result_a_statement_in_order(session: Session) -> None:
    text = f"SELECT 1;\n{TRAIN};\nSELECT a, y FROM t TRAIN MODEL ols() TARGTE y;\nCREATE TABLE q AS SELECT 5 AS n;\nFROM q;\nEXPLAIN {TRAIN}"
    results = session.run_script(text)
    assert [result.kind for result in results] == ["rows", "leaderboard", "none", "rows", "rows", "explain"]
    assert codes(results) == [None, None, "unexpected", None, None, None]
    assert results[2].error is not None
    assert results[2].error.diagnostic.line == 3
    assert results[2].statement == "SELECT a, y FROM t TRAIN MODEL ols() TARGTE y"
    assert results[4].fetchall() == [(5,)]


def test_after_a_failed_statement_of_duckdb_the_text_is_skipped(session: Session) -> None:
    results = session.run_script([f"SELECT 1; SELECT nosuch; DROP TABLE t; {TRAIN}", "SELECT count(*) FROM t"])
    assert codes(results) == [None, "duckdb_binder", "skipped", "skipped", None]
    assert results[-1].fetchall() == [(300,)]
    assert results[2].statement == "DROP TABLE t"


def test_a_failed_training_does_not_skip_the_rest(session: Session) -> None:
    results = session.run_script("SELECT a, y FROM t TRAIN MODEL rigde() TARGET y; SELECT 1")
    assert codes(results) == ["unknown_estimator", None]


def test_a_thousand_statements(session: Session) -> None:
    results = session.run_script("; ".join(f"SELECT {number}" for number in range(1_000)))
    assert [result.fetchall()[0][0] for result in results] == list(range(1_000))


def test_a_text_over_the_caps_fails_alone(session: Session) -> None:
    results = session.batch(["SELECT " + "(" * 2_000 + "1" + ")" * 2_000, "SELECT '\ud800'", "SELECT 1"])
    assert codes(results) == ["too_deep", "bad_character", None]
    with pytest.raises(TooComplex):
        session.sql("SELECT '\0'")


def test_warnings_come_with_the_board_nested_or_not(session: Session) -> None:
    leaky = "SELECT a, b * 2 AS b2, b FROM t TRAIN MODEL ols() TARGET b CROSS VALIDATE 3"
    alone = session.sql(leaky).warnings
    assert [(warning.code, warning.severity) for warning in alone] == [("target_leak", "warning")]
    nested = session.sql(f"SELECT 1;\nSELECT rank FROM ({leaky})").warnings
    assert [(warning.code, warning.line) for warning in nested] == [("target_leak", 2)]


def test_explain_is_one_plan_and_runs_nothing(session: Session) -> None:
    text = session.explain([TRAIN, f"CREATE TABLE lb AS {TRAIN}", "SELECT 1", f"EXPLAIN {TRAIN}"])
    assert text.startswith("3 statements")
    with pytest.raises(StratumError):
        session.sql("FROM lb")
    with pytest.raises(BindError):
        session.explain(["SELECT nosuch, y FROM t TRAIN MODEL ols() TARGET y"])
    with pytest.raises(ParseError):
        session.explain("SELECT a, y FROM t TRAIN MODEL ols() TARGTE y")


# -- interruption, threads, life --------------------------------------------------------------------------------------


def test_interrupt_keeps_what_is_done_and_stops_the_rest() -> None:
    seen: list[Progress] = []

    def listener(progress: Progress) -> None:
        seen.append(progress)
        if progress.trials_done:
            session.interrupt()

    with stratum_sql.connect(threads=1, progress=listener) as session:
        session.sql("CREATE TABLE t AS SELECT i AS a, i % 7 AS b, i * 2.0 + i % 5 AS y FROM range(3000) r(i)")
        many = "SELECT a, b, y FROM t TRAIN MODEL ols(), random_forest_regressor(n_estimators => [50, 60, 70, 80, 90, 100]) TARGET y"
        board, after = session.run_script([f"{many} AS m", "SELECT 1"])
        statuses = [row[board.columns.index("status")] for row in board.fetchall()]
        assert {"ok", "cancelled"} == set(statuses)
        assert board.summary is not None
        assert board.summary.interrupted
        assert isinstance(after.error, Interrupted)
        assert session.sql("SELECT 1").fetchall() == [(1,)]  # it stopped what was running, not the session


def test_interrupting_nothing_does_nothing(session: Session) -> None:
    session.interrupt()
    assert session.sql("SELECT 1").fetchall() == [(1,)]


def test_interrupt_stops_a_long_query(session: Session) -> None:
    timer = threading.Timer(0.3, session.interrupt)
    timer.start()
    with pytest.raises(Interrupted):
        session.sql("SELECT count(*) FROM range(1000000000) a, range(1000000) b WHERE a.range + b.range = 7")
    timer.join()
    assert session.sql("SELECT 1").fetchall() == [(1,)]


def test_one_session_in_many_threads(session: Session) -> None:
    found: list[object] = []

    def work(number: int) -> None:
        found.append(session.sql(f"SELECT {number}").fetchall()[0][0])
        found.append(session.sql(TRAIN).fetchall()[0][2])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, found)) == sorted([*map(str, range(4)), *[session.sql(TRAIN).fetchall()[0][2]] * 4])


def test_a_listener_cannot_send_a_statement() -> None:
    refused: list[str] = []

    def listener(_: Progress) -> None:
        try:
            session.sql("SELECT 1")
        except StratumError as error:
            refused.append(error.diagnostic.code)

    with stratum_sql.connect(threads=1, progress=listener) as session:
        session.sql("SELECT i AS a, i + 1 AS y FROM range(50) r(i) TRAIN MODEL ols() TARGET y")
    assert set(refused) == {"busy"}


def test_a_closed_session_says_so_and_its_results_stay(session: Session) -> None:
    rows, board = session.sql("SELECT 1 AS x"), session.sql(TRAIN)
    many = session.sql("SELECT range AS i, 'x' AS s FROM range(20000)")
    session.close()
    session.close()
    session.interrupt()
    assert rows.fetchall() == [(1,)]
    assert rows.df().shape == (1, 1)
    assert len(board.fetchall()) == 3
    assert (len(many), many.types, many.fetchall()[-1]) == (20_000, ["BIGINT", "VARCHAR"], (19_999, "x"))
    assert many.df().shape == (20_000, 2)
    assert "20,000 rows" in repr(many)
    calls: list[Callable[[], object]] = [
        lambda: session.sql("SELECT 1"),
        lambda: session.batch(["SELECT 1"]),
        lambda: session.run_script("SELECT 1"),
        lambda: session.explain(TRAIN),
        lambda: session.register("x", board),
    ]
    for call in calls:
        with pytest.raises(StratumError) as caught:
            call()
        assert caught.value.diagnostic.code == "closed"


def test_a_result_can_be_read_while_a_transaction_is_aborted(session: Session) -> None:
    held = session.sql("SELECT 1 AS x, 'a' AS s")
    session.sql("BEGIN")
    with pytest.raises(StratumError):
        session.sql("SELECT error('stop')")
    assert held.fetchall() == [(1, "a")]
    assert held.df().shape == (1, 2)
    assert held.arrow().num_rows == 1
    assert "a" in repr(held)
    session.sql("ROLLBACK")


def test_progress_goes_forward_and_knows_the_best() -> None:
    seen: list[Progress] = []
    with stratum_sql.connect(threads=2, progress=seen.append) as session:
        session.sql(
            "CREATE TABLE t AS SELECT i AS a, (i * 7) % 11 AS b, i * 2.0 + (i * i) % 5 AS y FROM range(400) r(i)"
        )
        board = session.sql(
            "SELECT a, b, y FROM t TRAIN MODEL lasso(alpha => [500.0, 50.0, 5.0, 0.5]), ols() TARGET y METRIC rmse, r2 AS m"
        )
    assert [progress.phase for progress in seen][:1] == ["scan"]
    assert seen[-1].phase == "done"
    assert "store" in {progress.phase for progress in seen}
    for before, after in pairwise(seen):
        assert before.trials_done <= after.trials_done
        assert before.fits_done <= after.fits_done
        assert before.elapsed_seconds <= after.elapsed_seconds
        if before.best is not None:
            assert after.best is not None
            assert after.best.value <= before.best.value  # rmse: less is better
    last = seen[-1]
    assert (last.trials_done, last.trials_total, last.fits_done, last.fits_total) == (5, 5, 25, 25)
    best = dict(zip(board.columns, board.fetchall()[0], strict=True))
    assert last.best is not None
    assert (last.best.trial, last.best.estimator, last.best.metric) == (best["trial"], best["estimator"], "rmse")
    assert last.best.value == best["rmse_mean"]
    assert not last.best.higher_is_better
