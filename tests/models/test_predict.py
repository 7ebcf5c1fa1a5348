"""PREDICT and EVALUATE against scikit-learn's own pipeline, refitted on all rows."""

# ruff: noqa: E501  the statements stand as a user would write them

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.metrics import get_scorer

import stratum_sql
from stratum_sql import Session, StratumError
from stratum_sql.reference import pipeline, rows

FEATURES = (
    "one_hot(c) AS oc, target_encode(c) AS tc, standard_scale(impute(b)) * 2 + a AS q, pca(standard_scale(a), impute(b), 2) AS p, "
    "missing_flag(b) AS m, ln(a + 1) AS l"
)
HEADS = {
    "ridge_y": f"SELECT {FEATURES}, y FROM t TRAIN MODEL ridge() TARGET y",
    "trees_y": f"SELECT {FEATURES}, date_parts(ts) AS d, y FROM t TRAIN MODEL decision_tree_regressor(max_depth => 4) TARGET y",
    "boost_y": "SELECT ordinal(c) AS oc, a, b, y FROM t TRAIN MODEL lightgbm_regressor(n_estimators => 5, min_child_samples => 5) TARGET y",
    "logit_late": f"SELECT {FEATURES}, late FROM t TRAIN MODEL logistic_regression(max_iter => 2000) TARGET late",
    "bayes_word": f"SELECT {FEATURES}, word FROM t TRAIN MODEL gaussian_nb() TARGET word",
}
WANTED = 1e-9


def reference(session: Session, text: str) -> tuple[Any, Any, Any, Any]:
    """Predictions of the plain pipeline fitted on all rows, the target, the pipeline, its DataFrame; rows in canonical order."""
    query = session.sql(text).query
    assert query is not None
    read = rows(session.connection, query)
    fitted = clone(pipeline(query, query.trials[0], read)).fit(read.features, read.target)
    return fitted.predict(read.features), read.target, fitted, read.features


@pytest.mark.parametrize("name", HEADS)
def test_predictions_equal_scikit_learns(session: Session, name: str) -> None:
    session.sql(f"{HEADS[name]} AS {name}")
    wanted, target, fitted, features = reference(session, HEADS[name])
    column = name.rsplit("_", maxsplit=1)[1]
    got = session.sql(f"FROM t PREDICT MODEL {name}").df()
    labels = np.unique(got[column].to_numpy()) if column != "y" else None
    values = got["prediction"].to_numpy() if labels is None else np.searchsorted(labels, got["prediction"].to_numpy())
    np.testing.assert_allclose(np.sort(values), np.sort(wanted), rtol=WANTED)
    metric = "r2" if column == "y" else "accuracy"
    told = session.sql(f"FROM t EVALUATE MODEL {name} METRIC {metric}").fetchall()
    np.testing.assert_allclose(told[0][3], get_scorer(metric)(fitted, features, target), rtol=WANTED)


def test_row_by_row(session: Session) -> None:
    """The pipeline over the DataFrame of the same rows gives every row its own prediction."""
    text = "SELECT one_hot(c) AS oc, standard_scale(a) AS s, impute(b) AS i, y FROM t TRAIN MODEL ridge() TARGET y"
    session.sql(f"{text} AS by_row")
    _, _, fitted, features = reference(session, text)
    frame = session.sql("SELECT id, c, a, b FROM t ORDER BY id DESC PREDICT MODEL by_row").df()
    assert frame["id"].tolist() == list(range(299, -1, -1))
    given = frame.rename(columns={name.strip('"'): name for name in features.columns})[list(features.columns)]
    texts = [name for name in features.columns if features[name].dtype == object]
    given = given.astype({name: object if name in texts else features[name].dtype for name in features.columns})
    given[texts] = given[texts].where(given[texts].notna(), None)
    np.testing.assert_allclose(frame["prediction"], fitted.predict(given), rtol=WANTED)


@pytest.fixture(scope="module", autouse=True)
def model(session: Session) -> None:
    session.sql("SELECT one_hot(c) AS oc, standard_scale(a) AS s, y FROM t TRAIN MODEL ridge() TARGET y AS m")
    session.sql(
        "SELECT one_hot(c) AS oc, a, late FROM t TRAIN MODEL logistic_regression(max_iter => 500) TARGET late AS k"
    )


