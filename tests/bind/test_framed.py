"""Heads that are read in parts are the same as those read whole, place by place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import stratum_sql
from stratum_sql.bind.composed import Composed
from stratum_sql.bind.database import Database
from stratum_sql.bind.draft import Drafter
from stratum_sql.bind.features import bind_head, expect_heads
from stratum_sql.bind.framed import framed, read_framed
from stratum_sql.bind.head import Head, read_head
from stratum_sql.errors import Span, StratumError
from tests.bind.test_heads import TABLES, blocks

ITEMS = [
    "a", "*", "t.*", "* EXCLUDE (c)", "COLUMNS('a|b')", "standard_scale(b) AS s", "one_hot ( c ) o", "s: ln(a+1)",
    '"b"',
    "t.b", "t.st.p AS p", "coalesce(a, b, 0)", "'x, y' AS \"k, l\"", "a -- one, two\n + 1", "impute(/* , */ b) AS ä",
    "standard_scale(ln(b + 1)) * 2 AS ü", "a IS DISTINCT FROM 3 AS n", "[a, b][1]", "{'p': a}", "'ö' || c AS oe",
    "target_encode(c, smooth => 2.0)", "CASE WHEN a > 1 THEN 'ß' ELSE c END AS w", "y", "(SELECT max(z) FROM u)", "",
    "a b c", "lag(b) OVER (ORDER BY id) AS l", "extract(year FROM d)", "sum(a)", "a AS x WHERE 1",
]  # fmt: skip
RELATIONS = [
    " FROM t", " FROM t WHERE a > 1 AND c <> 'ä'", "\nFROM t JOIN u USING (id)", " FROM t GROUP BY ALL", " FROM t x",
    " WHERE 1", " FROM (SELECT * FROM t WHERE b < 9) AS t", " FROM t LIMIT 5", "", " FROM t WHERE", " FROM t, u",
    " FROM t WHERE standard_scale(a) > 1", " FROM t UNION SELECT 1", " FROM v", " FROM t WHERE s > 0",
]  # fmt: skip
STARTS = ["SELECT ", "select\n", "SELECT DISTINCT ", "SELECT ALL ", "WITH q AS (SELECT 1) SELECT ", "FROM t SELECT "]
HEADS = st.builds(
    lambda start, items, relation: start + ", ".join(items) + relation,
    st.sampled_from([*STARTS[:1] * 6, *STARTS]),
    st.lists(st.sampled_from(ITEMS), min_size=1, max_size=4),
    st.sampled_from(RELATIONS),
)


@pytest.fixture(scope="module")
def session() -> Iterator[stratum_sql.Session]:
    with stratum_sql.connect(threads=1) as opened:
        opened.sql(TABLES.replace("CREATE MACRO", "-- "))
        yield opened


def whole(text: str, database: Database) -> Head | None:
    try:
        query = Composed.verbatim(text, Span(0, len(text)))
        return read_head(query, database.tree(query, text))
    except StratumError:
        return None


def placeless(tree: Any) -> Any:
    if isinstance(tree, list):
        return list(map(placeless, tree))
    if not isinstance(tree, dict):
        return tree
    return {key: placeless(value) for key, value in tree.items() if key != "query_location"}


def shown(draft: Any) -> Any:
    """A draft as values that compare, with the place of each of its texts."""
    if isinstance(draft, Composed):
        return draft.text, draft.origin(0, len(draft.text))
    if isinstance(draft, tuple):
        return tuple(map(shown, draft))
    if hasattr(draft, "__dataclass_fields__") and type(draft).__name__ in ("Plain", "Call", "Above", "Given"):
        return {name: shown(getattr(draft, name)) for name in draft.__dataclass_fields__}
    return placeless(draft)


def drafted(drafter: Drafter, item: Any) -> Any:
    try:
        return shown(drafter.draft(item))
    except StratumError as error:
        return error.diagnostic


@settings(max_examples=600, deadline=None)
@given(HEADS)
def test_a_head_in_parts_is_the_head(session: stratum_sql.Session, text: str) -> None:
    scope = session._training.scope
    database = scope.database
    expected = whole(text, database)
    found = read_framed([text], database).get(text)
    if found is None:
        return
    assert expected is not None
    assert expected.simple
    head = found.head
    assert (head.tokens, head.outer, head.list_start, head.list_end) == (
        expected.tokens, expected.outer, expected.list_start, expected.list_end,
    )  # fmt: skip
    assert {**head.tree, "select_list": []} == {**expected.tree, "select_list": []}
    reading = Drafter(text, database, scope.names, expected)
    assert len(head.items) == len(expected.items)
    for one, other in zip(head.items, expected.items, strict=True):
        assert (one.start, one.end, one.alias) == (other.start, other.end, other.alias)
        assert placeless(one.tree) == placeless(other.tree)
        own, alone = found.own(one)
        assert drafted(Drafter(text, database, scope.names, own), alone) == drafted(reading, other)


def test_most_heads_are_read_in_parts(session: stratum_sql.Session) -> None:
    plain = [
        f"SELECT {item}, y FROM t WHERE a > 1" for item in ITEMS if item and "WHERE" not in item and item != "a b c"
    ]
    assert set(read_framed(plain, session._database)) == set(plain)
    assert framed("SELECT a, , b FROM t") is None
    assert framed("FROM t") is None


def told(session: stratum_sql.Session, head: str) -> Any:
    """What a head is bound to, or what is wrong with it."""
    scope = session._training.scope
    try:
        return bind_head(head, scope.database, scope.names)
    except StratumError as error:
        return error.diagnostic


def test_heads_of_a_batch_are_bound_to_what_they_are_alone(session: stratum_sql.Session) -> None:
    heads = [head for head, _ in blocks()]
    scope = session._training.scope
    alone = []
    for head in heads:
        scope.database.forget()
        alone.append(told(session, head))
    scope.database.forget()
    expect_heads(heads, scope.database, scope.names, lambda step: step())
    assert len(scope.database.expected) > len(heads) / 4
    for head, expected in zip(heads, alone, strict=True):
        found = told(session, head)
        assert found == expected, head
        if hasattr(found, "outputs"):
            assert [one.span for one in found.outputs] == [one.span for one in expected.outputs]
