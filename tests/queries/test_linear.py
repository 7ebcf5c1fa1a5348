"""The linear benchmark: the same rows every time, 600 pipelines, and scikit-learn's scores."""

from __future__ import annotations

import re
from math import isclose

import duckdb
import pytest

from queries.linear.bench import run_linear
from queries.linear.make_data import CATEGORIES, GAPS, NUMBERS, load_measurements
from queries.linear.make_statements import feature_sets, statements
from queries.report import Options
from queries.workload import statements_of


@pytest.fixture(scope="module")
def table() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    load_measurements(connection, 20_000)
    return connection


def test_the_rows_are_the_same_every_time_and_in_smaller_tables(table: duckdb.DuckDBPyConnection) -> None:
    other = duckdb.connect()
    load_measurements(other, 500)
    wanted = table.execute("FROM measurements LIMIT 500").fetchall()
    assert other.execute("FROM measurements").fetchall() == wanted
    load_measurements(other, 500, seed=1)
    assert other.execute("FROM measurements").fetchall() != wanted


def test_gaps_are_where_they_should_be(table: duckdb.DuckDBPyConnection) -> None:
    query = f"SELECT {', '.join(f'1 - count({name}) / count(*)' for name in (*NUMBERS, 'y'))} FROM measurements"
    found = dict(zip((*NUMBERS, "y"), table.execute(query).fetchall()[0], strict=True))
    assert {name for name, share in found.items() if share} == set(GAPS)
    assert all(isclose(100 * found[name], percent, abs_tol=1) for name, percent in GAPS.items())


def test_categories_have_their_values(table: duckdb.DuckDBPyConnection) -> None:
    for name, size in CATEGORIES.items():
        assert table.execute(f"SELECT count(DISTINCT {name}) FROM measurements").fetchall() == [(size,)]


def test_the_target_is_linear_and_noisy() -> None:
    report = run_linear(Options(rows_fraction=0.004, sample=1, threads=2), alphas=1)
    best = {line.statement: float(line.best.split()[-1]) for line in report.lines}
    assert 0.6 < best["everything, scaled"] < 0.9
    assert best["the second half"] < best["the first half"] < best["everything, scaled"]


def test_there_are_600_pipelines() -> None:
    texts = [text for _, text in statements()]
    counts = [[len(found.split(",")) for found in re.findall(r"alpha => \[(.*?)\]", text)] for text in texts]
    assert len(texts) == len(feature_sets()) == 12
    assert sum(map(sum, counts)) == 600
    assert len(set(feature_sets().values())) == 12
    for name, text in statements():
        assert len(statements_of(name, text)) == 1


def test_the_scores_are_those_of_scikit_learn() -> None:
    report = run_linear(Options(rows_fraction=0.002, sample=12, threads=2), alphas=2)
    assert report.problems == ()
    assert report.agrees
    assert (report.trials, report.measured) == (48, 12)
    assert re.fullmatch(r"96 pipelines take .* for each further pipeline", report.notes[0])
    assert report.ratio is not None
    assert report.ratio > 0
