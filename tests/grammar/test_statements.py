"""Statements as text: right ones print in canonical form, wrong ones say where, what, and the way out.

A file below `accept/` and `reject/` is a list of cases: `# title`, the script, `----`, what is expected; `====` stands
between two cases. `./run accept` writes the answers of today.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

import duckdb
import pytest

from stratum_sql.errors import StratumError, TooComplex
from stratum_sql.grammar.parse import parse_one, parse_script
from stratum_sql.grammar.printer import fill_holes, same, to_core, to_sugar
from stratum_sql.grammar.syntax import Explain, Nested, Plain, Query, Statement

ROOT = Path(__file__).parent
REWRITE = os.environ.get("STRATUM_ACCEPT") == "1"


def accepts(sql: str) -> bool:
    """Whether DuckDB's own parser takes the text."""
    try:
        _connection().extract_statements(sql)
    except duckdb.Error:
        return False
    return True


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def cases_of(folder: str) -> list[tuple[Path, str, str]]:
    """File, script and expected text of every case below a folder."""
    found = []
    for path in sorted((ROOT / folder).glob("*.sql")):
        for case in path.read_text(encoding="utf-8").split("\n====\n"):
            script, _, expected = case.strip("\n").partition("\n----\n")
            found.append((path, script, expected))
    return found


def script_of(case: str) -> str:
    """The script of a case without its title."""
    return "\n".join(line for line in case.split("\n") if not line.startswith("# "))


def rewrite(folder: str, answer: Callable[[str], str]) -> None:
    """Write the answers of today into the files."""
    by_path: dict[Path, list[str]] = {}
    for path, script, _ in cases_of(folder):
        by_path.setdefault(path, []).append(f"{script}\n----\n{answer(script_of(script))}")
    for path, cases in by_path.items():
        path.write_text("\n====\n".join(cases) + "\n", encoding="utf-8")


# ---- right statements ----


def _printed(script: str) -> str:
    parsed, errors = parse_script(script, accepts)
    assert not errors, f"{script}\n{errors[0]}"
    lines = []
    for statement in parsed.statements:
        lines += [f"{type(statement).__name__}", to_sugar(script, statement), to_core(script, statement)]
    return "\n".join(lines)


if REWRITE:
    rewrite("accept", _printed)
RIGHT = cases_of("accept")
SCRIPTS = [script_of(script) for _, script, _ in RIGHT]
STATEMENTS = [(script, statement) for script in SCRIPTS for statement in parse_script(script, accepts)[0].statements]


@pytest.mark.parametrize(("path", "script", "expected"), RIGHT)
def test_canonical_forms(path: Path, script: str, expected: str) -> None:
    assert _printed(script_of(script)) == expected, path


@pytest.mark.parametrize(("script", "statement"), STATEMENTS)
def test_printed_text_says_the_same(script: str, statement: Statement) -> None:
    for printed in (to_sugar(script, statement), to_core(script, statement)):
        again = parse_one(printed, accepts)
        assert same(script, statement, printed, again)


@pytest.mark.parametrize(("script", "statement"), STATEMENTS)
def test_sugar_to_core_to_sugar_is_the_identity(script: str, statement: Statement) -> None:
    sugar = to_sugar(script, statement)
    core = to_core(sugar, parse_one(sugar, accepts))
    assert to_sugar(core, parse_one(core, accepts)) == to_sugar(sugar, parse_one(sugar, accepts)) == sugar


@pytest.mark.parametrize(("script", "statement"), STATEMENTS)
def test_the_core_form_is_legal_duckdb(script: str, statement: Statement) -> None:
    assert accepts(to_core(script, statement))


@pytest.mark.parametrize(("script", "statement"), STATEMENTS)
def test_a_table_can_take_the_place_of_every_hole(script: str, statement: Statement) -> None:
    nested = statement.query if isinstance(statement, Explain) else statement
    if isinstance(nested, Nested):
        filled = fill_holes(script, nested, ["(FROM result)"] * len(nested.holes))
        assert accepts(filled)
        assert "MODEL" not in filled.upper()


@pytest.mark.parametrize(("script", "statement"), STATEMENTS)
def test_heads_are_cut_out_exactly(script: str, statement: Statement) -> None:
    inner = statement.query if isinstance(statement, Explain) else statement
    queries = inner.queries if isinstance(inner, Nested) else (inner,)
    for query in queries:
        if not isinstance(query, Query):
            continue
        head = script[query.head.start : query.head.end]
        assert head == head.strip()
        if not isinstance(inner, Nested):
            assert accepts(f"FROM ({head}\n)")


