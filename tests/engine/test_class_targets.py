"""Several targets of a classifier: as scikit-learn's own that take them together, or as its `MultiOutputClassifier`."""

# ruff: noqa: E501  the statements stand as a user would write them

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from lightgbm import LGBMClassifier
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    brier_score_loss,
    f1_score,
    log_loss,
    matthews_corrcoef,
    roc_auc_score,
)
from sklearn.model_selection import KFold
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

import stratum_sql
from stratum_sql.catalog.registry import transform
from stratum_sql.errors import ModelCorrupt, StratumError
from stratum_sql.models.manifest import from_json, to_json
from stratum_sql.reference import rows
from stratum_sql.session import Session
from tests.engine.oracle import DETERMINISTIC, ITERATIVE, assert_close, board, check, open_session, query_of

HEAD = "SELECT standard_scale(num) AS num, impute(holes) AS holes, one_hot(kind) FROM t"
MIXED = "late, level, whole"  # BOOLEAN, VARCHAR of three classes, INTEGER of six


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    with open_session(rows=300, threads=2) as one:
        yield one


# ---- scores, written out by hand -------------------------------------------------------------------------------------

SURE: dict[str, Any] = {  # with probabilities
    "logistic_regression(C => 0.5)": MultiOutputClassifier(LogisticRegression(C=0.5)),
    "gaussian_nb": MultiOutputClassifier(GaussianNB()),
    "one_vs_rest_classifier(estimator => gaussian_nb())": MultiOutputClassifier(OneVsRestClassifier(GaussianNB())),
    "lightgbm_classifier(n_estimators => 4)": MultiOutputClassifier(
        LGBMClassifier(n_estimators=4, random_state=0, n_jobs=1, verbosity=-1, deterministic=True, force_col_wise=True)
    ),
    "decision_tree_classifier(max_depth => 4)": DecisionTreeClassifier(max_depth=4, random_state=0),
    "random_forest_classifier(n_estimators => 5)": RandomForestClassifier(n_estimators=5, random_state=0, n_jobs=1),
    "knn_classifier(n_neighbors => 9)": KNeighborsClassifier(n_neighbors=9),
    "multi_output_classifier(estimator => gaussian_nb())": MultiOutputClassifier(GaussianNB()),
}
UNSURE: dict[str, Any] = {
    "linear_svc": MultiOutputClassifier(LinearSVC(random_state=0)),
    "ridge_classifier(alpha => 2)": MultiOutputClassifier(RidgeClassifier(alpha=2)),
}
OF_CLASSES = {
    "accuracy": accuracy_score,
    "balanced_accuracy": balanced_accuracy_score,
    "f1_macro": lambda y, said: f1_score(y, said, average="macro"),
    "f1_weighted": lambda y, said: f1_score(y, said, average="weighted"),
    "mcc": matthews_corrcoef,
}


def of_shares(y: Any, shares: Any, classes: Any) -> dict[str, float]:
    """The metrics of the probabilities of one target."""
    ovr = roc_auc_score(y, shares[:, 1] if len(classes) == 2 else shares, multi_class="ovr", labels=classes)
    brier = brier_score_loss(y, shares[:, 1] if len(classes) == 2 else shares, labels=classes)
    return {"log_loss": log_loss(y, shares, labels=classes), "roc_auc_ovr": ovr, "brier": brier}


def by_hand(model: Any, matrix: Any, y: Any, folds: Any) -> dict[str, list[float]]:
    """Each metric as the mean over the targets, fold by fold."""
    found: dict[str, list[float]] = {}
    for train, test in folds:
        fitted = clone(model).fit(matrix[train], y[train])
        said, truth, each = fitted.predict(matrix[test]), y[test], range(y.shape[1])
        for name, metric in OF_CLASSES.items():
            found.setdefault(name, []).append(float(np.mean([metric(truth[:, at], said[:, at]) for at in each])))
        if hasattr(fitted, "predict_proba"):
            shares = fitted.predict_proba(matrix[test])
            told = [of_shares(truth[:, at], shares[at], fitted.classes_[at]) for at in each]
            for name in told[0]:
                found.setdefault(name, []).append(float(np.mean([one[name] for one in told])))
    return found


