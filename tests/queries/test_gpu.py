"""The benchmark of the GPU: nothing without one, and both sides compared with a stand-in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from queries import bench
from queries.gpu import bench as gpu
from queries.gpu.bench import NONE, Compared, report
from queries.report import Options
from tests.execute.gpu_stand_in import installed


def test_without_a_gpu_it_says_so_and_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["gpu"]) == 0
    assert NONE in capsys.readouterr().out


def test_both_sides_of_every_piece_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu, "REGRESSIONS", 3)
    monkeypatch.setattr(gpu, "PRODUCT_COLUMNS", 12)
    monkeypatch.setattr(gpu, "CLUSTERS", 4)
    monkeypatch.setattr(gpu, "TREES_COLUMNS", 4)
    monkeypatch.setattr(gpu, "REGRESSIONS_COLUMNS", 4)
    monkeypatch.setattr(gpu, "FEATURES_COLUMNS", 3)
    with installed(monkeypatch) as stand_in:
        found = gpu.run(Options(rows_fraction=1e-6, threads=1))
    assert found.problems == ()
    assert found.agrees
    assert [line.trials for line in found.lines] == [1, 1, 1, 2, 3, 2]
    doubles, singles = (line.max_score_difference for line in found.lines[:2])
    assert doubles < 1e-12 < singles < 1e-5  # rounded to singles, and told so
    assert stand_in.trained == ["KMeans", *["LogisticRegression"] * (3 + 2 * 5)]


def test_a_difference_past_its_tolerance_is_a_problem() -> None:
    good = Compared("product", 1, 1.0, 2.0, 1e-12, 1e-9)
    assert report("x", [good]).agrees
    for apart in (1e-8, float("nan"), float("inf")):
        assert not report("x", [good, replace(good, apart=apart)]).agrees
