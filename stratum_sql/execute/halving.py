"""Successive halving: many trials on few rows, the best of them on more, rung by rung.

A rung is a round over folds of fewer rows. The arithmetic is in `catalog/halving.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from stratum_sql.catalog.halving import Rung, rung_candidates, survivors
from stratum_sql.execute.course import Course
from stratum_sql.execute.outcomes import StatementResult, TrialResult
from stratum_sql.plan.query import TrainQuery


class HalvingCourse(Course):
    """The rungs of one statement. A trial is told of once it goes no further."""

    def __init__(self, query: TrainQuery, finished: Callable[[TrialResult], None]) -> None:
        super().__init__(query, finished)
        assert query.split.rung is not None
        # each trial counts on each rung, if there are rows enough for all rungs
        self.later = sum(rung_candidates(query.split.rung)) - len(query.trials)
        self.untold: set[int] = set()

    def note(self, result: TrialResult) -> None:
        """Hold a trial back until it is known whether it goes on, so that it is told of once."""
        self.trials[result.trial.number] = result
        self.untold.add(result.trial.number)

    def collect(self, result: StatementResult) -> None:
        rung, rows = result.query.split.rung, result.rung_rows
        if rung is not None and rows:
            result = replace(result, trials=tuple(_placed(trial, rung, rows) for trial in result.trials))
        super().collect(result)

    def following(self, result: StatementResult, *, is_over: bool) -> TrainQuery | None:
        query = self._next(result, is_over=is_over)
        self._tell_all_but({trial.number for trial in query.trials} if query is not None else set())
        return query

    def close(self) -> None:
        self._tell_all_but(set())

    def _tell_all_but(self, going: Collection[int]) -> None:
        for number in sorted(self.untold.difference(going)):
            self.untold.remove(number)
            self.finished(self.trials[number])

    def _next(self, result: StatementResult, *, is_over: bool) -> TrainQuery | None:
        query, rung = result.query, result.query.split.rung
        if rung is None or result.error is not None or rung.number + 1 >= len(result.rung_rows):
            return None
        if is_over:
            self.warn_ended(f"on rung {rung.number + 1} of {len(result.rung_rows)}")
            return None
        kept = survivors([_value(query, trial) for trial in result.trials], rung.search.factor)
        return replace(
            query,
            trials=tuple(result.trials[position].trial for position in kept),
            split=replace(query.split, rung=replace(rung, number=rung.number + 1)),
        )


def _value(query: TrainQuery, result: TrialResult) -> float | None:
    """A trial's score, the more the better."""
    metric = query.metrics[0]
    mean = result.mean(metric.name) if result.status == "ok" else None
    return None if mean is None else mean if metric.higher_is_better else -mean


def _placed(result: TrialResult, rung: Rung, rows: Sequence[int]) -> TrialResult:
    return replace(result, rung=rung.number + 1, rows=rows[min(rung.number, len(rows) - 1)])
