"""Plain SQL at our prompt is plain SQL: the same statements, typed here and given to DuckDB, say the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

import stratum_sql
from stratum_sql.results import Result
from stratum_sql.shell import cli
from stratum_sql.shell.prompt import modes
from stratum_sql.shell.prompt.doors import OwnSession
from stratum_sql.shell.prompt.host import Host
from stratum_sql.shell.prompt.runner import Runner
from stratum_sql.shell.prompt.typed import Part, groups
from stratum_sql.shell.render import Page

SCRIPT = (Path(__file__).parent / "plain.sql").read_text(encoding="utf-8")


def statements() -> list[str]:
    """The statements of the sample, a line each."""
    return [line for line in SCRIPT.splitlines() if line and not line.startswith("--")]


def test_a_script_is_cut_where_duckdb_cuts_it() -> None:
    """What neither can read is left out."""
    known = [line for line in statements() if not line.startswith(("SELEC 1", "SELECT FROM WHERE", "SELECT (1 + 2"))]
    script = "\n".join(known)
    ours = [group.text.strip() for group in groups(script, Part(script, 0, is_dot=False))]
    theirs = [one.query.strip().removesuffix(";") for one in duckdb.extract_statements(script)]
    assert [_bare(text) for text in ours] == [_bare(text) for text in theirs]


def _bare(text: str) -> str:
    """Without its semicolon, and a comment behind it."""
    return text.partition("; -- ")[0].rstrip(";")


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Runner, duckdb.DuckDBPyConnection]]:
    with pytest.MonkeyPatch.context() as patch, stratum_sql.connect() as session, duckdb.connect() as own:
        patch.chdir(tmp_path_factory.mktemp("plain"))
        runner = Runner(OwnSession(session), Host(cli.load_table, cli.in_colour, cli.expected))
        runner.settings.mode = "csv"
        yield runner, own


def test_each_statement_says_what_duckdb_says(
    pair: tuple[Runner, duckdb.DuckDBPyConnection], capsys: pytest.CaptureFixture[str]
) -> None:
    runner, own = pair
    differing = []
    for statement in statements():
        status = runner.run(statement)
        out, err = capsys.readouterr()
        expected, problem = _asked(own, statement.removesuffix(";"))
        same = out.rstrip("\n") == expected.rstrip("\n") if problem is None else status == 1 and problem in err
        if not same:
            differing.append((statement, out or err, expected or problem))
    assert differing == []


def _asked(own: duckdb.DuckDBPyConnection, statement: str) -> tuple[str, str | None]:
    """DuckDB's rows as the shell writes them, or the first line of its error."""
    try:
        relation: Any = own.sql(statement)  # None where there are no rows to come
        if relation is None:
            return "", None
        return modes.written(Result.from_relation(relation, statement), "csv", Page(80)), None
    except duckdb.Error as error:
        return "", str(error).split("\n")[0]
