"""row_wise_once: what looks at one row at a time is done once for all rows, not once a fold.

    Map(f, Rows(fold, x))  =>  Rows(fold, Map(f, x))

A fitted transform stays put: above all rows it would learn from the held-out ones.
"""

from __future__ import annotations

from stratum_sql.optimizer.rewrite import rewrite
from stratum_sql.plan.build import Batch
from stratum_sql.plan.graph import Graph, Node, Operator
from stratum_sql.plan.relational import Compute
from stratum_sql.plan.transform import Map, Rows


def row_wise_once(batch: Batch) -> Batch:
    """The batch with row-wise work moved below the selection of rows."""
    return rewrite(batch, _step)


def _step(graph: Graph, operator: Operator, inputs: tuple[Node, ...]) -> Node:
    if isinstance(operator, Map | Compute) and inputs and _same_rows(inputs):
        first = inputs[0]
        below = graph.node(operator, *(node.inputs[1] for node in inputs))
        return graph.node(first.operator, first.inputs[0], below)
    return graph.node(operator, *inputs)


def _same_rows(inputs: tuple[Node, ...]) -> bool:
    """Whether all inputs are the same rows of the same split."""
    first = inputs[0]
    return isinstance(first.operator, Rows) and all(
        node.operator == first.operator and node.inputs[0] is first.inputs[0] for node in inputs
    )
