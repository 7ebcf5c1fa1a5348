"""The heads that a head with choices stands for, and the features of each trial."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

from stratum_sql.bind.choices import Choices, Ways
from stratum_sql.bind.database import moved
from stratum_sql.bind.roles import Chosen, SharedHead, Warned, shared_head
from stratum_sql.bind.scope import Scope
from stratum_sql.catalog.search_space import Several
from stratum_sql.errors import BindError, Span, StratumError
from stratum_sql.plan.features import Feature, Leaf
from stratum_sql.plan.query import Trial
from stratum_sql.plan.relational import Source

_MOST_HEADS = 1_000  # each is bound and has a matrix of its own


class ChosenHeads:
    """The heads of the statement whose head is at `span`. One without choices is a single head."""

    def __init__(self, script: str, span: Span, choices: Choices, scope: Scope) -> None:
        self.script, self.span, self.choices, self.scope = script, span, choices, scope
        self._heads: dict[str, SharedHead] = {}  # by their text

    @cached_property
    def first(self) -> SharedHead:
        """A head by which roles are found: these are no choice."""
        return self._head(self.choices.first())

    @property
    def source(self) -> Source:
        """What all heads read; where one of them must not be filtered late, none is."""
        sources = [self.first.head.source, *(head.head.source for head in self._heads.values())]
        return next((source for source in sources if source.unfiltered is None), sources[0])

    def trials(
        self, made: Sequence[tuple[Trial, Ways]], targets: Sequence[Leaf], others: Sequence[Leaf]
    ) -> tuple[tuple[Trial, ...], tuple[Feature, ...], tuple[Warned, ...]]:
        """The trials with their features, all features, and what to say about them.

        Of the ways to choose, those that leave no feature are no trials. Raises BindError.
        """
        if not self.choices.points:
            chosen = self._chosen(self.first, targets, others)
            return tuple(trial for trial, _ in made), chosen.features, chosen.warnings
        made = [(trial, ways) for trial, ways in made if self.choices.selects(ways)]
        self._check_count(made)
        trials: list[Trial] = []
        features: dict[int, Feature] = {}
        warned: dict[Warned, None] = {}
        nothing: StratumError | None = None
        for trial, ways in made:
            try:
                chosen = self._chosen(self._head(ways), targets, others)
            except StratumError as error:
                if error.diagnostic.code != "no_features":
                    raise
                nothing = error
                continue
            shown = self.choices.shown(ways)
            trials.append(replace(trial, number=len(trials) + 1, features=chosen.features, choices=shown))
            features |= {id(feature): feature for feature in chosen.features}
            warned |= dict.fromkeys(chosen.warnings)
        if not trials and nothing is not None:
            raise nothing
        return tuple(trials), tuple(features.values()), tuple(warned)

    def check(self, targets: Sequence[Leaf], others: Sequence[Leaf]) -> tuple[Warned, ...]:
        """Bind every option of every choice once, with the first option of the others. What to say about them.

        Raises BindError, though not where a choice leaves no feature.
        """
        warned: dict[Warned, None] = {}
        for chosen in Several(tuple(self.choices.points.values()), tuple).samples():
            ways = dict(zip(self.choices.points, chosen, strict=True))
            if not self.choices.selects(ways):
                continue
            try:
                warned |= dict.fromkeys(self._chosen(self._head(ways), targets, others).warnings)
            except StratumError as error:
                if error.diagnostic.code != "no_features" or not ways:
                    raise
        return tuple(warned)

    def _head(self, ways: Ways) -> SharedHead:
        if not self.choices.points:
            return shared_head(self.script, self.span, self.scope)
        written = self.choices.head(ways)
        if written.text not in self._heads:
            found = shared_head(self.script, self.span, self.scope, written)
            self._check_rows(found)
            self._heads[written.text] = found
        return self._heads[written.text]

    def _check_rows(self, head: SharedHead) -> None:
        known = next(iter(self._heads.values()), head)
        if head.head.source != known.head.source:
            message = "what is chosen here would change which rows are read, or their order"
            hint = "put the query into a subquery: SELECT choose(..) FROM (<this query>)"
            raise BindError.at(self.script, self.span, "choice_of_rows", message, hint=hint)

    def _check_count(self, made: Sequence[tuple[Trial, Ways]]) -> None:
        count = len({tuple(ways.values()) for _, ways in made})
        if count > _MOST_HEADS:
            message = f"{count:,} select lists to try; at most {_MOST_HEADS:,} in one statement"
            raise BindError.at(self.script, self.span, "too_many_choices", message, hint="SEARCH RANDOM 100 TRIALS")

    def _chosen(self, head: SharedHead, targets: Sequence[Leaf], others: Sequence[Leaf]) -> Chosen:
        try:
            return head.choose(targets, others)
        except StratumError as error:
            raise moved(error, self.script, self.span.start) from None
