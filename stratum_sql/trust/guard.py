"""The first layer: a statement is admitted only if everything in it is on a list, before DuckDB binds or runs it.

DuckDB's parser says what the statement is; an allow-list walk over that tree says whether every node, function,
relation and file in it was given. What is not known is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import duckdb

from stratum_sql.errors import NotAllowed, ParseError, RunError, Span, StratumError, TooComplex, printable, suggestions
from stratum_sql.trust.caps import check_caps
from stratum_sql.trust.grants import Grants, fold, looks_like_file, may_mean
from stratum_sql.trust.pivot import Edit, original_offset, with_fixed_columns
from stratum_sql.trust.scan import code_of
from stratum_sql.trust.tree import place, split, statements_of
from stratum_sql.trust.walk import HIDDEN_SCHEMAS, Needs, Refusal, Relation, needs_of

__all__ = ["Grants", "admit", "reads_of"]

_CACHED_LENGTH = 16_384  # characters; a longer text is looked at anew each time, so that the cache stays small
_EXPLAIN = re.compile(r"\s*explain(?=[\s(])\s*(\(\s*format\s+(?:\w+|\"+)\s*\))?", re.IGNORECASE)


def admit(connection: duckdb.DuckDBPyConnection, sql: str, *, grants: Grants) -> None:
    """Return if every statement of `sql` only reads what the session was given; nothing is run.

    Admitted: SELECT in all its forms (FROM-first, VALUES, WITH, set operations, PIVOT, UNPIVOT), DESCRIBE, SUMMARIZE,
    SHOW TABLES, and EXPLAIN without ANALYZE of those. `connection` is asked which tables and views exist, in its own
    transaction; it must have no unfinished result.

    Raises NotAllowed (`not_allowed`) with the place where known; ParseError (`syntax_error`) for what DuckDB cannot
    read; TooComplex by the caps; RunError (`catalog_error`) if the catalog cannot be read.
    """
    needs = reads_of(sql, grants)
    for file in needs.files:
        if not grants.covers(file.name):
            message = f'the file "{printable(file.name)}" was not given to this session'
            raise NotAllowed.at(sql, file.span, "not_allowed", message)
    if needs.relations:
        _check_relations(connection, sql, needs.relations, grants)


def reads_of(sql: str, grants: Grants) -> Needs:
    """The relations and files that a text reads. Raises as `admit` does where anything in it is not on a list."""
    check_caps(sql)
    return _cached(sql, grants) if len(sql) <= _CACHED_LENGTH else _examined(sql, grants)


# ---- what a text needs, from the text alone ----------------------------------------------------------------


def _examined(sql: str, grants: Grants) -> Needs:
    return _needs(_Text(sql, sql, 0), grants)


_cached = lru_cache(maxsize=512)(_examined)


@dataclass(frozen=True, slots=True)
class _Text:
    """A text to look at, and where it stands in the text the user sent: `shift` further on, without the edits."""

    sql: str
    text: str
    shift: int
    edits: tuple[Edit, ...] = ()

    def original(self, offset: int) -> int:
        return original_offset(offset, self.edits) + self.shift

    def span(self, byte: object, length: object) -> Span | None:
        start = place(self.text, byte)
        if start is None:
            return None
        end = place(self.text, byte + length) if isinstance(byte, int) and isinstance(length, int) else start
        return Span(self.original(start), self.original(max(start + 1, end or 0)))


def _needs(text: _Text, grants: Grants) -> Needs:
    try:
        statements = statements_of(text.text)
    except TooComplex:
        raise
    except ParseError:
        if text.text == text.sql:
            raise
        raise _not_a_query(text) from None
    if statements is None:
        return _needs_of_parts(text, grants)
    try:
        return needs_of(statements, grants, text.span)
    except Refusal as refusal:
        raise refusal.error.at(
            text.sql, refusal.span, refusal.code, refusal.message, did_you_mean=refusal.did_you_mean, hint=refusal.hint
        ) from None


def _needs_of_parts(text: _Text, grants: Grants) -> Needs:
    """A text in which one statement is no plain SELECT: each by itself, EXPLAIN taken off, PIVOT made readable."""
    pieces = split(text.text)
    if len(pieces) > 1:
        parts = [_Text(text.sql, piece, text.shift + offset) for offset, piece in pieces]
        return _joined([_needs(part, grants) for part in parts])
    explain = _EXPLAIN.match(code_of(text.text))
    if explain and explain.end() < len(text.text):
        rest = _Text(text.sql, text.text[explain.end() :], text.shift + explain.end())
        if not _EXPLAIN.match(code_of(rest.text)):
            return _needs(rest, grants)
    pivoted, edits = with_fixed_columns(text.text)
    if edits and not text.edits:
        return _needs(_Text(text.sql, pivoted, text.shift, edits), grants)
    raise _not_a_query(text)


def _joined(parts: list[Needs]) -> Needs:
    relations = tuple(relation for part in parts for relation in part.relations)
    return Needs(relations, tuple(file for part in parts for file in part.files))


def _not_a_query(text: _Text) -> StratumError:
    word = re.search(r"[^\W\d]\w*", code_of(text.text))
    span = None
    name = "this statement"
    if word is not None:
        span = Span(*map(text.original, word.span()))
        name = word[0].upper()
    hint = "a session for foreign statements only reads: SELECT, DESCRIBE, SUMMARIZE, EXPLAIN without ANALYZE"
    return NotAllowed.at(text.sql, span, "not_allowed", f"{name} is not allowed here", hint=hint)


# ---- whether the relations exist for this session -----------------------------------------------------------

_RELATIONS = """
SELECT database_name, schema_name, table_name, internal FROM duckdb_tables()
WHERE list_contains(list_transform($names, lambda name: lower(name)), lower(table_name))
UNION ALL
SELECT database_name, schema_name, view_name, internal FROM duckdb_views()
WHERE list_contains(list_transform($names, lambda name: lower(name)), lower(view_name))
"""
_NAMES = """
SELECT database_name, schema_name, table_name, internal FROM duckdb_tables()
UNION ALL SELECT database_name, schema_name, view_name, internal FROM duckdb_views() LIMIT 5000
"""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A table or view of the catalog, names folded; `name` as it was made."""

    path: tuple[str, str, str]
    internal: bool
    name: str

    def visible(self, grants: Grants) -> bool:
        catalog, schema, _ = self.path
        if schema in HIDDEN_SCHEMAS or self.internal:
            return schema in grants.schemas and schema in HIDDEN_SCHEMAS
        return grants.catalogs is None or catalog in grants.catalogs | {"temp"}


