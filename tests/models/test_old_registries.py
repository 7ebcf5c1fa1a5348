"""Registries that older versions of this package made: they open, predict, and take new versions.

`registry_1` is a database of the first form, without `stratum.aliases` and with manifests that tell no lineage, as
EXPORT DATABASE wrote it, and its artefacts.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

import stratum_sql
from stratum_sql import Session

OLD = Path(__file__).with_name("registry_1")
FIRST = [(0, 10.986725663716815, True), (1, 11.252212389380531, False), (2, 11.517699115044248, True)]  # as of then


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "old.db"
    with duckdb.connect(path) as connection:
        connection.execute((OLD / "schema.sql").read_text(encoding="utf-8"))
        for table in ("t", "stratum.models", "stratum.trials"):
            file = OLD / f"{table.replace('.', '_')}.csv"
            connection.execute(f"COPY {table} FROM '{file}' (HEADER, QUOTE '\"')")
    shutil.copytree(OLD / "artefacts", f"{path}.artefacts")
    return path


@pytest.fixture
def session(path: Path) -> Iterator[Session]:
    with stratum_sql.connect(path, threads=1) as one:
        yield one


def predictions(session: Session) -> list[tuple[object, ...]]:
    rows = session.sql("FROM t PREDICT MODEL m, k").fetchall()[:3]
    return [(row[0], *row[-2:]) for row in rows]


def test_its_models_predict_as_they_did(session: Session) -> None:
    assert predictions(session) == FIRST
    assert session.sql("SELECT version, aliases FROM show_model_versions(m)").fetchall() == [
        (2, ["latest", "best"]), (1, []),
    ]  # fmt: skip
    assert len(session.sql("FROM t PREDICT MODEL m@1, m@best")) == 40
    assert "fold_scores" in {row[0] for row in session.sql("DESCRIBE MODEL m@1").fetchall()}


def test_it_is_read_without_being_changed(path: Path) -> None:
    with stratum_sql.connect(path, threads=1, read_only=True) as reader:
        assert predictions(reader) == FIRST
    with stratum_sql.connect(path, threads=1) as session:
        session.sql("BEGIN")
        assert predictions(session) == FIRST, "a table that is not there aborts no transaction"
        session.sql("COMMIT")
        assert session.sql("FROM duckdb_tables() WHERE table_name = 'aliases'").fetchall() == []


def test_it_takes_versions_and_aliases(path: Path, session: Session) -> None:
    session.sql("PROMOTE MODEL m@1 TO champion; ROLLBACK MODEL m")
    session.sql("SELECT a, y FROM t TRAIN MODEL ols() TARGET y CROSS VALIDATE 2 AS m")
    assert session.sql("SELECT version, aliases FROM show_model_versions(m)").fetchall() == [
        (3, ["latest"]), (2, ["best"]), (1, ["champion"]),
    ]  # fmt: skip
    session.sql("DROP MODEL m@2; DROP MODEL k")
    assert len(list(Path(f"{path}.artefacts").rglob("*.skops"))) == 2
