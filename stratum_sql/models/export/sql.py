"""FORMAT sql: a model as a text that a bare DuckDB runs.

It is a table macro over the name of a relation. A table, a view or a CTE has a name, so one definition serves them all;
every column of the model is computed once, which a scalar macro could not say; and the relation's own columns stay
beside the prediction. With RELATION it is a plain query over that relation, which other dialects know too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stratum_sql.errors import Diagnostic, RunError
from stratum_sql.models.export.sql_groups import query_of, read_columns
from stratum_sql.models.export.sql_text import not_in_sql
from stratum_sql.models.stored import StoredModel
from stratum_sql.quoting import quote

PARAMETER = "__relation"


def write(model: StoredModel, options: Mapping[str, Any]) -> bytes:
    """The text, UTF-8. Options: `relation`, the name of one to read; `dialect`, another one that sqlglot writes."""
    relation, dialect = options.get("relation"), options.get("dialect", "duckdb")
    if dialect != "duckdb":
        body = _translated(query_of(model, _name(relation or "input"), is_plain=True), dialect)
    elif relation is not None:
        body = query_of(model, _name(relation))
    else:
        query = query_of(model, f"query_table({PARAMETER})")
        body = f"CREATE OR REPLACE MACRO {macro_name(model)}({PARAMETER}) AS TABLE\n{query}"
    return f"{_header(model, relation or dialect != 'duckdb')}{body};\n".encode()


def macro_name(model: StoredModel) -> str:
    """What the macro is called: `predict_` and the model's name, in quotes."""
    return quote(f"predict_{model.manifest.name}")


def _name(relation: str) -> str:
    return ".".join(quote(part) for part in relation.split("."))


def _translated(query: str, dialect: str) -> str:
    import sqlglot
    from sqlglot.errors import ErrorLevel, SqlglotError

    try:
        return sqlglot.transpile(query, read="duckdb", write=dialect, unsupported_level=ErrorLevel.RAISE)[0]
    except ValueError as error:
        if isinstance(error, SqlglotError):
            raise not_in_sql(f"{dialect} cannot say it: {str(error).splitlines()[0][:200]}") from None
        message = f'no dialect "{dialect[:40]}"'
        raise RunError(Diagnostic("unknown_dialect", message, "run", hint="postgres, bigquery, snowflake, …")) from None


def _header(model: StoredModel, is_query: Any) -> str:
    manifest = model.manifest
    columns = ", ".join(f"{name} {kind}".rstrip() for name, kind in read_columns(model).items())
    targets = ", ".join(f"{leaf.name} ({leaf.type})" for leaf in manifest.targets)
    groups = [f"A model for each group, by {', '.join(leaf.name for leaf in manifest.partition)}; NULL for others."]
    used = (
        "One query over the relation that its innermost FROM names."
        if is_query
        else f"FROM {macro_name(model)}('table') adds a prediction to the rows of a table, a view or a CTE."
    )
    lines = [
        f"The model {manifest.name}, version {manifest.version}: {manifest.estimator}.",
        f"It predicts {targets}.",
        *(groups if manifest.groups else []),
        f"Columns that it reads: {columns}.",
        used,
        "The prediction is NULL where the model takes no such row: NULL where it takes none, or an infinite number.",
        "Made by:",
        *(f"  {line}" for line in manifest.statement.splitlines()),
    ]
    return "".join(f"-- {part}\n" for line in lines for part in line.splitlines() or [""])
