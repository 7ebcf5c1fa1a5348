"""Relations that are read in pieces give the scores of those that are held, and are held where they must be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from stratum_sql.execute import batch
from stratum_sql.execute.duckdb import StreamedRelation
from stratum_sql.execute.linear import streamed
from stratum_sql.session import Session
from tests.engine.oracle import DETERMINISTIC, ITERATIVE, check, open_session

PENALTIES = "ridge(alpha => [0.1, 1, 10])"
STREAMED = {
    "numbers": f"SELECT num, pos, price, y FROM t TRAIN MODEL {PENALTIES}, ols TARGET y "
    "METRIC r2, rmse, explained_variance",
    "categories and NULL": "SELECT one_hot(city), standard_scale(impute(holes)) AS h, missing_flag(holes) AS m, "
    f"count_encode(kind), y FROM t TRAIN MODEL {PENALTIES} TARGET y",
    "numbers as categories": f"SELECT one_hot(whole), one_hot(flag), num, y FROM t TRAIN MODEL {PENALTIES} TARGET y",
    "extremes": f"SELECT min_max_scale(num), max_abs_scale(price), y FROM t TRAIN MODEL {PENALTIES} TARGET y",
    "weights and groups": f"SELECT num, impute(holes) AS h, y FROM t TRAIN MODEL {PENALTIES} TARGET y "
    "WEIGHT importance CROSS VALIDATE 3 GROUPS grp",
    "a filter": f"SELECT num, one_hot(kind), y FROM t WHERE whole > 2 TRAIN MODEL {PENALTIES} TARGET y HOLDOUT 0.25",
    "a join": "SELECT num, m, y FROM t AS a JOIN (SELECT grp, avg(whole) AS m FROM t GROUP BY grp) AS b USING (grp) "
    f"TRAIN MODEL {PENALTIES} TARGET y",
    "a state of rows": "SELECT impute(holes, 'median') AS h, standard_scale(impute(pos, 'median')) AS p, num, price, "
    f"one_hot(kind), y FROM t TRAIN MODEL {PENALTIES} TARGET y",
    "the weight is a feature": f"SELECT num, price, importance, y FROM t TRAIN MODEL {PENALTIES} TARGET y "
    "WEIGHT importance",
    "the groups are a feature": "SELECT num, one_hot(kind), one_hot(grp), y FROM t "
    f"TRAIN MODEL {PENALTIES} TARGET y CROSS VALIDATE 3 GROUPS grp",
    "several columns at once": f"SELECT standard_scale(COLUMNS('num|pos')), y FROM t TRAIN MODEL {PENALTIES} TARGET y",
}  # fmt: skip
HELD = {
    "another metric": f"SELECT num, y FROM t TRAIN MODEL {PENALTIES} TARGET y METRIC mae",
    "trees": f"SELECT num, y FROM t TRAIN MODEL {PENALTIES}, decision_tree_regressor(max_depth => 2) TARGET y",
    "a state of rows": f"SELECT impute(holes, 'median') AS h, y FROM t TRAIN MODEL {PENALTIES} TARGET y",
    "a model that is kept": f"SELECT num, y FROM t TRAIN MODEL {PENALTIES} TARGET y AS kept",
    "folds that are shown": f"SELECT num, y FROM t TRAIN MODEL {PENALTIES} TARGET y WITH (return_folds = true)",
}


@pytest.fixture
def pieces(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Every relation counts as too large to hold; the rows of each piece that is read."""
    read: list[int] = []
    original = StreamedRelation.pieces

    def noted(self: StreamedRelation, reads: Any, rows: int) -> Iterator[list[pa.Array]]:
        for piece in original(self, reads, rows):
            read.append(len(piece[0]))
            yield piece

    monkeypatch.setattr(batch, "_MOST_READ", -1)
    monkeypatch.setattr(streamed, "_ROWS", 2_048)  # the least that DuckDB gives
    monkeypatch.setattr(StreamedRelation, "pieces", noted)
    return read


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    with open_session(5_000, threads=2) as opened:
        opened.sql("SET stratum_reuse_results = false")
        yield opened


@pytest.mark.parametrize("title", STREAMED)
def test_in_pieces(session: Session, pieces: list[int], title: str) -> None:
    check(session, STREAMED[title], DETERMINISTIC)
    assert len(pieces) > 1


def test_descent_in_pieces(session: Session, pieces: list[int]) -> None:
    check(
        session, "SELECT num, pos, one_hot(kind), y FROM t TRAIN MODEL lasso(alpha => [0.01, 0.1]) TARGET y", ITERATIVE
    )
    assert pieces


@pytest.mark.parametrize("title", HELD)
def test_what_needs_its_rows_is_held(session: Session, pieces: list[int], title: str) -> None:
    result = session.sql(HELD[title])
    assert [row["status"] for row in result.arrow().to_pylist()] == ["ok"] * len(result.arrow())
    assert pieces == []


def test_one_column_in_five_is_not_worth_a_second_reading(session: Session, pieces: list[int]) -> None:
    trees = "SELECT num, pos, whole, y FROM t TRAIN MODEL decision_tree_regressor(max_depth => 2) TARGET y"
    results = session.batch([trees, f"SELECT num, price, y FROM t TRAIN MODEL {PENALTIES} TARGET y"])
    assert [result.error for result in results] == [None, None]
    assert pieces == []


def test_one_small_relation_is_held() -> None:
    with open_session(200) as small:
        assert small.sql(STREAMED["numbers"]).error is None
        result = small.sql("EXPLAIN ANALYZE " + STREAMED["numbers"]).fetchall()[0][0]
    assert "Products" in result


def test_a_model_that_is_not_solved_gets_the_rows_after_all(session: Session, pieces: list[int]) -> None:
    """Indicators that add up to 1 leave least squares to scikit-learn."""
    result = session.sql(f"SELECT one_hot(kind), num, y FROM t TRAIN MODEL ols, {PENALTIES} TARGET y METRIC r2")
    assert [row["status"] for row in result.arrow().to_pylist()] == ["ok"] * 4
    assert pieces


def test_infinity_in_a_piece_is_the_trials_own_error(session: Session, pieces: list[int]) -> None:
    sql = "SELECT num / (id - 7) AS far, y FROM t TRAIN MODEL ridge TARGET y"
    (row,) = session.sql(sql).arrow().to_pylist()
    assert row["status"] == "failed"
    assert "infinity" in row["error"].lower()


def test_rows_in_another_order_are_seen(session: Session, pieces: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the relation is held, and the scores are right all the same."""
    original = StreamedRelation.as_they_come
    first = True

    def once_wrong(self: StreamedRelation, values: Any) -> Any:
        nonlocal first
        if first and self.check is not None:
            self.check[[0, -1]] = self.check[[-1, 0]]
            first = False
        return original(self, values)

    monkeypatch.setattr(StreamedRelation, "as_they_come", once_wrong)
    monkeypatch.setattr(StreamedRelation, "__init__", _writable(StreamedRelation.__init__))
    check(session, STREAMED["numbers"], DETERMINISTIC)
    assert not first


def _writable(init: Any) -> Any:
    def made(self: Any, rows: int, columns: Any, database: Any, source: Any, order: Any, check: Any) -> None:
        init(self, rows, columns, database, source, order, None if check is None else np.array(check))

    return made
