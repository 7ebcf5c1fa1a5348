"""Early stopping of LightGBM and XGBoost: the scores and rounds are those of the libraries by hand, and the rows that say
when to stop are training rows that nothing is fitted on."""

# ruff: noqa: E501  the statements stand as a user would write them

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import lightgbm
import numpy as np
import pytest
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.metrics import get_scorer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from xgboost import XGBClassifier, XGBRegressor

from stratum_sql import BindError, Session
from stratum_sql.execute.values import FitResult
from stratum_sql.optimizer.pipeline import rule_names
from stratum_sql.plan.model import TrainStopped
from stratum_sql.plan.relational import Scan
from stratum_sql.plan.transform import Fit, InnerSplit
from stratum_sql.reference import ReferenceRows, rows
from stratum_sql.results import Result
from tests.engine.oracle import board, check, open_session, query_of
from tests.engine.test_leakage import fitted, garbled, planned, value_of

LIGHTGBM: dict[str, Any] = {
    "n_estimators": 60,
    "learning_rate": 0.3,
    "random_state": 0,
    "n_jobs": 1,
    "verbosity": -1,
    "deterministic": True,
    "force_col_wise": True,
}
XGBOOST: dict[str, Any] = {"n_estimators": 60, "learning_rate": 0.3, "random_state": 0, "n_jobs": 1, "verbosity": 0}
BOTH = "lightgbm_{0}(n_estimators => 60, learning_rate => 0.3), xgboost_{0}(n_estimators => 60, learning_rate => 0.3)"
REGRESSORS, CLASSIFIERS = BOTH.format("regressor"), BOTH.format("classifier")
COLUMNS = "SELECT standard_scale(num) AS num, standard_scale(pos) AS pos, standard_scale(whole) AS whole"
STOPS = "WITH (early_stopping = 4, validation_fraction = 0.2)"


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    with open_session(threads=2) as one:
        yield one


def table(result: Result) -> dict[int, dict[str, Any]]:
    return {row["trial"]: row for row in result.arrow().to_pylist()}


# ---- by hand ---------------------------------------------------------------------------------------------------------


def by_hand(make: Any, read: ReferenceRows, fold: int, *, classes: bool) -> tuple[Any, Any, int]:
    """One fold by the libraries: the model, its held-out matrix, and the rounds it kept."""
    train, test = read.folds[fold]
    x = read.features.to_numpy(dtype=np.float64)
    strata = read.target[train] if classes else None
    fit, valid = train_test_split(train, test_size=0.2, random_state=0, stratify=strata)
    scale = StandardScaler().fit(x[fit])
    held = (scale.transform(x[valid]), read.target[valid])
    model = make()
    if isinstance(model, LGBMRegressor | LGBMClassifier):
        stop = lightgbm.early_stopping(4, verbose=False)
        model.fit(scale.transform(x[fit]), read.target[fit], eval_X=held[0], eval_y=held[1], callbacks=[stop])
        return model, scale.transform(x[test]), model.best_iteration_
    model.fit(scale.transform(x[fit]), read.target[fit], eval_set=[held], verbose=False)
    return model, scale.transform(x[test]), model.best_iteration + 1


@pytest.mark.parametrize(
    ("target", "said", "metric", "makes"),
    [
        ("y", REGRESSORS, "r2", [lambda: LGBMRegressor(**LIGHTGBM), lambda: XGBRegressor(**XGBOOST, early_stopping_rounds=4)]),
        ("level", CLASSIFIERS, "log_loss", [lambda: LGBMClassifier(**LIGHTGBM), lambda: XGBClassifier(**XGBOOST, early_stopping_rounds=4)]),
        ("late", CLASSIFIERS, "roc_auc", [lambda: LGBMClassifier(**LIGHTGBM), lambda: XGBClassifier(**XGBOOST, early_stopping_rounds=4)]),
    ],
)  # fmt: skip
def test_scores_and_rounds_are_the_librarys(session: Session, target: str, said: str, metric: str, makes: Any) -> None:
    sql = f"{COLUMNS}, {target} FROM t TRAIN MODEL {said} TARGET {target} CROSS VALIDATE 3 METRIC {metric} {STOPS}"
    result = session.sql(sql)
    query = query_of(result)
    read = rows(session.connection, query)
    for number, make in enumerate(makes, start=1):
        scores, kept = [], []
        for fold in range(3):
            model, held_out, rounds = by_hand(make, read, fold, classes=query.task == "classification")
            scorer = get_scorer(query.metrics[0].scorer)
            scores.append(query.metrics[0].sign * scorer(model, held_out, read.target[read.folds[fold][1]]))
            kept.append(rounds)
        assert table(result)[number]["fold_scores"][metric] == scores
        assert table(result)[number]["rounds"] == kept
        assert min(kept) < 60, "no training stopped early: the case says nothing"


