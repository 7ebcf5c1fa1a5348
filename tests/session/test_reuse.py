"""A batch over content that is known from before trains nothing; over any other content it trains anew."""

# ruff: noqa: E501  the statements stand as a user would write them

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import stratum_sql
from stratum_sql import Session
from stratum_sql.catalog.embedders import EMBEDDERS
from stratum_sql.execute.batch import _Run
from stratum_sql.execute.events import Progress
from stratum_sql.physical.schedule import Task
from stratum_sql.results import Result, Summary
from tests.session.conftest import TABLE

TREE = "SELECT a, b, y FROM t TRAIN MODEL decision_tree_regressor(max_depth => [2, 3]) TARGET y CROSS VALIDATE 3"
LINE = "SELECT a, one_hot(c), y FROM t TRAIN MODEL ridge(alpha => [0.1, 1]), lasso(alpha => 0.1) TARGET y CROSS VALIDATE 3 METRIC r2, mae"
LOGIT = "SELECT a, b, late FROM t TRAIN MODEL logistic_regression(C => [0.1, 1], max_iter => 2), gaussian_nb TARGET late CROSS VALIDATE 3"
GROWN = "SELECT a, b, y FROM t TRAIN MODEL lightgbm_regressor(n_estimators => [3, 6], num_leaves => [4, 7]) TARGET y CROSS VALIDATE 3"
BATCH = [TREE, LINE, LOGIT, GROWN]


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The operators that are run while a batch trains, by kind; those that read and split its rows are run before."""
    seen: list[str] = []
    run = _Run._run_task

    def spied(self: _Run, task: Task, inputs: list[Any]) -> Any:
        seen.append(task.operator.kind)
        return run(self, task, inputs)

    monkeypatch.setattr(_Run, "_run_task", spied)
    return seen


def summary(result: Result) -> Summary:
    if result.error is not None:
        raise result.error
    assert result.summary is not None
    return result.summary


def known(session: Session, sql: str) -> int:
    """How many of the scores were known from before."""
    return summary(session.sql(sql)).reused


def rows(result: Result) -> list[dict[str, Any]]:
    return sorted(result.arrow().to_pylist(), key=lambda row: row["trial"])


def said(result: Result) -> list[tuple[str, str]]:
    return [(warning.code, warning.message) for warning in result.warnings]


# ---- the same again --------------------------------------------------------------------------------------------------


def test_the_same_batch_again_trains_nothing(session: Session, trained: list[str]) -> None:
    first = session.batch(BATCH)
    assert [summary(result).reused for result in first] == [0, 0, 0, 0]
    assert "Score" in trained
    trained.clear()
    again = session.batch(BATCH)
    assert trained == []
    for one, other in zip(first, again, strict=True):
        assert rows(one) == rows(other)  # to the last bit, and the seconds
        assert said(one) == said(other)
    assert "library_warning" in dict(said(again[2]))
    assert summary(again[0]).reused == summary(again[0]).fits == summary(first[0]).fits == 36


@pytest.mark.parametrize(
    "text",
    [
        "SELECT a, b, y FROM t TRAIN MODEL ridge() TARGET y CROSS VALIDATE 3",
        "SELECT a, b, y FROM t TRAIN MODEL ridge(alpha => 1) TARGET y CROSS VALIDATE 3 SEED 0",
        "select a as v, b as u, y as z from t as q train model RIDGE(alpha => 1.0, tol => 1e-4) target z cross validate 3 shuffle",
    ],
)
def test_other_words_for_the_same(session: Session, trained: list[str], text: str) -> None:
    session.sql("SELECT a, b, y FROM t TRAIN MODEL ridge(alpha => 1.0) TARGET y CROSS VALIDATE 3")
    trained.clear()
    assert known(session, text) == 3
    assert trained == []


def test_a_trial_more_trains_that_one(session: Session) -> None:
    session.sql(TREE)
    more = summary(session.sql(TREE.replace("[2, 3]", "[2, 3, 4]")))
    assert (more.fits, more.reused) == (9, 6)
    assert summary(session.sql(TREE.replace("[2, 3]", "3"))).reused == 3


def test_the_report_says_so(session: Session) -> None:
    first, again = session.sql(TREE), session.sql(TREE)
    assert "known from before" not in repr(first)
    assert "6 of them known from before" in repr(again)


def test_progress_counts_them_as_done() -> None:
    heard: list[Progress] = []
    with stratum_sql.connect(threads=2, progress=heard.append) as session:
        session.sql(TABLE)
        session.sql(TREE)
        heard.clear()
        session.sql(TREE.replace("[2, 3]", "[2, 3, 4, 5]"))
        assert all(one.fits_done <= one.fits_total for one in heard)
        trains = [one for one in heard if one.phase == "train"]
        assert {one.fits_total for one in trains} == {12}
        assert all(one.fits_done >= 6 for one in trains)
        assert (heard[-1].phase, heard[-1].fits_done, heard[-1].fits_total, heard[-1].trials_done) == (
            "done",
            12,
            12,
            4,
        )
        heard.clear()
        session.sql(TREE)
        assert (heard[-1].fits_done, heard[-1].fits_total, heard[-1].trials_done) == (6, 6, 2)


def test_a_named_model_is_fitted_and_stored_again(session: Session, trained: list[str]) -> None:
    session.sql(f"{TREE} AS best")
    trained.clear()
    again = session.sql(f"{TREE} AS second")
    assert summary(again).reused == 6
    assert trained == []
    one, two = (session.sql(f"FROM t PREDICT MODEL {name}").df() for name in ("best", "second"))
    assert one.equals(two)


# ---- something else --------------------------------------------------------------------------------------------------

OTHERS = {
    "seed": TREE + " SEED 4",
    "folds": TREE.replace("VALIDATE 3", "VALIDATE 4"),
    "no shuffle": TREE + " NO SHUFFLE",
    "parameter": TREE.replace("[2, 3]", "[4, 5]"),
    "metric": TREE + " METRIC mae",
    "one more metric": TREE + " METRIC r2, mae",
    "weights": TREE.replace("TARGET y", "TARGET y WEIGHT id"),
    "columns": TREE.replace("a, b, y", "b, a, y"),
    "rows": TREE.replace("FROM t", "FROM t WHERE id < 299"),
    "type": TREE.replace("a, b", "a::DOUBLE AS a, b"),
    "transform": TREE.replace("a, b", "standard_scale(a), b"),
    "estimator": TREE.replace("decision_tree", "extra_tree"),
    "rule": TREE + " WITH (rules = {'merge_scans': false})",
    "switched off": TREE + " WITH (rules = {'reuse_results': false})",
}


@pytest.mark.parametrize("what", OTHERS)
def test_what_differs_is_trained(session: Session, what: str) -> None:
    session.sql(TREE)
    assert known(session, OTHERS[what]) == 0
    assert known(session, TREE) == 6


CHANGES = {
    "a row more": "INSERT INTO t VALUES (300, 1, 1.0, 'c1', 2.0, false)",
    "a row less": "DELETE FROM t WHERE id = 7",
    "one value": "UPDATE t SET a = a + 1 WHERE id = 7",
    "one target": "UPDATE t SET y = y + 1e-9 WHERE id = 7",
    "one NULL": "UPDATE t SET b = NULL WHERE id = 7",
    "a type": "ALTER TABLE t ALTER a TYPE DOUBLE",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_changed_data_is_seen(session: Session, change: str) -> None:
    session.sql(TREE)
    session.sql(change)
    assert known(session, TREE) == 0
    assert known(session, TREE) == 6


def test_data_that_is_as_it_was_is_known(session: Session) -> None:
    session.sql(TREE)
    session.sql("UPDATE t SET a = a + 1 WHERE id = 7")
    session.sql("UPDATE t SET a = a - 1 WHERE id = 7")
    session.sql("CREATE TABLE u AS FROM t")
    assert known(session, TREE.replace("FROM t", "FROM u")) == 6


def registered(session: Session, data: pd.DataFrame, _folder: Path) -> str:
    session.register("frame", data)
    return "frame"


def as_csv(_session: Session, data: pd.DataFrame, folder: Path) -> str:
    data.to_csv(folder / "data.csv", index=False)
    return f"'{folder / 'data.csv'}'"


def as_parquet(_session: Session, data: pd.DataFrame, folder: Path) -> str:
    data.to_parquet(folder / "data.parquet")
    return f"'{folder / 'data.parquet'}'"


@pytest.mark.parametrize("form", [registered, as_csv, as_parquet])
def test_frames_and_files(session: Session, tmp_path: Path, form: Callable[[Session, pd.DataFrame, Path], str]) -> None:
    frame = session.sql("SELECT a, b, y FROM t").df()
    other = frame.copy()
    other["a"] = other["a"].where(other.index != 7, 100)
    sources = (form(session, data, tmp_path) for data in (frame, frame, other, frame))
    assert [known(session, TREE.replace("FROM t", f"FROM {source}")) for source in sources] == [0, 6, 0, 6]


def test_views_and_macros(session: Session) -> None:
    session.sql(
        "CREATE VIEW v AS SELECT a, b, y FROM t; CREATE MACRO plus(x) AS x + 1; CREATE MACRO scaled(x) AS standard_scale(x)"
    )
    view, macro, fitted = (
        TREE.replace("FROM t", "FROM v"),
        TREE.replace("a, b", "plus(a) AS a, b"),
        TREE.replace("a, b", "scaled(a), b"),
    )
    first = [known(session, sql) for sql in (view, macro, fitted)]
    assert first == [0, 0, 0]
    session.sql(
        "CREATE OR REPLACE VIEW v AS SELECT a, b * 2 AS b, y FROM t; CREATE OR REPLACE MACRO plus(x) AS x + 2; CREATE OR REPLACE MACRO scaled(x) AS robust_scale(x)"
    )
    assert [known(session, sql) for sql in (view, macro, fitted)] == [0, 0, 0]
    session.sql(
        "CREATE OR REPLACE VIEW v AS SELECT a, b, y FROM t; CREATE OR REPLACE MACRO plus(x) AS x + 1; CREATE OR REPLACE MACRO scaled(x) AS standard_scale(x)"
    )
    assert [known(session, sql) for sql in (view, macro, fitted)] == [6, 6, 6]


def test_functions_of_the_clock_go_by_what_they_gave(session: Session) -> None:
    constant = TREE.replace("a, b", "a, b, (random() * 0)::DOUBLE AS r, extract(century FROM now()) AS century")
    assert [known(session, constant) for _ in range(2)] == [0, 6]
    drawn = TREE.replace("a, b", "a, b, random() AS r")
    assert [known(session, drawn) for _ in range(2)] == [0, 0]


def test_switches(session: Session) -> None:
    session.sql(TREE)
    session.sql("SET stratum_reuse_results = false")
    assert known(session, TREE) == 0
    session.sql("RESET stratum_reuse_results")
    assert known(session, TREE) == 6
    session.sql("SET stratum_same_split = false")
    assert [known(session, TREE) for _ in range(2)] == [0, 6]


def test_what_was_not_kept_is_not_known(session: Session) -> None:
    off = f"{TREE} WITH (rules = {{'reuse_results': false}})"
    assert [known(session, off) for _ in range(2)] == [0, 0]
    assert known(session, TREE) == 0


# ---- what is not kept ------------------------------------------------------------------------------------------------


def test_failed_trials_are_tried_again(session: Session) -> None:
    sql = "SELECT a, y FROM t TRAIN MODEL knn_regressor(n_neighbors => [3, 5000]) TARGET y CROSS VALIDATE 3"
    first, again = session.sql(sql), session.sql(sql)
    assert [row["status"] for row in rows(again)] == ["ok", "failed"]
    assert [row["error"] for row in rows(first)] == [row["error"] for row in rows(again)]
    assert summary(again).reused == 3


def test_a_batch_that_was_interrupted_keeps_what_was_done(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    run, done, ended = _Run._run_task, [], threading.Event()

    def spied(self: _Run, task: Task, inputs: list[Any]) -> Any:
        if task.operator.kind == "Score":
            done.append(task)
            if len(done) > 9:
                session.interrupt()
                ended.wait(60)
        return run(self, task, inputs)

    with monkeypatch.context() as patched:
        patched.setattr(_Run, "_run_task", spied)
        stopped = session.sql(TREE.replace("[2, 3]", "[2, 3, 4, 5, 6, 7]"))
        ended.set()
    whole = [row["trial"] for row in rows(stopped) if row["status"] == "ok"]
    assert summary(stopped).interrupted
    assert 0 < len(whole) < 6
    assert known(session, TREE.replace("[2, 3]", "[2, 3, 4, 5, 6, 7]")) == 3 * len(whole)


def test_code_of_the_host_program_is_run_each_time(session: Session) -> None:
    session.allow("tests.engine.spies.FaultyModel")
    session.allow("tests.engine.spies.SpyTransform")
    for sql in (
        "SELECT a, y FROM t TRAIN MODEL tests.engine.spies.FaultyModel(phase => 'never') TARGET y CROSS VALIDATE 3",
        "SELECT tests.engine.spies.SpyTransform(a), y FROM t TRAIN MODEL ols TARGET y CROSS VALIDATE 3",
        "SELECT a, y FROM t TRAIN MODEL bagging_regressor(estimator => tests.engine.spies.FaultyModel(phase => 'never'), n_estimators => 2) TARGET y CROSS VALIDATE 3",
    ):
        assert [known(session, sql) for _ in range(2)] == [0, 0], sql


def test_an_embedder_is_asked_each_time(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(EMBEDDERS, "lengths", lambda texts: [[float(len(text)), 1.0] for text in texts])
    sql = "SELECT text_embed(c, 'lengths'), a, y FROM t TRAIN MODEL ols TARGET y CROSS VALIDATE 3"
    assert [known(session, sql) for _ in range(2)] == [0, 0]


# ---- a database in a file --------------------------------------------------------------------------------------------


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A database whose batches were run once; closed again."""
    path = tmp_path / "one.db"
    with stratum_sql.connect(path, threads=2) as session:
        session.sql(TABLE)
        for result in session.batch(BATCH):
            assert result.error is None
    return path


