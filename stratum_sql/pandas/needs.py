"""Which columns of each node a query reads; what nothing reads is not written.

DuckDB leaves such columns out as well, but only after it has ordered the joins, which it does not across the windows
that number rows, and after it has bound them all.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from stratum_sql.pandas.expressions import Exact, Expr, Listed, Text, running
from stratum_sql.pandas.plan import (
    RID,
    Aggregate,
    Assign,
    Base,
    Beside,
    Explode,
    Filter,
    Head,
    Join,
    Lookup,
    Node,
    Sort,
    Step,
    Take,
    Union,
)
from stratum_sql.quoting import quote

Needs = Mapping[Base, Collection[str]]

_NAMED = re.compile(r"""'(?:[^']|'')*'|("(?:[^"]|"")*")""")


def needed(node: Node, texts: Sequence[Text], order: Iterable[str], kept: Collection[Node]) -> Needs:
    """The names, quoted, that a query of `texts` over a node in some order reads of each node with rows of its own.

    Names come once above one base, so that a set for each base is enough. Nodes that are `kept` are tables already.
    """
    found: dict[Base, set[str]] = {}
    wanted = [read for text in texts for read in _of_text(node, text)]
    for base, names in [*wanted, (node.base, names_in(", ".join(order)))]:
        found.setdefault(base, set()).update(names)
    for one in readers_first([node, *(part.node for text in texts for part in listed_in(text))], kept):
        for base, names in _reads(one, found.setdefault(one.base, set())):
            found.setdefault(base, set()).update(names)
    return found


def is_read(node: Step, needs: Needs | None) -> bool:
    """Whether a query reads the column that a step adds; without `needs` it reads all."""
    return needs is None or quote(node.name) in needs[node.base]


def names_in(text: str) -> list[str]:
    """The names in a piece of SQL, quoted as there; texts in it are none."""
    return [name for name in _NAMED.findall(text) if name]


def listed_in(text: Text) -> Iterator[Listed]:
    """The lists of values of other relations, in functions of NumPy as well."""
    for part in text:
        if isinstance(part, Listed):
            yield part
            yield from listed_in(part.value.text)
        elif isinstance(part, Exact):
            yield from listed_in(part.shown)


def readers_first(tops: Iterable[Node], kept: Collection[Node] = ()) -> list[Node]:
    """The nodes that a plan is made of, each before all those that it reads."""
    seen: set[Node] = set()
    found: list[Node] = []
    waiting: list[tuple[Node, bool]] = [(top, False) for top in tops]
    while waiting:  # scripts are longer than Python's stack is deep
        node, is_done = waiting.pop()
        if is_done:
            found.append(node)
        elif node not in seen:
            seen.add(node)
            waiting.append((node, True))
            if node not in kept:
                waiting += [(below, False) for below in _below(node)]
    return found[::-1]


def _below(node: Node) -> Iterator[Node]:
    yield from node.reads
    for value in expressions(node):
        for part in listed_in(value.text):
            yield part.node


def expressions(node: Node) -> Iterable[Expr]:
    """What a node computes of those it reads; columns that a join takes as they are are not among them."""
    match node:
        case Assign():
            return (node.value,)
        case Beside():
            return (node.value, *node.keys)
        case Lookup():
            return (node.on, node.key, node.value)
        case Filter():
            return (node.condition,)
        case Aggregate():
            return (value for _, value in (*node.keys, *node.values))
        case Explode():
            return (value for value, _ in node.lists)
        case Union():
            return (value for _, _, values in node.parts for value in values)
    return ()


Read = tuple[Base, Iterable[str]]


def _of_text(node: Node, text: Text) -> Iterator[Read]:
    """What an expression over a node reads."""
    yield node.base, names_in(running(text))
    for part in listed_in(text):
        yield part.node.base, names_in(running(part.value.text))


def _reads(node: Node, names: Collection[str]) -> Iterator[Read]:
    """What a node reads of others, if `names` are read of it."""
    match node:
        case Step():
            if quote(node.name) in names:
                yield from _of_step(node)
        case Filter():
            yield node.child.base, list(names)
            yield from _of_text(node.child, node.condition.condition)
        case Sort() | Explode():
            yield node.child.base, list(names)
            for value in expressions(node):
                yield from _of_text(node.child, value.text)
        case Head():
            yield node.child.base, [*names, *names_in(", ".join(node.child.order))]
        case Take():
            yield node.child.base, [*names, node.on]
            yield node.rows.base, [quote(node.key), quote(RID)]
        case Aggregate():
            yield from _of_aggregate(node, names)
        case Join():
            yield from _of_join(node, names)
        case Union():
            yield from _of_union(node, names)


def _of_step(node: Step) -> Iterator[Read]:
    if isinstance(node, Lookup):
        yield from _of_text(node.child, node.on.text)
        yield from _of_text(node.rows, joined_texts(node.key.text, node.value.text))
        return
    for value in expressions(node):
        yield from _of_text(node.child, value.text)


def joined_texts(*texts: Text) -> Text:
    """Texts one behind the other."""
    return tuple(part for text in texts for part in (*text, " "))


def _of_aggregate(node: Aggregate, names: Collection[str]) -> Iterator[Read]:
    for name, value in node.values:
        if quote(name) in names:
            yield from _of_text(node.child, value.text)
    for _, key in node.keys:
        yield from _of_text(node.child, key.text)
    if quote(RID) in names and not node.by_key:
        yield node.child.base, [node.first]


def _of_join(node: Join, names: Collection[str]) -> Iterator[Read]:
    sides = {"l": node.left, "r": node.right}
    for name, side, value in node.columns:
        if quote(name) in names:
            yield from _of_text(sides[side], value.text)
    for left, right in node.on:
        yield from _of_text(node.left, left.text)
        yield from _of_text(node.right, right.text)
    for name, side, term in node.ordering:
        if quote(name) in names:
            yield sides[side].base, [term]


def _of_union(node: Union, names: Collection[str]) -> Iterator[Read]:
    for child, order, values in node.parts:
        for name, value in zip(node.columns, values, strict=True):
            if quote(name) in names:
                yield from _of_text(child, value.text)
        if quote(RID) in names:
            yield child.base, [order]
