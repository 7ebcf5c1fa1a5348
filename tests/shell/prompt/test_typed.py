"""Where statements end, which lines are dot commands, what runs together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratum_sql.shell.prompt.highlight import pieces
from stratum_sql.shell.prompt.line import is_ready
from stratum_sql.shell.prompt.typed import groups, parts, read_typed, whole_parts

TRAIN = "SELECT x, y FROM t TRAIN MODEL ols() TARGET y"


@pytest.mark.parametrize(
    ("text", "whole", "opened"),
    [
        ("", "", ""),
        ("-- it's a comment\n", "", ""),
        ("SELECT 1", "", ";"),
        ("SELECT 1;", "SELECT 1;", ""),
        ("SELECT 1; -- done; or not", "SELECT 1;", ""),
        ("SELECT 1; SELECT 2", "SELECT 1;", ";"),
        ("SELECT 'a;", "", "'"),
        ("SELECT 'it''s;';", "SELECT 'it''s;';", ""),
        ('SELECT 1; SELECT "a;', "SELECT 1;", '"'),
        ("SELECT 1 /* ; ", "", "*/"),
        ("SELECT $$ ; ", "", "$$"),
        ("SELECT $tag$ ; $$ ", "", "$tag$"),
        ("SELECT $tag$ ; $tag$;", "SELECT $tag$ ; $tag$;", ""),
        ("SELECT (1;", "", ")"),
        ("SELECT [1, (2;\n", "", "]"),
        ("SELECT (1; 2);", "SELECT (1; 2);", ""),
        ("SELECT 1);", "SELECT 1);", ""),
        (";;", ";;", ""),
    ],
)
def test_a_statement_ends_with_a_semicolon_outside_of_everything(text: str, whole: str, opened: str) -> None:
    typed = read_typed(text)
    assert (text[: typed.end], typed.open) == (whole, opened)


@pytest.mark.parametrize(
    ("text", "ready"),
    [
        ("", True),
        ("SELECT 1", False),
        ("SELECT 1;", True),
        (".tables", True),
        (".5", False),
        ("exit", True),
        ("\\d t", True),
        ("exit strategy", False),
        ("SELECT (1;", False),
        ("SELECT (1;\n", True),
        ("SELECT (1\n", False),
    ],
)
def test_enter(text: str, ready: bool) -> None:
    assert is_ready(text) is ready


SCRIPT = """\
.mode csv
SELECT 1;
SELECT 'a
.not a command'
.upper(); -- neither
.timer on
SELECT 2
"""


def test_a_dot_command_begins_a_line_where_no_statement_is_open() -> None:
    found = [(part.text.strip(), part.is_dot) for part in parts(SCRIPT)]
    assert found == [
        (".mode csv", True),
        ("SELECT 1;\nSELECT 'a\n.not a command'\n.upper(); -- neither", False),
        (".timer on", True),
        ("SELECT 2", False),
    ]


def test_what_trains_side_by_side_runs_together_and_keeps_its_place() -> None:
    script = f".timer on\n{TRAIN};\n  {TRAIN}; SELECT 1;{TRAIN};"
    (_, part) = parts(script)
    found = list(groups(script, part))
    assert [(group.statements, group.trains) for group in found] == [(2, True), (1, False), (1, True)]
    for group in found:
        body = group.text.lstrip()
        line, column = group.text.count("\n", 0, len(group.text) - len(body)), group.text.rfind("\n", 0, -len(body)) + 1
        place = sum(len(row) + 1 for row in script.split("\n")[:line]) + len(group.text) - len(body) - column
        assert script[place:].startswith(body)


@pytest.mark.parametrize(
    ("script", "found", "rest"),
    [
        ("SELECT 1;\nSELECT 2", ["SELECT 1;"], "\nSELECT 2"),
        ("SELECT 1", [], "SELECT 1"),
        ("SELECT 'a;\n", [], "SELECT 'a;\n"),
        (".timer on\n.tim", [".timer on"], ".tim"),
        (".timer on\nSELECT 1; SELECT\n", [".timer on", "SELECT 1;"], " SELECT\n"),
    ],
)
def test_a_stream_is_run_as_far_as_it_is_whole(script: str, found: list[str], rest: str) -> None:
    whole, end = whole_parts(script)
    assert ([part.text.strip() for part in whole], script[end:]) == (found, rest)


@given(st.text(alphabet="aS1 .;'\"$()[]{}/*-\\\n\t#%é", max_size=40))
def test_any_text_is_read_and_painted_whole(text: str) -> None:
    assert 0 <= read_typed(text).end <= len(text)
    assert "".join(piece for _, piece in pieces(text)) == text
    assert all(script.text in text for script in parts(text))
    is_ready(text)


def test_colours() -> None:
    text = "SELECT ridge(1), 'a' FROM \"T\" -- why\nWHERE t.limit = $$open"
    assert [piece for piece in pieces(text) if piece[0]] == [
        ("keyword", "SELECT"),
        ("call", "ridge"),
        ("number", "1"),
        ("string", "'a'"),
        ("keyword", "FROM"),
        ("name", '"T"'),
        ("comment", "-- why\n"),
        ("keyword", "WHERE"),
        ("string", "$$open"),
    ]
    assert pieces(".mode csv") == [("dot", ".mode"), ("", " csv")]