@pytest.mark.parametrize("call", SURE | UNSURE)
def test_scores_are_the_means_over_the_targets(session: Session, call: str) -> None:
    """Written out: matrix by pandas, folds and models by scikit-learn, each target scored by its own function."""
    metrics = [*OF_CLASSES, *(["log_loss", "roc_auc_ovr", "brier"] if call in SURE else [])]
    statement = f"SELECT num, pos, importance FROM t TRAIN MODEL {call} TARGET {MIXED} CROSS VALIDATE 3 METRIC {', '.join(metrics)}"
    result = session.sql(statement)
    read = rows(session.connection, query_of(result))
    matrix, y = read.features.to_numpy(), read.target
    assert [len(labels) for labels in read.labels or ()] == [2, 3, 6]
    folds = list(KFold(3, shuffle=True, random_state=0).split(matrix))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted = by_hand((SURE | UNSURE)[call], matrix, y, folds)
    ((status, scores),) = board(result).values()
    assert status == "ok", result.arrow().column("error").to_pylist()
    assert_close(scores, wanted, ITERATIVE if call.startswith("logistic") else DETERMINISTIC)


def test_a_score_of_several_is_the_mean_of_the_scores_of_each(session: Session) -> None:
    """One of it to each target: the very models of a statement for each, by decision functions too."""
    tail = "SPLIT k_fold(n_splits => 3, shuffle => true) METRIC roc_auc, average_precision, f1, accuracy"
    head = "SELECT num, holes IS NULL AS lacks, importance FROM (SELECT *, whole > 2 AS many FROM t) TRAIN MODEL linear_svc TARGET"
    whole, *each = [board(session.sql(f"{head} {target} {tail}")) for target in ("late, many", "late", "many")]
    for name, values in whole[1][1].items():
        np.testing.assert_array_equal(values, np.mean([one[1][1][name] for one in each], axis=0))


TAILS = {
    "both kinds": "TRAIN MODEL logistic_regression(C => [0.1, 1]), extra_trees_classifier(n_estimators => 3), bagging_classifier(n_estimators => 3), mlp_classifier(max_iter => 5, hidden_layer_sizes => (4,)) TARGET late, level CROSS VALIDATE 3 METRIC accuracy, f1_macro, log_loss",
    "weights": "TRAIN MODEL gaussian_nb, decision_tree_classifier(max_depth => 3), sgd_classifier TARGET late, level WEIGHT importance CROSS VALIDATE 3",
    "groups": "TRAIN MODEL lda, extra_tree_classifier TARGET late, level CROSS VALIDATE 3 GROUPS grp",
    "strata": "TRAIN MODEL lda, decision_tree_classifier TARGET late, level CROSS VALIDATE 3 STRATIFY BY level",
    "the past": "TRAIN MODEL bernoulli_nb, knn_classifier TARGET level, late HOLDOUT 0.3 ORDER BY moment",
    "drawn": "TRAIN MODEL ridge_classifier(alpha => choose_float(0.1, 10)), knn_classifier(n_neighbors => choose_int(1, 9)) TARGET late, level SEARCH RANDOM 4 TRIALS",
    "balanced": "TRAIN MODEL logistic_regression(class_weight => 'balanced'), decision_tree_classifier(max_depth => 3, class_weight => 'balanced') TARGET late, level CROSS VALIDATE 3",
    "labels": "TRAIN MODEL radius_neighbors_classifier(radius => 0.2, outlier_label => 'most_frequent'), dummy_classifier(strategy => 'prior') TARGET late, level",
}


@pytest.mark.parametrize("title", TAILS)
def test_every_trial_is_scikit_learns(session: Session, title: str) -> None:
    check(session, f"{HEAD} {TAILS[title]}", ITERATIVE)


# ---- classes by their names ------------------------------------------------------------------------------------------

