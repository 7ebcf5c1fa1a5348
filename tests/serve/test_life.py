"""How an engine begins, is found, is kept from others, and ends."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pyarrow as pa
import pytest

import stratum_sql
from stratum_sql import StratumError
from stratum_sql.serve.place import Place, place_of
from tests.serve.conftest import Running, Start


def test_the_socket_is_the_users_alone_and_nothing_listens_on_the_network(engine: Running) -> None:
    place = Place(engine.folder)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (place.folder, *place.folder.iterdir())}
    assert modes.pop("e") == 0o700
    assert {"engine.sock", "engine.json"} <= modes.keys()
    assert set(modes.values()) == {0o600}
    assert listening(engine.process.pid) == []


def test_tcp_is_on_this_machine_alone_and_has_the_token(start: Start) -> None:
    engine = start("--tcp", "0")
    ticket = Place(engine.folder).read_ticket()
    assert ticket.port is not None
    assert listening(engine.process.pid) == [("0100007F", ticket.port)]
    with stratum_sql.connect_engine(port=ticket.port, token=ticket.token) as client:
        assert client.sql("SELECT 1").fetchall() == [(1,)]
    with pytest.raises(StratumError, match="wrong_token"):
        stratum_sql.connect_engine(port=ticket.port, token="0" * 64)


def listening(process: int) -> list[tuple[str, int]]:
    """The TCP addresses, as the kernel writes them, at which a process listens."""
    own = {str(link.readlink()) for link in Path(f"/proc/{process}/fd").iterdir() if link.is_symlink()}
    rows = [line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]]
    heard = [row[1].split(":") for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in own]
    return [(address, int(port, 16)) for address, port in heard]


def test_listening_sees_what_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert listening(os.getpid()) == [("0100007F", server.getsockname()[1])]


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o701])
def test_a_folder_that_others_can_enter_is_refused(tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(mode)
    for action in (Place(folder).prepare, Place(folder).read_ticket):
        with pytest.raises(StratumError, match="others may enter"):
            action()


def test_a_link_and_a_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "file").touch()
    for name in ("link", "file"):
        with pytest.raises(StratumError, match="unsafe_folder"):
            Place(tmp_path / name).prepare()
    with pytest.raises(StratumError, match="too long"):
        Place(tmp_path / ("x" * 100)).prepare()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir(mode=0o700)
    os.chown(tmp_path / "theirs", 12345, 12345)
    with pytest.raises(StratumError, match="another user"):
        Place(tmp_path / "theirs").read_ticket()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be another user")
def test_another_user_is_not_let_in_even_past_the_folder(engine: Running) -> None:
    """The folder alone would stop them, so it is opened for this test: then the kernel tells who they are."""
    place = Place(engine.folder)
    program = (
        "import os, socket, sys; os.setgroups([]); os.setgid(12345); os.setuid(12345);"
        "end = socket.socket(socket.AF_UNIX);"
        "end.connect(sys.argv[1]); end.settimeout(20); print(end.recv(1))"
    )
    below = place.folder.parents
    modes = {path: path.stat().st_mode for path in (place.folder, *below)}
    try:
        for path, mode in modes.items():
            path.chmod(mode | 0o001)
        place.socket.chmod(0o666)
        said = subprocess.run([sys.executable, "-c", program, str(place.socket)], capture_output=True, text=True)
    finally:
        for path, mode in modes.items():
            path.chmod(stat.S_IMODE(mode))
        place.socket.chmod(0o600)
    assert said.stdout == "b''\n", said.stderr


def test_where_the_place_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STRATUM_ENGINE", str(tmp_path / "named"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    assert place_of("given").folder == Path("given").absolute()
    assert place_of().folder == tmp_path / "named"
    monkeypatch.delenv("STRATUM_ENGINE")
    assert place_of().folder == tmp_path / "run" / "stratum"
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    assert place_of().folder.name == f"stratum-{os.getuid()}"


# ---- beginning and ending --------------------------------------------------------------------------------------------


def test_one_place_has_one_engine(engine: Running) -> None:
    command = [sys.executable, "-m", "stratum_sql", "serve", "--folder", str(engine.folder)]
    second = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert second.returncode == 1
    assert "an engine runs in" in second.stderr
    with engine.client() as client:
        assert client.engine["pid"] == engine.process.pid


def test_no_engine_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(StratumError, match="no_engine"):
        stratum_sql.connect_engine(tmp_path / "nothing", start=False)
    place = Place(tmp_path / "dead")
    place.prepare()
    place.write_ticket(None)
    with pytest.raises(StratumError, match="no_engine"):
        stratum_sql.connect_engine(place.folder, start=False)


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder in which clients start engines; they are ended with the test."""
    monkeypatch.setenv("PYTHONPATH", str(Path(stratum_sql.__file__).parents[1]))
    yield tmp_path / "e"
    try:
        os.kill(Place(tmp_path / "e").read_ticket().pid, signal.SIGTERM)
    except (StratumError, ProcessLookupError):
        return
    ended(tmp_path / "e")


