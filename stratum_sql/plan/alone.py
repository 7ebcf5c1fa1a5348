"""What a batch would cost without any sharing: the number EXPLAIN compares a plan with."""

from __future__ import annotations

from stratum_sql.plan.build import Batch
from stratum_sql.plan.graph import Node
from stratum_sql.plan.model import Score, TrainModel
from stratum_sql.plan.relational import Scan


def operators_alone(batch: Batch) -> int:
    """How many operators would run if every trial were a script of its own. `batch` is as built, before any rule.

    Each statement reads its own scan then, so that a node belongs to the statement whose scan it stands above.
    """
    statement: dict[int, int] = {}
    shared_by_trials = dict.fromkeys(range(len(batch.queries)), 0)
    for node in batch.graph:
        owner = _owner(node, statement)
        statement[node.id] = owner
        shared_by_trials[owner] += not isinstance(node.operator, TrainModel | Score)
    own = {goal: 2 * len(folds) for goal, folds in batch.scores.items()}  # a fold is trained once and scored once
    return sum(shared_by_trials[index] + count for (index, _), count in own.items())


def _owner(node: Node, statement: dict[int, int]) -> int:
    if isinstance(node.operator, Scan):
        assert node.operator.reader is not None, "the scans are merged already"
        return node.operator.reader
    return statement[node.inputs[0].id]
