"""merge_scans: statements over one relation read it once.

    Read(a, Scan(s) of statement 1), Read(b, Scan(s) of statement 2)  =>  Read(a, Scan(s)), Read(b, Scan(s))

A relation is its text with white space, comments and case of words put aside. The one scan asks DuckDB for the union of the
columns that are read above it, so a column that nobody reads is never fetched.
"""

from __future__ import annotations

from dataclasses import replace

from stratum_sql.optimizer.rewrite import rewrite
from stratum_sql.plan.build import Batch
from stratum_sql.plan.graph import Graph, Node, Operator
from stratum_sql.plan.relational import Scan


def merge_scans(batch: Batch) -> Batch:
    """The batch with one scan for each relation."""
    return rewrite(batch, _step)


def _step(graph: Graph, operator: Operator, inputs: tuple[Node, ...]) -> Node:
    if isinstance(operator, Scan):
        return graph.node(replace(operator, reader=None))
    return graph.node(operator, *inputs)
