"""The command over the real engine: a batch with one bad text, an untrusted one, a plan, and Ctrl-C in a process."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stratum_sql.shell import cli

TABLE = "CREATE TABLE t AS SELECT range::DOUBLE AS x, 2.0 * range + range % 3 AS y FROM range(60)"
TRAIN = """SELECT y, standard_scale(x) AS x FROM t
TRAIN MODEL ridge(alpha => [0.1, 10]), lasso(alpha => 0.1) TARGET y CROSS VALIDATE 3 METRIC r2, mae AS m"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    for name, text in {
        "table": TABLE,
        "train": TRAIN,
        "bad": "SELECT agee FROM t TRAIN MODEL ridge() TARGET y",
        "predict": "SELECT x FROM t LIMIT 2 PREDICT MODEL m",
        "evaluate": "SELECT x, y FROM t EVALUATE MODEL m TARGET y METRIC r2",
    }.items():
        (tmp_path / f"{name}.sql").write_text(text)
    return tmp_path


def test_a_batch_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    files = ["table.sql", "bad.sql", "train.sql", "predict.sql", "evaluate.sql"]
    assert cli.main(["run", *files, "--format", "json"]) == 2
    table, bad, train, predict, evaluate = json.loads(capsys.readouterr().out)["results"]
    assert table["error"] is None
    assert bad["error"]["code"] == "unknown_column"
    assert bad["error"]["line"] == 1
    assert train["kind"] == "leaderboard"
    assert train["metrics"][0] == {"name": "r2", "higher_is_better": True}
    best = dict(zip(train["columns"], train["rows"][0], strict=True))
    assert (best["rank"], best["status"], best["model"]) == (1, "ok", "m")
    assert len(best["fold_scores"]["r2"]) == 3
    assert train["summary"]["trials"] == 3
    assert (predict["kind"], predict["total_rows"]) == ("predictions", 2)
    assert evaluate["kind"] == "evaluation"


def test_a_batch_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", "table.sql", "train.sql", "bad.sql"]) == 2
    out, err = capsys.readouterr()
    assert "── train.sql ──\nmodel m\nrank  estimator" in out
    assert "best: " in out
    assert "bad.sql: BindError[unknown_column]" in err
    assert max(map(len, out.splitlines())) <= 80


def test_an_open_batch_of_a_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = "SELECT x, y FROM t TRAIN MODEL ols() TARGET y CROSS VALIDATE 3"
    (folder / "batch.sql").write_text(f"BEGIN BATCH; {one}; {one} METRIC mae; COMMIT BATCH; SHOW MODELS")
    assert cli.main(["run", "table.sql", "batch.sql", "--format", "json"]) == 0
    _, _, first, second, commit, models = json.loads(capsys.readouterr().out)["results"]
    assert [first["kind"], second["kind"], commit["kind"]] == ["leaderboard", "leaderboard", "rows"]
    assert first["summary"]["scans"] == 1
    assert [row[0] for row in commit["rows"]] == [1, 2]
    assert models["columns"][0] == "name"
    assert cli.main(["run", "table.sql", "batch.sql", "--database", "d.db"]) == 0
    out = capsys.readouterr().out
    assert "2 statements, each shown at its place" in out
    assert out.count("best: ") == 2
    assert cli.main(["explain", "batch.sql", "--database", "d.db"]) == 0
    assert "shared by 2 statements" in capsys.readouterr().out


def test_a_batch_that_is_never_committed_trains_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "open.sql").write_text(f"BEGIN BATCH; {TRAIN}")
    assert cli.main(["run", "table.sql", "open.sql", "--database", "d.db"]) == 0
    assert "waiting" in capsys.readouterr().out
    (folder / "models.sql").write_text("SHOW MODELS")
    assert cli.main(["run", "models.sql", "--database", "d.db"]) == 0
    assert "0 rows" in capsys.readouterr().out


def test_several_files_are_explained_as_one_plan(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", "table.sql", "--database", "d.db"]) == 0
    capsys.readouterr()
    assert cli.main(["explain", "train.sql", "train.sql", "--database", "d.db"]) == 0
    assert "shared by 2 statements" in capsys.readouterr().out


def test_a_plan_for_a_gpu_that_a_file_describes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "gpu.json").write_text('{"name": "made up", "memory": 8e9}')
    (folder / "asks.sql").write_text(f"{TRAIN} WITH (device = 'gpu', rules = {{'sufficient_statistics': false}})")
    assert cli.main(["run", "table.sql", "--database", "d.db"]) == 0
    assert cli.main(["explain", "asks.sql", "--database", "d.db", "--device", "gpu.json"]) == 0
    assert "GPU made up: 1 product there" in capsys.readouterr().out
    assert cli.main(["run", "asks.sql", "--database", "d.db", "--device", "none.json"]) == 2
    assert "bad_device" in capsys.readouterr().err


def test_untrusted_text_reads_no_files(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "secret.csv").write_text("a\n1\n")
    (folder / "steal.sql").write_text(f"FROM '{folder}/secret.csv'")
    assert cli.main(["run", "steal.sql"]) == 0
    assert cli.main(["run", "steal.sql", "--untrusted", "--format", "json"]) == 2
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["results"][0]["error"] is not None
    assert told["results"][0]["rows"] == []


def test_a_loaded_file_is_a_table_of_untrusted_text_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "mine.csv").write_text("a\n1\n2\n")
    (folder / "count.sql").write_text("SELECT sum(a)::INTEGER AS total FROM mine")
    assert cli.main(["run", "count.sql", "--load", "mine=mine.csv", "--format", "json", "--untrusted"]) == 0
    assert json.loads(capsys.readouterr().out)["results"][0]["rows"] == [[3]]


def test_a_database_that_cannot_be_opened_is_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", "table.sql", "--database", "absent/d.db"]) == 2
    told = capsys.readouterr().err
    assert "[cannot_open]" in told
    assert "Traceback" not in told


def test_ctrl_c_prints_what_has_finished(folder: Path) -> None:
    (folder / "long.sql").write_text(
        "SELECT count(*) FROM range(1000000000) a, range(1000000) b WHERE a.range + b.range = 7"
    )
    (folder / "now.sql").write_text("SELECT 42 AS answer")
    (folder / "mark.sql").write_text("COPY (SELECT 1) TO 'running.csv'")
    env = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-m", "stratum_sql", "run", "now.sql", "mark.sql", "long.sql", "long.sql"]
    with subprocess.Popen(
        [*command, "--format", "json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, text=True
    ) as process:
        while not (folder / "running.csv").exists():
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "Traceback" not in err
    now, _, *long = json.loads(out)["results"]
    assert now["rows"] == [[42]]
    assert [result["error"]["code"] for result in long] == ["interrupted", "interrupted"]
