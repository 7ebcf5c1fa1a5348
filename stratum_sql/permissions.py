"""What the statements of one session may name: transforms, estimators, types of stored models, functions, files."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import duckdb

from stratum_sql.catalog import registry
from stratum_sql.catalog.allowed import Allowed
from stratum_sql.catalog.spec import EstimatorSpec, TransformSpec
from stratum_sql.trust.caps import DEFAULT, TRUSTED, check_caps
from stratum_sql.trust.grants import Grants
from stratum_sql.trust.guard import admit
from stratum_sql.trust.lockdown import verify


class Permissions:
    """The host program's own statements (`trusted`) may do anything; others what is reviewed, or was granted."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, *, trusted: bool, paths: Sequence[str | Path]) -> None:
        self.trusted = trusted
        self.most_statements = (TRUSTED if trusted else DEFAULT).statements  # of one text, or of one open batch
        self._connection = connection
        self._paths = tuple(paths)
        self._allowed = Allowed()
        self._grants: Grants | None = None
        self._lent: frozenset[str] = frozenset()

    def lend(self, functions: Iterable[str]) -> None:
        """Let the next statement call these functions, which we made for it, and no others of ours."""
        self._lent = frozenset(functions)

    def allow(self, path: str) -> None:
        """Grant an estimator or transform by its import path. Raises NotAllowed if there is none."""
        self._allowed.allow(path)
        self._grants = None

    def transform(self, name: str) -> TransformSpec | None:
        """A transform by name; DuckDB may have folded the case of a granted path."""
        found = registry.transform(name)
        if found is not None:
            return found
        lowered = name.lower()
        return next((self._allowed.transform(path) for path in self._allowed.paths() if path.lower() == lowered), None)

    def estimator(self, name: str) -> EstimatorSpec | None:
        """An estimator by name."""
        return self._allowed.estimator(name)

    def is_granted(self, path: str) -> bool:
        """Whether the type at this import path was granted."""
        return path in self._allowed.paths()

    def readable(self, path: str) -> str | None:
        """The file that a statement may read by this path, links followed; None if it may not."""
        return path if self.trusted else os.path.realpath(path) if self._granted().covers(path) else None

    def check_text(self, text: str) -> None:
        """Raise TooComplex if the text is too long, too deep, or has too many statements."""
        check_caps(text, TRUSTED if self.trusted else DEFAULT)

    def admit(self, sql: str) -> None:
        """Raise NotAllowed if DuckDB may not run the text for this session."""
        if not self.trusted:
            granted = self._granted()
            if self._lent:
                granted = replace(granted, functions=granted.functions | self._lent)
            admit(self._connection, sql, grants=granted)

    def check_lock(self) -> None:
        """Raise LockdownError if a lock of a session for foreign statements does not hold any more."""
        if not self.trusted:
            verify(self._connection)

    def _granted(self) -> Grants:
        """The host program's macros and functions, our transforms, and what was allowed; never a name of DuckDB's
        own.
        """
        if self._grants is None:
            rows = self._connection.execute(
                "SELECT DISTINCT lower(function_name), internal FROM duckdb_functions()"
            ).fetchall()
            last = (
                path.rpartition(".")[2].lower() for path in self._allowed.paths()
            )  # the guard asks for the name alone
            names = {name for name, internal in rows if not internal} | set(last)
            names -= {name for name, internal in rows if internal}
            self._grants = Grants.of(functions={*names, *registry.transform_names()}, paths=self._paths)
        return self._grants
