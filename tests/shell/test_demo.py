"""The demonstration: what it shows of whatever the session answers; the real one is run by hand and in the tutorial."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from stratum_sql.errors import BindError
from stratum_sql.results import Result
from stratum_sql.shell import demo

Board = Callable[..., Result]

MAKE_DATA = """
from pathlib import Path

DATABASE = Path(__file__).parent / "data" / "flights.duckdb"
ROWS = {"flights": 336776, "airlines": 16}
class DataMissing(Exception): ...
def load_flights(connection):
    if getattr(connection, "broken", False):
        raise DataMissing("the flights data is not installed: install it")
    return {"flights": 336776, "airlines": 16}
"""


class NoTables:
    """A connection to a database that is empty still."""

    def execute(self, sql: str) -> Any:
        raise duckdb.CatalogException(f"no table: {sql}")


class FakeSession:
    connection: Any = NoTables()

    def __init__(self, results: Sequence[Result], single: Result) -> None:
        self._results = list(results)
        self._single = single
        self.told: list[str] = []

    def __call__(self, _database: str, **_options: Any) -> "FakeSession":
        return self

    def __enter__(self) -> "FakeSession":
        return self

    def __exit__(self, *_error: object) -> None: ...

    def explain(self, texts: Sequence[str], _form: str = "text", /) -> str:
        scans = [f"Scan t{i} {'x' * 200}\n  line" for i in range(20)]
        return "\n".join(["12 operators instead of 99", "", *scans])

    def run_scripts(self, texts: Sequence[str]) -> list[list[Result]]:
        self.told += texts
        return [[result] for result in self._results]

    def sql(self, text: str) -> Result:
        self.told.append(text)
        if self._single.error is not None:
            raise self._single.error
        return self._single


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "make_data.py").write_text(MAKE_DATA)
    (tmp_path / "02_b.sql").write_text("SELECT 2")
    (tmp_path / "01_a.sql").write_text("-- Is it a line?\nSELECT 1")
    return tmp_path


def test_it_tells_the_data_the_plan_the_boards_and_what_is_next(
    folder: Path, board: Board, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    predictions = Result.from_arrow(pa.table({"expected_delay": [1.5], "actual_delay": [2]}), "rows")
    failed = Result.failed(BindError.at("", None, "unknown_column", "no column x"))
    session = FakeSession([board(), failed], predictions)
    assert demo.show(folder, session) == 2
    out = capsys.readouterr().out
    assert "336,776 rows" in out
    assert "12 operators instead of 99" in out
    assert all(f"Scan t{i} x" in out for i in range(13))
    assert "… 14 more lines" in out
    assert out.count("batch: ") == 1
    assert "01_a: Is it a line?" in out
    assert "BindError[unknown_column]: no column x" in out
    assert "r2 0.9100" in out
    assert "expected_delay" in out
    assert "stratum explain queries/flights/*.sql" in out
    assert [text.split()[-1] for text in session.told[:2]] == ["1", "2"]
    assert "PREDICT MODEL arr_delay_model" in session.told[2]
    assert "EVALUATE MODEL arr_delay_model" in session.told[3]
    assert max(map(len, out.splitlines())) <= 88  # the commands to copy are never cut


def test_a_model_that_is_not_there_is_said_and_the_rest_goes_on(
    folder: Path, board: Board, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = Result.failed(BindError.at("", None, "unknown_model", "no model arr_delay_model"))
    assert demo.show(folder, FakeSession([board(), board()], missing)) == 0
    assert capsys.readouterr().out.count("no model arr_delay_model") == 2


def test_data_that_is_not_installed_is_said_plainly(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    session = FakeSession([], Result.none())
    session.connection = NoTables()
    session.connection.broken = True
    monkeypatch.setattr(demo, "FOLDER", folder)
    monkeypatch.setattr(demo, "_connect", session)
    assert demo.main() == 2
    assert "RunError[no_demo_data]: the flights data is not installed: install it" in capsys.readouterr().err


def test_outside_the_repository_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo, "FOLDER", tmp_path / "absent")
    assert demo.main() == 2
    assert "in a clone of the repository" in capsys.readouterr().err


def test_the_repository_has_what_the_demonstration_needs() -> None:
    queries = demo.read_queries(demo.FOLDER)
    assert len(queries) >= 5
    assert any("AS arr_delay_model" in text for text in queries.values())
    assert (demo.FOLDER / "make_data.py").exists()
