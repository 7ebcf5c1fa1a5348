"""Simple heads of a batch, read in parts: the frame around the select list of each, and each item once.

    SELECT a, ln(b) FROM t WHERE c > 1    is    SELECT 1        FROM t WHERE c > 1    with    SELECT a, SELECT ln(b)

Heads of a batch differ in a few items and in numbers of WHERE, and DuckDB takes most of the time that binding takes to
write the trees of items. The list is replaced by as many bytes, so that places in the tree of a frame are those in the
head.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from sqlglot import TokenType

from stratum_sql.bind.composed import Composed, ours
from stratum_sql.bind.database import Database
from stratum_sql.bind.head import Head, Item, Token, at_depth_zero, end_of_list, is_simple, read_head, tokens_of
from stratum_sql.errors import Span, StratumError

_SELECT = "SELECT "
_AT_ONCE = 256  # the database keeps some thousand trees
_OTHERWISE = frozenset((TokenType.DISTINCT, TokenType.ALL))


@dataclass(frozen=True, slots=True)
class Framed:
    """A head that starts with SELECT, by its tokens: `[start, end)` are the characters of its items, from the first to
    the last, `items` those of each."""

    text: str
    tokens: tuple[Token, ...]
    outer: tuple[tuple[int, Token], ...]
    items: tuple[tuple[int, int], ...]
    list_end: int

    @property
    def frame(self) -> str:
        """The head with a number in place of its items, as many bytes long."""
        start, end = self.items[0][0], self.items[-1][1]
        return self.text[:start] + "1".ljust(len(self.text[start:end].encode())) + self.text[end:]

    def words(self, item: tuple[int, int]) -> str:
        """An item as a query of its own."""
        return _SELECT + self.text[slice(*item)]

    @property
    def texts(self) -> Iterator[str]:
        """What DuckDB is to read for it."""
        yield self.frame
        yield from map(self.words, self.items)


def framed(text: str) -> Framed | None:
    """Take a head apart by its tokens; None where only its whole tree could tell where the list is."""
    tokens = tokens_of(text)
    if not tokens or len(tokens) < 4 or tokens[0].token_type != TokenType.SELECT or tokens[1].token_type in _OTHERWISE:
        return None
    outer = tuple(at_depth_zero(tokens))
    last = end_of_list(tokens, outer, 1)
    if last >= len(tokens) or tokens[last].token_type != TokenType.FROM:
        return None
    commas = [index for index, token in outer if token.token_type == TokenType.COMMA and index < last]
    edges = list(zip([0, *commas], [*commas, last], strict=True))
    if any(right - left < 2 for left, right in edges):  # nothing between two commas
        return None
    items = tuple((tokens[left + 1].start, tokens[right - 1].end + 1) for left, right in edges)
    return Framed(text, tokens, outer, items, tokens[last].start)


@dataclass(frozen=True, slots=True)
class _Read:
    """An item read as a query of its own."""

    head: Head

    def at(self, start: int) -> Item:
        """It, in a head where its words start at `start`; places in its tree are those in its own query."""
        (item,) = self.head.items
        by = start - len(_SELECT)
        return Item(item.start + by, item.end + by, item.alias, item.tree)

    def own(self, head: Head, item: Item) -> tuple[Head, Item]:
        """Its own query as a head over what `head` reads, with the places of this one's words, and the item in it."""
        (alone,) = self.head.items
        start = item.start - (alone.start - len(_SELECT))
        text = ours(_SELECT) + head.text.cut(start, start + len(self.head.text.text) - len(_SELECT))
        return replace(self.head, text=text, tree={**self.head.tree, "from_table": head.tree["from_table"]}), alone


@dataclass(frozen=True, slots=True)
class FramedHead:
    """A simple head read in parts. Places in the trees of its items are those in their own queries."""

    head: Head
    read: tuple[_Read, ...]

    def own(self, item: Item) -> tuple[Head, Item]:
        """An item in a head that has no other, over the same relation."""
        return self.read[self.head.items.index(item)].own(self.head, item)


def read_framed(texts: Iterable[str], database: Database) -> dict[str, FramedHead]:
    """The simple heads among `texts`, by their text; others are left out, and those that cannot be read."""
    apart = [found for found in map(framed, texts) if found is not None]
    heads: dict[str, FramedHead] = {}
    for start in range(0, len(apart), _AT_ONCE):
        some = apart[start : start + _AT_ONCE]
        database.read_trees(text for one in some for text in one.texts)
        heads |= {one.text: head for one in some if (head := _read(one, database)) is not None}
    return heads


def _read(one: Framed, database: Database) -> FramedHead | None:
    try:
        tree = database.tree(ours(one.frame), one.frame)
        read = [_read_item(one.words(item), database) for item in one.items]
    except StratumError:
        return None
    if tree is None or tree.get("type") != "SELECT_NODE" or not is_simple(tree, one.outer):
        return None
    found = tuple(item for item in read if item is not None)
    if len(found) < len(read):
        return None
    items = tuple(item.at(start) for item, (start, _) in zip(found, one.items, strict=True))
    text = Composed.verbatim(one.text, Span(0, len(one.text)))
    return FramedHead(Head(text, one.tokens, one.outer, one.items[0][0], one.list_end, items, True, tree), found)


def _read_item(words: str, database: Database) -> _Read | None:
    return database.once(("item", words), lambda: _item(words, database))


def _item(words: str, database: Database) -> _Read | None:
    """An item by its own query; None where that is more than an item."""
    text = Composed.verbatim(words, Span(0, len(words)))
    head = read_head(text, database.tree(text, words))
    if head is None or len(head.items) != 1 or (head.tree.get("from_table") or {}).get("type") != "EMPTY":
        return None
    return _Read(head) if _is_alone(head.tree, head.outer) else None


def _is_alone(tree: dict[str, object], outer: Sequence[tuple[int, Token]]) -> bool:
    return tree.get("where_clause") is None and is_simple({**tree, "from_table": {"type": "BASE_TABLE"}}, outer)
