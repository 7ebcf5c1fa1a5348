"""The workloads from end to end: every statement runs, kept models answer, and every score is scikit-learn's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import stratum_sql
from queries import bench
from queries.flights.make_data import DataMissing, load_flights
from queries.report import Options
from queries.run_workload import keep_fraction
from queries.workload import read_statements

FLIGHTS = Path(__file__).parents[2] / "queries" / "flights"
SMALL = 0.02  # share of the flights: the whole batch in seconds


@pytest.fixture(scope="module")
def trained() -> Iterator[tuple[stratum_sql.Session, list[stratum_sql.Result]]]:
    """A session that has run the whole flights batch over a few of the rows, and the batch's results."""
    with stratum_sql.connect(threads=2) as session:
        try:
            load_flights(session.connection)
        except DataMissing as problem:
            pytest.skip(str(problem))
        keep_fraction(session.connection, "flights", SMALL)
        yield session, session.batch([statement.text for statement in read_statements(FLIGHTS)])


Trained = tuple[stratum_sql.Session, list[stratum_sql.Result]]


def test_tiny_scores_are_those_of_scikit_learn() -> None:
    report = bench.run("tiny", Options(threads=2))
    assert report.problems == ()
    assert report.agrees
    assert report.measured == report.trials == 15


def test_every_trial_of_the_flights_batch_runs(trained: Trained) -> None:
    _, results = trained
    assert [str(result.error) for result in results if result.error] == []
    status = [row[result.columns.index("status")] for result in results for row in result.fetchall()]
    assert status == ["ok"] * 85


def test_equal_work_is_planned_once(trained: Trained) -> None:
    _, results = trained
    summaries = [result.summary for result in results]
    assert all(one is not None and one.nodes < one.nodes_unshared for one in summaries)
    assert all(one.scans <= 7 for one in summaries if one is not None)  # of 14 statements


def test_the_kept_models_predict_and_are_evaluated(trained: Trained) -> None:
    session, _ = trained
    results = [
        r for file in ("predict", "evaluate") for r in session.run_script((FLIGHTS / f"predict/{file}.sql").read_text())
    ]
    assert [str(result.error) for result in results if result.error] == []
    predictions, by_airline, *evaluations = results
    assert predictions.columns == ["airline", "destination", "flight", "arr_delay", "expected_delay", "expected_late"]
    assert by_airline.columns == ["airline", "flights", "expected_delay", "true_delay"]
    assert len(by_airline) > 3
    assert all(len(evaluation) >= 1 for evaluation in evaluations)


@pytest.mark.parametrize("fraction", [0.5, 0.1])
def test_the_same_rows_are_kept_every_time(fraction: float) -> None:
    with stratum_sql.connect() as session:
        for name in ("a", "b"):
            session.connection.execute(f"CREATE TABLE {name} AS SELECT range AS x FROM range(10_000)")
            session.connection.execute(f"ALTER TABLE {name} RENAME TO t")
            keep_fraction(session.connection, "t", fraction)
            session.connection.execute(f"ALTER TABLE t RENAME TO {name}")
        assert session.sql("FROM a").fetchall() == session.sql("FROM b").fetchall()
        assert len(session.sql("FROM a")) == pytest.approx(10_000 * fraction, rel=0.1)
