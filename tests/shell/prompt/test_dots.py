"""Dot commands as they are read, and the forms of rows."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest

from stratum_sql.errors import BindError
from stratum_sql.results import Result
from stratum_sql.shell.prompt import actions, dots, modes
from stratum_sql.shell.render import Page
from tests.shell.conftest import HOSTILE


@pytest.mark.parametrize(
    ("line", "name", "argument"),
    [
        (".tables", ".tables", ""),
        ("  .TABLES ; ", ".tables", ""),
        (".mode CSV", ".mode", "csv"),
        (".mode", ".mode", ""),
        (".read 'my file.sql'", ".read", "'my file.sql'"),
        (".plan SELECT 1;", ".plan", "SELECT 1"),
        (".timeout 2.5", ".timeout", "2.5"),
    ],
)
def test_a_command_is_read(line: str, name: str, argument: str) -> None:
    told = dots.read_dot(line)
    assert (told.dot.name, told.argument) == (name, argument)


@pytest.mark.parametrize(
    ("line", "code", "near"),
    [
        (".tabels", "unknown_command", ".tables"),
        (".mode jsno", "bad_argument", "json"),
        (".timer maybe", "bad_argument", None),
        (".tables all", "bad_argument", None),
        (".batch comit", "bad_argument", None),
    ],
)
def test_a_wrong_command_says_what_was_meant(line: str, code: str, near: str | None) -> None:
    with pytest.raises(BindError) as raised:
        dots.read_dot(line)
    told = raised.value.diagnostic
    assert told.code == code
    assert near is None or told.did_you_mean[0] == near
    assert told.snippet is not None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("exit", ".exit"),
        ("quit;", ".exit"),
        ("\\q", ".exit"),
        ("help", ".help"),
        ("\\d", ".tables"),
        ("\\d people", ".schema people"),
        ("\\i a.sql", ".read a.sql"),
        ("help me", None),
        ("SELECT 1", None),
        ("", None),
    ],
)
def test_words_of_other_prompts(text: str, meant: str | None) -> None:
    assert dots.habit(text) == meant


@pytest.mark.parametrize("given", ["-1", "nan", "inf", "soon"])
def test_a_number_is_0_or_more(given: str) -> None:
    with pytest.raises(BindError, match="takes a number"):
        dots.number_of(dots.read_dot(f".timeout {given}"))


@pytest.mark.parametrize(
    ("path", "name"),
    [("a/people.csv", "people"), ("2024-01.parquet", "_2024_01"), ("é.csv", "_"), (".csv", "_")],
)
def test_the_table_of_a_file(path: str, name: str) -> None:
    assert dots.table_name(path) == name


def test_every_command_does_something_and_the_help_fits() -> None:
    assert list(actions.ACTIONS) == list(dots.DOTS)
    assert [*modes.WRITERS] == [mode for mode in dots.MODES if mode != "table"]
    for width in (20, 40, 80, 120):
        shown = dots.help_text(width=width)
        assert max(map(len, shown.split("\n"))) <= max(width, max(len(dot.takes) for dot in dots.DOTS.values()) + 8)
        assert all(name in shown for name in dots.DOTS)
    assert dots.help_text("mode").startswith(".mode table|csv")


TABLE = pa.table(
    {
        "a": pa.array([1, None], pa.int64()),
        "b": ['x,"y"', HOSTILE],
        "c": [[1.5, float("nan")], None],
        "d": [True, False],
        "e": [1.23456789, float("inf")],
    }
)


def _shown(mode: str, table: pa.Table = TABLE, statement: str = "SELECT") -> str:
    return modes.written(Result.from_arrow(table, "rows", statement=statement), mode, Page(80))


def test_the_forms_of_rows() -> None:
    first, second, *_ = _shown("csv").split("\n")[1:]
    assert first == '1,"x,""y""","[1.5, null]",true,1.23456789'
    assert second.startswith(",")
    assert second.endswith(",,false,inf")
    rows = json.loads(_shown("json"))
    assert rows[0] == {"a": 1, "b": 'x,"y"', "c": [1.5, None], "d": True, "e": 1.23456789}
    assert rows[1]["b"] == HOSTILE
    assert "\x1b" not in _shown("json") + _shown("markdown") + _shown("line") + _shown("table")
    assert _shown("markdown").split("\n")[:2] == ["| a | b | c | d | e |", "| ---: | --- | --- | --- | ---: |"]
    assert _shown("line").split("\n")[0] == "a = 1"


@pytest.mark.parametrize("mode", dots.MODES)
def test_no_rows_and_no_columns(mode: str) -> None:
    assert _shown(mode, pa.table({})) == ("ok" if mode == "table" else "")
    empty = _shown(mode, TABLE.slice(0, 0))
    assert {"csv": "a,b,c,d,e", "json": "[]", "line": ""}.get(mode, empty) == empty


def test_how_many_rows_were_written_is_no_table() -> None:
    count = pa.table({"Count": [1200]})
    assert _shown("table", count, "CREATE TABLE a AS FROM b") == "ok, 1,200 rows"
    assert _shown("csv", count, "INSERT INTO a FROM b") == ""
    assert _shown("csv", count, 'SELECT 1200 AS "Count"') == "Count\n1200"