SPLITS = {
    "the default": "",
    "repeated": "CROSS VALIDATE 2 REPEAT 2 SEED 3",
    "held out": "HOLDOUT 0.25",
    "groups": "CROSS VALIDATE 3 GROUPS grp",
    "groups held out": "HOLDOUT 0.25 GROUPS grp",
    "an order": "CROSS VALIDATE 3 ORDER BY moment GAP 5",
    "an order held out": "HOLDOUT 0.25 ORDER BY id",
    "an order with ties": "CROSS VALIDATE 2 ORDER BY part",
    "a column": "SPLIT BY part",
    "words of a column": "SPLIT BY side",
    "a splitter": "SPLIT shuffle_split(n_splits => 2)",
    "a splitter of groups": "SPLIT group_k_fold(n_splits => 2) GROUPS grp",
    "no shuffle": "CROSS VALIDATE 3 NO SHUFFLE",
}
FITTED = "SELECT target_encode(city), one_hot(kind), standard_scale(impute(holes, 'median')) AS holes, num + 1 AS more, missing_flag(flag), pos"


@pytest.mark.parametrize("weight", ["", "WEIGHT importance"])
@pytest.mark.parametrize(("target", "models"), [("y", REGRESSORS), ("late", CLASSIFIERS)])
@pytest.mark.parametrize("split", SPLITS)
def test_every_split_is_parted_as_the_reference_says(session: Session, split: str, target: str, models: str, weight: str) -> None:  # fmt: skip
    found = check(
        session, f"{FITTED}, {target} FROM t TRAIN MODEL {models} TARGET {target} {weight} {SPLITS[split]} {STOPS}"
    )
    assert len(found) == 2


def test_the_validation_rows_count(session: Session) -> None:
    """Another share of them, other rounds to wait for, other weights: other models. The tests above can fail."""
    sql = f"{COLUMNS}, y FROM t TRAIN MODEL {REGRESSORS} TARGET y {{}} CROSS VALIDATE 3 WITH (early_stopping = {{}})"
    said = [sql.format("", 4), sql.format("", 1), sql.format("", "4, validation_fraction = 0.3"), sql.format("WEIGHT importance", 4)]  # fmt: skip
    scores = [str(board(session.sql(one))[2]) for one in said]
    assert len(set(scores)) == len(said)


# ---- the leaderboard -------------------------------------------------------------------------------------------------


def test_others_are_as_they_were(session: Session) -> None:
    both = session.sql(f"{COLUMNS}, y FROM t TRAIN MODEL ridge(), {REGRESSORS} TARGET y CROSS VALIDATE 3 {STOPS}")
    alone = session.sql(f"{COLUMNS}, y FROM t TRAIN MODEL ridge() TARGET y CROSS VALIDATE 3")
    assert board(both)[1] == board(alone)[1]
    assert table(both)[1]["rounds"] is None
    assert "rounds" not in alone.columns
    assert list(both.columns).index("rounds") < list(both.columns).index("r2_mean")


def test_rounds_are_known_from_before(session: Session) -> None:
    sql = f"{COLUMNS}, y FROM t TRAIN MODEL {REGRESSORS} TARGET y CROSS VALIDATE 3 SEED 17 {STOPS}"
    first, second = session.sql(sql), session.sql(sql)
    assert second.summary is not None
    assert second.summary.reused == 6
    assert table(first) == table(second)


