"""unused_seed: what draws no random number is the same work under every SEED.

    Fit(one_hot, seed 1), Fit(one_hot, seed 2)  =>  Fit(one_hot)
    Train(ridge, seed 1), Train(ridge, seed 2)  =>  Train(ridge)

A transform says in its declaration whether it uses its seed, and counts as using it if it does not say. An estimator
uses it if its class takes a `random_state`, or holds other estimators that may.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from stratum_sql.catalog import registry
from stratum_sql.catalog.spec import EstimatorSpec
from stratum_sql.optimizer.rewrite import rewrite
from stratum_sql.plan.build import Batch
from stratum_sql.plan.graph import Graph, Node, Operator
from stratum_sql.plan.model import TrainModel, TrainTargets
from stratum_sql.plan.transform import Fit

_SEEDS = frozenset({"random_state", "seed", "random_seed"})


def unused_seed(batch: Batch) -> Batch:
    """The batch with every seed that nothing depends on set to 0."""
    known = {trial.estimator.name: trial.estimator for query in batch.queries for trial in query.trials}

    def step(graph: Graph, node: Node, inputs: tuple[Node, ...]) -> Node:
        return graph.node(_without_seed(node.operator, known), *inputs)

    return rewrite(batch, lambda node: _without_seed(node.operator, known) is not node.operator, step)


def _without_seed(operator: Operator, known: Mapping[str, EstimatorSpec]) -> Operator:
    match operator:
        case Fit(transform, seed=seed) if seed and not _transform_draws(transform):
            return replace(operator, seed=0)
        case TrainModel(estimator, seed=seed) | TrainTargets(estimator, seed=seed) if seed and not _estimator_draws(
            known.get(estimator)
        ):
            return replace(operator, seed=0)
    return operator


def _transform_draws(name: str) -> bool:
    spec = registry.transform(name)  # a transform of the host program is not in it, and keeps its seed
    return spec is None or spec.uses_seed


def _estimator_draws(spec: EstimatorSpec | None) -> bool:
    return spec is None or spec.library != "sklearn" or bool(spec.nested) or not _SEEDS.isdisjoint(spec.defaults)
