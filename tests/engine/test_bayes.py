"""SEARCH BAYES: trials and scores are those of the same study driven by hand, in optuna over scikit-learn."""

# ruff: noqa: E501  the statements stand as a user would write them

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np
import optuna
import pytest
from sklearn.model_selection import cross_val_score

from stratum_sql import Session, training
from stratum_sql.catalog import bayes
from stratum_sql.errors import StratumError
from stratum_sql.execute import rounds
from stratum_sql.execute.batch import run_batch
from stratum_sql.execute.events import Progress
from stratum_sql.reference import pipeline, rows
from tests.engine.oracle import board, open_session, query_of

HEAD = "SELECT num, whole, impute(holes) AS h, one_hot(kind) AS k"
ALPHA = "ridge(alpha => choose_float(0.001, 1000, log => true))"
RIDGE = f"{HEAD}, y FROM t TRAIN MODEL {ALPHA} TARGET y"
KNN = (
    f"{HEAD}, y FROM t TRAIN MODEL knn_regressor(n_neighbors => [1, 3, 5]) TARGET y"  # three trials, whatever is asked
)

Asked = tuple[dict[str, Any], dict[str, Any]]  # parameters and choices of a trial


@dataclass(frozen=True)
class Study:
    """A statement, and what a person would ask optuna in its place."""

    text: str
    ask: Callable[[optuna.Trial], Asked]
    batch: int = 5
    startup: int = 10
    seed: int = 0


def _alpha(trial: optuna.Trial) -> Asked:
    return {"alpha": trial.suggest_float("alpha", 0.001, 1000, log=True)}, {}


def _tree(trial: optuna.Trial) -> Asked:
    return {
        "max_depth": trial.suggest_int("max_depth", 1, 12),
        "min_samples_leaf": trial.suggest_int("min_samples_leaf", 1, 64, log=True),
        "criterion": trial.suggest_categorical("criterion", ["gini", "entropy"]),
    }, {}


def _several(trial: optuna.Trial) -> Asked:
    model = trial.suggest_categorical("model", ["ridge", "knn", "tree", "ols"])
    if model == "ridge":
        return {"alpha": trial.suggest_float("alpha", 0.001, 1000, log=True)}, {}
    if model == "knn":
        return {"n_neighbors": trial.suggest_categorical("n_neighbors", [3, 5, 9, 1000])}, {}
    if model == "tree":
        return {"max_depth": trial.suggest_int("max_depth", 1, 8)}, {}
    return {}, {}


def _columns(trial: optuna.Trial) -> Asked:
    encoded = {"one_hot(kind)": "one_hot(kind)", "ordinal(kind)": "ordinal(kind)"}
    kind = encoded[trial.suggest_categorical("SELECT kind", list(encoded))]
    holes = trial.suggest_categorical("SELECT impute(holes)", ["impute(holes)", None])
    clipped = trial.suggest_float("SELECT num", 0.01, 0.2)
    alpha = trial.suggest_categorical("alpha", [0.1, 1, 10])
    return {"alpha": alpha}, {"kind": kind, "impute(holes)": holes, "num": f"clip_outliers(num, {clipped!r})"}


def _nested(trial: optuna.Trial) -> Asked:
    depth = trial.suggest_categorical("max_depth", ["none", "some"])
    return {"max_depth": None if depth == "none" else trial.suggest_int("some", 2, 9)}, {}


