"""Groups that one join alone reads, of which it wants those with a partner: the others need not be made.

DuckDB tells rows what a join wants of them, but no groups. Semi-joins as reducers: P. Bernstein and D. Chiu, Using
semi-joins to solve relational queries, 1981.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from stratum_sql.pandas.aligning import column_name
from stratum_sql.pandas.expressions import Expr
from stratum_sql.pandas.needs import expressions, listed_in, readers_first
from stratum_sql.pandas.plan import Aggregate, Filter, Head, Join, Node, Source

WORTH = 4  # times as many rows below the groups as below their partners: else to look costs what it may save


@dataclass(frozen=True, slots=True)
class Partners:
    """The groups whose `key` is a value of `wanted` over `rows` are those that are read."""

    key: Expr
    rows: Node
    wanted: Expr


def partners(tops: Sequence[Node], kept: Collection[Node], read: Callable[[Node], Node]) -> dict[Node, Partners]:
    """For groups of a plan what is read of them. `read` gives the node that is written in place of another."""
    nodes = [node for node in readers_first(tops, kept) if read(node) is node and node not in kept]
    joins = [node for node in nodes if isinstance(node, Join)]
    readers = _readers(nodes, tops, read) if joins else Counter()
    found: dict[Node, Partners] = {}
    for join in joins:
        groups = read(join.right)
        if isinstance(groups, Aggregate) and groups not in kept and readers[groups] == 1:
            of_join = _of_join(join, groups)
            if of_join is not None:
                found[groups] = of_join
    return found


def _readers(nodes: Iterable[Node], tops: Iterable[Node], read: Callable[[Node], Node]) -> Counter[Node]:
    below = [child for node in nodes for child in (*node.reads, *_listed(node))]
    return Counter(map(read, (*tops, *below)))


def _listed(node: Node) -> Iterable[Node]:
    return (part.node for value in expressions(node) for part in listed_in(value.text))


def _of_join(join: Join, groups: Aggregate) -> Partners | None:
    if join.how not in ("inner", "left") or not _is_narrowed(join.left):
        return None
    if _most_rows(join.left) * WORTH > _most_rows(groups.child):
        return None
    keys = dict(groups.keys)
    for left, right in join.on:
        key, may_meet_missing = keys.get(column_name(right) or ""), groups.with_missing and left.nullable
        if key is not None and column_name(left) is not None and left.dtype == key.dtype and not may_meet_missing:
            return Partners(key, join.left, left)
    return None


def _is_narrowed(node: Node) -> bool:
    """Whether rows were left out on the way; who takes all of a table has most groups as partners."""
    return any(isinstance(one, Filter | Head) for one in readers_first([node]))


def _most_rows(node: Node) -> int:
    """Rows of the largest source below: there are no more, if a join gives no row twice."""
    return max((one.table.num_rows for one in readers_first([node]) if isinstance(one, Source)), default=0)
