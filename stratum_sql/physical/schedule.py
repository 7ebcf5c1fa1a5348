"""The order of a batch: trials that share a matrix run one after the other, so that the matrix can be forgotten early."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stratum_sql.plan.build import Batch, Goal
from stratum_sql.plan.graph import Node


@dataclass(frozen=True, slots=True)
class FoldGoal:
    """One score that is wanted: fold `fold` of trial `goal`."""

    goal: Goal
    fold: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """What to run. `priority` orders nodes that are ready at the same time: lower first."""

    nodes: tuple[Node, ...]
    wanted: Mapping[FoldGoal, Node]
    priority: Mapping[int, int]


def plan_schedule(batch: Batch) -> Schedule:
    """A schedule for every score of the batch, matrices one after the other."""
    wanted = {FoldGoal(goal, fold): node for goal, nodes in batch.scores.items() for fold, node in enumerate(nodes)}
    ordered = sorted(wanted.items(), key=lambda item: (item[1].inputs[1].id, item[0].goal, item[0].fold))
    priority: dict[int, int] = {}
    for position, (_, node) in enumerate(ordered):
        _mark(node, position, priority)
    nodes = tuple(node for node in batch.graph if node.id in priority)
    return Schedule(nodes, dict(ordered), priority)


def _mark(node: Node, position: int, priority: dict[int, int]) -> None:
    pending = [node]
    while pending:
        node = pending.pop()
        if node.id not in priority:
            priority[node.id] = position
            pending += node.inputs
