"""The graph of a batch. Nodes are interned: one operator over the same inputs is one node, however often asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Operator:
    """What a node does, without its inputs; frozen, compared by value.

    `opens_folds`: it gives one value a fold out of values that all folds share. What stands above gives one a fold,
    too.
    """

    opens_folds: ClassVar[bool] = False

    @property
    def label(self) -> str:
        """One line for EXPLAIN."""
        return type(self).__name__

    @property
    def kind(self) -> str:
        """The operator's name."""
        return type(self).__name__


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """An operator and its inputs. Nodes of one graph are equal only if they are the same object.

    `folded`: it is done once for each fold of the split it stands on; else once for all.
    """

    id: int
    operator: Operator
    inputs: tuple[Node, ...]
    folded: bool


class Graph:
    """A growing set of interned nodes."""

    def __init__(self) -> None:
        self._nodes: dict[tuple[Operator, tuple[int, ...]], Node] = {}

    def node(self, operator: Operator, *inputs: Node) -> Node:
        """The one node that does `operator` to `inputs`."""
        key = (operator, tuple([node.id for node in inputs]))
        found = self._nodes.get(key)
        if found is None:
            folded = operator.opens_folds or any(node.folded for node in inputs)
            found = self._nodes[key] = Node(len(self._nodes), operator, inputs, folded)
        return found

    def __iter__(self) -> Iterator[Node]:
        """Every node, inputs before those that use them."""
        return iter(self._nodes.values())

    def __len__(self) -> int:
        return len(self._nodes)
