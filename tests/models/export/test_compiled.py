"""A model as one query that runs in a DuckDB of its own: what it predicts is what the engine predicts."""

# ruff: noqa: E501  the statements stand as a user would write them

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import numpy as np
import pytest

from stratum_sql import Session, StratumError
from stratum_sql.errors import Span
from stratum_sql.models.export.compiled import compile_model
from stratum_sql.models.predict import Rows, inputs_of, predictions
from stratum_sql.models.stored import StoredModel
from tests.models.export.conftest import Make
from tests.models.export.models import CLASSIFIERS, FEATURES, NULLS, REGRESSORS, TREES
from tests.models.export.told import HEAD, engine_predicts

WANTED = 1e-9
SINGLE = 1e-6  # XGBoost's probabilities are in single precision


@pytest.fixture(scope="module")
def bare(session: Session) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB with nothing but the rows to predict for."""
    rows = session.sql(HEAD).arrow()
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.register("given", rows)
        connection.execute("CREATE TABLE others AS FROM given")
        yield connection


def differ(bare: duckdb.DuckDBPyConnection, session: Session, model: StoredModel) -> list[Any]:
    """Compare the query with the engine; the predictions."""
    query = compile_model(model).query("others", "guess", "shares")
    found = bare.sql(f"FROM ({query}) ORDER BY id").to_arrow_table()
    assert found.column_names[: len(bare.table("others").columns)] == bare.table("others").columns
    got: list[Any] = found.column("guess").to_pylist()
    wanted = engine_predicts(session, model)
    if model.manifest.labels is None:
        np.testing.assert_allclose(np.array(got, dtype=np.float64), wanted, rtol=WANTED)
        return got
    assert got == wanted
    if "shares" in found.column_names:
        shares, known = found.column("shares").to_pylist(), engine_predicts(session, model, probabilities=True)
        single = SINGLE if model.manifest.estimator.startswith("xgboost") else WANTED
        for name in known[0]:
            made, told = ([row[name] for row in rows] for rows in (shares, known))
            np.testing.assert_allclose(made, told, rtol=single, atol=single)
    return got


@pytest.mark.parametrize("features", FEATURES)
def test_every_transform(bare: duckdb.DuckDBPyConnection, session: Session, make: Make, features: str) -> None:
    items = FEATURES[features].replace("hash_encode(c, 4) AS h, ", "")
    differ(bare, session, make(items, "ridge(alpha => 0.5)", "y"))


@pytest.mark.parametrize("estimator", REGRESSORS)
def test_regressors(bare: duckdb.DuckDBPyConnection, session: Session, make: Make, estimator: str) -> None:
    differ(bare, session, make("standard_scale(impute(b)) AS s, a, one_hot(c) AS oc", estimator, "y"))


@pytest.mark.parametrize("estimator", TREES)
def test_trees_that_take_null(bare: duckdb.DuckDBPyConnection, session: Session, make: Make, estimator: str) -> None:
    differ(bare, session, make(NULLS, estimator, "y"))


@pytest.mark.parametrize(("estimator", "target"), CLASSIFIERS)
def test_classifiers(
    bare: duckdb.DuckDBPyConnection, session: Session, make: Make, estimator: str, target: str
) -> None:
    features = "standard_scale(a) AS s, one_hot(c) AS oc, target_encode(level) AS tl, plus"
    assert len(set(differ(bare, session, make(features, estimator, target)))) > 1


ODD = ["it''s", "{x}", "{0}", "a\nb", '"', "😀", "", " ", "%s", "NULL", "a''; DROP TABLE t; --", "\\"]


@pytest.mark.parametrize("count", [5, 12])  # as a CASE, and as an ENUM
def test_categories_of_any_letters(session: Session, count: int) -> None:
    listed = ", ".join(f"'{one}'" for one in ODD[:count])
    session.sql(
        f"CREATE OR REPLACE TABLE odd AS SELECT ([{listed}])[1 + i % {count}] AS o, i % 7 + i % 3 AS y FROM range(200) r(i)"
    )
    items = (
        "one_hot(o) AS oh, one_hot(rare(o, 17)) AS r, target_encode(impute(o, 'constant', fill_value => '{1}''')) AS tc"
    )
    session.sql(
        f"CREATE OR REPLACE TEMP MODEL odd AS SELECT {items}, y FROM odd TRAIN MODEL ridge() TARGET y HOLDOUT 0.2"
    )
    model = session._training.store.load("odd", "odd", Span(0, 3))
    head = "SELECT o FROM odd UNION ALL SELECT unnest([NULL, 'new', '{y}'])"
    rows = Rows(session._database, head, Span(0, len(head)), inputs_of(model))
    wanted = predictions(model, rows, probabilities=False)["prediction"].to_pylist()
    with duckdb.connect() as other:
        other.register("given", rows.table)
        got = other.sql(compile_model(model).query("given", "guess")).fetchall()
    np.testing.assert_allclose([row[-1] for row in got], wanted, rtol=WANTED)


@pytest.mark.parametrize("estimator", ["ridge()", "gradient_boosting_regressor(n_estimators => 3)"])
def test_a_row_that_the_model_refuses_is_null(
    bare: duckdb.DuckDBPyConnection, session: Session, make: Make, estimator: str
) -> None:
    """The engine refuses NULL, NaN and infinity here; every other row has its number."""
    model = make("standard_scale(plus) AS s, a", estimator, "y")
    rows = "(SELECT unnest(['1.5', NULL, 'nan', 'inf', '-inf', '2.5']::DOUBLE[]) AS plus, 3 AS a)"
    got = [row[-1] for row in bare.sql(compile_model(model).query(rows, "guess")).fetchall()]
    assert [one is None for one in got] == [False, True, True, True, True, False]


def test_a_model_that_is_too_large_is_told(make: Make) -> None:
    model = make("a, plus, level", "random_forest_regressor(n_estimators => 300)", "y")
    with pytest.raises(StratumError, match="nodes") as caught:
        compile_model(model)
    assert caught.value.diagnostic.code == "not_exported"
