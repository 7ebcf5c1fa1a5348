"""One statement over several select lists: every trial is scikit-learn's, and that of the statement without choices."""

# ruff: noqa: E501  the statements stand as a user would write them

from __future__ import annotations

from typing import Any

import pytest

import stratum_sql
from stratum_sql.errors import StratumError
from stratum_sql.session import Session
from tests.engine.oracle import board, check, query_of

SCALED = "choose(standard_scale(num), min_max_scale(num), impute(holes, strategy => choose('mean', 'median'))) AS n"
HEADS = {
    "choose": f"SELECT {SCALED}, whole, pos AS y FROM t",
    "optional": "SELECT num, optional(one_hot(city)), optional(standard_scale(whole)) AS w, pos AS y FROM t",
    "several in one item": "SELECT pca(COLUMNS('num|const|whole'), choose_int(1, 2)) AS p, choose(1.5, 2.5) * standard_scale(choose(num, whole)) AS s, pos AS y FROM t",
    "inside": "SELECT impute(holes, fill_value => optional(2), strategy => 'constant') AS h, missing_flag(choose(holes, num)), pos AS y FROM t",
    "from first": "FROM t SELECT optional(num), n: choose(whole, num + choose_bool()::INT), pos AS y WHERE id % 3 > 0",
}


@pytest.mark.parametrize("title", HEADS)
def test_every_way_is_that_of_scikit_learn(session: Session, title: str) -> None:
    models = "ridge(alpha => [0.5, 2]), decision_tree_regressor(max_depth => 3)"
    found = check(session, f"{HEADS[title]} TRAIN MODEL {models} TARGET y CROSS VALIDATE 3 METRIC r2, mae")
    assert len({str(scores) for _, scores in found.values()}) > 3


def test_each_way_is_the_statement_that_says_it(session: Session) -> None:
    tail = "TRAIN MODEL lightgbm_regressor(n_estimators => 5), ridge TARGET y CROSS VALIDATE 3"
    result = session.sql(
        f"SELECT choose(one_hot(city), target_encode(city)) AS c, optional(num) AS n, pos AS y FROM t {tail}"
    )
    for row in result.arrow().to_pylist():
        became: dict[str, Any] = row["features"]
        items = [f"{words} AS {name}" for name, words in became.items() if words is not None]
        other = session.sql(
            f"SELECT {', '.join(items)}, pos AS y FROM t {tail} WITH (rules = {{'reuse_results': false}})"
        )
        (same,) = (one for one in other.arrow().to_pylist() if one["estimator"] == row["estimator"])
        assert same["fold_scores"] == row["fold_scores"]


def test_a_way_that_leaves_no_feature_is_no_trial(session: Session) -> None:
    result = session.sql("SELECT optional(num), optional(whole), pos AS y FROM t TRAIN MODEL ridge TARGET y")
    assert sorted(board(result)) == [1, 2, 3]
    assert len(board(session.sql("SELECT optional(num) FROM t TRAIN MODEL ridge TARGET pos"))) == 1
    with pytest.raises(StratumError, match="no column is left"):
        session.sql("SELECT optional(pos) FROM t TRAIN MODEL ridge TARGET pos")


def test_an_option_may_leave_its_item_out(session: Session) -> None:
    result = session.sql(
        "SELECT choose(num, optional(whole)) AS n, holes IS NULL AS h, pos AS y FROM t TRAIN MODEL ridge TARGET y"
    )
    rows = result.arrow().to_pylist()
    became = [row["features"]["n"] for row in sorted(rows, key=lambda row: row["trial"])]
    assert became == ["num", "whole", None]


def test_a_random_search_draws_columns_and_parameters_together(session: Session) -> None:
    sql = (
        f"{HEADS['choose']} TRAIN MODEL ridge(alpha => choose_float(0.1, 10)) TARGET y SEARCH RANDOM 6 TRIALS SEED {{}}"
    )
    trials = query_of(session.sql(sql.format(1))).trials
    assert len(trials) == 6
    assert len({trial.choices for trial in trials}) > 1
    assert query_of(session.sql(sql.format(1))).trials == trials
    assert query_of(session.sql(sql.format(2))).trials != trials