NAMED = "(SELECT num, whole, level, if(whole > 2, 'hi', 'low') AS many FROM t)"


def test_class_weights_are_of_the_targets_that_have_such_classes(session: Session) -> None:
    """Written out: `hi` is the first class of both targets, `mid` the third of one, and `low` the second of the other."""
    weights = "class_weight => {'hi': 5, 'low': 2, 'mid': 3}"
    calls = [f"decision_tree_classifier(max_depth => 3, {weights})", f"logistic_regression({weights})"]
    result = session.sql(
        f"SELECT num FROM {NAMED} TRAIN MODEL {', '.join(calls)} TARGET level, many CROSS VALIDATE 3 METRIC accuracy, log_loss"
    )
    read = rows(session.connection, query_of(result))
    assert read.labels == (("hi", "lo", "mid"), ("hi", "low"))
    matrix, y = read.features.to_numpy(), read.target
    own = [{0: 5, 2: 3}, {0: 5, 1: 2}]
    tree = DecisionTreeClassifier(max_depth=3, random_state=0, class_weight=own)
    wanted: dict[int, dict[str, list[float]]] = {
        1: {"accuracy": [], "log_loss": []},
        2: {"accuracy": [], "log_loss": []},
    }
    for train, test in read.folds:
        shares = [tree.fit(matrix[train], y[train]).predict_proba(matrix[test])]
        shares += [
            [
                LogisticRegression(class_weight={0: 1, 1: 1} | weight)
                .fit(matrix[train], y[train, at])
                .predict_proba(matrix[test])
                for at, weight in enumerate(({2: 1} | own[0], own[1]))
            ]
        ]
        for number, both in enumerate(shares, 1):
            said = [np.argmax(one, axis=1) for one in both]
            wanted[number]["accuracy"].append(np.mean([np.mean(said[at] == y[test, at]) for at in (0, 1)]))
            wanted[number]["log_loss"].append(np.mean([log_loss(y[test, at], both[at]) for at in (0, 1)]))
    for number, (status, scores) in board(result).items():
        assert status == "ok", result.arrow().column("error").to_pylist()
        assert_close(scores, wanted[number], ITERATIVE)
    check(session, f"SELECT num FROM {NAMED} TRAIN MODEL {', '.join(calls)} TARGET level, many", ITERATIVE)


NAMES = {
    "logistic_regression(class_weight => {'hi': 2, 'high': 3})": "class_weight: 'high' is no class of any target; did you mean 'hi'?",
    "bagging_classifier(estimator => lda(), n_estimators => 2), dummy_classifier(strategy => 'constant', constant => 'mid')": "constant: 'mid' is not a class of every target",
}


@pytest.mark.parametrize("calls", NAMES)
def test_a_name_that_is_no_class_fails_that_trial_alone(session: Session, calls: str) -> None:
    found = (
        session.sql(f"SELECT num FROM {NAMED} TRAIN MODEL gaussian_nb, {calls} TARGET level, many").arrow().to_pylist()
    )
    assert found[0]["status"] == "ok"
    assert [row["error"] for row in found if row["status"] != "ok"] == [NAMES[calls]]


def test_names_of_classes_that_all_targets_have(session: Session) -> None:
    calls = "dummy_classifier(strategy => 'constant', constant => 'hi'), radius_neighbors_classifier(radius => 0.01, outlier_label => 'hi')"
    check(session, f"SELECT num FROM {NAMED} TRAIN MODEL {calls} TARGET level, many METRIC accuracy, f1_macro")


# ---- what one target of several cannot have --------------------------------------------------------------------------


def test_a_metric_that_one_target_cannot_have_says_which_and_harms_no_other(session: Session) -> None:
    (row,) = session.sql(f"{HEAD} TRAIN MODEL gaussian_nb TARGET late, level METRIC f1, accuracy").arrow().to_pylist()
    assert (row["status"], row["f1_mean"], row["accuracy_mean"] > 0) == ("ok", None, True)
    assert row["error"] == "f1: target 2: f1 is for two classes; for more use f1_macro"


