"""The registry: tables `stratum.models` and `stratum.trials` in the session's own database.

A model is registered in one transaction after its artefact is on disk, so that what is registered can always be read.
If the caller has a transaction open, the rows are part of it. Names are values in these tables and nothing else: no
name becomes a path. They are compared in Unicode's composed form and without case; the version counts on over all
spellings of one name.

An artefact is removed when no row names it any more, after the transaction that dropped the last one: another session
of this process may be about to name the same bytes, and holds them meanwhile.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import Any

import duckdb
import pyarrow as pa

from stratum_sql.bind.database import Database, error_facts
from stratum_sql.bind.leaves import quote
from stratum_sql.catalog.spec import TransformSpec
from stratum_sql.errors import (
    BindError,
    Diagnostic,
    ModelCorrupt,
    RunError,
    Span,
    StratumError,
    printable,
    suggestions,
)
from stratum_sql.grammar.syntax import Created
from stratum_sql.models.artefacts import ArtefactFolder, from_bytes, to_bytes
from stratum_sql.models.manifest import Manifest, fitted_features, from_json, to_json
from stratum_sql.models.stored import StoredModel, key_of, stored_model
from stratum_sql.models.temporary import TemporaryModel, TemporaryModels

_TABLES = """
CREATE SCHEMA IF NOT EXISTS {schema};
CREATE TABLE IF NOT EXISTS {schema}.models (
    name VARCHAR NOT NULL, version INTEGER NOT NULL, estimator VARCHAR, params VARCHAR, metric VARCHAR, score DOUBLE,
    statement VARCHAR, artefact VARCHAR NOT NULL, manifest VARCHAR NOT NULL, created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (name, version));
CREATE TABLE IF NOT EXISTS {schema}.trials (
    run VARCHAR NOT NULL, statement VARCHAR, model VARCHAR, trial INTEGER, estimator VARCHAR, params VARCHAR,
    status VARCHAR, error VARCHAR, fold_scores VARCHAR, fit_seconds DOUBLE, finished_at TIMESTAMP NOT NULL);