def ended(folder: Path) -> None:
    """Wait until the engine of a folder has left nothing but its locks."""
    until = time.monotonic() + 30
    while {path.name for path in folder.iterdir()} - {"engine.lock", "starting.lock"}:
        assert time.monotonic() < until
        time.sleep(0.05)


def wait_for_the_end(process: int) -> None:
    """Wait until a process has closed its files: it is gone, or waits to be counted and none of its threads is left."""
    until = time.monotonic() + 30
    while not _has_ended(Path(f"/proc/{process}")):
        assert time.monotonic() < until
        time.sleep(0.01)


def _has_ended(process: Path) -> bool:
    try:
        is_zombie = (process / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
        return is_zombie and len(list((process / "task").iterdir())) <= 1
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_clients_start_one_engine_which_is_killed_and_started_again(started: Path) -> None:
    with ThreadPoolExecutor(3) as threads, ExitStack() as stack:
        begun = [threads.submit(stratum_sql.connect_engine, started) for _ in range(3)]
        first, second, third = (stack.enter_context(one.result()) for one in begun)
        assert first.engine["pid"] == second.engine["pid"] == third.engine["pid"]
        first.register("x", pa.table({"a": [1, 2, 3]}))
        endless = second.submit("SELECT sum(sin(a.range * b.range)) FROM range(300000) a, range(300000) b")
        killed = first.engine["pid"]
        os.kill(killed, signal.SIGKILL)
        with pytest.raises(StratumError, match="engine_gone"):
            endless.result(30)
        wait_for_the_end(killed)  # what is sent while it dies would be lost with it
        assert first.sql("SELECT sum(a) FROM x").fetchall() == [(6,)]
        assert second.sql("SELECT 1").fetchall() == [(1,)]
        assert first.engine["pid"] == second.engine["pid"] != killed


def test_an_engine_that_cannot_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(StratumError, match="engine_failed"):
        stratum_sql.connect_engine(tmp_path / "e")


def test_it_ends_by_itself_after_its_last_client_and_not_before(start: Start) -> None:
    engine = start("--idle-seconds", "1")
    with engine.client() as client:
        time.sleep(2)
        assert client.sql("SELECT 1").fetchall() == [(1,)]
    assert engine.process.wait(30) == 0
    ended(engine.folder)


def test_it_ends_when_told_while_it_works(start: Start) -> None:
    engine = start()
    with engine.client() as client:
        endless = client.submit("SELECT sum(sin(a.range * b.range)) FROM range(300000) a, range(300000) b")
        time.sleep(0.5)
        engine.process.send_signal(signal.SIGTERM)
        with pytest.raises(StratumError, match="engine_gone"):
            endless.result(30)
    assert engine.process.wait(30) == 0
    ended(engine.folder)


def test_a_fork_has_a_connection_of_its_own(engine: Running) -> None:
    with engine.client() as client:
        assert client.sql("SELECT 1").fetchall() == [(1,)]
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            os.write(write, str(client.submit("SELECT 2").results()[0][0].arrow().to_pylist()).encode())
            os._exit(0)
        os.waitpid(child, 0)
        assert os.read(read, 100) == b"[{'2': 2}]"
        assert client.sql("SELECT 3").fetchall() == [(3,)]
        os.close(read)
        os.close(write)
