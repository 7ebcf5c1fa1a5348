"""FORMAT json of trees: what comes back predicts the same bits, and a file that was tampered with is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline

from stratum_sql import Session, StratumError

NUMBERS = "a, b, plus, ordinal(level, unknown_value => -1) AS o"  # b is NULL in some rows
FULL = "a, impute(b) AS b, plus, one_hot(level) AS o"
MODELS = (
    (NUMBERS, "decision_tree_regressor(max_depth => 6)", "y"),
    (NUMBERS, "decision_tree_regressor(criterion => 'absolute_error', max_depth => 3)", "y"),
    (NUMBERS, "random_forest_regressor(n_estimators => 4)", "y"),
    (NUMBERS, "extra_trees_regressor(n_estimators => 4)", "y"),
    (NUMBERS, "decision_tree_classifier(max_depth => 5)", "word"),
    (NUMBERS, "random_forest_classifier(n_estimators => 4)", "late"),
    (NUMBERS, "extra_trees_classifier(n_estimators => 4)", "grade"),
    (FULL, "gradient_boosting_regressor(n_estimators => 5)", "y"),
    (FULL, "gradient_boosting_regressor(n_estimators => 5, loss => 'huber')", "y"),
    (FULL, "gradient_boosting_regressor(n_estimators => 5, loss => 'quantile', alpha => 0.3)", "y"),
    (FULL, "gradient_boosting_classifier(n_estimators => 5)", "late"),
    (FULL, "gradient_boosting_classifier(n_estimators => 5, loss => 'exponential')", "late"),
    (FULL, "gradient_boosting_classifier(n_estimators => 5)", "word"),
    (NUMBERS, "hist_gradient_boosting_regressor(max_iter => 5)", "y"),
    (NUMBERS, "hist_gradient_boosting_regressor(max_iter => 5, loss => 'quantile', quantile => 0.7)", "y"),
    (NUMBERS, "hist_gradient_boosting_regressor(max_iter => 5, loss => 'poisson')", "more"),
    (NUMBERS, "hist_gradient_boosting_regressor(max_iter => 5, loss => 'gamma')", "more"),
    (NUMBERS, "hist_gradient_boosting_regressor(max_iter => 5, loss => 'absolute_error')", "y"),
    (NUMBERS, "hist_gradient_boosting_classifier(max_iter => 5)", "late"),
    (NUMBERS, "hist_gradient_boosting_classifier(max_iter => 5)", "word"),
    (NUMBERS, "lightgbm_regressor(n_estimators => 5)", "y"),
    (NUMBERS, "lightgbm_regressor(n_estimators => 5, objective => 'tweedie', boosting_type => 'dart')", "more"),
    (NUMBERS, "lightgbm_classifier(n_estimators => 5)", "late"),
    (NUMBERS, "lightgbm_classifier(n_estimators => 5, class_weight => 'balanced')", "word"),
    (NUMBERS, "xgboost_regressor(n_estimators => 5)", "y"),
    (NUMBERS, "xgboost_regressor(n_estimators => 5, objective => 'reg:gamma', gamma => 1)", "more"),
    (NUMBERS, "xgboost_classifier(n_estimators => 5)", "late"),
    (NUMBERS, "xgboost_classifier(n_estimators => 5)", "word"),
)
COLUMNS = {"more": "abs(y) + 1 AS more"}


def trained(session: Session, features: str, estimator: str, target: str) -> None:
    statement = (
        f"SELECT {features}, {COLUMNS.get(target, target)} FROM t TRAIN MODEL {estimator} TARGET {target} HOLDOUT 0.2"
    )
    session.sql(f"CREATE OR REPLACE TEMP MODEL grown AS {statement}")


@pytest.mark.parametrize(("features", "estimator", "target"), MODELS)
def test_the_same_bits_come_back(session: Session, tmp_path: Path, features: str, estimator: str, target: str) -> None:
    trained(session, features, estimator, target)
    session.sql(f"EXPORT MODEL grown TO '{tmp_path}/m.json'")
    session.sql(f"IMPORT MODEL regrown FROM '{tmp_path}/m.json'")
    options = " WITH (probabilities = true)" if target in ("word", "late", "grade") else ""
    try:
        wanted = session.sql(f"FROM others ORDER BY id PREDICT MODEL grown{options}").arrow()
        found = session.sql(f"FROM others ORDER BY id PREDICT MODEL regrown{options}").arrow()
        session.sql(f"EXPORT MODEL regrown TO '{tmp_path}/again.json'")
    finally:
        session.sql("DROP MODEL regrown")
    assert wanted.num_rows == 20_000
    assert found.equals(wanted)
    first, again = (json.loads((tmp_path / name).read_text()) for name in ("m.json", "again.json"))
    assert again["estimator"] == first["estimator"]


def test_a_tree_is_arrays_that_are_told_of(session: Session, tmp_path: Path) -> None:
    trained(session, NUMBERS, "decision_tree_regressor(max_depth => 1)", "y")
    session.sql(f"EXPORT MODEL grown TO '{tmp_path}/m.json'")
    tree = json.loads((tmp_path / "m.json").read_text())["estimator"]["attributes"]["tree_"]["tree"]
    assert (tree["features"], tree["classes"], tree["depth"]) == (4, [1], 1)
    assert (tree["left"], tree["right"]) == ([1, -1, -1], [2, -1, -1])
    page = (Path(__file__).parents[3] / "docs" / "models-export.md").read_text()
    assert [name for name in tree if f"`{name}`" not in page] == []


@pytest.mark.parametrize(
    "estimator",
    [
        "lightgbm_regressor(n_estimators => 3, linear_tree => true)",
        "lightgbm_regressor(n_estimators => 3, boosting_type => 'rf', subsample => 0.7, subsample_freq => 1)",
        "xgboost_regressor(n_estimators => 3, booster => 'dart')",
        "xgboost_regressor(n_estimators => 3, booster => 'gblinear')",
    ],
)
def test_trees_that_cannot_be_looked_at_are_not_exported(session: Session, tmp_path: Path, estimator: str) -> None:
    trained(session, "a, plus", estimator, "y")
    with pytest.raises(StratumError) as caught:
        session.sql(f"EXPORT MODEL grown TO '{tmp_path}/m.json'")
    assert caught.value.diagnostic.code == "not_exported"


def test_trees_in_a_pipeline_of_several_widths_are_not_exported(session: Session, tmp_path: Path) -> None:
    values = np.column_stack([np.arange(20.0), np.where(np.arange(20) % 3, 1.5, np.nan)])
    grown = make_pipeline(SimpleImputer(add_indicator=True), RandomForestRegressor(n_estimators=2)).fit(
        values, np.arange(20.0)
    )
    session.import_model("piped", grown, inputs={"a": "DOUBLE", "b": "DOUBLE"})
    with pytest.raises(StratumError) as caught:
        session.sql(f"EXPORT MODEL piped TO '{tmp_path}/m.json'")
    assert caught.value.diagnostic.code == "not_exported"
    session.sql("DROP MODEL piped")


# ---- files that were tampered with ---------------------------------------------------------------------------------

Files = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def files(session: Session, tmp_path_factory: pytest.TempPathFactory) -> Files:
    """A file of each sort of trees."""
    folder, found = tmp_path_factory.mktemp("trees"), {}
    for name, features, estimator in (
        ("tree", NUMBERS, "decision_tree_regressor(max_depth => 3)"),
        ("forest", NUMBERS, "random_forest_regressor(n_estimators => 3, max_depth => 3)"),
        ("boosting", FULL, "gradient_boosting_regressor(n_estimators => 3)"),
        ("histograms", NUMBERS, "hist_gradient_boosting_regressor(max_iter => 3)"),
        ("lightgbm", NUMBERS, "lightgbm_regressor(n_estimators => 3)"),
        ("xgboost", NUMBERS, "xgboost_regressor(n_estimators => 3)"),
    ):
        trained(session, features, estimator, "y")
        session.sql(f"EXPORT MODEL grown TO '{folder}/{name}.json'")
        found[name] = json.loads((folder / f"{name}.json").read_text())
    return found


def of(whole: Any, key: str) -> list[dict[str, Any]]:
    """Every object of a file that has the key."""
    held = list(whole.values()) if isinstance(whole, dict) else whole if isinstance(whole, list) else []
    own = [whole] if isinstance(whole, dict) and key in whole else []
    return [*own, *(found for one in held for found in of(one, key))]


def tree(whole: Any) -> dict[str, Any]:
    found: dict[str, Any] = of(whole, "tree")[-1]["tree"]
    return found


def histogram(whole: Any) -> dict[str, Any]:
    found: dict[str, Any] = of(whole, "histogram_tree")[-1]["histogram_tree"]
    return found


def put(found: dict[str, Any] | list[Any], key: Any, value: Any) -> object:
    found[key] = value
    return found


def text(whole: Any, pattern: str, to: str) -> object:
    """The text of LightGBM with its first match changed."""
    found = whole["estimator"]
    return put(found, "model", re.sub(pattern, to, found["model"], count=1))


def node(whole: Any, name: str, value: Any, at: int = 0) -> object:
    """A column of XGBoost's last tree, changed in one place."""
    trees = of(whole, "trees")[0]["trees"]
    return put(trees[-1][name], at, value)


