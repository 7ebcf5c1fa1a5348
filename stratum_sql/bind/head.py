"""The head of a statement taken apart: what stands before its select list, the items, and what stands after.

DuckDB's tree says what the pieces are, tokens say where they are. A head that is one plain SELECT (no DISTINCT,
GROUP BY, ORDER BY, LIMIT …) is `simple`: its items are expressions over one relation, so
heads that differ only in their items read the same relation. Any other head is read as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from sqlglot import TokenType
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import SqlglotError

from stratum_sql.bind.composed import Composed
from stratum_sql.bind.database import Tree
from stratum_sql.grammar.tokens import MARK, NUMBER, STRING, WORD, simple_tokens

OPEN = {TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE}
CLOSE = {TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE}
_AFTER_LIST = {
    TokenType.FROM,
    TokenType.WHERE,
    TokenType.GROUP_BY,
    TokenType.HAVING,
    TokenType.QUALIFY,
    TokenType.WINDOW,
    TokenType.ORDER_BY,
    TokenType.LIMIT,
    TokenType.OFFSET,
    TokenType.USING,
    TokenType.TABLE_SAMPLE,
}
_NOT_SIMPLE = _AFTER_LIST - {TokenType.FROM, TokenType.WHERE, TokenType.USING}


@dataclass(frozen=True, slots=True)
class Item:
    """One item of the select list: its expression (offsets in the head's text), alias and tree."""

    start: int
    end: int
    alias: str | None
    tree: Tree


@dataclass(frozen=True, slots=True)
class Head:
    """A head taken apart. `list_start` and `list_end` are offsets of the select list in `text`; `outer` are the tokens
    outside all brackets, with their index."""

    text: Composed
    tokens: tuple[Token, ...]
    outer: tuple[tuple[int, Token], ...]
    list_start: int
    list_end: int
    items: tuple[Item, ...]
    simple: bool
    tree: Tree


class Token(NamedTuple):
    """One token as sqlglot reads it; offsets are characters, `end` is inclusive."""

    token_type: TokenType
    text: str
    start: int
    end: int


@lru_cache(maxsize=4096)
def tokens_of(text: str) -> tuple[Token, ...] | None:
    """sqlglot's tokens of a text, or None if it cannot read it."""
    simple = _simple_tokens(text)
    if simple is not None:
        return simple
    try:
        return tuple(Token(token.token_type, token.text, token.start, token.end) for token in DuckDB().tokenize(text))
    except (SqlglotError, IndexError, ValueError, TypeError):
        return None


_TOKENIZER = DuckDB.Tokenizer
_KEYWORDS = _TOKENIZER.KEYWORDS
_SEVERAL_WORDS = frozenset(word.split()[0] for word in _KEYWORDS if " " in word)
_MARKS: dict[str, TokenType] = {**_TOKENIZER.SINGLE_TOKENS, **_TOKENIZER.KEYWORDS}
_NOT_HERE = frozenset(_TOKENIZER.COMMANDS)
_new_tuple = tuple.__new__


def _simple_tokens(text: str) -> tuple[Token, ...] | None:
    """The same from the grammar's simple tokens; None where words may belong together, as GROUP BY does."""
    tokens = []
    for kind, written, upper, start, end in simple_tokens(text) or ():
        plain = written
        if kind == WORD:
            token_type = _KEYWORDS.get(upper, TokenType.VAR)
            if upper in _SEVERAL_WORDS or token_type in _NOT_HERE:
                return None
        elif kind == MARK:
            token_type = _MARKS[written]
        elif kind == NUMBER:
            token_type = TokenType.NUMBER
        else:
            quote, token_type = written[0], TokenType.STRING if kind == STRING else TokenType.IDENTIFIER
            plain = written[1:-1].replace(quote * 2, quote)
        tokens.append(_new_tuple(Token, (token_type, plain, start, end - 1)))  # half the time of Token(..)
    return tuple(tokens) or None


def read_head(text: Composed, tree: Tree | None) -> Head | None:
    """Take a head apart, or None where it has no select list of its own: set operation, VALUES, PIVOT."""
    tokens = tokens_of(text.text)
    if tokens is None or tree is None or tree.get("type") != "SELECT_NODE":
        return None
    outer = tuple(at_depth_zero(tokens))
    bounds = _list_bounds(tokens, outer, tree)
    if bounds is None:
        return None
    first, last = bounds
    slices = [part for part in split_commas(tokens[first:last]) if part]
    if not slices and _is_bare_from(tree):
        return Head(text, tokens, outer, 0, 0, (Item(0, 0, None, tree["select_list"][0]),), _is_simple(tree), tree)
    if len(slices) != len(tree["select_list"]):
        return None
    items = tuple(_item(part, node) for part, node in zip(slices, tree["select_list"], strict=True))
    start, end = slices[0][0].start, tokens[last].start if last < len(tokens) else slices[-1][-1].end + 1
    return Head(text, tokens, outer, start, end, items, is_simple(tree, outer), tree)


def at_depth_zero(tokens: Sequence[Token]) -> Iterator[tuple[int, Token]]:
    """The tokens outside all brackets, with their index."""
    depth = 0
    for index, token in enumerate(tokens):
        if token.token_type in CLOSE:
            depth -= 1
        if depth == 0:
            yield index, token
        if token.token_type in OPEN:
            depth += 1


def split_commas(tokens: Sequence[Token]) -> list[tuple[Token, ...]]:
    """The tokens between the commas outside all brackets."""
    cuts = [index for index, token in at_depth_zero(tokens) if token.token_type == TokenType.COMMA]
    edges = zip([-1, *cuts], [*cuts, len(tokens)], strict=True)
    return [tuple(tokens[left + 1 : right]) for left, right in edges]


def closing_bracket(tokens: Sequence[Token], opening: int) -> int:
    """The index of the bracket that closes the one at `opening`, or of the last token."""
    depth = 0
    for index in range(opening, len(tokens)):
        depth += (tokens[index].token_type in OPEN) - (tokens[index].token_type in CLOSE)
        if depth == 0:
            return index
    return len(tokens) - 1


def place_of(text: str, node: Tree) -> tuple[int, int]:
    """Start and end of a node's words in `text`, in characters; DuckDB counts bytes."""
    data, first = text.encode(), node["query_location"]
    start = len(data[:first].decode())
    return start, start + len(data[first : first + node["query_location_length"]].decode())


def call_place(text: str, tokens: Sequence[Token], call: Tree) -> tuple[int, int, list[tuple[Token, ...]]]:
    """Start and end of a function call in `text`, and the tokens of each of its arguments."""
    start, _ = place_of(text, call)
    opening = next(
        i for i, token in enumerate(tokens) if token.start >= start and token.token_type == TokenType.L_PAREN
    )
    end = closing_bracket(tokens, opening)
    inside = tokens[opening + 1 : end]
    return start, tokens[end].end + 1, split_commas(inside) if inside else []


def _list_bounds(tokens: Sequence[Token], outer: Sequence[tuple[int, Token]], tree: Tree) -> tuple[int, int] | None:
    start = next((index for index, token in outer if token.token_type == TokenType.SELECT), None)
    if start is None:
        has_from = any(token.token_type == TokenType.FROM for _, token in outer)
        return (0, 0) if has_from and _is_bare_from(tree) else None
    first = _after_distinct(tokens, start + 1)
    return first, end_of_list(tokens, outer, first)


def end_of_list(tokens: Sequence[Token], outer: Sequence[tuple[int, Token]], first: int) -> int:
    """The index of the token after the select list that starts at `first`."""
    ends = (
        index
        for index, token in outer
        if index >= first and token.token_type in _AFTER_LIST and not _is_operator(tokens, index)
    )
    return next(ends, len(tokens))


def _after_distinct(tokens: Sequence[Token], index: int) -> int:
    if index < len(tokens) and tokens[index].token_type in {TokenType.DISTINCT, TokenType.ALL}:
        index += 1
        if index < len(tokens) and tokens[index].token_type == TokenType.ON:
            closed = next(
                (i for i, token in at_depth_zero(tokens[index + 1 :]) if token.token_type == TokenType.R_PAREN), 0
            )
            index += closed + 2
    return index


def _is_operator(tokens: Sequence[Token], index: int) -> bool:
    """`IS DISTINCT FROM` has a FROM that starts no clause."""
    return (
        tokens[index].token_type == TokenType.FROM and index > 0 and tokens[index - 1].token_type == TokenType.DISTINCT
    )


def _is_bare_from(tree: Tree) -> bool:
    items = tree.get("select_list", [])
    return len(items) == 1 and items[0].get("type") == "STAR" and items[0].get("query_location_length", 0) == 0


def _item(part: tuple[Token, ...], tree: Tree) -> Item:
    alias = tree.get("alias") or None
    start, end = 0, len(part)
    if alias and len(part) > 2 and part[1].token_type == TokenType.COLON:
        start = 2
    elif alias and len(part) > 2 and part[-2].token_type == TokenType.ALIAS:
        end -= 2
    elif alias and len(part) > 1 and _unquoted(part[-1]) == alias:
        end -= 1
    return Item(part[start].start, part[end - 1].end + 1, alias, tree)


def _unquoted(token: Token) -> str:
    return token.text


def is_simple(tree: Tree, outer: Sequence[tuple[int, Token]]) -> bool:
    """Whether a query is one plain SELECT over a relation, by its tree and its tokens outside all brackets."""
    return _is_simple(tree) and not any(token.token_type in _NOT_SIMPLE for _, token in outer)


def _is_simple(tree: Tree) -> bool:
    return (
        not tree.get("modifiers")
        and not tree.get("group_expressions")
        and not tree.get("group_sets")
        and tree.get("having") is None
        and tree.get("qualify") is None
        and tree.get("sample") is None
        and tree.get("aggregate_handling") == "STANDARD_HANDLING"
        and (tree.get("from_table") or {}).get("type") not in {None, "EMPTY"}
    )


_MAY_HOLD_NODES = (dict, list)  # what json.loads makes; asking isinstance takes twice as long


def below(tree: Tree) -> list[Any]:
    """The parts of a node that may hold nodes."""
    return [value for value in tree.values() if value and value.__class__ in _MAY_HOLD_NODES]


def aliases_named(head: Head, columns_of: Callable[[Item], frozenset[str]]) -> frozenset[str]:
    """Lower-case aliases that WHERE or another item names: the item is meant where no column is called so.

    `columns_of` gives the `bare_columns` of an item.
    """
    named = [(item.alias.lower() if item.alias else None, columns_of(item)) for item in head.items]
    named.append((None, bare_columns(head.tree.get("where_clause"))))
    aliases = [(number, alias) for number, (alias, _) in enumerate(named) if alias is not None]
    return frozenset(
        alias
        for number, alias in aliases
        for other, (_, names) in enumerate(named)
        if number != other and alias in names
    )


def bare_columns(tree: Any) -> frozenset[str]:
    """Lower-case names of the columns that are written without a table."""
    if isinstance(tree, list):
        return frozenset().union(*(bare_columns(item) for item in tree)) if tree else frozenset()
    if not isinstance(tree, dict):
        return frozenset()
    if tree.get("class") == "COLUMN_REF":
        return frozenset({tree["column_names"][0].lower()})
    return frozenset().union(*map(bare_columns, below(tree)))


# After these an AS makes a difference: `t AS asof JOIN u` has an alias, `t ASOF JOIN u` has none.
_JOIN_WORDS = frozenset({"asof", "anti", "semi", "positional", "natural", "nearest", "at", "sample", "tablesample"})


def canonical_text(text: str) -> str:
    """One spelling for texts that differ in white space, comments, the case of words and the AS before an alias."""
    tokens = tokens_of(text)
    if tokens is None:
        return text
    kept = [token for index, token in enumerate(tokens) if not _is_idle_as(tokens, index)]
    return " ".join(_canonical_token(token, text) for token in kept)


def _is_idle_as(tokens: Sequence[Token], index: int) -> bool:
    if tokens[index].token_type != TokenType.ALIAS or index + 1 >= len(tokens):
        return False
    following = tokens[index + 1]
    return following.token_type in {TokenType.VAR, TokenType.IDENTIFIER} and following.text.lower() not in _JOIN_WORDS


def _canonical_token(token: Token, text: str) -> str:
    written = text[token.start : token.end + 1]
    return written.lower() if written[:1].isalpha() and "'" not in written else written


def without_comments(text: str) -> str:
    """The text on one line, comments left out, for people to read."""
    pieces, at = [], None
    for token in tokens_of(text) or ():
        pieces.append(" " if at is not None and token.start > at else "")
        pieces.append(text[token.start : token.end + 1])
        at = token.end + 1
    return "".join(pieces) or " ".join(text.split())


def functions_in(tree: Any, *, into_subqueries: bool = False) -> Iterator[Tree]:
    """Function nodes of an expression tree, outermost first; subqueries are left out unless asked for."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += reversed(node)
        elif isinstance(node, dict):
            kind = node.get("class")
            if kind == "SUBQUERY" and not into_subqueries:
                waiting.append(node.get("child"))
                continue
            if kind in {"FUNCTION", "WINDOW"} and "function_name" in node:
                yield node
            waiting += reversed(below(node))


def columns_in(tree: Any, tables: frozenset[str]) -> frozenset[str]:
    """Lower-case names of the columns an expression reads; `tables` are the names they may be written with."""
    if isinstance(tree, list):
        return frozenset().union(*(columns_in(item, tables) for item in tree)) if tree else frozenset()
    if not isinstance(tree, dict):
        return frozenset()
    if tree.get("class") == "COLUMN_REF":
        return frozenset({column_path(tree, tables)[0].lower()})
    return frozenset().union(*(columns_in(value, tables) for value in below(tree)))


def column_path(tree: Tree, tables: frozenset[str]) -> list[str]:
    """The parts of a column's name without its table: one, or more where a field of a STRUCT is read."""
    names = list(tree["column_names"])
    while len(names) > 1 and names[0].lower() in tables:
        names = names[1:]
    return names


def has_star(tree: Any) -> bool:
    """Whether an expression makes several columns (`*`, `COLUMNS(..)`)."""
    if isinstance(tree, list):
        return any(has_star(item) for item in tree)
    if isinstance(tree, dict):
        return tree.get("class") == "STAR" or any(map(has_star, below(tree)))
    return False


def tables_in(tree: Any) -> frozenset[str]:
    """Lower-case names and aliases of the tables of a FROM clause; those inside subqueries are not seen."""
    if isinstance(tree, list):
        return frozenset().union(*(tables_in(item) for item in tree)) if tree else frozenset()
    if not isinstance(tree, dict):
        return frozenset()
    own = {str(tree[key]).lower() for key in ("alias", "table_name") if tree.get(key) and "query_location" in tree}
    deeper = [] if tree.get("type") == "SUBQUERY" else below(tree)
    return frozenset(own).union(*map(tables_in, deeper))


def qualified_columns(tree: Any, tables: frozenset[str]) -> list[tuple[int, int]]:
    """Byte offset and length of the columns that are written with the name of one of `tables`."""
    if isinstance(tree, list):
        return [place for item in tree for place in qualified_columns(item, tables)]
    if not isinstance(tree, dict):
        return []
    if tree.get("class") == "COLUMN_REF":
        names = tree["column_names"]
        qualified = len(names) > 1 and names[0].lower() in tables
        return [(tree["query_location"], tree["query_location_length"])] if qualified else []
    return [place for value in below(tree) for place in qualified_columns(value, tables)]


def has_subquery(tree: Any) -> bool:
    """Whether a query stands inside an expression: its own columns hide those around it."""
    if isinstance(tree, list):
        return any(has_subquery(item) for item in tree)
    if isinstance(tree, dict):
        return tree.get("class") == "SUBQUERY" or any(map(has_subquery, below(tree)))
    return False
