"""Results as JSON: strict, exact, and one document or one object a line."""

import datetime
import decimal
import json
import math
from collections.abc import Callable
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratum_sql.errors import BindError, Diagnostic
from stratum_sql.results import Result
from stratum_sql.shell.jsonout import Answer, document, dumps, encode, json_lines, unique

Board = Callable[..., Result]


def strict(text: str) -> Any:
    """The document, refusing NaN and Infinity as every other JSON reader does."""

    def refuse(word: str) -> object:
        raise ValueError(word)

    return json.loads(text, parse_constant=refuse)


def test_a_document_has_every_result_with_its_rows(board: Board) -> None:
    failed = Result.failed(BindError.at("SELECT x", None, "unknown_column", "no x"), "SELECT x")
    told = strict(document(Answer([board(failures=True), failed], ["a.sql", "b.sql"], 2), None))
    assert told["exit_code"] == 2
    assert told["error"] is None
    first, second = told["results"]
    assert first["kind"] == "leaderboard"
    assert first["source"] == "a.sql"
    assert first["metrics"] == [{"name": "r2", "higher_is_better": True}, {"name": "mae", "higher_is_better": False}]
    assert len(first["rows"]) == first["total_rows"] == 4
    assert first["truncated"] is False
    assert first["summary"]["nodes_unshared"] == 480
    row = dict(zip(first["columns"], first["rows"][0], strict=True))
    assert row["params"] == {"alpha": 0.1, "max_iter": None}
    assert row["fold_scores"] == {"r2": [0.8, 0.82], "mae": [1.0, None]}
    assert second["error"]["code"] == "unknown_column"
    assert (second["rows"], second["columns"], second["total_rows"]) == ([], [], 0)


def test_rows_left_out_are_said(board: Board) -> None:
    [told] = strict(document(Answer([board(failures=True)], ["a.sql"], 1), 3))["results"]
    assert (told["truncated"], told["total_rows"], len(told["rows"])) == (True, 4, 3)


def test_warnings_are_in_the_document() -> None:
    warning = Diagnostic(code="leakage", message="the target is in a window", phase="bind", severity="warning")
    result = Result.from_arrow(pa.table({"a": [1]}), "rows", warnings=[warning])
    [told] = strict(document(Answer([result], ["-"], 0), None))["results"]
    assert told["warnings"][0]["code"] == "leakage"


def test_an_error_that_hit_everything_stands_beside_no_results() -> None:
    told = strict(document(Answer([], [], 2, BindError.at("", None, "cannot_open", "no")), None))
    assert (told["results"], told["error"]["code"], told["exit_code"]) == ([], "cannot_open", 2)


def test_lines_carry_the_index_of_their_result() -> None:
    table = pa.table([[1, 2], [3, 4]], names=["a", "a"])
    answer = Answer([Result.from_arrow(table, "rows"), Result.none()], ["x", "y"], 0)
    about, one, two, other, last = [strict(line) for line in json_lines(answer, None)]
    assert (about["result"], about["columns"], about["total_rows"]) == (0, ["a", "a"], 2)
    assert one == {"result": 0, "row": {"a": 1, "a_1": 3}}
    assert two == {"result": 0, "row": {"a": 2, "a_1": 4}}
    assert (other["result"], other["kind"]) == (1, "none")
    assert last == {"exit_code": 0, "error": None}


def test_every_type_of_duckdb_has_a_json_value() -> None:
    sql = """
        SELECT 'nan'::DOUBLE AS nan, '-inf'::FLOAT AS inf, 1.10::DECIMAL(5, 2) AS dec, DATE '2020-02-29' AS day,
            TIMESTAMP '2020-01-01 10:00:00.5' AS moment, TIME '10:00' AS hour, INTERVAL '1 day 1.5 seconds' AS span,
            '\\xAA\\xBB'::BLOB AS bytes, '00000000-0000-0000-0000-000000000001'::UUID AS id,
            9007199254740993 AS long, 170141183460469231731687303715884105727 AS huge,
            MAP {1: 'a'} AS map, [1.5, 'nan'::DOUBLE] AS list, [1, 2]::INTEGER[2] AS pair, 'a'::ENUM ('a', 'b') AS enum,
            '101'::BIT AS bits, union_value(k := 1) AS either, '{"a": 1}'::JSON AS json,
            TIMESTAMPTZ '2020-01-01 00:00:00+00' AS zoned, DATE 'infinity' AS forever
    """
    result = Result.from_relation(duckdb.connect(config={"autoload_known_extensions": False}).sql(sql))
    [told] = strict(document(Answer([result], ["-"], 0), None))["results"]
    assert dict(zip(told["columns"], told["rows"][0], strict=True)) == {
        "nan": None,
        "inf": None,
        "dec": "1.10",
        "day": "2020-02-29",
        "moment": "2020-01-01T10:00:00.500000",
        "hour": "10:00:00",
        "span": "P1DT1.5S",
        "bytes": "qrs=",
        "id": "00000000-0000-0000-0000-000000000001",
        "long": 9007199254740993,
        "huge": 170141183460469231731687303715884105727,
        "map": {"1": "a"},
        "list": [1.5, None],
        "pair": [1, 2],
        "enum": "a",
        "bits": "101",
        "either": 1,
        "json": '{"a": 1}',
        "zoned": "2020-01-01 00:00:00+00",
        "forever": "9999-12-31",
    }


def test_text_that_a_terminal_would_obey_is_escaped_and_survives() -> None:
    hostile = "\x1b[31m\x9b\u202e\x00\ud800日本\N{PILE OF POO}"
    told = dumps(hostile)
    assert all(char.isprintable() for char in told)
    assert "日本" in told
    assert json.loads(told) == hostile


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text() | st.integers(), st.lists, max_leaves=5))
def test_whatever_the_value_the_text_is_strict_json_of_one_line(value: object) -> None:
    told = dumps(encode(value))
    assert "\n" not in told
    strict(told)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (datetime.timedelta(days=-1, seconds=5), "P-1DT5S"),
        (datetime.timedelta(microseconds=10), "P0DT0.00001S"),
        (datetime.timedelta(seconds=10), "P0DT10S"),
        (decimal.Decimal("1E+3"), "1E+3"),
        (math.inf, None),
        (memoryview(b"a"), "YQ=="),
        ({None: 1, 1.5: 2}, {"None": 1, "1.5": 2}),
    ],
)
def test_values(value: object, told: object) -> None:
    assert encode(value) == told


def test_names_that_repeat_are_numbered_past_those_that_exist() -> None:
    assert unique(["a", "a", "a_1", "a"]) == ["a", "a_1", "a_1_1", "a_2"]
