"""TRANSFORM MODEL and EXPLAIN MODEL against scikit-learn's own pipeline, inspection and what the libraries say."""

# ruff: noqa: E501  the statements stand as a user would write them

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.inspection import permutation_importance
from sklearn.metrics import get_scorer

from stratum_sql import Session, StratumError
from stratum_sql.plan.features import Leaf, leaves
from stratum_sql.reference import label, pipeline, rows

FEATURES = "one_hot(c) AS oc, standard_scale(impute(b)) * 2 + a AS q, pca(standard_scale(a), impute(b), 2) AS p, target_encode(c) AS tc"
HEADS = {
    "line": f"SELECT {FEATURES}, y FROM t TRAIN MODEL ridge() TARGET y",
    "tree": f"SELECT {FEATURES}, y FROM t TRAIN MODEL decision_tree_regressor(max_depth => 4) TARGET y",
    "logit": f"SELECT {FEATURES}, late FROM t TRAIN MODEL logistic_regression(max_iter => 2000) TARGET late",
    "word": f"SELECT {FEATURES}, word FROM t TRAIN MODEL logistic_regression(max_iter => 2000) TARGET word",
    "boost": "SELECT ordinal(c) AS oc, a, impute(b) AS b, y FROM t TRAIN MODEL lightgbm_regressor(n_estimators => 5, min_child_samples => 5) TARGET y",
    "boost_late": "SELECT one_hot(c), a, late FROM t TRAIN MODEL xgboost_classifier(n_estimators => 5) TARGET late",
}


@pytest.fixture(scope="module", autouse=True)
def models(session: Session) -> None:
    for name, text in HEADS.items():
        session.sql(f"{text} AS {name}")


def fitted(session: Session, name: str) -> tuple[Any, pd.DataFrame, Any]:
    """The plain pipeline fitted on all rows; what it reads, in the order of the table; the target likewise."""
    query = session.sql(HEADS[name]).query
    assert query is not None
    read = rows(session.connection, query)
    model = clone(pipeline(query, query.trials[0], read)).fit(read.features, read.target)
    table = session.sql("FROM t").df()
    wanted = list(dict.fromkeys(leaf for feature in query.features for leaf in leaves(feature)))
    return model, pd.DataFrame({label(leaf): _column(table, leaf) for leaf in wanted}), table[query.target.name]


def _column(table: pd.DataFrame, leaf: Leaf) -> Any:
    values = table[leaf.name]
    return values.astype(float) if leaf.kind == "number" else values.astype(object).where(values.notna(), None)


@pytest.mark.parametrize("name", HEADS)
def test_transform_gives_the_pipelines_matrix_and_the_other_columns(session: Session, name: str) -> None:
    model, frame, _ = fitted(session, name)
    found = session.sql(f"SELECT id, a, b, c, word FROM t TRANSFORM MODEL {name}").df()
    wanted = np.asarray(model[:-1].transform(frame))
    np.testing.assert_allclose(found.iloc[:, : wanted.shape[1]].to_numpy(), wanted, rtol=1e-9, atol=1e-12)
    assert list(found.columns[wanted.shape[1] :]) == ["id", *(["b"] if name == "boost_late" else []), "word"]
    assert found["id"].tolist() == list(range(300))
    empty = session.sql(f"SELECT id, a, b, c FROM t LIMIT 0 TRANSFORM MODEL {name}")
    assert list(empty.columns) == [one for one in found.columns if one != "word"]


@pytest.mark.parametrize(
    ("name", "metric", "scorer"),
    [
        ("line", "r2", "r2"),
        ("tree", "mae", "neg_mean_absolute_error"),
        ("logit", "accuracy", "accuracy"),
        ("word", "log_loss", "neg_log_loss"),
        ("boost", "rmse", "neg_root_mean_squared_error"),
    ],
)
def test_permutation_is_scikit_learns(session: Session, name: str, metric: str, scorer: str) -> None:
    model, frame, target = fitted(session, name)
    codes = target.astype(float) if target.dtype.kind in "fi" else np.unique(target, return_inverse=True)[1]
    wanted = permutation_importance(model, frame, codes, scoring=get_scorer(scorer), n_repeats=3, random_state=4)
    found = session.sql(
        f"FROM t EXPLAIN MODEL {name} METRIC {metric} USING permutation(n_repeats => 3, seed => 4)"
    ).df()
    assert found["rank"].tolist() == list(range(1, len(frame.columns) + 1))
    assert found["importance"].is_monotonic_decreasing
    by_name = found.set_index("feature")
    for at, column in enumerate(frame.columns):
        feature = column.strip('"')
        assert by_name.loc[feature, "importance"] == pytest.approx(wanted.importances_mean[at], rel=1e-9, abs=1e-12)
        assert by_name.loc[feature, "importance_std"] == pytest.approx(wanted.importances_std[at], rel=1e-9, abs=1e-12)


