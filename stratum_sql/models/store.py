"""The registry: what the models of a session are, in tables of its own database and files beside it.

A version of a model is registered in one transaction after its artefact is on disk, so that what is registered can
always be read. If the caller has a transaction open, the rows are part of it. Names are values in these tables and
nothing else: no name becomes a path. They are compared in Unicode's composed form and without case; the version counts
on over all spellings of one name, and no number is given twice while the model is there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import duckdb

from stratum_sql.bind.database import Database
from stratum_sql.catalog.spec import TransformSpec
from stratum_sql.errors import BindError, Diagnostic, ModelCorrupt, RunError, Span, StratumError, printable, suggestions
from stratum_sql.grammar.syntax import Created
from stratum_sql.models.artefacts import ArtefactFolder, from_bytes, to_bytes
from stratum_sql.models.entries import Entry, read_entries, temporary_entry
from stratum_sql.models.garbage import Garbage, collect
from stratum_sql.models.history import (
    forget_model,
    forget_version,
    read_model,
    read_versions,
    set_alias,
    set_back,
    undo_alias,
)
from stratum_sql.models.leftovers import Leftovers
from stratum_sql.models.manifest import Manifest, fitted_features, from_json, to_json
from stratum_sql.models.stored import StoredModel, key_of, stored_model
from stratum_sql.models.tables import Tables, now
from stratum_sql.models.temporary import TemporaryModel, TemporaryModels
from stratum_sql.models.trials import TrialRow, write_trials
from stratum_sql.models.versions import LATEST, Change, Ranked, Versions

_HELD = 64  # models kept in memory after they were read
Version = int | str | None  # a number, a word after `@`, or none: the latest


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
        self._artefacts = artefacts
        self._find_transform, self._is_allowed = find_transform, is_allowed
        self.read_only = read_only
        self._tables = Tables(database)
        self._leftovers = Leftovers(self._tables, artefacts)
        self._loaded: dict[tuple[str, str], StoredModel] = {}
        self._temporary = TemporaryModels()
        self._made: set[tuple[str, int]] = set()  # key and version of what this session kept
        if not read_only:
            artefacts.claim()

    # -- what is written -----------------------------------------------------------------------------------------------

    def add_trials(self, rows: Sequence[TrialRow]) -> None:
        """Write finished trials, all or none. Raises RunError."""
        if rows and not self.read_only:
            write_trials(self._tables, rows)

    def add_model(
        self, make: Callable[[int], Manifest], parts: dict[str, Any], created: Created | None = None
    ) -> Manifest | None:
        """Keep a model under its name: the next version, or what `created` says. `make` is given the version.

        None if one is there and is left as it is. Raises RunError: `model_exists` if it must be new and is not.
        """
        if created is not None and created.temporary:
            return self._add_temporary(make, parts, created)
        self._check_writable("the model was not kept")
        digest = self._artefacts.write(to_bytes(parts))
        own = True
        try:
            with self._tables.transaction() as (connection, own):
                manifest = self._added(connection, make, digest, created)
        finally:
            self._leftovers.added(digest, own=own)
        self._leftovers.settle()
        return manifest

    def _added(
        self,
        connection: duckdb.DuckDBPyConnection,
        make: Callable[[int], Manifest],
        digest: str,
        created: Created | None,
    ) -> Manifest | None:
        key = key_of(make(0).name)
        there = read_model(self._tables, key)
        if there is not None and created is not None and not created.or_replace:
            self._leftovers.drop([digest])
            _check_left(there.name, created)
            return None
        manifest = make(1 + (there.given if there is not None else 0))
        if there is not None and created is not None:
            self._delete(connection, key, there)
        connection.execute(
            f"INSERT INTO {self._tables.schema}.models VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [manifest.name, manifest.version, manifest.estimator, manifest.params, manifest.metric, manifest.score,
             manifest.statement, digest, to_json(manifest), now()],
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
        self._temporary.keep(TemporaryModel(stored_model(manifest, parts), now()))
        return manifest

    def drop(self, name: str) -> None:
        """Let a model go: the session's own of that name, else all versions in the database. Raises RunError."""
        if self._temporary.drop(name):
            return
        self._check_writable("the model was not dropped")
        with self._tables.transaction() as (connection, _):
            versions = read_model(self._tables, name)
            if versions is not None:
                self._delete(connection, key_of(name), versions)
        self._leftovers.settle()

    def drop_version(self, name: str, version: Version, script: str, span: Span) -> None:
        """Let one version of a model go; with the last one its name is free again. Raises BindError for one that is not
        there, or that an alias means; RunError.
        """
        temporary = self._temporary.find(name)
        if temporary is not None:
            _temporary_versions(temporary).number_of(version, script, span)
            self._temporary.drop(name)
            return
        self._check_writable("the model was not dropped")
        with self._tables.transaction() as (connection, _):
            versions = self._versions(name, script, span)
            number = versions.number_of(version, script, span)
            if len(versions.ranked) == 1:
                self._delete(connection, key_of(name), versions)
            else:
                _check_unused(versions, number, script, span)
                self._delete_rows(connection, [(versions.ranked[number].name, number)])
                forget_version(self._tables, connection, key_of(name), number, versions)
        self._leftovers.settle()

    def promote(self, name: str, version: Version, alias: str, script: str, span: Span) -> None:
        """Let an alias mean a version from now on. Raises BindError, RunError."""
        self._check_database(name, "promoted", script, span)
        with self._tables.transaction() as (connection, _):
            versions = self._versions(name, script, span)
            number = versions.number_of(version, script, span)
            if versions.aliases.get(key_of(alias)) != number:
                change = Change(key_of(alias), number, versions.given)
                set_alias(self._tables, connection, key_of(name), change)

    def roll_back(self, name: str, version: Version, to: int | None, script: str, span: Span) -> None:
        """Let an alias, or `latest`, mean what it meant before, or version `to`. Raises BindError, RunError."""
        self._check_database(name, "rolled back", script, span)
        word = LATEST if version is None else key_of(str(version))
        with self._tables.transaction() as (connection, _):
            versions = self._versions(name, script, span)
            if word != LATEST and word not in versions.aliases:
                raise _no_alias(versions, version, script, span)
            number = None if to is None else versions.number_of(to, script, span)
            if word == LATEST:
                number = versions.before() if number is None else number
                if number is None:
                    raise _nothing_before(versions, script, span)
                set_alias(self._tables, connection, key_of(name), set_back(versions, number))
            elif number is None:
                undo_alias(self._tables, connection, key_of(name), word)
            elif versions.aliases[word] != number:
                set_alias(self._tables, connection, key_of(name), Change(word, number, versions.given))

    def _check_database(self, name: str, done: str, script: str, span: Span) -> None:
        """Raise StratumError if a model is not one of the database, or that cannot be written."""
        if self._temporary.find(name) is not None:
            message = f'the model "{_shown(name)}" is temporary: it has one version and no aliases'
            raise BindError.at(script, span, "temporary_model", message)
        self._check_writable(f"the model was not {done}")

    def _check_writable(self, otherwise: str) -> None:
        if self.read_only:
            raise RunError(Diagnostic("read_only", f"the database is read-only: {otherwise}", "run"))

    def _delete(self, connection: duckdb.DuckDBPyConnection, key: str, versions: Versions) -> None:
        self._delete_rows(connection, [(one.name, number) for number, one in versions.ranked.items()])
        forget_model(self._tables, connection, key)

    def _delete_rows(self, connection: duckdb.DuckDBPyConnection, rows: Sequence[tuple[str, int]]) -> None:
        query = f"""DELETE FROM {self._tables.schema}.models
            WHERE (name, version) IN (SELECT unnest(?::VARCHAR[]), unnest(?::INTEGER[])) RETURNING artefact"""
        found = connection.execute(query, [[name for name, _ in rows], [number for _, number in rows]]).fetchall()
        self._leftovers.drop(digest for (digest,) in found)

    def collect_garbage(self, *, delete: bool, older_than: float) -> Garbage:
        """Files that no row names, and remove them if `delete` says so. Raises RunError."""
        return collect(self._tables, self._artefacts, read_only=self.read_only, delete=delete, older_than=older_than)

    def settle(self) -> None:
        """Remove artefacts that no row names, once the caller's transaction is over: it may be rolled back."""
        self._leftovers.settle()

    def close(self) -> None:
        """`settle` for the last time: a transaction that is open now is rolled back."""
        self._leftovers.close()

    # -- what is there -------------------------------------------------------------------------------------------------

    def names(self) -> list[str]:
        """Names of all models, in alphabetical order."""
        stored = read_versions(self._tables).values()
        names = {one.name for versions in stored for one in versions.ranked.values()}
        return sorted({*names, *(one.model.manifest.name for one in self._temporary)})

    def has(self, name: str, *, temporary: bool) -> bool:
        """Whether the session has a temporary model of that name, or the database one that stays."""
        if temporary:
            return self._temporary.find(name) is not None
        return read_model(self._tables, name) is not None

    def has_version(self, name: str, version: Version) -> bool:
        """Whether there is such a version of the model of that name; of none that is hidden."""
        temporary = self._temporary.find(name)
        versions = read_model(self._tables, name) if temporary is None else _temporary_versions(temporary)
        try:
            return versions is not None and versions.number_of(version, "", Span(0, 0)) > 0
        except BindError:
            return False

    def made_here(self, entry: Entry) -> bool:
        """Whether this session kept that version."""
        return entry.temporary or (key_of(entry.name), entry.version) in self._made

    def entries(self, like: str = "%") -> list[Entry]:
        """The latest version of every model with a name like the pattern, case aside, by name; none that is hidden."""
        stored, temporary = read_versions(self._tables), self._temporary
        keys = list({*stored, *temporary.keys()})
        query = "SELECT key FROM unnest(?::VARCHAR[]) AS k(key) WHERE key LIKE ?"
        wanted = sorted(key for (key,) in self._tables.rows(query, [keys, key_of(like)]))
        asked = [(stored[key], stored[key].latest) for key in wanted if key in stored]
        found = {key_of(entry.name): entry for entry in read_entries(self._tables, asked)}
        found |= {key: temporary_entry(one) for key in wanted if (one := temporary.find(key)) is not None}
        return [found[key] for key in wanted if key in found]

    def entry(self, name: str, script: str, span: Span, version: Version = None) -> Entry:
        """A version of a model. Raises BindError with candidates."""
        temporary = self._temporary.find(name)
        if temporary is not None:
            _temporary_versions(temporary).number_of(version, script, span)
            return temporary_entry(temporary)
        versions = self._versions(name, script, span)
        found = read_entries(self._tables, [(versions, versions.number_of(version, script, span))])
        if not found:
            raise self.unknown(name, script, span)
        return found[0]

    def version_entries(self, name: str, script: str, span: Span) -> list[Entry]:
        """Every version of a model, the newest first. Raises BindError with candidates."""
        temporary = self._temporary.find(name)
        if temporary is not None:
            return [temporary_entry(temporary)]
        versions = self._versions(name, script, span)
        return read_entries(self._tables, [(versions, number) for number in sorted(versions.ranked, reverse=True)])

    def _versions(self, name: str, script: str, span: Span) -> Versions:
        versions = read_model(self._tables, name)
        if versions is None:
            raise self.unknown(name, script, span)
        return versions

    def manifest(self, entry: Entry) -> Manifest:
        """What a model says of itself. Raises ModelCorrupt."""
        return from_json(entry.manifest, self._find_transform)

    def load(self, name: str, script: str, span: Span, version: Version = None) -> StoredModel:
        """A version of a model, the latest if none is named. Raises BindError with candidates, or ModelCorrupt."""
        temporary = self._temporary.find(name)
        if temporary is not None:
            _temporary_versions(temporary).number_of(version, script, span)
            return temporary.model
        found = self._artefact_of(name, version, script, span)
        while True:
            try:
                return self._held(*found)
            except ModelCorrupt:
                before, found = found, self._artefact_of(name, version, script, span)
                if found == before:
                    raise  # it is damaged; else another session has replaced or dropped it meanwhile

    def _artefact_of(self, name: str, version: Version, script: str, span: Span) -> tuple[str, str]:
        """Digest and manifest of a version."""
        versions = self._versions(name, script, span)
        number = versions.number_of(version, script, span)
        query = f"SELECT artefact, manifest FROM {self._tables.schema}.models WHERE name = ? AND version = ?"
        rows = self._tables.rows(query, [versions.ranked[number].name, number])
        if not rows:
            raise versions.unknown(number, script, span)
        return rows[0][0], rows[0][1]

    def _held(self, digest: str, text: str) -> StoredModel:
        if (digest, text) not in self._loaded:
            self._loaded[digest, text] = self._read(digest, text)
            if len(self._loaded) > _HELD:
                del self._loaded[next(iter(self._loaded))]
        return self._loaded[digest, text]

    def _read(self, digest: str, text: str) -> StoredModel:
        manifest = from_json(text, self._find_transform)
        parts = from_bytes(self._artefacts.read(digest), digest, self._is_allowed)
        if not _is_whole(parts, manifest):
            raise ModelCorrupt(
                Diagnostic("model_corrupt", "the model's artefact is not the one of its manifest", "run")
            )
        return stored_model(manifest, parts)

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


