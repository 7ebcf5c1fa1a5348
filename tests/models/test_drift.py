"""EVALUATE says where the rows differ from those that a model was trained on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import stratum_sql
from stratum_sql import Session

TABLE = """CREATE TABLE t AS SELECT i % 11 AS a, i / 4 AS b, 'c' || i % 3 AS c, TIMESTAMP '2024-01-01' + INTERVAL (i) HOUR AS seen,
    i % 2 = 0 AS even, i * 0.5 + i % 5 AS y FROM range(200) r(i)"""  # noqa: E501
THEN = "2024-01-01T00:00:00.000000 to 2024-01-09T07:00:00.000000"
LATER = "2025-01-01T00:00:00.000000 to 2025-01-09T07:00:00.000000"
TRAIN = "SELECT a, b, one_hot(c) AS c, date_parts(seen), even, y FROM t TRAIN MODEL ridge() TARGET y HOLDOUT 0.5 AS m"


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    with stratum_sql.connect(threads=1) as one:
        one.sql(f"{TABLE}; {TRAIN}")
        yield one


def told(session: Session, query: str, model: str = "m") -> list[str]:
    result = session.sql(f"{query} EVALUATE MODEL {model}")
    assert result.columns == ["model", "version", "rows", "r2"]
    assert {warning.code for warning in result.warnings} <= {"drift"}
    return [warning.message for warning in result.warnings]


def test_rows_as_in_training_are_quiet(session: Session) -> None:
    assert told(session, "FROM t") == []
    assert told(session, "FROM t WHERE a < 5") == []
    assert told(session, "SELECT * REPLACE (a::INTEGER AS a, c::ENUM ('c0', 'c1', 'c2') AS c) FROM t") == []
    assert told(session, "SELECT * REPLACE (if(b = 0, 99, b) AS b) FROM t") == [], "one in two hundred is no drift"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("a + 20 AS a", "m: a is outside of its range in training in 100.0% of the rows: 20 to 30; then 0 to 10"),
        ("if(a = 10, 12.0, a) AS a", "m: a is DECIMAL(20,1); in training it was BIGINT"),
        (
            "if(a > 8, -a, a) AS a",
            "m: a is outside of its range in training in 18.0% of the rows: -10 to 8; then 0 to 10",
        ),
        ("if(b < 3, NULL, b) AS b", "m: b is NULL in 6.0% of the rows; in training in 0.0%"),
        ("if(c = 'c1', 'd', c) AS c", "m: c has values that training never saw, in 33.5% of the rows: 'd'"),
        (
            "if(c = 'c1', 'd' || a, c) AS c",
            "m: c has values that training never saw, in 33.5% of the rows: 'd0', 'd1', 'd10' and 8 more",
        ),
        (
            "seen + INTERVAL 1 YEAR AS seen",
            f"m: seen is outside of its range in training in 100.0% of the rows: {LATER}; then {THEN}",
        ),
    ],
)
def test_what_differs_is_told(session: Session, change: str, message: str) -> None:
    given = "impute" if "NULL" in change else ""
    if given:
        session.sql(TRAIN.replace(" b,", " impute(b) AS b,").replace("AS m", "AS filled"))
        assert told(session, f"SELECT * REPLACE ({change}) FROM t", "filled") == [message.replace("m:", "filled:")]
        return
    assert message in told(session, f"SELECT * REPLACE ({change}) FROM t")


def test_each_model_speaks_for_itself(session: Session) -> None:
    session.sql("SELECT b, y FROM t TRAIN MODEL ridge() TARGET y HOLDOUT 0.5 AS narrow")
    assert [line.split(":")[0] for line in told(session, "SELECT * REPLACE (a + 20 AS a) FROM t", "narrow, m")] == ["m"]


def test_nested_and_shown(session: Session) -> None:
    result = session.sql("SELECT r2 FROM (SELECT * REPLACE (a + 20 AS a) FROM t EVALUATE MODEL m)")
    assert [warning.code for warning in result.warnings] == ["drift"]
    shown = repr(session.sql("SELECT * REPLACE (a + 20 AS a) FROM t EVALUATE MODEL m"))
    assert "drift" in shown
    assert "outside of its range" in shown


def test_values_that_have_no_place_in_a_range(session: Session) -> None:
    session.sql(
        "CREATE TABLE odd AS SELECT i AS x, if(i = 7, 'infinity'::DOUBLE, i) AS far, '290000-01-01'::DATE AS late, "
        "i * 2.0 AS y FROM range(40) r(i)"
    )
    train = "SELECT x, far, ordinal(late) AS late, y FROM odd"
    kept = session.sql(f"{train} TRAIN MODEL lightgbm_regressor(n_estimators => 2) TARGET y HOLDOUT 0.5 AS odd")
    assert [one for one in kept.warnings if one.code != "library_warning"] == []
    (line,) = told(session, "FROM odd", "odd")
    assert line.startswith("odd: far is outside of its range in training in 2.5% of the rows: 0 to inf")
    ((manifest,),) = session.sql("SELECT manifest FROM stratum.models WHERE name = 'odd'").fetchall()
    assert "Infinity" not in manifest
    assert '"low": 0.0, "high": 39.0' in manifest


def test_many_categories_are_not_kept(session: Session) -> None:
    session.sql(
        "SELECT hash_encode('k' || a * 20 + b::INTEGER) AS k, y FROM t TRAIN MODEL ridge() TARGET y HOLDOUT 0.5 AS wide"
    )
    assert told(session, "FROM (SELECT 1000 AS a, b, y FROM t)", "wide") == []


def test_models_of_older_versions_say_nothing(session: Session) -> None:
    session.sql(TRAIN.replace("AS m", "AS old"))
    session.connection.execute(
        "UPDATE stratum.models SET manifest = regexp_replace(manifest, ', \"lineage\".*', '}') WHERE name = 'old'"
    )
    assert told(session, "SELECT * REPLACE (a + 20 AS a) FROM t", "old") == []
