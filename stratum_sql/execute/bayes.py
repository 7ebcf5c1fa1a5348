"""A Bayesian search: rounds of trials, each proposed from the scores of those before (`catalog/bayes.py`).

A trial that is proposed again is not trained again: it gets the result that its like has. The model that is kept is
fitted after the last round, in a round of its own, as it may be of any.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace

from stratum_sql.catalog.columns import Column
from stratum_sql.execute.course import Course
from stratum_sql.execute.duckdb import ReadKey, Relation
from stratum_sql.execute.outcomes import StatementResult, TrialResult, rank
from stratum_sql.plan.features import Feature
from stratum_sql.plan.query import Round, TrainQuery, Trial


class BayesCourse(Course):
    """The rounds of one statement."""

    def __init__(self, query: TrainQuery, finished: Callable[[TrialResult], None]) -> None:
        super().__init__(query, finished)
        assert query.proposals is not None
        self.wanted = query.proposals.search.trials
        self.proposer = query.proposals.begin()
        self.round = Round((), (), query.source)
        self.scored: dict[Hashable, TrialResult] = {}
        self.features: dict[int, Feature] = {}
        self.columns: dict[ReadKey, Column] = {}
        first = self._ask()
        assert first is not None, "binding has asked for the same round"
        self.first, self.later = first, self.wanted - len(first.trials)

    def note(self, result: TrialResult) -> None:
        if not self.repeated:
            self.scored[_likeness(result.trial)] = result
            super().note(result)

    def collect(self, result: StatementResult) -> None:
        if self.query.options.return_folds and result.relation is not None:
            self.columns |= result.relation.columns
            result = replace(result, relation=Relation(result.relation.rows, self.columns))
        super().collect(replace(result, trials=()))

    def following(self, result: StatementResult, *, is_over: bool) -> TrainQuery | None:
        self.known = 0
        if self.repeated or result.error is not None:
            return None
        self._tell()
        aborted = self.query.options.on_error == "abort" and any(one.status == "failed" for one in result.trials)
        if not (is_over or aborted):
            return self._ask() or self._keeping()
        if len(self.trials) < self.wanted or self.query.name is not None:
            self.warn_ended(f"after {len(self.trials)} of {self.wanted} trials")
        return None

    def answer(self) -> StatementResult:
        found = super().answer()
        trials = tuple(one.trial for one in found.trials)
        return replace(found, query=replace(self.query, trials=trials, features=tuple(self.features.values())))

    def _ask(self) -> TrainQuery | None:
        """The next round in which a trial is new; the trials of others are told of at once."""
        while (asked := self.proposer.ask()) is not None:
            self.round = asked
            self.features |= {id(feature): feature for feature in asked.features}
            fresh: dict[Hashable, Trial] = {}
            for trial in asked.trials:
                if _likeness(trial) not in self.scored:
                    fresh.setdefault(_likeness(trial), trial)
            if fresh:
                return self._query(tuple(fresh.values()), asked.features)
            self._tell()
        return None

    def _tell(self) -> None:
        """Tell the search how its round went, and others of the trials in it that did not run."""
        for trial in self.round.trials:
            result = self.scored[_likeness(trial)]
            if trial.number not in self.trials:
                self.known += 1
                super().note(replace(result, trial=trial))
        self.proposer.tell([self._score(self.trials[trial.number]) for trial in self.round.trials])

    def _score(self, result: TrialResult) -> float | None:
        return result.mean(self.query.metrics[0].name) if result.status == "ok" else None

    def _keeping(self) -> TrainQuery | None:
        """The best trial under the statement's name, once more; None where nothing is kept."""
        ranked = rank(self.query, list(self.trials.values()))
        if self.query.name is None or not ranked:
            return None
        self.repeated = 1
        best, query = ranked[0].trial, self.query
        kept = self._query((best,), query.features_of(best))
        return replace(kept, name=query.name, created=query.created)

    def _query(self, trials: tuple[Trial, ...], features: tuple[Feature, ...]) -> TrainQuery:
        return replace(self.query, trials=trials, features=features, source=self.round.source, name=None, created=None)


def _likeness(trial: Trial) -> Hashable:
    """Equal for trials that are trained alike."""
    return trial.estimator.name, trial.full, trial.choices
