"""Bound queries become one graph: for every trial and fold Scan → Read → Rows → Fit/Apply → Assemble → Train → Score.

Nothing is optimized here. Each query reads its own scan, each fold does its own work; equal work is one node only where
the operators are equal as written. The optimizer's rules make more of it equal.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

from stratum_sql.plan.features import Computed, Feature, Leaf, Transformed
from stratum_sql.plan.graph import Graph, Node
from stratum_sql.plan.model import Score, TrainModel
from stratum_sql.plan.query import TrainQuery, Trial
from stratum_sql.plan.relational import Compute, Read, Scan
from stratum_sql.plan.transform import Apply, Assemble, Encode, Fit, Fitted, Map, Rows, Side, Split

Goal = tuple[int, int]  # statement, trial


@dataclass(frozen=True, slots=True)
class Batch:
    """Queries, the graph that answers them, and the nodes that are their answers."""

    queries: tuple[TrainQuery, ...]
    graph: Graph
    scores: Mapping[Goal, tuple[Node, ...]]  # one score a fold
    splits: Mapping[int, Node]  # by statement


@dataclass(frozen=True, slots=True)
class Refit:
    """The nodes of a model fitted on all rows: its transforms, each with its feature, and its estimator."""

    fits: tuple[tuple[Feature, Node], ...]
    model: Node
    matrix: Node
    target: Node


def build_batch(queries: Sequence[TrainQuery], folds: Mapping[int, int] | None = None) -> Batch:
    """The whole graph. `folds` gives the number of folds of statements, where it is not what the clause says."""
    graph = Graph()
    scores: dict[Goal, tuple[Node, ...]] = {}
    splits: dict[int, Node] = {}
    for index, query in enumerate(queries):
        builder = _Builder(graph, query, index)
        splits[index] = builder.split()
        count = (folds or {}).get(index, query.split.folds or 1)
        for trial in query.trials:
            scores[index, trial.number] = tuple(builder.score(trial, fold) for fold in range(count))
    return Batch(tuple(queries), graph, scores, splits)


def build_refit(graph: Graph, query: TrainQuery, statement: int, trial: Trial) -> Refit:
    """Add to `graph` the fit of one trial on all rows."""
    builder = _Builder(graph, query, statement)
    matrix = builder.matrix(None, "train")
    model = builder.model(trial, None)
    return Refit(tuple(builder.fits.items()), model, matrix, builder.target(None, "train"))


class _Builder:
    """The nodes of one query. `fold` None means all rows. What is asked for again is remembered: a batch asks often."""

    def __init__(self, graph: Graph, query: TrainQuery, statement: int) -> None:
        self.graph, self.query, self.statement = graph, query, statement
        self.fits: dict[Feature, Node] = {}
        self._made: dict[Hashable, Node] = {}  # features by identity: the query holds them
        self._selections: dict[tuple[int, Side], Rows] = {}

    def _once(self, key: Hashable, make: Callable[[], Node]) -> Node:
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = make()
        return found

    def scan(self) -> Node:
        return self._once("scan", lambda: self.graph.node(Scan(self.query.source, self.statement)))

    def read(self, leaf: Leaf) -> Node:
        return self._once(id(leaf), lambda: self._read(leaf))

    def _read(self, leaf: Leaf) -> Node:
        operator = Read(leaf.key, leaf.sql, leaf.name, leaf.type, leaf.kind, leaf.index, leaf.width)
        return self.graph.node(operator, self.scan())

    def encoded_target(self) -> Node:
        return self._once("target", self._encoded_target)

    def _encoded_target(self) -> Node:
        return self.graph.node(Encode(self.query.task, self.query.target.type), self.read(self.query.target))

    def split(self) -> Node:
        return self._once("split", self._split)

    def _split(self) -> Node:
        split = self.query.split
        operator = Split(split.key, split.roles, split.clause, split.seed, self.query.task)
        return self.graph.node(operator, self.encoded_target(), *(self.read(leaf) for leaf in split.columns))

    def rows(self, node: Node, fold: int | None, side: Side) -> Node:
        if fold is None:
            return node
        selection = self._selections.setdefault((fold, side), Rows(fold, side))
        return self._once((node.id, fold, side), lambda: self.graph.node(selection, self.split(), node))

    def target(self, fold: int | None, side: Side) -> Node:
        return self.rows(self.encoded_target(), fold, side)

    def weight(self, fold: int | None, side: Side) -> tuple[Node, ...]:
        leaf = self.query.weight
        return () if leaf is None else (self.rows(self.read(leaf), fold, side),)

    def matrix(self, fold: int | None, side: Side) -> Node:
        return self._once((fold, side), lambda: self._matrix(fold, side))

    def _matrix(self, fold: int | None, side: Side) -> Node:
        parts = [self.feature(feature, fold, side) for feature in self.query.features]
        names = tuple(feature.name for feature in self.query.features)
        return self.graph.node(Assemble(names, self.query.options.memory_limit), *parts)

    def feature(self, feature: Feature, fold: int | None, side: Side) -> Node:
        return self._once((id(feature), fold, side, "feature"), lambda: self._feature(feature, fold, side))

    def _feature(self, feature: Feature, fold: int | None, side: Side) -> Node:
        match feature:
            case Leaf():
                return self.rows(self.read(feature), fold, side)
            case Computed(sql=sql, children=children):
                inputs = [self.feature(child, fold, side) for child in children]
                return self.graph.node(Compute(sql, feature.name), *inputs)
            case Transformed():
                return self._transformed(feature, fold, side)

    def _transformed(self, feature: Transformed, fold: int | None, side: Side) -> Node:
        inputs = [self.feature(child, fold, side) for child in feature.children]
        if not feature.spec.fitted:
            return self.graph.node(Map(feature.transform, feature.params), *inputs)
        fit = self._fit(feature, fold)
        if side == "train":
            return self.graph.node(Fitted(), fit)
        return self.graph.node(Apply(feature.transform, feature.params), fit, *inputs)

    def _fit(self, feature: Transformed, fold: int | None) -> Node:
        return self._once((id(feature), fold, "fit"), lambda: self._fitted(feature, fold))

    def _fitted(self, feature: Transformed, fold: int | None) -> Node:
        inputs = [self.feature(child, fold, "train") for child in feature.children]
        with_target = feature.spec.uses_target
        operator = Fit(feature.transform, feature.params, self.query.seed, with_target)
        node = self.graph.node(operator, *inputs, *([self.target(fold, "train")] if with_target else []))
        if fold is None:
            self.fits[feature] = node
        return node

    def model(self, trial: Trial, fold: int | None) -> Node:
        weight = self.weight(fold, "train")
        operator = TrainModel(trial.estimator.name, trial.given, trial.given, self.query.seed, bool(weight))
        return self.graph.node(operator, self.matrix(fold, "train"), self.target(fold, "train"), *weight)

    def score(self, trial: Trial, fold: int) -> Node:
        weight = self.weight(fold, "test")
        operator = Score(tuple(metric.name for metric in self.query.metrics), bool(weight))
        inputs = (self.model(trial, fold), self.matrix(fold, "test"), self.target(fold, "test"))
        return self.graph.node(operator, *inputs, *weight)
