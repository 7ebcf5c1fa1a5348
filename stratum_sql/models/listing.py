"""What `SHOW MODELS`, `SHOW MODEL VERSIONS` and `DESCRIBE MODEL` answer, as Arrow tables."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from stratum_sql.models.entries import Entry
from stratum_sql.models.manifest import Manifest
from stratum_sql.plan.features import Leaf, describe, leaves
from stratum_sql.plan.partition import group_words

MODELS = pa.schema(
    [
        ("name", pa.string()),
        ("version", pa.int32()),
        ("versions", pa.int32()),
        ("estimator", pa.string()),
        ("params", pa.string()),
        ("task", pa.string()),
        ("target", pa.string()),
        ("metric", pa.string()),
        ("score", pa.float64()),
        ("created_at", pa.timestamp("us")),
        ("temporary", pa.bool_()),
    ]
)
VERSIONS = pa.schema(
    [
        ("name", pa.string()),
        ("version", pa.int32()),
        ("aliases", pa.list_(pa.string())),
        ("estimator", pa.string()),
        ("params", pa.string()),
        ("target", pa.string()),
        ("metric", pa.string()),
        ("score", pa.float64()),
        ("rows", pa.int64()),
        ("created_at", pa.timestamp("us")),
    ]
)
FACTS = pa.schema([(name, pa.string()) for name in ("property", "name", "type", "value")])
Fact = tuple[str, str | None, str | None, str | None]


def models_table(entries: Sequence[Entry]) -> pa.Table:
    """One row a model: its latest version, and how many there are. `task` and `target` are NULL where the manifest is
    damaged; `created_at` is in UTC.
    """
    return _table([_row(entry) for entry in entries], MODELS)


def versions_table(entries: Sequence[Entry]) -> pa.Table:
    """One row a version, in the order given. `target` and `rows` are NULL where the manifest is damaged; `created_at`
    is in UTC.
    """
    return _table([_version(entry) for entry in entries], VERSIONS)


def _table(rows: Sequence[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else [()] * len(schema)
    arrays = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
    return pa.table(arrays, schema=schema)


def _row(entry: Entry) -> tuple[Any, ...]:
    task, target = _task_and_target(entry.manifest)
    facts = (entry.name, entry.version, entry.versions, entry.estimator, entry.params, task, target)
    return (*facts, entry.metric, entry.score, entry.created_at, entry.temporary)


def _version(entry: Entry) -> tuple[Any, ...]:
    _, target = _task_and_target(entry.manifest)
    facts = (entry.name, entry.version, list(entry.aliases), entry.estimator, entry.params, target)
    return (*facts, entry.metric, entry.score, _rows(entry.manifest), entry.created_at)


def _task_and_target(manifest: str) -> tuple[str | None, str | None]:
    try:
        data = json.loads(manifest)
        targets = [data["target"], *data.get("more_targets", ())]
        return str(data["task"]), ", ".join(str(target["name"]) for target in targets)
    except (ValueError, KeyError, TypeError):
        return None, None


def _rows(manifest: str) -> int | None:
    try:
        return int(json.loads(manifest)["rows"])
    except (ValueError, KeyError, TypeError):
        return None


def facts_table(entry: Entry, manifest: Manifest, *, in_full: bool) -> pa.Table:
    """One row a fact: `property`, the `name` and DuckDB `type` of what it is about, its `value` as text.

    Without `in_full` the SQL it was made from, and what it has seen, are NULL.
    """
    columns = zip(*_facts(entry, manifest, in_full), strict=True)
    return pa.table([pa.array(values, pa.string()) for values in columns], schema=FACTS)


def _facts(entry: Entry, manifest: Manifest, in_full: bool) -> Iterator[Fact]:
    yield from _values(model=entry.name, version=entry.version, versions=entry.versions)
    yield from _values(aliases=", ".join(entry.aliases) or None)
    yield from _values(estimator=manifest.estimator, params=manifest.params, task=manifest.task)
    for target in manifest.targets:
        yield "target", target.name, target.type, target.sql if in_full else None
    for target, labels in zip(manifest.targets, manifest.labels_of_each, strict=True):
        if labels is not None:
            yield "classes", target.name if manifest.more_targets else None, None, ", ".join(map(str, labels))
    for leaf in manifest.partition:
        yield "partition", leaf.name, leaf.type, leaf.sql if in_full else None
    for leaf in inputs(manifest):
        yield "input", leaf.name, leaf.type, leaf.sql if in_full else None
    for feature in manifest.features:
        yield "feature", feature.name, None, describe(feature) if in_full else None
    yield from _values(metric=manifest.metric, score=entry.score)
    for metric, scores in manifest.fold_scores.items():
        yield "fold_scores", metric, None, ", ".join("NULL" if score is None else str(score) for score in scores)
    yield from _values(rows=manifest.rows, seed=manifest.seed)
    yield from _lineage(manifest, in_full)
    yield from _groups(manifest)
    yield "statement", None, None, manifest.statement if in_full else None
    yield from _values(created_at=entry.created_at, temporary=str(entry.temporary).lower())
    for library, version in manifest.libraries.items():
        yield "library", library, None, version


def _lineage(manifest: Manifest, in_full: bool) -> Iterator[Fact]:
    lineage = manifest.lineage
    if lineage is None:
        return
    for name in ("data", "folds", "plan"):
        yield "digest", name, None, getattr(lineage, name)
    for profile in lineage.profiles:
        yield "seen", profile.name, profile.type, str(profile) if in_full else None


def _groups(manifest: Manifest) -> Iterator[Fact]:
    """A row for each group: the model that was kept for it, its score, and the rows it was fitted to."""
    for key, own in manifest.groups:
        score = "NULL" if own.score is None else f"{own.score:.6g}"
        call = f"{own.estimator}({own.params})"
        yield "group", group_words(manifest.partition, key), None, f"{call}, {own.metric} {score}, {own.rows} rows"


def _values(**values: object) -> Iterator[Fact]:
    for name, value in values.items():
        yield name, None, None, None if value is None else str(value)


def inputs(manifest: Manifest) -> list[Leaf]:
    """What is read of a query's rows to predict, each once: plain SQL below the features."""
    return list(dict.fromkeys(leaf for feature in manifest.features for leaf in leaves(feature)))