def test_rows_order_and_columns_of_the_head_are_kept(session: Session) -> None:
    head = "SELECT id, c AS c, a, y * 2 AS z, 'x' AS text FROM t WHERE id % 3 = 0 ORDER BY y DESC LIMIT 25"
    plain, predicted = session.sql(head), session.sql(f"{head} PREDICT MODEL m")
    assert predicted.columns == [*plain.columns, "prediction"]
    assert predicted.types == [*plain.types, "DOUBLE"]
    assert [row[:-1] for row in predicted.fetchall()] == plain.fetchall()


@pytest.mark.parametrize(
    "head",
    [
        "SELECT a, c FROM t ORDER BY id",
        "SELECT id FROM t ORDER BY id",
        "SELECT c, a::DOUBLE AS a, id FROM t ORDER BY id",
        "SELECT a::DECIMAL(9, 2) AS a, c::ENUM ('c0', 'c1', 'c2', 'c3', 'c4') AS c FROM t ORDER BY id",
        "SELECT a::HUGEINT AS a, c, 1 AS more FROM t ORDER BY id",
        "WITH x AS (FROM t) SELECT A, C FROM x ORDER BY id",
        "(SELECT a, c FROM t WHERE id < 100 ORDER BY id) UNION ALL (SELECT a, c FROM t WHERE id >= 100 ORDER BY id)",
        "SELECT q.a, q.c FROM t AS q ORDER BY id",
        "SELECT DISTINCT id, a, c FROM t ORDER BY id",
        "SELECT id, first(a) AS a, any_value(c) AS c FROM t GROUP BY id ORDER BY id",
        "FROM t ORDER BY id",
    ],
)
def test_whatever_shape_the_head_has(session: Session, head: str) -> None:
    wanted = [row[-1] for row in session.sql("FROM t ORDER BY id PREDICT MODEL m").fetchall()]
    got = session.sql(f"{head} PREDICT MODEL m")
    np.testing.assert_allclose([row[-1] for row in got.fetchall()], wanted, rtol=1e-12)
    assert got.columns[:-1] == session.sql(head).columns


def test_several_models_names_and_probabilities(session: Session) -> None:
    two = session.sql("SELECT a, c FROM t LIMIT 4 PREDICT MODEL m, k")
    assert two.columns == ["a", "c", "m_prediction", "k_prediction"]
    assert two.types[2:] == ["DOUBLE", "BOOLEAN"]
    assert session.sql("SELECT a, c FROM t PREDICT MODEL m AS guess").columns[-1] == "guess"
    assert session.sql("SELECT a, c FROM t PREDICT MODEL m, k AS guess").columns[-2:] == ["m_guess", "k_guess"]
    sure = session.sql("SELECT a, c FROM t PREDICT MODEL k WITH (probabilities = true)")
    assert sure.columns[-2:] == ["prediction", "prediction_probabilities"]
    assert sure.types[-1] == 'STRUCT("false" DOUBLE, "true" DOUBLE)'
    for row in sure.fetchall():
        assert row[-1]["true"] + row[-1]["false"] == pytest.approx(1)
        assert row[-2] == (row[-1]["true"] > 0.5)
    with pytest.raises(StratumError) as caught:
        session.sql("FROM t PREDICT MODEL m WITH (probabilities = true)")
    assert caught.value.diagnostic.code == "no_probabilities"
    assert caught.value.diagnostic.line == 1


def test_a_column_called_prediction_is_in_the_way(session: Session) -> None:
    with pytest.raises(StratumError) as caught:
        session.sql("SELECT a, c, 1 AS Prediction FROM t PREDICT MODEL m")
    assert caught.value.diagnostic.code == "ambiguous_column"
    assert session.sql("SELECT a, c, 1 AS Prediction FROM t PREDICT MODEL m AS p").columns[-1] == "p"


@pytest.mark.parametrize(
    ("head", "code", "words"),
    [
        ("SELECT 1 AS x", "missing_columns", "a, c"),
        ("SELECT a AS aa, c FROM t GROUP BY ALL", "missing_columns", "have: a"),
        ("SELECT 'x' AS a, 'c1' AS c", "wrong_type", "trained with a as BIGINT; here it is VARCHAR"),
        ("SELECT 1 AS a, 2 AS c", "wrong_type", "c as VARCHAR"),
        ("SELECT [1] AS a, 'c1' AS c", "wrong_type", "INTEGER[]"),
        ("SELECT nosuch FROM t", "unknown_column", "nosuch"),
        ("SELECT a, c FROM nosuch", "unknown_table", "nosuch"),
    ],
)
def test_heads_that_do_not_fit(session: Session, head: str, code: str, words: str) -> None:
    with pytest.raises(StratumError) as caught:
        session.sql(f"{head} PREDICT MODEL m")
    assert caught.value.diagnostic.code == code
    assert words in caught.value.diagnostic.message
    assert caught.value.diagnostic.line == 1


