"""One version of a model as it stands in the registry, for lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stratum_sql.models.manifest import to_json
from stratum_sql.models.tables import Tables
from stratum_sql.models.temporary import TemporaryModel
from stratum_sql.models.versions import BEST, LATEST, Versions


@dataclass(frozen=True, slots=True)
class Entry:
    """One version. `versions` counts all of the model; `aliases` are its other names, `latest` and `best` among them;
    `manifest` is JSON."""

    name: str
    version: int
    versions: int
    aliases: tuple[str, ...]
    estimator: str
    params: str
    metric: str
    score: float | None
    manifest: str
    created_at: datetime
    temporary: bool


def read_entries(tables: Tables, wanted: Sequence[tuple[Versions, int]]) -> list[Entry]:
    """These versions, in their order; those that went meanwhile are left out. Raises RunError."""
    query = f"""
        SELECT name, version, estimator, params, metric, score, manifest, created_at FROM {tables.schema}.models
        WHERE (name, version) IN (SELECT unnest(?::VARCHAR[]), unnest(?::INTEGER[]))"""
    keys = [(versions.ranked[number].name, number) for versions, number in wanted]
    rows = tables.rows(query, [[name for name, _ in keys], [number for _, number in keys]])
    found: Mapping[tuple[str, int], tuple[Any, ...]] = {(row[0], row[1]): row for row in rows}
    return [_entry(found[key], versions) for key, (versions, _) in zip(keys, wanted, strict=True) if key in found]


def _entry(row: tuple[Any, ...], versions: Versions) -> Entry:
    name, version, estimator, params, metric, score, manifest, created_at = row
    names = tuple(versions.names_of(version))
    return Entry(
        name, version, len(versions.ranked), names, estimator, params, metric, score, manifest, created_at, False
    )


def temporary_entry(one: TemporaryModel) -> Entry:
    """The one version of a model that goes with the session."""
    own = one.model.manifest
    names = (LATEST,) if own.score is None else (LATEST, BEST)
    return Entry(
        own.name, own.version, 1, names, own.estimator, own.params, own.metric, own.score, to_json(own),
        one.created_at, True,
    )  # fmt: skip