"""

_HELD = 64  # models kept in memory after they were read


_TRIALS = "__stratum_trials"  # the name under which finished trials are handed to DuckDB


@dataclass(frozen=True, slots=True)
class TrialRow:
    """A finished trial as it is written to `stratum.trials`."""

    run: str
    statement: str
    model: str | None
    trial: int
    estimator: str
    params: dict[str, Any]
    status: str
    error: str | None
    fold_scores: dict[str, list[float | None]]
    fit_seconds: float


@dataclass(frozen=True, slots=True)
class Entry:
    """The newest version of a model, as it stands in the registry. `versions` counts all; `manifest` is JSON."""

    name: str
    version: int
    versions: int
    estimator: str
    params: str
    metric: str
    score: float | None
    manifest: str
    created_at: datetime
    temporary: bool


class Store:
    """The models of one session: those of its database, and those that go with it."""

    def __init__(
        self,
        database: Database,
        artefacts: ArtefactFolder,
        find_transform: Callable[[str], TransformSpec | None],
        is_allowed: Callable[[str], bool],
        *,
        read_only: bool,
    ) -> None:
        self._database, self._artefacts = database, artefacts
        self._find_transform, self._is_allowed = find_transform, is_allowed
        self.read_only = read_only
        self._loaded: dict[tuple[str, str], StoredModel] = {}
        self._temporary = TemporaryModels()
        self._made: set[tuple[str, int]] = set()  # key and version of what this session kept
        self._unsettled: list[str] = []  # digests that an open transaction of the caller's names
        self._dropped: set[str] = set()  # digests that perhaps no row names any more
        self._catalog = str(database.ask("SELECT current_database()")[0][0])

    def add_trials(self, rows: Sequence[TrialRow]) -> None:
        """Write finished trials, all or none. Raises RunError."""
        if self.read_only or not rows:
            return
        table = _trial_table(rows)
        with self._transaction() as (connection, _):
            connection.register(_TRIALS, table)  # one INSERT of many rows: a thousand single ones take seconds
            try:
                connection.execute(f"INSERT INTO {self._schema}.trials SELECT * FROM {_TRIALS}")
            finally:
                connection.unregister(_TRIALS)

    def add_model(
        self, make: Callable[[int], Manifest], parts: dict[str, Any], created: Created | None = None
    ) -> Manifest | None:
        """Keep a model under its name: the next version, or what `created` says. `make` is given the version.

        None if one is there and is left as it is. Raises RunError: `model_exists` if it must be new and is not.
        """
        if created is not None and created.temporary:
            return self._add_temporary(make, parts, created)
        if self.read_only:
            raise RunError(Diagnostic("read_only", "the database is read-only: the model was not kept", "run"))
        digest = self._artefacts.write(to_bytes(parts))
        own = True
        try:
            with self._transaction() as (connection, own):
                manifest = self._added(connection, make, digest, created)
        finally:
            self._artefacts.let_go(digest) if own else self._unsettled.append(digest)
        self.settle()
        return manifest

    def _added(
        self,
        connection: duckdb.DuckDBPyConnection,
        make: Callable[[int], Manifest],
        digest: str,
        created: Created | None,
    ) -> Manifest | None:
        key = key_of(make(0).name)
        rows = connection.execute(f"SELECT name, version FROM {self._schema}.models").fetchall()
        there = [(name, version) for name, version in rows if key_of(name) == key]
        if there and created is not None and not created.or_replace:
            self._dropped.add(digest)
            _check_left(there[0][0], created)
            return None
        manifest = make(1 + max((version for _, version in there), default=0))
        if created is not None:
            self._delete(connection, [name for name, _ in there])
        connection.execute(
            f"INSERT INTO {self._schema}.models VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [manifest.name, manifest.version, manifest.estimator, manifest.params, manifest.metric, manifest.score,
             manifest.statement, digest, to_json(manifest), _now()],
        )  # fmt: skip
        self._made.add((key, manifest.version))
        return manifest

    def _add_temporary(
        self, make: Callable[[int], Manifest], parts: dict[str, Any], created: Created
    ) -> Manifest | None:
        there = self._temporary.find(make(0).name)
        if there is not None and not created.or_replace:
            _check_left(there.model.manifest.name, created)
            return None
        version = 1 + (there.model.manifest.version if there is not None else 0)
        manifest = from_json(to_json(make(version)), self._find_transform)  # as one from the database reads
        self._temporary.keep(TemporaryModel(stored_model(manifest, parts), _now()))
        return manifest

    def drop(self, name: str) -> None:
        """Let a model go: the session's own of that name, else all versions in the database. Raises RunError."""
        if self._temporary.drop(name):
            return
        if self.read_only:
            raise RunError(Diagnostic("read_only", "the database is read-only: the model was not dropped", "run"))
        with self._transaction() as (connection, _):
            self._delete(connection, self._spellings(name))
        self.settle()

    def _delete(self, connection: duckdb.DuckDBPyConnection, names: Sequence[str]) -> None:
        query = f"DELETE FROM {self._schema}.models WHERE list_contains(?, name) RETURNING artefact"
        self._dropped |= {digest for (digest,) in connection.execute(query, [list(names)]).fetchall()}

    def settle(self) -> None:
        """Remove artefacts that no row names, once the caller's transaction is over: it may be rolled back."""
        if not self._dropped and not self._unsettled:
            return
        with self._database.lock, suppress(StratumError):  # in an aborted transaction nothing can be asked
            if not _is_outside(self._database.connection):
                return
            self._let_go()
            self._dropped = {
                one for one in self._dropped if not self._artefacts.remove(one, partial(self._is_named, one))
            }

    def close(self) -> None:
        """`settle` for the last time: a transaction that is open now is rolled back."""
        self.settle()
        self._let_go()

    def _let_go(self) -> None:
        for digest in self._unsettled:
            self._artefacts.let_go(digest)
        self._dropped.update(self._unsettled)
        self._unsettled.clear()

    def _is_named(self, digest: str) -> bool:
        return bool(self._rows(f"SELECT 1 FROM {self._schema}.models WHERE artefact = ? LIMIT 1", [digest]))

    # -- what is there -------------------------------------------------------------------------------------------------

    def names(self) -> list[str]:
        """Names of all models, in alphabetical order."""
        stored = [name for (name,) in self._rows(f"SELECT DISTINCT name FROM {self._schema}.models")]
        return sorted({*stored, *(one.model.manifest.name for one in self._temporary)})

    def has(self, name: str, *, temporary: bool) -> bool:
        """Whether the session has a temporary model of that name, or the database one that stays."""
        return self._temporary.find(name) is not None if temporary else bool(self._spellings(name))

    def made_here(self, entry: Entry) -> bool:
        """Whether this session kept that version."""
        return entry.temporary or (key_of(entry.name), entry.version) in self._made

    def entries(self, like: str = "%") -> list[Entry]:
        """The newest version of every model with a name like the pattern, case aside, by name; none that is hidden."""
        newest = self._newest()
        keys = list({*newest, *self._temporary.keys()})
        wanted = self._rows("SELECT key FROM unnest(?::VARCHAR[]) AS k(key) WHERE key LIKE ?", [keys, key_of(like)])
        return self._entries(sorted(key for (key,) in wanted), newest)

    def entry(self, name: str, script: str, span: Span) -> Entry:
        """The newest version of a model. Raises BindError with candidates."""
        found = self._entries([key_of(name)], self._newest())
        if not found:
            raise self.unknown(name, script, span)
        return found[0]

    def _newest(self) -> dict[str, tuple[str, int, int]]:
        """Of every model in the database, by key: the newest version's name and number, and how many there are."""
        found: dict[str, tuple[str, int, int]] = {}
        for name, version in self._rows(f"SELECT name, version FROM {self._schema}.models ORDER BY version"):
            key = key_of(name)
            found[key] = name, version, found.get(key, (name, version, 0))[2] + 1
        return found

    def _entries(self, keys: Sequence[str], newest: dict[str, tuple[str, int, int]]) -> list[Entry]:
        stored = [newest[key] for key in keys if key in newest]
        query = f"""
            SELECT name, version, estimator, params, metric, score, manifest, created_at FROM {self._schema}.models
            WHERE (name, version) IN (SELECT unnest(?::VARCHAR[]), unnest(?::INTEGER[]))"""
        rows = self._rows(query, [[name for name, _, _ in stored], [version for _, version, _ in stored]])
        found = {key_of(row[0]): _entry(row, newest[key_of(row[0])][2]) for row in rows}
        found |= {key: _temporary_entry(one) for key in keys if (one := self._temporary.find(key)) is not None}
        return [found[key] for key in keys if key in found]

    def manifest(self, entry: Entry) -> Manifest:
        """What a model says of itself. Raises ModelCorrupt."""
        return from_json(entry.manifest, self._find_transform)

    def _spellings(self, name: str) -> list[str]:
        """The names in the database that are one with `name`."""
        stored = self._rows(f"SELECT DISTINCT name FROM {self._schema}.models")
        return [known for (known,) in stored if key_of(known) == key_of(name)]

    def load(self, name: str, script: str, span: Span) -> StoredModel:
        """The newest version of a model. Raises BindError with candidates, or ModelCorrupt."""
        temporary = self._temporary.find(name)
        if temporary is not None:
            return temporary.model
        found = self._artefact_of(name)
        while found is not None:
            try:
                return self._held(*found)
            except ModelCorrupt:
                before, found = found, self._artefact_of(name)
                if found == before:
                    raise  # it is damaged; else another session has replaced or dropped it meanwhile
        raise self.unknown(name, script, span)

    def _artefact_of(self, name: str) -> tuple[str, str] | None:
        """Digest and manifest of the newest version."""
        query = f"SELECT artefact, manifest FROM {self._schema}.models WHERE list_contains(?, name) ORDER BY version"
        rows = self._rows(query, [self._spellings(name)])
        return (rows[-1][0], rows[-1][1]) if rows else None

    def _held(self, digest: str, text: str) -> StoredModel:
        if (digest, text) not in self._loaded:
            self._loaded[digest, text] = self._read(digest, text)
            if len(self._loaded) > _HELD:
                del self._loaded[next(iter(self._loaded))]
        return self._loaded[digest, text]

    def unknown(self, name: str, script: str, span: Span) -> BindError:
        """The error for a name that no model has, with those that come near."""
        known = self.names()
        hint = f"models here: {', '.join(map(_shown, known[:5]))}" if known else "keep one: … TRAIN MODEL … AS name"
        error = BindError.at(
            script,
            span,
            "unknown_model",
            f'no model "{_shown(name)}"',
            did_you_mean=suggestions(name, known),
            hint=hint,
        )
        assert isinstance(error, BindError)
        return error

    def _read(self, digest: str, text: str) -> StoredModel:
        manifest = from_json(text, self._find_transform)
        parts = from_bytes(self._artefacts.read(digest), digest, self._is_allowed)
        if not _is_whole(parts, manifest):
            raise ModelCorrupt(
                Diagnostic("model_corrupt", "the model's artefact is not the one of its manifest", "run")
            )
        return stored_model(manifest, parts)

    # -- the tables ----------------------------------------------------------------------------------------------------

    @cached_property
    def _schema(self) -> str:
        """The schema in the session's own database, whatever USE has made the current one since."""
        return f"{quote(self._catalog)}.stratum"

    def _rows(self, sql: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
        """Rows of the registry, none before the first model. Raises RunError."""
        try:
            return self._database.ask(sql, parameters)
        except duckdb.CatalogException:
            return []
        except duckdb.Error as error:
            raise _failed("read", error) from None

    @contextmanager
    def _transaction(self) -> Iterator[tuple[duckdb.DuckDBPyConnection, bool]]:
        """One transaction of our own, or the caller's if one is open; whether it is our own."""
        connection = self._database.connection
        with self._database.lock:
            own = _begin(connection)
            try:
                connection.execute(_TABLES.format(schema=self._schema))
                yield connection, own
                if own:
                    connection.execute("COMMIT")
            except duckdb.Error as error:
                _end(connection, own)
                raise _failed("written", error) from None
            except BaseException:
                _end(connection, own)
                raise


def _is_whole(parts: object, manifest: Manifest) -> bool:
    """Whether an artefact holds an estimator and as many states as its manifest wants, or that for each group."""
    if manifest.groups:
        groups = parts.get("groups") if isinstance(parts, dict) else None
        if not isinstance(groups, list) or len(groups) != len(manifest.groups):
            return False
        return all(_is_whole(part, own) for part, (_, own) in zip(groups, manifest.groups, strict=True))
    if (
        not isinstance(parts, dict)
        or set(parts) != {"estimator", "states"}
        or not hasattr(parts["estimator"], "predict")
    ):
        return False
    states = sum(1 for _ in fitted_features(manifest.features))
    return isinstance(parts["states"], list) and len(parts["states"]) == states


def _begin(connection: duckdb.DuckDBPyConnection) -> bool:
    """Begin a transaction; False if the caller has one open, which a second BEGIN would abort."""
    if not _is_outside(connection):
        return False
    connection.execute("BEGIN")
    return True


def _is_outside(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether no transaction is open.

    Outside one every statement has a new number; in one that an error aborted it cannot be asked.
    """
    try:
        first, second = (connection.execute("SELECT txid_current()").fetchall() for _ in range(2))
    except duckdb.TransactionException:
        return False
    return bool(first != second)


def _end(connection: duckdb.DuckDBPyConnection, own: bool) -> None:
    """Roll back what is ours; a COMMIT that failed has done so already."""
    if own:
        with suppress(duckdb.TransactionException):
            connection.execute("ROLLBACK")


def _failed(done: str, error: duckdb.Error) -> RunError:
    facts = error_facts(error)
    message = str(facts["exception_message"]).split("\n")[0]
    return RunError(Diagnostic("storage_failed", f"the registry cannot be {done}: {message}", "run", retryable=True))


def _check_left(name: str, created: Created) -> None:
    """Raise RunError if a model that is there had to be new."""
    if not created.if_not_exists:
        raise RunError(Diagnostic("model_exists", f'there is a model "{_shown(name)}" by now', "run"))


def _entry(row: tuple[Any, ...], versions: int) -> Entry:
    name, version, estimator, params, metric, score, manifest, created_at = row
    return Entry(name, version, versions, estimator, params, metric, score, manifest, created_at, False)


def _temporary_entry(one: TemporaryModel) -> Entry:
    own = one.model.manifest
    return Entry(
        own.name, own.version, 1, own.estimator, own.params, own.metric, own.score, to_json(own), one.created_at, True
    )


def _shown(name: str) -> str:
    """A name fit to be shown: no control characters, not longer than a line."""
    return printable(name if len(name) <= 80 else name[:77] + "...")


def _trial_table(rows: Sequence[TrialRow]) -> pa.Table:
    """Trials as the columns of `trials`, in their order."""
    text = pa.string()
    return pa.table(
        {
            "run": pa.array([row.run for row in rows], text),
            "statement": pa.array([row.statement for row in rows], text),
            "model": pa.array([row.model for row in rows], text),
            "trial": pa.array([row.trial for row in rows], pa.int32()),
            "estimator": pa.array([row.estimator for row in rows], text),
            "params": pa.array([json.dumps(row.params, default=str) for row in rows], text),
            "status": pa.array([row.status for row in rows], text),
            "error": pa.array([row.error for row in rows], text),
            "fold_scores": pa.array([json.dumps(row.fold_scores) for row in rows], text),
            "fit_seconds": pa.array([row.fit_seconds for row in rows], pa.float64()),
            "finished_at": pa.array([_now()] * len(rows), pa.timestamp("us")),
        }
    )


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