def test_renamed_columns_are_what_the_head_calls_them(session: Session) -> None:
    """The model's `a` is the query's output `a`, whatever that is made of."""
    swapped = session.sql("SELECT a * 2 AS a, c FROM t ORDER BY id PREDICT MODEL m").fetchall()
    made = session.sql("FROM (SELECT id, a * 2 AS a, c FROM t) ORDER BY id PREDICT MODEL m").fetchall()
    assert [row[-1] for row in swapped] == [row[-1] for row in made]


def test_no_rows_have_the_right_types(session: Session) -> None:
    empty = session.sql("SELECT a, c FROM t WHERE false PREDICT MODEL k WITH (probabilities = true)")
    full = session.sql("SELECT a, c FROM t PREDICT MODEL k WITH (probabilities = true)")
    assert (len(empty), empty.columns, empty.types) == (0, full.columns, full.types)
    assert session.sql("SELECT a, c FROM t WHERE false PREDICT MODEL m").types[-1] == "DOUBLE"
    with pytest.raises(StratumError) as caught:
        session.sql("FROM t WHERE false EVALUATE MODEL m")
    assert caught.value.diagnostic.code == "no_rows"


def test_null_and_unseen_categories(session: Session) -> None:
    seen, null, unseen = (
        session.sql(f"SELECT 3 AS a, {value} AS c PREDICT MODEL m").fetchall()[0][-1]
        for value in ("'c1'", "NULL", "'never'")
    )
    assert len({seen, null, unseen}) >= 2
    assert np.isfinite([seen, null, unseen]).all()
    with pytest.raises(StratumError) as caught:
        session.sql("SELECT NULL AS a, 'c1' AS c PREDICT MODEL m")
    assert caught.value.diagnostic.code == "predict_failed"
    assert "NaN" in caught.value.diagnostic.message


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        ("late", "BOOLEAN"), ("grade", "BIGINT"), ("grade::TINYINT", "TINYINT"), ("word", "VARCHAR"), ("day", "DATE"),
        ("price", "DECIMAL(4,1)"), ("moment", "TIMESTAMP"), ("mood", "ENUM('sad', 'ok', 'glad')"), ("grade::DOUBLE", "DOUBLE"),
    ],
)  # fmt: skip
def test_classes_come_back_in_their_own_type(session: Session, target: str, kind: str) -> None:
    session.sql(f"SELECT a, {target} AS label FROM t TRAIN MODEL decision_tree_classifier() TARGET label AS typed")
    table = session.sql(f"SELECT a, {target} AS label FROM t PREDICT MODEL typed WITH (probabilities = true)")
    with duckdb.connect() as own:
        own.register("answers", table.arrow())
        told = own.sql("SELECT count(*), count_if(label = prediction) FROM answers").fetchall()
    assert told == [(300, 300)]
    assert table.types[2] == (kind if not kind.startswith("ENUM") else table.types[1])
    classes = {str(row[1]) for row in table.fetchall()}
    assert len(table.fetchall()[0][3]) == len(classes)
    assert (
        session.sql(f"SELECT a, {target} AS label FROM t EVALUATE MODEL typed METRIC accuracy").fetchall()[0][3] == 1.0
    )


def test_evaluate_finds_the_target(session: Session) -> None:
    wanted = session.sql("FROM t EVALUATE MODEL m METRIC r2, mae")
    assert wanted.columns == ["model", "version", "rows", "r2", "mae"]
    assert [metric.name for metric in wanted.metrics] == ["r2", "mae"]
    assert (
        session.sql("SELECT a, c, y AS truth FROM t EVALUATE MODEL m TARGET truth METRIC r2, mae").fetchall()
        == wanted.fetchall()
    )
    assert session.sql("SELECT a, c FROM t EVALUATE MODEL m METRIC r2, mae").fetchall() == wanted.fetchall()
    session.sql("SELECT a, c IS NULL AS n, y FROM t TRAIN MODEL ols() TARGET y AS other")
    both = session.sql("FROM t EVALUATE MODEL other, m METRIC r2, mae").fetchall()
    assert [row[0] for row in both] == ["other", "m"]
    assert both[1] == wanted.fetchall()[0]
    for text, code in {
        "SELECT a, c, y FROM t EVALUATE MODEL m TARGET nosuch": "unknown_column",
        "SELECT a, c, NULL AS y FROM t EVALUATE MODEL m": "null_target",
        "SELECT a, c, word AS y FROM t EVALUATE MODEL m": "wrong_type",
        "SELECT a, c, y FROM t EVALUATE MODEL m METRIC accuracy": "wrong_metric",
        "SELECT a, c, 'maybe' AS late FROM t EVALUATE MODEL k": "wrong_type",
        "SELECT a, word AS label FROM t EVALUATE MODEL typed_word": "unknown_class",
        "SELECT a, c, y FROM t EVALUATE MODEL nosuch": "unknown_model",
    }.items():
        session.sql(
            "SELECT a, word AS label FROM t WHERE word <> 'k0' TRAIN MODEL decision_tree_classifier() TARGET label AS typed_word"
        )
        with pytest.raises(StratumError) as caught:
            session.sql(text)
        assert caught.value.diagnostic.code == code, text


