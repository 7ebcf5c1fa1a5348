"""The benchmark of predictions: both sides predict the same, and each fault is a problem."""

from __future__ import annotations

from dataclasses import replace

import pytest

from queries.predict.bench import report, run
from queries.predict.measure import Measured
from queries.report import Options


def test_a_short_table_in_processes_of_their_own() -> None:
    found = run(Options(rows_fraction=0.002, threads=1))
    assert found.problems == ()
    assert found.agrees
    assert [line.statement for line in found.lines] == [
        "a linear pipeline, 20,000 rows",
        "200 trees of LightGBM, 20,000 rows",
    ]


@pytest.mark.parametrize(("fault", "words"), [({"rows": 9}, "9 predictions"), ({"peak_mib": 1025.0}, "1,025 MiB")])
def test_each_fault_is_a_problem(fault: dict[str, float], words: str) -> None:
    good = Measured(1.0, 300.0, 10, 2.0, 4.0)
    assert report(10, {"line": (good, good), "trees": (good, good)}).agrees
    wrong = replace(good, **fault)  # type: ignore[arg-type]
    (problem,) = report(10, {"line": (wrong, good), "trees": (good, good)}).problems
    assert words in problem


def test_other_predictions_do_not_agree() -> None:
    good = Measured(1.0, 300.0, 10, 2.0, 4.0)
    assert not report(10, {"line": (good, good), "trees": (replace(good, mean=2.1), good)}).agrees