def test_rules_change_nothing(session: Session) -> None:
    """Neither the first rounds of a longer training nor bins of all training rows are taken for one that stops."""
    sql = f"{FITTED}, y FROM t TRAIN MODEL lightgbm_regressor(n_estimators => [3, 20, 60]), ridge() TARGET y CROSS VALIDATE 3"
    off = ", ".join(f"'{name}': false" for name in (*rule_names(), "reuse_results"))
    with_rules = session.sql(f"{sql} WITH (early_stopping = 4, rules = {{'reuse_results': false}})")
    without = session.sql(f"{sql} WITH (early_stopping = 4, rules = {{{off}}})")
    for number in (1, 2, 3):
        assert board(with_rules)[number] == board(without)[number]
        assert table(with_rules)[number]["rounds"] == table(without)[number]["rounds"]
    np.testing.assert_allclose(board(with_rules)[4][1]["r2"], board(without)[4][1]["r2"], rtol=1e-9)


def test_equal_trials_are_trained_once(session: Session) -> None:
    said = "lightgbm_regressor(n_estimators => 20), lightgbm_regressor(num_iterations => 20, learning_rate => 0.1), lightgbm_regressor(n_estimators => 20, learning_rate => 0.1)"
    query = query_of(session.sql(f"{COLUMNS}, y FROM t TRAIN MODEL {said} TARGET y CROSS VALIDATE 3 {STOPS}"))
    batch, _ = planned(session, query)
    assert sum(isinstance(node.operator, TrainStopped) for node in batch.graph) == 2  # another name is another trial


def test_statements_of_one_batch_stop_as_each_says(session: Session) -> None:
    sql = f"{COLUMNS}, y FROM t TRAIN MODEL {REGRESSORS} TARGET y CROSS VALIDATE 3"
    said = [sql, f"{sql} WITH (early_stopping = 4)", f"{sql} WITH (early_stopping = 1)", f"{sql} {STOPS}"]
    together = [board(result) for result in session.batch(said)]
    session.sql("SET stratum_reuse_results = false")
    try:
        assert together == [board(session.sql(one)) for one in said]
    finally:
        session.sql("RESET stratum_reuse_results")


def test_a_batch_says_it_for_its_statements(session: Session) -> None:
    session.sql("BEGIN BATCH WITH (early_stopping = 4)")
    waiting = [
        session.sql(f"{COLUMNS}, y FROM t TRAIN MODEL {model} TARGET y HOLDOUT 0.2")
        for model in ("lightgbm_regressor(n_estimators => 60)", "ridge()")
    ]
    session.sql("COMMIT BATCH")
    rounds = [table(result)[1]["rounds"] for result in waiting]
    assert rounds[0] is not None
    assert rounds[1] is None


def test_threads_change_nothing() -> None:
    """One training has all threads to itself, and takes one."""
    sql = f"{COLUMNS}, late FROM t TRAIN MODEL {CLASSIFIERS} TARGET late HOLDOUT 0.2 METRIC log_loss {STOPS}"
    found = []
    for threads in (1, 4):
        with open_session(6000, threads=threads) as one:
            found.append(board(one.sql(sql)))
    assert found[0] == found[1]


# ---- the model that is kept ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "name", "plain"),
    [
        ("lightgbm_regressor(num_iterations => 60, learning_rate => 0.3)", "num_iterations", lambda n: LGBMRegressor(**{**LIGHTGBM, "n_estimators": n})),
        ("xgboost_regressor(learning_rate => 0.3)", "n_estimators", lambda n: XGBRegressor(**{**XGBOOST, "n_estimators": n})),
    ],
)  # fmt: skip
def test_a_kept_model_has_the_median_of_the_rounds(session: Session, said: str, name: str, plain: Any) -> None:
    result = session.sql(f"SELECT num, pos, y FROM t TRAIN MODEL {said} TARGET y CROSS VALIDATE 4 {STOPS} AS stopped")
    rounds = table(result)[1]["rounds"]
    wanted = math.ceil(np.median(rounds))
    assert min(rounds) < max(rounds), "the median of equal numbers says nothing"
    read = rows(session.connection, query_of(result))
    model = plain(wanted).fit(read.features.to_numpy(dtype=np.float64), read.target)
    found = session.sql("SELECT num, pos FROM t PREDICT MODEL stopped AS p").arrow().to_pandas()
    np.testing.assert_array_equal(found.p, model.predict(found[["num", "pos"]].to_numpy()))
    described = str(session.sql("DESCRIBE MODEL stopped").fetchall())
    assert f"{name} => {wanted}" in described


