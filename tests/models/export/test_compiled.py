"""A model as one query that runs in a DuckDB of its own: what it predicts is what the engine predicts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import numpy as np
import pytest

from stratum_sql import Session
from stratum_sql.models.export.compiled import compile_model
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
