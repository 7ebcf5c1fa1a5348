"""What a shell is told when something ends: the engine, the time, the user's patience. The next statement works."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from stratum_sql.quoting import quote_text
from stratum_sql.serve.starting import engine_command
from tests.extension.conftest import CORE, opened, planned
from tests.extension.shells import wheel
from tests.serve.conftest import Running

SHORT = planned("SELECT a, b, y FROM t TRAIN MODEL ols() TARGET y")
LONG = planned(
    "SELECT a, b, y FROM t TRAIN MODEL "
    "mlp_regressor(max_iter => 1000000, tol => 0, n_iter_no_change => 1000000) TARGET y"
)


def is_busy(engine: Running) -> bool:
    """Whether the engine has worked for some time in the last tenth of a second."""
    before = cpu(engine)
    time.sleep(0.1)
    return cpu(engine) - before >= 5


def cpu(engine: Running) -> int:
    fields = Path(f"/proc/{engine.process.pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])  # hundredths of a second


def wait_until(happened: Callable[[], bool]) -> None:
    for _ in range(600):
        if happened():
            return
        time.sleep(0.05)
    raise AssertionError("it did not happen")


def failing(connection: duckdb.DuckDBPyConnection, statement: str) -> Iterator[str]:
    """Begins a statement in a thread; then gives the error that it ends with."""
    said: list[str] = []

    def run() -> None:
        try:
            connection.execute(statement).fetchall()
        except duckdb.Error as error:
            said.append(str(error))

    thread = threading.Thread(target=run)
    thread.start()
    yield ""
    thread.join(60)
    yield said[0]


def test_functions_start_no_engine_where_an_argument_says(shell_engine: Running, tmp_path: Path) -> None:
    spec = json.dumps({"shell": {"folder": str(tmp_path / "elsewhere"), "command": "/bin/touch"}})
    with opened(shell_engine) as shell:
        for call in ("stratum_fit(?, {'x': 1})", "stratum_ask(?)", "stratum_predict(?, {'x': 1})"):
            with pytest.raises(duckdb.Error, match="the engine has gone"):
                shell.execute(f"SELECT {call}", [spec]).fetchall()
    assert not (tmp_path / "elsewhere").exists()


def test_an_engine_that_is_killed_is_said_and_started_again(
    start_engine: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = start_engine()
    with opened(engine) as shell:
        shell.execute(SHORT).fetchall()
        waiting = failing(shell, LONG)
        next(waiting)
        wait_until(lambda: is_busy(engine))
        engine.process.kill()
        assert "the engine has gone" in next(waiting)
        engine.process.wait()
        monkeypatch.setenv("STRATUM_COMMAND", "/bin/false")
        with pytest.raises(duckdb.Error, match="no engine could be started"):
            shell.execute(SHORT)
        (engine.folder.parent / "command").write_text(
            "#!/bin/sh\nexec " + " ".join(map(quoted, engine_command())) + ' "$@"\n'
        )
        (engine.folder.parent / "command").chmod(0o700)
        monkeypatch.setenv("STRATUM_COMMAND", str(engine.folder.parent / "command"))
        assert len(shell.execute(SHORT).fetchall()) == 1
        pid = int(json.loads((engine.folder / "engine.json").read_text())["pid"])
        assert pid != engine.process.pid
    os.kill(pid, signal.SIGTERM)
    wait_until(lambda: not (engine.folder / "engine.json").exists())


def quoted(word: str) -> str:
    return "'" + word.replace("'", "'\\''") + "'"


def test_time_that_is_over_ends_the_training(shell_engine: Running) -> None:
    with opened(shell_engine) as shell:
        shell.execute("SET stratum_timeout = 1")
        with pytest.raises(duckdb.Error, match="did not answer in time"):
            shell.execute(LONG)
        shell.execute("RESET stratum_timeout")
        assert len(shell.execute(SHORT).fetchall()) == 1
        wait_until(lambda: not is_busy(shell_engine))


INTERRUPTED = """
import signal, sys, duckdb
from tests.extension.conftest import opened
from tests.extension.test_life import LONG, SHORT
from tests.serve.conftest import Running
from pathlib import Path
handlers = {"own": lambda *_: print("theirs", flush=True), "python": signal.default_int_handler}
signal.signal(signal.SIGINT, handlers[sys.argv[2]])  # a shell may have ignored it
with opened(Running(Path(sys.argv[1]), None)) as shell:
    shell.execute(SHORT).fetchall()
    print("begun", flush=True)
    try:
        try:
            shell.execute(LONG).fetchall()
        except duckdb.Error as error:
            print(str(error).replace("\\n", " "), flush=True)
    except (KeyboardInterrupt, RuntimeError):  # DuckDB's client raises the latter where it sees the signal first
        print("KeyboardInterrupt", flush=True)
    print(len(shell.execute(SHORT).fetchall()), flush=True)
