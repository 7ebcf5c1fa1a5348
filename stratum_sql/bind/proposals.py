"""`SEARCH BAYES` bound: each round of proposed trials becomes trials of the statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from stratum_sql.bind.choices import Choices
from stratum_sql.bind.chosen_heads import ChosenHeads
from stratum_sql.bind.problems import placed
from stratum_sql.bind.spaces import bound_trial
from stratum_sql.catalog.bayes import Bayes, Study, bayes
from stratum_sql.catalog.search_space import Space, SpaceProblem
from stratum_sql.catalog.search_space import Trial as Candidate
from stratum_sql.catalog.spec import MetricSpec
from stratum_sql.errors import PlanError, StratumError
from stratum_sql.grammar.syntax import Train
from stratum_sql.plan.features import Feature, Leaf
from stratum_sql.plan.query import Round, Trial


def bind_search(script: str, statement: Train, spaces: Sequence[Space], choices: Choices, seed: int) -> Bayes | None:
    """What the statement says of a Bayesian search, None for other searches. Where there is nothing to choose, it has
    one trial. Raises BindError."""
    try:
        search = bayes(statement.search, seed)
    except SpaceProblem as problem:
        raise placed(script, problem, statement.span) from None
    if search is None or len(spaces) > 1 or choices.points or spaces[0].candidates:
        return search
    return replace(search, trials=1)


@dataclass(frozen=True, eq=False, slots=True)
class Proposable:
    """What a Bayesian search of one statement chooses from, and what its trials are bound with."""

    statement: Train
    search: Bayes
    spaces: Sequence[Space]
    heads: ChosenHeads
    targets: Sequence[Leaf]
    others: Sequence[Leaf]
    metric: MetricSpec

    def begin(self) -> Proposed:
        """The search from its start. Raises PlanError `missing_library` without optuna."""
        try:
            return Proposed(self)
        except PlanError as error:
            wrong = error.diagnostic
            place = self.statement.search.span if self.statement.search is not None else None
            raise PlanError.at(self.heads.script, place, wrong.code, wrong.message) from None


class Proposed:
    """One search that runs, as `plan.query.Proposer` says. What leaves no feature fails and is no trial."""

    def __init__(self, told: Proposable) -> None:
        self._told, self._choices = told, told.heads.choices
        start = told.statement.head.start
        spaces = [self._choices.in_space(space, start) for space in told.spaces]
        higher = told.metric.higher_is_better
        self._study = Study(spaces, self._choices.points, told.search, maximize=higher)
        self._numbers = 0
        self._is_trial: list[bool] = []  # of each that was asked in this round

    def ask(self) -> Round | None:
        """The next round that has a trial."""
        while asked := self._study.ask():
            found = [self._bound(candidate) for candidate in asked]
            self._is_trial = [one is not None for one in found]
            trials = [one for one in found if one is not None]
            if trials:
                features = {id(feature): feature for _, several in trials for feature in several}
                return Round(tuple(trial for trial, _ in trials), tuple(features.values()), self._told.heads.source)
            self.tell(())
        return None

    def tell(self, values: Sequence[float | None]) -> None:
        """The scores of the round's trials."""
        given = iter(values)
        self._study.tell([next(given) if is_trial else None for is_trial in self._is_trial])

    def _bound(self, candidate: Candidate) -> tuple[Trial, tuple[Feature, ...]] | None:
        told = self._told
        made = bound_trial(self._numbers + 1, candidate, self._choices)
        try:
            trials, features, _ = told.heads.trials([made], told.targets, told.others)
        except StratumError as error:
            if error.diagnostic.code != "no_features":
                raise
            return None
        if not trials:
            return None
        self._numbers += 1
        return replace(trials[0], number=self._numbers), features
