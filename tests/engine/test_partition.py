"""PARTITION BY: every group is trained and scored as the statement with a WHERE for it, run by itself."""

# ruff: noqa: E501  the statements stand as a user would write them

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import stratum_sql
from stratum_sql.errors import ModelCorrupt, StratumError
from stratum_sql.results import Result
from stratum_sql.session import Session
from tests.engine.oracle import open_session

ALONE = "WITH (rules = {'reuse_results': false})"
NOT_COMPARED = {"fit_seconds", "model"}

# what stands before WHERE, what stands after it
STATEMENTS = {
    "fitted transforms": (
        "SELECT standard_scale(num) AS num, impute(holes) AS holes, one_hot(kind), y FROM t",
        "TRAIN MODEL ridge(alpha => [0.1, 1]), decision_tree_regressor(max_depth => 3) TARGET y METRIC r2, mae",
    ),
    "target encoded, classes": (
        "SELECT target_encode(city), num, impute(holes) AS holes, level FROM t",
        "TRAIN MODEL logistic_regression(C => [0.1, 1]), gaussian_nb TARGET level METRIC accuracy, log_loss",
    ),
    "boosting, weights": (
        "SELECT num, holes, whole, late FROM t",
        "TRAIN MODEL lightgbm_classifier(n_estimators => [3, 6], min_child_samples => 3) TARGET late WEIGHT importance HOLDOUT 0.3 SEED 2",
    ),
    "neighbours, text": (
        "SELECT tfidf(comment), standard_scale(num) AS num, y FROM t",
        "TRAIN MODEL knn_regressor(n_neighbors => [1, 4]) TARGET y CROSS VALIDATE 3 GROUPS grp",
    ),
    "the past": (
        "SELECT num, pos, y FROM t",
        "TRAIN MODEL elastic_net(alpha => [0.01, 0.1]) TARGET y CROSS VALIDATE 3 ORDER BY moment GAP 1",
    ),
    "folds of a column": ("SELECT num, y FROM t", "TRAIN MODEL ols TARGET y SPLIT BY part"),
    "drawn": (
        "SELECT num, whole, y FROM t",
        "TRAIN MODEL ridge(alpha => choose_float(0.01, 10, log => true)), random_forest_regressor(n_estimators => choose_int(2, 4)) TARGET y SEARCH RANDOM 4 TRIALS SEED 3",
    ),
    "halving": (
        "SELECT num, whole, y FROM t",
        "TRAIN MODEL ridge(alpha => [0.01, 0.1, 1, 10, 100]) TARGET y CROSS VALIDATE 3 SEARCH HALVING",
    ),
    "proposed": (
        "SELECT optional(whole), num, y FROM t",
        "TRAIN MODEL ridge(alpha => choose_float(0.01, 10, log => true)), decision_tree_regressor(max_depth => choose_int(1, 6)) TARGET y CROSS VALIDATE 3 SEARCH BAYES 8 TRIALS SEED 2",
    ),
    "choices": (
        "SELECT choose(standard_scale(num), bin_uniform(num)) AS n, optional(whole), y FROM t",
        "TRAIN MODEL ridge TARGET y CROSS VALIDATE 3",
    ),
}


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    with open_session(rows=400, threads=2) as one:
        one.sql("""
            CREATE TABLE typed AS SELECT *, (CASE id % 4 WHEN 0 THEN '0' WHEN 1 THEN '-0' WHEN 2 THEN 'nan' END)::DOUBLE AS zero,
            TIMESTAMPTZ '2024-10-27 00:30:00+00' + to_hours((id % 3)::INT) AS zoned, (id % 3 / 4)::DECIMAL(30, 20) AS exact FROM t
        """)
        yield one


def rows_of(result: Result) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in row.items() if name not in NOT_COMPARED} for row in result.arrow().to_pylist()
    ]


def same(one: Any, other: Any) -> bool:
    return one == other or (
        isinstance(one, float) and isinstance(other, float) and math.isnan(one) and math.isnan(other)
    )


def by_group(result: Result, *columns: str) -> list[tuple[tuple[Any, ...], list[dict[str, Any]]]]:
    """The rows of each group without its values, in the order of the leaderboard."""
    found: list[tuple[tuple[Any, ...], list[dict[str, Any]]]] = []
    for row in rows_of(result):
        values = tuple(row.pop(name) for name in columns)
        if not found or not all(map(same, found[-1][0], values)):
            found.append((values, []))
        found[-1][1].append(row)
    return found