def _check_relations(
    connection: duckdb.DuckDBPyConnection, sql: str, relations: tuple[Relation, ...], grants: Grants
) -> None:
    names = sorted({relation.path[-1] for relation in relations})
    entries = _catalog(connection, _RELATIONS, {"names": names})
    for relation in relations:
        path = tuple(map(fold, relation.path))
        found = [entry.visible(grants) for entry in entries if may_mean(path, entry.path)]
        if any(found) if len(path) == 1 else found and all(found):
            continue
        known = {entry.name for entry in _catalog(connection, _NAMES, None) if entry.visible(grants)}
        shown = printable(".".join(relation.path))
        kind = "no file" if looks_like_file(relation.path[-1]) else "no table or view"
        message = f'{kind} "{shown}" was given to this session'
        nearest = suggestions(relation.path[-1], known)
        raise NotAllowed.at(sql, relation.span, "not_allowed", message, did_you_mean=nearest)


def _catalog(connection: duckdb.DuckDBPyConnection, query: str, parameters: dict[str, object] | None) -> list[_Entry]:
    try:
        rows = connection.execute(query, parameters).fetchall()
    except duckdb.Error as error:
        raise RunError.at("", None, "catalog_error", f"the catalog cannot be read: {error}") from error
    return [_Entry((fold(c), fold(s), fold(n)), bool(internal), n) for c, s, n, internal in rows]
