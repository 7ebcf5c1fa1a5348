"""What a session for foreign statements was given, beyond pure functions and its own tables."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

READABLE = (".csv", ".tsv", ".txt", ".parquet", ".json", ".jsonl", ".ndjson")
_PACKED = (".gz", ".zst")
_GLOB = frozenset("*?[{")


@dataclass(frozen=True, slots=True)
class Grants:
    """`functions`: names of transforms, macros and other functions a statement may call besides the reviewed ones.
    `paths`: files and folders it may read by name. `catalogs`: databases whose tables it sees, None for all that are
    attached. `schemas`: of the hidden schemas (`stratum`, `information_schema`, `pg_catalog`) those it may read.

    Names are compared without ASCII case, as DuckDB does. Equal grants are equal values: they are cache keys.
    """

    functions: frozenset[str] = frozenset()
    paths: tuple[str, ...] = ()
    catalogs: frozenset[str] | None = None
    schemas: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls,
        *,
        functions: Iterable[str] = (),
        paths: Iterable[str | Path] = (),
        catalogs: Iterable[str] | None = None,
        schemas: Iterable[str] = (),
    ) -> Grants:
        """Grants with names folded and paths made absolute, links followed."""
        return cls(
            frozenset(map(fold, functions)),
            tuple(sorted(os.path.realpath(path) for path in paths)),
            None if catalogs is None else frozenset(map(fold, catalogs)),
            frozenset(map(fold, schemas)),
        )

    def covers(self, path: str) -> bool:
        """Whether `path`, as a statement wrote it, is a granted file, or lies in a granted folder, links followed.

        A pattern (`*`, `?`, `[..]`) is covered if the folder before its first special character is. Addresses (`s3://`),
        `~` and `..` are not.
        """
        if "://" in path or path.startswith(("~", "file:")) or ".." in Path(path).parts or "\0" in path:
            return False
        real = os.path.realpath(_fixed_part(path))
        return any(real == granted or real.startswith(granted.rstrip(os.sep) + os.sep) for granted in self.paths)


def fold(name: str) -> str:
    """`name` with ASCII letters in lower case: what DuckDB compares."""
    return name.lower() if name.isascii() else "".join(c.lower() if c.isascii() else c for c in name)


def may_mean(written: tuple[str, ...], entry: tuple[str, str, str]) -> bool:
    """Whether `t`, `schema.t`, `catalog.t` or `catalog.schema.t` may be the entry of the catalog; names are folded."""
    catalog, schema, name = entry
    return written in ((name,), (schema, name), (catalog, name), (catalog, schema, name))


def looks_like_file(name: str) -> bool:
    """Whether DuckDB would try to read a file when there is no table of this name."""
    lower = name.lower()
    for packed in _PACKED:
        lower = lower.removesuffix(packed)
    return lower.endswith(READABLE)


def _fixed_part(path: str) -> str:
    parts = Path(path).parts
    first = next((at for at, part in enumerate(parts) if _GLOB & set(part)), len(parts))
    return str(Path(*parts[:first])) if first < len(parts) else path
