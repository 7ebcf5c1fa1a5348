"""Scripts in canonical form: the same statements, what is not ours untouched, and no comment lost."""

# ruff: noqa: E501  the statements stand as a user would write them

from __future__ import annotations

from pathlib import Path

import pytest

from stratum_sql.errors import ParseError
from stratum_sql.grammar.formatted import formatted
from stratum_sql.grammar.parse import parse_script
from stratum_sql.grammar.printer import same

CASES = {
    "select a,  y from t train model ridge label y": "select a,  y from t TRAIN MODEL ridge() TARGET y",
    "select 1 -- one\n;\n\n-- two\nfrom t predict model m": "select 1 -- one\n;\n\n-- two\nFROM t PREDICT MODEL m".replace("FROM t", "from t"),
    "from t train model ridge /* why */ target y": "from t train model ridge /* why */ target y",
    "select a, -- kept\n y from t train model ridge label y seed 1 holdout .5": "select a, -- kept\n y from t\nTRAIN MODEL ridge()\nTARGET y\nSEED 1\nHOLDOUT 0.5",
    "create table x as from (from t train model ols label y) -- end": "create table x as from (from t TRAIN MODEL ols() TARGET y) -- end",
    "drop model  if exists m;": "DROP MODEL IF EXISTS m;",
    "  ": "  ",
}  # fmt: skip


@pytest.mark.parametrize("text", CASES)
def test_statements_of_ours_alone_are_printed_anew(text: str) -> None:
    assert formatted(text) == CASES[text]
    assert formatted(CASES[text]) == CASES[text]


def test_a_long_statement_has_a_clause_a_line() -> None:
    text = "SELECT aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, y FROM a_table_with_a_name TRAIN MODEL ridge(alpha => [0.1, 1]), lasso() TARGET y METRIC r2"
    assert formatted(text).split("\n") == [
        "SELECT aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, y FROM a_table_with_a_name",
        "TRAIN MODEL ridge(alpha => [0.1, 1]), lasso()",
        "TARGET y",
        "METRIC r2",
    ]


def test_the_core_form_is_legal_duckdb() -> None:
    assert formatted("from t predict model m;", core=True) == "SELECT * FROM predict_model((from t), model => m);"


def test_what_cannot_be_read_is_told() -> None:
    with pytest.raises(ParseError):
        formatted("SELECT 1; FROM t TRAIN MODEL")


@pytest.mark.parametrize("path", sorted(Path(__file__).parents[2].glob("queries/**/*.sql")), ids=lambda path: path.name)
def test_the_workloads_say_the_same(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    printed = formatted(text)
    before, after = parse_script(text)[0].statements, parse_script(printed)[0].statements
    assert len(before) == len(after)
    assert all(same(text, one, printed, other) for one, other in zip(before, after, strict=True))
    assert formatted(printed) == printed
