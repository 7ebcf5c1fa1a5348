"""Heads that statements share: bound once, told about each statement's own words, forgotten when tables may change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import SqlglotError

import stratum_sql
from stratum_sql.bind.composed import Composed
from stratum_sql.bind.database import Database
from stratum_sql.bind.head import tokens_of
from stratum_sql.errors import Diagnostic, Span, StratumError
from stratum_sql.plan.query import TrainQuery

TABLES = """
CREATE TABLE t AS SELECT i AS id, i % 7 AS a, i * 0.5::DOUBLE AS b, 'c' || (i % 3) AS c, i * 2.0::DOUBLE AS y,
    DATE '2020-01-01' + i::INT AS d, i % 4 AS g FROM range(40) r(i);
CREATE TABLE u AS SELECT i AS id, i % 5 AS a, i * 1.5::DOUBLE AS z FROM range(40) r(i);
"""
HEAD = "SELECT standard_scale(b) AS s, one_hot(c) AS o, a, y FROM t WHERE id > 3"


@pytest.fixture
def session() -> Iterator[stratum_sql.Session]:
    with stratum_sql.connect(threads=1) as opened:
        opened.sql(TABLES)
        yield opened


def bound(session: stratum_sql.Session, *texts: str) -> list[TrainQuery]:
    """The queries of one batch, as `Session.explain` binds them."""
    with session._taking_turn(), session._database.telling():
        items = [item for number, text in enumerate(texts) for item in session._read(number, text)]
        session._batches.expect(items, session._lender())
        return [query for item in items for query in session._batches.bound_all(item)]


def test_equal_heads_have_the_identical_source_and_features(session: stratum_sql.Session) -> None:
    one, two, three = bound(
        session,
        f"{HEAD} TRAIN MODEL ridge(alpha => 1) TARGET y",
        f"SELECT 1;\n  {HEAD} TRAIN MODEL lasso() TARGET Y METRIC mae; SELECT 2",
        f"{HEAD} TRAIN MODEL ols() TARGET y WEIGHT g",
    )
    assert one.source is two.source is three.source
    assert one.features is two.features is three.features
    assert one.target is two.target
    assert one.columns is two.columns
    assert [feature.name for feature in one.features] == ["s", "o", "a"]


def test_roles_are_no_features_whatever_another_statement_says(session: stratum_sql.Session) -> None:
    head = "SELECT * EXCLUDE (c, d) FROM t"
    plain, weighted, other, again = bound(
        session,
        f"{head} TRAIN MODEL ols() TARGET y",
        f"{head} TRAIN MODEL ols() TARGET y WEIGHT g",
        f"{head} TRAIN MODEL ols() TARGET b",
        f"{head} TRAIN MODEL ols() TARGET y",
    )
    assert [feature.name for feature in plain.features] == ["id", "a", "b", "g"]
    assert [feature.name for feature in weighted.features] == ["id", "a", "b"]
    assert [feature.name for feature in other.features] == ["id", "a", "y", "g"]
    assert again.features is plain.features


def test_items_over_one_relation_are_the_same_leaves(session: stratum_sql.Session) -> None:
    one, two = bound(
        session,
        "SELECT ln(b + 1), a, y FROM t WHERE id > 3 TRAIN MODEL ols() TARGET y",
        "SELECT a, b, ln(b + 1), y FROM t WHERE id > 4 TRAIN MODEL ols() TARGET y",
    )
    assert one.features[0] is two.features[2]
    assert one.features[1] is two.features[0]
    assert one.source != two.source
    assert one.source.unfiltered == two.source.unfiltered is not None


def test_the_same_words_over_another_relation_are_other_leaves(session: stratum_sql.Session) -> None:
    one, two = bound(
        session,
        "SELECT a, y FROM t TRAIN MODEL ols() TARGET y",
        "SELECT a, z AS y FROM u TRAIN MODEL ols() TARGET y",
    )
    assert one.source != two.source
    assert (one.target.sql, two.target.sql) == ("y", "z")


def test_an_aggregate_stays_one_beside_known_items(session: stratum_sql.Session) -> None:
    row, grouped = bound(
        session,
        "SELECT a, b, y FROM t TRAIN MODEL ols() TARGET y",
        "SELECT a, avg(b) AS b, avg(y) AS y FROM t GROUP BY a TRAIN MODEL ols() TARGET y",
    )
    assert (row.source.before, row.source.after) == ("SELECT ", "FROM t")
    assert "GROUP BY" in grouped.source.after


# Statements that fail, in a head or beside it; heads of some are those of statements that are right.
WRONG = [
    f"{HEAD} TRAIN MODEL ols() TARGET nope",
    f"{HEAD} TRAIN MODEL ols() TARGET s",
    f"{HEAD} TRAIN MODEL ols(nope => 1) TARGET y",
    f"{HEAD} TRAIN MODEL ridge(alpha => -1) TARGET y",
    f"{HEAD} TRAIN MODEL ridge(alpha => 'x') TARGET y",
    f"{HEAD} TRAIN MODEL ols() TARGET y METRIC accuracy",
    f"{HEAD} TRAIN MODEL ols() TARGET y WEIGHT nope",
    f"{HEAD} TRAIN MODEL knn_regressor() TARGET y WEIGHT g",
    f"{HEAD} TRAIN MODEL multi_task_lasso() TARGET y",
    f"{HEAD} TRAIN MODEL ols() TARGET y CROSS VALIDATE 3 GROUPS nope",
    f"{HEAD}0 AND nope > 1 TRAIN MODEL ols() TARGET y",
    f"{HEAD} AND c > 3 TRAIN MODEL ols() TARGET y",
    f"{HEAD} AND d > 3 TRAIN MODEL ols() TARGET y",
    "SELECT a, nope, y FROM t WHERE id > 3 TRAIN MODEL ols() TARGET y",
    "SELECT a, c, y FROM t WHERE id > 3 TRAIN MODEL ols() TARGET y",
    "SELECT a, b AS a, y FROM t WHERE id > 3 TRAIN MODEL ols() TARGET y",
    "SELECT a, standard_scale(y) AS w, y FROM t WHERE id > 3 TRAIN MODEL ols() TARGET y",
    "SELECT y FROM t WHERE id > 3 TRAIN MODEL ols() TARGET y",
    "SELECT standard_scale(c), y FROM t WHERE id > 3 TRAIN MODEL ols() TARGET y",
    "SELECT standard_scale(b, nope => 1), y FROM t TRAIN MODEL ols() TARGET y",
    "SELECT a, y FROM nope WHERE id > 3 TRAIN MODEL ols() TARGET y",
    "SELECT a, y FROM t WHERE standard_scale(b) > 3 TRAIN MODEL ols() TARGET y",
    "SELECT a, y FROM t WHERE TRAIN MODEL ols() TARGET y",
    "SELECT a b c, y FROM t TRAIN MODEL ols() TARGET y",
    "SELECT a + FROM t TRAIN MODEL ols() TARGET y",
]


@pytest.mark.parametrize("wrong", WRONG)
def test_errors_are_told_at_the_statements_own_words(wrong: str) -> None:
    """In a batch, after statements with the same head or items, an error is the one of the statement alone."""
    right = [f"{HEAD} TRAIN MODEL ridge(alpha => 1) TARGET y", "SELECT a, b, y FROM t TRAIN MODEL ols() TARGET y"]
    with stratum_sql.connect(threads=1) as alone, stratum_sql.connect(threads=1) as batch:
        alone.sql(TABLES)
        batch.sql(TABLES)
        first = _error(alone, wrong)
        assert _error(batch, *right, wrong) == first
        moved = _error(batch, *right, f"SELECT 1;\n\n   {wrong}")
        assert moved.line == (first.line or 0) + 2
        assert moved.column == (first.column or 0) + 3
        assert (moved.code, moved.message, moved.hint) == (first.code, first.message, first.hint)


def _error(session: stratum_sql.Session, *texts: str) -> Diagnostic:
    with pytest.raises(StratumError) as caught:
        session.explain(texts)
    return caught.value.diagnostic


def test_warnings_are_told_at_the_statements_own_words(session: stratum_sql.Session) -> None:
    text = "SELECT a, y + 1 AS more, y FROM t TRAIN MODEL ols() TARGET y"
    one, two = bound(session, text, f"SELECT 1;\n  {text}")
    assert (one.warnings[0].line, one.warnings[0].column) == (1, 11)
    assert (two.warnings[0].line, two.warnings[0].column) == (2, 13)
    assert one.features is two.features


def test_a_table_made_anew_between_two_statements_is_seen(session: stratum_sql.Session) -> None:
    train = "SELECT * EXCLUDE (id) FROM u TRAIN MODEL ols() TARGET z CROSS VALIDATE 3"
    change = (
        "CREATE OR REPLACE TABLE u AS SELECT i AS id, i * 2 AS k, i % 3 AS m, i * 1.5::DOUBLE AS z FROM range(30) r(i)"
    )
    first, _, second = session.run_script(f"{train}; {change}; {train}")
    assert first.error is None is second.error
    assert first.query is not None is not second.query
    assert [feature.name for feature in first.query.features] == ["a"]
    assert second.query is not None
    assert [feature.name for feature in second.query.features] == ["k", "m"]


def test_a_table_changed_by_another_connection_is_seen(session: stratum_sql.Session) -> None:
    train = "SELECT * EXCLUDE (id) FROM u TRAIN MODEL ols() TARGET z"
    (before,) = bound(session, train)
    session.connection.cursor().execute("ALTER TABLE u ALTER a TYPE DOUBLE")
    (after,) = bound(session, train)
    assert [leaf.type for leaf in (before.features[0], after.features[0])] == ["BIGINT", "DOUBLE"]  # type: ignore[union-attr]


def test_foreign_statements_are_looked_at_each(monkeypatch: pytest.MonkeyPatch) -> None:
    with stratum_sql.connect(trusted=False, threads=1, setup=lambda connection: connection.execute(TABLES)) as session:
        asked: list[str] = []
        admit = session._database._admit

        def listening(sql: str) -> None:
            asked.append(sql)
            admit(sql)

        monkeypatch.setattr(session._database, "_admit", listening)
        bound(session, *[f"{HEAD} TRAIN MODEL ridge(alpha => {number}) TARGET y" for number in (1, 2, 3)])
        assert [sql.strip() for sql in asked].count(HEAD) == 3
        hidden = "SELECT a, y FROM t WHERE id > (SELECT count(*) FROM duckdb_settings()) TRAIN MODEL ols() TARGET y"
        assert _error(session, f"{HEAD} TRAIN MODEL ols() TARGET y", hidden).code == "not_allowed"


def test_errors_keep_their_place_in_a_transaction(session: stratum_sql.Session) -> None:
    """DuckDB lets nothing be set once an error has ended a transaction; the first error must be placed all the same."""
    wrong = "SELECT nope, y FROM t TRAIN MODEL ols() TARGET y"
    outside = session.batch([wrong])[0].error
    session.sql("BEGIN")
    inside, after = session.batch([wrong, wrong])
    assert outside is not None
    assert inside.error is not None
    assert inside.error.diagnostic == outside.diagnostic
    assert after.error is not None
    session.sql("ROLLBACK")
    with pytest.raises(StratumError) as caught:
        session.sql("SELECT nope FROM t")
    assert "{" not in caught.value.diagnostic.message


def test_trees_asked_for_at_once_are_those_asked_for_alone(session: stratum_sql.Session) -> None:
    texts = ["SELECT a FROM t", "SELECT ä, 'ü' FROM (VALUES (1)) v(ä)", "FROM t WHERE a > 1", "SELECT a FROM"]
    database, alone = session._database, Database(session.connection, lambda _: None)
    database.read_trees(texts)
    for text in texts[:-1]:
        query = Composed.verbatim(text, Span(0, len(text)))
        assert database._trees[text]
        assert database.tree(query, text) == alone.tree(query, text)
    with pytest.raises(StratumError):
        database.tree(Composed.verbatim(texts[-1], Span(0, len(texts[-1]))), texts[-1])
    alone.close()


_PIECES = [
    *DuckDB.Tokenizer.KEYWORDS, *map(str.lower, DuckDB.Tokenizer.KEYWORDS), *DuckDB.Tokenizer.SINGLE_TOKENS, "a", "B1",
    "_c", "1", "2.5", "'it''s'", "'s'", '"q"', '"q""r"', "-- c\n", "/* c */", "ä",
]  # fmt: skip


@settings(max_examples=2000, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(_PIECES), st.sampled_from(["", " ", " ", "\n"])), max_size=10))
def test_tokens_are_those_of_sqlglot(pieces: list[tuple[str, str]]) -> None:
    text = "".join(piece + space for piece, space in pieces)
    try:
        expected = [(token.token_type, token.text, token.start, token.end) for token in DuckDB().tokenize(text)]
    except (SqlglotError, IndexError, ValueError, TypeError):
        assert tokens_of(text) is None
        return
    assert [tuple(token) for token in tokens_of(text) or ()] == expected


def described(session: stratum_sql.Session, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The queries that DuckDB is asked to describe from now on."""
    asked: list[str] = []
    run = Database._run

    def noted(self: Database, query: Composed, *rest: Any) -> Any:
        asked.append(query.text)
        return run(self, query, *rest)

    monkeypatch.setattr(Database, "_run", noted)
    return asked


