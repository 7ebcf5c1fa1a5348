"""Sessions for foreign statements, end to end: what they may do works, and nothing else leaves a trace."""

# ruff: noqa: E501  the statements stand as a user would write them

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas as pd
import pytest

import stratum_sql
from stratum_sql import NotAllowed, Session, StratumError
from tests.trust import conftest
from tests.trust.world import CANARY, World

world = conftest.world

ATTACKS = [
    line.split("\t")[2]
    for line in (Path(__file__).parents[1] / "trust" / "attacks.tsv").read_text("utf-8").splitlines()
    if not line.startswith("#")
]
secret_frame = pd.DataFrame({"word": [CANARY]})


def fill(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("CREATE TABLE victim AS SELECT 'a' AS word")
    connection.execute(
        "CREATE TABLE t AS SELECT i AS id, i % 7 AS a, 'c' || i % 3 AS c, i * 0.5 + i % 5 AS y FROM range(90) r(i)"
    )
    connection.execute("CREATE VIEW v AS SELECT standard_scale(a) AS s, c, y FROM t")
    connection.execute("CREATE MACRO double(x) AS x * 2")


@pytest.fixture(scope="module")
def granted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The one file that foreign statements may read."""
    path = tmp_path_factory.mktemp("granted") / "granted.csv"
    path.write_text("x,y\n" + "\n".join(f"{i},{i * 2 + i % 3}" for i in range(40)) + "\n")
    return path


@pytest.fixture(scope="module")
def session(granted: Path) -> Iterator[Session]:
    with stratum_sql.connect(
        trusted=False, allow_paths=[granted], setup=fill, threads=2, memory_limit="1GB", max_seconds=60
    ) as one:
        one.register(
            "given", pd.DataFrame({"x": [float(i) for i in range(40)], "y": [2.0 * i + i % 3 for i in range(40)]})
        )
        one.sql(
            "SELECT a, one_hot(c) AS oc, y FROM t TRAIN MODEL ridge(alpha => [0.1, 1.0]) TARGET y CROSS VALIDATE 3 AS m"
        )
        yield one


def state(session: Session, world: World) -> tuple[object, ...]:
    """What an attack might change."""
    connection = session.connection
    return (
        world.snapshot(),
        connection.execute("SELECT name, value FROM duckdb_settings() ORDER BY ALL").fetchall(),
        connection.execute(
            "SELECT database_name, schema_name, table_name, estimated_size FROM duckdb_tables() ORDER BY ALL"
        ).fetchall(),
        connection.execute("SELECT view_name, sql FROM duckdb_views() WHERE NOT internal ORDER BY ALL").fetchall(),
        connection.execute("SELECT count(*) FROM duckdb_functions()").fetchall(),
        connection.execute("FROM victim").fetchall(),
    )


def refused(session: Session, text: str) -> str:
    """The code of the error that the text ends with; nothing of it may tell a secret or a path."""
    secret_frame = pd.DataFrame({"word": [CANARY]})
    (result,) = session.batch([text])
    assert len(secret_frame) == 1
    assert result.error is not None, text
    assert CANARY not in str(result.error)
    return result.error.diagnostic.code


def test_what_foreign_statements_are_for(session: Session, granted: Path) -> None:
    assert len(session.sql("SELECT double(a) AS d FROM t")) == 90
    assert session.sql("SELECT s, y FROM v TRAIN MODEL ols() TARGET y CROSS VALIDATE 2").fetchall()[0][-2] == "ok"
    assert len(session.sql("FROM t PREDICT MODEL m")) == 90
    assert session.sql("FROM t EVALUATE MODEL m").fetchall()[0][:3] == ("m", 1, 90)
    assert len(session.sql("FROM (SELECT a, y FROM t TRAIN MODEL ols() TARGET y CROSS VALIDATE 2) WHERE rank = 1")) == 1
    assert session.sql("SELECT x, y FROM given TRAIN MODEL ols() TARGET y CROSS VALIDATE 2").fetchall()[0][-2] == "ok"
    assert "Scan t" in session.explain("SELECT a, y FROM t TRAIN MODEL ols() TARGET y")
    from_file = f"SELECT x, y FROM '{granted}' TRAIN MODEL ols() TARGET y CROSS VALIDATE 2"
    assert session.sql(from_file).fetchall()[0][-2] == "ok"
    assert len(session.sql(f"FROM read_csv('{granted}')")) == 40
    text = "WITH few AS (FROM t WHERE id < 60) SELECT standard_scale(a) * 2 + a AS q, y FROM few TRAIN MODEL ols() TARGET y CROSS VALIDATE 2 AS q"
    assert session.sql(f"SELECT count(*) FROM ({text})").fetchall() == [(1,)]
    assert len(session.sql("SELECT a FROM t PREDICT MODEL q")) == 90


@pytest.mark.parametrize("start", range(0, len(ATTACKS), 40))
def test_every_attack_through_a_session(session: Session, world: World, start: int) -> None:
    before = state(session, world)
    for attack in ATTACKS[start : start + 40]:
        assert refused(session, world.fill(attack)) in {
            "not_allowed",
            "syntax",
            "syntax_error",
            "unmatched",
            "unterminated",
        }, attack
    assert state(session, world) == before
    assert len(session.sql("FROM t PREDICT MODEL m")) == 90


IN_HEADS = [
    "SELECT * FROM read_csv('/etc/passwd') TRAIN MODEL ols() TARGET y",
    "SELECT a, y, (SELECT count(*) FROM read_text('{dir}/canary.txt')) AS n FROM t TRAIN MODEL ols() TARGET y",
    "FROM '{dir}/canary.csv' TRAIN MODEL ols() TARGET y",
    "FROM read_text('{dir}/*') PREDICT MODEL m",
    "SELECT a, (FROM read_text('{dir}/canary.txt') SELECT content) AS c FROM t PREDICT MODEL m",
    "FROM read_text('{dir}/canary.txt') EVALUATE MODEL m",
    "SELECT standard_scale((SELECT length(content) FROM read_text('{dir}/canary.txt'))) AS s, y FROM t TRAIN MODEL ols() TARGET y",
    "SELECT standard_scale(length(getenv('HOME'))) AS s, y FROM t TRAIN MODEL ols() TARGET y",
    "SELECT one_hot(c, drop => (SELECT content FROM read_text('{dir}/canary.txt'))) AS s, y FROM t TRAIN MODEL ols() TARGET y",
    "SELECT standard_scale(a) + (SELECT length(content) FROM read_text('{dir}/canary.txt')) AS s, y FROM t TRAIN MODEL ols() TARGET y",
    "SELECT standard_scale(a) + length(getenv('HOME')) AS s, y FROM t TRAIN MODEL ols() TARGET y",
    "SELECT a, y FROM t TRAIN MODEL ols() TARGET (SELECT 1)",
    "SELECT a, y FROM t TRAIN MODEL ols() TARGET y SPLIT BY \"(SELECT content FROM read_text('{dir}/canary.txt'))\"",
    'SELECT a, y FROM t TRAIN MODEL ols() TARGET y CROSS VALIDATE 3 GROUPS "a); DROP TABLE victim; --"',
    'SELECT a, y FROM t TRAIN MODEL ols() TARGET y CROSS VALIDATE 3 ORDER BY "x"" || read_text(\'a\')"',
    'SELECT a, y FROM t TRAIN MODEL ols() TARGET y WEIGHT "(SELECT 1)"',
    "SELECT a, y FROM t TRAIN MODEL ridge(alpha => (SELECT 1)) TARGET y",
    "SELECT a, y FROM t TRAIN MODEL ridge(alpha => 'read_text(''/etc/passwd'')') TARGET y",
    "SELECT a, y FROM t TRAIN MODEL ridge(solver => '__import__(\"os\")') TARGET y",
    "SELECT a, y FROM t TRAIN MODEL os.system('touch {out}/x') TARGET y",
    "SELECT a, y FROM t TRAIN MODEL sklearn.linear_model.LinearRegression() TARGET y",
    "SELECT a, y FROM t TRAIN MODEL __class__() TARGET y",
    "SELECT a, y FROM t TRAIN MODEL random_forest_regressor(n_jobs => 10000) TARGET y",
    "SELECT a, y FROM t TRAIN MODEL lightgbm_regressor(device_type => '{out}/x') TARGET y",
    "SELECT a, y FROM t TRAIN MODEL ols() TARGET y METRIC os.system",
    "SELECT a, y FROM t TRAIN MODEL ols() TARGET y SPLIT os.system('x')",
    "SELECT subprocess.run(a) AS s, y FROM t TRAIN MODEL ols() TARGET y",
    "SELECT * FROM (SELECT a, y FROM t TRAIN MODEL ols() TARGET y), read_text('{dir}/canary.txt')",
    "WITH f AS (FROM read_text('{dir}/canary.txt')) SELECT * FROM (SELECT length(content) AS a, 1 AS y FROM f TRAIN MODEL ols() TARGET y)",
    "CREATE TABLE made AS SELECT a, y FROM t TRAIN MODEL ols() TARGET y CROSS VALIDATE 2",
    "INSERT INTO victim SELECT estimator FROM (SELECT a, y FROM t TRAIN MODEL ols() TARGET y CROSS VALIDATE 2)",
    "COPY (SELECT a, y FROM t TRAIN MODEL ols() TARGET y CROSS VALIDATE 2) TO '{out}/x.csv'",
    "FROM secret_frame TRAIN MODEL ols() TARGET y",
    "FROM stratum.models TRAIN MODEL ols() TARGET version",
    "FROM stratum.trials PREDICT MODEL m",
    "FROM (FROM stratum.models) EVALUATE MODEL m",
    "FROM duckdb_secrets() PREDICT MODEL m",
    "FROM train_model((FROM read_text('{dir}/canary.txt')), model => ols(), target => size)",
    "EXPLAIN FROM read_text('{dir}/canary.txt') TRAIN MODEL ols() TARGET size",
    "EXPLAIN ANALYZE FROM read_text('{dir}/canary.txt') TRAIN MODEL ols() TARGET size",
    "CREATE MODEL z AS FROM read_text('{dir}/canary.txt') TRAIN MODEL ols() TARGET size",
    "CREATE TEMP MODEL z AS SELECT a, y, length(getenv('HOME')) AS n FROM t TRAIN MODEL ols() TARGET y",
    "CREATE OR REPLACE MODEL m AS SELECT a, y FROM t TRAIN MODEL ols() TARGET y CROSS VALIDATE 2",
    "DROP MODEL m",
    'DROP MODEL "m; DROP TABLE victim"',
    "FROM show_models(pattern => (SELECT content FROM read_text('{dir}/canary.txt')))",
    "SELECT * FROM show_models(), read_text('{dir}/canary.txt')",
    "CREATE TABLE made AS FROM show_models()",
    "COPY (FROM describe_model(m)) TO '{out}/x.csv'",
    "SHOW MODELS LIKE (SELECT content FROM read_text('{dir}/canary.txt'))",
    "BEGIN BATCH WITH (timeout = (SELECT 1))",
    "BEGIN BATCH; ROLLBACK BATCH; FROM read_text('{dir}/canary.txt') TRAIN MODEL ols() TARGET size",
    "SELECT a, y FROM t TRAIN MODEL ols() TARGET y; DROP TABLE victim",
    "SELECT a, y FROM t; DROP TABLE victim; SELECT a, y FROM t TRAIN MODEL ols() TARGET y",
]


@pytest.mark.parametrize("attack", IN_HEADS, ids=[attack[:90] for attack in IN_HEADS])
def test_attacks_inside_our_statements(session: Session, world: World, attack: str) -> None:
    before = state(session, world)
    refused(session, world.fill(attack))
    after = state(session, world)
    assert [one for one in after[2] if one[1] != "stratum"] == [one for one in before[2] if one[1] != "stratum"]  # type: ignore[attr-defined]
    assert after[:2] + after[3:] == before[:2] + before[3:]


@pytest.mark.parametrize(
    "text", ["FROM stratum.models", "FROM stratum.trials", "SELECT manifest FROM memory.stratum.models"]
)
def test_the_registry_is_not_readable(session: Session, text: str) -> None:
    assert refused(session, text) == "not_allowed"


def test_errors_tell_nothing_of_the_host(tmp_path: Path) -> None:
    """Neither a missing artefact, nor a refused file, nor a damaged model says where things are kept."""
    path = tmp_path / "deep" / "d.db"
    path.parent.mkdir()
    with stratum_sql.connect(path) as host:
        host.sql(
            "CREATE TABLE t AS SELECT i % 7 AS a, i * 0.5 AS y FROM range(60) r(i); SELECT a, y FROM t TRAIN MODEL ols() TARGET y AS m"
        )
    for file in Path(f"{path}.artefacts").rglob("*.skops"):
        file.unlink()
    with stratum_sql.connect(path, trusted=False) as session:
        for text in (
            "FROM t PREDICT MODEL m",
            "FROM 'x.csv'",
            f"FROM '{tmp_path.parent}/x.csv'",
            "ATTACH 'x.db'",
            "SELECT a, y FROM t TRAIN MODEL x.y() TARGET y",
        ):
            (result,) = session.batch([text])
            assert result.error is not None
            assert str(tmp_path) not in str(result.error)
            assert str(Path(stratum_sql.__file__).parent) not in str(result.error)
        assert (
            session.sql("SELECT a, y FROM t TRAIN MODEL ols() TARGET y CROSS VALIDATE 2 AS again").fetchall()[0][-2]
            == "ok"
        )
        assert len(session.sql("FROM t PREDICT MODEL again")) == 60


def test_the_lock_is_read_back_before_every_statement() -> None:
    with stratum_sql.connect(trusted=False) as session, pytest.raises(duckdb.Error):
        session.connection.execute("SET enable_external_access = true")


def test_setup_runs_before_the_lock_and_its_errors_are_told() -> None:
    with pytest.raises(StratumError) as caught:
        stratum_sql.connect(trusted=False, setup=lambda connection: connection.execute("FROM nosuch"))
    assert caught.value.diagnostic.code == "duckdb_catalog"
    with stratum_sql.connect(setup=lambda connection: connection.execute("CREATE TABLE t AS SELECT 1 AS x")) as session:
        assert session.sql("FROM t").fetchall() == [(1,)]


def test_grants(tmp_path: Path) -> None:
    with stratum_sql.connect(trusted=False, setup=fill) as session:
        text = "SELECT a, y FROM t TRAIN MODEL sklearn.linear_model.QuantileRegressor() TARGET y CROSS VALIDATE 2"
        with pytest.raises(StratumError) as caught:
            session.sql(text)
        assert caught.value.diagnostic.code == "not_allowed"
        assert 'session.allow("sklearn.linear_model.QuantileRegressor")' in str(caught.value.diagnostic.hint)
        session.allow("sklearn.linear_model.QuantileRegressor")
        assert session.sql(text).fetchall()[0][-2] == "ok"
        session.allow("sklearn.preprocessing.RobustScaler")
        assert (
            session.sql(
                "SELECT sklearn.preprocessing.RobustScaler(a) AS r, y FROM t TRAIN MODEL ols() TARGET y CROSS VALIDATE 2"
            ).fetchall()[0][-2]
            == "ok"
        )
        with pytest.raises(NotAllowed):
            session.allow("os.system")
    with pytest.raises(StratumError):
        stratum_sql.connect(trusted=False, allow_paths=[tmp_path / "absent"])


def test_a_bad_option_is_told() -> None:
    for options in ({"memory_limit": "much"}, {"memory_limit": "much", "trusted": False}):
        with pytest.raises(StratumError):
            stratum_sql.connect(**options)
