"""Bound queries become one graph: for every trial Scan → Read → Rows → Fit/Apply → Assemble → Train → Score.

Where boosting stops early, `InnerSplit` parts the training rows before anything is fitted on them. From `Rows` on a
node stands for its work in every fold. Nothing is optimized here. Each query reads its own scan; equal work is one node
only where the operators are equal as written. The optimizer's rules make more of it equal.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

from stratum_sql.catalog.stopping import stops_early
from stratum_sql.catalog.validation import gap_of, manner_of
from stratum_sql.plan.features import Computed, Feature, Leaf, Transformed
from stratum_sql.plan.graph import Graph, Node
from stratum_sql.plan.model import Score, TrainModel, TrainStopped, TrainTargets
from stratum_sql.plan.query import TrainQuery, Trial
from stratum_sql.plan.relational import Compute, Groups, InGroup, Read, Scan
from stratum_sql.plan.transform import Apply, Assemble, Encode, Fit, Fitted, InnerSplit, Map, Rows, Side, Split, Targets

Goal = tuple[int, int]  # statement, trial


@dataclass(frozen=True, slots=True)
class Answer:
    """Where a trial's scores are found: the value of `node` in each fold, or entry `member` of it."""

    node: Node
    member: int | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Queries, the graph that answers them, and where each trial's answer is. `folds` and `splits` go by statement."""

    queries: tuple[TrainQuery, ...]
    graph: Graph
    scores: Mapping[Goal, Answer]
    splits: Mapping[int, Node]
    folds: Mapping[int, int]


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
    builders: dict[Hashable, _Builder] = {}
    scores: dict[Goal, Answer] = {}
    splits: dict[int, Node] = {}
    counts: dict[int, int] = {}
    for index, query in enumerate(queries):
        head = _head(query)
        builder = builders.get(head) or builders.setdefault(head, _Builder(graph, query, index))
        splits[index] = builder.split()
        counts[index] = (folds or {}).get(index, query.split.folds or 1)
        metrics = tuple(metric.name for metric in query.metrics)
        for trial in query.trials:
            scores[index, trial.number] = Answer(builder.of(trial).score(trial, metrics))
    return Batch(tuple(queries), graph, scores, splits, counts)


def _head(query: TrainQuery) -> Hashable:
    """What a statement reads and prepares; statements bound from one text have it as one object."""
    relation = (id(query.features), id(query.source), query.group, query.partition)
    roles = (query.targets, query.task, query.weight)
    return (
        *relation,
        *roles,
        query.split.key,
        query.split.rung,
        query.split.columns,
        query.seed,
        query.options.memory_limit,
        query.options.early_stopping,
        query.options.validation_fraction,
    )


def build_refit(graph: Graph, query: TrainQuery, statement: int, trial: Trial) -> Refit:
    """Add to `graph` the fit of one trial on all rows."""
    builder = _Builder(graph, query, statement)
    matrix = builder.matrix(trial, None)
    model = builder.model(trial, None)
    return Refit(tuple(builder.fits.items()), model, matrix, builder.target(None))


