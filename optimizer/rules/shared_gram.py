"""shared_gram: linear models over one matrix share its normal equations.

    Train(ridge(alpha=1); x, y), Train(ridge(alpha=2); x, y)  =>  SolveLinear({alpha=1, alpha=2}; MatrixNormal(x, y))

For features that are no linear maps of their columns: the matrix is made in every fold, and its product with itself is
computed once for all penalties. A single model is left to scikit-learn, which computes the same product.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stratum_sql.optimizer.solving import different, is_linear, solved
from stratum_sql.optimizer.trainings import Trained, full_parameters, grafted, grouped, trainings
from stratum_sql.plan.build import Answer, Batch, Goal
from stratum_sql.plan.graph import Graph, Node
from stratum_sql.plan.linear import MatrixNormal


def shared_gram(batch: Batch) -> Batch:
    """The batch with linear models over one matrix solved together."""
    full = full_parameters(batch)
    groups = grouped(one for one in trainings(batch) if is_linear(one, full))
    several = [group for group in groups if len(different(group)) > 1]
    return grafted(batch, lambda graph, made: _graft(graph, several, made)) if several else batch


def _graft(graph: Graph, groups: Sequence[list[Trained]], made: Mapping[int, Node]) -> dict[Goal, Answer]:
    answers: dict[Goal, Answer] = {}
    for group in groups:
        inputs = (made[node.id] for node in group[0].inputs)
        normal = graph.node(MatrixNormal(group[0].training.weighted), *inputs)
        answers |= solved(graph, normal, group, made)
    return answers