def test_items_of_many_heads_are_described_at_once(
    session: stratum_sql.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    heads = [f"SELECT b + {i} AS x, standard_scale(b * {i}) AS s, y FROM t WHERE id > {i}" for i in range(2, 20)]
    texts = [f"{head} TRAIN MODEL ols() TARGET y" for head in heads]
    alone = [bound(session, text)[0] for text in texts]
    asked = described(session, monkeypatch)
    together = bound(session, *texts)
    assert [query.features for query in together] == [query.features for query in alone]
    assert [query.source for query in together] == [query.source for query in alone]
    assert len(asked) == 2  # the relation, and all items over it


def test_a_head_that_cannot_be_bound_takes_no_other_with_it(
    session: stratum_sql.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    heads = [f"SELECT b + {i} AS x, {'nowhere' if i == 7 else 'a'}, y FROM t WHERE id > {i}" for i in range(2, 34)]
    texts = [f"{head} TRAIN MODEL ols() TARGET y" for head in heads]
    asked = described(session, monkeypatch)
    results = session.batch(texts)
    failed = [number for number, result in enumerate(results) if result.error is not None]
    assert failed == [5]
    assert "nowhere" in str(results[5].error)
    assert len([query for query in asked if query.startswith("DESCRIBE")]) < len(heads) / 2


def test_items_over_the_callers_table_are_described_at_once(
    session: stratum_sql.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = pa.table({"x": [1.0, 2.0, 3.0, 4.0] * 5, "y": [2.0, 1.0, 4.0, 3.0] * 5})
    asked = described(session, monkeypatch)
    results = session.batch([f"SELECT x + {i} AS x, y FROM mine TRAIN MODEL ols() TARGET y" for i in range(20)])
    assert [result.error for result in results] == [None] * 20
    assert len([query for query in asked if query.startswith("DESCRIBE")]) == 3  # missed, found, and all items
    assert mine.num_rows == 20
