"""Kept models as Python objects."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import stratum_sql
from stratum_sql import Session, StratumError

TABLE = "CREATE TABLE t AS SELECT i AS id, i % 7 AS a, 'c' || i % 3 AS c, i * 0.5 + i % 5 AS y, i % 2 = 0 AS late FROM range(60) r(i)"  # noqa: E501
TRAIN = (
    "SELECT one_hot(c) AS oc, standard_scale(a) AS s, y FROM t TRAIN MODEL ridge(alpha => [0.1, 1]) "
    "TARGET y METRIC r2, mae"
)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with stratum_sql.connect(tmp_path / "d.db", threads=1) as one:
        one.sql(f"{TABLE}; {TRAIN} AS m; SELECT a, y FROM t TRAIN MODEL ols() TARGET y HOLDOUT 0.5 AS m")
        one.sql(
            'SELECT a, late FROM t TRAIN MODEL logistic_regression() TARGET late AS "K@1"; PROMOTE MODEL m@1 TO live'
        )
        yield one


def test_the_list(session: Session) -> None:
    models = session.models
    assert [(one.name, one.version, one.versions) for one in models] == [("K@1", 1, 1), ("m", 2, 2)]
    assert models[1].name == models["M"].name == models[-1].name == "m"
    assert [one.name for one in models[:1]] == ["K@1"]
    assert len(models) == 2
    assert repr(models) == repr(session.sql("SHOW MODELS"))
    assert "<table" in models._repr_html_()
    with pytest.raises(StratumError) as caught:
        models["k1"]
    assert caught.value.diagnostic.did_you_mean == ("K@1",)


def test_the_facts_of_one(session: Session) -> None:
    model = session.model("m@live")
    assert (model.name, model.version, model.aliases, model.target) == ("m", 1, ("live",), "y")
    assert model.features == ["oc", "s"]
    assert model.fold_scores.keys() == {"r2", "mae"}
    assert model.score == pytest.approx(sum(map(float, filter(None, model.fold_scores["r2"]))) / 5)
    assert model.statement.endswith("AS m")
    assert model.manifest["lineage"]["data"]
    assert repr(model).startswith("<model m@1 (live): ridge(alpha => ")
    with pytest.raises(StratumError, match="unknown_alias"):
        session.model("m@alive")
    session.connection.execute("UPDATE stratum.models SET manifest = '{'")
    assert (session.model("m").features, session.model("m").manifest) == ([], {})
    assert session.model("m")._repr_html_()


def test_predictions_come_back_in_the_kind_they_were_asked_in(session: Session) -> None:
    model = session.model("m@1")
    wanted = session.sql("SELECT id, a, c FROM t ORDER BY id PREDICT MODEL m@1").arrow()
    table = wanted.drop_columns(["prediction"])
    for given in (table, session.sql("SELECT id, a, c FROM t ORDER BY id"), duckdb.from_arrow(table)):
        found = model.predict(given)
        assert isinstance(found, pa.Table)
        assert found.equals(wanted)
    frame = model.predict(table.to_pandas())
    assert isinstance(frame, pd.DataFrame)
    assert frame["prediction"].tolist() == wanted["prediction"].to_pylist()
    polar = model.predict(pl.DataFrame(table))
    assert isinstance(polar, pl.DataFrame)
    assert polar["prediction"].to_list() == wanted["prediction"].to_pylist()
    assert session.sql("SELECT count(*) FROM duckdb_views() WHERE view_name LIKE '__stratum%'").fetchall() == [(0,)]


def test_a_classifier_gives_probabilities(session: Session) -> None:
    found = session.model('"K@1"').predict(pd.DataFrame({"a": [1, 2]}), probabilities=True)
    assert list(found.columns) == ["a", "prediction", "prediction_probabilities"]
    assert all(abs(sum(row.values()) - 1) < 1e-12 for row in found["prediction_probabilities"])


def test_the_other_statements(session: Session) -> None:
    model, table = session.model("m@1"), session.sql("FROM t").arrow()
    assert (
        model.evaluate(table, "mae", "r2").fetchall()
        == session.sql("FROM t EVALUATE MODEL m@1 METRIC mae, r2").fetchall()
    )
    assert model.evaluate(table).columns == ["model", "version", "rows", "r2"]
    assert model.explain(table).fetchall() == session.sql("FROM t EXPLAIN MODEL m@1").fetchall()
    assert (
        model.explain(table, "coefficients()").fetchall()
        == session.sql("FROM t EXPLAIN MODEL m@1 USING coefficients()").fetchall()
    )
    assert model.transform(table).equals(session.sql("FROM t TRANSFORM MODEL m@1").arrow())
    with pytest.raises(StratumError, match="missing_columns"):
        model.predict(pd.DataFrame({"b": [1]}))


def test_a_version_stays_the_one_that_was_asked_for(session: Session) -> None:
    model = session.model("m")
    session.sql("SELECT id, y FROM t TRAIN MODEL ols() TARGET y HOLDOUT 0.5 AS m")
    assert model.version == 2
    assert model.predict(pd.DataFrame({"a": [1, 2]})).shape == (2, 2)
    session.sql("DROP MODEL m@2")
    with pytest.raises(StratumError, match="unknown_version"):
        model.predict(pd.DataFrame({"a": [1, 2]}))


def test_in_a_session_for_foreign_statements(tmp_path: Path, session: Session) -> None:
    session.close()
    with stratum_sql.connect(tmp_path / "d.db", threads=1, trusted=False) as foreign:
        assert len(foreign.model("m").predict(pa.table({"a": [1, 2, 3]}))) == 3


def test_the_card_is_well_formed_and_shows_hostile_text_as_text(session: Session) -> None:
    session.sql('SELECT a AS "<script>alert(1)</script>", y FROM t TRAIN MODEL ols() TARGET y AS "<b>&"')
    for name in ("m@1", '"<b>&"'):
        page = session.model(name)._repr_html_()
        assert "<script" not in page
        tree = ElementTree.fromstring(page.replace("&rarr;", "to"))
        *plots, weights = tree.findall(".//{http://www.w3.org/2000/svg}svg")
        assert [len(plot.findall("{http://www.w3.org/2000/svg}circle")) for plot in plots] == [5] * len(plots)
        assert plots
        assert weights.findall("{http://www.w3.org/2000/svg}rect")  # the coefficients


def test_what_the_estimator_itself_says_of_its_columns(session: Session) -> None:
    weights = session.model("m@1").weights()
    assert weights is not None
    assert weights.fetchall() == session.sql("FROM t EXPLAIN MODEL m@1 USING coefficients()").fetchall()
    session.sql("SELECT a + 1 AS b, y FROM t TRAIN MODEL ols() TARGET y AS made")
    session.sql("SELECT a, y FROM t TRAIN MODEL knn_regressor() TARGET y AS near")
    assert session.model("made").weights() is None  # of SQL over columns, whose types are not known
    assert session.model("near").weights() is None
    assert "<rect" not in session.model("near")._repr_html_()