def reused(path: Path, **settings: Any) -> int:
    with stratum_sql.connect(path, threads=2, **settings) as session:
        return summary(session.batch(BATCH)[0]).reused


def test_another_session_finds_them(database: Path) -> None:
    assert Path(f"{database}.results").exists()
    assert reused(database) == 36


def test_another_process_finds_them(database: Path) -> None:
    code = f"import stratum_sql; print(stratum_sql.connect({str(database)!r}, threads=2).batch({BATCH!r})[0].summary.reused)"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    assert found.stdout.split() == ["36"]


@pytest.mark.parametrize("damage", [b"", b"no database", b"SQLite format 3\0" * 500])
def test_damage_is_harmless(database: Path, damage: bytes) -> None:
    Path(f"{database}.results").write_bytes(damage)
    assert reused(database) == 0
    assert reused(database) == 36


def test_a_folder_in_its_place_is_harmless(database: Path) -> None:
    Path(f"{database}.results").unlink()
    Path(f"{database}.results").mkdir()
    assert [reused(database) for _ in range(2)] == [0, 0]


def test_a_read_only_session_writes_nothing(database: Path) -> None:
    content = Path(f"{database}.results").read_bytes()
    with stratum_sql.connect(database, threads=2, read_only=True) as session:
        other = TREE.replace("[2, 3]", "[6, 7]")
        assert [known(session, other) for _ in range(2)] == [0, 6]
    assert Path(f"{database}.results").read_bytes() == content


def test_two_sessions_at_once(database: Path) -> None:
    other = TREE.replace("[2, 3]", "[6, 7]")
    with stratum_sql.connect(database, threads=2) as one, stratum_sql.connect(database, threads=2) as two:
        assert [known(one, other), known(two, other), known(two, TREE)] == [0, 6, 6]
        two.sql("UPDATE t SET a = a + 1 WHERE id = 7")
        assert known(one, other) == 0
