"""Measuring coefficients: from made-up times, and from small batches that are really run."""

from __future__ import annotations

import duckdb
import numpy as np
import pytest

from stratum_sql.calibrate import run as calibration
from stratum_sql.calibrate.batches import PROBES, Probe, make_rows
from stratum_sql.calibrate.solve import solved
from stratum_sql.calibrate.timing import Timed, timed
from stratum_sql.optimizer.cost.defaults import DEFAULTS

ROWS = 120


def test_coefficients_that_explain_the_times_are_found() -> None:
    true = {"call": 2e-3, "row": 5e-6, "text": 1e-6}
    counts = [(1, 1e3, 0), (1, 1e5, 0), (1, 0, 1e3), (2, 1e4, 1e6), (1, 10, 10), (3, 0, 1e5)]
    seconds = (float(np.dot(count, list(true.values()))) for count in counts)
    runs = [Timed("Scan", dict(zip(true, count, strict=True)), one) for count, one in zip(counts, seconds, strict=True)]
    found = solved(runs, {"call": 1e-3, "row": 1e-6, "text": 3e-6, "query": 1.0})
    assert found == pytest.approx(true, rel=0.2)


def test_one_run_that_was_disturbed_changes_little() -> None:
    runs = [Timed("Scan", {"row": 1e5 + place}, 0.1) for place in range(20)]
    assert solved([*runs, Timed("Scan", {"row": 1e5}, 10.0)], {"row": 1e-6})["row"] == pytest.approx(1e-6, rel=0.2)


def test_what_no_run_depends_on_is_left_out() -> None:
    assert solved([], DEFAULTS) == {}
    assert solved([Timed("Scan", {"unheard": 1.0}, 1.0)], DEFAULTS) == {}
    assert solved([Timed("Scan", {"row": 1.0, "call": 0.0}, 1.0)], DEFAULTS).keys() == {"row"}


def test_runs_without_any_time_give_no_zero() -> None:
    assert solved([Timed("Scan", {"row": 1e6}, 0.0)], {"row": 1e-6})["row"] > 0


def test_the_made_up_rows_are_the_same_each_time() -> None:
    with duckdb.connect() as connection:
        sums = []
        for _ in range(2):
            make_rows(connection, 50)
            sums.append(connection.execute("SELECT count(*), sum(hash(made)) FROM made").fetchone())
    assert sums[0] == sums[1]
    assert sums[0] is not None
    assert sums[0][0] == 50


def test_every_coefficient_is_in_a_probe() -> None:
    """Each is counted by an operator of a plan, so that it can be measured."""
    units: set[str] = set()
    with duckdb.connect() as connection:
        for probe in PROBES:
            units |= {name for one in timed(probe, connection, ROWS) for name, count in one.units.items() if count}
    assert units == set(DEFAULTS)


def test_a_probe_that_fails_leaves_its_coefficients() -> None:
    told: list[str] = []
    good = Probe("good", ("SELECT x1, y FROM made TRAIN MODEL ols TARGET y",))
    bad = Probe("bad", ("SELECT no_such_column, y FROM made TRAIN MODEL ols TARGET y",))
    found = calibration.calibrate(ROWS, told.append, (bad, good))
    assert told == ["1/2 bad", "2/2 good"]
    assert list(found.failed) == ["bad"]
    assert "no_such_column" in found.failed["bad"]
    assert {"query", "solved"} <= found.found.keys() < DEFAULTS.keys()
    assert {one.name for one in found.coefficients} == set(DEFAULTS)
