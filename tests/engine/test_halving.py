"""SEARCH HALVING: rungs, rows and scores are those of scikit-learn's HalvingGridSearchCV over the same folds."""

# ruff: noqa: E501  the statements stand as a user would write them

from __future__ import annotations

import warnings
from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from sklearn.experimental import enable_halving_search_cv  # noqa: F401 the next import needs it
from sklearn.model_selection import HalvingGridSearchCV

from stratum_sql import Session, training
from stratum_sql.errors import StratumError
from stratum_sql.execute import rounds
from stratum_sql.execute.batch import run_batch
from stratum_sql.execute.events import Progress
from stratum_sql.plan.query import TrainQuery
from stratum_sql.reference import pipeline, rows
from tests.engine.oracle import board, open_session, query_of

HEAD = "SELECT num, whole, impute(holes) AS h, one_hot(kind) AS k"
RIDGE = f"{HEAD}, y FROM t TRAIN MODEL ridge(alpha => [0.001, 0.01, 0.1, 1, 3, 10, 30, 100, 300, 1000]) TARGET y"
TREES = "decision_tree_classifier(max_depth => [1, 2, 3, 4, 5, 6], min_samples_leaf => [1, 5, 20])"
STATEMENTS = {
    "regression": f"{RIDGE} SEARCH HALVING",
    "factor": f"{RIDGE} METRIC mae SEARCH halving_search(factor => 2)",
    "first rung": f"{RIDGE} METRIC rmse SEARCH halving_search(min_resources => 40, seed => 5) SEED 3",
    "smallest": f"{RIDGE} SEARCH halving_search(min_resources => 'smallest') SEED 3",
    "too few rows for all rungs": f"{RIDGE} SEARCH halving_search(min_resources => 100)",
    "one rung": f"{RIDGE} SEARCH halving_search(min_resources => 240)",
    "two classes": f"{HEAD}, late FROM t TRAIN MODEL {TREES} TARGET late METRIC accuracy SEARCH HALVING SEED 1",
    "three classes, many ties": f"{HEAD}, level FROM t TRAIN MODEL {TREES} TARGET level CROSS VALIDATE 3 METRIC balanced_accuracy SEARCH HALVING SEED 2",
    "stratified": f"{RIDGE} CROSS VALIDATE 4 STRATIFY SEARCH HALVING",
    "groups": f"{RIDGE} CROSS VALIDATE 4 GROUPS grp SEARCH HALVING",
    "over time": f"{RIDGE} CROSS VALIDATE 4 ORDER BY moment SEARCH HALVING",
    "holdout": f"{RIDGE} HOLDOUT 0.3 SEARCH HALVING",
    "by column": f"{RIDGE} SPLIT BY part SEARCH HALVING",
    "equal candidates": f"{HEAD}, y FROM t TRAIN MODEL ridge(alpha => [1, 1, 10, 10, 1, 10, 1]) TARGET y SEARCH HALVING",
    "fewer than factor": f"{HEAD}, y FROM t TRAIN MODEL ridge(alpha => [1, 10]) TARGET y SEARCH HALVING",
    "one candidate": f"{HEAD}, y FROM t TRAIN MODEL ridge TARGET y SEARCH HALVING",
    "forests": f"{HEAD}, y FROM t TRAIN MODEL random_forest_regressor(n_estimators => [3, 5], max_depth => [2, 4], max_features => [0.5, 1.0]) TARGET y CROSS VALIDATE 3 SEARCH HALVING SEED 4",
    "several models": f"{HEAD}, y FROM t TRAIN MODEL ridge(alpha => [0.1, 10, 1000]), knn_regressor(n_neighbors => [1, 3, 5, 9]), decision_tree_regressor(max_depth => [2, 6, NULL]) TARGET y SEARCH HALVING",
    "tiny table": "SELECT num, y FROM t WHERE id < 12 TRAIN MODEL ridge(alpha => [0.1, 1, 10, 100]) TARGET y CROSS VALIDATE 3 METRIC mae SEARCH HALVING",
    "drawn": f"{HEAD}, y FROM t TRAIN MODEL ridge(alpha => choose_float(0.001, 1000, log => true)) TARGET y SEARCH HALVING 9 TRIALS SEED 6",
}


