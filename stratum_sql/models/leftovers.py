"""Artefacts that may have lost their last row: removed once it is certain, after the transaction that dropped it.

That transaction may be rolled back, and another session of this process may be about to name the same bytes, and holds
them meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from functools import partial

from stratum_sql.errors import StratumError
from stratum_sql.models.artefacts import ArtefactFolder
from stratum_sql.models.tables import Tables


class Leftovers:
    """The artefacts of one session that may have to go, and those that an open transaction names."""

    def __init__(self, tables: Tables, artefacts: ArtefactFolder) -> None:
        self._tables, self._artefacts = tables, artefacts
        self._unsettled: list[str] = []  # digests that an open transaction of the caller's names
        self._dropped: set[str] = set()  # digests that perhaps no row names any more

    def drop(self, digests: Iterable[str]) -> None:
        """Perhaps no row names them any more."""
        self._dropped.update(digests)

    def added(self, digest: str, *, own: bool) -> None:
        """A row names the digest: for all to see where the transaction was our own, else not before `settle`."""
        self._artefacts.let_go(digest) if own else self._unsettled.append(digest)

    def settle(self) -> None:
        """Remove what no row names, once the caller's transaction is over."""
        if not self._dropped and not self._unsettled:
            return
        with suppress(StratumError), self._tables.outside() as outside:  # another time, if it cannot be asked now
            if not outside:
                return
            self._let_go()
            self._dropped = {
                one for one in self._dropped if not self._artefacts.remove(one, partial(is_named, self._tables, one))
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


def is_named(tables: Tables, digest: str) -> bool:
    """Whether a version of a model has this artefact. Raises RunError."""
    return bool(tables.rows(f"SELECT 1 FROM {tables.schema}.models WHERE artefact = ? LIMIT 1", [digest]))
