"""train_together: logistic regressions, or models of naive Bayes, over one matrix are fitted in one run.

    Train(logistic(C=1); x, y), Train(logistic(C=2); x, y)  =>  Member(0, TrainTogether({C=1, C=2}; x, y)), Member(1, …)

Every logistic regression takes the steps it would take alone, but the products with the matrix that the steps ask for
are made for all of them at once: the matrix, which is larger than the caches, is read once instead of once for each.
Models of naive Bayes of one family are made from the same counts of the rows, whatever their smoothing and priors.
"""

from __future__ import annotations

from collections.abc import Hashable

from stratum_sql.catalog.together import run_key
from stratum_sql.optimizer.rewrite import rewrite
from stratum_sql.optimizer.trainings import Full, full_parameters
from stratum_sql.plan.build import Batch
from stratum_sql.plan.graph import Graph, Node
from stratum_sql.plan.model import TrainModel
from stratum_sql.plan.together import Member, TrainTogether


def train_together(batch: Batch) -> Batch:
    """The batch with models over one matrix that one run can fit trained together."""
    full = full_parameters(batch)
    runs = _runs(batch, full)

    def step(graph: Graph, node: Node, inputs: tuple[Node, ...]) -> Node:
        if node.id not in runs:
            return graph.node(node.operator, *inputs)
        assert isinstance(node.operator, TrainModel)
        (own,) = node.operator.models
        run = runs[node.id]
        return graph.node(Member(run.models.index(own), own), graph.node(run, *inputs))

    return rewrite(batch, lambda node: node.id in runs, step)


def _runs(batch: Batch, full: Full) -> dict[int, TrainTogether]:
    """The run of every training that is one of several, by node."""
    groups: dict[tuple[Hashable, ...], list[Node]] = {}
    for node in batch.graph:
        key = _key(node.operator, full) if isinstance(node.operator, TrainModel) else None
        if key is not None:
            groups.setdefault((key, *(child.id for child in node.inputs)), []).append(node)
    return {node.id: run for group in groups.values() if len(group) > 1 for run in [_run(group)] for node in group}


def _key(operator: TrainModel, full: Full) -> Hashable:
    known = full.get((operator.estimator, operator.params))
    return None if known is None else run_key(known[0], known[1].as_dict())


def _run(group: list[Node]) -> TrainTogether:
    trained = [node.operator for node in group if isinstance(node.operator, TrainModel)]
    return TrainTogether(tuple(operator.models[0] for operator in trained), trained[0].weighted)
