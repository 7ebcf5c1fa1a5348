"""`stratum_parser` in a stock DuckDB: blocks become calls, and whatever is DuckDB's stays as it was."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.extension.shells import CLI, ECHO, WHEEL, load, parser_of, run_cli, wheel

PLAIN = (Path(__file__).parents[1] / "grammar" / "plain.sql").read_text(encoding="utf-8").splitlines()
BLOCK = "FROM t TRAIN MODEL ols() TARGET y"
# About state that a whole script shares: they would change what the statements after them mean.
STATEFUL = ("ATTACH", "USE", "BEGIN", "COMMIT", "ROLLBACK", "SET", "CHECKPOINT", "VACUUM", "EXPLAIN ANALYZE", "PRAGMA")
RANDOM = ("PIVOT",)  # DuckDB makes up a name for it, another one each time


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with wheel(parser_of(WHEEL)) as opened:
        opened.execute(ECHO)
        yield opened


def planned(connection: duckdb.DuckDBPyConnection, statement: str) -> str:
    row = connection.execute(statement).fetchone()
    assert row is not None
    return str(row[0])


@pytest.mark.parametrize(
    "statement",
    [
        "FROM train_model((FROM t), model => ols())",
        BLOCK,
        "SHOW MODELS LIKE 'a%'",
        "DROP MODEL m",
        "CREATE MODEL m AS FROM t TRAIN MODEL ols()",
        "EXPLAIN BATCH",
    ],
)
def test_a_statement_is_planned_as_it_was_written(connection: duckdb.DuckDBPyConnection, statement: str) -> None:
    assert planned(connection, f" {statement} ;") == statement


@given(st.text(st.sampled_from(list("'\"$stratum; -/*\\\n\\)(é😀")), max_size=40))
@settings(max_examples=300)
def test_no_text_leaves_its_block(text: str) -> None:
    """Neither what is quoted, nor how, can end the call and go on as a statement of its own."""
    quoted = "'" + text.replace("'", "''") + "'"
    name = '"' + text.replace('"', '""') + '"'
    block = f"SELECT {quoted} AS {name}, $$x$$ /* {text.replace('/', '').replace('*', '')} */ FROM t PREDICT MODEL m"
    assert planned(_shared(), block) == block


def _shared(kept: list[duckdb.DuckDBPyConnection] = []) -> duckdb.DuckDBPyConnection:  # noqa: B006  one for all examples
    if not kept:
        kept.append(wheel(parser_of(WHEEL)))
        kept[0].execute(ECHO)
    return kept[0]


def test_blocks_stand_wherever_a_query_may(connection: duckdb.DuckDBPyConnection) -> None:
    script = f"""
        CREATE TABLE b AS {BLOCK};
        CREATE VIEW v AS WITH a AS ({BLOCK}) SELECT planned AS p FROM a;
        INSERT INTO b {BLOCK};
        PREPARE s AS SELECT * FROM ({BLOCK}) WHERE planned LIKE $1;
    """
    connection.execute(script)
    assert connection.execute("FROM b UNION ALL FROM v").fetchall() == [(BLOCK,)] * 3
    assert connection.execute("EXECUTE s('%TRAIN%')").fetchall() == [(BLOCK,)]
    assert connection.execute("EXECUTE s('x')").fetchall() == []
    assert "PROJECTION" in str(connection.execute(f"EXPLAIN {BLOCK}").fetchall()).upper()


def test_a_planned_query_sees_the_common_tables_around_it(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("CREATE OR REPLACE MACRO stratum_plan(block) AS 'FROM c'")
    assert connection.execute("WITH c AS (SELECT 42) SELECT * FROM (FROM c PREDICT MODEL m)").fetchall() == [(42,)]


def statements() -> list[str]:
    """Statements of DuckDB: those of the grammar's tests, and the examples DuckDB itself gives for its functions."""
    with duckdb.connect() as own:
        examples = own.execute("SELECT DISTINCT unnest(examples) AS e FROM duckdb_functions() ORDER BY e").fetchall()
        views = own.execute("SELECT DISTINCT sql FROM duckdb_views() WHERE internal ORDER BY sql").fetchall()
    plain = [one for one in PLAIN if not one.startswith((*STATEFUL, *RANDOM))]
    volatile = ("random", "uuid", "now", "current", "today", "nextval", "txid", "get_", "version", "transaction")
    calls = [f"SELECT {one}" for (one,) in examples if not any(word in one.lower() for word in volatile)]
    return plain + calls + [sql for (sql,) in views if sql]


def spoken_of(sql: str) -> list[str]:
    """A statement, and the same with words of ours about it, so that it is read and not only passed over."""
    return [sql, f"/* FROM t TRAIN MODEL x */ {sql}", f"{sql} -- PREDICT MODEL m", f"SELECT 1 AS model; {sql}"]


def outcome(connection: duckdb.DuckDBPyConnection, sql: str) -> object:
    try:
        result = connection.execute(sql)
        return [repr(row) for row in result.fetchall()], str(result.description)
    except duckdb.Error as error:
        return type(error), str(error)


