"""prefix_components: the first components of many are those of a fit that asks for few.

    Fit(pca(n=3); x), Fit(pca(n=8); x)  =>  FirstComponents(pca(n=3); x, Components(pca(n=8); x)), FirstComponents(…)

The columns are put into one matrix once, and its covariance and eigenvectors are computed once. The transform says, by
its parameters and, when it is run, by the solver that was taken, whether that is exact; where it is not, or the fit of
the most components fails, each is fitted from its columns.
"""

from __future__ import annotations

from collections.abc import Hashable

from stratum_sql.catalog import registry
from stratum_sql.optimizer.rewrite import rewrite
from stratum_sql.plan.build import Batch
from stratum_sql.plan.frozen import freeze
from stratum_sql.plan.graph import Graph, Node
from stratum_sql.plan.transform import Components, FirstComponents, Fit


def prefix_components(batch: Batch) -> Batch:
    """The batch with fits of fewer components taken from those of the most."""
    most = _most(batch)

    def step(graph: Graph, node: Node, inputs: tuple[Node, ...]) -> Node:
        if node.id not in most:
            return graph.node(node.operator, *inputs)
        fit = node.operator
        assert isinstance(fit, Fit)
        own = FirstComponents(fit.transform, fit.params, fit.seed, fit.with_target)
        return graph.node(own, *inputs, graph.node(most[node.id], *inputs))

    return rewrite(batch, lambda node: node.id in most, step)


def _most(batch: Batch) -> dict[int, Components]:
    """For every fit that is one of several, the fit of the most components, by node."""
    groups: dict[Hashable, dict[int, tuple[int, Fit]]] = {}
    for node in batch.graph:
        found = _apart_from_number(node)
        if found is not None:
            groups.setdefault(found[0], {})[node.id] = found[1:]
    most: dict[int, Components] = {}
    for group in groups.values():
        if len(group) > 1:
            _, fit = max(group.values(), key=lambda counted: counted[0])
            most |= dict.fromkeys(group, Components(fit.transform, fit.params, fit.seed))
    return most


def _apart_from_number(node: Node) -> tuple[Hashable, int, Fit] | None:
    """All that a fit is but its number of components, that number, and the fit; None where fewer are not the first."""
    fit = node.operator
    if not isinstance(fit, Fit) or isinstance(fit, FirstComponents) or fit.with_target:
        return None
    spec = registry.transform(fit.transform)
    params = fit.params.as_dict()
    if spec is None or spec.components is None or not spec.components.applies(params):
        return None
    count = params.pop(spec.components.parameter)
    return (fit.transform, freeze(params), fit.seed, tuple(child.id for child in node.inputs)), count, fit
