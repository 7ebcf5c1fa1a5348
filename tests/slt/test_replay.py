"""The comparison with DuckDB, over small files of our own: it finds what is harmed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from stratum_sql import plain, session
from stratum_sql.bind.composed import ours
from tests.slt.duckdb_files import read
from tests.slt.replay import OUR_WORDS, Tally, main, renamed, replay

NAMES = """# name: ours/names.test
statement ok
CREATE TABLE model(train INTEGER, predict VARCHAR);

statement ok
INSERT INTO model VALUES (1, 'a'), (2, 'b') -- TRAIN MODEL ols()

foreach word train model.train "train"

query I
SELECT {word} FROM model
----
not what it gives: this is not read

endloop

query II
SELECT 7 / 2; SELECT train, predict FROM model train LIMIT 1;

query I
SELECT random()

statement error
SELECT evaluate FROM model
----
not found

statement error
FROM FROM
"""
STATE = """statement ok
CALL check_peg_parser($T$EXPLAIN FROM batch$T$);

load {TEST_DIR}/x.db

statement ok
CREATE TABLE batch AS SELECT 5 AS export;

statement ok con1
BEGIN

restart

query I con1
COPY batch TO '__TEST_DIR__/batch.csv'

query I
SHOW batch

query I
FROM '__TEST_DIR__/batch.csv'
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "below").mkdir()
    (tmp_path / "names.test").write_text(NAMES)
    (tmp_path / "below" / "state.test").write_text(STATE)
    return tmp_path


def test_plain_statements_are_equal(folder: Path) -> None:
    assert replay(folder) == Tally(2, 15, 14, 14, 13, 13, 0, [])


def test_a_changed_text_is_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where the answer is the same."""
    run = plain.run_plain

    def noted(database: Any, text: Any, *rest: Any, **named: Any) -> Any:
        return run(database, text + ours(" -- a note"), *rest, **named)

    monkeypatch.setattr(session, "run_plain", noted)
    tally = replay(folder)
    assert (tally.accepted, tally.equal) == (14, 13)
    assert tally.unchanged == 3  # what is parsed alone, and what another connection runs
    wrong = (
        "names.test:10 (session): SELECT train FROM model\n    DuckDB was given ['SELECT train FROM model -- a note']"
    )
    assert wrong in tally.differences


def test_a_text_read_as_ours_is_found(folder: Path) -> None:
    """What the grammar takes for a call of ours is no plain statement, though DuckDB's parser accepts it."""
    (folder / "names.test").write_text("statement error\nFROM train_model((FROM t), model => ols())\n")
    (difference, *_) = replay(folder).differences
    assert "names.test:1 (session): FROM train_model" in difference
    assert "read as Train" in difference


def test_another_answer_is_found(folder: Path) -> None:
    tally = replay(folder, lambda connection: connection.execute("SET integer_division = true"))
    assert tally.differences == []  # the last statement of a text answers
    (folder / "names.test").write_text("query I\nSELECT 7 / 2\n\nstatement error\nSELECT nosuch\n")
    (difference,) = replay(folder, lambda connection: connection.execute("SET integer_division = true")).differences
    assert difference.startswith("names.test:1 (extension): SELECT 7 / 2\n    rows")


@pytest.mark.parametrize(
    "change", [lambda one: one.execute("SET errors_as_json = true"), duckdb.DuckDBPyConnection.close]
)
def test_another_error_is_found(folder: Path, change: Callable[[duckdb.DuckDBPyConnection], object]) -> None:
    (folder / "names.test").write_text("statement error\nSELECT nosuch\n")
    (folder / "below" / "state.test").unlink()
    (difference,) = replay(folder, change).differences
    assert difference.startswith("names.test:1 (extension): SELECT nosuch\n    error")


def test_the_command(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(folder)]) == 0
    assert "2 files, 15 statements, 14 accepted by DuckDB's parser, 14 of them plain" in capsys.readouterr().out
    (folder / "names.test").write_text("statement error\nFROM train_model((FROM t), model => ols())\n")
    assert main([str(folder)]) == 1
    assert main([]) == 2


def test_names_become_words_of_ours(folder: Path) -> None:
    (folder / "names.test").write_text(
        "query I\nSELECT i FROM range(2) t(i)\n\nquery I\nSELECT 'x.i', \"t\", tt FROM a\n"
    )
    records = [renamed(record, OUR_WORDS).sql for record in read(folder / "names.test", frozenset())]
    assert records == [
        "SELECT batch FROM range(2) model(batch)",
        "SELECT 'transform.batch', \"model\", tt FROM explain",
    ]
    assert main([str(folder), "--our-words"]) == 0


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("statement ok\nSELECT 1\n\nrequire nosuch\n\nstatement ok\nSELECT 2\n", ["SELECT 1"]),
        ("require json\n\nrequire skip_reload\nstatement ok\nSELECT 1\n", ["SELECT 1"]),
        ("mode skip\n\nstatement ok\nSELECT 1\n\nmode unskip\n\nquery I\nSELECT 2\n----\n2\n", ["SELECT 2"]),
        ("skipif duckdb\nstatement ok\nSELECT 1\n\nonlyif duckdb\nquery I\nSELECT\n2\n----\n2", ["SELECT\n2"]),
        ("loop i 0 2\n\nforeach k a b\n\nquery I\nSELECT ${i}, '{k}'\n\nendloop\n\nendloop\n",
         ["SELECT 0, 'a'", "SELECT 0, 'b'", "SELECT 1, 'a'", "SELECT 1, 'b'"]),
        ("foreach s \u2003 \u3000\n\nquery I\nSELECT${s}1\n\nendloop\n", ["SELECT\u20031", "SELECT\u30001"]),
        ("load a.db readonly\n\nrestart\n", ["", ""]),
        ("concurrentloop i 0 9\n\nstatement ok\nSELECT 1\n\nendloop\n", []),
    ],
)  # fmt: skip
def test_files_are_read_as_duckdb_reads_them(text: str, found: list[str], tmp_path: Path) -> None:
    (tmp_path / "a.test").write_text(text)
    assert [record.sql for record in read(tmp_path / "a.test", frozenset({"json"}))] == found
