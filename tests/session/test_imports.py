"""Translated scripts run, and their models are those that scikit-learn and XGBoost fit to the same columns."""

# ruff: noqa: E501  the statements stand as a user would write them

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.preprocessing import StandardScaler

from stratum_sql import Session, connect
from stratum_sql.grammar.imports import translate

TABLE = """
CREATE TABLE t AS
SELECT (i * 37) % 101 AS a, sin(i) AS b, ['x', 'y', 'z'][1 + i % 3] AS c, i % 5 = 0 AS held, i AS day, 1.0 + i % 2 AS w,
       ((i * 37) % 101) * 0.5 + sin(i) * 3 + cos(i * i) AS y, (i * 37) % 101 > 50 AS big
FROM range(200) AS r(i)
"""


@pytest.fixture
def session() -> Iterator[Session]:
    with connect() as opened:
        opened.sql(TABLE)
        yield opened


def _run(session: Session, script: str, source: str) -> list[tuple[object, ...]]:
    """The rows that the last statement of `script` answers."""
    rows: list[tuple[object, ...]] = session.sql(translate(script, source)).fetchall()
    return rows


def _column(session: Session, sql: str) -> np.ndarray:
    return np.asarray([row[0] for row in session.sql(sql).fetchall()], dtype=float)


def _matrix(session: Session) -> np.ndarray:
    return np.asarray(session.sql("SELECT a, b FROM t ORDER BY day").fetchall(), dtype=float)


def test_a_linear_regression_of_bigquery(session: Session) -> None:
    rows = _run(
        session,
        """
        CREATE MODEL ds.m OPTIONS (model_type = 'LINEAR_REG', input_label_cols = ['y'], data_split_method = 'RANDOM')
        AS SELECT a, b, y FROM t;
        SELECT predicted_y FROM ML.PREDICT(MODEL `ds.m`, (SELECT * FROM t)) ORDER BY day
        """,
        "bigquery",
    )
    x, y = _matrix(session), _column(session, "SELECT y FROM t ORDER BY day")
    expected = LinearRegression().fit(StandardScaler().fit_transform(x), y).predict(StandardScaler().fit_transform(x))
    near = 1e-6  # vectorize gives numbers of 32 bits, as skrub's TableVectorizer does
    np.testing.assert_allclose(np.asarray(rows, dtype=float)[:, 0], expected, rtol=near)


def test_a_ridge_of_bigquery_over_its_own_columns(session: Session) -> None:
    rows = _run(
        session,
        """
        CREATE MODEL m TRANSFORM (ML.STANDARD_SCALER(a) OVER () AS a, b, y)
        OPTIONS (model_type = 'LINEAR_REG', input_label_cols = ['y'], l2_reg = 2.5, data_split_method = 'CUSTOM', data_split_col = 'held')
        AS SELECT * FROM t;
        SELECT predicted_y FROM ML.PREDICT(MODEL m, TABLE t) ORDER BY day
        """,
        "bigquery",
    )
    x, y = _matrix(session), _column(session, "SELECT y FROM t ORDER BY day")
    x[:, 0] = StandardScaler().fit_transform(x[:, :1])[:, 0]
    expected = Ridge(alpha=2.5).fit(x, y).predict(x)
    np.testing.assert_allclose(np.asarray(rows, dtype=float)[:, 0], expected, rtol=1e-9)


