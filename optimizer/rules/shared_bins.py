"""shared_bins: boosted trees over one matrix are trained on one set of bins.

    Train(lightgbm(a); x, y), Train(lightgbm(b); x, y)  =>  TrainOnBins(a; Bins(x, y)), TrainOnBins(b; Bins(x, y))

LightGBM and XGBoost first sort every column into bins, which takes as long as many rounds. Trainings that differ in
what is read while trees grow (rates, leaves, depths, penalties) would all make the same bins. A single training makes
its own.
"""

from __future__ import annotations

from collections.abc import Hashable

from stratum_sql.catalog.bins import bins_key, leaf_size
from stratum_sql.optimizer.rewrite import rewrite
from stratum_sql.optimizer.trainings import Full, full_parameters
from stratum_sql.plan.build import Batch
from stratum_sql.plan.graph import Graph, Node
from stratum_sql.plan.model import TrainModel
from stratum_sql.plan.together import Bins, TrainOnBins


def shared_bins(batch: Batch) -> Batch:
    """The batch with trainings on the same bins sharing them."""
    full = full_parameters(batch)
    bins = _bins(batch, full)

    def step(graph: Graph, node: Node, inputs: tuple[Node, ...]) -> Node:
        if node.id not in bins:
            return graph.node(node.operator, *inputs)
        assert isinstance(node.operator, TrainModel)
        (own,) = node.operator.models
        return graph.node(TrainOnBins(own), graph.node(bins[node.id], *inputs), inputs[1])

    return rewrite(batch, lambda node: node.id in bins, step)


def _bins(batch: Batch, full: Full) -> dict[int, Bins]:
    """The bins of every training that shares them, by node."""
    groups: dict[tuple[Hashable, ...], list[Node]] = {}
    for node in batch.graph:
        key = _key(node, full)
        if key is not None:
            groups.setdefault(key, []).append(node)
    return {
        node.id: bins for group in groups.values() if len(group) > 1 for bins in [_of(group, full)] for node in group
    }


def _key(node: Node, full: Full) -> tuple[Hashable, ...] | None:
    operator = node.operator
    known = full.get((operator.estimator, operator.params)) if isinstance(operator, TrainModel) else None
    if known is None or not isinstance(operator, TrainModel):
        return None
    key = bins_key(known[0], operator.params.as_dict())
    return None if key is None else (key, operator.seed, tuple(child.id for child in node.inputs))


def _of(group: list[Node], full: Full) -> Bins:
    trained = [node.operator for node in group if isinstance(node.operator, TrainModel)]
    first = trained[0]
    spec = full[first.estimator, first.params][0]
    sizes = {leaf_size(spec, operator.params.as_dict()) for operator in trained}
    leaf_sizes = tuple(sorted(size for size in sizes if size is not None))
    key = bins_key(spec, first.params.as_dict())
    return Bins(key, leaf_sizes, first.seed, first.weighted, first.models[0])