def test_heads_see_the_with_clauses_around_them() -> None:
    first = "WITH a AS (FROM t), b AS (FROM a TRAIN MODEL r)"
    script = f"{first} FROM b, (WITH c AS (FROM b) SELECT * FROM (FROM c PREDICT MODEL m))"
    statement = parse_one(script, accepts)
    assert isinstance(statement, Nested)
    assert [[cte.name for cte in scope] for scope in statement.scopes] == [["a"], ["a", "b", "c"]]
    assert script[statement.scopes[0][0].span.start : statement.scopes[0][0].span.end] == "a AS (FROM t)"


def test_a_head_holds_its_own_with_clause() -> None:
    statement = parse_one("CREATE TABLE x AS WITH a AS (FROM t) FROM a TRAIN MODEL r", accepts)
    assert isinstance(statement, Nested)
    assert statement.scopes == ((),)


def test_the_with_clause_before_an_insert_is_in_scope() -> None:
    statement = parse_one("WITH RECURSIVE a AS (FROM t) INSERT INTO x FROM a PREDICT MODEL m", accepts)
    assert isinstance(statement, Nested)
    assert [(cte.name, cte.recursive) for cte in statement.scopes[0]] == [("a", True)]


def test_different_statements_are_not_the_same() -> None:
    first, second = "FROM t TRAIN MODEL ridge(a => 1)", "FROM t TRAIN MODEL ridge(a => 1.0)"
    assert not same(first, parse_one(first, accepts), second, parse_one(second, accepts))
    third = "FROM u TRAIN MODEL ridge(a => 1)"
    assert not same(first, parse_one(first, accepts), third, parse_one(third, accepts))


# ---- wrong statements ----


def _errors(script: str) -> str:
    _, errors = parse_script(script, accepts)
    return "\n".join(str(error) for error in errors)


if REWRITE:
    rewrite("reject", _errors)
WRONG = cases_of("reject")


@pytest.mark.parametrize(("path", "script", "expected"), WRONG)
def test_the_error_says_where_and_what(path: Path, script: str, expected: str) -> None:
    assert expected, path
    assert _errors(script_of(script)) == expected


@pytest.mark.parametrize(("path", "script", "expected"), WRONG)
def test_duckdb_never_gets_a_wrong_statement(path: Path, script: str, expected: str) -> None:
    parsed, errors = parse_script(script_of(script), accepts)
    assert errors
    for statement in parsed.statements:
        assert isinstance(statement, Plain)
        assert accepts(parsed.text[statement.span.start : statement.span.end])


def test_a_wrong_statement_hides_no_right_one() -> None:
    script = "SELECT 1; FROM t TRAIN MODEL ridge() TARGT y; FROM t PREDICT MODEL m; TRAIN MODEL r"
    parsed, errors = parse_script(script, accepts)
    assert [type(statement).__name__ for statement in parsed.statements] == ["Plain", "Predict"]
    assert [error.diagnostic.column for error in errors] == [38, 71]


def test_what_duckdb_rejects_is_left_to_duckdb() -> None:
    assert isinstance(parse_one("SELEC 1", accepts), Plain)


@pytest.mark.parametrize("script", ["", ";", "-- x", "SELECT 1; SELECT 2"])
def test_parse_one_wants_one(script: str) -> None:
    with pytest.raises(StratumError, match="not_one_statement"):
        parse_one(script, accepts)


@pytest.mark.parametrize("opener", ["(", "[", "{'a':", "f("])
def test_deep_brackets_are_refused(opener: str) -> None:
    with pytest.raises(TooComplex):
        parse_one(f"FROM t TRAIN MODEL ridge(a => {opener * 5000}", accepts)


def test_deep_queries_are_refused() -> None:
    script = "FROM t TRAIN MODEL r"
    for _ in range(60):
        script = f"FROM ({script}) TRAIN MODEL r"
    with pytest.raises(TooComplex, match="too_deep"):
        parse_one(script)


def test_too_many_queries_are_refused() -> None:
    script = "SELECT " + ", ".join(["(FROM t PREDICT MODEL m)"] * 1001)
    with pytest.raises(TooComplex, match="too_many_queries"):
        parse_one(script)


def test_a_number_of_any_length_is_no_trap() -> None:
    with pytest.raises(StratumError, match="bad_number"):
        parse_one(f"FROM t TRAIN MODEL ridge(a => {'9' * 10_000})", accepts)