@pytest.mark.parametrize("title", STATEMENTS)
def test_a_group_is_the_statement_over_its_rows(session: Session, title: str) -> None:
    head, tail = STATEMENTS[title]
    groups = by_group(session.sql(f"{head} {tail} PARTITION BY kind {ALONE}"), "kind")
    assert [values for values, _ in groups] == [("Köln",), ("Berlin",), ("Ürümqi",)]  # an ENUM's own order
    for (kind,), rows in groups:
        assert rows == rows_of(session.sql(f"{head} WHERE kind IS NOT DISTINCT FROM '{kind}' {tail} {ALONE}"))
        assert {row["status"] for row in rows} == {"ok"}


TYPES = {
    "flag": ["true", "false", "NULL"],
    "exact": ["0", "0.25", "0.5"],
    "zero": ["0", "'nan'::DOUBLE", "NULL"],
    "zoned": [f"TIMESTAMPTZ '2024-10-27 0{hour}:30:00+00'" for hour in range(3)],
    "CASE WHEN id % 3 > 0 THEN DATE '2020-01-01' + id % 2 END": ["DATE '2020-01-01'", "DATE '2020-01-02'", "NULL"],
    "huge % 2": ["0", "1"],
}


@pytest.mark.parametrize("column", TYPES)
def test_values_of_any_type_make_groups(session: Session, column: str) -> None:
    """NULL is a value, NaN is one, 0.0 and -0.0 are the same, two moments of one wall clock are not."""
    head, tail = f"SELECT num, whole, {column} AS g, y FROM typed", "TRAIN MODEL ridge TARGET y CROSS VALIDATE 3"
    groups = by_group(session.sql(f"{head} {tail} PARTITION BY g {ALONE}"), "g")
    for value in TYPES[column]:
        where = f"WHERE ({column}) IS NOT DISTINCT FROM {value}"
        alone = rows_of(session.sql(f"SELECT num, whole, y FROM typed {where} {tail} {ALONE}"))
        assert alone in [rows for _, rows in groups]
    assert len(groups) == len(TYPES[column])


def test_several_columns_and_a_query_of_any_kind(session: Session) -> None:
    head = "WITH a AS (SELECT kind, whole, avg(num) AS num, sum(y) AS y, count(*) AS n FROM t GROUP BY ALL) SELECT a.num, n, t.holes IS NULL AS h, a.y, t.kind, flag FROM a JOIN t USING (kind, whole)"
    tail = "TRAIN MODEL ridge(alpha => [0.1, 1]) TARGET y CROSS VALIDATE 3"
    groups = by_group(session.sql(f"{head} {tail} PARTITION BY kind, flag {ALONE}"), "kind", "flag")
    assert len(groups) > 5
    for (kind, flag), rows in groups:
        shown = "NULL" if flag is None else str(flag)
        where = f"WHERE kind IS NOT DISTINCT FROM '{kind}' AND flag IS NOT DISTINCT FROM {shown}"
        kept = head.replace(", t.kind, flag FROM", " FROM")
        assert rows == rows_of(session.sql(f"{kept} {where} {tail} {ALONE}"))


def test_the_relation_is_read_once_and_equal_trials_are_trained_once(session: Session) -> None:
    statement = f"SELECT num, y FROM t TRAIN MODEL ridge(alpha => [0.1, 1]) TARGET y PARTITION BY kind {ALONE}"
    whole = session.sql(statement).summary
    other, twice = session.run_script(f"{statement}; {statement}")
    assert whole is not None
    assert other.summary is not None
    assert (whole.scans, other.summary.scans) == (1, 1)
    assert other.summary.nodes == whole.nodes
    assert rows_of(other) == rows_of(twice)


def test_the_column_is_no_feature(session: Session) -> None:
    tail = f"TRAIN MODEL ridge TARGET y PARTITION BY whole {ALONE}"
    selected, hidden = (session.sql(f"SELECT {items} FROM t {tail}") for items in ("num, whole, y", "num, y"))
    assert rows_of(selected) == rows_of(hidden)


