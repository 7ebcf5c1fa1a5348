"""Each kernel against the library that does the same, on the same data and with as many threads.

Both sides run by turns, `--sample` times each, and the middle time counts. A new row is a `Case` in a file of this
folder and that file in `CASES`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from threadpoolctl import threadpool_limits

from queries.compare import own_peak_mib, timed
from queries.kernels import gram, logistic, neighbours, text, transforms
from queries.kernels.case import Case
from queries.report import TOLERANCE, Line, Options, Report
from queries.run_workload import thread_count
from stratum_sql import kernels

SUMMARY = "each kernel against numpy, BLAS or scikit-learn on a million made-up rows"
REPEATS = 3  # times each side runs, if not said
LEAST_ROWS = 200
CASES: tuple[Case, ...] = (*gram.CASES, *logistic.CASES, *neighbours.CASES, *text.CASES, *transforms.CASES)


@dataclass(frozen=True, slots=True)
class Timed:
    """What one case took: seconds of both sides, all folds together, and the largest relative difference."""

    rows: int
    ours_s: float
    library_s: float
    apart: float

    @property
    def ratio(self) -> float:
        """How many times longer the library takes."""
        return self.library_s / self.ours_s


def run(options: Options) -> Report:
    """Run every case."""
    return run_kernels(options, CASES)


def run_kernels(options: Options, cases: Sequence[Case]) -> Report:
    """The benchmark with some of the cases; `--rows-fraction` makes each input smaller."""
    threads, before = thread_count(options), kernels.threads()
    kernels.set_threads(threads)
    try:
        with threadpool_limits(threads):
            found = [measure(case, options, threads) for case in cases]
    finally:
        kernels.set_threads(before)
    return report(cases, found)


def measure(case: Case, options: Options, threads: int) -> Timed:
    """One case: both sides by turns, fold by fold, so that what a fold gives need not be kept."""
    rows = max(int(case.rows * options.rows_fraction), LEAST_ROWS)
    data = case.make(rows)
    runs = [_once(case, data, threads) for _ in range(options.sample or REPEATS)]
    ours_s, library_s, differences = zip(*runs, strict=True)
    return Timed(rows, median(ours_s), median(library_s), max(differences))


def _once(case: Case, data: object, threads: int) -> tuple[float, float, float]:
    prepared, ours_s = timed(lambda: case.prepare(data, threads))
    library_s = worst = 0.0
    for fold in range(case.folds):
        ours, seconds = timed(lambda: case.ours(prepared, fold, threads))  # noqa: B023 called at once
        ours_s += seconds
        theirs, seconds = timed(lambda: case.library(data, fold, threads))  # noqa: B023 called at once
        library_s += seconds
        worst = max(worst, case.apart(ours, theirs))
    return ours_s, library_s, worst


def report(cases: Sequence[Case], found: Sequence[Timed]) -> Report:
    """A line and a note for each case; a problem for each whose results differ."""
    pairs = list(zip(cases, found, strict=True))
    return Report(
        name="kernels",
        trials=len(cases),
        measured=len(cases),
        ours_s=sum(one.ours_s for one in found),
        baseline_s=None,  # the sum over all cases would say how many there are of each kind
        max_score_difference=max((one.apart for case, one in pairs if case.tolerance <= TOLERANCE), default=0.0),
        peak_mib=own_peak_mib(),
        lines=tuple(_line(case, one) for case, one in pairs),
        problems=tuple(
            f"{case.name}: differs from {case.against} by {one.apart:.1e}, which is more than {case.tolerance:.0e}"
            for case, one in pairs
            if one.apart > case.tolerance
        ),
        compared_with="",
        notes=tuple(_note(case, one) for case, one in pairs),
    )


def _line(case: Case, one: Timed) -> Line:
    return Line(case.name, 1, 1, one.library_s, case.against, one.apart, ours_s=one.ours_s)


def _note(case: Case, one: Timed) -> str:
    speed = case.folds * one.rows / one.ours_s
    goal = "" if case.goal is None else f", wanted {case.goal:g}" + (", missed" if one.ratio < case.goal else "")
    return f"{case.name}: {one.ratio:.1f} times {case.against}{goal}; {_count(speed)} rows a second"


def _count(number: float) -> str:
    return f"{number / 1e6:,.1f} million" if number >= 1e6 else f"{number:,.0f}"
