"""How much a plan does: operators counted as often as they run, with and without any sharing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from stratum_sql.plan.build import Batch
from stratum_sql.plan.graph import Node
from stratum_sql.plan.model import Score, TrainModel
from stratum_sql.plan.transform import Split


def runs(batch: Batch) -> dict[int, int]:
    """How often each node runs, by its id: once, or once for each fold of the split it stands on."""
    folds = {batch.splits[statement].id: count for statement, count in batch.folds.items()}
    found: dict[int, int] = {}
    for node in batch.graph:
        found[node.id] = _folds(node, folds, found) if node.folded else 1
    return found


def _folds(node: Node, folds: Mapping[int, int], found: Mapping[int, int]) -> int:
    own = next((folds.get(child.id, 1) for child in node.inputs if isinstance(child.operator, Split)), None)
    return own if own is not None else max(found[child.id] for child in node.inputs if child.folded)


def size(batch: Batch) -> int:
    """How many operators run."""
    return sum(runs(batch).values())


def operators_alone(batch: Batch) -> int:
    """How many operators would run if every trial were a script of its own. `batch` is as built, before any rule."""
    times = runs(batch)
    shared: dict[tuple[int, ...], int] = {}
    total = 0
    for (statement, _), answer in batch.scores.items():
        below = (batch.splits[statement], *_prepared(answer.node))
        key = tuple(node.id for node in below)
        if key not in shared:
            shared[key] = sum(times[node] for node in _reachable(below))
        total += shared[key] + 2 * batch.folds[statement]  # a fold is trained once and scored once
    return total


def _prepared(score: Node) -> Iterable[Node]:
    """What a trial needs beside its training and its score."""
    for node in score.inputs:
        if isinstance(node.operator, TrainModel | Score):
            yield from _prepared(node)
        else:
            yield node


def _reachable(nodes: Iterable[Node]) -> set[int]:
    pending, found = list(nodes), set()
    while pending:
        node = pending.pop()
        if node.id not in found:
            found.add(node.id)
            pending += node.inputs
    return found