def _temporary_versions(one: TemporaryModel) -> Versions:
    own = one.model.manifest
    return Versions({own.version: Ranked(own.name, own.metric, own.score)})


def _check_left(name: str, created: Created) -> None:
    """Raise RunError if a model that is there had to be new."""
    if not created.if_not_exists:
        raise RunError(Diagnostic("model_exists", f'there is a model "{_shown(name)}" by now', "run"))


def _check_unused(versions: Versions, number: int, script: str, span: Span) -> None:
    """Raise BindError if an alias means a version: dropping it must not make the alias mean another."""
    used = versions.in_use(number)
    if used:
        name = _shown(versions.name)
        message = f"version {number} is what {name}@{used[0]} means"
        hint = f"PROMOTE MODEL {name}@… TO {used[0]}, or ROLLBACK MODEL {name}@{used[0]}, gives it another version"
        raise BindError.at(script, span, "version_in_use", message, hint=None if used[0] == LATEST else hint)


def _no_alias(versions: Versions, version: Version, script: str, span: Span) -> StratumError:
    """The error for a rollback of what is no alias: a number, `best`, or a word that none is called."""
    if isinstance(version, str) and key_of(version) != "best":
        return versions.unknown(version, script, span)
    message = f"only an alias or latest can go back; @{version} follows from the versions"
    return BindError.at(script, span, "not_an_alias", message, hint=f"ROLLBACK MODEL {_shown(versions.name)} TO 2")


def _nothing_before(versions: Versions, script: str, span: Span) -> StratumError:
    message = f'the model "{_shown(versions.name)}" has no version before {versions.latest}'
    return BindError.at(script, span, "nothing_before", message)


def _shown(name: str) -> str:
    """A name fit to be shown: no control characters, not longer than a line."""
    return printable(name if len(name) <= 80 else name[:77] + "...")
