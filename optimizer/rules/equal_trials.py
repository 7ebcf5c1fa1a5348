"""equal_trials: trials that differ only in what they leave unsaid are trained once.

    Train(ridge, {}), Train(ridge, {alpha: 1.0})  =>  Train(ridge, {alpha: 1.0, …every default})

A parameter's type counts: `max_features => 1` is one feature, `1.0` is all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from stratum_sql.optimizer.rewrite import rewrite
from stratum_sql.plan.build import Batch
from stratum_sql.plan.frozen import FrozenParams
from stratum_sql.plan.graph import Graph, Node, Operator
from stratum_sql.plan.model import TrainModel

Given = tuple[str, FrozenParams]  # estimator, and the parameters the statement says


def equal_trials(batch: Batch) -> Batch:
    """The batch with every trial's defaults filled in."""
    full = {(trial.estimator.name, trial.given): trial.full for query in batch.queries for trial in query.trials}

    def step(graph: Graph, node: Node, inputs: tuple[Node, ...]) -> Node:
        return graph.node(_filled(node.operator, full), *inputs)

    return rewrite(batch, lambda node: _filled(node.operator, full) is not node.operator, step)


def _filled(operator: Operator, full: Mapping[Given, FrozenParams]) -> Operator:
    if isinstance(operator, TrainModel):
        identity = full.get((operator.estimator, operator.params), operator.params)
        return operator if identity == operator.identity else replace(operator, identity=identity)
    return operator
