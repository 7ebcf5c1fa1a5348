"""Trainings that a rule may do together: which there are, on what, and putting something else in their place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from stratum_sql.catalog.spec import EstimatorSpec
from stratum_sql.optimizer.rewrite import prune
from stratum_sql.plan.build import Answer, Batch, Goal
from stratum_sql.plan.frozen import FrozenParams
from stratum_sql.plan.graph import Graph, Node
from stratum_sql.plan.model import Candidate, Score, TrainModel

Full = Mapping[tuple[str, FrozenParams], tuple[EstimatorSpec, FrozenParams]]


@dataclass(frozen=True, slots=True)
class Trained:
    """One trial's training and its score, each a node of the graph."""

    goal: Goal
    score: Node
    train: Node

    @property
    def scoring(self) -> Score:
        """The score's operator."""
        assert isinstance(self.score.operator, Score)
        return self.score.operator

    @property
    def training(self) -> TrainModel:
        """The training's operator."""
        assert isinstance(self.train.operator, TrainModel)
        return self.train.operator

    @property
    def candidate(self) -> Candidate:
        """The model among others."""
        (own,) = self.training.models
        return own

    @property
    def inputs(self) -> tuple[Node, ...]:
        """Training matrix, target and weights, then the held-out ones: what equal models are trained and scored on."""
        return (*self.train.inputs, *self.score.inputs[1:])


def trainings(batch: Batch) -> Iterator[Trained]:
    """Every trial that is trained and scored by itself."""
    for goal, answer in batch.scores.items():
        node = answer.node
        if isinstance(node.operator, Score) and isinstance(node.inputs[0].operator, TrainModel):
            yield Trained(goal, node, node.inputs[0])


def full_parameters(batch: Batch) -> Full:
    """The declaration and every parameter of a trial, by estimator and what the statement says."""
    return {
        (trial.estimator.name, trial.given): (trial.estimator, trial.full)
        for query in batch.queries
        for trial in query.trials
    }


def grouped(trained: Iterable[Trained]) -> list[list[Trained]]:
    """Trainings on one matrix, scored on one matrix, together."""
    groups: dict[tuple[int, ...], list[Trained]] = {}
    for one in trained:
        groups.setdefault(tuple(node.id for node in one.inputs), []).append(one)
    return list(groups.values())


Graft = Callable[[Graph, Mapping[int, Node]], Mapping[Goal, Answer]]


def grafted(batch: Batch, graft: Graft) -> Batch:
    """The batch with other answers for some trials. `graft` is given a copy of the graph, to grow it, and the copy of
    each node by the node's id."""
    graph = Graph()
    made: dict[int, Node] = {}
    for node in batch.graph:
        made[node.id] = graph.node(node.operator, *(made[child.id] for child in node.inputs))
    scores = {goal: replace(answer, node=made[answer.node.id]) for goal, answer in batch.scores.items()}
    splits = {index: made[node.id] for index, node in batch.splits.items()}
    return prune(replace(batch, graph=graph, scores={**scores, **graft(graph, made)}, splits=splits))
