"""filtered_scans: rows that another statement reads anyway are not read again, but chosen from.

    Scan(s WHERE c), Scan(s)  =>  Where(Scan(s), c), Scan(s)

The condition becomes one more column of the wider scan. Rows are in an order made from their content, so the chosen
ones come in the same order as if they had been read alone, and fall into the same folds. Only filters that mean the
same afterwards count (`bind/filters.py`), and only where the wider relation is needed as it is: reading more than
anybody asked for is not known to pay.
"""

from __future__ import annotations

from dataclasses import replace

from stratum_sql.optimizer.rewrite import rewrite
from stratum_sql.plan.build import Batch
from stratum_sql.plan.graph import Graph, Node
from stratum_sql.plan.relational import Read, Scan, Source, Where


def filtered_scans(batch: Batch) -> Batch:
    """The batch with filtered relations chosen from the whole ones."""
    whole = {
        node.operator.source.key
        for node in batch.graph
        if isinstance(node.operator, Scan) and not node.operator.source.condition
    }
    keeps = {index for index, query in enumerate(batch.queries) if query.name is not None or query.options.return_folds}

    def wider(node: Node) -> Source | None:
        """What a scan may be chosen from. A statement that keeps its model, or shows its rows, reads its own."""
        scan = node.operator
        if not isinstance(scan, Scan) or scan.source.unfiltered is None or scan.reader in keeps:
            return None
        return scan.source.unfiltered if scan.source.unfiltered.key in whole else None

    def step(graph: Graph, node: Node, inputs: tuple[Node, ...]) -> Node:
        source = wider(node)
        if source is not None:
            assert isinstance(node.operator, Scan)
            return graph.node(replace(node.operator, source=source))
        below = node.inputs[0].operator if isinstance(node.operator, Read) else None
        if isinstance(below, Scan) and wider(node.inputs[0]) is not None:
            condition = graph.node(_condition(below.source), *inputs)
            return graph.node(Where(), graph.node(node.operator, *inputs), condition)
        return graph.node(node.operator, *inputs)

    return rewrite(batch, lambda node: wider(node) is not None, step)


def _condition(source: Source) -> Read:
    """The filter of a relation as a column of the relation without it."""
    condition = source.condition
    return Read(f"WHERE {condition}", f"({condition})", f"WHERE {' '.join(condition.split())}", "BOOLEAN", "number")
