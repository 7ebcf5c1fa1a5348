"""merge_scores: one model predicts the same held-out rows once, whatever metrics are asked of it.

    Score(r2; m, x, y), Score(mae, r2; m, x, y)  =>  Score(r2, mae; m, x, y)

Every metric is computed by itself from the one prediction; a statement reads off its own.
"""

from __future__ import annotations

from dataclasses import replace

from stratum_sql.optimizer.rewrite import rewrite
from stratum_sql.plan.build import Batch
from stratum_sql.plan.graph import Graph, Node
from stratum_sql.plan.model import Score

Inputs = tuple[int, ...]  # node ids: model, matrix, target, weights


def merge_scores(batch: Batch) -> Batch:
    """The batch with one score for each model and its held-out rows."""
    wanted: dict[Inputs, dict[str, None]] = {}
    for node in batch.graph:
        if isinstance(node.operator, Score):
            wanted.setdefault(_inputs(node), {}).update(dict.fromkeys(node.operator.metrics))

    def step(graph: Graph, node: Node, inputs: tuple[Node, ...]) -> Node:
        if isinstance(node.operator, Score):
            return graph.node(replace(node.operator, metrics=tuple(wanted[_inputs(node)])), *inputs)
        return graph.node(node.operator, *inputs)

    return rewrite(
        batch,
        lambda node: isinstance(node.operator, Score) and tuple(wanted[_inputs(node)]) != node.operator.metrics,
        step,
    )


def _inputs(node: Node) -> Inputs:
    return tuple(child.id for child in node.inputs)
