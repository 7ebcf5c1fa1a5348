"""Scripts in canonical form: statements of ours are printed anew, all else stands as it was written."""

from __future__ import annotations

from collections.abc import Callable

from stratum_sql.errors import ParseError, Span
from stratum_sql.grammar.parse import read_script
from stratum_sql.grammar.printer import to_core, to_lines
from stratum_sql.grammar.split import Accepts
from stratum_sql.grammar.syntax import Plain, Scored, Statement
from stratum_sql.grammar.tokens import Unreadable, Words


def formatted(text: str, accepts: Accepts | None = None, *, core: bool = False) -> str:
    """`text` with each statement of ours in canonical form, or in the core form.

    Queries, DuckDB's statements, comments and what stands between statements stay as they are; so does a statement with
    a comment among its clauses, which would be lost. Raises ParseError at the first statement that cannot be read.
    """
    pieces, at = [], 0
    for span, statement in read_script(text, accepts):
        if isinstance(statement, ParseError):
            raise statement
        pieces += [text[at : span.start], _printed(text, span, statement, to_core if core else to_lines)]
        at = span.end
    return "".join([*pieces, text[at:]])


def _printed(text: str, span: Span, statement: Statement, form: Callable[[str, Statement], str]) -> str:
    written = text[span.start : span.end]
    if isinstance(statement, Plain | Scored) or _has_comment(text, span, statement):
        return written
    return form(text, statement)


def _has_comment(text: str, span: Span, statement: Statement) -> bool:
    """Whether something that is no token stands in what is printed anew."""
    after = statement.head.end if hasattr(statement, "head") else span.start  # of a nested one: everywhere
    try:
        words = Words(text[after : span.end])
    except Unreadable:
        return True
    ends = [0, *(token.end for token in words.tokens)]
    starts = [*(token.start for token in words.tokens), span.end - after]
    return any(text[after + end : after + start].strip() for end, start in zip(ends, starts, strict=True))
