"""`FROM df` finds the caller's variable, and only the caller's."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import stratum_sql
from stratum_sql import Session, StratumError
from stratum_sql.execute.events import Progress

X = [float(number) for number in range(40)]
Y = [2 * x + number % 3 for number, x in enumerate(X)]
module_table = pd.DataFrame({"x": X, "y": Y})

TABLES: dict[str, Callable[[], object]] = {
    "pandas": lambda: pd.DataFrame({"x": X, "y": Y}),
    "arrow": lambda: pa.table({"x": X, "y": Y}),
    "polars": lambda: pl.DataFrame({"x": X, "y": Y}),
    "lazy": lambda: pl.DataFrame({"x": X, "y": Y}).lazy(),
    "numpy": lambda: {"x": np.array(X), "y": np.array(Y)},
}


@pytest.mark.parametrize("kind", TABLES)
def test_every_kind_of_table(session: Session, kind: str) -> None:
    df = TABLES[kind]()  # noqa: F841 named in the statements
    assert session.sql("SELECT sum(x) FROM df").fetchall() == [(sum(X),)]
    board = session.sql("SELECT standard_scale(x), y FROM df TRAIN MODEL ols() TARGET y AS m")
    assert board.fetchall()[0][3 + 1] > 0.9
    assert len(session.sql("FROM df PREDICT MODEL m")) == 40
    assert session.sql("FROM df EVALUATE MODEL m").fetchall()[0][2] == 40
    assert len(session.sql("FROM (SELECT x, y FROM df TRAIN MODEL ols() TARGET y) JOIN df ON rank <= 3")) == 40
    assert len(session.batch(["SELECT x, y FROM df TRAIN MODEL ols() TARGET y", "FROM df"])[0]) == 1
    assert "Scan df" in session.explain("SELECT x, y FROM df TRAIN MODEL ols() TARGET y")


def test_a_result_is_a_table(session: Session) -> None:
    board = session.sql("SELECT a, y FROM t TRAIN MODEL ols(), ridge() TARGET y")
    assert session.sql("SELECT estimator FROM board WHERE rank = 1").fetchall() == [(board.fetchall()[0][2],)]


def test_the_module_is_looked_at_after_the_function(session: Session) -> None:
    assert len(session.sql("FROM module_table")) == 40
    module_table = pd.DataFrame({"x": [1.0]})  # noqa: F841 hides the module's
    assert len(session.sql("FROM module_table")) == 1


def test_a_table_comes_before_a_variable(session: Session) -> None:
    t = pd.DataFrame({"x": [1.0]})  # noqa: F841 must not be found
    assert len(session.sql("FROM t")) == 300


def test_names_as_written(session: Session) -> None:
    assert len(session.sql("FROM module_table AS other, module_table")) == 1600
    with pytest.raises(StratumError):
        session.sql("FROM Module_Table")


def test_what_is_no_table_is_not_found(session: Session) -> None:
    number, text, module, rows = 5, "SELECT 1", np, [1, 2]  # noqa: F841 named in the statements
    for name in ("number", "text", "module", "rows", "nothing"):
        with pytest.raises(StratumError) as caught:
            session.sql(f"FROM {name}")
        assert f"Table with name {name} does not exist" in caught.value.diagnostic.message
        (result,) = session.batch([f"SELECT x, y FROM {name} TRAIN MODEL ols() TARGET y"])
        assert result.error is not None
        assert result.error.diagnostic.code == "unknown_table"


def test_variables_are_given_back(session: Session) -> None:
    df = pd.DataFrame({"x": [1.0]})
    assert len(session.sql("FROM df")) == 1
    del df
    with pytest.raises(StratumError):
        session.sql("FROM df")
    assert session.sql("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall() == []


def test_a_table_made_from_a_variable_of_its_name(session: Session) -> None:
    df = pd.DataFrame({"x": [1.0, 2.0]})  # noqa: F841 named in the statement
    session.sql("CREATE TABLE df AS FROM df")
    assert len(session.sql("FROM df")) == 2


def test_lending_never_trains_twice() -> None:
    """A table is missed when a statement is bound; what was trained before that must not be trained, or kept, again."""
    done: list[Progress] = []
    df = pd.DataFrame({"x": X, "y": Y})  # noqa: F841 named in the statements
    with stratum_sql.connect(
        threads=1, progress=lambda progress: done.append(progress) if progress.phase == "done" else None
    ) as session:
        session.register("held", module_table)
        texts = [
            "SELECT x, y FROM held TRAIN MODEL ols() TARGET y AS a",
            "SELECT x, y FROM df TRAIN MODEL ols() TARGET y AS b",
        ]
        assert [result.error for result in session.batch(texts)] == [None, None]
        assert len(done) == 1
        session.sql("FROM (SELECT x, y FROM held TRAIN MODEL ols() TARGET y AS c) JOIN df ON true")
        assert len(done) == 2
        assert session.sql("SELECT name, max(version) FROM stratum.models GROUP BY name ORDER BY name").fetchall() == [
            ("a", 1), ("b", 1), ("c", 1)
        ]  # fmt: skip


def test_foreign_statements_see_no_variables() -> None:
    df = pd.DataFrame({"x": X, "y": Y})
    with stratum_sql.connect(trusted=False) as session:
        for text in (
            "FROM df",
            "FROM module_table",
            "SELECT x, y FROM df TRAIN MODEL ols() TARGET y",
            "FROM query_table('df')",
        ):
            (result,) = session.batch([text])
            assert result.error is not None
            assert result.error.diagnostic.code == "not_allowed"
        session.register("df", df)
        assert len(session.sql("FROM df")) == 40
