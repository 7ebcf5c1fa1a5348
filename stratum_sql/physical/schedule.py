"""The order of a batch: trials that share matrices run one after the other, so that these can be forgotten early.

A node of the plan stands for its work in every fold; here it becomes one task a fold.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from stratum_sql.plan.build import Batch, Goal, Refit
from stratum_sql.plan.graph import Node, Operator
from stratum_sql.plan.linear import ScoreLinear
from stratum_sql.plan.model import TrainModel, TrainStopped, TrainTargets
from stratum_sql.plan.together import TrainOnBins
from stratum_sql.plan.transform import Assemble


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


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """A node's work in one fold, or, with `fold` None, once for all."""

    id: int
    node: Node
    fold: int | None
    inputs: tuple[Task, ...]

    @property
    def operator(self) -> Operator:
        """What is done."""
        return self.node.operator


class Unit(Protocol):
    """What the scheduler runs: a task, or a node of a plan without folds."""

    @property
    def id(self) -> int: ...
    @property
    def operator(self) -> Operator: ...
    @property
    def inputs(self) -> tuple[Unit, ...]: ...


G = TypeVar("G", bound=Hashable)
U = TypeVar("U", bound=Unit)


@dataclass(frozen=True, slots=True)
class Schedule(Generic[G, U]):
    """What to run: `units`, inputs before their users, for the values of the goals in `wanted`. `priority` orders units
    that are ready at the same time: lower first."""

    units: tuple[U, ...]
    wanted: Mapping[G, U]
    priority: Mapping[int, int]


class _Tasks:
    """The tasks of a graph, made as they are asked for."""

    def __init__(self) -> None:
        self._made: dict[tuple[int, int | None], Task] = {}

    def task(self, node: Node, fold: int | None) -> Task:
        """The task of `node` in `fold`, and with it those below."""
        key = (node.id, fold if node.folded else None)
        found = self._made.get(key)
        if found is None:
            inputs = tuple([self.task(child, fold) for child in node.inputs])
            found = self._made[key] = Task(len(self._made), node, key[1], inputs)
        return found


def plan_schedule(batch: Batch, keeps_folds: Callable[[Goal], bool] = lambda _goal: True) -> Schedule[FoldGoal, Task]:
    """A schedule for every score of the batch: trials over the same features one after the other.

    Where `keeps_folds` says that the matrices of all folds fit memory together, a trial is done in all its folds before
    the next begins, so that there are finished trials early; else all trials in one fold before the next fold. What is
    solved from sums comes first: it takes milliseconds, and who waits for the rest has a score to compare with.
    """
    tasks = _Tasks()
    together = {goal: (_matrix(answer.node), keeps_folds(goal)) for goal, answer in batch.scores.items()}

    def order(goal: FoldGoal) -> tuple[bool, int, int, Goal, int]:
        matrix, keeps = together[goal.goal]
        slow = not isinstance(batch.scores[goal.goal].node.operator, ScoreLinear)
        return slow, matrix, -1 if keeps else goal.fold, goal.goal, goal.fold

    goals = [FoldGoal(goal, fold) for goal in batch.scores for fold in range(batch.folds[goal[0]])]
    return in_order({goal: tasks.task(batch.scores[goal.goal].node, goal.fold) for goal in sorted(goals, key=order)})


def _matrix(node: Node) -> int:
    """The matrix that an answer is made from, or what stands for it."""
    return next((child.id for child in node.inputs if isinstance(child.operator, Assemble)), node.id)


def plan_refits(refits: Mapping[int, Refit]) -> Schedule[PartGoal, Node]:
    """A schedule for the models of statements, one after the other."""
    parts = {
        index: [*(node for _, node in refit.fits), refit.matrix, refit.target, refit.model]
        for index, refit in refits.items()
    }
    return in_order({PartGoal(index, node.id): node for index, nodes in parts.items() for node in nodes})


def in_order(wanted: Mapping[G, U]) -> Schedule[G, U]:
    """The schedule that works for the goals in their order."""
    priority: dict[int, int] = {}
    units: dict[int, U] = {}
    for position, unit in enumerate(wanted.values()):
        for found in _above(unit, units):
            priority[found.id] = position
    return Schedule(tuple(sorted(units.values(), key=lambda unit: unit.id)), wanted, priority)


def inner_threads(schedule: Schedule[G, U], workers: int) -> int:
    """Threads inside each training: one, unless there are fewer trainings than workers, which would be idle."""
    alone = TrainModel | TrainStopped | TrainTargets | TrainOnBins
    trainings = sum(isinstance(unit.operator, alone) for unit in schedule.units)
    return max(1, workers // max(1, trainings))


def _above(unit: U, seen: dict[int, U]) -> list[U]:
    """`unit` and everything it needs that is not in `seen` yet; they are added to it."""
    found: list[U] = []
    pending: list[U] = [unit]
    while pending:
        one = pending.pop()
        if one.id not in seen:
            seen[one.id] = one
            found.append(one)
            pending += one.inputs  # type: ignore[arg-type]  # a unit's inputs are units of its kind
    return found
