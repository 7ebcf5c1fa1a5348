"""`stratum calibrate`: what it prints, and what it keeps."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stratum_sql.calibrate import batches, run
from stratum_sql.calibrate.run import Calibration, Measured
from stratum_sql.optimizer.cost.coefficients import coefficients, costs_file
from stratum_sql.optimizer.cost.defaults import UNITS
from stratum_sql.shell import cli

MEASURED = Calibration(
    (Measured("call", "operator run", 1e-4, 2e-4), Measured("row", "row read", 1e-9, None)),
    {"boosting": "ModuleNotFoundError: \x1b[31mno module"},
    1.25,
)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("STRATUM_COSTS", raising=False)


@pytest.fixture
def _measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "calibrate", lambda _rows, _tell: MEASURED)


def test_quick_measures_and_keeps(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    few = tuple(probe for probe in batches.PROBES if probe.name in ("linear models from sums", "logistic regression"))
    monkeypatch.setattr(run.calibrate, "__defaults__", (run.ROWS, lambda _line: None, few))
    assert cli.main(["calibrate", "--quick", "--rows", "150"]) == 0
    shown = capsys.readouterr()
    assert shown.err.splitlines() == ["1/2 linear models from sums", "2/2 logistic regression"]
    assert {line.split()[0] for line in shown.out.splitlines()} >= UNITS.keys()
    assert shown.out.rstrip().endswith(f"kept in {costs_file()}")
    assert coefficients().measured


@pytest.mark.usefixtures("_measured")
def test_a_dry_run_keeps_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["calibrate", "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert "nothing was kept" in shown
    assert "\x1b" not in shown
    assert not costs_file().exists()


@pytest.mark.usefixtures("_measured")
def test_json_has_every_coefficient(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["calibrate", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["measured"] for one in told["coefficients"]] == [2e-4, None]
    assert told["file"] == str(costs_file())
    assert coefficients().seconds_of["call"] == 2e-4


@pytest.mark.usefixtures("_measured")
def test_a_file_that_cannot_be_written_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "stratum-sql").write_text("a file, where a folder should be")
    assert cli.main(["calibrate"]) == 1
    assert "cannot write" in capsys.readouterr().err


@pytest.mark.parametrize("rows", ["0", "-5", "many", "10000000"])
def test_a_number_of_rows_must_make_sense(rows: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["calibrate", "--rows", rows]) == 2
    assert "--rows" in capsys.readouterr().err