def param(whole: Any, key: str, name: str, value: str) -> object:
    (found,) = of(whole, key)
    return put(found[key], name, value)


TAMPERED: dict[str, tuple[str, Callable[[Any], object]]] = {
    "a child beyond the tree": ("tree", lambda f: put(tree(f)["left"], 0, 10**9)),
    "a child before its parent": ("tree", lambda f: put(tree(f)["right"], 1, 0)),
    "a node that is its own child": ("forest", lambda f: put(tree(f)["left"], 0, 0)),
    "a negative child": ("forest", lambda f: put(tree(f)["right"], 0, -7)),
    "a column beyond the matrix": ("forest", lambda f: put(tree(f)["column"], 0, 4)),
    "a negative column": ("tree", lambda f: put(tree(f)["column"], 0, -5)),
    "a tree over more columns": ("forest", lambda f: (put(tree(f), "features", 400), put(tree(f)["column"], 0, 399))),
    "an estimator over more columns": ("forest", lambda f: put(of(f, "n_features_in_")[-1], "n_features_in_", 400)),
    "an estimator that does not say": ("forest", lambda f: of(f, "n_features_in_")[-1].pop("n_features_in_")),
    "too few values": ("tree", lambda f: tree(f)["value"].pop()),
    "more classes than values": ("tree", lambda f: put(tree(f), "classes", [1000])),
    "no classes": ("tree", lambda f: put(tree(f), "classes", [])),
    "columns of several lengths": ("tree", lambda f: tree(f)["threshold"].pop()),
    "no node": ("tree", lambda f: [put(tree(f), name, []) for name in list(tree(f)) if name[0] not in "fcd"]),
    "a text for a number": ("tree", lambda f: put(tree(f)["threshold"], 0, "much")),
    "a number that is too large": ("tree", lambda f: put(tree(f)["left"], 0, 10**40)),
    "a tree that is none": ("tree", lambda f: put(of(f, "tree")[-1], "tree", 7)),
    "boosting without trees": ("boosting", lambda f: put(of(f, "tree_")[-1], "tree_", 7)),
    "boosting of several classes": ("boosting", lambda f: put(of(f, "estimators_")[0]["estimators_"], "shape", [1, 3])),
    "a boosted tree of two values": (
        "boosting",
        lambda f: (
            put(tree(f), "classes", [2]),
            put(tree(f), "value", [[[*one[0], 0.0]] for one in tree(f)["value"]]),
        ),
    ),
    "a loss that is none": ("boosting", lambda f: put(of(f, "loss")[-1], "loss", "system")),
    "a loss with another argument": ("histograms", lambda f: put(of(f, "loss")[-1], "arguments", {"x": 1})),
    "a histogram's child beyond it": ("histograms", lambda f: put(histogram(f)["left"], 0, 2**32 - 1)),
    "a histogram's column beyond it": ("histograms", lambda f: put(histogram(f)["feature_idx"], 0, 99)),
    "a histogram over categories": (
        "histograms",
        lambda f: put(of(f, "is_categorical_")[-1]["is_categorical_"]["array"], 0, True),
    ),
    "LightGBM's child beyond the tree": ("lightgbm", lambda f: text(f, r"left_child=\d+", "left_child=9999")),
    "LightGBM's node that is its own child": ("lightgbm", lambda f: text(f, r"left_child=\d+", "left_child=0")),
    "LightGBM's column beyond the matrix": ("lightgbm", lambda f: text(f, r"split_feature=\d+", "split_feature=77")),
    "LightGBM of more columns": ("lightgbm", lambda f: text(f, r"max_feature_idx=\d+", "max_feature_idx=99999999")),
    "LightGBM of more classes": ("lightgbm", lambda f: text(f, r"num_class=1", "num_class=999999999")),
    "LightGBM of fewer names": ("lightgbm", lambda f: text(f, r"feature_names=\S+ ", "feature_names=")),
    "LightGBM of more trees": ("lightgbm", lambda f: text(f, r"tree_sizes=", "tree_sizes=7 7 ")),
    "LightGBM with an objective of none": ("lightgbm", lambda f: text(f, "objective=regression", "objective=system")),
    "LightGBM with another key": ("lightgbm", lambda f: text(f, "version=v4", "version=v4\ninclude=/etc/passwd")),
    "LightGBM with a NUL": ("lightgbm", lambda f: text(f, "version=v4", "version=v4\0")),
    "LightGBM without its end": ("lightgbm", lambda f: text(f, "end of trees", "")),
    "LightGBM with counts of another length": ("lightgbm", lambda f: text(f, r"leaf_count=\d+", "leaf_count=")),
    "LightGBM's text that is none": ("lightgbm", lambda f: put(f["estimator"], "model", 7)),
    "LightGBM of classes": ("lightgbm", lambda f: put(f["estimator"], "classes", 10**9)),
    "LightGBM of another name": ("lightgbm", lambda f: put(f["estimator"], "lightgbm", "Booster")),
    "LightGBM with a file's name": (
        "lightgbm",
        lambda f: f["estimator"]["parameters"]["dict"].append(["machine_list_filename", "/etc/passwd"]),
    ),
    "XGBoost's child beyond the tree": ("xgboost", lambda f: node(f, "left_children", 10**6)),
    "XGBoost's node that is its own child": ("xgboost", lambda f: node(f, "left_children", 0)),
    "XGBoost's child of two": ("xgboost", lambda f: node(f, "left_children", 2)),
    "XGBoost's column beyond the matrix": ("xgboost", lambda f: node(f, "split_indices", 77)),
    "XGBoost's negative column": ("xgboost", lambda f: node(f, "split_indices", -7)),
    "XGBoost's parent of none": ("xgboost", lambda f: node(f, "parents", 5, at=1)),
    "XGBoost's categories": ("xgboost", lambda f: node(f, "split_type", 1)),
    "XGBoost's text for a number": ("xgboost", lambda f: node(f, "split_conditions", "much")),
    "XGBoost's columns of several lengths": ("xgboost", lambda f: of(f, "sum_hessian")[0]["sum_hessian"].pop()),
    "XGBoost of more columns": ("xgboost", lambda f: param(f, "learner_model_param", "num_feature", "99999999")),
    "XGBoost of more classes": ("xgboost", lambda f: param(f, "learner_model_param", "num_class", "7")),
    "XGBoost of more guesses": ("xgboost", lambda f: param(f, "learner_model_param", "base_score", "[1, 2]")),
    "XGBoost of more trees": ("xgboost", lambda f: param(f, "gbtree_model_param", "num_trees", "4")),
    "XGBoost's tree of no class": ("xgboost", lambda f: put(of(f, "tree_info")[0]["tree_info"], 0, 3)),
    "XGBoost's rounds of none": ("xgboost", lambda f: put(of(f, "iteration_indptr")[0]["iteration_indptr"], 1, 9)),
    "XGBoost with an objective of none": ("xgboost", lambda f: put(of(f, "objective")[-1]["objective"], "name", "rm")),
    "XGBoost of another sort": ("xgboost", lambda f: param(f, "gradient_booster", "name", "gblinear")),
    "XGBoost that is none": ("xgboost", lambda f: put(f["estimator"], "model", {"learner": 7})),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_a_file_that_was_tampered_with_is_refused(session: Session, files: Files, tmp_path: Path, what: str) -> None:
    name, change = TAMPERED[what]
    whole = json.loads(json.dumps(files[name]))
    change(whole)
    assert whole != files[name]
    (tmp_path / "m.json").write_text(json.dumps(whole))
    with pytest.raises(StratumError) as caught:
        session.sql(f"IMPORT MODEL bad FROM '{tmp_path}/m.json'")
    assert caught.value.diagnostic.code == "not_imported"


def test_a_file_that_ends_too_soon_is_refused(session: Session, files: Files, tmp_path: Path) -> None:
    written = json.dumps(files["forest"])
    for share in (0.1, 0.5, 0.9):
        (tmp_path / "m.json").write_text(written[: int(len(written) * share)])
        with pytest.raises(StratumError) as caught:
            session.sql(f"IMPORT MODEL bad FROM '{tmp_path}/m.json'")
        assert caught.value.diagnostic.code == "not_imported"