def test_plain_sql_is_left_alone_in_the_wheel() -> None:
    with wheel(parser_of(WHEEL)) as ours, wheel() as stock:
        texts = [text for sql in statements() for text in spoken_of(sql)]
        assert len(texts) > 1500
        differing = [text for text in texts if outcome(ours, text) != outcome(stock, text)]
        assert differing == []


def test_plain_sql_is_left_alone_in_the_command(tmp_path: Path) -> None:
    # The command guesses itself where a statement ends: it knows no backslash, and stops at an error in what it took.
    script = "\n;\n".join(text for sql in statements() if "\\" not in sql for text in spoken_of(sql)[:2])
    # The setting alone, without any extension, has the command leave out the places of some errors.
    stock = "SET allow_parser_override_extension = 'fallback'"
    said = [run_cli(script, before, cwd=tmp_path) for before in (stock, load(parser_of(CLI)))]
    assert len(said[0].splitlines()) > 2000
    assert said[0].splitlines() == said[1].splitlines()
    assert list(tmp_path.iterdir()) == []


def test_the_command_reads_blocks(tmp_path: Path) -> None:
    script = f"{ECHO};\n{BLOCK};\nCREATE TABLE b AS\n  {BLOCK};\nSELECT count(*) FROM b;\nSELECT 'TRAIN MODEL' AS word;"
    assert run_cli(script, load(parser_of(CLI)), cwd=tmp_path).split("\n") == [
        *("planned", BLOCK, "count_star()", "1", "word", "TRAIN MODEL", "")
    ]


def test_an_error_is_about_the_text_that_is_wrong(connection: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(duckdb.Error, match='syntax error at or near "x"'):
        connection.execute(f"SELECT * FROM ({BLOCK}) WHER x")
    with pytest.raises(duckdb.ParserException, match='syntax error at or near "MODLE"'):
        connection.execute("FROM t TRAIN MODLE ols()")
    connection.execute("CREATE TABLE kept AS SELECT 1")
    with pytest.raises(duckdb.Error, match="syntax error"):
        connection.execute(f"DROP TABLE kept; {BLOCK}; SELECT * FRM (SELECT 1 FROM t TRAIN MODEL a)")
    assert connection.execute("FROM kept").fetchall() == [(1,)]  # nothing of a script runs if one of it cannot be read


def test_settings_that_change_how_text_is_read_are_followed(connection: duckdb.DuckDBPyConnection) -> None:
    text = f"SELECT 7 / 2 AS Half FROM ({BLOCK})"
    assert connection.execute(text).fetchall() == [(3.5,)]
    connection.execute("SET integer_division = true; SET preserve_identifier_case = 'uppercase'")
    result = connection.execute(text)
    assert result.description[0][0] == "HALF"
    assert result.fetchall() == [(3,)]
    connection.execute("RESET integer_division; RESET preserve_identifier_case")
    assert connection.execute(text).fetchall() == [(3.5,)]


def test_it_can_be_turned_off(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("RESET GLOBAL allow_parser_override_extension")
    with pytest.raises(duckdb.ParserException):
        connection.execute(BLOCK)
    connection.execute("SET GLOBAL allow_parser_override_extension = 'fallback'")
    assert planned(connection, BLOCK) == BLOCK


def test_nothing_is_read_from_files_to_parse(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    with wheel(parser_of(WHEEL)) as opened:
        opened.execute(f"{ECHO}; SET enable_external_access = false")
        block = f"SELECT * FROM '{tmp_path}/no.csv', read_text('/etc/hostname') TRAIN MODEL ols()"
        assert planned(opened, block) == block
    assert list(tmp_path.iterdir()) == []


def test_threads_parse_side_by_side(connection: duckdb.DuckDBPyConnection) -> None:
    wrong: list[str] = []

    def work(number: int) -> None:
        with connection.cursor() as own:
            for turn in range(100):
                block = f"SELECT {number}, {turn} FROM t PREDICT MODEL m"
                if planned(own, block) != block or planned(own, "SELECT 'model'") != "model":
                    wrong.append(block)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_databases_come_and_go() -> None:
    for _ in range(20):
        with wheel(parser_of(WHEEL)) as opened:
            opened.execute(ECHO)
            assert planned(opened, BLOCK) == BLOCK
            opened.execute(f"LOAD '{parser_of(WHEEL)}'")  # a second time is no news
            assert planned(opened, BLOCK) == BLOCK


def test_another_release_is_refused(tmp_path: Path) -> None:
    with pytest.raises(duckdb.Error, match=r"was built for DuckDB v1\.5\.6, and this is another version"):
        wheel(parser_of(CLI))
    said = run_cli("SELECT 1", load(parser_of(WHEEL)), cwd=tmp_path)
    assert "was built for DuckDB v2.0.0, and this is another version" in said


def test_a_locked_configuration_is_said() -> None:
    with wheel() as opened:
        opened.execute("SET lock_configuration = true")
        with pytest.raises(duckdb.Error, match="load it before the configuration is locked"):
            opened.execute(f"LOAD '{parser_of(WHEEL)}'")
