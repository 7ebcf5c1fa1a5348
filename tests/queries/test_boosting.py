"""The boosting benchmark: both forms, both libraries, and equal scores on all sides."""

from __future__ import annotations

import duckdb
import numpy as np
from lightgbm import LGBMRegressor
from sklearn.metrics import r2_score

from queries.boosting.bench import run_boosting
from queries.boosting.make_data import FEATURES, load_signals
from queries.boosting.make_statements import FIXED, GRID, statement
from queries.boosting.train_alone import prepare, train_side_by_side
from queries.report import Options
from queries.workload import statements_of
from stratum_sql.grammar.syntax import ListOf, Train


def trials(text: str) -> list[int]:
    (one,) = statements_of("boosting", text)
    assert isinstance(one.tree, Train)
    sizes = [[len(a.value.items) for a in call.args if isinstance(a.value, ListOf)] for call in one.tree.estimators]
    return [int(np.prod(size)) for size in sizes]


def test_there_are_48_configurations_and_three_times_as_many_in_the_second_form() -> None:
    assert trials(statement(FIXED)) == [24, 24]
    assert trials(statement(GRID)) == [72, 72]
    assert trials(statement(FIXED, small=True)) == [4, 4]


def test_the_table_is_the_same_every_time_and_has_no_gaps() -> None:
    first, second = duckdb.connect(), duckdb.connect()
    for connection in (first, second):
        load_signals(connection, 300)
    rows = first.execute("FROM signals").fetchall()
    assert rows == second.execute("FROM signals").fetchall()
    assert len(rows) == 300
    assert len(rows[0]) == len(FEATURES) + 1
    assert all(np.isfinite(row).all() for row in rows)


def test_training_alone_is_fit_predict_and_score() -> None:
    random = np.random.default_rng(0)
    x, y = random.normal(size=(120, 3)), random.normal(size=120)
    folds = [(np.arange(80), np.arange(80, 120)), (np.arange(40, 120), np.arange(40))]
    model = LGBMRegressor(n_estimators=5, n_jobs=1, verbosity=-1)
    scores, seconds = train_side_by_side({(0, 0): model}, prepare(x, y, folds), threads=2)
    expected = [r2_score(y[test], model.fit(x[train], y[train]).booster_.predict(x[test])) for train, test in folds]
    assert scores == {(0, 0): expected}
    assert seconds > 0


def test_all_sides_agree() -> None:
    report = run_boosting(Options(rows_fraction=0.002, sample=3, threads=1), small=True)
    assert report.problems == ()
    assert report.agrees
    assert (report.trials, report.measured) == (8, 3)
    assert [line.trials for line in report.lines] == [8, 24]
    assert report.compared_with == "training calls alone"
    assert [ratio.name for ratio in report.ratios] == [
        "100 trees, one by one",
        "50, 100, 200 trees, training calls alone",
        "50, 100, 200 trees, one by one",
    ]
