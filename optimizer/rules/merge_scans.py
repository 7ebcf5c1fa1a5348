"""merge_scans: statements over one relation read it once.

    Scan(s) of statement 1, Scan(s) of statement 2  =>  Scan(s)

A relation is its text with white space, comments and case of words put aside. The one scan asks DuckDB for the union of
the columns that are read above it, so a column that nobody reads is never fetched. Two filters make two relations.
"""

from __future__ import annotations

from dataclasses import replace

from stratum_sql.optimizer.rewrite import rewrite
from stratum_sql.plan.build import Batch
from stratum_sql.plan.graph import Graph, Node
from stratum_sql.plan.relational import Scan


def merge_scans(batch: Batch) -> Batch:
    """The batch with one scan for each relation."""
    return rewrite(batch, _of_one_statement, _step)


def _of_one_statement(node: Node) -> bool:
    return isinstance(node.operator, Scan) and node.operator.reader is not None


def _step(graph: Graph, node: Node, inputs: tuple[Node, ...]) -> Node:
    if isinstance(node.operator, Scan):
        return graph.node(replace(node.operator, reader=None))
    return graph.node(node.operator, *inputs)
