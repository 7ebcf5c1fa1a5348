"""The models of a batch: what is trained, on which matrix, for which statements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from stratum_sql.plan.build import Batch
from stratum_sql.plan.device import FitOnDevice
from stratum_sql.plan.graph import Node
from stratum_sql.plan.linear import Normal
from stratum_sql.plan.model import Candidate, TrainModel, TrainStopped, TrainTargets
from stratum_sql.plan.transform import Assemble


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """Model `member` of what `node` trains, on the matrix, or on what stands for it, that `matrix` is."""

    node: Node
    member: int
    candidate: Candidate
    matrix: Node
    statements: frozenset[int]


def trained_models(batch: Batch) -> tuple[TrainedModel, ...]:
    """Every model that a score is made from, in the order of the statements; equal ones are there once."""
    found: dict[tuple[int, int], tuple[Node, set[int]]] = {}
    for (statement, _), answer in batch.scores.items():
        node = _model(answer.node)
        found.setdefault((node.id, answer.member or 0), (node, set()))[1].add(statement)
    return tuple(
        TrainedModel(node, member, _candidate(node, member), _matrix(node), frozenset(statements))
        for (_, member), (node, statements) in found.items()
    )


def is_shared(score: Node) -> bool:
    """Whether a score's model is trained in one with others, or from what a GPU made, so that a failure need not be its
    own."""
    return not isinstance(_model(score).operator, TrainModel | TrainStopped | TrainTargets) or _is_fitted_on_gpu(score)


def _is_fitted_on_gpu(score: Node) -> bool:
    pending, seen = [score], set()
    while pending:
        node = pending.pop()
        if isinstance(node.operator, FitOnDevice):
            return True
        if node.id not in seen:
            seen.add(node.id)
            pending += node.inputs
    return False


def models_of(node: Node) -> tuple[Candidate, ...]:
    """What a node trains; nothing for others."""
    models: tuple[Candidate, ...] = getattr(node.operator, "models", ())
    return models


def _model(score: Node) -> Node:
    return next(node for node in _down(score) if models_of(node) or hasattr(node.operator, "stands_for"))


def _candidate(node: Node, member: int) -> Candidate:
    """What a node trains, or the model that it takes from another training."""
    own: Candidate | None = getattr(node.operator, "stands_for", None)
    return own or models_of(node)[member]


def _matrix(training: Node) -> Node:
    return next(node for node in _down(training) if isinstance(node.operator, Assemble | Normal))


def _down(node: Node) -> Iterator[Node]:
    """A node, its first input, that one's first input, …"""
    yield node
    while node.inputs:
        node = node.inputs[0]
        yield node
