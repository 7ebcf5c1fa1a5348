"""The order of a batch: trials that share matrices run one after the other, so that these can be forgotten early."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from stratum_sql.plan.build import Batch, Goal, Refit
from stratum_sql.plan.graph import Node

G = TypeVar("G", bound=Hashable)


@dataclass(frozen=True, slots=True)
class FoldGoal:
    """One score that is wanted: fold `fold` of trial `goal`."""

    goal: Goal
    fold: int


@dataclass(frozen=True, slots=True)
class PartGoal:
    """One part of a model that is wanted: the value of node `node` of the model that statement `statement` keeps."""

    statement: int
    node: int


@dataclass(frozen=True, slots=True)
class Schedule(Generic[G]):
    """What to run: `nodes`, inputs before their users, for the values of the goals in `wanted`. `priority` orders nodes
    that are ready at the same time: lower first."""

    nodes: tuple[Node, ...]
    wanted: Mapping[G, Node]
    priority: Mapping[int, int]


def plan_schedule(batch: Batch, keeps_folds: Callable[[Goal], bool] = lambda _goal: True) -> Schedule[FoldGoal]:
    """A schedule for every score of the batch: trials over the same features one after the other.

    Where `keeps_folds` says that the matrices of all folds fit memory together, a trial is done in all its folds before
    the next begins, so that there are finished trials early; else all trials in one fold before the next fold.
    """
    wanted = {FoldGoal(goal, fold): node for goal, nodes in batch.scores.items() for fold, node in enumerate(nodes)}
    first = {goal: nodes[0].inputs[1].id for goal, nodes in batch.scores.items() if nodes}

    def order(item: tuple[FoldGoal, Node]) -> tuple[int, int, Goal, int]:
        wish, node = item
        matrix = 0 if keeps_folds(wish.goal) else node.inputs[1].id
        return first[wish.goal], matrix, wish.goal, wish.fold

    return in_order(dict(sorted(wanted.items(), key=order)))


def plan_refits(refits: Mapping[int, Refit]) -> Schedule[PartGoal]:
    """A schedule for the models of statements, one after the other."""
    parts = {
        index: [*(node for _, node in refit.fits), refit.matrix, refit.target, refit.model]
        for index, refit in refits.items()
    }
    return in_order({PartGoal(index, node.id): node for index, nodes in parts.items() for node in nodes})


def in_order(wanted: Mapping[G, Node]) -> Schedule[G]:
    """The schedule that works for the goals in their order."""
    priority: dict[int, int] = {}
    nodes: dict[int, Node] = {}
    for position, node in enumerate(wanted.values()):
        for found in _above(node, nodes):
            priority[found.id] = position
    return Schedule(tuple(sorted(nodes.values(), key=lambda node: node.id)), wanted, priority)


def _above(node: Node, seen: dict[int, Node]) -> list[Node]:
    """`node` and everything it needs that is not in `seen` yet; they are added to it."""
    found, pending = [], [node]
    while pending:
        one = pending.pop()
        if one.id not in seen:
            seen[one.id] = one
            found.append(one)
            pending += one.inputs
    return found
