"""Measuring a GPU, with a stand-in in its place: what is measured is kept, and found again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from stratum_sql.calibrate import gpu as calibration
from stratum_sql.calibrate.run import Calibration
from stratum_sql.errors import StratumError
from stratum_sql.execute.gpu import found_gpu
from stratum_sql.optimizer.cost.device import DEVICE_DEFAULTS, device_file, read_device, save_device
from stratum_sql.shell import cli
from tests.execute.gpu_stand_in import StandIn, installed


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[StandIn]:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    with installed(monkeypatch) as found:
        yield found


def test_every_coefficient_is_measured_and_the_device_is_found_by_its_name(stand_in: StandIn) -> None:
    gpu = found_gpu()
    assert gpu is not None
    assert not gpu.device.measured
    device = calibration.measured(gpu, rows=1_000)
    assert all(device.seconds[name] != shipped for name, shipped in DEVICE_DEFAULTS.items())
    assert min(device.to_device, device.from_device, device.latency) > 0
    save_device(device, device_file())
    assert read_device(device_file()) == device
    found_gpu.cache_clear()
    again = found_gpu()
    assert again is not None
    assert again.device.measured
    assert again.device.seconds == device.seconds


def test_a_training_that_fails_leaves_its_coefficients(stand_in: StandIn) -> None:
    def fails(_number: int) -> None:
        raise RuntimeError("no kernel image")

    stand_in.fails = fails
    gpu = found_gpu()
    assert gpu is not None
    device = calibration.measured(gpu, rows=500)
    assert device.seconds["fit_descent"] == DEVICE_DEFAULTS["fit_descent"]
    assert device.seconds["flop"] != DEVICE_DEFAULTS["flop"]


def test_the_command_shows_and_keeps_it(
    stand_in: StandIn, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("stratum_sql.calibrate.run.calibrate", lambda _rows, _tell: Calibration((), {}, 0.0))
    monkeypatch.setattr("stratum_sql.shell.calibrating._QUICK_GPU_ROWS", 500)
    assert cli.main(["calibrate", "--quick", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)["gpu"]
    assert told["name"] == "stand-in"
    assert told["seconds"].keys() == DEVICE_DEFAULTS.keys()
    assert read_device(device_file()).seconds == told["seconds"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param("{", "no JSON", id="no JSON"),
        pytest.param("[]", "no name", id="no object"),
        pytest.param('{"name": "x"}', "memory", id="no memory"),
        pytest.param('{"name": "x", "memory": -1}', "memory", id="negative"),
        pytest.param('{"name": "x", "memory": true}', "memory", id="no number"),
        pytest.param('{"name": "x", "memory": NaN}', "memory", id="NaN"),
        pytest.param('{"name": "x", "memory": 1, "seconds": {"row": 1}}', "row", id="no unit of it"),
        pytest.param('{"name": "x", "memory": 1, "libraries": ["torch"]}', "torch", id="no library of it"),
        pytest.param('{"name": "x", "memory": 1, "speed": 1}', "speed", id="no key"),
    ],
)
def test_a_file_that_describes_no_device_says_why(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "gpu.json"
    path.write_text(text)
    with pytest.raises(StratumError, match=why) as caught:
        read_device(path)
    assert caught.value.diagnostic.code == "bad_device"


def test_a_file_that_is_not_there_is_no_device(tmp_path: Path) -> None:
    with pytest.raises(StratumError, match="describes no device"):
        read_device(tmp_path / "none.json")
