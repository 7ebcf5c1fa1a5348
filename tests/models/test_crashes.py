"""A registry survives what happens to processes and disks: kill -9, a full disk, a folder that cannot be written."""

from __future__ import annotations

import ast
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import stratum_sql
from stratum_sql import Session
from stratum_sql.shell import cli
from tests.models.test_store import artefacts, environment, python

KILLS = 200
TABLE = "CREATE TABLE t AS SELECT i % 7 AS a, 'c' || i % 3 AS c, i * 0.5 + i % 5 AS y FROM range(60) r(i)"
TRAIN = "SELECT one_hot(c) AS oc, standard_scale(a) AS s, y FROM t TRAIN MODEL ridge() TARGET y HOLDOUT 0.5"


def plain_manifest() -> str:
    """The manifest of a model without transforms."""
    with stratum_sql.connect(threads=1) as session:
        session.sql(f"{TABLE}; SELECT a, y FROM t TRAIN MODEL ols() TARGET y HOLDOUT 0.5 AS m")
        return str(session.sql("SELECT manifest FROM stratum.models").fetchall()[0][0])


class Launcher:
    """Starts workers one by one (`crash_worker.py`), and kills them."""

    def __init__(self, path: Path) -> None:
        worker = Path(__file__).with_name("crash_worker.py")
        command = [sys.executable, str(worker), str(path), plain_manifest()]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment()
        )
        self.said: Counter[str] = Counter()
        self.kept: list[str] = []  # name and version that were acknowledged, unless the model was dropped since
        self.half_done = 0
        self.since = 0.0  # when the worker before was started

    def kill_one(self, seed: int, acknowledged: int, delay: float) -> None:
        """Start a worker, and kill it after it has done so many steps and another moment."""
        child = self._start(seed)
        for _ in range(acknowledged):
            self._note(self._line())
        time.sleep(delay)
        os.kill(child, signal.SIGKILL)
        while (line := self._line()) != ["ended"]:
            self._note(line)

    def _start(self, seed: int) -> int:
        assert self.process.stdin is not None
        since, self.since = self.since, time.time()
        print(seed, since, *self.kept, file=self.process.stdin, flush=True)
        first = {line[0]: line[1] for line in (self._line(), self._line())}
        self.half_done += int(first["open"])
        return int(first["child"])

    def _line(self) -> list[str]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline().split(maxsplit=1)
        assert line[0] != "broken", ast.literal_eval(line[1])
        return [line[0], *line[1].split()] if len(line) > 1 else line

    def _note(self, line: list[str]) -> None:
        self.said[line[0]] += 1
        self.kept = line[1:] if line[0] == "kept" else []  # whatever else it was, it may have dropped it


def test_killed_two_hundred_times(tmp_path: Path) -> None:
    """Whatever a worker was doing: each registered version loads, each alias means one that is there, what was
    acknowledged is there, and no file but garbage is left beside them.
    """
    path, source = tmp_path / "d.db", random.Random(1)
    launcher = Launcher(path)
    with launcher.process:
        for number in range(KILLS):
            launcher.kill_one(number, source.randrange(3), source.random() ** 2 * 0.03)
        launcher.since = 0.0  # once more, all of them
        launcher.kill_one(KILLS, 0, 0.0)
        assert launcher.process.stdin is not None
        launcher.process.stdin.close()
    assert launcher.said.keys() >= {"kept", "promote", "back", "drop", "all"}, "the workers did something of everything"
    assert launcher.half_done, "some were killed between the file and its row"
    with stratum_sql.connect(path, threads=1) as session:
        assert session.collect_garbage(delete=True, older_than=0).removed
        assert not list(Path(f"{path}.artefacts").rglob(".writing-*"))
        named = session.sql("SELECT DISTINCT artefact FROM stratum.models ORDER BY 1").fetchall()
        assert [(file.stem,) for file in artefacts(path)] == named


# -- full and unwritable disks -----------------------------------------------------------------------------------------


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "d.db"
    with stratum_sql.connect(path, threads=1) as session:
        session.sql(f"{TABLE}; {TRAIN} AS m")
    return path


def whole(path: Path, versions: int) -> None:
    """The database opens, all versions predict, and nothing unfinished lies beside them."""
    with stratum_sql.connect(path, threads=1) as session:
        assert session.sql("SELECT versions FROM show_models()").fetchall() == [(versions,)]
        for number in range(1, versions + 1):
            assert len(session.sql(f"FROM t PREDICT MODEL m@{number}")) == 60
    assert not list(path.parent.rglob(".writing-*"))