def test_each_group_stops_by_itself(session: Session) -> None:
    model = "lightgbm_regressor(min_child_samples => 5, learning_rate => 0.3)"
    sql = f"SELECT num, pos, y FROM t TRAIN MODEL {model} TARGET y CROSS VALIDATE 2 {{}} {STOPS} AS {{}}"
    found = session.sql(sql.format("PARTITION BY part", "grouped")).arrow().to_pylist()
    assert len(found) == 4
    for row in found:
        text = sql.replace("FROM t", f"FROM t WHERE part = {row['part']}").format("", "alone")
        (alone,) = table(session.sql(text)).values()
        assert (row["rounds"], row["fold_scores"]) == (alone["rounds"], alone["fold_scores"])
        rows_of = f"SELECT num, pos, part FROM t WHERE part = {row['part']} ORDER BY id PREDICT MODEL {{}} AS p"
        grouped, single = (session.sql(rows_of.format(name)).arrow().column("p") for name in ("grouped", "alone"))
        assert grouped.to_pylist() == single.to_pylist()


# ---- searches --------------------------------------------------------------------------------------------------------

DRAWN = "lightgbm_regressor(n_estimators => choose_int(5, 40), learning_rate => choose_float(0.1, 0.5), min_child_samples => 5)"


@pytest.mark.parametrize("search", ["SEARCH RANDOM 5 TRIALS", "SEARCH HALVING 5 TRIALS", "SEARCH BAYES 5 TRIALS"])
@pytest.mark.parametrize("split", ["CROSS VALIDATE 2", "CROSS VALIDATE 2 ORDER BY moment"])
def test_searches_stop_too(session: Session, search: str, split: str) -> None:
    result = session.sql(f"{COLUMNS}, y FROM t TRAIN MODEL {DRAWN} TARGET y {split} {search} {STOPS} AS searched")
    found = table(result)
    assert len(found) == 5
    assert all(len(row["rounds"]) == 2 and row["status"] == "ok" for row in found.values())
    best = next(row for row in found.values() if row["rank"] == 1)
    assert f"n_estimators => {math.ceil(np.median(best['rounds']))}" in str(session.sql("DESCRIBE MODEL searched").fetchall())  # fmt: skip


def test_the_first_rung_is_as_the_reference_says(session: Session) -> None:
    sql = f"{COLUMNS}, y FROM t TRAIN MODEL lightgbm_regressor(min_child_samples => 5, learning_rate => [0.1, 0.3]) TARGET y CROSS VALIDATE 2 ORDER BY moment SEARCH halving_search(factor => 3, min_resources => 120) {STOPS}"
    check(session, sql)


# ---- what cannot be --------------------------------------------------------------------------------------------------


def test_too_few_rows_are_a_reason(session: Session) -> None:
    sql = "SELECT num, pos, y FROM t WHERE id < 6 TRAIN MODEL ols(), lightgbm_regressor() TARGET y CROSS VALIDATE 3 METRIC mae"
    found = table(session.sql(f"{sql} WITH (early_stopping = 4, validation_fraction = 0.9)"))
    assert found[1]["status"] == "ok"
    assert found[2]["status"] == "failed"
    assert "early stopping cannot set 0.9 of 4 training rows aside" in found[2]["error"]
    assert found[2]["rounds"] is None


@pytest.mark.parametrize("split", ["CROSS VALIDATE 2 GROUPS half", "HOLDOUT 0.5 ORDER BY id GAP 100"])
def test_one_group_and_a_wide_gap_leave_none(session: Session, split: str) -> None:
    sql = f"SELECT num, y FROM (SELECT *, id % 2 AS half FROM t) TRAIN MODEL lightgbm_regressor() TARGET y {split} {STOPS}"
    (found,) = table(session.sql(sql)).values()
    assert found["status"] == "failed"
    assert "early stopping cannot set 0.2" in found["error"]


