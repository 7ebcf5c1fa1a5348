"""Whether a text that comes from elsewhere is one expression over columns, and nothing else."""

from __future__ import annotations

from stratum_sql.errors import StratumError
from stratum_sql.trust.grants import Grants
from stratum_sql.trust.guard import reads_of
from stratum_sql.trust.tree import statements_of

_NOTHING = Grants()


def is_expression(sql: str, duckdb_type: str = "VARCHAR") -> bool:
    """Whether `sql` is one expression of reviewed functions that reads no table and no file, and `duckdb_type` the
    name of one type: what can be written into a query of the user's without becoming more than a value of a row.
    """
    text = f"SELECT CAST(({sql}) AS {duckdb_type})"  # on one line, so that a comment is no way out
    try:
        needs = reads_of(text, _NOTHING)
        statements = statements_of(text)
    except (StratumError, ValueError):  # ValueError: a NUL, a lone surrogate
        return False
    if needs.relations or needs.files or statements is None or len(statements) != 1:
        return False
    node = statements[0]["node"]
    items = node.get("select_list", [])
    return (
        node.get("type") == "SELECT_NODE"
        and (node.get("from_table") or {}).get("type") == "EMPTY"
        and not any(node.get(part) for part in ("modifiers", "where_clause", "group_expressions", "having", "qualify"))
        and len(items) == 1
        and items[0].get("class") == "CAST"
        and not items[0].get("alias")
        and bool(sql.strip())
    )
