"""row_wise_once: what looks at one row at a time is done once for all rows, not once a fold.

    Map(f, Rows(side, x))  =>  Rows(side, Map(f, x))

Scalar SQL over transformed columns is row-wise too. A fitted transform stays put: above all rows it would learn from
the held-out ones.
"""

from __future__ import annotations

from stratum_sql.optimizer.rewrite import prune, rewrite
from stratum_sql.plan.build import Batch
from stratum_sql.plan.graph import Graph, Node
from stratum_sql.plan.relational import Compute
from stratum_sql.plan.transform import Map, Rows


def row_wise_once(batch: Batch) -> Batch:
    """The batch with row-wise work moved below the selection of rows."""
    moved = rewrite(batch, lambda node: _moves(node, node.inputs), _step)
    return batch if moved is batch else prune(moved)


def _step(graph: Graph, node: Node, inputs: tuple[Node, ...]) -> Node:
    if not _moves(node, inputs):
        return graph.node(node.operator, *inputs)
    rows = inputs[0]
    below = graph.node(node.operator, *(child.inputs[1] for child in inputs))
    return graph.node(rows.operator, rows.inputs[0], below)


def _moves(node: Node, inputs: tuple[Node, ...]) -> bool:
    """Whether it is row-wise work over the same rows of the same split."""
    if not isinstance(node.operator, Map | Compute) or not inputs:
        return False
    rows = inputs[0]
    return isinstance(rows.operator, Rows) and all(
        child.operator == rows.operator and child.inputs[0] is rows.inputs[0] for child in inputs
    )
