"""Simple texts: one expression reads the tokens that sqlglot reads, and what is surely ours is no SQL to DuckDB."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stratum_sql.grammar import tokens
from stratum_sql.grammar.parse import parse_script
from stratum_sql.grammar.split import VERBS, _surely_ours
from stratum_sql.grammar.syntax import Plain
from stratum_sql.grammar.tokens import Unreadable, Words, simple_tokens

_WORDS = """
    a b t x1 _y train TRAIN Model MODEL predict evaluate ridge select SELECT from FROM where group by GROUP BY order
    partition with as AS at time zone collate user defined in is not null similar to double precision distinct e E n N
    left join on using limit date interval values union escape target metric cross validate desc end all
"""
WORDS = _WORDS.split()
MARKS = "( ) [ ] { } , ; . = => := :: : < > <= >= <> != || -> ->> + - * / % ? | & ^ ~ @ # ! $ \\ ` // ** == -- /* */"
OTHERS = [
    "1", "12.5", "1.", ".5", "1e5", "1_000", "0x1F", "1a", "'s'", "'it''s'", "''", "'a\\b'", '"q"', '"q""r"', "$$d$$",
    "$1", "'open", '"open', "ä", "\ufeff", "\x00", "'ü'", "{%", "{{+", "{#", "user-defined", "'x' TRAIN MODEL 'y'",
]  # fmt: skip
PIECES = st.sampled_from([*WORDS, *MARKS.split(), *OTHERS])
SPACES = st.sampled_from(["", " ", " ", " ", "\n", "\t", "\r\n", "  ", "\f", "\u00a0"])
TEXTS = st.lists(st.tuples(PIECES, SPACES), max_size=14).map(lambda pairs: "".join(a + b for a, b in pairs))
CASES = sorted(Path(__file__).parent.glob("accept/*.sql"))


@settings(max_examples=1000, deadline=None)
@given(TEXTS)
def test_simple_tokens_are_those_of_the_tokenizer(text: str) -> None:
    simple = simple_tokens(text)
    if simple is not None:
        assert simple == tokens._tokenize(text)


@pytest.mark.parametrize("path", CASES, ids=[path.stem for path in CASES])
def test_simple_tokens_of_statements(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for piece in [text, *text.split("\n\n"), *text.split(";"), *text.split("\n")]:
        simple = simple_tokens(piece)
        assert simple is None or simple == tokens._tokenize(piece)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT standard_scale(a), b::INT, 'it''s', \"q\" FROM t WHERE x >= 1.5 TRAIN MODEL ridge(alpha => [0.1, 1])",
        "",
        " \n",
        "a.b .c",
    ],
)
def test_ordinary_texts_are_simple(text: str) -> None:
    assert simple_tokens(text) == tokens._tokenize(text)


@pytest.mark.parametrize(
    "text",
    ["a -- b", "a /* b */", "e'a'", "$$a$$", "1e5", "1_0", "x = .5", "t.1", "'a\\'", "ä", "user-defined", "a // b"],
)
def test_other_texts_are_not(text: str) -> None:
    assert simple_tokens(text) is None


def test_a_remembered_head_ends_where_the_verb_begins() -> None:
    """The words of a verb may stand in a string, or in a text whose head was remembered from another."""
    head = "SELECT a, y FROM t "
    for text in [
        f"{head}TRAIN MODEL ols()",
        f"{head}train\nmodel ridge",
        f"{head}TRAIN MODELS",
        f"{head}'TRAIN MODEL '",
    ]:
        assert simple_tokens(text) == tokens._tokenize(text)
    quoted = "SELECT ' TRAIN MODEL ' AS a, y FROM t TRAIN MODEL ols()"
    assert simple_tokens(quoted) == tokens._tokenize(quoted)


STARTS = st.sampled_from(["SELECT", "FROM", "WITH", "select a from"])
BEFORE = st.lists(st.sampled_from([*WORDS, "1", "'s'", '"q"', ",", "(a)", "[1]", "*", "::", "=", "."]), max_size=7)
REST = st.lists(st.sampled_from([*WORDS, "1", "(", ")", "()", "(a)", ",", "=>", "'s'"]), max_size=6)
AFTER = st.tuples(st.sampled_from(WORDS), st.sampled_from(["(", "(a)", "()", "", ","]), REST).map(
    lambda three: [three[0], three[1], *three[2]]
)


@settings(max_examples=3000, deadline=None)
@given(STARTS, BEFORE, st.sampled_from(VERBS), AFTER)
def test_what_is_surely_ours_is_no_sql(start: str, before: list[str], verb: str, after: list[str]) -> None:
    text = " ".join([start, *before, verb, "MODEL", *after])
    try:
        words = Words(text)
    except Unreadable:
        return
    if words.tokens and _surely_ours(words, 0, len(words.tokens)):
        assert not _duckdb_reads(text), text


def _duckdb_reads(text: str) -> bool:
    try:
        duckdb.extract_statements(text)
    except duckdb.Error:
        return False
    return True


@pytest.mark.parametrize(
    ("text", "sure"),
    [
        ("SELECT a FROM t TRAIN MODEL ridge(alpha => 1)", True),
        ("FROM t TRAIN MODEL ridge()", True),
        ("WITH w AS (FROM t) SELECT a FROM w TRAIN MODEL ridge()", True),
        ("SELECT a FROM t TRAIN MODEL ridge", False),  # not known without asking
        ("SELECT a FROM (SELECT a FROM t TRAIN MODEL ridge())", False),
        ("SELECT a FROM train model", False),
        ("SELECT ts AT TIME ZONE train model FROM t", False),
        ("SELECT 1::train model", False),
        ("SELECT a -- why\nFROM t TRAIN MODEL ridge()", False),
        ("CREATE TABLE x AS SELECT a FROM t TRAIN MODEL ridge()", False),
    ],
)
def test_surely_ours(text: str, sure: bool) -> None:
    words = Words(text)
    assert _surely_ours(words, 0, len(words.tokens)) is sure


def test_duckdb_is_not_asked_about_what_is_surely_ours() -> None:
    asked: list[str] = []

    def accepts(text: str) -> bool:
        asked.append(text)
        return _duckdb_reads(text)

    script, errors = parse_script("SELECT a, y FROM t TRAIN MODEL ols() TARGET y", accepts)
    assert not asked
    assert not errors
    script, _ = parse_script("SELECT ts AT TIME ZONE train model FROM t", accepts)
    assert asked
    assert isinstance(script.statements[0], Plain)