def test_what_is_kept_is_the_best_way() -> None:
    with stratum_sql.connect(threads=2) as session:
        session.sql(
            "CREATE TABLE p AS SELECT i % 7 AS a, 'c' || (i % 5) AS c, (i % 5) * 3.0 + sin(i) AS y FROM range(100) r(i)"
        )
        result = session.sql("SELECT optional(one_hot(c)) AS c, a, y FROM p TRAIN MODEL ridge TARGET y AS m")
        assert result.arrow().column("features").to_pylist()[0] == {"c": "one_hot(c)"}
        rows = session.sql("SELECT a, c FROM p LIMIT 5 PREDICT MODEL m AS z").fetchall()
        assert [abs(z - int(c[1:]) * 3) < 2 for _, c, z in rows] == [True] * 5
        shown = repr(result)
        assert "ridge" in shown
        assert "no c" in shown
        assert session.sql("SELECT params FROM stratum.trials ORDER BY trial").fetchall() == [
            ('{"c": "one_hot(c)"}',),
            ('{"c": ""}',),
        ]


def test_a_macro_of_that_name_is_the_users() -> None:
    with stratum_sql.connect(threads=1) as session:
        session.sql("CREATE TABLE p AS SELECT i AS a, i * 2.0 AS y FROM range(30) r(i)")
        session.sql("CREATE MACRO choose(x) AS x + 1")
        result = session.sql("SELECT choose(a) AS b, y FROM p TRAIN MODEL ols TARGET y")
        assert len(board(result)) == 1
        assert "features" not in result.columns


def test_foreign_statements_may_choose() -> None:
    table = "CREATE TABLE p AS SELECT i AS a, i % 3 AS b, i * 2.0 AS y FROM range(30) r(i)"
    with stratum_sql.connect(trusted=False, threads=1, setup=lambda one: one.execute(table)) as session:
        assert len(board(session.sql("SELECT choose(a, b) AS x, y FROM p TRAIN MODEL ols TARGET y"))) == 2
        with pytest.raises(StratumError, match="read_text") as caught:
            session.sql(
                "SELECT choose(a, (SELECT 1 FROM read_text('/etc/passwd'))) AS x, y FROM p TRAIN MODEL ols TARGET y"
            )
        assert caught.value.diagnostic.column is not None
        assert caught.value.diagnostic.column > 18


WRONG = {
    "SELECT choose(), pos AS y FROM t": ("wrong_arguments", 8),
    "SELECT optional(num, whole), pos AS y FROM t": ("wrong_arguments", 8),
    "SELECT pca(num, choose_int(1)), pos AS y FROM t": ("wrong_arguments", 17),
    "SELECT pca(num, choose_int(0.5, 2)), pos AS y FROM t": ("wrong_range", 17),
    "SELECT clip_outliers(num, choose_float(0.1, 0.2)), pos AS y FROM t": ("needs_random", 27),
    "SELECT choose(num, nope), pos AS y FROM t": ("unknown_column", 20),
    "SELECT whole, choose(num, one_hott(city)), pos AS y FROM t": ("unknown_function", 27),
    "SELECT x, y FROM (SELECT choose(num, whole) AS x, pos AS y FROM t)": ("choice_below", 26),
    "SELECT optional(num), whole, pos AS y FROM t LIMIT 50": ("choice_of_rows", 1),
    "SELECT choose(num, city) AS x, pos AS y FROM t": ("not_a_number", 20),
    "SELECT impute(holes, choose('mean', 'meen')) AS x, pos AS y FROM t": ("bad_parameter", 37),
}


@pytest.mark.parametrize("head", WRONG)
def test_what_is_wrong_is_told_at_its_place(session: Session, head: str) -> None:
    with pytest.raises(StratumError) as caught:
        session.sql(f"{head} TRAIN MODEL ridge TARGET y")
    assert (caught.value.diagnostic.code, caught.value.diagnostic.column) == WRONG[head]


def test_too_many_select_lists_are_refused_before_any_is_bound(session: Session) -> None:
    items = ", ".join(f"optional(num + {number})" for number in range(11))
    with pytest.raises(StratumError, match="2,048 select lists"):
        session.sql(f"SELECT {items}, pos AS y FROM t TRAIN MODEL ridge TARGET y")
