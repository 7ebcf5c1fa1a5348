"""PREDICT MODEL as a part of DuckDB's query: which models, which rows, and that it tells what the matrices tell."""

# ruff: noqa: E501  the statements stand as a user would write them

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import stratum_sql
from stratum_sql import Session, StratumError
from stratum_sql.errors import Span
from stratum_sql.models import run
from stratum_sql.models.in_duckdb import predicted_in_duckdb
from stratum_sql.models.predict import Rows, inputs_of
from tests.models.conftest import TABLE

FEATURES = (
    "one_hot(c) AS oc, target_encode(id % 20) AS tc, standard_scale(impute(b)) * 2 + a AS q, date_parts(ts) AS d, late"
)


@pytest.fixture(scope="module", autouse=True)
def models(session: Session) -> None:
    for name, estimator, target in (
        ("line", "ridge()", "y"),
        ("border", "logistic_regression(max_iter => 3000)", "word"),
        ("mood_of", "ridge_classifier()", "mood"),
        ("tree", "decision_tree_regressor(max_depth => 4)", "y"),
        ("trees", "random_forest_regressor(n_estimators => 8, max_depth => 3)", "y"),
        ("vote", "extra_trees_classifier(n_estimators => 3, max_depth => 2)", "word"),
        ("boosted", "gradient_boosting_regressor(n_estimators => 12)", "y"),
        ("boosted_mood", "gradient_boosting_classifier(n_estimators => 3, max_depth => 2)", "mood"),
        ("binned", "hist_gradient_boosting_classifier(max_iter => 5, max_leaf_nodes => 6)", "word"),
        ("forest", "random_forest_regressor(n_estimators => 30)", "y"),
    ):
        session.sql(f"SELECT {FEATURES}, {target} FROM t TRAIN MODEL {estimator} TARGET {target} HOLDOUT 0.2 AS {name}")


def by_duckdb(session: Session, head: str, name: str, *, probabilities: bool = False) -> Any:
    """The table that DuckDB makes; None where it does not."""
    model = session._training.store.load(name, name, Span(0, len(name)))
    rows = Rows(session._database, head, Span(0, len(head)), inputs_of(model))
    return predicted_in_duckdb([model], rows, probabilities=probabilities)


SHARES = ("border", "vote", "boosted_mood", "binned")


@pytest.mark.parametrize(
    "name", ["line", "border", "mood_of", "tree", "trees", "vote", "boosted", "boosted_mood", "binned"]
)
def test_it_says_what_the_matrices_say(session: Session, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    head = "SELECT * REPLACE (CASE WHEN id % 9 > 0 THEN 'c' || (id % 8) END AS c), 'x' AS more FROM t ORDER BY y"
    shares = name in SHARES
    assert by_duckdb(session, head, name, probabilities=shares).num_rows == 300
    statement = f"{head} PREDICT MODEL {name} WITH (probabilities = {str(shares).lower()})"
    quick = session.sql(statement)
    monkeypatch.setattr(run, "predicted_in_duckdb", lambda *_asked, **_more: None)
    monkeypatch.setattr(run, "_PIECE", 2048)
    slow = session.sql(statement)
    assert (quick.columns, quick.types) == (slow.columns, slow.types)
    for one, other in zip(quick.fetchall(), slow.fetchall(), strict=True):
        assert one[: len(quick.columns) - 2] == other[: len(quick.columns) - 2]
        for left, right in zip(one[-2:], other[-2:], strict=True):
            if isinstance(left, dict):
                np.testing.assert_allclose(list(left.values()), list(right.values()), rtol=1e-9)
            else:
                assert left == (pytest.approx(right, rel=1e-9) if isinstance(left, float) else right)


def test_which_models_and_rows_are_left_to_the_matrices(session: Session) -> None:
    assert by_duckdb(session, "FROM t", "forest") is None  # too many splits
    assert by_duckdb(session, "FROM t", "mood_of", probabilities=True) is None
    assert by_duckdb(session, "SELECT * REPLACE (3 AS late) FROM t", "line") is None  # trained as BOOLEAN
    assert by_duckdb(session, "SELECT * REPLACE (id::DOUBLE AS id) FROM t", "line") is None
    assert by_duckdb(session, "SELECT * REPLACE (NULL::BOOLEAN AS late) FROM t", "line") is None  # which ridge refuses


@pytest.mark.parametrize("late", ["3", "1", "2.5"])
def test_a_column_of_another_type_is_what_it_is_to_the_matrices(session: Session, late: str) -> None:
    found = session.sql(f"SELECT * REPLACE ({late} AS late) FROM t ORDER BY id LIMIT 3 PREDICT MODEL line").fetchall()
    flags = session.sql("SELECT * REPLACE (true AS late) FROM t ORDER BY id LIMIT 3 PREDICT MODEL line").fetchall()
    off = session.sql("SELECT * REPLACE (false AS late) FROM t ORDER BY id LIMIT 3 PREDICT MODEL line").fetchall()
    for one, yes, no in zip(found, flags, off, strict=True):
        assert one[-1] == pytest.approx(no[-1] + float(late) * (yes[-1] - no[-1]))


def test_what_a_model_refuses_is_told(session: Session) -> None:
    with pytest.raises(StratumError, match="NaN"):
        session.sql("SELECT * REPLACE (NULL::BOOLEAN AS late) FROM t PREDICT MODEL line")
    with pytest.raises(StratumError, match="infinity"):
        session.sql("SELECT * REPLACE ('inf'::DOUBLE AS b) FROM t PREDICT MODEL line")


def test_no_rows(session: Session) -> None:
    for name in ("line", "tree", "forest"):
        answer = session.sql(f"SELECT * FROM t WHERE id < 0 PREDICT MODEL {name}")
        assert (len(answer), answer.types[-1]) == (0, "DOUBLE")


def test_pieces_are_all_rows_in_their_order(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    query = "SELECT r.i, t.* FROM t, range(30) r(i) ORDER BY r.i, id PREDICT MODEL forest"
    wanted = session.sql(query).fetchall()
    monkeypatch.setattr(run, "_PIECE", 2048)
    assert session.sql(query).fetchall() == wanted
    assert len(wanted) == 9000


def test_a_foreign_session_predicts_the_same() -> None:
    with stratum_sql.connect(trusted=False, setup=lambda connection: connection.execute(TABLE)) as foreign:
        foreign.sql(
            "SELECT target_encode(id % 20) AS tc, one_hot('k' || id % 12) AS k, y FROM t TRAIN MODEL ridge() TARGET y AS m"
        )
        whole = foreign.sql("FROM t ORDER BY id PREDICT MODEL m").fetchall()
        nested = foreign.sql("SELECT prediction FROM (FROM t ORDER BY id PREDICT MODEL m)").fetchall()
    assert [row[-1] for row in whole] == [one for (one,) in nested]