FULL = """
import resource, signal, sys
import stratum_sql
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with stratum_sql.connect(sys.argv[1], threads=1) as session:
    session.sql("SET stratum_reuse_results = false")
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
    board = session.sql(sys.argv[3])
    print(len(board), [(one.code, one.retryable) for one in board.warnings])
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    print(len(session.sql("FROM t PREDICT MODEL m")))
"""


def test_a_full_disk_costs_the_new_model_alone(path: Path) -> None:
    """No file may grow past some bytes: the artefact cannot be written, and the leaderboard is there all the same."""
    done = python(FULL, path, 4096, TRAIN.replace("ridge()", "lasso()") + " AS m")
    assert done.stdout.splitlines() == ["1 [('storage_failed', True)]", "60"], done.stderr
    whole(path, 1)


@pytest.mark.parametrize("step", ["mkdir", "mkstemp", "fsync", "replace"])
def test_every_step_of_a_write_may_fail(path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with stratum_sql.connect(path, threads=1) as session:
        with monkeypatch.context() as patched:
            target = {"mkdir": "pathlib.Path.mkdir", "mkstemp": "tempfile.mkstemp", "fsync": "os.fsync"}.get(step)
            patched.setattr(target or "pathlib.Path.replace", full)
            board = session.sql(TRAIN.replace("ridge()", "lasso()") + " AS m")
        assert [(one.code, "No space left" in one.message) for one in board.warnings] == [("storage_failed", True)]
        with monkeypatch.context() as patched:
            patched.setattr("tempfile.mkstemp", full)
            (created,) = session.run_script("CREATE MODEL n AS " + TRAIN.replace("ridge()", "lasso(alpha => 2)"))
        assert created.error is not None
        assert created.error.diagnostic.code == "storage_failed"
        assert not session.sql(TRAIN.replace("ridge()", "lasso()") + " AS m").warnings, "once there is room again"
    whole(path, 2)


def test_a_folder_that_cannot_be_written(path: Path) -> None:
    """The artefacts of new models cannot go where a file is; those there are stay, and predict."""
    blocked = [Path(f"{path}.artefacts") / f"{number:02x}" for number in range(256)]
    blocked = [folder for folder in blocked if not folder.exists()]
    for folder in blocked:
        folder.write_text("in the way")
    with stratum_sql.connect(path, threads=1) as session:
        board = session.sql(TRAIN.replace("ridge()", "lasso()") + " AS m")
        assert [one.code for one in board.warnings] == ["storage_failed"]
        assert "cannot be written" in board.warnings[0].message
    for folder in blocked:
        folder.unlink()
    whole(path, 1)


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only to root")
def test_a_read_only_folder(path: Path) -> None:
    folder = Path(f"{path}.artefacts")
    for one in (folder, *folder.iterdir()):
        one.chmod(0o500)
    try:
        with stratum_sql.connect(path, threads=1) as session:
            board = session.sql(TRAIN.replace("ridge()", "lasso()") + " AS m")
            assert [one.code for one in board.warnings] == ["storage_failed"]
    finally:
        for one in (folder, *folder.iterdir()):
            one.chmod(0o700)
    whole(path, 1)


# -- files of no model -------------------------------------------------------------------------------------------------


def leave(path: Path, name: str, age: float, data: bytes = b"x" * 10) -> Path:
    """A file in the artefact folder, so many seconds old."""
    file = Path(f"{path}.artefacts") / name[:2] / f"{name}.skops"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(data)
    os.utime(file, (time.time() - age, time.time() - age))
    return file


@pytest.fixture
def session(path: Path) -> Iterator[Session]:
    with stratum_sql.connect(path, threads=1) as one:
        yield one


def test_a_mark_never_finished_is_garbage(path: Path, session: Session) -> None:
    """A process was killed while it wrote which database the folder belongs to; a mark that is whole stays."""
    (mark,) = (Path(f"{path}.artefacts") / "databases").iterdir()
    torn = mark.parent / ".writing-abc"
    torn.write_bytes(b"half")
    assert session.collect_garbage(delete=True, older_than=0).files == (torn,)
    assert (mark.exists(), torn.exists()) == (True, False)


def test_garbage_is_shown_then_removed(path: Path, session: Session) -> None:
    old, young = leave(path, "ab" * 32, 7200), leave(path, "cd" * 32, 60)
    torn = old.parent / ".writing-abc"
    torn.write_bytes(b"half")
    os.utime(torn, (time.time() - 9000,) * 2)
    strange = old.parent / "notes.txt"
    strange.write_text("not ours")
    found = session.collect_garbage()
    assert (found.files, found.bytes, found.young, found.removed) == ((torn, old), 14, 1, False)
    assert old.exists()
    assert session.collect_garbage(delete=True).removed
    assert [file.exists() for file in (old, torn, young, strange)] == [False, False, True, True]
    assert str(session.collect_garbage(delete=True, older_than=0)) == "1 file, 10 bytes removed"
    assert len(session.sql("FROM t PREDICT MODEL m")) == 60


def test_the_command_finds_and_removes(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = leave(path, "ab" * 32, 7200)
    assert cli.main(["models", "gc", "--database", str(path)]) == 0
    assert capsys.readouterr().out == f"{old}\n1 file, 10 bytes to remove\n"
    assert (
        cli.main(["models", "gc", "--database", str(path), "--older-than", "9000", "--delete", "--format", "json"]) == 0
    )
    told = json.loads(capsys.readouterr().out)
    assert (told["files"], told["young"], told["removed"]) == ([], 1, True)
    assert cli.main(["models", "gc", "--database", str(path), "--delete"]) == 0
    assert not old.exists()
    assert cli.main(["models", "gc", "--database", f"{path}.absent"]) == 2
    assert cli.main(["models"]) == 2


def test_garbage_waits_for_a_transaction(path: Path, session: Session) -> None:
    session.sql("BEGIN; DROP MODEL m")
    with pytest.raises(stratum_sql.StratumError, match="in_transaction"):
        session.collect_garbage(delete=True, older_than=0)
    session.sql("ROLLBACK")
    assert session.collect_garbage(delete=True, older_than=0).files == ()
    assert len(session.sql("FROM t PREDICT MODEL m")) == 60


def test_what_another_session_is_about_to_name_stays(path: Path, session: Session) -> None:
    with stratum_sql.connect(path, threads=1) as other:
        other.sql("BEGIN; " + TRAIN.replace("ridge()", "lasso()") + " AS m")
        assert session.collect_garbage(delete=True, older_than=0).files == ()
        other.sql("COMMIT")
    assert len(session.sql("FROM t PREDICT MODEL m@2")) == 60


def test_a_read_only_database_loses_nothing(path: Path, session: Session) -> None:
    session.close()
    old = leave(path, "ab" * 32, 7200)
    with stratum_sql.connect(path, read_only=True) as reader:
        assert reader.collect_garbage().files == (old,)
        with pytest.raises(stratum_sql.StratumError, match="read_only"):
            reader.collect_garbage(delete=True)


def test_two_databases_on_one_folder(path: Path, session: Session) -> None:
    """Neither removes what the other may name; once one of them is gone, the other does."""
    second = path.with_name("second.db")
    Path(f"{second}.artefacts").symlink_to(f"{path}.artefacts")
    with stratum_sql.connect(second, threads=1) as other:
        other.sql(f"{TABLE}; {TRAIN} AS n; " + TRAIN.replace("ridge()", "lasso()") + " AS k")
        session.sql("DROP MODEL m")
        assert len(other.sql("FROM t PREDICT MODEL n, k")) == 60
        found = session.collect_garbage(delete=True, older_than=0)
        named = {name for (name,) in other.sql("SELECT artefact FROM stratum.models").fetchall()}
        assert {file.stem for file in found.files} >= named, "here they look like garbage"
        assert (found.removed, found.shared_with) == (False, (str(second),))
        assert "shared" in str(found)
        assert len(other.sql("FROM t PREDICT MODEL n, k")) == 60
    second.unlink()
    assert set(session.collect_garbage(delete=True, older_than=0).files) == set(found.files)
    assert artefacts(path) == []


def test_a_database_that_was_moved_or_copied_is_no_other(tmp_path: Path, path: Path, session: Session) -> None:
    session.close()
    (tmp_path / "new").mkdir()
    moved = path.rename(tmp_path / "new" / "e.db")
    Path(f"{path}.artefacts").rename(f"{moved}.artefacts")
    with stratum_sql.connect(moved, threads=1) as again:
        assert len(again.sql("FROM t PREDICT MODEL m")) == 60
        again.sql("DROP MODEL m")
    assert artefacts(moved) == []
