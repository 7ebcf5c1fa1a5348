"""Statements told by their first words: `SHOW MODELS LIKE …`, `PROMOTE MODEL …`, `CREATE MODEL …`, `BEGIN BATCH`.

None of them is legal DuckDB, as it stands: `SHOW models` and `DESCRIBE model` describe a table, and are left to DuckDB.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from stratum_sql.errors import ParseError, Span, StratumError
from stratum_sql.grammar.clauses import check_format, read_format, read_options
from stratum_sql.grammar.core import both, check_alias
from stratum_sql.grammar.expressions import Cursor, read_alias, read_model, read_name, read_string, read_version
from stratum_sql.grammar.syntax import (
    BeginBatch,
    Command,
    CommitBatch,
    Created,
    DescribeModel,
    DropModel,
    ExplainBatch,
    ExportModel,
    ImportModel,
    Listing,
    Name,
    Option,
    PromoteModel,
    RollbackBatch,
    RollbackModel,
    ShowModels,
    ShowVersions,
)
from stratum_sql.grammar.tokens import QUOTED, STRING, WORD, Unreadable, Words

_NAMED = (
    WORD,
    QUOTED,
    STRING,
)  # what may follow MODEL where a table `model` would end the statement, or go on with a dot


def read_statement(words: Words, lo: int, hi: int) -> Listing | Command | None:
    """The statement of tokens `lo` up to `hi`, if its first two words tell one that reads no query; else None."""
    pair = f"{words.upper(lo)} {words.upper(lo + 1)}" if lo + 1 < hi else ""
    read = _STATEMENTS.get(pair)
    if read is None or (pair in _ALSO_TABLES and not _goes_on(words, lo + 2, hi)):
        return None
    cursor = Cursor(words, lo + 2, hi, "DESCRIBE MODEL" if pair == "DESC MODEL" else pair)
    statement = read(cursor, words.span(lo, hi), words.span(lo, lo + 2))
    if cursor.peek() is not None:
        raise cursor.error("unexpected", f"unexpected {cursor.found()} in {cursor.place}")
    return statement


def model_name(text: str) -> Name:
    """The name of a model, with or without a version, and nothing else: `m@3`. Raises ParseError."""
    try:
        words = Words(text)
    except Unreadable:
        message = "this is not the name of a model"
        raise ParseError.at(text, Span(0, len(text)), "expected", message) from None
    cursor = Cursor(words, 0, len(words.tokens), "the name of a model")
    name = read_model(cursor)
    if cursor.peek() is not None:
        raise cursor.error("unexpected", f"unexpected {cursor.found()} after the name of a model")
    return name


def is_show_models(text: str) -> bool:
    """Whether a statement of DuckDB is `SHOW MODELS`, which is ours where no table is called `models`."""
    if text[:4].upper() != "SHOW":
        return False
    words = Words(text)
    return [words.upper(index) for index in range(len(words.tokens))] == ["SHOW", "MODELS"]


def explain_batch(words: Words, at: int, hi: int, span: Span, analyze: bool, form: str) -> ExplainBatch | None:
    """`EXPLAIN BATCH`, of which `at` is the token after EXPLAIN and its options; None for another statement."""
    if words.upper(at) != "BATCH":
        return None
    cursor = Cursor(words, at + 1, hi, "EXPLAIN BATCH")
    if cursor.peek() is not None:
        raise cursor.error("unexpected", f"unexpected {cursor.found()} in EXPLAIN BATCH")
    return ExplainBatch(span, words.span(at, at + 1), analyze, form)


def _goes_on(words: Words, index: int, hi: int) -> bool:
    return index < hi and words.tokens[index].kind in _NAMED


def _show(cursor: Cursor, span: Span, verb: Span) -> ShowModels:
    if not cursor.accept("LIKE"):
        raise cursor.expected("LIKE")
    token = cursor.peek()
    if token is None or token.kind != STRING:
        raise cursor.expected("a text", "SHOW MODELS LIKE 'price%'")
    return ShowModels(span, verb, str(read_string(cursor).value))


def _describe(cursor: Cursor, span: Span, verb: Span) -> DescribeModel:
    return DescribeModel(read_model(cursor), span, verb)


def _versions(cursor: Cursor, span: Span, verb: Span) -> ShowVersions:
    if not cursor.accept("VERSIONS"):
        raise cursor.expected("VERSIONS", "SHOW MODEL VERSIONS name")
    return ShowVersions(_model(cursor), span, verb)


def _drop(cursor: Cursor, span: Span, verb: Span) -> DropModel:
    if_exists = cursor.accept("IF", "EXISTS")
    return DropModel(read_model(cursor), span, verb, if_exists)


def _promote(cursor: Cursor, span: Span, verb: Span) -> PromoteModel:
    model = read_model(cursor)
    if not cursor.accept("TO"):
        raise cursor.expected("TO", "PROMOTE MODEL name@3 TO champion")
    first = cursor.at
    return PromoteModel(model, check_alias(cursor, read_alias(cursor), cursor.since(first)), span, verb)


def _roll_back(cursor: Cursor, span: Span, verb: Span) -> RollbackModel:
    model = read_model(cursor)
    return RollbackModel(model, span, verb, read_version(cursor) if cursor.accept("TO") else None)


def _begin(cursor: Cursor, span: Span, verb: Span) -> BeginBatch:
    options = read_options(cursor) if cursor.accept("WITH") or cursor.accept("OPTIONS") else ()
    return BeginBatch(span, verb, options)


def _export(cursor: Cursor, span: Span, verb: Span) -> ExportModel:
    model = read_model(cursor)
    if not cursor.accept("TO"):
        raise cursor.expected("TO", "EXPORT MODEL name TO 'path'")
    return ExportModel(model, *_file(cursor, exports=True, span=span, verb=verb))


def _import(cursor: Cursor, span: Span, verb: Span) -> ImportModel:
    model = _model(cursor)
    if not cursor.accept("FROM"):
        raise cursor.expected("FROM", "IMPORT MODEL name FROM 'path'")
    return ImportModel(model, *_file(cursor, exports=False, span=span, verb=verb))


def _file(
    cursor: Cursor, *, exports: bool, span: Span, verb: Span
) -> tuple[str, Span, Span, Span, str, tuple[Option, ...]]:
    """The fields of a statement about a file, from its path on."""
    token = cursor.peek()
    if token is None or token.kind != STRING:
        raise cursor.expected("a path in quotes")
    path = read_string(cursor)
    form, options = read_format(cursor)
    check_format(cursor, str(path.value), form, options, exports=exports)
    return str(path.value), span, verb, path.span, form, options


def _model(cursor: Cursor) -> Name:
    return read_name(cursor, "the name of a model")


_STATEMENTS: Mapping[str, Callable[[Cursor, Span, Span], Listing | Command]] = {
    "SHOW MODELS": _show,
    "DESCRIBE MODEL": _describe,
    "DESC MODEL": _describe,
    "SHOW MODEL": _versions,
    "DROP MODEL": _drop,
    "PROMOTE MODEL": _promote,
    "ROLLBACK MODEL": _roll_back,
    "EXPORT MODEL": _export,
    "IMPORT MODEL": _import,
    "BEGIN BATCH": _begin,
    "COMMIT BATCH": lambda _, span, verb: CommitBatch(span, verb),
    "ROLLBACK BATCH": lambda _, span, verb: RollbackBatch(span, verb),
}
_ALSO_TABLES = ("SHOW MODELS", "SHOW MODEL", "DESCRIBE MODEL", "DESC MODEL")


# ---- CREATE MODEL --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Creation:
    """What stands before the query of `CREATE MODEL`; the query starts at token `start`."""

    created: Created
    name: Name
    start: int


def read_creation(words: Words, lo: int, hi: int) -> Creation | None:
    """`CREATE [OR REPLACE] [TEMP] MODEL [IF NOT EXISTS] name AS`; None for another CREATE. Raises ParseError."""
    cursor = Cursor(words, lo, hi, "CREATE MODEL")
    if not cursor.accept("CREATE"):
        return None
    or_replace = cursor.accept("OR", "REPLACE")
    temporary = cursor.accept("TEMP") or cursor.accept("TEMPORARY")
    if not cursor.accept("MODEL"):
        return None
    first = cursor.at
    if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
    if or_replace and if_not_exists:
        raise both(cursor, cursor.since(first))
    name = _model(cursor)
    if not cursor.accept("AS"):
        raise cursor.expected("AS", "CREATE MODEL name AS SELECT … FROM … TRAIN MODEL … TARGET …")
    return Creation(Created(or_replace, temporary, if_not_exists), name, cursor.at)


def no_training(words: Words, creation: Creation) -> StratumError:
    """The error for a `CREATE MODEL` whose query does not train."""
    span, hint = creation.name.span, "CREATE MODEL name AS SELECT … FROM … TRAIN MODEL … TARGET …"
    return ParseError.at(words.text, span, "no_training", "CREATE MODEL wants a query with TRAIN MODEL", hint=hint)
