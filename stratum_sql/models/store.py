"""The registry: tables `stratum.models` and `stratum.trials` in the session's own database.

A model is registered in one transaction after its artefact is on disk, so that what is registered can always be read. If the
caller has a transaction open, the rows are part of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import duckdb

from stratum_sql.bind.database import Database
from stratum_sql.catalog.spec import TransformSpec
from stratum_sql.errors import BindError, Diagnostic, RunError, Span, suggestions
from stratum_sql.models.artefacts import ArtefactFolder, from_bytes, to_bytes
from stratum_sql.models.manifest import Manifest, from_json, to_json

_TABLES = """
CREATE SCHEMA IF NOT EXISTS stratum;
CREATE TABLE IF NOT EXISTS stratum.models (
    name VARCHAR NOT NULL, version INTEGER NOT NULL, estimator VARCHAR, params VARCHAR, metric VARCHAR, score DOUBLE,
    statement VARCHAR, artefact VARCHAR NOT NULL, manifest VARCHAR NOT NULL, created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (name, version));
CREATE TABLE IF NOT EXISTS stratum.trials (
    run VARCHAR NOT NULL, statement VARCHAR, model VARCHAR, trial INTEGER, estimator VARCHAR, params VARCHAR, status VARCHAR,
    error VARCHAR, fold_scores VARCHAR, fit_seconds DOUBLE, finished_at TIMESTAMP NOT NULL);
"""


@dataclass(frozen=True, eq=False, slots=True)
class StoredModel:
    """A model that can predict: its manifest, its estimator, and one state for each fitted feature, in the manifest's order."""

    manifest: Manifest
    estimator: Any
    states: tuple[Any, ...]


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


class Store:
    """The models of one session's database."""

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

    def add_trials(self, rows: Sequence[TrialRow]) -> None:
        """Write finished trials, all or none."""
        if self.read_only or not rows:
            return
        now = _now()
        values = [
            [row.run, row.statement, row.model, row.trial, row.estimator, json.dumps(row.params, default=str), row.status, row.error,
             json.dumps(row.fold_scores), row.fit_seconds, now]
            for row in rows
        ]  # fmt: skip
        with self._transaction() as connection:
            connection.executemany("INSERT INTO stratum.trials VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)

    def add_model(self, make: Callable[[int], Manifest], parts: dict[str, Any]) -> Manifest:
        """Keep a model under its name, as the next version. `make` is given the version. Raises RunError."""
        if self.read_only:
            raise RunError(Diagnostic("read_only", "the database is read-only: the model was not kept", "run"))
        digest = self._artefacts.write(to_bytes(parts))
        with self._transaction() as connection:
            name = make(0).name
            row = connection.execute("SELECT coalesce(max(version), 0) FROM stratum.models WHERE name = ?", [name]).fetchone()
            manifest = make(int(row[0]) + 1 if row else 1)
            connection.execute(
                "INSERT INTO stratum.models VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [manifest.name, manifest.version, manifest.estimator, manifest.params, manifest.metric, manifest.score,
                 manifest.statement, digest, to_json(manifest), _now()],
            )  # fmt: skip
        return manifest

    def names(self) -> list[str]:
        """Names of all models, in alphabetical order."""
        return [name for (name,) in self._rows("SELECT DISTINCT name FROM stratum.models ORDER BY name", [])]

    def load(self, name: str, script: str, span: Span) -> StoredModel:
        """The newest version of a model. Raises BindError with candidates, or ModelCorrupt."""
        rows = self._rows("SELECT artefact, manifest FROM stratum.models WHERE lower(name) = lower(?) ORDER BY version DESC LIMIT 1", [name])
        if not rows:
            known = self.names()
            hint = f"models here: {', '.join(known[:5])}" if known else "keep one: … TRAIN MODEL … AS name"
            raise BindError.at(script, span, "unknown_model", f'no model "{name}"', did_you_mean=suggestions(name, known), hint=hint)
        digest, text = rows[0]
        if (digest, text) not in self._loaded:
            self._loaded[digest, text] = self._read(digest, text)
        return self._loaded[digest, text]

    def _read(self, digest: str, text: str) -> StoredModel:
        manifest = from_json(text, self._find_transform)
        parts = from_bytes(self._artefacts.read(digest), digest, self._is_allowed)
        return StoredModel(manifest, parts["estimator"], tuple(parts["states"]))

    def _rows(self, sql: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
        try:
            return self._database.ask(sql, parameters)
        except duckdb.CatalogException:
            return []

    @contextmanager
    def _transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """One transaction of our own, or the caller's if one is open."""
        connection = self._database.connection
        with self._database.lock:
            own = _begin(connection)
            try:
                connection.execute(_TABLES)
                yield connection
            except duckdb.Error as error:
                if own:
                    connection.execute("ROLLBACK")
                raise RunError(Diagnostic("storage_failed", f"the registry cannot be written: {str(error).splitlines()[0]}", "run", retryable=True)) from None
            except BaseException:
                if own:
                    connection.execute("ROLLBACK")
                raise
            if own:
                connection.execute("COMMIT")


def _begin(connection: duckdb.DuckDBPyConnection) -> bool:
    """Begin a transaction; False if the caller has one open."""
    try:
        connection.execute("BEGIN")
    except duckdb.TransactionException:
        return False
    return True


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
