"""Models with a model for each group, and of several targets, in every format that has them: what the engine predicts."""

# ruff: noqa: E501  the statements stand as a user would write them

from __future__ import annotations

import json
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from stratum_sql import Session, StratumError
from tests.models.export.models import OTHERS

ITEMS = "standard_scale(a) AS s, impute(b) AS b, one_hot(level) AS l"
MODELS = {
    "by_text": f"SELECT {ITEMS}, c, y FROM t TRAIN MODEL ridge() TARGET y PARTITION BY c",
    "by_two": "SELECT a, impute(b) AS b, flag, level, y FROM t TRAIN MODEL ridge() TARGET y PARTITION BY flag, level",
    "of_classes": "SELECT a, impute(b) AS b, y, level, word FROM t WHERE level > 2 OR word <> 'k2' "
    "TRAIN MODEL lightgbm_classifier(n_estimators => 3, min_child_samples => 3) TARGET word PARTITION BY level",
    "together": f"SELECT {ITEMS}, y, a + y / 3 AS z FROM t TRAIN MODEL ridge() TARGET y, z",
    "one_by_one": f"SELECT {ITEMS}, y, a + y / 3 AS z FROM t TRAIN MODEL lasso(alpha => 0.1) TARGET y, z",
    "grown": f"SELECT {ITEMS}, y, a + y / 3 AS z FROM t TRAIN MODEL random_forest_regressor(n_estimators => 3, max_depth => 5) TARGET y, z",
    "boosted": f"SELECT {ITEMS}, y, a + y / 3 AS z FROM t TRAIN MODEL lightgbm_regressor(n_estimators => 3) TARGET y, z",
    "all_of_it": f"SELECT {ITEMS}, c, y, a + y / 3 AS z FROM t TRAIN MODEL ols() TARGET y, z PARTITION BY c",
}  # fmt: skip
SCRIPTS = ("by_text", "by_two", "together", "one_by_one", "all_of_it")
PIPELINES = ("together", "one_by_one", "grown", "boosted")


@pytest.fixture(scope="module")
def kept(session: Session) -> Iterator[Session]:
    for name, statement in MODELS.items():
        session.sql(f"CREATE OR REPLACE MODEL {name} AS {statement} HOLDOUT 0.2")
    yield session
    for name in MODELS:
        session.sql(f"DROP MODEL {name}")


def told(session: Session, name: str) -> pd.DataFrame:
    """What the engine predicts, in the order of `id`."""
    found = session.sql(f"FROM others ORDER BY id PREDICT MODEL {name}").df()
    return found[[column for column in found.columns if column.startswith("prediction")]]


def same(found: pd.DataFrame, wanted: pd.DataFrame) -> None:
    """Equal to 1e-9, NULL where the other has NULL; labels are equal."""
    assert list(found.columns) == list(wanted.columns)
    for name in wanted:
        one, other = found[name].reset_index(drop=True), wanted[name]
        if wanted[name].dtype.kind == "f":
            np.testing.assert_allclose(one.astype(float), other, rtol=1e-9)
        else:
            assert one.where(one.notna(), None).tolist() == other.where(other.notna(), None).tolist()


@pytest.mark.parametrize("name", MODELS)
def test_sql(kept: Session, tmp_path: Path, name: str) -> None:
    kept.sql(f"EXPORT MODEL {name} TO '{tmp_path}/m.sql'")
    with duckdb.connect() as bare:
        bare.execute(OTHERS)
        bare.execute((tmp_path / "m.sql").read_text())
        found = bare.sql(f"FROM predict_{name}('others') ORDER BY id").df()
        shares = bare.sql(f"FROM predict_{name}('others') ORDER BY id").to_arrow_table()
    wanted = told(kept, name)
    assert len(found) == len(wanted) == 20_000
    same(found[wanted.columns], wanted)
    assert wanted.isna().any(axis=None) == (name in ("by_text", "by_two", "of_classes", "all_of_it"))
    if name == "of_classes":
        asked = f"FROM others ORDER BY id PREDICT MODEL {name} WITH (probabilities = true)"
        known = kept.sql(asked).arrow().column("prediction_probabilities").to_pylist()
        for one, other in zip(shares.column("probabilities").to_pylist(), known, strict=True):
            assert one == (None if other is None else pytest.approx(other, rel=1e-9))


@pytest.mark.parametrize("name", MODELS)
def test_json(kept: Session, tmp_path: Path, name: str) -> None:
    kept.sql(f"EXPORT MODEL {name} TO '{tmp_path}/m.json'; IMPORT MODEL back FROM '{tmp_path}/m.json'")
    try:
        pd.testing.assert_frame_equal(told(kept, "back"), told(kept, name))
        kept.sql(f"EXPORT MODEL back TO '{tmp_path}/again.json'")
    finally:
        kept.sql("DROP MODEL back")
    parts = [json.loads((tmp_path / one).read_text()) for one in ("m.json", "again.json")]
    first, again = ({key: one.get(key) for key in ("groups", "states", "estimator")} for one in parts)
    assert again == first


@pytest.mark.parametrize("name", MODELS)
def test_a_script(kept: Session, tmp_path: Path, name: str) -> None:
    export = f"EXPORT MODEL {name} TO '{tmp_path}/m.py'"
    if name not in SCRIPTS:
        assert code(kept, export) == "not_exported"
        return
    kept.sql(export)
    made = runpy.run_path(f"{tmp_path}/m.py")
    predict = made["predict"] if "predict" in made else made["pipeline"].predict
    wanted = told(kept, name)
    found = pd.DataFrame(predict(kept.sql("FROM others ORDER BY id").df()), columns=wanted.columns)
    same(found, wanted)


@pytest.mark.parametrize("name", MODELS)
def test_skops(kept: Session, tmp_path: Path, name: str) -> None:
    export = f"EXPORT MODEL {name} TO '{tmp_path}/m.skops'"
    if name not in PIPELINES:
        assert code(kept, export) == "not_exported"
        return
    kept.sql(f"{export}; IMPORT MODEL back FROM '{tmp_path}/m.skops'")
    try:
        same(told(kept, "back"), told(kept, name))
    finally:
        kept.sql("DROP MODEL back")


TAMPERED: dict[str, Any] = {
    "a group too few": lambda whole: whole["groups"].pop(),
    "groups in groups": lambda whole: whole["manifest"]["groups"][0]["model"].update(
        groups=whole["manifest"]["groups"][1:], partition=whole["manifest"]["partition"]
    ),
    "a key of two values": lambda whole: whole["manifest"]["groups"][0]["key"].append("x"),
    "a group that predicts nothing": lambda whole: whole["groups"][0].update(estimator={"list": []}),
    "a group without its states": lambda whole: whole["groups"][0]["states"].pop(),
    "a group that is none": lambda whole: whole["groups"].insert(0, 7),
    "a group of another feature": lambda whole: whole["manifest"]["partition"][0].update(
        sql="(SELECT count(*) FROM others)"
    ),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_a_file_that_was_tampered_with_is_refused(kept: Session, tmp_path: Path, what: str) -> None:
    kept.sql(f"EXPORT MODEL by_text TO '{tmp_path}/m.json'")
    whole = json.loads((tmp_path / "m.json").read_text())
    TAMPERED[what](whole)
    (tmp_path / "m.json").write_text(json.dumps(whole))
    assert code(kept, f"IMPORT MODEL bad FROM '{tmp_path}/m.json'") == "not_imported"


def code(session: Session, text: str) -> str:
    with pytest.raises(StratumError) as caught:
        session.sql(text)
    return caught.value.diagnostic.code
