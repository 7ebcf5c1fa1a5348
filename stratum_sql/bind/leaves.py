"""Leaves: the columns that DuckDB reads for an item, their types found by asking it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stratum_sql.bind.composed import Composed, Piece, ours
from stratum_sql.bind.database import Database, OutputColumn
from stratum_sql.bind.draft import Plain
from stratum_sql.bind.head import canonical_text, column_path, columns_in, has_subquery
from stratum_sql.bind.names import is_float, kind_of
from stratum_sql.errors import Span
from stratum_sql.plan.features import Leaf
from stratum_sql.plan.relational import Source
from stratum_sql.quoting import quote


def source_of(before: Composed, after: Composed, columns: Sequence[OutputColumn], title: str) -> Source:
    names = [column.name for column in columns]
    floats = tuple(dict.fromkeys(column.name for column in columns if is_float(column.type)))
    others = tuple(dict.fromkeys(name for name in names if name not in floats))
    key = f"{canonical_text(before.text)} {canonical_text(after.text)}"
    return Source(key, before.text, after.text, floats, others, title)


@dataclass(frozen=True, slots=True)
class Relation:
    """What a head reads: the text around its select list, and the columns."""

    before: Composed
    after: Composed
    columns: tuple[OutputColumn, ...]


def typed_leaves(database: Database, script: str, relation: Relation, drafts: Sequence[Plain]) -> dict[int, list[Leaf]]:
    """The leaves of each draft, by its identity; one DESCRIBE for all that make one column, one for each star."""
    plain = [draft for draft in drafts if not draft.starred]
    found: dict[int, list[Leaf]] = {}
    if plain:
        types = database.describe(_typing(relation, plain), script)
        for draft, column in zip(plain, types, strict=True):
            found[id(draft)] = [_leaf(draft, column.type, relation.columns)]
    for draft in drafts:
        if draft.starred:
            query = relation.before + ours(" ") + draft.sql + ours(" ") + relation.after
            found[id(draft)] = _star_leaves(draft, database.describe(query, script), relation.columns)
    return found


def _typing(relation: Relation, drafts: Sequence[Plain]) -> Composed:
    items = [
        piece
        for index, draft in enumerate(drafts)
        for piece in (Piece(f"{', ' if index else ' '}("), *draft.sql.pieces, Piece(f') AS "c{index}"'))
    ]
    return Composed(*relation.before.pieces, *items, Piece(" "), *relation.after.pieces)


def _leaf(draft: Plain, kind: str, columns: Sequence[OutputColumn]) -> Leaf:
    text, tree = draft.sql.text, draft.tree
    span, reads = draft.sql.origin(0, len(text)), columns_in(tree, draft.tables)
    unique = all(sum(column.name.lower() == name for column in columns) <= 1 for name in reads)
    free = draft.free if unique and not has_subquery(tree) else None
    if tree.get("class") != "COLUMN_REF":
        return Leaf(
            canonical_text(text), f"({text})", " ".join(text.split()), kind, kind_of(kind), reads, span,
            free_sql=None if free is None else f"({free})",
        )  # fmt: skip
    path = column_path(tree, draft.tables)
    key = column_key(path[0]) if unique and len(path) == 1 else canonical_text(text)
    return Leaf(key, text, path[-1], kind, kind_of(kind), reads, span, free_sql=free)


def column_key(name: str) -> str:
    return quote(name.lower())


def _star_leaves(draft: Plain, made: Sequence[OutputColumn], columns: Sequence[OutputColumn]) -> list[Leaf]:
    span = draft.sql.origin(0, len(draft.sql.text))
    tree = draft.tree
    plain = tree.get("class") == "STAR" and not tree.get("replace_list") and not tree.get("rename_list")
    found = []
    for index, column in enumerate(made):
        name, kind = column.name, kind_of(column.type)
        reads = frozenset({name.lower()})
        if plain and sum(other.name.lower() == name.lower() for other in columns) == 1:
            found.append(
                Leaf(column_key(name), quote(name), name, column.type, kind, reads, span, free_sql=quote(name))
            )
        else:
            reads = frozenset(other.name.lower() for other in columns) if not plain else reads
            key = f"{canonical_text(draft.sql.text)} [{index}]"
            found.append(Leaf(key, draft.sql.text, name, column.type, kind, reads, span, index, len(made)))
    return found


def named_leaf(columns: Sequence[OutputColumn], name: str, span: Span | None) -> Leaf:
    column = next(column for column in columns if column.name == name)
    return Leaf(
        column_key(name),
        quote(name),
        name,
        column.type,
        kind_of(column.type),
        frozenset({name.lower()}),
        span,
        free_sql=quote(name),
    )


def hidden_leaf(draft: Plain, columns: Sequence[OutputColumn], name: str) -> Leaf:
    """The column below a transform of a head that is read whole, where it has a made-up name."""
    column = next(column for column in columns if column.name == name)
    text = draft.sql.text
    path = (
        column_path(draft.tree, draft.tables) if draft.tree.get("class") == "COLUMN_REF" else [" ".join(text.split())]
    )
    reads, free = columns_in(draft.tree, draft.tables), None if has_subquery(draft.tree) else f"({draft.free})"
    return Leaf(
        column_key(name), quote(name), path[-1], column.type, kind_of(column.type), reads,
        draft.sql.origin(0, len(text)), free_sql=free,
    )  # fmt: skip
