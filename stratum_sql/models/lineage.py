"""What a model was made from, in digests that another training can be compared with, and what its columns looked like.

`data` tells of the columns that the trial, its target, weight and split read: their names, types and values in the
rows' canonical order. The physical order of a table does not count; its other columns do as far as they set that order.
`folds` tells which rows trained and which were held out. `plan` tells what is done to the columns: transforms,
estimator, parameters, seed, split and metrics; none where code of the host program takes part.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from weakref import WeakKeyDictionary

import numpy as np

from stratum_sql.catalog.columns import Column
from stratum_sql.catalog.splitters import Fold
from stratum_sql.execute.content import DIGEST_BYTES, column_digest, node_digests
from stratum_sql.execute.duckdb import Relation
from stratum_sql.execute.group_rows import Positions, group_rows
from stratum_sql.execute.outcomes import StatementResult
from stratum_sql.models.profile import Profile, profile_of
from stratum_sql.plan.build import build_refit
from stratum_sql.plan.features import Feature, Leaf, leaves
from stratum_sql.plan.graph import Graph, Node
from stratum_sql.plan.partition import Group, GroupKey
from stratum_sql.plan.query import TrainQuery, Trial
from stratum_sql.plan.relational import Read


@dataclass(frozen=True, slots=True)
class Lineage:
    """Digests in hexadecimal, and a profile of each column that is read to predict."""

    data: str | None
    folds: str
    plan: str | None
    profiles: tuple[Profile, ...] = ()


def lineages_of(result: StatementResult) -> dict[Group | None, Lineage]:
    """The lineage of the model that a statement keeps, by None; of one with groups also that of each group's model.

    Nothing of a model that is not kept, or whose rows were not held.
    """
    if not result.groups:
        whole = _lineage_of(result, result.relation)
        return {} if whole is None else {None: whole}
    found: dict[Group | None, Lineage] = {}
    rows: dict[int, Mapping[GroupKey, Positions]] = {}  # the groups of a statement share their relation
    for part in result.groups:
        own = _lineage_of(part, _in_group(part, rows))
        if own is not None and part.query.group is not None:
            found[part.query.group] = own
    kept = sum(part.kept is not None for part in result.groups)
    return found | {None: _whole(result, found)} if found and len(found) == kept else {}


def _in_group(part: StatementResult, known: dict[int, Mapping[GroupKey, Positions]]) -> Relation | None:
    """The rows of a group, of the columns that its model reads."""
    relation, query = part.relation, part.query
    if part.kept is None or query.group is None or not isinstance(relation, Relation):
        return None
    if id(relation) not in known:
        keys = [relation.columns.get((one.key.key, one.key.index)) for one in query.partition]
        there = [key for key in keys if key is not None]
        known[id(relation)] = group_rows(there).positions if len(there) == len(keys) else {}
    positions = known[id(relation)].get(query.group.key)
    if positions is None:
        return None
    read = [*_leaves(query.features_of(part.kept.trial.trial)), *_others(query)]
    names = {(leaf.key, leaf.index) for leaf in read} & relation.columns.keys()
    return Relation(len(positions), {name: relation.columns[name].take(positions) for name in names})


def _whole(result: StatementResult, groups: Mapping[Group | None, Lineage]) -> Lineage:
    """Of all groups together: a digest of their digests, and what the columns looked like in the whole relation."""
    relation = next(part.relation for part in result.groups if part.kept is not None)
    assert isinstance(relation, Relation)

    def together(name: str) -> str | None:
        digests = [(group.key if group is not None else (), getattr(one, name)) for group, one in groups.items()]
        if any(digest is None for _, digest in digests):
            return None
        ordered = sorted((repr(key), digest) for key, digest in digests)
        return _digest([b"groups 1", *(f"{key}\0{digest}".encode("utf-8", "surrogatepass") for key, digest in ordered)])

    folds = together("folds")
    assert folds is not None
    profiles = _profiles(_leaves(result.query.features), relation)
    return Lineage(together("data"), folds, together("plan"), profiles)


def _lineage_of(result: StatementResult, relation: object) -> Lineage | None:
    if result.kept is None or not isinstance(relation, Relation):
        return None
    query, trial = result.query, result.kept.trial.trial
    features = query.features_of(trial)
    return Lineage(
        data=_data_digest(relation, [*_leaves(features), *_others(query)]),
        folds=_folds_digest(result.folds),
        plan=_plan_digest(query, trial),
        profiles=_profiles(_leaves(features), relation),
    )


def _profiles(read: Sequence[Leaf], relation: Relation) -> tuple[Profile, ...]:
    columns = [relation.columns.get((leaf.key, leaf.index)) for leaf in read]
    return tuple(profile_of(leaf, one) for leaf, one in zip(read, columns, strict=True) if one is not None)


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
