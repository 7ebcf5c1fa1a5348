"""Sizes in processes of their own: what finished is told, what did not is a problem."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from queries.report import Options
from queries.scale import bench
from queries.scale.bench import report, run_scale, run_size, why
from queries.scale.measure import Measured, Size, texts


def done(seconds: float, trials: int) -> Measured:
    return Measured(seconds, 100.0, trials, 0, 0.0, ())


def test_two_sizes_run_and_the_smallest_is_checked() -> None:
    found = run_scale(Options(rows_fraction=0.1, sample=2, threads=1), rows=(3_000,), pipelines=(24, 48))
    assert found.problems == ()
    assert found.agrees
    assert (found.trials, found.measured, found.baseline_s, found.ratio) == (72, 2, None, None)
    assert [line.statement for line in found.lines] == ["300 rows, 24 pipelines", "300 rows, 48 pipelines"]
    assert all(line.peak_mib and line.ours_s for line in found.lines)
    assert found.notes[0].startswith("300 rows: ")


@pytest.mark.parametrize(("pipelines", "trials"), [(1, 24), (100, 96), (1_000, 1_008), (10_000, 10_008)])
def test_the_pipelines_are_about_as_many_as_asked(pipelines: int, trials: int) -> None:
    alphas = [text.count(",", text.index("alpha"), text.index("]")) + 1 for _, text in texts(pipelines)]
    assert 2 * sum(alphas) == trials


def test_a_size_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    assert run_size(Size(200, 24), tmp_path / "none", 0, 1, limit_s=0.01) == "stopped after 0 s"


def test_a_process_that_fails_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert run_size(Size(200, 24), tmp_path / "none", 0, 1, limit_s=60) == "exit code 1: nothing was said"
    assert why(-9, "") == "ended by SIGKILL"
    assert why(1, "Traceback\nMemoryError: 5 GiB\n") == "exit code 1: MemoryError: 5 GiB"


def test_larger_sizes_than_one_that_stopped_are_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[Size] = []

    def run(size: Size, _database: Path, _checked: int, _threads: int | None, _limit: float) -> Measured | str:
        tried.append(size)
        return "stopped" if size == Size(200, 100) else done(1.0, size.pipelines)

    monkeypatch.setattr(bench, "run_size", run)
    found = run_scale(Options(), rows=(100, 200, 400), pipelines=(10, 100, 1_000))
    assert Size(400, 10) in tried
    assert not {Size(200, 1_000), Size(400, 100), Size(400, 1_000)} & set(tried)
    assert not found.agrees
    assert len(found.problems) == 4
    assert len(found.lines) == 5


def test_a_further_pipeline_is_told_by_size() -> None:
    sizes = {Size(100, 10): done(1.0, 10), Size(100, 110): done(1.5, 110), Size(900, 10): done(7.0, 10)}
    found = report(list(sizes), sizes, {})
    assert found.notes == ("100 rows: 5.00 ms for each further pipeline up to 110",)
    assert (found.ours_s, found.peak_mib, found.trials) == (9.5, 100.0, 130)
