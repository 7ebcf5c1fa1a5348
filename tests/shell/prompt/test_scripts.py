"""The shell without a terminal: standard input, `-c`, files, and an engine that is shared."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import stratum_sql
from stratum_sql.shell import cli
from tests.serve.conftest import TABLE, Running, running

TRAIN = "SELECT a, b, y FROM t TRAIN MODEL {} TARGET y CROSS VALIDATE 3;"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def _piped(monkeypatch: pytest.MonkeyPatch, folder: Path, text: str, *arguments: str) -> int:
    """The exit status of `stratum shell < file`."""
    (folder / "piped.sql").write_text(text, encoding="utf-8")
    with (folder / "piped.sql").open(encoding="utf-8") as file:
        monkeypatch.setattr(sys, "stdin", file)
        return cli.main(["shell", *arguments])


def test_standard_input(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    text = (
        f"{TABLE};\n.mode csv\nSELECT count(*) AS n FROM t;\n{TRAIN.format('ols()')}\n{TRAIN.format('ridge()')}\n.mode"
    )
    assert _piped(monkeypatch, folder, text) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[:3] == ["ok, 300 rows", "n", "300"]
    assert sum(line.startswith("trial,") or ",trial," in line for line in out) == 2
    assert out[-1] == ".mode csv"


def test_the_first_error_ends_a_script(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _piped(monkeypatch, folder, "SELECT 1 AS a;\n\nSELECT\n  nosuch\nFROM range(3); SELECT 2 AS b;") == 1
    out, err = capsys.readouterr()
    assert "a" in out.split()
    assert "b" not in out.split()
    assert "line 4, column 3" in err
    assert "1 more statement not run" in err


@pytest.mark.parametrize("text", [".tabels", "SELECT 'a;", "SELECT (1", "FROM t TRAIN MODEL rigde() TARGET y"])
def test_what_is_no_statement_is_an_error(
    text: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _piped(monkeypatch, folder, text) == 1
    assert "Error[" in capsys.readouterr().err


def test_nothing_is_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert _piped(monkeypatch, folder, "-- a comment\n;\n") == 0
    assert capsys.readouterr() == ("", "")


def test_texts_of_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["shell", "d.db", "-c", "CREATE TABLE k AS SELECT 1 AS a", "-c", ".mode json", "-c", "FROM k"]) == 0
    assert capsys.readouterr().out.splitlines() == ["ok, 1 row", '[{"a":1}]']
    assert cli.main(["shell", "--database", "d.db", "-c", ".exit", "-c", "SELECT 'never'"]) == 0
    assert cli.main(["shell", "d.db", "-c", "SELECT nosuch", "-c", "SELECT 'never'"]) == 1
    assert "never" not in capsys.readouterr().out
    assert cli.main(["shell", "d.db", "--database", "e.db", "-c", "SELECT 1"]) == 2
    assert cli.main(["shell", "no/folder/d.db", "-c", "SELECT 1"]) == 2


def test_files(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "people.csv").write_text("name,age\nAda,36\n")
    (folder / "own.sql").write_text(".read own.sql")
    (folder / "some.sql").write_text(
        "SELECT age FROM people;\n.mode csv\n.output out.csv\nFROM people;\n.output\n.mode"
    )
    assert cli.main(["shell", "-c", ".load people.csv", "-c", ".read some.sql", "-c", ".load people.csv AS folk"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert (out[0], out[-2:]) == ("people: 1 row, 2 columns", [".mode csv", "folk: 1 row, 2 columns"])
    assert (folder / "out.csv").read_text() == "name,age\nAda,36\n"
    (folder / "bad.sql").write_text("SELECT 1;\nSELECT nosuch;\n")
    for line, code in {
        ".read bad.sql": "bad.sql: DatabaseError[duckdb_binder]",
        ".read own.sql": "too_deep",
        ".read sone.sql": 'did you mean "some.sql"',
        ".load people.csw": 'did you mean "people.csv"',
        ".output no/folder/a.csv": "unwritable_file",
        ".load people.csv AS": "bad_argument",
        ".read 'some.sql": "bad_argument",
        ".schema nobody": "unknown_table",
        ".plan": "bad_argument",
        ".batch": "bad_argument",
        ".batch run": "no_batch",
    }.items():
        assert cli.main(["shell", "-c", line]) == 1, line
        assert code in capsys.readouterr().err, line


def test_strangers_touch_no_files(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "secret.csv").write_text("a\n1\n")
    for line in (".load secret.csv", ".read secret.csv", ".output secret.csv", "FROM 'secret.csv'"):
        assert cli.main(["shell", "--untrusted", "-c", line]) == 1
        assert "[not_allowed]" in capsys.readouterr().err
    assert (folder / "secret.csv").read_text() == "a\n1\n"
    assert cli.main(["shell", "--untrusted", "--load", "mine=secret.csv", "-c", ".schema mine", "-c", "FROM mine"]) == 0
    assert "a       BIGINT" in capsys.readouterr().out


def test_who_writes_to_a_pipe_is_answered_at_once(folder: Path) -> None:
    env = {**os.environ, "PYTHONPATH": str(Path(stratum_sql.__file__).parents[1])}
    command = [sys.executable, "-m", "stratum_sql", "shell"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in (1, 2):
            process.stdin.write(f".mode json\nSELECT {number}\nAS n;\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline()) == [{"n": number}]
        process.stdin.write("SELECT 3 AS n")
        process.stdin.close()
        assert json.loads(process.stdout.readline()) == [{"n": 3}]
        assert process.wait() == 0


# ---- an engine -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("shared")
    with stratum_sql.connect(folder / "shop.db") as session:
        session.sql(TABLE)
    with running(folder / "engine", "--database", str(folder / "shop.db")) as found:
        yield found


def _asked(engine: Running, *lines: str) -> int:
    return cli.main(["shell", "--connect", str(engine.folder), *(part for line in lines for part in ("-c", line))])


def test_an_engine_answers(engine: Running, capsys: pytest.CaptureFixture[str]) -> None:
    assert _asked(engine, ".schema t", ".mode csv", "SELECT count(*) AS n FROM t") == 0
    out = capsys.readouterr().out
    assert "id      BIGINT" in out
    assert out.endswith("n\n300\n")
    assert _asked(engine, "SELECT nosuch FROM t") == 1
    assert "nosuch" in capsys.readouterr().err


def test_a_batch_waits_here_and_is_sent_at_once(engine: Running, capsys: pytest.CaptureFixture[str]) -> None:
    trains = [TRAIN.format("ols()"), TRAIN.format("ridge()")]
    assert _asked(engine, ".batch begin", " ".join(trains), "SELECT 5 AS five", ".plan", ".batch run") == 0
    out = capsys.readouterr().out
    assert out.count("waiting") == 2
    assert out.index("five") < out.index("shared by 2 statements") < out.index("best: ")
    assert (out.count("best: "), out.count("batch: ")) == (2, 1)
    assert _asked(engine, ".batch begin", ".batch cancel", ".batch begin") == 0
    assert _asked(engine, ".batch begin", TRAIN.format("rigde()")) == 1
    assert _asked(engine, ".batch begin", ".batch begin") == 1
    assert _asked(engine, ".batch cancel") == 1


def test_a_table_of_this_shell(engine: Running, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "mine.csv").write_text("x,y\n" + "\n".join(f"{i},{2 * i}" for i in range(40)))
    train = "SELECT x, y FROM mine TRAIN MODEL ols() TARGET y"
    assert _asked(engine, ".load mine.csv", train, ".tables") == 0
    out = capsys.readouterr().out
    assert "best: linear_regression" in out
    assert "mine   x, y" in out


def test_an_engine_that_was_killed_is_told(
    tmp_path_factory: pytest.TempPathFactory, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path_factory.mktemp("killed") / "engine"
    with running(place, "--allow-path", str(place.parent)) as first:
        env = {**os.environ, "PYTHONPATH": str(Path(stratum_sql.__file__).parents[1])}
        command = [sys.executable, "-m", "stratum_sql", "shell", "--connect", str(place)]
        pipe = place.parent / "pipe"
        os.mkfifo(pipe)
        long = f"SELECT count(*) FROM read_csv('{pipe}', columns = {{'a': 'INTEGER'}}, header = false);\n"
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write("SELECT 1 AS ready;\n")
            process.stdin.flush()
            assert process.stdout.readline().strip() == "ready"
            process.stdin.write(long)
            process.stdin.flush()
            with pipe.open("w"):  # which waits for the engine to read it: one that is killed before is started again
                first.process.send_signal(signal.SIGKILL)
                _, told = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "[engine_gone]" in told
    assert "Traceback" not in told


def test_the_prompt_waits_for_no_engine() -> None:
    """What takes long to load is not loaded before the prompt is shown."""
    modules = "stratum_sql.shell.cli", *(f"stratum_sql.shell.prompt.{name}" for name in ("line", "history", "opening"))
    heavy = {"duckdb", "pyarrow", "numpy", "sqlglot", "sklearn"}
    program = f"import sys, {', '.join(modules)}; print(*{heavy} & {{*sys.modules}})"
    env = {**os.environ, "PYTHONPATH": str(Path(stratum_sql.__file__).parents[1])}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=env)
    assert done.stdout == "\n"
