"""Files of artefacts that no row names: what a process left that was killed between the file and its row.

Why it is safe to remove them. While this process has the database open to write, DuckDB keeps every other process out
of it, so none can be about to add a row. Sessions of this process hold what they write until their row is there
(`artefacts.py`). A database that shares the folder has its mark there, and then nothing is removed. One that shares it
without a mark can only be one of an older version; files younger than an hour are left, in case such a one is writing.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from stratum_sql.errors import Diagnostic, RunError
from stratum_sql.models.artefacts import ArtefactFolder
from stratum_sql.models.leftovers import is_named
from stratum_sql.models.tables import Tables

YOUNG = 3600.0  # seconds


@dataclass(frozen=True, slots=True)
class Garbage:
    """`files` that no row names, oldest first, with `bytes` in all; `young` more are younger than the limit. `removed`
    says whether they are gone. `shared_with` are other databases that have files in the folder: then nothing is
    removed.
    """

    files: tuple[Path, ...]
    bytes: int
    young: int
    removed: bool
    shared_with: tuple[str, ...] = ()

    def __str__(self) -> str:
        what = f"{len(self.files)} {'file' if len(self.files) == 1 else 'files'}, {self.bytes:,} bytes"
        if self.shared_with:
            return f"{what} without a model here; not removed: the folder is shared with {', '.join(self.shared_with)}"
        left = f"; {self.young} too young to tell" if self.young else ""
        return f"{what} {'removed' if self.removed else 'to remove'}{left}"


def collect(tables: Tables, artefacts: ArtefactFolder, *, read_only: bool, delete: bool, older_than: float) -> Garbage:
    """What no row names, removed if `delete` says so. Raises RunError in a transaction, whose rows are not settled, and
    where a read-only database is to lose files.
    """
    if delete and read_only:
        raise RunError(Diagnostic("read_only", "the database is read-only: nothing is removed", "run"))
    with tables.outside() as outside:
        if not outside:
            message = "a transaction is open: what it drops or keeps is not settled"
            raise RunError(Diagnostic("in_transaction", message, "run", hint="COMMIT or ROLLBACK it first"))
        return _collected(tables, artefacts, delete, older_than)


def _collected(tables: Tables, artefacts: ArtefactFolder, delete: bool, older_than: float) -> Garbage:
    rows = tables.rows(f"SELECT DISTINCT artefact FROM {tables.schema}.models") if tables.has("models") else []
    named = {digest for (digest,) in rows}
    loose = [(path, digest) for path, digest in artefacts.files() if digest not in named]
    known = {path: fact for path, _ in loose if (fact := _facts(path)) is not None}
    old = sorted((path for path in known if known[path][0] > older_than), key=lambda path: -known[path][0])
    young = len(known) - len(old)
    shared = tuple(artefacts.others())
    if delete and not shared:
        digests = dict(loose)
        old = [path for path in old if _remove(tables, artefacts, path, digests[path])]
    size = sum(known[path][1] for path in old)
    return Garbage(tuple(old), size, young, delete and not shared, shared)


def _remove(tables: Tables, artefacts: ArtefactFolder, path: Path, digest: str | None) -> bool:
    if digest is not None:
        artefacts.remove(digest, partial(is_named, tables, digest))
    else:
        with suppress(OSError):
            path.unlink(missing_ok=True)
    return not path.exists()


def _facts(path: Path) -> tuple[float, int] | None:
    """Age in seconds and size of a file; None if it went meanwhile."""
    try:
        status = path.stat()
    except OSError:
        return None
    return time.time() - status.st_mtime, status.st_size