"""


@pytest.mark.parametrize("handler", ["own", "python"])
def test_ctrl_c_ends_the_training_and_leaves_the_shell(shell_engine: Running, handler: str) -> None:
    """The handler that was there before is called as well, and is there again afterwards."""
    command = [sys.executable, "-c", INTERRUPTED, str(shell_engine.folder), handler]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        wait_until(lambda: is_busy(shell_engine))
        process.send_signal(signal.SIGINT)
        said = process.stdout.read().splitlines()
    assert process.returncode == 0
    assert said[-1] == "1"
    if handler == "own":
        assert said[0] == "theirs"
        assert "interrupted: the engine was told to stop" in said[1]
    else:
        assert "KeyboardInterrupt" in said
    wait_until(lambda: not is_busy(shell_engine))


def test_an_engine_of_another_version_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "e"
    folder.mkdir(mode=0o700)
    (folder / "engine.json").write_text(json.dumps({"token": "t", "pid": os.getpid(), "port": None}))
    answer = b'{"error":{"class":"RunError","code":"engine_version","message":"version 9","hint":"end it"}}'
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(folder / "engine.sock"))
        listening.listen()

        def serve() -> None:
            end, _ = listening.accept()
            end.recv(4096)
            end.sendall(len(answer).to_bytes(4, "big") + bytes(8) + answer)
            end.close()

        thread = threading.Thread(target=serve)
        thread.start()
        with (
            wheel(CORE) as shell,
            pytest.raises(duckdb.Error, match=r"RunError\[engine_version\]: version 9\n.*end it"),
        ):
            shell.execute(f"SET stratum_engine = {quote_text(str(folder))}; SELECT stratum_plan('SHOW MODELS')")
        thread.join()


def test_a_folder_that_others_may_enter_is_refused(tmp_path: Path) -> None:
    (tmp_path / "e").mkdir(mode=0o755)
    with wheel(CORE) as shell, pytest.raises(duckdb.Error, match="others may enter it"):
        shell.execute(f"SET stratum_engine = {quote_text(str(tmp_path / 'e'))}; SELECT stratum_plan('SHOW MODELS')")


def test_a_database_that_is_closed_is_let_go(shell_engine: Running, tmp_path: Path) -> None:
    """No connection is kept: another process can open the file, and nothing is left beside it."""
    path = tmp_path / "shop.db"
    config: dict[str, str | bool | int | float | list[str]] = {"allow_unsigned_extensions": "true"}
    for _ in range(2):
        with duckdb.connect(str(path), config=config) as own:
            own.execute(f"LOAD {quote_text(str(CORE))}; SET stratum_engine = {quote_text(str(shell_engine.folder))}")
            own.execute("CREATE OR REPLACE TABLE t AS SELECT i AS a, i + 1 AS b, i * 2.0 AS y FROM range(50) r(i)")
            own.execute(SHORT).fetchall()
        command = [
            sys.executable,
            "-c",
            f"import duckdb; duckdb.connect({str(path)!r}).execute('INSERT INTO t FROM t')",
        ]
        assert subprocess.run(command, check=False).returncode == 0
    assert [one.name for one in tmp_path.iterdir()] == ["shop.db"]
