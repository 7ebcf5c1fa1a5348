"""How much a plan does: operators counted as often as they run, with and without any sharing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from stratum_sql.plan.build import Batch
from stratum_sql.plan.graph import Node
from stratum_sql.plan.model import Score, TrainModel, TrainStopped, TrainTargets
from stratum_sql.plan.transform import Split


def runs(batch: Batch) -> dict[int, int]:
    """How often each node runs, by its id: once, or once for each fold of the split it stands on."""
    folds = {batch.splits[statement].id: count for statement, count in batch.folds.items()}
    found: dict[int, int] = {}
    for node in batch.graph:
        most = 1
        if node.folded:
            for child in node.inputs:
                if isinstance(child.operator, Split):
                    most = folds.get(child.id, 1)
                    break
                if child.folded and found[child.id] > most:
                    most = found[child.id]
        found[node.id] = most
    return found


def size(batch: Batch) -> int:
    """How many operators run."""
    return sum(runs(batch).values())


def operators_alone(batch: Batch) -> int:
    """How many operators would run if every trial were a script of its own. `batch` is as built, before any rule."""
    return round(alone(batch, runs(batch)))


def alone(batch: Batch, weights: Mapping[int, float]) -> float:
    """What every trial of a batch as built would weigh by itself, one with another: the weights, by node, of all that
    each needs."""
    shared: dict[tuple[int, ...], float] = {}
    total = 0.0
    for (statement, _), answer in batch.scores.items():
        below = (batch.splits[statement], *_prepared(answer.node))
        key = tuple(node.id for node in below)
        if key not in shared:
            shared[key] = sum(weights[node] for node in reachable(below))
        total += shared[key] + sum(weights[node.id] for node in _own(answer.node))
    return total


def trials_of(batch: Batch) -> dict[int, int]:
    """How many trials one value of each node serves, by its id; 0 where only a split is wanted."""
    needed = dict.fromkeys((node.id for node in batch.graph), 0)  # one bit a trial
    for place, answer in enumerate(batch.scores.values()):
        needed[answer.node.id] |= 1 << place
    for node in reversed(list(batch.graph)):
        for child in node.inputs:
            needed[child.id] |= needed[node.id]
    return {node: bits.bit_count() for node, bits in needed.items()}


def _own(score: Node) -> Iterable[Node]:
    """A trial's score and its training."""
    yield score
    yield from (node for node in score.inputs if isinstance(node.operator, TrainModel | TrainStopped | TrainTargets))


def _prepared(score: Node) -> Iterable[Node]:
    """What a trial needs beside its training and its score."""
    for node in score.inputs:
        if isinstance(node.operator, TrainModel | TrainStopped | TrainTargets | Score):
            yield from _prepared(node)
        else:
            yield node


def reachable(nodes: Iterable[Node]) -> set[int]:
    """The ids of the nodes and of all below them."""
    pending, found = list(nodes), set()
    while pending:
        node = pending.pop()
        if node.id not in found:
            found.add(node.id)
            pending += node.inputs
    return found
