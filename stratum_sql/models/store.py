"""The registry: tables `stratum.models` and `stratum.trials` in the session's own database.

A model is registered in one transaction after its artefact is on disk, so that what is registered can always be read.
If the caller has a transaction open, the rows are part of it. Names are values in these tables and nothing else: no
name becomes a path. They are compared in Unicode's composed form and without case; the version counts on over all
spellings of one name.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import duckdb
import pyarrow as pa

from stratum_sql.bind.database import Database, error_facts
from stratum_sql.bind.leaves import quote
from stratum_sql.catalog.spec import TransformSpec
from stratum_sql.errors import BindError, Diagnostic, ModelCorrupt, RunError, Span, printable, suggestions
from stratum_sql.models.artefacts import ArtefactFolder, from_bytes, to_bytes
from stratum_sql.models.classes import Classes, read_classes
from stratum_sql.models.manifest import Manifest, fitted_features, from_json, to_json

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


@dataclass(frozen=True, eq=False, slots=True)
class StoredModel:
    """A model that can predict: its manifest, its estimator, and one state for each fitted feature, in the manifest's
    order.

    `classes` is None for a regression.
    """

    manifest: Manifest
    estimator: Any
    states: tuple[Any, ...]
    classes: Classes | None


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
        self._catalog = str(database.ask("SELECT current_database()")[0][0])

    def add_trials(self, rows: Sequence[TrialRow]) -> None:
        """Write finished trials, all or none. Raises RunError."""
        if self.read_only or not rows:
            return
        table = _trial_table(rows)
        with self._transaction() as connection:
            connection.register(_TRIALS, table)  # one INSERT of many rows: a thousand single ones take seconds
            try:
                connection.execute(f"INSERT INTO {self._schema}.trials SELECT * FROM {_TRIALS}")
            finally:
                connection.unregister(_TRIALS)

    def add_model(self, make: Callable[[int], Manifest], parts: dict[str, Any]) -> Manifest:
        """Keep a model under its name, as the next version. `make` is given the version. Raises RunError."""
        if self.read_only:
            raise RunError(Diagnostic("read_only", "the database is read-only: the model was not kept", "run"))
        digest = self._artefacts.write(to_bytes(parts))
        name = make(0).name
        with self._transaction() as connection:
            versions = connection.execute(f"SELECT name, version FROM {self._schema}.models").fetchall()
            manifest = make(1 + max((version for other, version in versions if _key(other) == _key(name)), default=0))
            connection.execute(
                f"INSERT INTO {self._schema}.models VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [manifest.name, manifest.version, manifest.estimator, manifest.params, manifest.metric, manifest.score,
                 manifest.statement, digest, to_json(manifest), _now()],
            )  # fmt: skip
        return manifest

    def names(self) -> list[str]:
        """Names of all models, in alphabetical order."""
        return [name for (name,) in self._rows(f"SELECT DISTINCT name FROM {self._schema}.models ORDER BY name")]

    def load(self, name: str, script: str, span: Span) -> StoredModel:
        """The newest version of a model. Raises BindError with candidates, or ModelCorrupt."""
        spellings = [known for known in self.names() if _key(known) == _key(name)]
        if not spellings:
            raise self._unknown(name, script, span)
        query = f"SELECT artefact, manifest FROM {self._schema}.models WHERE list_contains(?, name) ORDER BY version"
        digest, text = self._rows(query, [spellings])[-1]
        if (digest, text) not in self._loaded:
            self._loaded[digest, text] = self._read(digest, text)
            if len(self._loaded) > _HELD:
                del self._loaded[next(iter(self._loaded))]
        return self._loaded[digest, text]

    def _unknown(self, name: str, script: str, span: Span) -> BindError:
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
        wanted = sum(1 for _ in fitted_features(manifest.features))
        if not _is_whole(parts, wanted):
            raise ModelCorrupt(
                Diagnostic("model_corrupt", "the model's artefact is not the one of its manifest", "run")
            )
        classes = None if manifest.labels is None else read_classes(manifest.labels, manifest.target.type)
        return StoredModel(manifest, parts["estimator"], tuple(parts["states"]), classes)

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
    def _transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """One transaction of our own, or the caller's if one is open."""
        connection = self._database.connection
        with self._database.lock:
            own = _begin(connection)
            try:
                connection.execute(_TABLES.format(schema=self._schema))
                yield connection
                if own:
                    connection.execute("COMMIT")
            except duckdb.Error as error:
                _end(connection, own)
                raise _failed("written", error) from None
            except BaseException:
                _end(connection, own)
                raise


def _is_whole(parts: object, states: int) -> bool:
    """Whether an artefact holds an estimator and that many states."""
    if (
        not isinstance(parts, dict)
        or set(parts) != {"estimator", "states"}
        or not hasattr(parts["estimator"], "predict")
    ):
        return False
    return isinstance(parts["states"], list) and len(parts["states"]) == states


def _begin(connection: duckdb.DuckDBPyConnection) -> bool:
    """Begin a transaction; False if the caller has one open, which a second BEGIN would abort.

    Outside a transaction every statement has a new number; in one that an error aborted it cannot be asked.
    """
    try:
        first, second = (connection.execute("SELECT txid_current()").fetchall() for _ in range(2))
    except duckdb.TransactionException:
        return False
    if first == second:
        return False
    connection.execute("BEGIN")
    return True


def _end(connection: duckdb.DuckDBPyConnection, own: bool) -> None:
    """Roll back what is ours; a COMMIT that failed has done so already."""
    if own:
        with suppress(duckdb.TransactionException):
            connection.execute("ROLLBACK")


def _failed(done: str, error: duckdb.Error) -> RunError:
    facts = error_facts(error)
    message = str(facts["exception_message"]).split("\n")[0]
    return RunError(Diagnostic("storage_failed", f"the registry cannot be {done}: {message}", "run", retryable=True))


def _key(name: str) -> str:
    """What two spellings of one name have in common."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


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
