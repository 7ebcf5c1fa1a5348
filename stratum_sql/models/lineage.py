"""What a model was made from, in digests that another training can be compared with, and what its columns looked like.

`data` tells of the columns that the trial, its target, weight and split read: their names, types and values in the
rows' canonical order. The physical order of a table does not count; its other columns do as far as they set that order.
`folds` tells which rows trained and which were held out. `plan` tells what is done to the columns: transforms,
estimator, parameters, seed, split and metrics; none where code of the host program takes part.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from weakref import WeakKeyDictionary

import numpy as np

from stratum_sql.catalog.columns import Column
from stratum_sql.catalog.splitters import Fold
from stratum_sql.execute.content import DIGEST_BYTES, column_digest, node_digests
from stratum_sql.execute.duckdb import Relation
from stratum_sql.execute.outcomes import StatementResult
from stratum_sql.models.profile import Profile, profile_of
from stratum_sql.plan.build import build_refit
from stratum_sql.plan.features import Feature, Leaf, leaves
from stratum_sql.plan.graph import Graph, Node
from stratum_sql.plan.query import TrainQuery, Trial
from stratum_sql.plan.relational import Read


@dataclass(frozen=True, slots=True)
class Lineage:
    """Digests in hexadecimal, and a profile of each column that is read to predict."""

    data: str | None
    folds: str
    plan: str | None
    profiles: tuple[Profile, ...] = ()


def lineage_of(result: StatementResult) -> Lineage | None:
    """The lineage of the model that a statement keeps; None if it keeps none, or its rows were not held."""
    if result.kept is None or not isinstance(result.relation, Relation):
        return None
    query, trial, relation = result.query, result.kept.trial.trial, result.relation
    features = query.features_of(trial)
    read = (relation.columns.get((leaf.key, leaf.index)) for leaf in _leaves(features))
    known = [(leaf, column) for leaf, column in zip(_leaves(features), read, strict=True) if column is not None]
    return Lineage(
        data=_data_digest(relation, [*_leaves(features), *_others(query)]),
        folds=_folds_digest(result.folds),
        plan=_plan_digest(query, trial),
        profiles=tuple(profile_of(leaf, column) for leaf, column in known),
    )


def _leaves(features: Sequence[Feature]) -> list[Leaf]:
    return list(dict.fromkeys(leaf for feature in features for leaf in leaves(feature)))


def _others(query: TrainQuery) -> list[Leaf]:
    """What is read beside the features."""
    return [*query.targets, *([query.weight] if query.weight is not None else []), *query.split.columns]


def _data_digest(relation: Relation, read: Iterable[Leaf]) -> str | None:
    parts: list[bytes] = [b"data 1", str(relation.rows).encode()]
    for leaf in sorted(dict.fromkeys(read), key=lambda leaf: (leaf.key, leaf.index)):
        column = relation.columns.get((leaf.key, leaf.index))
        if column is None:
            return None
        parts += [f"{leaf.key}\0{leaf.index}\0{leaf.type}".encode("utf-8", "surrogatepass"), _column_digest(column)]
    return _digest(parts)


_DIGESTS: WeakKeyDictionary[Column, bytes] = WeakKeyDictionary()  # many models of a batch read one column


def _column_digest(column: Column) -> bytes:
    if column not in _DIGESTS:
        _DIGESTS[column] = column_digest(column)
    return _DIGESTS[column]


def _folds_digest(folds: Sequence[Fold]) -> str:
    parts = [b"folds 1"]
    for fold in folds:
        parts += [np.ascontiguousarray(rows, dtype=np.int64).tobytes() for rows in (fold.train, fold.test)]
    return _digest(parts)


def _plan_digest(query: TrainQuery, trial: Trial) -> str | None:
    graph = Graph()
    refit = build_refit(graph, query, 0, trial)
    digest = node_digests(graph, _read_digest).get(refit.model.id)
    if digest is None:
        return None
    ranked = ",".join(metric.name for metric in query.metrics)
    return _digest([b"plan 1", digest, f"{query.split.words}\0{query.split.seed}\0{ranked}".encode()])


def _read_digest(node: Node) -> bytes:
    assert isinstance(node.operator, Read)
    return bytes.fromhex(_digest([f"{node.operator.key}\0{node.operator.index}".encode("utf-8", "surrogatepass")]))


def _digest(parts: Iterable[bytes]) -> str:
    state = blake2b(digest_size=DIGEST_BYTES)
    for part in parts:
        state.update(len(part).to_bytes(8, "little") + part)
    return state.hexdigest()
