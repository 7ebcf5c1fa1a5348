"""Linear models in place of their trainings: solved together, and scored from sums or in one product."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from stratum_sql.catalog.linear_models import DERIVED_METRICS, solved_from_sums
from stratum_sql.catalog.metrics import metric
from stratum_sql.optimizer.trainings import Full, Trained
from stratum_sql.plan.build import Answer, Goal
from stratum_sql.plan.graph import Graph, Node
from stratum_sql.plan.linear import ScoreLinear, ScorePredictions, SolveLinear
from stratum_sql.plan.model import Candidate

_AT_ONCE = 256  # models solved in one task: a batch of thousands still shows progress and uses every core


def is_linear(one: Trained, full: Full) -> bool:
    """Whether a trial's model follows from sums of products."""
    operator = one.training
    found = full.get((operator.estimator, operator.params))
    return found is not None and solved_from_sums(operator.estimator, found[1].as_dict())


def different(group: Sequence[Trained]) -> dict[Candidate, list[Trained]]:
    """The different models of a group, each with the trials that want it; none draws, so seeds do not count."""
    found: dict[Candidate, list[Trained]] = {}
    for one in group:
        found.setdefault(replace(one.candidate, seed=0), []).append(one)
    return found


def solved(graph: Graph, normal: Node, group: Sequence[Trained], made: Mapping[int, Node]) -> dict[Goal, Answer]:
    """Answers for the trials of one matrix from its normal equations, some hundreds of models at a time."""
    wanted = list(different(group).items())
    answers: dict[Goal, Answer] = {}
    for first in range(0, len(wanted), _AT_ONCE):
        part = wanted[first : first + _AT_ONCE]
        models = graph.node(SolveLinear(tuple(candidate for candidate, _ in part)), normal)
        answers |= _scored(graph, models, normal, [trials for _, trials in part], made)
    return answers


def _scored(
    graph: Graph, models: Node, normal: Node, trials: Sequence[list[Trained]], made: Mapping[int, Node]
) -> dict[Goal, Answer]:
    answers: dict[Goal, Answer] = {}
    derived = {one.goal for same in trials for one in same if _is_derived(one)}
    for from_sums in (True, False):
        chosen = [[one for one in same if (one.goal in derived) == from_sums] for same in trials]
        every = [one for same in chosen for one in same]
        if not every:
            continue
        metrics = tuple(dict.fromkeys(name for one in every for name in one.scoring.metrics))
        if from_sums:
            node = graph.node(ScoreLinear(metrics), models, normal)
        else:
            held_out = (made[child.id] for child in every[0].score.inputs[1:])
            node = graph.node(ScorePredictions(metrics, every[0].scoring.weighted), models, *held_out)
        answers |= {one.goal: Answer(node, member) for member, same in enumerate(chosen) for one in same}
    return answers


def _is_derived(one: Trained) -> bool:
    specs = [metric(name) for name in one.scoring.metrics]
    return all(spec is not None and spec.scorer in DERIVED_METRICS for spec in specs)
