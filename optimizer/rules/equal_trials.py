"""equal_trials: trials that say the same in other words are trained once.

    Train(ridge, {}), Train(ridge, {alpha: 1.0})  =>  Train(ridge, {alpha: 1.0, …every default})

Defaults are filled in, and a whole number that stands for a real one is that number: `alpha => 1` is `alpha => 1.0`.
Elsewhere the type counts: `max_features => 1` is one feature, `1.0` is all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from stratum_sql.optimizer.rewrite import rewrite
from stratum_sql.plan.build import Batch
from stratum_sql.plan.frozen import FrozenParams, freeze
from stratum_sql.plan.graph import Graph, Node, Operator
from stratum_sql.plan.model import TrainModel, TrainStopped, TrainTargets
from stratum_sql.plan.query import Trial

Given = tuple[str, FrozenParams]  # estimator, and the parameters the statement says


def equal_trials(batch: Batch) -> Batch:
    """The batch with every trial's defaults filled in."""
    full = {(trial.estimator.name, trial.given): _whole(trial) for query in batch.queries for trial in query.trials}

    def step(graph: Graph, node: Node, inputs: tuple[Node, ...]) -> Node:
        return graph.node(_filled(node.operator, full), *inputs)

    return rewrite(batch, lambda node: _filled(node.operator, full) is not node.operator, step)


def _whole(trial: Trial) -> FrozenParams:
    """Every parameter of a trial; whole numbers that stand for real ones as those."""
    reals = trial.estimator.reals
    if not any(type(value) is int and name in reals for name, value in trial.full.items):
        return trial.full
    return freeze({name: _real(value) if name in reals else value for name, value in trial.full.items})


def _real(value: Any) -> Any:
    """A whole number as a float, if a float can be that number."""
    return float(value) if type(value) is int and abs(value) <= 2**53 else value


def _filled(operator: Operator, full: Mapping[Given, FrozenParams]) -> Operator:
    if isinstance(operator, TrainModel | TrainStopped | TrainTargets):
        identity = full.get((operator.estimator, operator.params), operator.params)
        return operator if identity == operator.identity else replace(operator, identity=identity)
    return operator
