"""The prompt in a real terminal, as a person uses it. One prompt serves all tests that leave it as it was."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.shell.prompt.terminal import Terminal

TABLE = """CREATE TABLE points AS
SELECT i AS x, (i * 7919) % 101 AS z, 2.0 * i + sin(i) AS y
FROM range(3000) r(i);"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def opened(home: Path) -> Iterator[Terminal]:
    with Terminal(["--threads", "2"], home) as terminal:
        terminal.wait_for_prompt()
        assert terminal.ask(TABLE.replace("\n", "\r")) == ["ok, 3,000 rows"]
        yield terminal


@pytest.fixture
def terminal(opened: Terminal) -> Terminal:
    opened.send("\x03")  # clears what another test has left
    opened.wait_for_prompt()
    return opened


def test_a_statement_of_several_lines(terminal: Terminal) -> None:
    start = len(terminal.lines()) - 1
    assert terminal.ask("SELECT 'it\ris' AS a,\r(\r1 -- ;\r) AS b\r;") == ["a      b", "─────  ─", "it is  1", "1 row"]
    assert terminal.lines()[start : start + 6] == [
        "stratum> SELECT 'it",
        "      '> is' AS a,",
        "      -> (",
        "      )> 1 -- ;",
        "      )> ) AS b",
        "      -> ;",
    ]


def test_an_empty_line_runs_what_seems_open(terminal: Terminal) -> None:
    assert terminal.ask("SELECT (1;\r")[0].startswith("DatabaseError[duckdb_parser]")


def test_tab_completes(terminal: Terminal) -> None:
    assert terminal.ask("SELECT max(x) AS m FROM poi\t;") == ["   m", "────", "2999", "1 row"]
    assert terminal.ask("SELECT count(points.z\t) AS n FROM points;")[2] == "3000"
    terminal.send("SELECT x, y FROM points TRAIN MODEL rid\t")
    terminal.wait("ridge_classifier_cv")
    terminal.send("\x03")
    terminal.wait_for_prompt()
    assert terminal.ask(".sch\t points")[2] == "x       BIGINT"


def test_a_wrong_statement_shows_the_place_and_stays_in_the_history(terminal: Terminal) -> None:
    wrong = "SELECT zz FROM points;"
    shown = terminal.ask(wrong)
    assert 'did you mean "z"?' in "".join(shown)
    assert shown[-2:] == ["  SELECT zz FROM points", "         ^^"]
    assert terminal.ask("\x1b[A") == shown  # Up
    assert wrong in terminal.lines()[-len(shown) - 2]


LONG = """SELECT x, z, y FROM points
TRAIN MODEL ridge(), gradient_boosting_regressor(n_estimators => [5000, 5001])
TARGET y HOLDOUT 0.2 METRIC r2;"""


def test_ctrl_c_ends_a_long_training_and_nothing_else(terminal: Terminal) -> None:
    start = len(terminal.lines())
    terminal.send(LONG.replace("\n", "\r") + "\r")
    terminal.wait("trials, .*0:", after=start)
    terminal.wait("best so far: r2 .*ridge", after=start)
    terminal.send("\x03\x03")  # a second one that follows at once does nothing
    terminal.wait_for_prompt()
    shown = "\n".join(terminal.lines()[start:])
    assert "stopped early" in shown
    assert "cancelled" in shown
    assert terminal.ask("SELECT count(*) AS n FROM points;")[2] == "3000"


def test_ctrl_c_ends_a_query_of_duckdb(terminal: Terminal) -> None:
    start = len(terminal.lines())
    terminal.send("SELECT count(*) FROM range(1000000000) a, range(1000000) b WHERE a.range + b.range = 7; SELECT 5;\r")
    terminal.wait("running .* 0:0", after=start)
    terminal.send("\x03")
    terminal.wait_for_prompt()
    shown = "\n".join(terminal.lines()[start:])
    assert "Interrupted[interrupted]" in shown
    assert "1 more statement not run" in shown


def test_ctrl_c_clears_the_line_and_up_brings_it_back(terminal: Terminal) -> None:
    terminal.send("SELECT 40 + 2\rAS answer")
    terminal.wait("-> AS answer")
    terminal.send("\x03")
    terminal.wait_for_prompt()
    assert terminal.ask("\x1b[A;")[-3:] == ["──────", "    42", "1 row"]