def test_an_unknown_model_has_suggestions(session: Session) -> None:
    session.sql("SELECT a, y FROM t TRAIN MODEL ols() TARGET y AS delays")
    with pytest.raises(StratumError) as caught:
        session.sql("SELECT 1;\nFROM t PREDICT MODEL dleays")
    told = caught.value.diagnostic
    assert (told.code, told.did_you_mean, told.line, told.column) == ("unknown_model", ("delays",), 2, 22)


def test_qualified_columns_and_joins(session: Session) -> None:
    session.sql(
        "CREATE TABLE f AS SELECT id, a, y FROM t; CREATE TABLE p AS SELECT id AS pid, b AS a2, c AS kind FROM t"
    )
    session.sql(
        "SELECT standard_scale(f.a) AS s, f.a * 2 + 1 AS e, one_hot(p.kind) AS k, f.y FROM f JOIN p ON f.id = p.pid "
        "TRAIN MODEL ridge() TARGET f.y AS joined"
    )
    over = session.sql("SELECT f.a, p.kind FROM f JOIN p ON f.id = p.pid ORDER BY f.id PREDICT MODEL joined").fetchall()
    flat = session.sql("SELECT t.a, t.c AS kind FROM t ORDER BY id PREDICT MODEL joined").fetchall()
    assert [row[-1] for row in over] == [row[-1] for row in flat]
    doubled = session.sql(
        "SELECT f.a, f.id, p.pid AS id, kind FROM f JOIN p ON f.id = p.pid ORDER BY 2 PREDICT MODEL joined"
    )
    assert [row[-1] for row in doubled.fetchall()] == [row[-1] for row in flat]


def test_columns_by_pattern_and_star(session: Session) -> None:
    session.sql("SELECT standard_scale(COLUMNS('^(a|id)$')), y FROM t TRAIN MODEL ridge() TARGET y AS by_pattern")
    session.sql("SELECT * EXCLUDE (c, ts, word, day, mood, moment, b) FROM t TRAIN MODEL ridge() TARGET y AS by_star")
    session.sql(
        "SELECT standard_scale(id) AS i, standard_scale(a) AS s, y FROM t TRAIN MODEL ridge() TARGET y AS by_name"
    )
    got = session.sql("FROM t ORDER BY id PREDICT MODEL by_pattern, by_name, by_star").fetchall()
    np.testing.assert_allclose([row[-3] for row in got], [row[-2] for row in got], rtol=1e-9)
    assert np.isfinite([row[-1] for row in got]).all()
    with pytest.raises(StratumError, match="grade, id, late, price"):
        session.sql("SELECT a FROM t GROUP BY a PREDICT MODEL by_star")


def test_the_newest_version_predicts(session: Session) -> None:
    session.sql("SELECT a, y FROM t TRAIN MODEL ols() TARGET y AS twice")
    first = session.sql("SELECT 5 AS a PREDICT MODEL twice").fetchall()
    session.sql("SELECT a, -y AS y FROM t TRAIN MODEL ols() TARGET y AS twice")
    assert session.sql("SELECT 5 AS a PREDICT MODEL twice").fetchall()[0][1] == pytest.approx(-first[0][1])
    assert session.sql("FROM t EVALUATE MODEL twice").fetchall()[0][1] == 2


def test_a_model_of_a_granted_class(session: Session) -> None:
    with stratum_sql.connect() as own:
        own.register("t", session.sql("FROM t").arrow())
        own.allow("sklearn.linear_model.QuantileRegressor")
        own.sql(
            "SELECT a, y FROM t TRAIN MODEL sklearn.linear_model.QuantileRegressor(alpha => 0.1) TARGET y CROSS VALIDATE 2 AS q"
        )
        assert len(own.sql("FROM t PREDICT MODEL q")) == 300
