"""How many SELECTs of a plan read one another. What DuckDB takes to bind them grows with the cube of that.

A loop that changes one column a thousand times makes a thousand. So rows in the middle of such a plan are made a table
of their own, which costs one pass over them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from stratum_sql.pandas.expressions import running
from stratum_sql.pandas.needs import Needs, expressions, is_read, names_in, readers_first
from stratum_sql.pandas.plan import (
    BRANCH,
    RID,
    Aggregate,
    Base,
    Explode,
    Filter,
    Head,
    Join,
    Node,
    Sort,
    Source,
    Step,
    Take,
    Union,
)
from stratum_sql.quoting import quote

DEEPEST = 32


def may_be_deep(tops: Sequence[Node], kept: Collection[Node]) -> bool:
    """Whether there are as many nodes."""
    return sum(not isinstance(node, Sort) for node in readers_first(tops, kept)) >= DEEPEST


def too_deep(tops: Sequence[Node], needs: Needs, kept: Collection[Node]) -> Iterator[Node]:
    """The nodes that are to be tables, what is read first; each is taken for one from then on."""
    depths, before = _Depths(needs), frozenset(kept)
    for node in reversed(readers_first(tops, kept)):
        if isinstance(node, Source) or node in before:
            depths.is_table(node)
        elif depths.of(node) >= DEEPEST:
            yield node
            depths.is_table(node)


def columns_read(node: Node, needs: Needs) -> list[str]:
    """The names of a node's columns that are read, by `needs` in which it is a table already."""
    return sorted(name for name in _columns(node) if quote(name) in needs[node.base])


def _columns(node: Node) -> set[str]:
    """The names of all columns of a node."""
    found = set[str]()
    while not isinstance(node, Source | Aggregate | Join | Union):
        if isinstance(node, Step):
            found.add(node.name)
        elif isinstance(node, Take):
            found.add(node.at)
        elif isinstance(node, Explode):
            found |= {node.at, *(name for _, name in node.lists)}
        assert isinstance(node, Step | Filter | Sort | Head | Take | Explode)
        node = node.child
    return found | set(_own_columns(node))


def _own_columns(node: Source | Aggregate | Join | Union) -> Iterable[str]:
    match node:
        case Source():
            return list(node.table.column_names)
        case Aggregate():
            return [*(name for name, _ in (*node.keys, *node.values)), *(() if node.by_key else (RID,))]
        case Join():
            return [*(name for name, _, _ in node.columns), *(name for name, _, _ in node.ordering)]
        case Union():
            return [*node.columns, BRANCH, RID]


class _Depths:
    """How deep the nodes are, each asked for after those it reads."""

    def __init__(self, needs: Needs) -> None:
        self._needs = needs
        self._depths: dict[Node, int] = {}
        self._levels: dict[Base, dict[str, int]] = {}  # of the columns that were added to rows, by their quoted names

    def is_table(self, node: Node) -> None:
        self._depths[node] = self._depths[node.base] = 0
        self._levels[node.base] = {}

    def of(self, node: Node) -> int:
        below = max((self._depths.get(one, 0) for one in node.reads), default=0)
        if isinstance(node, Step):
            found = max(below, self._added(node)) if is_read(node, self._needs) else below
        else:
            found = below + (not isinstance(node, Sort))
        self._depths[node] = found
        return found

    def _added(self, node: Step) -> int:
        """Columns that read none of their own rows' added ones are one SELECT."""
        levels = self._levels.setdefault(node.base, {})
        read = (name for value in expressions(node) for name in names_in(running(value.text)))
        level = levels[quote(node.name)] = max((levels.get(name, 0) for name in read), default=0) + 1
        return self._depths.get(node.base, 0) + level