class _Builder:
    """The nodes of one head. `side` None means all rows. What is asked for again is remembered: a batch asks often.

    `stops`: the training rows are those that the inner split leaves to be fitted.
    """

    def __init__(self, graph: Graph, query: TrainQuery, statement: int, *, stops: bool = False) -> None:
        self.graph, self.query, self.statement, self.stops = graph, query, statement, stops
        self.stopping: _Builder | None = None  # of the trials that stop early, where this one has the others
        self.fits: dict[Feature, Node] = {}
        self._made: dict[Hashable, Node] = {}  # features by identity: the query holds them

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
        group, column = self.query.group, self._read_whole(leaf)
        return column if group is None else self.graph.node(InGroup(group), column, self.groups())

    def groups(self) -> Node:
        return self._once("groups", lambda: self.graph.node(Groups(), *map(self._read_whole, self._keys())))

    def _keys(self) -> list[Leaf]:
        return [one.key for one in self.query.partition]

    def _read_whole(self, leaf: Leaf) -> Node:
        operator = Read(leaf.key, leaf.sql, leaf.name, leaf.type, leaf.kind, leaf.index, leaf.width)
        return self.graph.node(operator, self.scan())

    def encoded_target(self) -> Node:
        return self._once("target", self._encoded_target)

    def _encoded_target(self) -> Node:
        query = self.query
        encoded = [self.graph.node(Encode(query.task, leaf.type), self.read(leaf)) for leaf in query.targets]
        return self.graph.node(Targets(), *encoded) if len(encoded) > 1 else encoded[0]

    def split(self) -> Node:
        return self._once("split", self._split)

    def _split(self) -> Node:
        split = self.query.split
        operator = Split(split.key, split.roles, split.clause, split.seed, self.query.split_task, split.rung)
        return self.graph.node(operator, self.encoded_target(), *(self.read(leaf) for leaf in split.columns))

    def inner_split(self) -> Node:
        return self._once("inner split", self._inner_split)

    def _inner_split(self) -> Node:
        split, options = self.query.split, self.query.options
        manner = manner_of(split.roles, self.query.task)
        seed, gap = (0, gap_of(split.clause)) if manner == "last" else (split.seed, 0)
        operator = InnerSplit(options.validation_fraction, manner, seed, gap)
        role = {"last": "order", "groups": "groups"}.get(manner)
        needed = [self.read(leaf) for name, leaf in zip(split.roles, split.columns, strict=True) if name == role]
        return self.graph.node(operator, self.split(), self.encoded_target(), *needed)

    def rows(self, node: Node, side: Side | None) -> Node:
        if side is None:
            return node
        return self._once((node.id, side), lambda: self.graph.node(Rows(side), self._split_of(side), node))

    def _split_of(self, side: Side) -> Node:
        """What says which rows a side has: the held-out rows are those of the statement's own split."""
        return self.inner_split() if self.stops and side != "test" else self.split()

    def target(self, side: Side | None) -> Node:
        return self.rows(self.encoded_target(), side)

    def weight(self, side: Side | None) -> tuple[Node, ...]:
        leaf = self.query.weight
        return () if leaf is None else (self.rows(self.read(leaf), side),)

    def matrix(self, trial: Trial, side: Side | None) -> Node:
        features = self.query.features_of(trial)
        return self._once(("matrix", id(features), side), lambda: self._matrix(features, side))

    def _matrix(self, features: tuple[Feature, ...], side: Side | None) -> Node:
        parts = [self.feature(feature, side) for feature in features]
        names = tuple(feature.name for feature in features)
        return self.graph.node(Assemble(names, self.query.options.memory_limit), *parts)

    def feature(self, feature: Feature, side: Side | None) -> Node:
        return self._once((id(feature), side, "feature"), lambda: self._feature(feature, side))

    def _feature(self, feature: Feature, side: Side | None) -> Node:
        match feature:
            case Leaf():
                return self.rows(self.read(feature), side)
            case Computed(sql=sql, children=children):
                inputs = [self.feature(child, side) for child in children]
                return self.graph.node(Compute(sql, feature.name), *inputs)
            case Transformed():
                return self._transformed(feature, side)

    def _transformed(self, feature: Transformed, side: Side | None) -> Node:
        inputs = [self.feature(child, side) for child in feature.children]
        if not feature.spec.fitted:
            return self.graph.node(Map(feature.transform, feature.params), *inputs)
        fit = self._fit(feature, None if side is None else "train")
        if side is None or side == "train":
            return self.graph.node(Fitted(), fit)
        return self.graph.node(Apply(feature.transform, feature.params), fit, *inputs)

    def _fit(self, feature: Transformed, side: Side | None) -> Node:
        return self._once((id(feature), side, "fit"), lambda: self._fitted(feature, side))

    def _fitted(self, feature: Transformed, side: Side | None) -> Node:
        inputs = [self.feature(child, side) for child in feature.children]
        with_target = feature.spec.uses_target
        operator = Fit(feature.transform, feature.params, self.query.seed, with_target)
        node = self.graph.node(operator, *inputs, *([self.target(side)] if with_target else []))
        if side is None:
            self.fits[feature] = node
        return node

    def model(self, trial: Trial, side: Side | None) -> Node:
        if self.stops:
            return self._stopped(trial)
        weight = self.weight(side)
        train = TrainTargets if self.query.more_targets else TrainModel
        operator = train(trial.estimator.name, trial.given, trial.given, self.query.seed, bool(weight))
        return self.graph.node(operator, self.matrix(trial, side), self.target(side), *weight)

    def _stopped(self, trial: Trial) -> Node:
        weights = (*self.weight("train"), *self.weight("valid"))
        rounds = self.query.options.early_stopping
        assert rounds is not None
        estimator, given = trial.estimator.name, trial.given
        operator = TrainStopped(estimator, given, given, self.query.seed, bool(weights), rounds)
        fitted = (self.matrix(trial, "train"), self.target("train"))
        return self.graph.node(operator, *fitted, self.matrix(trial, "valid"), self.target("valid"), *weights)

    def of(self, trial: Trial) -> _Builder:
        """What builds a trial: where it stops early, over the inner split."""
        query = self.query
        if query.options.early_stopping is None or query.more_targets or not stops_early(trial.estimator.name):
            return self
        if self.stopping is None:
            self.stopping = _Builder(self.graph, self.query, self.statement, stops=True)
        return self.stopping

    def score(self, trial: Trial, metrics: tuple[str, ...]) -> Node:
        weight = self.weight("test")
        inputs = (self.model(trial, "train"), self.matrix(trial, "test"), self.target("test"))
        return self.graph.node(Score(metrics, bool(weight)), *inputs, *weight)