TREE = "decision_tree_classifier(max_depth => choose_int(1, 12), min_samples_leaf => choose_int(1, 64, log => true), criterion => ['gini', 'entropy'])"
SEVERAL = f"{ALPHA}, knn_regressor(n_neighbors => [3, 5, 9, 1000]), decision_tree_regressor(max_depth => choose_int(1, 8)), ols()"
COLUMNS = "SELECT choose(one_hot(kind), ordinal(kind)) AS kind, optional(impute(holes)), clip_outliers(num, choose_float(0.01, 0.2)) AS num, whole"
STUDIES = {
    "one number": Study(f"{RIDGE} SEARCH BAYES 25", _alpha),
    "seeds": Study(f"{RIDGE} METRIC rmse SEARCH BAYES 18 TRIALS SEED 7", _alpha, seed=7),
    "less is better": Study(f"{RIDGE} METRIC mae, r2 CROSS VALIDATE 3 SEARCH bayes_search(n_trials => 22, batch_size => 4, startup_trials => 6, seed => 3)", _alpha, 4, 6, 3),
    "one by one": Study(f"{RIDGE} HOLDOUT 0.3 SEARCH bayes_search(trials => 16, batch_size => 1, startup_trials => 4)", _alpha, 1, 4),
    "classes": Study(f"{HEAD}, level FROM t TRAIN MODEL {TREE} TARGET level METRIC balanced_accuracy SEARCH BAYES 30 TRIALS", _tree),
    "several models, some fail": Study(f"{HEAD}, y FROM t TRAIN MODEL {SEVERAL} TARGET y SEARCH BAYES 30 TRIALS SEED 2", _several, seed=2),
    "columns and models": Study(f"{COLUMNS}, y FROM t TRAIN MODEL ridge(alpha => [0.1, 1, 10]) TARGET y SEARCH BAYES 24 TRIALS", _columns),
    "a choice in a choice": Study(f"{HEAD}, y FROM t TRAIN MODEL decision_tree_regressor(max_depth => choose(NULL, choose_int(2, 9))) TARGET y SEARCH BAYES 20", _nested),
}  # fmt: skip


@pytest.mark.parametrize("title", STUDIES)
def test_a_search_is_the_study_driven_by_hand(session: Session, title: str) -> None:
    study = STUDIES[title]
    result = session.sql(study.text)
    query = query_of(result)
    read = rows(session.connection, query)
    metric = query.metrics[0]
    found = {row["trial"]: row for row in result.arrow().to_pylist()}
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    hand = optuna.create_study(
        direction="maximize" if metric.higher_is_better else "minimize",
        sampler=optuna.samplers.TPESampler(seed=study.seed, n_startup_trials=study.startup),
    )
    trials = iter(query.trials)
    for start in range(0, len(found), study.batch):
        count = min(study.batch, len(found) - start)
        asked = [(one := hand.ask(), *study.ask(one), next(trials)) for _ in range(count)]
        for one, params, choices, trial in asked:
            assert trial.given.as_dict() == params
            assert dict(trial.choices) == choices
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                scores = metric.sign * cross_val_score(
                    pipeline(query, trial, read), read.features, read.target, cv=list(read.folds), scoring=metric.scorer
                )
            row = found[trial.number]
            if np.isfinite(scores).all():
                np.testing.assert_allclose(row["fold_scores"][metric.name], scores, rtol=1e-9, atol=1e-12)
                hand.tell(one, scores.mean())
            else:
                assert row["status"] == "failed"
                hand.tell(one, state=optuna.trial.TrialState.FAIL)
    assert next(trials, None) is None
    best = result.arrow().to_pylist()[0]
    assert best[f"{metric.name}_mean"] == pytest.approx(hand.best_value, rel=1e-9)


def test_the_same_seed_asks_the_same_on_any_number_of_threads() -> None:
    text = STUDIES["several models, some fail"].text
    boards, trials = [], []
    for threads in (1, 3):
        with open_session(threads=threads) as session:
            result = session.sql(text)
            boards.append(board(result))
            trials.append([(trial.estimator.name, trial.given) for trial in query_of(result).trials])
            assert sorted(boards[-1]) == list(range(1, 31))
    assert boards[0] == boards[1]
    assert trials[0] == trials[1]
    with open_session(threads=2) as session:
        other = query_of(session.sql(text.replace("SEED 2", "SEED 3"))).trials
    assert [(trial.estimator.name, trial.given) for trial in other] != trials[0]


def test_what_is_asked_again_is_not_trained_again() -> None:
    told: list[Progress] = []
    with open_session(threads=2, progress=told.append) as session:
        session.sql("SET stratum_reuse_results = false")
        result = session.sql(f"{KNN} SEARCH BAYES 20 TRIALS")
        table = result.arrow().to_pylist()
        assert sorted(row["trial"] for row in table) == list(range(1, 21))
        assert result.summary is not None
        assert (result.summary.fits, result.summary.trials) == (15, 20)
        for neighbours in (1, 3, 5):
            scores = {row["r2_mean"] for row in table if row["params"]["n_neighbors"] == neighbours}
            assert len(scores) == 1
        assert (told[-1].trials_done, told[-1].trials_total, told[-1].fits_done) == (20, 20, 100)
        assert session.sql("SELECT count(*), count(DISTINCT trial) FROM stratum.trials").fetchall() == [(20, 20)]


