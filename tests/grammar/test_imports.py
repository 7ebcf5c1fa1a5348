"""Scripts of BigQuery ML and dask-sql: what they become, that it is of this dialect, and where there is no equal.

The files below `imports/` are lists of cases as those below `accept/` are: NAME.sql holds right scripts with what they
become in canonical form, NAME_wrong.sql wrong ones with the error. `./run accept` writes the answers of today.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from stratum_sql.errors import ParseError
from stratum_sql.grammar.formatted import formatted
from stratum_sql.grammar.imports import SOURCES, translate
from stratum_sql.grammar.imports.bigquery_models import _METRICS
from stratum_sql.grammar.imports.bigquery_words import bigquery_words
from stratum_sql.grammar.imports.dask_sql import estimator_name
from stratum_sql.grammar.parse import parse_script
from tests.grammar.test_statements import accepts

ROOT = Path(__file__).parent / "imports"
ESTIMATORS = (Path(__file__).parents[2] / "docs" / "estimators.md").read_text(encoding="utf-8")


def _cases(name: str) -> list[tuple[str, str]]:
    """The scripts of a file, each with its title, and what is expected of it."""
    found = []
    for case in (ROOT / f"{name}.sql").read_text(encoding="utf-8").split("\n====\n"):
        script, _, expected = case.strip("\n").partition("\n----")
        found.append((script, expected.removeprefix("\n")))
    return found


def _without_title(script: str) -> str:
    return script.partition("\n")[2] if script.startswith("# ") else script


def _rewrite(name: str, answer: Callable[[str], str]) -> None:
    """Write the answers of today into the file."""
    cases = [f"{script}\n----\n{answer(_without_title(script))}" for script, _ in _cases(name)]
    (ROOT / f"{name}.sql").write_text("\n====\n".join(cases) + "\n", encoding="utf-8")


def _translated(script: str, source: str) -> str:
    return formatted(translate(script, source), accepts)


def _error(script: str, source: str) -> str:
    with pytest.raises(ParseError) as raised:
        translate(script, source)
    return str(raised.value)


if os.environ.get("STRATUM_ACCEPT") == "1":
    for source in SOURCES:
        _rewrite(source, lambda script, source=source: _translated(script, source))  # type: ignore[misc]
        _rewrite(f"{source}_wrong", lambda script, source=source: _error(script, source))  # type: ignore[misc]
RIGHT = [(source, _without_title(script), expected) for source in SOURCES for script, expected in _cases(source)]
WRONG = [
    (source, _without_title(script), expected) for source in SOURCES for script, expected in _cases(f"{source}_wrong")
]


@pytest.mark.parametrize(("source", "script", "expected"), RIGHT)
def test_it_becomes_what_says_the_same_here(source: str, script: str, expected: str) -> None:
    assert expected
    assert _translated(script, source).strip("\n") == expected


@pytest.mark.parametrize(("source", "script", "expected"), RIGHT)
def test_the_translation_is_of_this_dialect(source: str, script: str, expected: str) -> None:
    translated = translate(script, source)
    assert not parse_script(translated, accepts)[1]
    printed = formatted(translated, accepts)
    assert formatted(printed, accepts) == printed
    commentless = "\n".join(line for line in printed.split("\n") if not line.lstrip().startswith("--"))
    assert not re.search(r"\bML\.|HPARAM_|`|\bOPTIONS\b|\bPREDICT\(", commentless)


DIALECT = (Path(__file__).parents[2] / "docs" / "dialect.md").read_text(encoding="utf-8")
SIDE_BY_SIDE = [
    (source, cell.strip())
    for row in re.findall(
        r"^\| [a-z][^|]* \|(.*)\|$", DIALECT.partition("## Coming from")[2].partition("\n## ")[0], re.MULTILINE
    )
    for source, cell in zip((None, *SOURCES), row.split("|"), strict=False)
    if re.match(r" `(CREATE|SELECT|FROM|DROP|SHOW|DESCRIBE)[^…]*` $", cell)
]


@pytest.mark.parametrize(("source", "cell"), SIDE_BY_SIDE)
def test_what_stands_side_by_side_is_read(source: str | None, cell: str) -> None:
    script = cell.strip("`")
    assert not parse_script(script if source is None else translate(script, source), accepts)[1]


def test_the_table_has_statements_of_every_source() -> None:
    assert {source for source, _ in SIDE_BY_SIDE} == {None, *SOURCES}


@pytest.mark.parametrize(("source", "script", "expected"), WRONG)
def test_what_has_no_equal_is_told_at_its_place(source: str, script: str, expected: str) -> None:
    assert expected
    assert _error(script, source) == expected
    assert re.search(r"^  line \d+, column \d+$", expected, re.MULTILINE)


@pytest.mark.parametrize(("source", "script"), [(source, script) for source, script, _ in RIGHT + WRONG])
def test_a_script_cut_anywhere_is_translated_or_refused(source: str, script: str) -> None:
    for end in range(len(script)):
        try:
            translate(script[:end], source)
        except ParseError as error:
            assert error.diagnostic.code  # noqa: PT017  any refusal is right, as long as it is one of ours


def test_an_option_cannot_end_the_comment_that_tells_of_it() -> None:
    script = (
        "CREATE MODEL m OPTIONS (model_type = 'LINEAR_REG', model_registry = 'a\nDROP TABLE t;') AS SELECT * FROM t"
    )
    lines = translate(script, "bigquery").split("\n")
    assert [line for line in lines if "DROP" in line] == [
        "-- left out, as it does not change the model: model_registry = 'a DROP TABLE t;'"
    ]


def test_calls_in_each_other_have_an_end() -> None:
    script = "TABLE t"
    for _ in range(60):
        script = f"(SELECT * FROM ML.PREDICT(MODEL m, {script}))"
    with pytest.raises(ParseError, match="too_deep"):
        translate(script, "bigquery")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"'a\'b'", "'a''b'"),
        (r'"a\"b"', "'a\"b'"),
        (r"'\n\x41\u00e9\101\?'", "'\nAéA?'"),
        (r"R'\n'", r"'\n'"),
        ("'''a'b'''", "'a''b'"),
        ('""""""', "''"),
        (r"'\U00110000'", r"'\U00110000'"),
    ],
)
def test_texts_are_those_of_bigquery(written: str, read: str) -> None:
    (token,) = bigquery_words(written).tokens
    assert (token.kind, token.text, token.start, token.end) == ("string", read, 0, len(written))


def test_a_path_in_backticks_is_several_names() -> None:
    words = bigquery_words("`my-project.shop.select` `a b`")
    assert [token.text for token in words.tokens] == ['"my-project"', ".", "shop", ".", '"select"', '"a b"']
    assert [words.text[token.start : token.end] for token in words.tokens] == [
        "`my-project", ".", "shop", ".", "select`", "`a b`",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "path"),
    re.findall(r"^\| `(\w+)` \| `((?:sklearn|lightgbm|xgboost)\.[\w.]+)` \|", ESTIMATORS, re.MULTILINE),
)
def test_every_class_has_its_name(name: str, path: str) -> None:
    assert estimator_name(path.rpartition(".")[2]) == name


def test_the_objectives_are_metrics_here() -> None:
    known = set(re.findall(r"^\| `(\w+)` \| (?:regression|classification) \|", ESTIMATORS, re.MULTILINE))
    assert set(_METRICS.values()) <= known
