"""Heads and what binding makes of them: `heads.sql` holds a head, `----`, and its features, or its diagnostic.

`STRATUM_ACCEPT=1` rewrites the expected part; review the diff.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import stratum_sql
from stratum_sql.bind.features import bind_head
from stratum_sql.errors import StratumError
from stratum_sql.plan.features import Computed, Feature, Leaf, describe

CASES = Path(__file__).with_name("heads.sql")

TABLES = """
CREATE TABLE t AS SELECT i AS id, i % 7 AS a, i * 0.5::DOUBLE AS b, 'c' || (i % 3) AS c, i * 2.0::DOUBLE AS y,
    {'p': i, 'q': i * 2} AS st, [i, i + 1] AS li, DATE '2020-01-01' + i::INT AS d,
    TIMESTAMP '2020-01-01' + INTERVAL (i) HOUR AS ts, i % 2 = 0 AS flag FROM range(50) r(i);
CREATE TABLE u AS SELECT i AS id, i * 3 AS z, i % 7 AS a FROM range(50) r(i);
CREATE VIEW v AS SELECT standard_scale(b) AS z, one_hot(c) AS c, y FROM t WHERE a < 5;
CREATE VIEW vv AS SELECT z, c, y FROM v;
CREATE MACRO feats(x) AS standard_scale(ln(x + 1));
"""


def blocks() -> list[tuple[str, str]]:
    """Head and expected text of every case."""
    pieces = CASES.read_text(encoding="utf-8").split("\n\n")
    pairs = (piece.split("\n----\n") if "\n----\n" in piece else [piece.removesuffix("\n----"), ""] for piece in pieces)
    return [(head.strip("\n"), expected.rstrip("\n")) for head, expected in pairs if head.strip()]


@pytest.fixture(scope="module")
def session() -> Iterator[stratum_sql.Session]:
    with stratum_sql.connect() as opened:
        opened.sql(TABLES)
        yield opened


def told(session: stratum_sql.Session, head: str) -> str:
    """What binding makes of a head, as text."""
    scope = session._training.scope
    try:
        bound = bind_head(head, scope.database, scope.names)
    except StratumError as error:
        return str(error)
    lines = [f"{'reads' if bound.simple else 'reads whole'}: {bound.source.key}"]
    return "\n".join(lines + [f"{output.name} = {_feature(output.feature)}" for output in bound.outputs])


def _feature(feature: Feature) -> str:
    match feature:
        case Leaf():
            over = f", at prediction {feature.free_sql}" if feature.free_sql not in (feature.sql, feature.key) else ""
            return f"{feature.key} {feature.type}{over}"
        case Computed():
            return f"scalar {describe(feature)}"
    inner = ", ".join(_feature(child) for child in feature.children)
    return f"{describe(feature)} over {inner}"


@pytest.mark.parametrize(("head", "expected"), blocks(), ids=[head[:70] for head, _ in blocks()])
def test_head(session: stratum_sql.Session, head: str, expected: str) -> None:
    if os.environ.get("STRATUM_ACCEPT") == "1":
        pytest.skip("rewritten by test_accept")
    assert told(session, head) == expected


def test_accept(session: stratum_sql.Session) -> None:
    if os.environ.get("STRATUM_ACCEPT") == "1":
        made = [f"{head}\n----\n{told(session, head)}\n" for head, _ in blocks()]
        CASES.write_text("\n".join(made), encoding="utf-8")
    assert len(blocks()) > 80
