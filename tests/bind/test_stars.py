"""A star in a statement means every column that has no role: not the target, not weights, groups or fold labels."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import stratum_sql
from stratum_sql.plan.features import describe


@pytest.fixture(scope="module")
def session() -> Iterator[stratum_sql.Session]:
    with stratum_sql.connect() as opened:
        opened.sql(
            "CREATE TABLE t AS SELECT i::DOUBLE AS a, sin(i) AS b, cos(i) AS c, 2.0 * i + sin(i) AS y, "
            "1.0 + i % 3 AS w, i % 4 AS g FROM range(60) r(i)"
        )
        yield opened


@pytest.mark.parametrize(
    ("features", "clauses", "wanted"),
    [
        ("*", "TARGET y", ["a", "b", "c", "w", "g"]),
        ("*", "TARGET y WEIGHT w CROSS VALIDATE 4 GROUPS g", ["a", "b", "c"]),
        ("*", "TARGET y SPLIT BY g", ["a", "b", "c", "w"]),
        ("pca(*, 2)", "TARGET y", ["pca(a, b, c, w, g, n_components => 2)"]),
        ("pca(*, 2)", "TARGET y WEIGHT w SPLIT BY g", ["pca(a, b, c, n_components => 2)"]),
        ("pca(standard_scale(*), 2)", "TARGET y SPLIT BY g", [
            "pca(standard_scale(a), standard_scale(b), standard_scale(c), standard_scale(w), n_components => 2)",
        ]),
        ("standard_scale(COLUMNS('b|y'))", "TARGET y", ["standard_scale(b)"]),
        ("standard_scale(COLUMNS('y')), a", "TARGET y", ["a"]),
        ("poly(a, b), y", "TARGET y", ["poly(a, b)"]),
    ],
)  # fmt: skip
def test_columns_with_a_role_are_no_features(
    session: stratum_sql.Session, features: str, clauses: str, wanted: list[str]
) -> None:
    result = session.sql(f"SELECT {features} FROM t TRAIN MODEL ridge() {clauses}")
    assert result.query is not None
    assert [describe(feature) for feature in result.query.features] == wanted
    assert result.df().status.tolist() == ["ok"]


def test_a_target_named_outright_is_refused(session: stratum_sql.Session) -> None:
    with pytest.raises(stratum_sql.BindError, match=r"pca\(a, y, 1\) reads the target y"):
        session.sql("SELECT pca(a, y, 1) FROM t TRAIN MODEL ridge() TARGET y")


def test_a_star_below_scalar_sql_is_refused_at_its_place(session: stratum_sql.Session) -> None:
    with pytest.raises(stratum_sql.BindError, match="only scalar SQL over named columns") as caught:
        session.sql("SELECT standard_scale(COLUMNS('b|y')) + 1 FROM t TRAIN MODEL ridge() TARGET y")
    assert caught.value.diagnostic.column == 23