def test_the_metric_that_ranks(session: Session) -> None:
    """roc_auc where all are BOOLEAN, as for one."""
    one = session.sql("SELECT num FROM t TRAIN MODEL gaussian_nb TARGET late, level")
    two = session.sql("SELECT num FROM (SELECT *, whole > 2 AS many FROM t) TRAIN MODEL gaussian_nb TARGET late, many")
    assert [query_of(found).metrics[0].name for found in (one, two)] == ["accuracy", "roc_auc"]


def test_one_target_or_several_in_a_batch_are_each_their_own(session: Session) -> None:
    fresh = "METRIC accuracy WITH (rules = {'reuse_results': false})"
    statements = [
        f"{HEAD} TRAIN MODEL logistic_regression(C => [0.1, 1]), decision_tree_classifier TARGET {targets} SPLIT k_fold(n_splits => 3) {fresh}"
        for targets in ("late", "level", "late, level", "level, late")
    ]
    together = session.run_script("; ".join(statements))
    assert together[0].summary is not None
    assert together[0].summary.scans == 1
    for statement, result in zip(statements, together, strict=True):
        assert board(result) == board(session.sql(statement))
    late, level, both, turned = ([board(one)[number][1]["accuracy"] for number in (1, 2)] for one in together)
    np.testing.assert_allclose(both, np.mean([late, level], axis=0), rtol=DETERMINISTIC)
    np.testing.assert_allclose(both, turned, rtol=DETERMINISTIC)


def test_a_target_is_hidden_from_the_features_of_the_other(session: Session) -> None:
    """Every column but the targets is a feature; with its own target among them a tree would always be right."""
    result = session.sql(
        "SELECT num, late, level FROM t TRAIN MODEL decision_tree_classifier TARGET late, level METRIC accuracy"
    )
    assert [feature.name for feature in query_of(result).features] == ["num"]
    assert board(result)[1][1]["accuracy"] < [0.99] * 5
    check(
        session,
        "SELECT num, late, level FROM t TRAIN MODEL decision_tree_classifier TARGET late, level METRIC accuracy",
    )


@pytest.mark.parametrize("search", ["SEARCH halving_search(min_resources => 'smallest')", "SEARCH BAYES 4 TRIALS"])
def test_searches(session: Session, search: str) -> None:
    if "BAYES" in search:
        pytest.importorskip("optuna")
    tail = "FROM t TRAIN MODEL ridge_classifier(alpha => choose(0.1, 1, 10)), decision_tree_classifier(max_depth => choose(1, 2, 4)) TARGET late, level CROSS VALIDATE 3"
    found = session.sql(f"SELECT num, optional(pos) {tail} {search}").arrow().to_pylist()
    assert {row["status"] for row in found} == {"ok"}
    if "halving" in search:
        assert {row["rung"] for row in found} >= {1, 2}
        assert {row["rows"] for row in found if row["rung"] == 1} == {2 * 3 * 3}  # by the target of three classes
    assert session.sql(f"EXPLAIN SELECT num {tail} {search}").arrow().num_rows > 0


# ---- models ----------------------------------------------------------------------------------------------------------

PEOPLE = """CREATE TABLE p AS SELECT range % 17 AS x, range % 5 AS z, range % 17 > 8 AS a, range % 5 + 1 AS b,
  ['no', 'yes', 'maybe'][1 + (range % 17 + range % 5) % 3] AS c, DATE '2024-01-01' + (range % 2)::INTEGER AS d FROM range(150)"""


