"""The dialect `stratum` of sqlglot: `sqlglot.parse_one(sql, read="stratum").sql(dialect="stratum")`.

The tree is made of stock sqlglot nodes of the core form, `SELECT * FROM train_model((…), model => …)`; printing turns
it back into sugar. sqlglot's compiled build lets nobody subclass its Parser, Generator or Expression, so the dialect
works by composition: sugar to core form, stock parser; stock generator, core form to sugar.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import ErrorLevel
from sqlglot.errors import ParseError as SqlParseError

from stratum_sql.errors import ParseError
from stratum_sql.grammar.parse import parse_script
from stratum_sql.grammar.printer import to_core, to_sugar
from stratum_sql.grammar.syntax import Plain, Scored, Statement


class Stratum(DuckDB):
    """DuckDB's dialect with `TRAIN MODEL`, `PREDICT MODEL`, `EVALUATE MODEL`, and statements about models and batches.

    Raises sqlglot's own ParseError, as every dialect does. Functions sqlglot does not know, ours among them, keep their
    case; those it knows are spelled as in its DuckDB dialect.
    """

    NORMALIZE_FUNCTIONS = False
    PRESERVE_ORIGINAL_NAMES = True

    def parse(self, sql: str, **opts: Any) -> list[exp.Expr | None]:
        """The statements of `sql` as stock nodes of the core form."""
        return super().parse(_core(sql, opts), **opts)

    def parse_into(self, expression_type: exp.IntoType, sql: str, **opts: Any) -> list[exp.Expr | None]:
        """The same, as nodes of one type."""
        return super().parse_into(expression_type, _core(sql, opts), **opts)

    def generate(self, expression: exp.Expr, copy: bool = True, **opts: Any) -> str:
        """The text of `expression`, its queries of models as sugar."""
        return _rewritten(super().generate(expression, copy=copy, **opts), to_sugar, strict=False)


def _core(sql: str, opts: dict[str, Any]) -> str:
    lenient = opts.get("error_level") in (ErrorLevel.IGNORE, ErrorLevel.WARN)
    return _rewritten(sql, to_core, strict=not lenient)


def _rewritten(sql: str, form: Callable[[str, Statement], str], *, strict: bool) -> str:
    """`sql` with every query of ours printed by `form`; the rest of the text stays as it is."""
    script, errors = parse_script(sql)
    if errors and strict:
        raise _as_sqlglot_error(errors[0]) from errors[0]
    pieces, at = [], 0
    for statement in script.statements:
        if not isinstance(statement, Plain | Scored):
            pieces += [sql[at : statement.span.start], form(sql, statement)]
            at = statement.span.end
    return "".join([*pieces, sql[at:]])


def _as_sqlglot_error(error: ParseError) -> SqlParseError:
    found = error.diagnostic
    return SqlParseError.new(
        str(found), description=found.message, line=found.line, col=found.column, highlight=found.snippet
    )