LACKS = "SELECT num, CASE WHEN id >= {} THEN 'aa' ELSE level END AS kind FROM t TRAIN MODEL lightgbm_classifier() TARGET kind HOLDOUT 0.5 ORDER BY id WITH (early_stopping = 4)"


def test_a_class_that_no_fitted_row_has_is_a_reason(session: Session) -> None:
    (found,) = table(session.sql(LACKS.format(110))).values()
    assert found["status"] == "failed"
    assert "unseen label" in found["error"]


def test_a_class_that_no_training_row_has_is_none(session: Session) -> None:
    """The library numbers the classes that it sees, which are not the first ones here."""
    check(session, LACKS.format(200))


@pytest.mark.parametrize(
    ("model", "options", "message"),
    [
        ("ridge(), lasso()", "early_stopping = 5", "ridge, lasso would not stop"),
        ("xgboost_rf_regressor()", "early_stopping = 5", "would not stop"),
        ("lightgbm_regressor()", "validation_fraction = 0.2", "nothing stops early"),
        ("lightgbm_regressor()", "early_stopping = 0", "a number of rounds"),
        ("lightgbm_regressor()", "early_stopping = true", "a number of rounds"),
        ("lightgbm_regressor()", "early_stopping = 5, validation_fraction = 1", "a share between 0 and 1"),
        ("lightgbm_regressor()", "early_stopping = 5, validation_fraction = 0.0", "a share between 0 and 1"),
    ],
)
def test_what_makes_no_sense_is_refused(session: Session, model: str, options: str, message: str) -> None:
    with pytest.raises(BindError, match=message) as caught:
        session.sql(f"SELECT num, y FROM t TRAIN MODEL {model} TARGET y WITH ({options})")
    assert caught.value.diagnostic.code == "bad_option"


def test_several_targets_are_refused(session: Session) -> None:
    with pytest.raises(BindError, match="several targets") as caught:
        session.sql(f"SELECT num FROM t TRAIN MODEL lightgbm_regressor() TARGET y, pos {STOPS}")
    assert caught.value.diagnostic.code == "not_supported"


# ---- nothing leaks ---------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:The argument 'eval_set'")
@pytest.mark.parametrize("side", ["test", "valid", "train"])
@pytest.mark.parametrize("target", ["y", "late"])
def test_states_are_of_the_fitted_rows_alone(session: Session, target: str, side: str) -> None:
    """Garbled held-out rows change nothing; garbled validation rows no state of a transform; garbled fitted rows do."""
    model = "lightgbm_regressor" if target == "y" else "lightgbm_classifier"
    sql = f"{FITTED}, {target} FROM t TRAIN MODEL {model}(n_estimators => 20) TARGET {target} CROSS VALIDATE 3 {STOPS}"
    query = query_of(session.sql(sql))
    batch, values = planned(session, query)
    split, inner = batch.splits[0], next(node for node in batch.graph if isinstance(node.operator, InnerSplit))
    known = {node.id: values[node.id] for node in batch.graph if node is split or isinstance(node.operator, Scan)}
    for fold in range(3):
        clean = {**known, inner.id: value_of(inner, dict(known), fold)}
        parted = clean[inner.id]
        chosen = {"test": known[split.id][fold].test, "valid": parted.test, "train": parted.train}[side]
        dirty = {node.id: garbled(known[node.id], chosen, query.target.key) for node in batch.graph if isinstance(node.operator, Scan)}  # fmt: skip
        before, after = ({**clean, **other} for other in ({}, dirty))
        assert (fitted(batch, before, fold) == fitted(batch, after, fold)) == (side == "test")
        fits = [node for node in batch.graph if isinstance(node.operator, Fit)]
        states = [[str(one[node.id].state) for node in fits] for one in (before, after)]
        assert all(isinstance(before[node.id], FitResult) for node in fits)
        assert (states[0] == states[1]) == (side != "train")