def test_permutation_is_the_default_and_says_each_metric(session: Session) -> None:
    found = session.sql("SELECT * FROM t WHERE id < 200 EXPLAIN MODEL line METRIC r2, mae").df()
    assert found["metric"].tolist() == ["r2"] * 3 + ["mae"] * 3
    assert found["rank"].tolist() == [1, 2, 3] * 2
    renamed = session.sql("SELECT * RENAME (y AS z) FROM t WHERE id < 200 EXPLAIN MODEL line TARGET z METRIC r2").df()
    assert renamed["importance"].tolist() == found["importance"].tolist()[:3]


@pytest.mark.parametrize("name", ["line", "logit", "word"])
def test_coefficients_are_the_estimators(session: Session, name: str) -> None:
    model, _, _ = fitted(session, name)
    found = session.sql(f"FROM t EXPLAIN MODEL {name} USING coefficients()").df()
    weights, constants = np.atleast_2d(model[-1].coef_), np.atleast_1d(model[-1].intercept_)
    wanted = np.column_stack([weights, constants])
    np.testing.assert_allclose(found["coefficient"].to_numpy().reshape(wanted.shape), wanted, rtol=1e-8, atol=1e-10)
    assert found["feature"].tolist()[wanted.shape[1] - 1] == "(intercept)"
    classes = {"line": [None], "logit": ["true"], "word": ["k0", "k1", "k2"]}[name]
    assert list(dict.fromkeys(found["class"].replace({np.nan: None}))) == classes


@pytest.mark.parametrize("name", ["tree", "boost"])
def test_importances_are_the_estimators(session: Session, name: str) -> None:
    model, _, _ = fitted(session, name)
    found = session.sql(f"FROM t EXPLAIN MODEL {name} USING importances()").df()
    np.testing.assert_allclose(found["importance"], sorted(model[-1].feature_importances_, reverse=True))


@pytest.mark.parametrize("name", ["line", "logit", "boost", "boost_late"])
def test_contributions_add_up_to_the_prediction(session: Session, name: str) -> None:
    model, frame, _ = fitted(session, name)
    found = session.sql(f"SELECT id, a, b, c FROM t EXPLAIN MODEL {name} USING shap()").df()
    matrix = model[:-1].transform(frame)
    raw = {"line": model[-1].predict, "boost": model[-1].predict}.get(name)
    wanted = (
        raw(matrix)
        if raw
        else model[-1].decision_function(matrix)
        if name == "logit"
        else model[-1].predict(matrix, output_margin=True)
    )
    parts = [str(name) for name in found.columns if name == "base" or str(name).startswith("shap_")]
    np.testing.assert_allclose(found[parts].sum(axis=1), wanted, rtol=1e-5, atol=1e-5)
    assert parts[1:] == [
        f"shap_{one}"
        for one in {"boost": ["oc", "a", "b"], "boost_late": ["one_hot(c)", "a"]}.get(name, ["oc", "q", "p", "tc"])
    ]
    assert len(session.sql(f"SELECT a, b, c FROM t LIMIT 0 EXPLAIN MODEL {name} USING shap()").fetchall()) == 0


def test_contributions_to_a_line_are_distances_from_the_mean(session: Session) -> None:
    found = session.sql("FROM t EXPLAIN MODEL line USING shap()").df()
    parts = [str(name) for name in found.columns if str(name).startswith("shap_")]
    np.testing.assert_allclose(found[parts].mean(), 0, atol=1e-9)


WRONG = {
    "FROM t EXPLAIN MODEL tree USING coefficients()": ("not_explained", 33),
    "FROM t EXPLAIN MODEL line USING importances()": ("not_explained", 33),
    "FROM t EXPLAIN MODEL word USING shap()": ("not_explained", 33),
    "FROM t EXPLAIN MODEL line USING permutatoin()": ("unknown_explainer", 33),
    "FROM t EXPLAIN MODEL line USING permutation(repeats => 3)": ("unknown_parameter", 45),
    "FROM t EXPLAIN MODEL line USING permutation(n_repeats => 0)": ("bad_parameter", 45),
    "FROM t EXPLAIN MODEL line USING permutation(5)": ("positional_argument", 45),
    "FROM t EXPLAIN MODEL nope": ("unknown_model", 22),
    "FROM t TRANSFORM MODEL nope": ("unknown_model", 24),
    "FROM t TRANSFORM MODEL line, tree": ("one_model", 30),
    "SELECT a, b, c FROM t EXPLAIN MODEL line TARGET z": ("unknown_column", 49),
    "FROM t WHERE id < 0 EXPLAIN MODEL line": ("no_rows", 1),
    "SELECT a FROM range(3) r(a) TRANSFORM MODEL line": ("missing_columns", 1),
    "FROM t EXPLAIN MODEL line METRIC accuracy": ("wrong_metric", 34),
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_is_told_at_its_place(session: Session, text: str) -> None:
    with pytest.raises(StratumError) as caught:
        session.sql(text)
    assert (caught.value.diagnostic.code, caught.value.diagnostic.column) == WRONG[text]


def test_they_are_relations(session: Session) -> None:
    assert len(session.sql("SELECT q FROM (FROM t TRANSFORM MODEL line) WHERE id < 5").fetchall()) == 5
    top = session.sql("SELECT feature FROM explain_model((FROM t), model => line) WHERE rank = 1").fetchall()
    assert top == [("a",)]
