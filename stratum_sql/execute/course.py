"""One statement on its way through the rounds of a batch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from stratum_sql.errors import Diagnostic
from stratum_sql.execute.outcomes import StatementResult, TrialResult
from stratum_sql.plan.query import TrainQuery


class Course:
    """The way of a statement that has one round. Searches with more have classes of their own.

    `first` is what runs in the first round, `later` how many trials come after it at most. After a round `known` are
    those of them that need not run, and `repeated` those of the next round that were told of before. `finished` is told
    of every trial once.
    """

    def __init__(self, query: TrainQuery, finished: Callable[[TrialResult], None]) -> None:
        self.query, self.finished = query, finished
        self.first = query
        self.later = self.known = self.repeated = 0
        self.trials: dict[int, TrialResult] = {}  # by their number
        self.warnings: dict[Diagnostic, None] = {}
        self.last: StatementResult | None = None

    def note(self, result: TrialResult) -> None:
        """A trial of the round that runs has ended."""
        self.trials[result.trial.number] = result
        self.finished(result)

    def collect(self, result: StatementResult) -> None:
        """The round has ended."""
        self.trials |= {trial.trial.number: trial for trial in result.trials}
        self.warnings |= dict.fromkeys(result.warnings)
        self.last = result

    def following(self, result: StatementResult, *, is_over: bool) -> TrainQuery | None:
        """What runs in the next round; None where there is none. `is_over` says that none may begin any more."""
        return None

    def close(self) -> None:
        """No round comes any more, also where one has raised."""

    def answer(self) -> StatementResult:
        """The last round's answer, with the trials of all."""
        assert self.last is not None
        trials = tuple(trial for _, trial in sorted(self.trials.items(), key=lambda item: item[0]))
        return replace(self.last, query=self.query, trials=trials, warnings=tuple(self.warnings))

    def warn_ended(self, where: str) -> None:
        """Say that the search ended too early."""
        self.warnings[Diagnostic("search_ended", f"the search ended {where}", "run", "warning")] = None
