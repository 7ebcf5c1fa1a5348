"""The guard's errors, grants, and the corners of the walk."""

from __future__ import annotations

import multiprocessing
import threading
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from stratum_sql.errors import NotAllowed, ParseError, RunError, StratumError, TooComplex
from stratum_sql.trust.guard import Grants, admit
from stratum_sql.trust.lockdown import lock_down
from stratum_sql.trust.pivot import original_offset, with_fixed_columns
from stratum_sql.trust.tree import read_json
from tests.trust.world import World, open_victim


def refusal(connection: duckdb.DuckDBPyConnection, sql: str, grants: Grants | None = None) -> NotAllowed:
    with pytest.raises(NotAllowed) as error:
        admit(connection, sql, grants=grants or Grants())
    assert error.value.diagnostic.code == "not_allowed"
    return error.value


@pytest.mark.parametrize(
    ("sql", "place"),
    [
        ("SELECT getenv('x')", "getenv('x')"),
        ("SELECT 'éß', getenv('x')", "getenv('x')"),
        ("SELECT 1;\nDROP TABLE victim", "DROP"),
        ("SELECT 'é';\nSELECT getenv('x')", "getenv('x')"),
        ("/* é */ EXPLAIN SELECT getenv('x')", "getenv('x')"),
        ("SELECT 1; EXPLAIN SELECT getenv('x')", "getenv('x')"),
        ("EXPLAIN ANALYZE SELECT 1", "ANALYZE"),
        ("PIVOT victim ON word, word USING max(getenv('x'))", "getenv('x')"),
        ("SELECT 1; PIVOT victim ON getenv(word) USING max(word)", "getenv(word)"),
        ("SELECT * FROM nowhere", "nowhere"),
    ],
)
def test_an_error_underlines_its_place(sql: str, place: str, victim: duckdb.DuckDBPyConnection) -> None:
    diagnostic = refusal(victim, sql).diagnostic
    lines = sql.split("\n")
    assert diagnostic.line is not None
    assert diagnostic.column is not None
    assert diagnostic.snippet is not None
    assert lines[diagnostic.line - 1][diagnostic.column - 1 :].startswith(place)
    assert diagnostic.snippet.count("^") == len(place)


def test_a_misspelt_table_has_a_suggestion(victim: duckdb.DuckDBPyConnection) -> None:
    assert refusal(victim, "FROM victm").diagnostic.did_you_mean == ("victim",)
    assert refusal(victim, "FROM trials").diagnostic.did_you_mean == ()  # a hidden table is not told


def test_a_misspelt_function_has_a_suggestion(victim: duckdb.DuckDBPyConnection) -> None:
    assert "count" in refusal(victim, "SELECT coun(word) FROM victim").diagnostic.did_you_mean
    assert refusal(victim, "SELECT one_hott(1)", Grants.of(functions=["one_hot"])).diagnostic.did_you_mean == (
        "one_hot",
    )


