"""A query of ours in a shell: which rows the shell sends, and how the query reads where they are.

The engine knows none of the shell's tables. What stands behind the select list is the shell's to run; what is in it is
the engine's, as it belongs to the model:

    SELECT ln(x), one_hot(c) FROM t WHERE y > 0 TRAIN MODEL ols() TARGET y
    shell   SELECT * FROM t WHERE y > 0
    engine  SELECT ln(x), one_hot(c) FROM <rows> AS t TRAIN MODEL ols() TARGET y

All columns are sent, as the order of rows, and so the folds, are made of all of them. Of a join whose columns are
written with the names of tables, the rows of each table come as a STRUCT, and the engine reads them side by side. A
query with DISTINCT, GROUP BY, LIMIT, or a subquery in its select list, is the shell's as a whole, unless it has
functions of ours in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from stratum_sql.bind.composed import Composed, Piece, ours
from stratum_sql.bind.database import Database, Tree
from stratum_sql.bind.head import Head, functions_in, has_subquery, qualified_columns, read_head
from stratum_sql.bind.names import Names
from stratum_sql.catalog.search_space import is_choice
from stratum_sql.errors import BindError, Span
from stratum_sql.grammar.syntax import Query, Statement
from stratum_sql.quoting import quote

ROWS = "__stratum_rows__"  # stands for the table in a head, until its name is known
ORDER = "__stratum_order"  # a column with the number of each row, where their order counts
_ONLY_CUT = {"ORDER_MODIFIER", "LIMIT_MODIFIER", "LIMIT_PERCENT_MODIFIER"}


@dataclass(frozen=True, slots=True)
class Shipped:
    """`source` is what the shell runs. `head` is the query over its rows; in it `ROWS` stands for the table, or for
    each of the `tables`, whose rows are the columns of `source`. `whole` is the head itself."""

    source: str
    head: Composed
    whole: str
    tables: tuple[str, ...] = ()


def shipped(script: str, text: Composed, names_with_table: bool, database: Database, names: Names) -> Shipped:
    """How a head is cut. `names_with_table`: whether a name after the verb is written with a table's.

    Raises BindError for a head that DuckDB cannot read, and for one that cannot be cut.
    """
    tree = database.tree(text, script)
    head = read_head(text, tree)
    if head is None or tree is None:
        return Shipped(text.text, ours(f"SELECT * FROM {ROWS}"), text.text)
    own = next(_calls_of_ours(head, names), None)
    if own is None and (not head.simple or any(has_subquery(item.tree) for item in head.items)):
        return Shipped(text.text, ours(f"SELECT * FROM {ROWS}"), text.text)
    if own is not None and not _is_by_row(head, tree):
        message = "in a shell the model's own functions stand over rows: not beside DISTINCT, GROUP BY and the like"
        hint = "move those into a subquery: SELECT one_hot(c) FROM (SELECT DISTINCT c …)"
        raise _error(script, head, own, message, hint)
    _refuse_subqueries(script, head)
    return _cut(head, tree, names_with_table)


def _cut(head: Head, tree: Tree, names_with_table: bool) -> Shipped:
    before, after = head.text.text[: head.list_start], head.text.text[head.list_end :]
    bare = head.list_start == head.list_end  # FROM t
    items = ours("*") if bare else head.text.cut(head.list_start, head.list_end)
    tables = tuple(_tables(tree["from_table"]))
    with_table = names_with_table or any(
        qualified_columns(item.tree, frozenset(map(str.lower, tables))) for item in head.items
    )

    def source(listed: str) -> str:
        return f"SELECT {listed} {head.text.text}" if bare else f"{before} {listed} {after}"

    if len(tables) < 2 or not with_table:
        alias = f" AS {quote(tables[0])}" if len(tables) == 1 else ""
        return Shipped(source("*"), ours("SELECT ") + items + ours(f" FROM {ROWS}{alias}"), head.text.text)
    relation = " POSITIONAL JOIN ".join(f"{ROWS} AS {quote(name)}" for name in tables)
    listed = ", ".join(map(quote, tables))
    return Shipped(source(listed), ours("SELECT ") + items + ours(f" FROM {relation}"), head.text.text, tables)


def _tables(tree: Tree) -> Iterator[str]:
    """The names by which the columns of a FROM clause may be written, in its order."""
    if tree.get("type") == "JOIN":
        yield from _tables(tree["left"])
        yield from _tables(tree["right"])
    elif tree.get("alias") or tree.get("table_name"):
        yield str(tree.get("alias") or tree.get("table_name"))


def _is_by_row(head: Head, tree: Tree) -> bool:
    """Whether the select list is worked out for each row of what stands behind it, which may be cut or sorted."""
    kinds = {one.get("type") for one in tree.get("modifiers", ())}
    grouped = tree.get("group_expressions") or tree.get("group_sets") or tree.get("having") or tree.get("qualify")
    has_from = (tree.get("from_table") or {}).get("type") not in (None, "EMPTY")
    plain = tree.get("aggregate_handling") == "STANDARD_HANDLING" and kinds <= _ONLY_CUT
    calls = [node for item in head.items for node in functions_in(item.tree)] if kinds else []
    over_rows = any(node["class"] == "WINDOW" for node in calls)
    return bool(has_from and plain and not grouped and not over_rows)


def _calls_of_ours(head: Head, names: Names) -> Iterator[Tree]:
    """The transforms and choices of the select list."""
    for node in (node for item in head.items for node in functions_in(item.tree)):
        if names.transform(node) is not None or is_choice(str(node.get("function_name"))):
            yield node


def _refuse_subqueries(script: str, head: Head) -> None:
    for item in head.items:
        if has_subquery(item.tree):
            message = (
                "in a shell the select list of a model's query cannot hold a subquery: the engine has not its tables"
            )
            hint = "move it down: SELECT s FROM (SELECT (…) AS s FROM t)"
            raise _error(script, head, item.tree, message, hint)


def _error(script: str, head: Head, node: Tree, message: str, hint: str) -> BindError:
    span = head.text.origin_of_bytes(node.get("query_location", 0), node.get("query_location_length", 1))
    error = BindError.at(script, span, "not_in_a_shell", message, hint=hint)
    assert isinstance(error, BindError)
    return error


def rewritten(script: str, statement: Statement, head: Composed) -> Composed:
    """The statement with another head."""
    place = statement.head if isinstance(statement, Query) else Span(statement.span.end, statement.span.end)
    before = Composed.verbatim(script, Span(statement.span.start, place.start))
    return before + head + Composed.verbatim(script, Span(place.end, statement.span.end))


def pieces_of(text: Composed) -> list[list[Any]]:
    """A text as JSON values: for each piece its characters, and its start and end in the script, or null."""
    return [[one.text, None if one.origin is None else [one.origin.start, one.origin.end]] for one in text.pieces]


def read_pieces(pieces: Sequence[Sequence[Any]]) -> Composed:
    """What `pieces_of` has written."""
    return Composed(*(Piece(str(text), None if place is None else Span(*map(int, place))) for text, place in pieces))


def over_tables(text: Composed, names: Sequence[str]) -> Composed:
    """A text with the names of tables where `ROWS` stands, in their order. Raises ValueError where there are others."""
    pieces: list[Piece] = []
    given = iter(names)
    for piece in text.pieces:
        first, *rest = piece.text.split(ROWS) if piece.origin is None else [piece.text]
        pieces.append(replace(piece, text=first))
        pieces += [Piece(next(given, "") + part) for part in rest]
    if text.text.count(ROWS) != len(names):
        raise ValueError("a statement reads other tables than there are")
    return Composed(*pieces)