@pytest.mark.parametrize(
    "call",
    [
        "gaussian_nb",
        "lightgbm_classifier(n_estimators => 5)",
        "linear_svc",
        "random_forest_classifier(n_estimators => 3)",
    ],
)
def test_each_target_has_a_column_in_its_own_type(tmp_path: Path, call: str) -> None:
    """An estimator to each target predicts what it predicts alone; those that take all at once may not. A file tells
    the same after it was opened again."""
    path, sure = str(tmp_path / "a.duckdb"), call != "linear_svc"
    asked = f" WITH (probabilities = {str(sure).lower()})"
    with stratum_sql.connect(path, threads=1) as own:
        own.sql(PEOPLE)
        own.sql(f"SELECT x, z FROM p TRAIN MODEL {call} TARGET a, b, c, d HOLDOUT 0.2 AS four")
        for target in "abcd":
            own.sql(f"SELECT x, z FROM p TRAIN MODEL {call} TARGET {target} HOLDOUT 0.2 AS only_{target}")
        before = own.sql(f"FROM p PREDICT MODEL four, only_a, only_b, only_c, only_d{asked}").arrow()
    with stratum_sql.connect(path, threads=1) as own:
        after = own.sql(f"SELECT x, z FROM p PREDICT MODEL four AS e{asked}").arrow()
        nothing = own.sql(f"SELECT x, z FROM p LIMIT 0 PREDICT MODEL four AS e{asked}").arrow()
        evaluated = own.sql("FROM p EVALUATE MODEL four METRIC accuracy, f1_macro").arrow().to_pylist()
        renamed = own.sql(
            "FROM (SELECT x, z, a AS y, b, c, d FROM p) EVALUATE MODEL four TARGET y, b, c, d METRIC accuracy, f1_macro"
        )
    shares = [[f"e_{target}", f"e_{target}_probabilities"][: 1 + sure] for target in "abcd"]
    assert after.column_names == ["x", "z", *(name for names in shares for name in names)]
    assert nothing.schema == after.schema
    kinds = {"e_a": pa.bool_(), "e_b": pa.int64(), "e_c": pa.string(), "e_d": pa.date32()}
    assert {name: after.schema.field(name).type for name in kinds} == kinds
    for target in "abcd":
        for rest in ("", "_probabilities")[: 1 + sure]:
            alone = before[f"only_{target}_prediction{rest}"].to_pylist()
            assert after[f"e_{target}{rest}"].to_pylist() == before[f"four_prediction_{target}{rest}"].to_pylist()
            assert call.startswith("random") or after[f"e_{target}{rest}"].to_pylist() == alone
        assert not sure or set(after[f"e_{target}_probabilities"][0].as_py()) == set(
            map(_text, before[target].to_pylist())
        )
    truth = {
        target: [map(_text, table[name].to_pylist()) for table, name in ((before, target), (after, f"e_{target}"))]
        for target in "abcd"
    }
    wanted = np.mean([accuracy_score(*map(list, both)) for both in truth.values()])
    assert evaluated[0]["accuracy"] == pytest.approx(wanted)
    assert renamed.arrow().to_pylist() == evaluated


