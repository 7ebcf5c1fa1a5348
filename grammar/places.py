"""What a place in a statement wants, as the tokens before it tell: a name, the start of an expression, or more."""

from __future__ import annotations

from stratum_sql.grammar.tokens import NUMBER, QUOTED, RESERVED, STRING, WORD, Words

# reserved words that can stand last in a query: ORDER BY x DESC, LIMIT ALL
_ENDS_EXPRESSION = frozenset(("END", "NULL", "TRUE", "FALSE", "ALL", "ASC", "DESC", "DEFAULT"))
# words that are not reserved, and yet want something after them: `JOIN train model ON …`, `UPDATE train model SET …`
_WANTS_MORE = frozenset(
    ("ANTI", "ASOF", "AT", "BY", "CROSS", "FULL", "GLOB", "ILIKE", "INNER", "IS", "JOIN", "LEFT", "LIKE")
)
_WANTS_MORE |= {"NATURAL", "OUTER", "POSITIONAL", "RIGHT", "SEMI", "SIMILAR", "TABLESAMPLE", "UPDATE", "EXPLAIN"}
_BEFORE_STAR = frozenset(("SELECT", "DISTINCT", "ALL", "RETURNING", ",", ".", "(", ")"))  # then `*` is no product
# what stands behind them is defined, filled or run: `CREATE TABLE train_model (x INTEGER)`, `EXECUTE predict_model(1)`
_BEFORE_NAME = frozenset(("ANALYZE", "COPY", "EXECUTE", "EXISTS", "FUNCTION", "INTO", "MACRO", "PRAGMA"))
_BEFORE_NAME |= {"RECURSIVE", "REFERENCES", "TABLE", "VACUUM", "VIEW", "WITH"}


def can_end_expression(words: Words, index: int) -> bool:
    """Whether the token at `index` can be the last one of a query."""
    if index < 0:
        return False
    token = words.tokens[index]
    if token.kind in (QUOTED, STRING, NUMBER):
        return True
    if token.kind == WORD:
        return token.upper in _ENDS_EXPRESSION or not (token.upper in RESERVED or token.upper in _WANTS_MORE)
    if token.text == "*":
        return words.upper(index - 1) in _BEFORE_STAR
    if token.text == "%":  # LIMIT 10 %
        return words.upper(index - 2) in ("LIMIT", "SAMPLE", "(")
    return token.text in (")", "]", "}", "?")


def is_name(words: Words, lo: int, index: int) -> bool:
    """Whether the word at `index` and the bracket after it are no call: in the statement that starts at `lo`, which
    DuckDB's parser takes, a table, statement or alias has this name, and columns, parameters or values follow.
    """
    before = words.upper(index - 1) if index > lo else ""
    if before in _BEFORE_NAME:
        return True
    if before == "ON":
        return words.upper(lo) == "CREATE" and "INDEX" in (words.upper(lo + 1), words.upper(lo + 2))
    if not _holds_names(words, index + 1):
        return False
    if before == ",":
        end = words.skip(index + 1)
        return words.upper(end) == "AS" and words.upper(end + 1) in ("(", "MATERIALIZED", "NOT")
    return before == "AS" or (before != "CALL" and index > lo and can_end_expression(words, index - 1))


def _holds_names(words: Words, opener: int) -> bool:
    """Whether a bracket holds a list of names and nothing else."""
    inside = range(opener + 1, words.partner[opener])
    return len(inside) % 2 == 1 and all(
        words.upper(at) == "," if (at - opener) % 2 == 0 else words.tokens[at].kind in (WORD, QUOTED) for at in inside
    )
