"""The models that are kept: the best trial of every named statement, fitted on all rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from stratum_sql.errors import Diagnostic, RunError, StratumError
from stratum_sql.execute.duckdb import Relation
from stratum_sql.execute.scheduler import GoalResult, Run, Scheduler, reason
from stratum_sql.execute.values import Design, FitResult, Labels, Model
from stratum_sql.physical.schedule import PartGoal, plan_refits
from stratum_sql.plan.build import Refit, build_refit
from stratum_sql.plan.features import Feature
from stratum_sql.plan.graph import Graph, Node
from stratum_sql.plan.query import TrainQuery, Trial
from stratum_sql.plan.relational import Scan

Ending = Callable[[int], str | None]  # why the model of a statement is given up now, if it is: timeout, cancelled


@dataclass(frozen=True, eq=False, slots=True)
class FittedTrial:
    """One trial fitted on all rows: the states of its transforms, its estimator, the target's labels, the matrix's
    size."""

    fits: tuple[tuple[Feature, FitResult], ...]
    model: Model
    labels: Labels
    names: tuple[str, ...]
    rows: int


def fit_on_all_rows(
    trials: Mapping[int, tuple[TrainQuery, Trial]],
    relations: Mapping[int, Relation],
    run_node: Run[Node],
    workers: int,
    memory_limit: int,
    ending: Ending,
) -> dict[int, FittedTrial | StratumError]:
    """The trial of each statement, or why it could not be fitted. KeyboardInterrupt is not caught."""
    graph = Graph()
    first: dict[int, int] = {}  # the statement that reads a relation, by the relation: others share its nodes
    refits = {
        index: build_refit(graph, query, first.setdefault(id(relations[index]), index), trial)
        for index, (query, trial) in trials.items()
    }
    given = {node.id: relations[reader] for node in graph if (reader := _reader(node)) is not None}
    scheduler = Scheduler(plan_refits(refits), run_node, given, workers, memory_limit)
    _watch(scheduler, ending)  # what is late already is not begun
    parts: dict[int, dict[int, GoalResult]] = {index: {} for index in refits}
    for goal, result in scheduler.run(lambda: _watch(scheduler, ending)).items():
        parts[goal.statement][goal.node] = result
    return {index: _fitted(refit, parts[index]) for index, refit in refits.items()}


def _reader(node: Node) -> int | None:
    return node.operator.reader if isinstance(node.operator, Scan) else None


def _watch(scheduler: Scheduler[PartGoal, Node], ending: Ending) -> None:
    """The models whose time is over are given up."""
    opened: dict[int, list[PartGoal]] = {}
    for goal in scheduler.open_goals():
        opened.setdefault(goal.statement, []).append(goal)
    for index, goals in opened.items():
        why = ending(index)
        if why is not None:
            scheduler.give_up(goals, why)


def _fitted(refit: Refit, parts: Mapping[int, GoalResult]) -> FittedTrial | StratumError:
    bad = next((result for result in parts.values() if result.status != "ok"), None)
    if bad is not None:
        return _error(bad)
    design: Design = parts[refit.matrix.id].value
    fits = tuple((feature, parts[node.id].value) for feature, node in refit.fits)
    target: Any = parts[refit.target.id].value
    return FittedTrial(fits, parts[refit.model.id].value, target, design.names, design.matrix.shape[0])


def _error(result: GoalResult) -> StratumError:
    if isinstance(result.error, StratumError):
        return result.error
    if result.status != "failed":
        said = {"timeout": "the time was over", "cancelled": "the batch was stopped"}[result.status]
        return RunError(
            Diagnostic(result.status, f"{said} before the best trial was fitted on all rows: no model is kept", "run")
        )
    return RunError(
        Diagnostic("fit_failed", f"the best trial could not be fitted on all rows: {reason(result.error)}", "run")
    )
