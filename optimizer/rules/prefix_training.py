"""prefix_training: a model of few rounds is the beginning of one of many.

    Train(lightgbm(n=50); x, y), Train(lightgbm(n=200); x, y)  =>  FirstRounds(50, Train(lightgbm(n=200); x, y))

Boosting adds round to round and a forest tree to tree, so the longest training holds all shorter ones. Each estimator
says, by its parameters, whether that is exact; early stopping and dropped trees, for example, end it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stratum_sql.catalog.prefix import prefix_parameter, rounds
from stratum_sql.optimizer.rewrite import rewrite
from stratum_sql.optimizer.trainings import Full, full_parameters
from stratum_sql.plan.build import Batch
from stratum_sql.plan.frozen import freeze
from stratum_sql.plan.graph import Graph, Node
from stratum_sql.plan.model import TrainModel
from stratum_sql.plan.together import FirstRounds


def prefix_training(batch: Batch) -> Batch:
    """The batch with models of fewer rounds taken from those of the most."""
    longest = _longest(batch)
    made: dict[int, Node] = {}  # the longest trainings in the new graph, by the node they were

    def step(graph: Graph, node: Node, inputs: tuple[Node, ...]) -> Node:
        found = longest.get(node.id)
        if found is None:
            return graph.node(node.operator, *inputs)
        if found.node.id not in made:  # over equal inputs, so those are there
            made[found.node.id] = graph.node(found.node.operator, *inputs)
        operator = node.operator
        assert isinstance(operator, TrainModel)
        (own,) = operator.models
        return (
            made[found.node.id]
            if node is found.node
            else graph.node(FirstRounds(found.rounds[node.id], own), made[found.node.id])
        )

    return rewrite(batch, lambda node: node.id in longest and longest[node.id].node is not node, step)


@dataclass(frozen=True, eq=False, slots=True)
class _Longest:
    """The training of the most rounds, and the rounds of each training it holds, by node."""

    node: Node
    rounds: Mapping[int, int]


def _longest(batch: Batch) -> dict[int, _Longest]:
    """For every training that is one of several, the longest of them."""
    full = full_parameters(batch)
    groups: dict[tuple[object, ...], dict[Node, int]] = {}
    for node in batch.graph:
        found = _apart_from_rounds(node, full)
        if found is not None:
            groups.setdefault(found[0], {})[node] = found[1]
    longest: dict[int, _Longest] = {}
    for group in groups.values():
        most = max(group, key=lambda node: group[node])
        if len(group) > 1:
            counts = {node.id: count for node, count in group.items()}
            longest |= dict.fromkeys(counts, _Longest(most, counts))
    return longest


def _apart_from_rounds(node: Node, full: Full) -> tuple[tuple[object, ...], int] | None:
    """All that a training is but its number of rounds, and that number; None where a prefix is no model."""
    operator = node.operator
    if not isinstance(operator, TrainModel):
        return None
    known = full.get((operator.estimator, operator.params))
    if known is None:
        return None
    spec, params = known[0], {**known[1].as_dict()}
    name, count = prefix_parameter(spec, params), rounds(spec, params)
    if name is None or count is None:
        return None
    rest = freeze({key: value for key, value in operator.identity.items if key != name})
    return (operator.estimator, rest, operator.seed, tuple(child.id for child in node.inputs)), count
