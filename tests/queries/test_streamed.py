"""The streamed sums: exact for any number of rows, and each fault is a problem."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from queries.report import Options
from queries.streamed import measure
from queries.streamed.bench import report, run
from queries.streamed.measure import FOLDS, PERIOD, Measured, exact


def test_a_short_stream_in_a_process_of_its_own() -> None:
    found = run(Options(rows_fraction=0.004, threads=1))
    assert found.problems == ()
    assert found.agrees
    assert found.lines[0].statement == "200,000 rows, 8 numbers, 5 folds"


@pytest.mark.parametrize("batch", [1000, 7919])
def test_batches_of_any_size_have_the_exact_sums(monkeypatch: pytest.MonkeyPatch, batch: int) -> None:
    monkeypatch.setattr(measure, "BATCH", batch)
    found = measure.measure(20_011, threads=1)
    assert (found.wrong_sums, found.error < 1e-13) == (0, True)


def test_a_period_comes_as_often_as_it_fits() -> None:
    assert np.array_equal(exact(2 * PERIOD + 17), measure._exact(2 * PERIOD + 17))
    assert exact(PERIOD)[:, 0, 0].tolist() == [PERIOD // FOLDS] * FOLDS


@pytest.mark.parametrize(
    ("fault", "words"), [({"wrong_sums": 2}, "2 entries"), ({"error": 1e-9}, "off by"), ({"peak_mib": 2049.0}, "2,049")]
)
def test_each_fault_is_a_problem(fault: dict[str, float], words: str) -> None:
    good = Measured(1.0, 300.0, 3400.0, 0, 1e-15)
    assert report(1000, good).problems == ()
    (problem,) = report(1000, replace(good, **fault)).problems  # type: ignore[arg-type]
    assert words in problem