def _text(value: Any) -> str:
    """A class as DuckDB writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_probabilities_are_those_of_the_estimator(session: Session) -> None:
    """Written out, for an estimator that takes all targets: `predict_proba` is a list of one matrix a target."""
    session.sql(
        "CREATE OR REPLACE TEMP MODEL tree AS SELECT num FROM t TRAIN MODEL decision_tree_classifier(max_depth => 3) TARGET late, level"
    )
    found = session.sql("SELECT num, late, level FROM t PREDICT MODEL tree AS p WITH (probabilities = true)").arrow()
    y = np.column_stack([np.unique(found[name].to_numpy(), return_inverse=True)[1] for name in ("late", "level")])
    fitted = DecisionTreeClassifier(max_depth=3, random_state=0).fit(found["num"].to_numpy().reshape(-1, 1), y)
    for at, name in enumerate(("late", "level")):
        made = np.array([list(one.values()) for one in found[f"p_{name}_probabilities"].to_pylist()])
        np.testing.assert_array_equal(made, fitted.predict_proba(found["num"].to_numpy().reshape(-1, 1))[at])


def test_a_chain_takes_labels_of_two_classes(session: Session) -> None:
    session.sql("CREATE OR REPLACE TABLE labels AS SELECT num, pos, late, whole > 2 AS many FROM t")
    chain = "classifier_chain(estimator => gaussian_nb())"
    session.sql(
        f"CREATE OR REPLACE TEMP MODEL chained AS SELECT num, pos FROM labels TRAIN MODEL {chain} TARGET late, many METRIC accuracy, log_loss"
    )
    found = session.sql("FROM labels PREDICT MODEL chained AS p WITH (probabilities = true)").arrow()
    matrix, y = (
        np.column_stack([found[name].to_numpy() for name in names]) for names in (("num", "pos"), ("late", "many"))
    )
    fitted = ClassifierChain(GaussianNB()).fit(matrix, y.astype(int))
    for at, name in enumerate(("late", "many")):
        assert found[f"p_{name}"].to_pylist() == (fitted.predict(matrix)[:, at] == 1).tolist()
        shares = [one["true"] for one in found[f"p_{name}_probabilities"].to_pylist()]
        np.testing.assert_allclose(shares, fitted.predict_proba(matrix)[:, at], rtol=DETERMINISTIC)


def test_a_model_tells_of_all_its_targets(session: Session, tmp_path: Path) -> None:
    session.sql(
        "CREATE OR REPLACE TEMP MODEL two AS SELECT num, whole FROM t TRAIN MODEL gaussian_nb TARGET level, late"
    )
    facts = session.sql("DESCRIBE MODEL two").arrow().to_pylist()
    told = {
        kind: [(row["name"], row["type"], row["value"]) for row in facts if row["property"] == kind]
        for kind in ("target", "classes")
    }
    assert [one[:2] for one in told["target"]] == [("level", "VARCHAR"), ("late", "BOOLEAN")]
    assert told["classes"] == [("level", None, "hi, lo, mid"), ("late", None, "False, True")]
    assert session.sql("SELECT target, task FROM show_models() WHERE name = 'two'").fetchall() == [
        ("level, late", "classification")
    ]
    explained = session.sql("FROM t EXPLAIN MODEL two METRIC log_loss, accuracy").arrow().to_pylist()
    assert {(row["feature"], row["metric"]) for row in explained} == {
        (name, metric) for name in ("num", "whole") for metric in ("log_loss", "accuracy")
    }
    for explainer in ("coefficients()", "importances()", "shap()"):
        with pytest.raises(StratumError, match="two has several targets"):
            session.sql(f"FROM t EXPLAIN MODEL two USING {explainer}")
    with pytest.raises(StratumError, match="two predicts several columns"):
        session.sql("SELECT predict_model('two', num, whole) FROM t")
    for hand_over in (
        lambda: session.to_sklearn("two"),
        lambda: session.sql(f"EXPORT MODEL two TO '{tmp_path}/two.skops'"),
    ):
        with pytest.raises(StratumError, match=r"not_exported.*two is a classifier of several targets"):
            hand_over()


def test_the_manifest_holds_the_classes_of_every_target(session: Session) -> None:
    """In a form that older versions refuse: they would take the first target's classes for all."""
    session.sql("CREATE OR REPLACE TEMP MODEL two AS SELECT num FROM t TRAIN MODEL gaussian_nb TARGET level, late")
    kept = session.model("two")
    assert kept.target == "level, late"
    plain = kept.manifest
    assert (plain["format"], plain["labels"], plain["more_labels"]) == (3, ["hi", "lo", "mid"], [[False, True]])
    read = from_json(json.dumps(plain), transform)
    assert read.labels_of_each == (("hi", "lo", "mid"), (False, True))
    assert json.loads(to_json(read)) == plain
    with pytest.raises(ModelCorrupt):
        from_json(json.dumps(plain | {"more_labels": [[False, True], [1, 2]]}), transform)