@pytest.mark.parametrize(
    ("options", "trials"),
    [
        ("model_type = 'LOGISTIC_REG', input_label_cols = ['big']", 1),
        ("model_type = 'LOGISTIC_REG', input_label_cols = ['big'], l1_reg = 0.5", 1),
        ("model_type = 'LOGISTIC_REG', input_label_cols = ['big'], num_trials = 3, l2_reg = HPARAM_RANGE(0.1, 10)", 3),
        ("model_type = 'LINEAR_REG', input_label_cols = ['y'], l1_reg = 0.1, l2_reg = 0.1", 1),
        ("model_type = 'BOOSTED_TREE_REGRESSOR', input_label_cols = ['y'], num_trials = 2, learn_rate = HPARAM_RANGE(0.1, 0.5), max_tree_depth = HPARAM_CANDIDATES([2, 3])", 2),
        ("model_type = 'BOOSTED_TREE_CLASSIFIER', input_label_cols = ['big'], data_split_method = 'SEQ', data_split_col = 'day', instance_weight_col = 'w'", 1),
        ("model_type = 'RANDOM_FOREST_REGRESSOR', input_label_cols = ['y'], num_parallel_tree = 5, data_split_method = 'NO_SPLIT'", 1),
        ("model_type = 'DNN_CLASSIFIER', input_label_cols = ['big'], hidden_units = [4], early_stop = FALSE", 1),
    ],
)  # fmt: skip
def test_every_model_type_of_bigquery_runs(session: Session, options: str, trials: int) -> None:
    script = f"CREATE MODEL m OPTIONS ({options}) AS SELECT * FROM t; SELECT * FROM ML.TRIAL_INFO(MODEL m)"
    assert len(_run(session, script, "bigquery")) == trials
    scores = _run(session, "SELECT * FROM ML.EVALUATE(MODEL m, TABLE t)", "bigquery")
    assert len(scores) == 1
    assert session.sql(translate("SELECT * FROM ML.TRANSFORM(MODEL m, TABLE t)", "bigquery")).fetchall()
    inputs = {row[0] for row in _run(session, "SELECT * FROM ML.FEATURE_INFO(MODEL m)", "bigquery")}
    assert {"a", "b", "c"} <= inputs
    assert not inputs & ({"y"} if "['y']" in options else {"big"})


def test_an_explanation_of_bigquery(session: Session) -> None:
    options = "model_type = 'LINEAR_REG', input_label_cols = ['y'], data_split_method = 'RANDOM'"
    script = f"CREATE MODEL m OPTIONS ({options}) AS SELECT a, b, y FROM t; SELECT * FROM ML.EXPLAIN_PREDICT(MODEL m, TABLE t)"
    assert len(_run(session, script, "bigquery")) == 200


def test_what_splits_and_what_weighs_is_no_feature(session: Session) -> None:
    options = (
        "model_type = 'LINEAR_REG', input_label_cols = ['y'], data_split_method = 'CUSTOM', data_split_col = 'held'"
    )
    script = f"CREATE MODEL m OPTIONS ({options}) AS SELECT * FROM t; SELECT * FROM ML.FEATURE_INFO(MODEL m)"
    assert {row[0] for row in _run(session, script, "bigquery")} == {"a", "b", "c", "day", "w", "big"}


def test_a_model_of_dask_sql(session: Session) -> None:
    rows = _run(
        session,
        """
        CREATE MODEL m WITH (model_class = 'sklearn.ensemble.GradientBoostingRegressor', target_column = 'y', n_estimators = 5, random_state = 3, wrap_predict = True)
        AS (SELECT a, b, y FROM t);
        SELECT target FROM PREDICT(MODEL m, SELECT * FROM t) ORDER BY day
        """,
        "dask_sql",
    )
    x, y = _matrix(session), _column(session, "SELECT y FROM t ORDER BY day")
    expected = GradientBoostingRegressor(n_estimators=5, random_state=3).fit(x, y).predict(x)
    np.testing.assert_allclose(np.asarray(rows, dtype=float)[:, 0], expected, rtol=1e-9)


def test_an_experiment_of_dask_sql(session: Session) -> None:
    script = """
        CREATE EXPERIMENT e WITH (model_class = 'Ridge', experiment_class = 'GridSearchCV', target_column = 'y',
          tune_parameters = (alpha = ARRAY [0.1, 1, 10], fit_intercept = ARRAY [true, false]), experiment_kwargs = (cv = 3, scoring = 'r2'))
        AS (SELECT a, b, y FROM t)
    """
    assert len(_run(session, script, "dask_sql")) == 6
