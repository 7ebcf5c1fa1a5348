"""Heads without their WHERE: the rows where the condition is true are the head's rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress

import duckdb
import pytest

import stratum_sql
from stratum_sql.bind.features import bind_head
from stratum_sql.bind.filters import TOTAL_FUNCTIONS
from stratum_sql.plan.features import Leaf, leaves
from stratum_sql.plan.relational import Source

TABLES = """
CREATE TABLE t AS SELECT i AS id, i % 7 AS a, CASE WHEN i % 5 > 0 THEN i * 0.5::DOUBLE END AS b,
    'c' || (i % 3) AS c, i * 2.0::DOUBLE AS y, {'p': i, 'q': i * 2} AS st, [i, i + 1] AS li,
    DATE '2020-01-01' + i::INT AS d, TIMESTAMP '2020-01-01' + INTERVAL (i) HOUR AS ts, i % 2 = 0 AS flag,
    CASE WHEN i % 4 = 0 THEN 'x' ELSE i::VARCHAR END AS s, i AS "WHERE", i * 3 AS "Odd ""name"
    FROM range(50) r(i);
CREATE TABLE u AS SELECT i * 2 AS id, i * 3 AS z, i % 7 AS k FROM range(20) r(i);
CREATE TABLE quotes AS SELECT TIMESTAMP '2020-01-01' + INTERVAL (3 * i) HOUR AS ts, i AS price FROM range(12) r(i);
CREATE MACRO feats(x) AS standard_scale(x + 1);
CREATE MACRO above(x) AS x > 3;
CREATE SEQUENCE counter;
"""

# (head, its condition)
FILTERED = [
    ("SELECT a, b, y FROM t WHERE a > 3", "a > 3"),
    ("select a from t where b > 3", "b > 3"),
    ("SELECT standard_scale(b), one_hot(c), y FROM t WHERE a > 3 AND c <> 'c1'", "a > 3 AND c <> 'c1'"),
    ("SELECT feats(b) AS f, y FROM t WHERE flag IS NULL OR b < 10", "flag IS NULL OR b < 10"),
    ("SELECT a, y FROM t WHERE flag", "CAST((flag) AS BOOLEAN)"),
    ("SELECT a, y FROM t WHERE a", "CAST((a) AS BOOLEAN)"),
    ("SELECT a, y FROM t WHERE NULL", "CAST((NULL) AS BOOLEAN)"),
    ("SELECT a, y FROM t WHERE NOT flag", "NOT flag"),
    ("SELECT a, y FROM t WHERE b", "CAST((b) AS BOOLEAN)"),
    ("SELECT t.a, y FROM t JOIN u ON t.id = u.id WHERE u.k > 2", "u.k > 2"),
    ("SELECT a, z FROM t LEFT JOIN u USING (id) WHERE z IS NULL", "z IS NULL"),
    ("SELECT a, z FROM t NATURAL JOIN u WHERE z > 9", "z > 9"),
    ("SELECT a, z FROM t POSITIONAL JOIN u WHERE z > 9", "z > 9"),
    ("SELECT a, price FROM t ASOF JOIN quotes ON t.ts >= quotes.ts WHERE price > 4", "price > 4"),
    ("SELECT a, price FROM t ASOF LEFT JOIN quotes USING (ts) WHERE price > 4 OR a = 1", "price > 4 OR a = 1"),
    ("SELECT a FROM t SEMI JOIN u USING (id) WHERE b > 3", "b > 3"),
    ("WITH w AS (SELECT * FROM t WHERE a < 6) SELECT a, y FROM w WHERE b > 3", "b > 3"),
    ("WITH w AS (FROM t WHERE a < 6), v AS (FROM w) SELECT a, y FROM v WHERE (b > 3)", "(b > 3)"),
    ("SELECT a, y FROM (SELECT * FROM t WHERE a < 6 LIMIT 30) AS w WHERE b > 3", "b > 3"),
    ("SELECT a, y FROM (SELECT a, avg(y) AS y FROM t GROUP BY a) WHERE a > 3", "a > 3"),
    ("SELECT a/* WHERE a > 1 */, y FROM t -- WHERE\nWHERE -- why\n b > /* so */ 3 -- done", "b > /* so */ 3"),
    ("SELECT a, y FROM t WHERE b > 3\n-- no more", "b > 3"),
    ("SELECT a, y FROM t WHERE c || ' WHERE ' = 'c1 WHERE '", "c || ' WHERE ' = 'c1 WHERE '"),
    ("SELECT a, ' WHERE ' = c AS w, y FROM t WHERE c = 'c1'", "c = 'c1'"),
    ('SELECT "WHERE", y FROM t WHERE "WHERE" > 7', '"WHERE" > 7'),
    ('SELECT a, y FROM t AS "where" WHERE "where"."Odd ""name" > 7', '"where"."Odd ""name" > 7'),
    ("SELECT COLUMNS('^(a|b|y)$') FROM t WHERE id > 7", "id > 7"),
    ("SELECT COLUMNS(lambda x: x IN ('a', 'b')) FROM t WHERE id > 7", "id > 7"),
    ("SELECT * EXCLUDE (st, li) FROM t WHERE id > 7", "id > 7"),
    ("SELECT t.* FROM t JOIN u USING (id) WHERE z > 7", "z > 7"),
    ("FROM t SELECT a, y WHERE b > 3", "b > 3"),
    ("FROM t WHERE b > 3", "b > 3"),
    ("FROM t JOIN u USING (id) SELECT a, z WHERE b > 3", "b > 3"),
    ("SELECT a, y FROM t WHERE d >= DATE '2020-01-05' AND year(d) = 2020", "d >= DATE '2020-01-05' AND year(d) = 2020"),
    ("SELECT a, y FROM t WHERE d < now()", "d < now()"),
    ("SELECT a, y FROM t WHERE d < current_date", "d < current_date"),
    ("SELECT a FROM t WHERE ts > now() - INTERVAL 3 HOUR", "ts > now() - INTERVAL 3 HOUR"),
    ("SELECT a, y FROM t WHERE b BETWEEN 2 AND 9 OR a IN (1, 2)", "b BETWEEN 2 AND 9 OR a IN (1, 2)"),
    ("SELECT a, y FROM t WHERE c LIKE '%1' AND c NOT ILIKE 'C_'", "c LIKE '%1' AND c NOT ILIKE 'C_'"),
    ("SELECT a, y FROM t WHERE a % 3 = 1 AND b / 2 > 1", "a % 3 = 1 AND b / 2 > 1"),
    ("SELECT a, y FROM t WHERE TRY_CAST(s AS INT) > 20", "TRY_CAST(s AS INT) > 20"),
    ("SELECT a, y FROM t WHERE st.p > 9 AND li[1] < 40", "st.p > 9 AND li[1] < 40"),
    ("SELECT a, y FROM t WHERE b > (SELECT avg(b) FROM t)", "b > (SELECT avg(b) FROM t)"),
    ("SELECT a, y FROM t WHERE id IN (SELECT id FROM u WHERE z > 3)", "id IN (SELECT id FROM u WHERE z > 3)"),
    ("SELECT a, y FROM t WHERE EXISTS (FROM u WHERE u.id = t.id)", "EXISTS (FROM u WHERE u.id = t.id)"),
    ("SELECT a, y FROM t WHERE CASE WHEN flag THEN b > 3 END", "CAST((CASE WHEN flag THEN b > 3 END) AS BOOLEAN)"),
    ("SELECT * REPLACE (a + 1 AS a) FROM t WHERE date_part('day', d) > 7", "date_part('day', d) > 7"),
    ("SELECT coalesce(b, 0) + ln(id) AS m, y FROM t WHERE id > 0", "id > 0"),
    ("SELECT a FROM range(9) r(a) WHERE a > 3", "a > 3"),
    ("SELECT a AS b, y FROM t WHERE b > 3", "b > 3"),
    ("SELECT ä FROM (SELECT a AS ä, 'ü' AS ö, b FROM t) WHERE ö = 'ü' AND b > 3", "ö = 'ü' AND b > 3"),
]  # fmt: skip

# (head, why its WHERE must stay)
UNFILTERED = [
    ("SELECT a, y FROM t", "there is none"),
    ("SELECT a, y FROM (FROM t WHERE b > 3)", "it belongs to a subquery"),
    ("SELECT DISTINCT a, y FROM t WHERE b > 3", "DISTINCT"),
    ("SELECT a, sum(b) AS b, sum(y) AS y FROM t WHERE b > 3 GROUP BY a", "GROUP BY"),
    ("SELECT sum(b) AS b, sum(y) AS y FROM t WHERE b > 3", "an aggregate"),
    ("SELECT a, sum(b) AS b, y FROM t WHERE b > 3 GROUP BY ALL HAVING y > 3", "HAVING"),
    ("SELECT a, y FROM t WHERE b > 3 ORDER BY y LIMIT 5", "LIMIT"),
    ("SELECT a, y FROM t WHERE b > 3 OFFSET 5", "OFFSET"),
    ("SELECT a, y FROM t WHERE b > 3 QUALIFY row_number() OVER (ORDER BY y) < 5", "QUALIFY"),
    ("SELECT a, y FROM t WHERE b > 3 USING SAMPLE 5 ROWS (reservoir, 1)", "SAMPLE"),
    ("SELECT a, y FROM t TABLESAMPLE reservoir(5 ROWS) REPEATABLE (1) WHERE b > 3", "TABLESAMPLE"),
    ("SELECT a, row_number() OVER (ORDER BY id) AS n, y FROM t WHERE b > 3", "a window"),
    ("SELECT a, unnest(li) AS l, y FROM t WHERE b > 3", "it makes rows"),
    ("SELECT a, y FROM t WHERE b > 3 UNION ALL SELECT a, y FROM t", "a set operation"),
    ("SELECT a, y FROM t WHERE random() < 0.5", "random"),
    ("SELECT a, y FROM t WHERE nextval('counter') > 0", "nextval"),
    ("SELECT a, random() AS r, y FROM t WHERE b > 3", "random in an item"),
    ("SELECT t.a, y FROM t, u WHERE t.id = u.id", "the join is in it"),
    ("SELECT t.a, y FROM t CROSS JOIN u WHERE t.id = u.id", "the join is in it"),
    ("SELECT s::INT AS s, y FROM t WHERE s <> 'x'", "other rows cannot be cast"),
    ("SELECT * REPLACE (s::INT AS s) FROM t WHERE s <> 'x'", "other rows cannot be cast"),
    ("SELECT a, y FROM t WHERE date_part(s, d) > 7", "other rows may name no part"),
    ("SELECT a, y FROM t WHERE s <> 'x' AND s::INT > 3", "other rows cannot be cast"),
    ("SELECT 7 % a AS r, y FROM t WHERE a > 0", "other rows divide by zero"),
    ("SELECT a, y FROM t WHERE COLUMNS(['a', 'b']) > 1", "one condition a column"),
    ("SELECT a, y FROM t WHERE above(b)", "a macro may hold anything"),
    ("SELECT a, y FROM t WHERE b > (SELECT z FROM u WHERE u.id = t.id)", "other rows may find two"),
]  # fmt: skip


@pytest.fixture(scope="module")
def session() -> Iterator[stratum_sql.Session]:
    with stratum_sql.connect() as opened:
        opened.sql(TABLES)
        yield opened


def source_of(session: stratum_sql.Session, head: str) -> tuple[Source, list[Leaf]]:
    scope = session._training.scope
    bound = bind_head(head, scope.database, scope.names)
    return bound.source, [leaf for output in bound.outputs for leaf in leaves(output.feature)]


@pytest.mark.parametrize(("head", "condition"), FILTERED, ids=[head[:70] for head, _ in FILTERED])
def test_the_rows_are_those_where_the_condition_is_true(
    session: stratum_sql.Session, head: str, condition: str
) -> None:
    source, read = source_of(session, head)
    assert source.condition == condition
    assert source.unfiltered is not None
    items = list(dict.fromkeys(leaf.sql for leaf in read if leaf.width == 1)) or ["*"]
    columns = ", ".join(f'{sql} AS "{number}"' if sql != "*" else sql for number, sql in enumerate(items))
    ask = session.connection.sql
    filtered = ask(f"{source.before} {columns} {source.after}").fetchall()
    other = source.unfiltered
    rows = ask(f"{other.before} {columns}, ({source.condition}) {other.after}").fetchall()
    assert {type(row[-1]) for row in rows} <= {bool, type(None)}
    assert Counter(map(repr, filtered)) == Counter(repr(row[:-1]) for row in rows if row[-1])


@pytest.mark.parametrize(("head", "why"), UNFILTERED, ids=[head[:70] for head, _ in UNFILTERED])
def test_where_stays(session: stratum_sql.Session, head: str, why: str) -> None:
    source, _ = source_of(session, head)
    assert (source.unfiltered, source.condition) == (None, ""), why


def test_heads_that_differ_in_where_have_one_unfiltered_source(session: stratum_sql.Session) -> None:
    one, _ = source_of(session, "SELECT a, y FROM t WHERE b > 3")
    two, _ = source_of(session, "SELECT b, y\nFROM t -- all\nWHERE b > 4 AND flag")
    plain, _ = source_of(session, "SELECT b, y FROM t")
    assert one != two
    assert one.unfiltered == two.unfiltered == plain
    assert one.unfiltered is not None
    assert (one.unfiltered.floats, one.unfiltered.others) == (plain.floats, plain.others) == (one.floats, one.others)
    assert one.unfiltered.title == plain.title == "t"


VALUES = {
    "n": ["0", "-1", "1", "7", "NULL"],
    "x": ["0.0", "-1.5", "'nan'", "'inf'", "'-inf'", "1e308", "NULL"],
    "s": ["''", "'a'", "'ä%_'", "'12'", "NULL"],
    "d": ["'infinity'", "'-infinity'", "'2020-02-29'", "'0001-01-01 (BC)'", "NULL"],
    "l": ["[]", "[1, NULL]", "NULL"],
    "st": ["{'p': 1}", "NULL"],
}
TYPES = {"n": "INTEGER", "x": "DOUBLE", "s": "VARCHAR", "d": "DATE", "l": "INTEGER[]", "st": "STRUCT(p INTEGER)"}


def test_functions_that_count_as_total_never_fail(session: stratum_sql.Session) -> None:
    """Every call with one or two arguments that DuckDB binds, over values at the edge of every type."""
    ask = session.connection
    for name, kind in TYPES.items():
        rows = ", ".join(f"({value})" for value in VALUES[name])
        ask.execute(f"CREATE TEMP TABLE edge_{name} AS SELECT v::{kind} AS {name} FROM (VALUES {rows}) r(v)")
    tried: set[str] = set()
    bound: list[str] = []
    for function, call in _calls():
        needed = ", ".join(f"edge_{name}" for name in TYPES if re.search(rf"\b{name}\b", call))
        query = f"SELECT {call} FROM {needed or 'edge_n'}"
        with suppress(duckdb.Error):  # it takes other arguments
            ask.execute(f"DESCRIBE {query}").fetchall()
            tried.add(function)
            bound.append(query)
    for query in bound:
        assert len(ask.sql(query).to_arrow_table()) > 0
    assert tried == TOTAL_FUNCTIONS


def _meet(one: str, two: str) -> bool:
    """Whether DuckDB takes the two arguments as they are, with no text turned into a number."""
    numbers = ("n", "x", "1")
    return one == two or (two in numbers and one in (*numbers, "l"))


def _calls() -> Iterator[tuple[str, str]]:
    """Every function with arguments of all kinds; those of three arguments by hand."""
    given = [*TYPES, "1"]
    pairs = [(one, two) for one in given for two in given if _meet(one, two)]
    for name in sorted(TOTAL_FUNCTIONS):
        if name[0].isalpha():
            yield name, f"{name}()"
            yield from ((name, f"{name}({one})") for one in given)
            yield from ((name, f"{name}({one}, {two})") for one, two in pairs)
        else:
            yield from ((name, f"{one} {name} {two}") for one, two in pairs)
    for call in (
        "struct_extract(st, 'p')", "left(s, n)", "right(s, n)", "array_extract(s, n)",
        "replace(s, s, s)", "substring(s, n, n)",
        "substr(s, n, n)", "concat_ws(s, s, s)", "like_escape(s, s, '!')", "not_like_escape(s, s, '!')",
        "ilike_escape(s, s, '!')", "not_ilike_escape(s, s, '!')",
    ):  # fmt: skip
        yield call.split("(")[0], call
