"""The benchmark of a stock DuckDB, small."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from queries.shell import bench


def test_both_give_the_same_score(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join([str(Path(bench.__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    )
    found = bench.measure(rows=2000, rounds=1, threads=2)
    assert found.agrees
    assert found.baseline_s is not None
    assert found.baseline_s > 0