def test_other_statements_of_the_batch_are_as_they_are_alone() -> None:
    texts = [
        f"{HEAD}, y FROM t TRAIN MODEL ridge(alpha => [0.1, 1, 10]) TARGET y",
        f"{RIDGE} SEARCH BAYES 12 TRIALS",
        f"{HEAD}, y FROM t TRAIN MODEL ridge(alpha => [0.001, 0.01, 0.1, 1, 3, 10, 30, 100, 300]) TARGET y SEARCH HALVING",
        STUDIES["classes"].text,
        f"{RIDGE} SEARCH BAYES 12 TRIALS SEED 5 AS m",
    ]
    with open_session(threads=2) as session:
        session.sql("SET stratum_reuse_results = false")
        alone = [board(session.sql(text)) for text in texts]
        assert [board(result) for result in session.batch(texts)] == alone


def test_a_second_time_all_is_known() -> None:
    with open_session(threads=2) as session:
        first, second = session.sql(f"{RIDGE} SEARCH BAYES 15"), session.sql(f"{RIDGE} SEARCH BAYES 15")
        assert board(first) == board(second)
        assert first.summary is not None
        assert second.summary is not None
        assert (first.summary.reused, second.summary.reused, second.summary.fits) == (0, 75, 75)


def test_the_model_that_is_kept_is_the_best_of_all_rounds() -> None:
    with open_session(threads=2) as session:
        for reuse in ("true", "false"):
            session.sql(f"SET stratum_reuse_results = {reuse}")
            result = session.sql(
                f"CREATE OR REPLACE MODEL m AS {COLUMNS}, y FROM t TRAIN MODEL {ALPHA} TARGET y SEARCH BAYES 17"
            )
            best = result.arrow().to_pylist()[0]
            shown = session.sql("SELECT params, score FROM stratum.models").fetchall()
            assert shown == [(f"alpha => {best['params']['alpha']}", best["r2_mean"])]
            assert len(session.sql("SELECT num, whole, holes, kind FROM t PREDICT MODEL m").arrow()) == 240


def test_progress_never_goes_back_and_the_best_never_gets_worse() -> None:
    heard: list[Progress] = []
    with open_session(threads=2, progress=heard.append) as session:
        heard.clear()
        session.sql(f"{RIDGE} SEARCH BAYES 23 AS m")
    assert heard[-1].phase == "done"
    for before, after in pairwise(heard):
        assert before.trials_done <= after.trials_done <= after.trials_total == before.trials_total == 23
        assert before.fits_done <= after.fits_done
        if before.best is not None:
            assert after.best is not None
            assert before.best.value <= after.best.value
    assert (heard[-1].trials_done, heard[-1].fits_done, heard[-1].fits_total) == (23, 115, 115)


def test_a_search_that_is_stopped_has_what_it_found() -> None:
    sessions: list[Session] = []

    def stop(event: Progress) -> None:
        if event.trials_done >= 10:
            sessions[0].interrupt()

    with open_session(threads=1, progress=stop) as session:
        sessions.append(session)
        result = session.sql(f"{RIDGE} AS m SEARCH BAYES 40")
        assert result.summary is not None
        assert result.summary.interrupted
        assert [row["status"] for row in result.arrow().to_pylist()] == ["ok"] * 10
        assert [warning.message for warning in result.warnings] == ["the search ended after 10 of 40 trials"]
        assert session.sql("SELECT count(*) FROM stratum.models").fetchall() == [(0,)]
        assert session.sql("SELECT count(*) FROM stratum.trials").fetchall() == [(10,)]


def test_limits_of_time_are_those_of_all_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    now, ran = [0.0], []

    def note(queries: Any, database: Any, operators: Any, settings: Any, *rest: Any) -> Any:
        ran.append((len(queries[0].trials), queries[0].options.timeout, settings.max_seconds))
        now[0] += 100
        return run_batch(queries, database, operators, settings, *rest)

    monkeypatch.setattr(training, "run_batch", note)
    monkeypatch.setattr(rounds, "time", SimpleNamespace(monotonic=lambda: now[0]))
    with open_session(threads=1, max_seconds=1000) as session:
        result = session.sql(f"{RIDGE} SEARCH BAYES WITH (timeout = 250)")
    assert ran == [(5, 250, 1000), (5, 150, 900), (5, 50, 800)]
    assert result.arrow().num_rows == 15
    assert [warning.code for warning in result.warnings] == ["search_ended"]


