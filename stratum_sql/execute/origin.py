"""What a relation comes from, by content: its text, and the tables that the text reads, each by a fingerprint.

A trial that is known by its origin needs no row: the relation is not read. Fingerprints are asked of DuckDB, which
reads a table several times as fast as it hands one over. What a text reads is found by the walk that admits foreign
statements (`trust/guard.py`): everything in it must be known to depend on nothing but its arguments. Files, variables
of the host program, its functions and macros, and whatever follows the clock have no origin here; nor have large
tables, of which a statement may need little.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

import duckdb

from stratum_sql.bind.database import Database
from stratum_sql.bind.inline import view_body
from stratum_sql.connections import not_ctrl_c
from stratum_sql.errors import StratumError
from stratum_sql.execute.content import DIGEST_BYTES, is_volatile
from stratum_sql.execute.duckdb import scan_sql
from stratum_sql.plan.graph import Node, Operator
from stratum_sql.plan.relational import Read, Scan, Source
from stratum_sql.quoting import quote
from stratum_sql.trust.grants import Grants, fold, may_mean
from stratum_sql.trust.guard import reads_of
from stratum_sql.trust.walk import Relation

MOST_VALUES = 50_000_000  # rows times columns of one table: about half a second
_MOST_VIEWS = 100  # one inside the other
_SAMPLED = re.compile(r"\b(?:table)?sample\b", re.IGNORECASE)

_RELATIONS = """
SELECT t.database_name, t.schema_name, t.table_name, t.estimated_size * t.column_count, NULL
FROM duckdb_tables() AS t JOIN duckdb_databases() AS d USING (database_name) WHERE NOT t.internal AND d.type = 'duckdb'
UNION ALL SELECT database_name, schema_name, view_name, NULL, sql FROM duckdb_views() WHERE NOT internal
"""
_SETTINGS = "SELECT name, value FROM duckdb_settings() ORDER BY name"
_DATABASES = "SELECT database_name, path, type FROM duckdb_databases() ORDER BY database_name"


class _Unknown(Exception):
    """Something in a text that may be another thing next time."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A table, or a view with its text, of the catalog."""

    path: tuple[str, str, str]
    values: int | None
    view: str | None

    @property
    def folded(self) -> tuple[str, str, str]:
        """Its path as names are compared."""
        catalog, schema, name = map(fold, self.path)
        return catalog, schema, name


class Origins:
    """The origins of what a plan reads, as they were when first asked for."""

    def __init__(self, database: Database, plan: Iterable[Node]) -> None:
        self._database = database
        self._reads: dict[Operator, tuple[Source, list[Read]]] = {}
        for node in plan:
            if isinstance(node.operator, Read) and isinstance(scan := node.inputs[0].operator, Scan):
                self._reads.setdefault(scan, (scan.source, []))[1].append(node.operator)

    @cached_property
    def _digests(self) -> dict[Operator, bytes]:
        return self._ask(_Catalog(self._database), self._reads)

    def digest(self, node: Node) -> bytes | None:
        """The digest of the column that a `Read` reads, None if it has none."""
        origin, read = self._digests.get(node.inputs[0].operator), node.operator
        if origin is None or not isinstance(read, Read):
            return None
        text = f"read 1\0{read.key}\0{read.index}\0{read.type}\0{read.column_kind}".encode("utf-8", "surrogatepass")
        return blake2b(origin + text, digest_size=DIGEST_BYTES).digest()

    def hold(self) -> bool:
        """Whether all that has an origin has the same now."""
        return self._ask(_Catalog(self._database, anew=True), self._digests) == self._digests

    def _ask(self, catalog: _Catalog, scans: Iterable[Operator]) -> dict[Operator, bytes]:
        found: dict[Operator, bytes] = {}
        for scan in scans:
            source, reads = self._reads[scan]
            try:
                found[scan] = catalog.origin(scan_sql(source, reads), source.key)
            except (_Unknown, duckdb.Error):
                continue
            except RuntimeError as error:
                not_ctrl_c(error)
        return found


