"""A model of every family over 100,000 rows, with NULL and categories that training never saw.

The engine, scikit-learn's Pipeline, SQL in a bare DuckDB and what comes back from JSON predict the same to 1e-9.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from stratum_sql import Session
from stratum_sql.models.export.families import FAMILIES, Family
from tests.models.export.models import ROWS

FEATURES = "one_hot(level) AS l, one_hot(c) AS c, min_max_scale(impute(b)) AS b, min_max_scale(a) AS a"
COUNT = 100_000


@pytest.fixture(scope="module")
def frame(session: Session) -> Iterator[pd.DataFrame]:
    """The rows, in the order of `id`; also as the table `many`."""
    session.sql(ROWS.format(name="many", kinds=8, levels=9, first=5_000, last=5_000 + COUNT))
    yield session.sql("FROM many ORDER BY id").df()
    session.sql("DROP TABLE many")


@pytest.fixture(scope="module")
def bare(frame: pd.DataFrame) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB with nothing but the rows."""
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.register("given", frame)
        connection.execute("CREATE TABLE many AS FROM given")
        yield connection


@pytest.mark.parametrize("family", FAMILIES, ids=lambda one: one.title)
def test_a_family_says_the_same_everywhere(
    session: Session, bare: duckdb.DuckDBPyConnection, frame: pd.DataFrame, tmp_path: Path, family: Family
) -> None:
    target = "word" if family.classifies else "abs(y) + 1 AS target"
    train = f"FROM t WHERE id < 200 TRAIN MODEL {family.estimators[0]} TARGET {target.split()[-1]} HOLDOUT 0.2"
    session.sql(f"CREATE OR REPLACE TEMP MODEL family AS SELECT {FEATURES}, {target} {train}")
    wanted = session.sql("FROM many ORDER BY id PREDICT MODEL family").df()["prediction"]
    assert len(wanted) == COUNT
    assert wanted.nunique() > 2
    found = {"scikit-learn": session.to_sklearn("family").predict(frame)}
    if "sql" in family.formats:
        session.sql(f"EXPORT MODEL family TO '{tmp_path}/m.sql'")
        bare.execute((tmp_path / "m.sql").read_text())
        found["sql"] = bare.sql("SELECT prediction FROM predict_family('many') ORDER BY id").df()["prediction"]
    if "json" in family.formats:
        session.sql(f"EXPORT MODEL family TO '{tmp_path}/m.json'; IMPORT MODEL back FROM '{tmp_path}/m.json'")
        found["json"] = session.sql("FROM many ORDER BY id PREDICT MODEL back").df()["prediction"]
        session.sql("DROP MODEL back")
    for form, other in found.items():
        if family.classifies:
            assert np.array_equal(np.asarray(other, dtype=object), np.asarray(wanted, dtype=object)), form
        else:
            np.testing.assert_allclose(np.asarray(other).reshape(-1), wanted, rtol=1e-9, err_msg=form)