def test_a_failure_ends_a_search_that_says_so(session: Session) -> None:
    text = f"{HEAD}, y FROM t TRAIN MODEL knn_regressor(n_neighbors => choose_int(1, 1000)) TARGET y SEARCH BAYES 20"
    result = session.sql(f"{text} WITH (on_error = 'abort')")
    statuses = [row["status"] for row in result.arrow().to_pylist()]
    assert "failed" in statuses
    assert len(statuses) < 20
    every = [row["status"] for row in session.sql(text).arrow().to_pylist()]
    assert len(every) == 20
    assert {"ok", "failed"} == set(every)


def test_what_leaves_no_column_is_no_trial(session: Session) -> None:
    text = "SELECT optional(num), y FROM t TRAIN MODEL ridge(alpha => choose_float(0.1, 10)) TARGET y SEARCH BAYES 20"
    table = session.sql(text).arrow().to_pylist()
    assert 0 < len(table) < 20
    assert {row["features"]["num"] for row in table} == {"num"}
    assert sorted(row["trial"] for row in table) == list(range(1, len(table) + 1))


def test_where_there_is_nothing_to_choose_there_is_one_trial(session: Session) -> None:
    assert session.sql(f"{HEAD}, y FROM t TRAIN MODEL ols() TARGET y SEARCH BAYES").arrow().num_rows == 1
    assert session.sql(f"{RIDGE} SEARCH BAYES").arrow().num_rows == 30


def test_folds_are_shown_with_the_columns_of_all_rounds(session: Session) -> None:
    result = session.sql(f"{COLUMNS}, y FROM t TRAIN MODEL {ALPHA} TARGET y SEARCH BAYES 12 WITH (return_folds = true)")
    assert result.folds is not None
    assert {"num", "holes", "kind", "whole", "y"} <= set(result.folds.column_names)
    assert result.folds.num_rows == 240


def test_explain_shows_the_first_round(session: Session) -> None:
    (plan,) = session.sql(f"EXPLAIN {RIDGE} SEARCH BAYES 30").fetchall()[0]
    assert "round 1 of bayes 30 trials, 5 a round, seed 0" in plan
    assert "5 trials" in plan


@pytest.mark.parametrize(
    ("search", "code"),
    [
        ("bayes_search(factor => 3)", "unknown_parameter"),
        ("bayes_search(batch_size => 0)", "wrong_value"),
        ("bayes_search(batch_size => 2.5)", "wrong_value"),
        ("bayes_search(startup_trials => -1)", "wrong_value"),
        ("bayes_search(seed => -1)", "wrong_value"),
        ("bayes_search(trials => 0)", "no_trials"),
        ("bayes_search(trials => 1000000)", "too_many_trials"),
        ("bayes_search(3)", "positional_argument"),
        ("random_search(batch_size => 3)", "unknown_parameter"),
    ],
)
def test_searches_that_cannot_be(session: Session, search: str, code: str) -> None:
    with pytest.raises(StratumError) as caught:
        session.sql(f"{RIDGE} SEARCH {search}")
    assert caught.value.diagnostic.code == code


def test_every_option_is_bound_before_anything_runs(session: Session) -> None:
    with pytest.raises(StratumError) as caught:
        session.sql(
            "SELECT choose(num, nowhere) AS a, y FROM t TRAIN MODEL ols() TARGET y SEARCH bayes_search(trials => 1)"
        )
    assert caught.value.diagnostic.code == "unknown_column"


def test_without_optuna_it_says_what_to_install(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    def none_of_it(name: str) -> Any:
        return None if name == "optuna" else importlib.util.find_spec(name)

    monkeypatch.setattr(bayes, "find_spec", none_of_it)
    with pytest.raises(StratumError) as caught:
        session.sql(f"{RIDGE} SEARCH BAYES 10")
    assert caught.value.diagnostic.code == "missing_library"
    assert 'pip install "stratum-sql[search]"' in caught.value.diagnostic.message
    assert caught.value.diagnostic.column == len(RIDGE) + 2


def test_the_host_programs_words_of_optuna_stay_as_they_were(session: Session) -> None:
    before = optuna.logging.get_verbosity()
    try:
        optuna.logging.set_verbosity(optuna.logging.DEBUG)
        session.sql(f"{RIDGE} SEARCH BAYES 3")
        assert optuna.logging.get_verbosity() == optuna.logging.DEBUG
    finally:
        optuna.logging.set_verbosity(before)