def test_an_empty_table(terminal: Terminal) -> None:
    assert terminal.ask("CREATE TABLE nothing (x DOUBLE, y DOUBLE);") == ["ok"]
    assert terminal.ask("FROM nothing;") == ["x  y", "─  ─", "0 rows"]
    shown = "\n".join(terminal.ask("SELECT x, y FROM nothing TRAIN MODEL ols() TARGET y;"))
    assert "Error[" in shown
    assert terminal.ask("DROP TABLE nothing;") == ["ok"]


def test_a_batch(terminal: Terminal) -> None:
    one = "SELECT x, y FROM points TRAIN MODEL {} TARGET y CROSS VALIDATE 3;"
    assert terminal.ask(".batch begin", "batch 0>") == ["ok"]
    assert "waiting" in terminal.ask(one.format("ols()"), "batch 1>")[2]
    assert "waiting" in terminal.ask(one.format("ridge()"), "batch 2>")[2]
    assert "no column" in terminal.ask("SELECT q FROM points TRAIN MODEL ols() TARGET y;", "batch 2>")[0]
    assert terminal.ask("SELECT 1 AS a;", "batch 2>") == ["a", "─", "1", "1 row"]
    assert any("shared by 2 statements" in line for line in terminal.ask(".plan", "batch 2>"))
    shown = terminal.ask(".batch run")
    assert next(line for line in shown if line.startswith("──")) == "── statement 1 ──"
    assert sum(line.startswith("best: ") for line in shown) == 2
    assert ["batch: " in line for line in shown].count(True) == 1
    assert terminal.ask(".batch begin", "batch 0>") == ["ok"]
    assert terminal.ask("ROLLBACK BATCH;") == ["ok"]


def test_commands_and_their_slips(terminal: Terminal) -> None:
    assert terminal.ask(".tables") == ["table   columns", "──────  ───────", "points  x, z, y", "1 row"]
    assert terminal.ask("\\d points")[2:] == ["x       BIGINT", "z       BIGINT", "y       DOUBLE", "3 rows"]
    assert 'did you mean ".tables"?' in terminal.ask(".tabels")[0]
    assert 'did you mean "SELECT"' in terminal.ask("selct 1;")[0]
    assert terminal.ask("") == []


def test_a_time_limit(terminal: Terminal) -> None:
    assert terminal.ask(".timeout 0.2") == []
    query = "SELECT count(*) FROM range(1000000000) a, range(1000000) b WHERE a.range + b.range = 7;"
    assert terminal.ask(query)[-1] == "stopped after 0.2 s, by .timeout"
    assert terminal.ask(".timeout 0") == []


def test_the_history_is_the_users_alone_and_outlives_the_prompt(home: Path) -> None:
    with Terminal(["home.db"], home, width=50) as first:
        first.wait_for_prompt()
        assert first.ask("CREATE TABLE kept AS SELECT 7 AS a;") == ["ok, 1 row"]
        assert first.ask(" SELECT 'secret';")[-1] == "1 row"
        assert first.ask("SELECT a,\ra + 1 AS b FROM kept;") == ["a  b", "─  ─", "7  8", "1 row"]
        first.send("\x04")  # Ctrl-D
        assert first.end() == 0
    file = home / ".local/state/stratum/history"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "secret" not in file.read_text()
    with Terminal(["home.db"], home, width=50) as second:
        second.wait_for_prompt()
        assert second.ask("\x1b[A\x1b[F")[-4:] == ["a  b", "─  ─", "7  8", "1 row"]
        second.send("exit\r")
        assert second.end() == 0


def test_the_start_file_is_read_if_nobody_else_can_write_it(tmp_path: Path) -> None:
    file = tmp_path / ".stratumrc"
    file.write_text(".mode csv\nSELECT 1 AS hello;\n")
    with Terminal([], tmp_path, width=200) as mine:
        end = mine.wait_for_prompt()
        assert mine.lines()[2:end] == ["hello", "1"]
        assert mine.ask(".mode") == [".mode csv"]
    file.chmod(0o666)
    with Terminal([], tmp_path, width=200) as open_to_others:
        end = open_to_others.wait_for_prompt()
        assert open_to_others.lines()[2:end] == [f"{file} is not read: others may write it"]
