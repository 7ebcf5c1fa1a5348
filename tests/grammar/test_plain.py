"""What DuckDB means is left to DuckDB: no word of ours is reserved, and scripts are cut where DuckDB cuts them."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from stratum_sql.grammar.parse import parse_one, parse_script
from stratum_sql.grammar.split import split_script
from stratum_sql.grammar.syntax import Plain
from stratum_sql.grammar.tokens import NO_CALLS, NO_COLUMNS, RESERVED, Words

CONNECTION = duckdb.connect()
STATEMENTS = Path(__file__).with_name("plain.sql").read_text(encoding="utf-8").splitlines()


def accepts(sql: str) -> bool:
    try:
        CONNECTION.extract_statements(sql)
    except duckdb.Error:
        return False
    return True


@pytest.mark.parametrize("sql", STATEMENTS)
def test_plain_statements_stay_plain(sql: str) -> None:
    assert accepts(sql)
    statement = parse_one(sql, accepts)
    assert isinstance(statement, Plain)
    assert sql.startswith(sql[statement.span.start : statement.span.end])


@pytest.mark.parametrize("sql", STATEMENTS)
def test_the_words_alone_find_no_verb_in_them(sql: str) -> None:
    assert isinstance(parse_one(sql, None), Plain)


@pytest.mark.parametrize("sql", STATEMENTS)
def test_each_can_be_trained_on_beside_a_query_of_ours(sql: str) -> None:
    script = f"{sql}\n;FROM t TRAIN MODEL ridge(); {sql}"
    kinds = [type(statement).__name__ for statement in parse_script(script, accepts)[0].statements]
    assert kinds == ["Plain", "Train", "Plain"]


NAMES = """
CREATE TABLE train_model (x INTEGER, y DECIMAL(9, 2))
CREATE TEMP TABLE IF NOT EXISTS predict_model (x INTEGER)
CREATE TABLE t (x INTEGER REFERENCES train_model (x))
CREATE VIEW show_models (a, b) AS SELECT 1, 2
CREATE OR REPLACE MACRO predict_model(a, b := 1) AS a + b
CREATE UNIQUE INDEX i ON train_model (lower(x))
CREATE INDEX i ON describe_model (x)
INSERT INTO evaluate_model (x) VALUES (1)
MERGE INTO t USING (VALUES (1)) train_model(x) USING (x) WHEN NOT MATCHED THEN INSERT
COPY drop_model (x) TO '/nowhere.csv'
ANALYZE train_model (x)
PREPARE predict_model AS SELECT $1
EXECUTE predict_model(1)
EXPLAIN EXECUTE predict_model('m', [1, 2])
FROM (SELECT 1, 2) predict_model(a, "b")
FROM t AS train_model(a, b)
FROM t show_models(a) SELECT a
FROM "t" create_model(a) JOIN u export_model(a) USING (a)
WITH train_model(x) AS (SELECT 1), predict_model(x, y) AS MATERIALIZED (SELECT 1, 2) FROM train_model, predict_model
WITH RECURSIVE explain_model(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM explain_model WHERE x < 3) FROM explain_model
""".strip().splitlines()


@pytest.mark.parametrize("sql", NAMES)
def test_what_is_called_as_a_name_may_be_one(sql: str) -> None:
    """Columns, parameters or values in brackets after a name are no call."""
    assert accepts(sql)
    assert isinstance(parse_one(sql, accepts), Plain)


@pytest.mark.parametrize(
    "sql",
    [
        "FROM train_model((FROM t), model => ols())",
        "FROM predict_model(t)",
        "FROM t, predict_model(t) AS p",
        "FROM t JOIN describe_model(m) USING (x)",
        "FROM describe_model(m) AS d(a, b)",
        "CALL describe_model(m)",
        "CALL drop_model(m)",
        "SELECT predict_model('m', a), predict_model('m', b) AS b FROM t",
        "SELECT DISTINCT ON (a) predict_model('m', a) FROM t",
        "FROM t WHERE x LIKE predict_model(y)",
        "FROM t JOIN u ON predict_model('m', x)",
        "CREATE TABLE p AS FROM predict_model((FROM t), model => m)",
        "INSERT INTO p FROM predict_model((FROM t), model => m)",
        "WITH p AS (FROM predict_model((FROM t), model => m)) FROM p",
    ],
)
def test_a_call_is_none_of_them(sql: str) -> None:
    assert accepts(sql)
    script, errors = parse_script(sql, accepts)
    assert errors or not isinstance(script.statements[0], Plain)


def test_scripts_are_cut_where_duckdb_cuts_them() -> None:
    script = "\n;".join(STATEMENTS)
    ours = [script[piece.span.start : piece.span.end] for piece in split_script(script, accepts)]
    theirs = [statement.query.strip().rstrip(";").strip() for statement in CONNECTION.extract_statements(script)]
    assert len(ours) == len(theirs) == len(STATEMENTS)
    assert all(theirs[i].startswith(ours[i]) or ours[i] in theirs[i] for i in range(len(ours)))


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_line_end_ends_a_comment(newline: str) -> None:
    script = f"SELECT 1 -- x{newline}; SELECT 2"
    assert len(split_script(script, accepts)) == len(CONNECTION.extract_statements(script)) == 2


@pytest.mark.parametrize("script", ["", " ", ";;", "-- x", "/* x; */ ;"])
def test_nothing_is_no_statement(script: str) -> None:
    assert parse_script(script, accepts) == (type(parse_script("")[0])(script), ())


def test_a_text_the_tokenizer_cannot_read_is_kept_whole() -> None:
    script = " SELECT 'x; SELECT 1 "
    (piece,) = split_script(script, lambda _: True)
    assert piece.plain
    assert script[piece.span.start : piece.span.end] == script.strip()


def test_a_semicolon_in_brackets_cuts_only_if_they_stay_open() -> None:
    assert len(split_script("SELECT (1; 2)", None)) == 1
    assert len(split_script("SELECT (1; SELECT 2", None)) == 2


def test_a_byte_order_mark_is_no_part_of_the_first_word() -> None:
    assert type(parse_one("\ufeffFROM t TRAIN MODEL ridge()", accepts)).__name__ == "Train"


KEYWORDS = {word for (word,) in CONNECTION.sql("SELECT DISTINCT upper(keyword_name) FROM duckdb_keywords()").fetchall()}


def test_reserved_words_are_those_of_duckdb() -> None:
    sql = "SELECT upper(keyword_name) FROM duckdb_keywords() WHERE keyword_category = 'reserved'"
    assert {word for (word,) in CONNECTION.sql(sql).fetchall()} == RESERVED


def test_words_that_name_no_column_are_those_of_duckdb() -> None:
    constants = {"TRUE", "FALSE", "NULL", "DEFAULT"}  # no columns either: DuckDB reads them as values
    assert {word for word in KEYWORDS if not accepts(f"FROM f(x => {word})")} | constants == NO_COLUMNS


def test_words_that_cannot_be_called_are_those_of_duckdb() -> None:
    assert {word for word in KEYWORDS - NO_COLUMNS if not accepts(f"FROM f(x => {word}(1))")} == NO_CALLS


def test_words_that_name_no_argument_are_among_the_reserved() -> None:
    assert {word for word in KEYWORDS if not accepts(f"FROM f({word} => 1)")} <= RESERVED


@pytest.mark.parametrize("number", ["1_000", "1_0.5", "1e-3", "1.", "0.5e+10", "1_0e1_0"])
def test_a_number_is_one_token(number: str) -> None:
    assert [token.text for token in Words(f"f({number})").tokens] == ["f", "(", number, ")"]


def test_two_words_are_two_tokens() -> None:
    words = Words("PARTITION \n BY x")
    assert [(token.text, token.start) for token in words.tokens] == [("PARTITION", 0), ("BY", 12), ("x", 15)]


def test_places_are_characters() -> None:
    text = "SELECT 'é😀' AS \"ü\", $t$ x $t$, E'\\'' /* 😀 /* */ */, $1 FROM t"
    for token in Words(text).tokens:
        assert text[token.start : token.end] == token.text


def test_many_statements_take_one_pass() -> None:
    script = "SELECT 1;\n" * 2000 + "FROM t TRAIN MODEL ridge();" * 200
    asked: list[int] = []

    def counting(sql: str) -> bool:
        asked.append(len(sql))
        return accepts(sql)

    assert len(parse_script(script, counting)[0].statements) == 2200
    assert sum(asked) <= 2 * len(script)