def test_groups_of_several_targets(session: Session) -> None:
    """A group's model gives a class that it has never seen the probability 0, target by target."""
    rows_of = "(SELECT num, whole, late, if(kind = 'Berlin' AND level = 'hi', 'mid', level) AS level, kind FROM t)"
    tail = "TRAIN MODEL gaussian_nb, decision_tree_classifier(max_depth => 3) TARGET late, level CROSS VALIDATE 3"
    whole = session.sql(f"SELECT num, whole FROM {rows_of} {tail} PARTITION BY kind AS grouped").arrow().to_pylist()
    alone = session.sql(f"SELECT num, whole FROM {rows_of} WHERE kind = 'Berlin' {tail} AS berlin").arrow().to_pylist()
    assert [row["fold_scores"] for row in whole if row["kind"] == "Berlin"] == [row["fold_scores"] for row in alone]
    head = f"FROM (SELECT num, whole, kind::VARCHAR AS kind FROM {rows_of} WHERE kind = 'Berlin' UNION ALL SELECT 1, 1, 'Rome')"
    found = session.sql(f"{head} PREDICT MODEL grouped, berlin AS p WITH (probabilities = true)").arrow().to_pylist()
    names = ("late", "level", "late_probabilities", "level_probabilities")
    assert [found[-1][f"grouped_p_{name}"] for name in names] == [None] * 4
    for row in found[:-1]:
        assert row["grouped_p_level_probabilities"].pop("hi") == 0
        assert all(row[f"grouped_p_{name}"] == row[f"berlin_p_{name}"] for name in names)
    evaluated = session.sql(f"FROM {rows_of} EVALUATE MODEL grouped METRIC accuracy").arrow().to_pylist()
    assert [row["kind"] for row in evaluated] == sorted(
        {row["kind"] for row in whole}, key=[row["kind"] for row in evaluated].index
    )
    assert min(row["accuracy"] for row in evaluated) > 0.3


# ---- what is refused -------------------------------------------------------------------------------------------------

WRONG = {
    "SELECT num, target_encode(city) FROM t TRAIN MODEL gaussian_nb TARGET late, level": "target_encode learns from one target",
    "SELECT num, one_hot(level) FROM t TRAIN MODEL gaussian_nb TARGET late, level": "target_is_feature.*reads the target level",
    "SELECT num FROM t TRAIN MODEL gaussian_nb TARGET late, level CROSS VALIDATE 3 STRATIFY": "STRATIFY is by one target",
    "SELECT num FROM t TRAIN MODEL gaussian_nb TARGET late, level SPLIT stratified_k_fold(n_splits => 3)": "STRATIFY is by one target",
    "SELECT num FROM t TRAIN MODEL gaussian_nb TARGET late, flag": "the target flag is NULL in",
    "SELECT num FROM t TRAIN MODEL gaussian_nb TARGET late, const": "the target const has one class only",
    "SELECT num FROM t TRAIN MODEL gaussian_nb TARGET late, pos": "the target pos has 298 different values",
    "SELECT num FROM t TRAIN MODEL gaussian_nb, ridge TARGET late, level": "mixed_tasks",
    "SELECT num FROM t TRAIN MODEL gaussian_nb TARGET late, level PARTITION BY level": "level is a target",
    "SELECT num FROM t TRAIN MODEL lightgbm_classifier TARGET late, level WITH (early_stopping = 5)": "early stopping of several targets",
    "SELECT num FROM t TRAIN MODEL multi_output_classifier(estimator => gaussian_nb()) TARGET late": "fits several targets at once, never one",
}


@pytest.mark.parametrize("statement", WRONG)
def test_what_cannot_be_is_said_once(session: Session, statement: str) -> None:
    with pytest.raises(StratumError, match=WRONG[statement]):
        session.sql(statement)


def test_evaluation_says_which_target_has_a_class_that_training_never_saw(session: Session) -> None:
    session.sql("CREATE OR REPLACE TEMP MODEL two AS SELECT num FROM t TRAIN MODEL gaussian_nb TARGET level, late")
    with pytest.raises(
        StratumError, match=r"unknown_class.*the target level is NULL or a class the model never saw in 300 of 300"
    ):
        session.sql("SELECT num, 'other' AS level, late FROM t EVALUATE MODEL two")
    with pytest.raises(StratumError, match="two has 2 targets: level, late"):
        session.sql("FROM t EVALUATE MODEL two TARGET level")