def test_a_syntax_error_is_one(victim: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(ParseError) as error:
        admit(victim, "SELECT 'é' FROM FROM", grants=Grants())
    assert (error.value.diagnostic.code, error.value.diagnostic.column) == ("syntax_error", 17)


def test_schemas_and_catalogs(victim: duckdb.DuckDBPyConnection) -> None:
    victim.execute("ATTACH ':memory:' AS other; CREATE TABLE other.t AS SELECT 1 AS a").fetchall()
    admit(victim, "FROM other.t; FROM memory.main.victim; FROM main.VICTIM", grants=Grants())
    refusal(victim, "FROM other.t", Grants.of(catalogs=["memory"]))
    admit(victim, "FROM victim", grants=Grants.of(catalogs=["MEMORY"]))
    refusal(victim, "FROM stratum.trials")
    admit(victim, "FROM stratum.trials", grants=Grants.of(schemas=["stratum"]))
    admit(victim, "FROM information_schema.tables", grants=Grants.of(schemas=["information_schema"]))
    refusal(victim, "FROM information_schema.tables", Grants.of(schemas=["stratum"]))


def test_registered_objects_are_tables(victim: duckdb.DuckDBPyConnection) -> None:
    refusal(victim, "FROM frame")
    victim.register("frame", pd.DataFrame({"a": [1]}))
    admit(victim, "SELECT a FROM frame", grants=Grants.of(catalogs=["memory"]))
    victim.unregister("frame")
    refusal(victim, "SELECT a FROM frame", Grants.of(catalogs=["memory"]))


def test_granted_files(victim: duckdb.DuckDBPyConnection, world: World, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x\n1\n")
    (tmp_path / "way_out.csv").symlink_to(world.secret / "canary.csv")
    grants = Grants.of(paths=[tmp_path])
    lock_down(victim, allow_paths=[tmp_path])
    good = [
        f"FROM '{tmp_path}/a.csv'",
        f"FROM read_csv('{tmp_path}/a.csv', header = true, delim := ',', columns => {{'x': 'INT'}})",
        f"FROM read_csv(['{tmp_path}/a.csv', '{tmp_path}/a.csv'], union_by_name = true)",
        f"SELECT content FROM read_text('{tmp_path}/a.*')",
        f"DESCRIBE FROM '{tmp_path}/a.csv'",
    ]
    for statement in good:
        admit(victim, statement, grants=grants)
        victim.execute(statement).fetchall()
    bad = [
        f"FROM '{tmp_path}/way_out.csv'",
        f"FROM '{tmp_path}_evil/a.csv'",
        f"FROM '{tmp_path}/../a.csv'",
        f"FROM read_csv('{tmp_path}/*/../../a.csv')",
        f"FROM '{world.secret}/canary.csv'",
        f"FROM read_csv('{tmp_path}/a.csv', store_rejects = true)",
        f"FROM read_csv('{tmp_path}/a.csv', rejects_table = 'x')",
        f"FROM read_csv('{tmp_path}/a.csv', '{world.secret}/canary.csv')",
        f"FROM read_csv(['{tmp_path}/a.csv', '{world.secret}/canary.csv'])",
        f"FROM read_csv('{tmp_path}/' || 'a.csv')",
        "FROM read_csv([])",
        "FROM read_csv()",
        f"FROM read_csv(filename = '{tmp_path}/a.csv')",
        f"COPY victim TO '{tmp_path}/b.csv'",
        f"FROM glob('{tmp_path}/*')",
        f"FROM sniff_csv('{tmp_path}/a.csv')",
    ]
    for statement in bad:
        refusal(victim, statement, grants)


def test_a_link_that_turns_later_is_seen(victim: duckdb.DuckDBPyConnection, world: World, tmp_path: Path) -> None:
    """The verdict on a text is remembered; where its path leads is looked up each time."""
    path = tmp_path / "a.csv"
    path.write_text("x\n1\n")
    grants = Grants.of(paths=[tmp_path])
    admit(victim, f"FROM '{path}'", grants=grants)
    path.unlink()
    path.symlink_to(world.secret / "canary.csv")
    refusal(victim, f"FROM '{path}'", grants)


def test_a_dropped_table_is_seen(victim: duckdb.DuckDBPyConnection) -> None:
    admit(victim, "SELECT word FROM victim", grants=Grants())
    victim.execute("DROP TABLE victim").fetchall()
    refusal(victim, "SELECT word FROM victim")


def test_grants_are_part_of_what_is_remembered(victim: duckdb.DuckDBPyConnection) -> None:
    admit(victim, "SELECT one_hot(word) FROM victim", grants=Grants.of(functions=["ONE_HOT"]))
    refusal(victim, "SELECT one_hot(word) FROM victim")


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("FROM " + ", ".join(["victim"] * 65), "too_many_tables"),
        (" UNION ALL ".join(["SELECT 1"] * 202), "too_many_set_operations"),
        ("SELECT " + "+".join(["1"] * 400), "too_deep"),
        ("SELECT " + "(" * 201 + "1" + ")" * 201, "too_deep"),
        ("SELECT " + "-" + " -" * 5000 + " 1", "too_deep"),
        ("SELECT 1" * 100_000, "too_long"),
    ],
)
def test_too_complex(sql: str, code: str, victim: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(TooComplex) as error:
        admit(victim, sql, grants=Grants())
    assert error.value.diagnostic.code == code


def test_wide_is_not_deep(victim: duckdb.DuckDBPyConnection) -> None:
    admit(victim, "FROM " + ", ".join(["victim"] * 64), grants=Grants())
    admit(victim, "SELECT " + " AND ".join(["word = 'a'"] * 2000) + " FROM victim", grants=Grants())
    admit(victim, f"SELECT word IN ({', '.join(map(repr, map(str, range(5000))))}) FROM victim", grants=Grants())
    admit(victim, "SELECT " + "+".join(["1"] * 200), grants=Grants())


def test_a_catalog_that_cannot_be_read(victim: duckdb.DuckDBPyConnection) -> None:
    victim.execute("BEGIN").fetchall()
    with pytest.raises(duckdb.Error):
        victim.execute("SELECT error('x')").fetchall()
    with pytest.raises(RunError) as error:
        admit(victim, "FROM victim", grants=Grants())
    assert error.value.diagnostic.code == "catalog_error"


def test_threads(victim: duckdb.DuckDBPyConnection) -> None:
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            with victim.cursor() as cursor:
                for i in range(10):
                    admit(cursor, f"SELECT {number}, {i} FROM victim", grants=Grants())
        except StratumError as error:
            failures.append(error)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failures == []


def _in_a_child() -> None:
    with open_victim() as connection:
        admit(connection, "SELECT 1 + 1 FROM victim", grants=Grants())
        refusal(connection, "DROP TABLE victim")


def test_after_a_fork(victim: duckdb.DuckDBPyConnection) -> None:
    admit(victim, "SELECT 2 FROM victim", grants=Grants())
    child = multiprocessing.get_context("fork").Process(target=_in_a_child)
    child.start()
    child.join(20)
    child.kill()
    assert child.exitcode == 0


@pytest.mark.parametrize(
    ("text", "edited"),
    [
        ("PIVOT t ON a USING sum(b)", "PIVOT t ON (a) IN (0) USING sum(b)"),
        ("PIVOT t ON a, b IN (1), c", "PIVOT t ON (a) IN (0), b IN (1), (c) IN (0)"),
        ("pivot t on a -- in (1)\n", "pivot t on (a) IN (0) -- in (1)\n"),
        ("PIVOT t ON a IN (SELECT 1) USING x", "PIVOT t ON (a IN (SELECT 1)) IN (0) USING x"),
        ("PIVOT t JOIN u ON t.i = u.i ON a", "PIVOT t JOIN u ON t.i = u.i ON (a) IN (0)"),
        ("FROM (PIVOT t ON f(a, b)) x, y", "FROM (PIVOT t ON (f(a, b)) IN (0)) x, y"),
        ("SELECT ' PIVOT t ON a '", "SELECT ' PIVOT t ON a '"),
    ],
)
def test_pivot_columns_are_fixed(text: str, edited: str) -> None:
    result, edits = with_fixed_columns(text)
    assert result == edited
    for offset, character in enumerate(result):
        original = original_offset(offset, edits)
        assert original == len(text) or character in "( )IN0" or text[original] == character


def test_deep_json_is_read_without_recursion() -> None:
    value = read_json('{"a": ' * 20_000 + '[1, "\\"]", -2.5e3, true, null, {}]' + "}" * 20_000)
    for _ in range(20_000):
        value = value["a"]
    assert value == [1, '"]', -2500.0, True, None, {}]