def test_a_group_that_fails_harms_no_other(session: Session) -> None:
    session.sql("""
        CREATE OR REPLACE TABLE uneven AS SELECT id, num, y, late, kind::VARCHAR AS g FROM t
        UNION ALL SELECT -id, num, y, late, 'few' FROM t WHERE id < 3
        UNION ALL SELECT -id, num, y, true, 'one class' FROM t WHERE id < 40
        UNION ALL SELECT -id, num, y, CASE WHEN id > 5 THEN late END, 'holes' FROM t WHERE id < 40
    """)
    tail = "TRAIN MODEL logistic_regression(C => [0.1, 1]) TARGET late METRIC accuracy"
    result = session.sql(f"SELECT num, late FROM uneven {tail} PARTITION BY g {ALONE} AS uneven_models")
    groups = dict(by_group(result, "g"))
    for name in ("Köln", "Berlin", "Ürümqi"):
        assert groups[(name,)] == rows_of(
            session.sql(f"SELECT num, late FROM uneven WHERE g = '{name}' {tail} {ALONE}")
        )
    for name in ("few", "one class", "holes"):
        with pytest.raises(StratumError) as alone:
            session.sql(f"SELECT num, late FROM uneven WHERE g = '{name}' {tail} {ALONE}")
        reason = alone.value.diagnostic.message
        assert [(row["status"], row["rank"], row["error"]) for row in groups[(name,)]] == [("failed", None, reason)] * 2
    assert result.summary is not None
    assert (result.summary.trials, result.summary.failed) == (12, 6)
    predicted = session.sql("SELECT g, num FROM uneven PREDICT MODEL uneven_models AS p").arrow().to_pylist()
    assert {row["g"] for row in predicted if row["p"] is None} == {"few", "one class", "holes"}


def test_where_every_group_fails_so_does_the_statement(session: Session) -> None:
    with pytest.raises(StratumError, match="one class only"):
        session.sql("SELECT num, late AND NOT late AS l FROM t TRAIN MODEL gaussian_nb TARGET l PARTITION BY kind")
    with pytest.raises(StratumError, match="no rows"):
        session.sql("SELECT num, y FROM t WHERE id < 0 TRAIN MODEL ols TARGET y PARTITION BY kind")


def test_too_many_groups_are_refused_and_the_others_run(session: Session) -> None:
    limited = "SELECT num, y FROM t TRAIN MODEL ols TARGET y PARTITION BY id WITH (max_groups = 10)"
    refused, fine = session.run_script(f"{limited}; SELECT num, y FROM t TRAIN MODEL ols TARGET y")
    assert refused.error is not None
    assert refused.error.diagnostic.code == "too_many_groups"
    assert "PARTITION BY id makes more than 10 groups" in refused.error.diagnostic.message
    assert fine.error is None
    (alone,) = session.run_script(limited)
    assert alone.error is not None


def test_the_time_limit_holds_while_groups_are_looked_for(session: Session) -> None:
    """The query would take minutes."""
    slow = "(SELECT sum(a.range * b.range) AS x, a.range % 3 AS g, a.range AS y FROM range(100000) a, range(100000) b GROUP BY ALL)"
    with pytest.raises(StratumError, match="time was over before the groups were found"):
        session.sql(f"SELECT x, y FROM {slow} TRAIN MODEL ols TARGET y PARTITION BY g WITH (timeout = 0.2)")


def test_folds_are_shown_by_group(session: Session) -> None:
    tail = "TRAIN MODEL ols TARGET y CROSS VALIDATE 3"
    with_folds = "WITH (return_folds = true, rules = {'reuse_results': false})"
    result = session.sql(f"SELECT num, y FROM t {tail} PARTITION BY kind, flag {with_folds}")
    assert result.folds is not None
    assert result.folds.column_names[:2] == ["kind", "flag"]
    shown = [row for row in result.folds.to_pylist() if (row["kind"], row["flag"]) == ("Berlin", True)]
    alone = session.sql(f"SELECT num, y FROM t WHERE kind = 'Berlin' AND flag {tail} {with_folds}")
    assert alone.folds is not None
    assert [{name: row[name] for name in alone.folds.column_names} for row in shown] == alone.folds.to_pylist()


# ---- models ----------------------------------------------------------------------------------------------------------

HEAD = "SELECT standard_scale(num) AS num, impute(holes) AS holes, one_hot(city), y FROM t"
MODELS = "TRAIN MODEL ridge(alpha => [0.1, 1]), decision_tree_regressor(max_depth => 3) TARGET y CROSS VALIDATE 3"
STRANGE = "SELECT * FROM t UNION ALL BY NAME SELECT * REPLACE ('São Paulo'::VARCHAR AS kind, id + 1000 AS id) FROM (SELECT * REPLACE (kind::VARCHAR AS kind) FROM t) WHERE id < 9"