def their_search(session: Session, query: TrainQuery) -> HalvingGridSearchCV:
    """scikit-learn's search over a statement's trials and its whole folds."""
    rung = query.split.rung
    assert rung is not None
    read = rows(session.connection, replace(query, split=replace(query.split, rung=None)))
    search = HalvingGridSearchCV(
        pipeline(query, query.trials[0], read),
        [{"model": [pipeline(query, trial, read).named_steps["model"]]} for trial in query.trials],
        scoring=query.metrics[0].scorer,
        cv=list(read.folds),
        factor=rung.search.factor,
        min_resources=rung.search.min_resources,
        random_state=rung.search.seed,
        refit=False,
        return_train_score=False,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return search.fit(read.features, read.target)


def their_rows(query: TrainQuery, search: HalvingGridSearchCV) -> dict[int, tuple[int, int, list[float]]]:
    """Of each trial its last rung, that rung's rows, and the scores of its folds."""
    found, results = {}, search.cv_results_
    first = results["params"][: len(query.trials)]  # of the first rung, in their order
    numbers = {id(one["model"]): trial.number for one, trial in zip(first, query.trials, strict=True)}
    for position, params in enumerate(results["params"]):
        scores = [
            query.metrics[0].sign * results[f"split{fold}_test_score"][position] for fold in range(search.n_splits_)
        ]
        place = int(results["iter"][position]) + 1, int(results["n_resources"][position])
        found[numbers[id(params["model"])]] = (*place, scores)
    return found


@pytest.mark.parametrize("title", STATEMENTS)
def test_a_halving_search_is_that_of_scikit_learn(session: Session, title: str) -> None:
    result = session.sql(STATEMENTS[title])
    query = query_of(result)
    search = their_search(session, query)
    expected = their_rows(query, search)
    found = {row["trial"]: row for row in result.arrow().to_pylist()}
    metric = query.metrics[0].name
    assert {number: (row["rung"], row["rows"]) for number, row in found.items()} == {
        number: place[:2] for number, place in expected.items()
    }
    for number, row in found.items():
        assert row["status"] == "ok"
        np.testing.assert_allclose(row["fold_scores"][metric], expected[number][2], rtol=1e-9, atol=1e-12)
    best = result.arrow().to_pylist()[0]
    assert best["rung"] == search.n_iterations_
    assert query.metrics[0].sign * search.best_score_ == pytest.approx(best[f"{metric}_mean"], rel=1e-9, abs=1e-12)


def test_who_goes_further_ranks_first(session: Session) -> None:
    table = session.sql(STATEMENTS["regression"]).arrow().to_pylist()
    assert [row["rank"] for row in table] == list(range(1, 11))
    assert [row["rung"] for row in table] == [3] * 2 + [2] * 2 + [1] * 6
    for rung in (1, 2, 3):
        means = [row["r2_mean"] for row in table if row["rung"] == rung]
        assert means == sorted(means, reverse=True)


def test_trials_are_drawn_as_in_a_random_search(session: Session) -> None:
    text = STATEMENTS["drawn"]
    drawn = query_of(session.sql(text.replace("HALVING", "RANDOM"))).trials
    assert query_of(session.sql(text)).trials == drawn
    by_call = text.replace("HALVING 9 TRIALS", "halving_search(trials => 9)")
    assert query_of(session.sql(by_call)).trials == drawn


def test_other_statements_of_the_batch_are_as_they_are_alone() -> None:
    grid = STATEMENTS["regression"].replace("SEARCH HALVING", "")
    texts = [grid, STATEMENTS["regression"], STATEMENTS["factor"], STATEMENTS["two classes"], grid]
    with open_session(threads=2) as session:
        session.sql("SET stratum_reuse_results = false")
        alone = [board(session.sql(text)) for text in texts]
        assert [board(result) for result in session.batch(texts)] == alone
        assert alone[0] != alone[1]


def test_a_second_time_all_is_known() -> None:
    with open_session(threads=2) as session:
        first, second = session.sql(STATEMENTS["regression"]), session.sql(STATEMENTS["regression"])
        assert board(first) == board(second)
        assert first.summary is not None
        assert second.summary is not None
        assert first.summary.reused == 0
        assert second.summary.reused == second.summary.fits == first.summary.fits == 5 * (10 + 4 + 2)


def test_the_model_that_is_kept_is_the_best_of_the_last_rung() -> None:
    with open_session(threads=2) as session:
        for name, search in (("m", "HALVING"), ("n", "halving_search(min_resources => 240)")):
            result = session.sql(f"{RIDGE} AS {name} SEARCH {search}")
            best = result.arrow().to_pylist()[0]
            shown = session.sql(f"SELECT params, score FROM stratum.models WHERE name = '{name}'").fetchall()
            assert shown == [(f"alpha => {best['params']['alpha']:g}", best["r2_mean"])]
        told = session.sql("SELECT count(*), count(DISTINCT trial) FROM stratum.trials WHERE model = 'm'").fetchall()
        assert told == [(10, 10)]


def test_progress_never_goes_back() -> None:
    heard: list[Progress] = []
    with open_session(threads=2, progress=heard.append) as session:
        heard.clear()
        session.sql(f"{RIDGE} AS m SEARCH HALVING")
    phases = ["scan", "train", "store", "done"]
    assert heard[-1].phase == "done"
    assert [one.phase for one in heard].count("done") == 1
    for before, after in pairwise(heard):
        assert phases.index(before.phase) <= phases.index(after.phase)
        assert before.trials_done <= after.trials_done <= after.trials_total == before.trials_total
        assert before.fits_done <= after.fits_done
        if before.fits_total:
            assert before.fits_total == after.fits_total
    assert (heard[-1].trials_done, heard[-1].fits_done, heard[-1].fits_total) == (16, 80, 80)


def test_a_search_that_is_stopped_has_what_it_found() -> None:
    sessions: list[Session] = []

    def stop(event: Progress) -> None:
        if event.trials_done >= 10:
            sessions[0].interrupt()

    with open_session(threads=1, progress=stop) as session:
        sessions.append(session)
        result = session.sql(f"{RIDGE} AS m SEARCH HALVING")
        assert result.summary is not None
        assert result.summary.interrupted
        assert {row["rung"] for row in result.arrow().to_pylist()} == {1}
        assert [warning.code for warning in result.warnings] == ["search_ended"]
        assert session.sql("SELECT count(*) FROM stratum.models").fetchall() == [(0,)]
        assert session.sql("SELECT count(*) FROM stratum.trials").fetchall() == [(10,)]


def test_limits_of_time_are_those_of_all_rungs(monkeypatch: pytest.MonkeyPatch) -> None:
    now, ran = [0.0], []

    def note(queries: Any, database: Any, operators: Any, settings: Any, *rest: Any) -> Any:
        ran.append((len(queries[0].trials), queries[0].options.timeout, settings.max_seconds))
        now[0] += 100
        return run_batch(queries, database, operators, settings, *rest)

    monkeypatch.setattr(training, "run_batch", note)
    monkeypatch.setattr(rounds, "time", SimpleNamespace(monotonic=lambda: now[0]))
    with open_session(threads=1, max_seconds=1000) as session:
        session.sql(f"{RIDGE} SEARCH HALVING WITH (timeout = 500)")
        assert ran == [(10, 500, 1000), (4, 400, 900), (2, 300, 800)]
        ran.clear()
        result = session.sql(f"{RIDGE} SEARCH HALVING WITH (timeout = 200)")
        assert ran == [(10, 200, 1000), (4, 100, 900)]
        assert sorted(row["rung"] for row in result.arrow().to_pylist()) == [1] * 6 + [2] * 4
        assert [warning.message for warning in result.warnings] == ["the search ended on rung 2 of 3"]


def test_a_trial_that_fails_goes_on_only_where_too_few_others_are_left(session: Session) -> None:
    models = "ridge(alpha => [1, 10, 100]), knn_regressor(n_neighbors => [100, 110, 120, 130, 140, 150])"
    table = session.sql(f"{HEAD}, y FROM t TRAIN MODEL {models} TARGET y SEARCH HALVING").arrow().to_pylist()
    assert sorted((row["estimator"], row["rung"]) for row in table) == [
        *[("k_neighbors_regressor", 1)] * 6, ("ridge", 2), ("ridge", 2), ("ridge", 3)
    ]  # fmt: skip
    assert {row["status"] for row in table if row["rung"] == 1} == {"failed"}, "more neighbours than rows"
    most = session.sql(
        f"{HEAD}, y FROM t TRAIN MODEL knn_regressor(n_neighbors => [100, 110, 120]) TARGET y SEARCH HALVING"
    )
    assert [(row["rung"], row["status"]) for row in most.arrow().to_pylist()].count((2, "ok")) == 1


def test_explain_shows_the_first_rung(session: Session) -> None:
    (plan,) = session.sql(f"EXPLAIN {STATEMENTS['regression']}").fetchall()[0]
    assert "Split cross validate 5, seed 0, rung 1 of halving 10 trials, factor 3, seed 0" in plan
    (measured,) = session.sql(f"EXPLAIN ANALYZE {STATEMENTS['regression']}").fetchall()[0]
    assert "rung 1 of halving" in measured


@pytest.mark.parametrize(
    ("search", "code"),
    [
        ("halving_search(factors => 3)", "unknown_parameter"),
        ("halving_search(factor => 1)", "wrong_value"),
        ("halving_search(factor => 2.5)", "wrong_value"),
        ("halving_search(factor => true)", "wrong_value"),
        ("halving_search(min_resources => 0)", "wrong_value"),
        ("halving_search(min_resources => 'most')", "wrong_value"),
        ("halving_search(trials => 0)", "no_trials"),
        ("halving_search(3)", "positional_argument"),
        ("random_search(factor => 3)", "unknown_parameter"),
        ("halving_search(min_resources => 241)", "too_few_rows"),
        ("halving_search(min_resources => 1)", "empty_fold"),
    ],
)
def test_searches_that_cannot_be(session: Session, search: str, code: str) -> None:
    with pytest.raises(StratumError) as caught:
        session.sql(f"{RIDGE} SEARCH {search}")
    assert caught.value.diagnostic.code == code


def test_a_range_needs_a_number_of_trials(session: Session) -> None:
    with pytest.raises(StratumError) as caught:
        session.sql(STATEMENTS["drawn"].replace("9 TRIALS", ""))
    assert caught.value.diagnostic.code == "needs_random"
