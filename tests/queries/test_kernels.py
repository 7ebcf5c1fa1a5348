"""The benchmark of kernels: every case agrees with its library, and what is reported when one does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from queries.kernels import gram
from queries.kernels.bench import CASES, Timed, report, run_kernels
from queries.kernels.case import Case, apart
from queries.report import Options

# scikit-learn warns of few rows and many categories
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore::RuntimeWarning", "ignore::FutureWarning")


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.name} against {case.against}")
def test_every_case_agrees_with_its_library(case: Case) -> None:
    found = run_kernels(Options(rows_fraction=0.002, sample=1, threads=2), [case])
    assert found.problems == ()
    assert found.agrees
    assert found.lines[0].statement == case.name
    assert "rows a second" in found.notes[0]


def test_a_ridge_regression_from_sums_is_that_of_a_solver_that_goes_on() -> None:
    data = gram.mixed(2_000)
    assert apart(gram.ridge(data, 0, 1), gram.sklearn_ridge(data, 0, 1, tol=1e-9)) < 1e-5


def test_the_names_tell_the_cases_apart() -> None:
    assert len({case.name for case in CASES}) == len(CASES)


def made(factor: float, **changes: Any) -> Case:
    case = Case(
        "made up", "itself", np.ones, lambda data, _f, _t: factor * data, lambda data, _f, _t: data, apart, 1e-9
    )
    return replace(case, **changes)


def test_a_result_that_differs_is_a_problem() -> None:
    found = run_kernels(Options(rows_fraction=0.001, sample=2, threads=1), [made(1.001), made(1.0)])
    assert found.problems == ("made up: differs from itself by 1.0e-03, which is more than 1e-09",)
    assert not found.agrees


def test_every_fold_is_compared() -> None:
    def late(data: Any, fold: int, _threads: int) -> Any:
        return data + (fold == 3)

    options = Options(rows_fraction=0.001, sample=1, threads=1)
    assert run_kernels(options, [made(1.0, ours=late, folds=3)]).agrees
    assert not run_kernels(options, [made(1.0, ours=late, folds=4)]).agrees


def test_the_note_says_whether_the_goal_is_missed() -> None:
    timed = Timed(rows=1_000_000, ours_s=2.0, library_s=10.0, apart=0.0)
    cases = [made(1.0), made(1.0, goal=4.0), made(1.0, goal=20.0, folds=5)]
    assert report(cases, [timed] * 3).notes == (
        "made up: 5.0 times itself; 500,000 rows a second",
        "made up: 5.0 times itself, wanted 4; 500,000 rows a second",
        "made up: 5.0 times itself, wanted 20, missed; 2.5 million rows a second",
    )


@pytest.mark.parametrize(
    ("ours", "theirs", "wanted"),
    [
        ([1.0, 2.0], [1.0, 4.0], 0.5),
        ([np.nan, 1.0], [np.nan, 1.0], 0.0),
        ([np.nan], [1.0], np.inf),
        ([], [1.0], np.inf),
    ],
)
def test_differences_are_by_the_largest_size(ours: list[float], theirs: list[float], wanted: float) -> None:
    assert apart(np.array(ours), np.array(theirs)) == wanted
