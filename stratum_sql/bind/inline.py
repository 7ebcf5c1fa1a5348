"""Macros, views and CTEs that hold transforms are written out before binding, so that their transforms are seen."""

from __future__ import annotations

from sqlglot import TokenType

from stratum_sql.bind.composed import Composed, Piece
from stratum_sql.bind.database import Database, Tree
from stratum_sql.bind.head import Head, at_depth_zero, call_place, closing_bracket, functions_in, read_head, tokens_of
from stratum_sql.bind.names import Macro, Names
from stratum_sql.errors import BindError

_DEEPEST = 20  # macros within macros


def inline_macros(text: Composed, script: str, database: Database, names: Names) -> Composed:
    """The query with every call of a macro that holds a transform replaced by the macro's body."""
    if not names.has_macros:
        return text
    for _ in range(_DEEPEST):
        tree = database.tree(text, script)
        call = _macro_call(tree, names)
        if call is None:
            return text
        text = _expand(text, call[0], call[1], script)
    raise BindError.at(
        script, text.origin(0, len(text.text)), "macro_depth", f"macros within macros, more than {_DEEPEST} deep"
    )


def _macro_call(tree: Tree | None, names: Names) -> tuple[Tree, list[Macro]] | None:
    for node in functions_in((tree or {}).get("select_list", [])):
        if names.transform(node) is None and node["class"] == "FUNCTION":
            macros = names.macros(str(node.get("function_name", "")))
            if macros:
                return node, macros
    return None


def _expand(text: Composed, call: Tree, macros: list[Macro], script: str) -> Composed:
    tokens = tokens_of(text.text) or ()
    start, end, parts = call_place(text.text, tokens, call)
    arguments = [text.text[part[0].start : part[-1].end + 1] for part in parts if part]
    macro = next((macro for macro in macros if len(macro.parameters) == len(arguments)), None)
    if macro is None:
        takes = " or ".join(str(len(macro.parameters)) for macro in macros)
        raise BindError.at(script, text.origin(start, end), "bad_call", f"the macro takes {takes} arguments")
    return text.replaced(start, end, _substitute(macro, arguments))


def _substitute(macro: Macro, arguments: list[str]) -> str:
    values = {name.lower(): argument for name, argument in zip(macro.parameters, arguments, strict=True)}
    out, at = "", 0
    for token in tokens_of(macro.body) or ():
        value = values.get(token.text.lower()) if token.token_type in {TokenType.VAR, TokenType.IDENTIFIER} else None
        if value is not None:
            out += macro.body[at : token.start] + value
            at = token.end + 1
    return out + macro.body[at:]


def inline_projection(text: Composed, head: Head, script: str, database: Database, names: Names) -> Composed | None:
    """The query that this head selects from, if that query's own SELECT list has transforms; else None.

    Such a head may have nothing but a SELECT list: its items are then items over the inner query's.
    """
    inner = _inner_query(text, head, database)
    if inner is None or not _has_transform(inner, script, database, names):
        return None
    if head.tree.get("where_clause") is not None or not head.simple:
        raise BindError.at(
            script,
            text.origin(0, len(text.text)),
            "clause_over_transform",
            "a query over a view or CTE that has transforms may have nothing but a SELECT list",
            hint="put WHERE and the other clauses inside the view or CTE",
        )
    return inner


def _has_transform(inner: Composed, script: str, database: Database, names: Names) -> bool:
    tree = database.tree(inner, script)
    called = [node for node in functions_in((tree or {}).get("select_list", [])) if node["class"] == "FUNCTION"]
    if any(names.transform(node) is not None or names.macros(str(node.get("function_name", ""))) for node in called):
        return True
    head = read_head(inner, tree)
    deeper = _inner_query(inner, head, database) if head is not None else None
    return deeper is not None and _has_transform(deeper, script, database, names)


def _inner_query(text: Composed, head: Head, database: Database) -> Composed | None:
    table = head.tree.get("from_table") or {}
    if table.get("type") == "SUBQUERY":
        return _bracketed(text, head)
    if table.get("type") != "BASE_TABLE":
        return None
    return _cte(text, head, str(table["table_name"])) or _view(text, table, database)


def _bracketed(text: Composed, head: Head) -> Composed | None:
    outer = head.outer
    start = next((index for index, token in outer if token.token_type == TokenType.FROM), None)
    if start is None or start + 1 >= len(head.tokens) or head.tokens[start + 1].token_type != TokenType.L_PAREN:
        return None
    closing = closing_bracket(head.tokens, start + 1)
    return _with_ctes(text, head) + text.cut(head.tokens[start + 1].end + 1, head.tokens[closing].start)


def _with_ctes(text: Composed, head: Head) -> Composed:
    """The WITH clause before the head's own SELECT or FROM; empty if there is none."""
    if not head.tokens or head.tokens[0].token_type != TokenType.WITH:
        return Composed()
    start = next(token.start for _, token in head.outer if token.token_type in {TokenType.SELECT, TokenType.FROM})
    return text.cut(0, start)


def _cte(text: Composed, head: Head, name: str) -> Composed | None:
    if not head.tokens or head.tokens[0].token_type != TokenType.WITH:
        return None
    tokens = head.tokens
    for index, token in at_depth_zero(tokens):
        if (
            token.text.lower() == name.lower()
            and index + 2 < len(tokens)
            and tokens[index + 1].token_type == TokenType.ALIAS
        ):
            opening = next(i for i in range(index + 2, len(tokens)) if tokens[i].token_type == TokenType.L_PAREN)
            body = text.cut(tokens[opening].end + 1, tokens[closing_bracket(tokens, opening)].start)
            return _earlier_ctes(text, head, index) + body
        if token.token_type in {TokenType.SELECT, TokenType.FROM}:
            return None
    return None


def _earlier_ctes(text: Composed, head: Head, index: int) -> Composed:
    """`WITH a AS (…)` for the CTEs before the one at token `index`."""
    if index <= 1 or head.tokens[index - 1].token_type != TokenType.COMMA:
        return Composed()
    return text.cut(0, head.tokens[index - 1].start) + Composed(Piece(" "))


def _view(text: Composed, table: Tree, database: Database) -> Composed | None:
    schema = table.get("schema_name") or None
    rows = database.look_up(
        "SELECT sql FROM duckdb_views() WHERE lower(view_name) = lower(?) AND NOT internal "
        "AND (? IS NULL OR lower(schema_name) = lower(?))",
        [table["table_name"], schema, schema],
    )
    if len(rows) != 1:
        return None
    body = view_body(rows[0][0])
    place = text.origin_of_bytes(table.get("query_location", 0), table.get("query_location_length", 1))
    return Composed(Piece(body, place)) if body else None


def view_body(sql: str) -> str | None:
    """The query of a `CREATE VIEW`, as DuckDB's catalog writes it."""
    tokens = tokens_of(sql) or ()
    start = next((index for index, token in at_depth_zero(tokens) if token.token_type == TokenType.ALIAS), None)
    return sql[tokens[start].end + 1 :].strip().rstrip(";") if start is not None else None
