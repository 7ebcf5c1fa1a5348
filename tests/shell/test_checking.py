"""`stratum check`, `stratum fmt` and `stratum --dialect-reference`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from stratum_sql.grammar.imports import SOURCES
from stratum_sql.shell import cli
from stratum_sql.shell.checking import DIALECTS
from stratum_sql.shell.dialect_reference import dialect_reference

BAD = "SELECT 1 AS a, 2 AS y TRAIN MODEL rigde() TARGET yy;\nFROM t PREDICT MODEL m"
GOOD = "SELECT 1 AS a, 2 AS y train model ridge label y"


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    for name, text in (("bad.sql", BAD), ("good.sql", GOOD)):
        (tmp_path / name).write_text(text)
    return str(tmp_path / "bad.sql"), str(tmp_path / "good.sql")


def test_check_tells_every_mistake(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", *files]) == cli.BAD_INPUT
    out, err = capsys.readouterr()
    assert out == "3 statements: 4 errors, 0 warnings\n"
    assert [line.split("[")[1].split("]")[0] for line in err.splitlines() if "bad.sql: " in line] == [
        "unknown_estimator",
        "unknown_column",
        "unknown_model",
        "unknown_table",
    ]
    assert cli.main(["check", files[1]]) == cli.OK
    assert capsys.readouterr().out == "1 statement: 0 errors, 0 warnings\n"


def test_check_tells_programs(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", "--format", "json", *files, "no.sql"]) == cli.BAD_INPUT
    told = json.loads(capsys.readouterr().out)
    assert (told["statements"], told["errors"], told["warnings"]) == (3, 5, 0)
    first, last = told["diagnostics"][0], told["diagnostics"][-1]
    assert (Path(first["source"]).name, first["code"], first["line"], first["column"]) == (
        "bad.sql",
        "unknown_estimator",
        1,
        35,
    )
    assert last["code"] == "unreadable_file"


def test_fmt_prints_writes_and_compares(files: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    wanted = "SELECT 1 AS a, 2 AS y TRAIN MODEL ridge() TARGET y"
    assert cli.main(["fmt", files[1]]) == cli.OK
    assert capsys.readouterr().out == wanted
    assert cli.main(["fmt", "--check", *files]) == cli.SOME_FAILED
    assert capsys.readouterr().out == f"{files[1]}\n"
    assert cli.main(["fmt", "--write", *files]) == cli.OK
    assert (Path(files[0]).read_text(), Path(files[1]).read_text()) == (BAD, wanted)
    assert cli.main(["fmt", "--check", *files]) == cli.OK
    assert cli.main(["fmt", "--core", files[1]]) == cli.OK
    assert capsys.readouterr().out.startswith("SELECT * FROM train_model((SELECT 1 AS a")


def test_fmt_tells_what_it_cannot_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.sql").write_text("FROM t TRAIN MODEL")
    assert cli.main(["fmt", str(tmp_path / "x.sql"), str(tmp_path / "no.sql")]) == cli.BAD_INPUT
    assert "error[expected]" in capsys.readouterr().err


def test_fmt_translates(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "x.sql"
    path.write_text("SELECT * FROM ML.PREDICT(MODEL `m`, TABLE `t`)")
    wanted = "FROM t PREDICT MODEL m"
    assert cli.main(["fmt", "--from", "bigquery", str(path)]) == cli.OK
    assert capsys.readouterr().out.endswith(wanted)
    assert cli.main(["fmt", "--from", "bigquery", "--core", str(path)]) == cli.OK
    assert capsys.readouterr().out.endswith("SELECT * FROM predict_model((FROM t), model => m)")
    assert cli.main(["fmt", "--from", "bigquery", "--check", str(path)]) == cli.SOME_FAILED
    assert cli.main(["fmt", "--from", "bigquery", "--write", str(path)]) == cli.OK
    assert path.read_text().endswith(wanted)
    capsys.readouterr()
    path.write_text("SELECT * FROM PREDICT(MODEL m, SELECT * FROM t);")
    assert cli.main(["fmt", "--from", "dask_sql", str(path)]) == cli.OK
    assert capsys.readouterr().out == "SELECT * FROM t PREDICT MODEL m AS target;"


def test_every_dialect_can_be_asked_for() -> None:
    assert set(DIALECTS) == set(SOURCES)


def test_fmt_tells_what_it_cannot_translate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.sql").write_text("SELECT * FROM ML.WEIGHTS(MODEL m)")
    assert cli.main(["fmt", "--from", "bigquery", str(tmp_path / "x.sql")]) == cli.BAD_INPUT
    out, err = capsys.readouterr()
    assert out == ""
    assert "error[not_supported]: ML.WEIGHTS has no equal here" in err


def test_the_dialect_fits_a_prompt(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--dialect-reference"]) == cli.OK
    told = capsys.readouterr().out
    assert told == dialect_reference()
    assert len(re.findall(r"\w{1,5}|[^\w\s]", told)) < 6000  # more pieces than any tokenizer of a language model makes
    for word in ("TRAIN", "choose(", "one_hot(", "xgboost_classifier", "roc_auc", "repeated_k_fold"):
        assert word in told