class _Catalog:
    """What the database holds now; asked for once, and for each table once. Its functions as they were when the group
    of statements was bound, or `anew`."""

    def __init__(self, database: Database, *, anew: bool = False) -> None:
        self._database, self._anew = database, anew
        self._fingerprints: dict[tuple[str, str, str], str] = {}

    @cached_property
    def _entries(self) -> list[_Entry]:
        rows = self._database.ask(_RELATIONS)
        return [_Entry((catalog, schema, name), values, view) for catalog, schema, name, values, view in rows]

    @cached_property
    def _others(self) -> frozenset[str]:
        """Functions and macros that are not DuckDB's own, which may have the name of one that is."""
        return frozenset(name for name, *_ in self._database.own_functions(anew=self._anew))

    @cached_property
    def _settings(self) -> str:
        return repr([self._database.ask(_SETTINGS), self._database.ask(_DATABASES)])

    def origin(self, text: str, key: str) -> bytes:
        """The digest of a query's relation. Raises _Unknown."""
        lines = sorted(set(self._lines(text, 0)))
        state = blake2b(digest_size=DIGEST_BYTES)
        for part in (key, self._settings, *lines):
            data = part.encode("utf-8", "surrogatepass")
            state.update(len(data).to_bytes(8, "little") + data)
        return state.digest()

    def is_steady(self, text: str) -> bool:
        """Whether a query gives the same rows each time it is asked, as long as nothing is written."""
        try:
            return all(True for _ in self._read_by(text, 0))
        except _Unknown:
            return False

    def _lines(self, text: str, depth: int) -> Iterator[str]:
        """A line for each table and view that a text reads, with its content."""
        for entry in self._read_by(text, depth):
            found = self._fingerprint(entry) if entry.view is None else entry.view
            yield f"{'table' if entry.view is None else 'view'} {entry.path} {found}"

    def _read_by(self, text: str, depth: int) -> Iterator[_Entry]:
        """The tables and views that a text reads, and those that these views read."""
        if depth > _MOST_VIEWS or is_volatile(text) or _SAMPLED.search(text):
            raise _Unknown
        entries = [self._entry(relation) for relation in _relations(text)]
        if not self._others.isdisjoint(_words(text)):  # the dearest question comes last
            raise _Unknown
        for entry in entries:
            yield entry
            if entry.view is not None:
                body = view_body(entry.view)
                if body is None:
                    raise _Unknown
                yield from self._read_by(body, depth + 1)

    def _entry(self, relation: Relation) -> _Entry:
        path = tuple(map(fold, relation.path))
        found = [entry for entry in self._entries if may_mean(path, entry.folded)]
        if len(found) != 1:
            raise _Unknown
        return found[0]

    def _fingerprint(self, table: _Entry) -> str:
        """Names and types of the columns, and a sum over hashes of all rows, which also tells where each row stands."""
        if (table.values or 0) > MOST_VALUES:
            raise _Unknown
        if table.path not in self._fingerprints:
            name = ".".join(map(quote, table.path))
            columns = self._database.ask(f"DESCRIBE {name}")
            content = self._database.ask(f"SELECT count(*), bit_xor(hash(rowid, *COLUMNS(*))) FROM {name}")
            self._fingerprints[table.path] = repr((columns, content))
        return self._fingerprints[table.path]


def is_steady(database: Database, text: str) -> bool:
    """Whether a query over tables and views gives the same rows each time it is asked, as long as nothing is written:
    it calls nothing that draws lots or asks the clock, and nothing of the host program's."""
    return _Catalog(database).is_steady(text)


def _relations(text: str) -> Sequence[Relation]:
    try:
        needs = reads_of(text, Grants())
    except StratumError:
        raise _Unknown from None
    if needs.files:
        raise _Unknown
    return needs.relations


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))