@pytest.fixture(scope="module")
def kept(session: Session) -> Session:
    """The session with a model of all groups, `m`, and one for each: `m_koeln`, …"""
    session.sql(f"{HEAD} {MODELS} PARTITION BY kind AS m")
    for kind, name in NAMES.items():
        session.sql(f"{HEAD} WHERE kind = '{kind}' {MODELS} AS {name}")
    return session


NAMES = {"Köln": "m_koeln", "Berlin": "m_berlin", "Ürümqi": "m_urumqi"}


def test_each_row_is_predicted_by_its_own_group(kept: Session) -> None:
    rows = kept.sql(f"SELECT id, p, kind FROM ({STRANGE} PREDICT MODEL m AS p)").arrow().to_pylist()
    assert [row["id"] for row in rows] == [row[0] for row in kept.sql(f"SELECT id FROM ({STRANGE})").fetchall()]
    found = {row["id"]: row["p"] for row in rows}
    for kind, name in NAMES.items():
        alone = kept.sql(f"FROM t WHERE kind = '{kind}' PREDICT MODEL {name} AS p").arrow().to_pylist()
        wanted = {row["id"]: row["p"] for row in alone}  # by DuckDB, which adds up in another order
        assert {row["id"]: found[row["id"]] for row in alone} == pytest.approx(wanted, rel=1e-13)
    assert [row["p"] for row in rows if row["id"] >= 1000] == [None] * 9


def test_each_group_is_evaluated(kept: Session) -> None:
    rows = kept.sql(f"FROM ({STRANGE}) EVALUATE MODEL m, m_berlin METRIC r2, mae").arrow().to_pylist()
    assert [(row["model"], row["kind"]) for row in rows] == [
        *(("m", kind) for kind in [*NAMES, "São Paulo"]),
        ("m_berlin", None),
    ]
    for row in rows[:3]:
        (alone,) = (
            kept.sql(f"FROM t WHERE kind = '{row['kind']}' EVALUATE MODEL {NAMES[row['kind']]} METRIC r2, mae")
            .arrow()
            .to_pylist()
        )
        assert (row["rows"], row["r2"], row["mae"]) == (alone["rows"], alone["r2"], alone["mae"])
    assert (rows[3]["rows"], rows[3]["r2"], rows[3]["mae"]) == (9, None, None)


def test_each_row_is_transformed_by_its_own_group(kept: Session) -> None:
    found = {row["id"]: row for row in kept.sql(f"FROM ({STRANGE}) TRANSFORM MODEL m").arrow().to_pylist()}
    names: set[str] = set()
    for kind, name in NAMES.items():
        alone = kept.sql(f"FROM t WHERE kind = '{kind}' TRANSFORM MODEL {name}").arrow()
        names |= set(alone.column_names)
        for row in alone.to_pylist():
            own = found[row["id"]]
            assert {column: own[column] for column in row} == row
            assert all(own[column] is None for column in own.keys() - row.keys())
    assert set(found[1000]) == names
    assert found[1000]["num"] is None
    assert found[1000]["kind"] == "São Paulo"


def test_each_group_is_explained(kept: Session) -> None:
    for words in ("", "USING coefficients()"):
        whole = kept.sql(f"FROM ({STRANGE}) EXPLAIN MODEL m {words}").arrow().to_pylist()
        for kind, name in NAMES.items():
            alone = kept.sql(f"FROM t WHERE kind = '{kind}' EXPLAIN MODEL {name} {words}").arrow().to_pylist()
            assert [{key: row[key] for key in alone[0]} for row in whole if row.get("kind") == kind] == alone
    shap = {row["id"]: row for row in kept.sql(f"FROM ({STRANGE}) EXPLAIN MODEL m USING shap()").arrow().to_pylist()}
    for kind, name in NAMES.items():
        for row in kept.sql(f"FROM t WHERE kind = '{kind}' EXPLAIN MODEL {name} USING shap()").arrow().to_pylist():
            assert {key: shap[row["id"]][key] for key in row} == row
    assert shap[1000]["base"] is None


