"""Rewriting a graph: a rule sees one node, whose inputs are rewritten already, and gives what stands for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from stratum_sql.plan.alone import reachable
from stratum_sql.plan.build import Batch
from stratum_sql.plan.graph import Graph, Node

Match = Callable[[Node], bool]
Rewrite = Callable[[Graph, Node, tuple[Node, ...]], Node]


def rewrite(batch: Batch, match: Match, step: Rewrite) -> Batch:
    """The batch with `step` done to every node, inputs first; `batch` itself if no node is a `match`.

    `step` is given the new graph, the old node and its new inputs. Nodes that no answer needs are left out.
    """
    if not any(match(node) for node in batch.graph):
        return batch
    needed = _needed(batch)
    graph = Graph()
    made: dict[int, Node] = {}
    for node in batch.graph:
        if node.id in needed:
            made[node.id] = step(graph, node, tuple(made[child.id] for child in node.inputs))
    scores = {goal: replace(answer, node=made[answer.node.id]) for goal, answer in batch.scores.items()}
    return replace(batch, graph=graph, scores=scores, splits={key: made[node.id] for key, node in batch.splits.items()})


def prune(batch: Batch) -> Batch:
    """The batch without nodes that no answer needs: those that a rule found another place for."""
    needed = _needed(batch)
    return rewrite(
        batch, lambda node: node.id not in needed, lambda graph, node, inputs: graph.node(node.operator, *inputs)
    )


def _needed(batch: Batch) -> set[int]:
    return reachable([*(answer.node for answer in batch.scores.values()), *batch.splits.values()])
