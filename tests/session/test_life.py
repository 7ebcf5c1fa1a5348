"""Opening, leaving open, and what is left when the process ends."""

# ruff: noqa: E501  the statements stand as a user would write them

from __future__ import annotations

import gc
import os
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from pathlib import Path

import pytest

import stratum_sql
from stratum_sql import Session, StratumError

PACKAGE = Path(stratum_sql.__file__).parent

BODY = """
    import sys, threading, pandas, stratum_sql
    def use(session):
        df = pandas.DataFrame({"x": [1.0, 2.0]})
        session.sql("CREATE TABLE t AS SELECT i % 7 AS a, 'c' || i % 3 AS c, i * 0.5 AS y FROM range(60) r(i)")
        if session.trusted:
            session.sql("CREATE VIEW v AS SELECT standard_scale(a) AS s, y FROM t; CREATE MACRO m(x) AS one_hot(x)")
            assert len(session.sql("FROM df")) == 2
            assert session.sql("SELECT current_setting('enable_progress_bar')").fetchall() == [(False,)]
        board = session.sql("SELECT a, standard_scale(a) * 2 AS q, one_hot(c) AS o, y FROM t TRAIN MODEL ols(), lasso() TARGET y AS best")
        predicted = session.sql("FROM t PREDICT MODEL best")
        failed = session.batch(["SELECT nosuch", "FROM t PREDICT MODEL nosuch"])
        repr(board), predicted.df(), predicted.fetchall()
        return board, predicted, failed, session.sql("FROM range(20000)")
    def setup(connection):
        connection.execute("CREATE TABLE t AS SELECT i % 7 AS a, 'c' || i % 3 AS c, i * 0.5 AS y FROM range(60) r(i)")
    def opened(trusted):
        return stratum_sql.connect(trusted=trusted, threads=2)
"""
ENDS = {
    "closed": "with opened(True) as session: use(session)",
    "left open": "session = opened(True); held = use(session)",
    "results held": "with opened(True) as session: held = use(session)",
    "forgotten": "use(opened(True))",
    "in a cycle": "session = opened(True); session.me = session; session.held = use(session); del session",
    "in an error": "session = opened(True)\ntry: session.sql('SELECT nosuch')\nexcept stratum_sql.StratumError as error: held = error",
    "in a thread": "held = []\nthread = threading.Thread(target=lambda: held.append(use(opened(True)))); thread.start(); thread.join()",
    "in a closure": "session = opened(True)\ndef later(): return session\nheld = [later, use(session)]",
    "leaving early": "session = opened(True); use(session); sys.exit(0)",
    "untrusted": "held = stratum_sql.connect(trusted=False, setup=setup); rows = held.sql('SELECT a, standard_scale(a) * 2 AS q, y FROM t TRAIN MODEL ols() TARGET y AS best'); p = held.sql('FROM t PREDICT MODEL best').df()",
}


def test_the_process_ends_without_a_word(tmp_path: Path) -> None:
    """No leak report of the client library, no warning of a folder that was not removed, no traceback; no folder left.

    One process an ending would take seconds each: they are forked from one that has imported everything.
    """
    launcher = textwrap.dedent(BODY) + textwrap.dedent(
        """
        import os, lightgbm, sklearn.linear_model, skops.io, rich, stratum_sql.shell.render
        from stratum_sql.catalog.registry import transforms
        transforms()
        children = {}
        for line in sys.stdin:
            name, _, code = eval(line).partition("|")
            child = os.fork()
            if child == 0:
                break
            children[name] = child
        else:
            for name, child in children.items():
                print(f"{name}: {os.waitpid(child, 0)[1]}", flush=True)
            os._exit(0)
        exec(code)
        """
    )
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "TMPDIR": str(tmp_path)}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(PACKAGE.parent), *sys.path]))
    lines = "".join(repr(f"{name}|{code}") + "\n" for name, code in ENDS.items())
    done = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", "-c", launcher],
        input=lines, capture_output=True, text=True, env=environment, timeout=200, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    assert done.stdout.splitlines() == [f"{name}: 0" for name in ENDS]
    assert list(tmp_path.iterdir()) == []


def test_closing_leaves_no_thread_and_no_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = set(threading.enumerate())
    with stratum_sql.connect(threads=2) as session:
        session.sql("SELECT i AS a, i * 2.0 + i % 3 AS y FROM range(60) r(i) TRAIN MODEL ols(), lasso() TARGET y AS m")
        assert any(tmp_path.iterdir())
    assert list(tmp_path.iterdir()) == []
    for _ in range(100):
        if set(threading.enumerate()) <= before:
            break
        time.sleep(0.02)
    assert set(threading.enumerate()) <= before


def test_a_forgotten_session_is_collected(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    session: Session | None = stratum_sql.connect()
    assert session is not None
    session.sql("SELECT i AS a, i * 2.0 + i % 3 AS y FROM range(60) r(i) TRAIN MODEL ols() TARGET y AS m")
    connection = session.connection
    session = None
    gc.collect()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(Exception, match="closed"):
        connection.sql("SELECT 1").fetchall()


def test_options_of_connect(tmp_path: Path) -> None:
    with stratum_sql.connect(tmp_path / "d.db", threads=1, memory_limit="500MB") as session:
        told = session.sql("SELECT current_setting('threads'), current_setting('memory_limit')").fetchall()
        assert told == [(1, "476.8 MiB")]
    with pytest.raises(StratumError) as caught:
        stratum_sql.connect(memory_limit="plenty")
    assert caught.value.diagnostic.code == "bad_option"


def test_two_sessions_of_one_process_share_a_database(tmp_path: Path) -> None:
    path = tmp_path / "d.db"
    with stratum_sql.connect(path) as one, stratum_sql.connect(path) as two:
        one.sql("CREATE TABLE t AS SELECT i % 7 AS a, i * 0.5 AS y FROM range(60) r(i)")
        one.sql("CREATE VIEW v AS SELECT standard_scale(a) AS s, y FROM t")
        assert len(two.sql("FROM v TRAIN MODEL ols() TARGET y AS m")) == 1
        assert len(one.sql("FROM t PREDICT MODEL m")) == 60
        one.sql("SELECT a, y FROM t TRAIN MODEL ols() TARGET y AS m")
        assert two.sql("FROM t EVALUATE MODEL m").fetchall()[0][1] == 2


def test_a_batch_stops_at_its_time(tmp_path: Path) -> None:
    with stratum_sql.connect(threads=1, max_seconds=0.2) as session:
        session.sql("CREATE TABLE t AS SELECT i % 7 AS a, i % 11 AS b, i * 0.5 AS y FROM range(3000) r(i)")
        board = session.sql(
            "SELECT a, b, y FROM t TRAIN MODEL random_forest_regressor(n_estimators => [50, 60, 70, 80, 90, 100]) TARGET y"
        )
        assert board.summary is not None
        assert board.summary.timed_out > 0
        assert session.sql("SELECT 1").fetchall() == [(1,)]