def test_classes_of_all_groups_have_probabilities(session: Session) -> None:
    session.sql(
        "CREATE TEMP MODEL c AS SELECT num, ['a', 'b', 'c'][1 + (whole + odd) % (2 + odd)] AS k, odd FROM (SELECT *, part % 2 AS odd FROM t) TRAIN MODEL gaussian_nb TARGET k PARTITION BY odd"
    )
    rows = (
        session.sql(
            "SELECT num, part % 2 AS odd FROM t UNION ALL SELECT 1, 7 PREDICT MODEL c WITH (probabilities = true)"
        )
        .arrow()
        .to_pylist()
    )
    for row in rows[:-1]:
        chances = row["prediction_probabilities"]
        assert set(chances) == {"a", "b", "c"}
        assert sum(chances.values()) == pytest.approx(1)
        assert (chances["c"] == 0) == (row["odd"] == 0)
        assert row["prediction"] == max(chances, key=lambda name: chances[name])
    assert (rows[-1]["prediction"], rows[-1]["prediction_probabilities"]) == (None, None)


def test_a_value_of_another_type_is_the_same_value_or_none(session: Session) -> None:
    session.sql("CREATE OR REPLACE TEMP MODEL w AS SELECT num, y FROM t TRAIN MODEL ols TARGET y PARTITION BY whole")
    given = "SELECT 1.0 AS num, v AS whole FROM (VALUES (2.0::DOUBLE), (2.5), (NULL)) AS r(v)"
    exact, between, null = (row[0] for row in session.sql(f"SELECT p FROM ({given} PREDICT MODEL w AS p)").fetchall())
    asked = "SELECT 1.0 AS num, 2::TINYINT AS whole"
    assert exact == session.sql(f"SELECT p FROM ({asked} PREDICT MODEL w AS p)").fetchall()[0][0]
    assert (between, null) == (None, None)
    with pytest.raises(StratumError, match="wrong_type"):
        session.sql("SELECT 1.0 AS num, 'two' AS whole PREDICT MODEL w")
    with pytest.raises(StratumError, match=r"missing_columns.*whole"):
        session.sql("SELECT 1.0 AS num PREDICT MODEL w")


def test_a_model_of_groups_outlives_its_session(tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    with stratum_sql.connect(str(path), threads=1) as session:
        session.sql(
            "CREATE TABLE p AS SELECT range % 4 AS g, range % 17 AS x, (range % 17) * (range % 4) AS y FROM range(200)"
        )
        session.sql("SELECT x, y FROM p TRAIN MODEL ridge(alpha => [0.1, 1]) TARGET y PARTITION BY g AS m")
        before = session.sql("SELECT x, g, p FROM (FROM p PREDICT MODEL m AS p) ORDER BY ALL").fetchall()
        trials = session.sql("SELECT params->>'g', count(*) FROM stratum.trials GROUP BY ALL ORDER BY ALL").fetchall()
    with stratum_sql.connect(str(path), threads=1) as session:
        assert session.sql("SELECT x, g, p FROM (FROM p PREDICT MODEL m AS p) ORDER BY ALL").fetchall() == before
        facts = session.sql("DESCRIBE MODEL m").arrow().to_pylist()
    assert trials == [(str(group), 2) for group in range(4)]
    assert [row["name"] for row in facts if row["property"] == "partition"] == ["g"]
    assert [row["name"] for row in facts if row["property"] == "group"] == [f"g = {group}" for group in range(4)]


@pytest.mark.parametrize(
    "damage",
    [
        lambda groups: groups[:-1],
        lambda groups: [{**one, "key": [["n"]]} for one in groups],
        lambda groups: [{**one, "model": {}} for one in groups],
        lambda groups: 7,
    ],
)
def test_a_damaged_manifest_of_groups_is_told_of(damage: Callable[[list[Any]], Any]) -> None:
    with stratum_sql.connect(threads=1) as session:
        session.sql("CREATE TABLE p AS SELECT range % 2 AS g, range % 17 AS x, range % 17 * 2 AS y FROM range(60)")
        session.sql("SELECT x, y FROM p TRAIN MODEL ridge TARGET y PARTITION BY g AS m")
        ((text,),) = session.sql("SELECT manifest FROM stratum.models").fetchall()
        manifest = json.loads(text)
        damaged = json.dumps({**manifest, "groups": damage(manifest["groups"])})
        session.connection.execute("UPDATE stratum.models SET manifest = ?", [damaged])
        with pytest.raises(ModelCorrupt):
            session.sql("FROM p PREDICT MODEL m")
