"""docs/models-export.md says which estimators have which formats: each is tried, those that there are not as well."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stratum_sql import Session, StratumError
from stratum_sql.models.export.families import ALL, FAMILIES, Family, table

PAGE = Path(__file__).parents[3] / "docs" / "models-export.md"
READ = ("skops", "onnx", "json")
FEATURES = "one_hot(level) AS l, min_max_scale(a) AS a"


def test_the_page_has_the_table() -> None:
    assert table() in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("family", FAMILIES, ids=lambda one: one.title)
def test_a_family_has_the_formats_it_says(session: Session, tmp_path: Path, family: Family) -> None:
    target = "word" if family.classifies else "abs(y) + 1 AS target"
    for estimator in family.estimators:
        statement = (
            f"SELECT {FEATURES}, {target} FROM t TRAIN MODEL {estimator} TARGET {target.split()[-1]} HOLDOUT 0.2"
        )
        session.sql(f"CREATE OR REPLACE TEMP MODEL family AS {statement}")
        for form in ALL:
            path = tmp_path / f"family.{form}"
            if form in family.formats:
                session.sql(f"EXPORT MODEL family TO '{path}' (FORMAT {form})")
                if form in READ:
                    predicts_the_same(session, path, form, family)
                continue
            with pytest.raises(StratumError) as caught:
                session.sql(f"EXPORT MODEL family TO '{path}' (FORMAT {form})")
            assert caught.value.diagnostic.code == "not_exported"


def predicts_the_same(session: Session, path: Path, form: str, family: Family) -> None:
    session.sql(f"IMPORT MODEL family_back FROM '{path}' (FORMAT {form})")
    try:
        got = session.sql("FROM t PREDICT MODEL family, family_back").df()
    finally:
        session.sql("DROP MODEL family_back")
    wanted, found = got["family_prediction"], got["family_back_prediction"]
    if family.classifies:
        assert wanted.tolist() == found.tolist()
    else:
        np.testing.assert_allclose(found, wanted, rtol=1e-5 if form in family.single else 1e-9)
