"""`TRAIN MODEL` bound: features, target and other roles, folds, metrics, trials, options."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from stratum_sql.bind.bind_metric import find_metric
from stratum_sql.bind.bind_partition import bind_partition
from stratum_sql.bind.bind_split import bind_split, columns_of, stratifies
from stratum_sql.bind.choices import shared_choices
from stratum_sql.bind.chosen_heads import ChosenHeads
from stratum_sql.bind.options import bind_options
from stratum_sql.bind.proposals import Proposable, bind_search
from stratum_sql.bind.roles import SharedHead, Warned
from stratum_sql.bind.scope import Scope
from stratum_sql.bind.spaces import bind_rung, bind_space, bind_trials
from stratum_sql.catalog.metrics import default_metric
from stratum_sql.catalog.metrics import metrics as all_metrics
from stratum_sql.catalog.search_space import Space
from stratum_sql.catalog.spec import MetricSpec, Task
from stratum_sql.catalog.splitters import MOST_FITS, MOST_FOLDS
from stratum_sql.catalog.stopping import stops_early
from stratum_sql.errors import BindError, Diagnostic, Span, StratumError
from stratum_sql.grammar.printer import to_sugar
from stratum_sql.grammar.syntax import (
    Call,
    CrossValidate,
    SplitOptions,
    Train,
)
from stratum_sql.plan.features import Feature, Leaf, transforms
from stratum_sql.plan.partition import Partition
from stratum_sql.plan.query import BOARD_COLUMNS, Proposals, SplitPlan, TrainQuery, Trial
from stratum_sql.plan.relational import in_order

T = TypeVar("T")


def bind_train(script: str, statement: Train, scope: Scope) -> TrainQuery:
    """Bind one statement. Raises the first StratumError found, at the user's own words."""
    return _Train(script, statement, scope).bind()


def problems(script: str, statement: Train, scope: Scope) -> list[StratumError]:
    """Every independent reason why a statement cannot be bound, in the order of its text; none where it can."""
    return _Train(script, statement, scope).problems()


@dataclass(frozen=True, eq=False, slots=True)
class _Searched:
    """What the search of one statement is bound with."""

    heads: ChosenHeads
    spaces: Sequence[Space]
    targets: Sequence[Leaf]
    others: Sequence[Leaf]
    split: SplitPlan
    metric: MetricSpec
    seed: int


class _Train:
    """One statement being bound."""

    def __init__(self, script: str, statement: Train, scope: Scope) -> None:
        self.script, self.statement, self.scope = script, statement, scope
        self.warnings: list[Diagnostic] = []

    def bind(self) -> TrainQuery:
        statement = self.statement
        heads = self._heads()
        head = heads.first
        spaces = self._spaces()
        task = self._task(spaces)
        targets = self._targets(head)
        target = targets[0]
        weight = head.column(statement.weight, self.script) if statement.weight is not None else None
        options = bind_options(self.script, self.statement.options, self.scope.rules, self.scope.has_gpu)
        self._check_stopping(spaces, targets)
        seed = statement.seed or 0
        split = self._split(head, seed)
        metrics = self._metrics(task, targets)
        partition = self._partition(head, targets, metrics)
        others = [leaf for leaf in (weight, *split.columns, *(one.column for one in partition)) if leaf is not None]
        asked = _Searched(heads, spaces, targets, others, split, metrics[0], seed)
        with self._telling_of_roles({"WEIGHT": [weight], "PARTITION BY": [one.column for one in partition]}):
            trials, features, proposals = self._searched(asked)
        self._check_learners(features, targets)
        return TrainQuery(
            text=self.script[statement.span.start : statement.span.end],
            span=statement.span,
            source=in_order(heads.source) if options.keep_order else heads.source,
            features=features,
            target=target,
            task=task,
            weight=weight,
            split=replace(split, rung=bind_rung(self.script, statement, len(trials), seed)),
            metrics=metrics,
            trials=trials,
            seed=seed,
            options=options,
            name=statement.name.last if statement.name else None,
            canonical=partial(
                to_sugar, self.script, replace(statement, created=None)
            ),  # what it does, not what it replaces
            warnings=tuple(self.warnings),
            columns=head.columns,
            created=statement.created,
            proposals=proposals,
            partition=partition,
            more_targets=targets[1:],
        )

    @contextmanager
    def _telling_of_roles(self, roles: Mapping[str, Sequence[Leaf | None]]) -> Iterator[None]:
        """Where no column is left to learn from, tell which clauses took some."""
        try:
            yield
        except BindError as error:
            taken = [
                f"{clause} takes {', '.join(leaf.name for leaf in leaves if leaf is not None)}"
                for clause, leaves in roles.items()
                if any(leaf is not None for leaf in leaves)
            ]
            if error.diagnostic.code != "no_features" or not taken:
                raise
            message = f"{error.diagnostic.message}: {', '.join(taken)}"
            hint = "SELECT other columns beside those"
            raise BindError(replace(error.diagnostic, message=message, hint=hint)) from None

    def _searched(self, asked: _Searched) -> tuple[tuple[Trial, ...], tuple[Feature, ...], Proposals | None]:
        """The trials that are known before any runs, what they learn from, and what proposes the others."""
        heads, targets, others, statement = asked.heads, asked.targets, asked.others, self.statement
        search = bind_search(self.script, statement, asked.spaces, heads.choices, asked.seed)
        if search is None:
            made = bind_trials(self.script, statement, asked.spaces, asked.seed, heads.choices)
            self._check_size(asked.split, len(made))
            trials, features, warned = heads.trials(made, targets, others)
            self._warn_of(warned)
            return trials, features, None
        self._check_size(asked.split, search.trials)
        proposable = Proposable(statement, search, asked.spaces, heads, targets, others, asked.metric)
        proposals = Proposals(search, proposable.begin)
        self._warn_of(heads.check(targets, others))
        return *self._first_round(proposals), proposals

    def _warn_of(self, warned: Sequence[Warned]) -> None:
        for warning in warned:
            span = warning.span and warning.span.shift(self.statement.head.start)
            self._warn(span, warning.code, warning.message)

    def _first_round(self, proposals: Proposals) -> tuple[tuple[Trial, ...], tuple[Feature, ...]]:
        first = proposals.begin().ask()
        if first is None:
            message = "no column is left to learn from"
            raise self._error(self.statement.head, "no_features", message, hint="SELECT the features before the target")
        return first.trials, first.features

    def problems(self) -> list[StratumError]:
        """What is wrong with the parts, each by itself; where nothing is, what is wrong with the whole."""
        found: dict[Diagnostic, StratumError] = {}

        def tried(step: Callable[[], T]) -> T | None:
            try:
                return step()
            except StratumError as error:
                found.setdefault(error.diagnostic, error)
                return None

        statement = self.statement
        spaces = [tried(partial(self._space, call)) for call in statement.estimators]
        known = [one for one in spaces if one is not None]
        if known:
            tried(partial(self._task, known))
            for call in statement.metrics:
                tried(partial(find_metric, self.script, call, known[0].spec.task))
        tried(lambda: bind_options(self.script, statement.options, self.scope.rules, self.scope.has_gpu))
        head = tried(self._heads)
        if head is not None:
            targets = tried(lambda: self._targets(head.first))
            tried(lambda: head.first.column(statement.weight, self.script) if statement.weight else None)
            tried(lambda: self._split(head.first, 0))
            tried(lambda: self._partition(head.first, targets or (), ()))
        if not found:
            tried(self.bind)
        return sorted(found.values(), key=lambda error: (error.diagnostic.line or 0, error.diagnostic.column or 0))

    def _heads(self) -> ChosenHeads:
        choices = shared_choices(self.script, self.statement.head, self.scope)
        heads = ChosenHeads(self.script, self.statement.head, choices, self.scope)
        assert heads.first is not None  # binds it
        return heads

    # -- roles -------------------------------------------------------------------------------------------------------

    def _targets(self, head: SharedHead) -> tuple[Leaf, ...]:
        """The columns to predict, each once."""
        names = self.statement.targets
        found: dict[Leaf, None] = {}
        for name in names:
            leaf = head.column(name, self.script)
            if leaf in found:
                raise self._error(name.span, "target_twice", f"{leaf.name} stands twice in TARGET")
            found[leaf] = None
        if len(names) > 1:
            self._check_several(list(found))
        if names:
            return tuple(found)
        outputs = head.head.outputs
        hint = f"TARGET {outputs[-1].name if outputs else 'y'}"
        raise self._error(self.statement.verb, "no_target", "TRAIN MODEL needs a TARGET", hint=hint)

    def _check_several(self, targets: Sequence[Leaf]) -> None:
        """What several targets cannot be had with."""
        span = self.statement.targets[1].span
        if len({leaf.name.lower() for leaf in targets}) < len(targets):
            raise self._error(span, "several_targets", "two targets have one name: give one another alias")
        if self.statement.split is not None and stratifies(self.statement.split):
            hint = f"STRATIFY BY {targets[0].name}"
            raise self._error(span, "several_targets", "STRATIFY is by one target", hint=hint)

    def _check_learners(self, features: Sequence[Feature], targets: Sequence[Leaf]) -> None:
        """Transforms that learn from the target learn from one."""
        found = next((one for feature in features for one in transforms(feature) if one.spec.uses_target), None)
        if len(targets) > 1 and found is not None:
            message = f"{found.transform} learns from one target, and there are {len(targets)}"
            raise self._error(self.statement.targets[1].span, "several_targets", message)

    def _partition(
        self, head: SharedHead, targets: Sequence[Leaf], metrics: Iterable[MetricSpec]
    ) -> tuple[Partition, ...]:
        taken = {*BOARD_COLUMNS, "version", *all_metrics()}  # EVALUATE has the group's values beside these
        taken |= {f"{metric.name}_{part}" for metric in metrics for part in ("mean", "std")}
        return bind_partition(self.script, self.statement.partition_by, head, targets, taken)

    # -- estimators --------------------------------------------------------------------------------------------------

    def _spaces(self) -> list[Space]:
        return [self._space(call) for call in self.statement.estimators]

    def _space(self, call: Call) -> Space:
        found, warned = bind_space(
            self.script,
            call,
            self.scope,
            weighted=self.statement.weight is not None,
            several=len(self.statement.targets) > 1,
        )
        for warning in warned:
            self._warn(warning.span, "flat_list", warning.message)
        return found

    def _task(self, spaces: list[Space]) -> Task:
        first = spaces[0].spec
        for one in spaces:
            if one.spec.task != first.task:
                raise self._error(
                    one.span,
                    "mixed_tasks",
                    f"{one.spec.name} is for {one.spec.task}, {first.name} for {first.task}; a statement has one task",
                )
        return first.task

    def _check_stopping(self, spaces: list[Space], targets: tuple[Leaf, ...]) -> None:
        """Refuse early stopping where no estimator stops."""
        option = next((one for one in self.statement.options if one.name == "early_stopping"), None)
        if option is not None and len(targets) > 1:
            raise self._error(option.span, "not_supported", "early stopping of several targets is not supported yet")
        if option is not None and not any(stops_early(space.spec.name) for space in spaces):
            names = ", ".join(dict.fromkeys(space.spec.name for space in spaces))
            message = f"early_stopping is of LightGBM's and XGBoost's estimators; {names} would not stop"
            hint = "scikit-learn's own is a parameter: hist_gradient_boosting_regressor(early_stopping => true)"
            raise self._error(option.span, "bad_option", message, hint=hint)

    def _check_size(self, split: SplitPlan, trials: int) -> None:
        """Refuse what no plan can hold, before it is made."""
        folds = split.folds or 1
        if folds > MOST_FOLDS or folds * trials > MOST_FITS:
            raise self._error(
                self.statement.span,
                "too_many_fits",
                f"{folds:,} folds for each of {trials:,}: at most {MOST_FOLDS:,} folds, {MOST_FITS:,} fits in all",
                hint="SEARCH RANDOM 100 TRIALS draws some of the trials" if trials > 100 else "CROSS VALIDATE 5",
            )

    # -- metrics -----------------------------------------------------------------------------------------------------

    def _metrics(self, task: Task, targets: Sequence[Leaf]) -> tuple[MetricSpec, ...]:
        if not self.statement.metrics:
            return (default_metric(task, 2 if all(target.type == "BOOLEAN" for target in targets) else None),)
        found = [find_metric(self.script, call, task) for call in self.statement.metrics]
        return tuple({spec.name: spec for spec in found}.values())

    # -- split -------------------------------------------------------------------------------------------------------

    def _split(self, head: SharedHead, seed: int) -> SplitPlan:
        split = self.statement.split or CrossValidate(None, SplitOptions(), self.statement.verb)
        columns = {role: head.column(name, self.script) for role, name in columns_of(split).items()}
        return bind_split(self.script, split, columns, seed)

    # -- errors ------------------------------------------------------------------------------------------------------

    def _error(
        self, span: Span | None, code: str, message: str, did_you_mean: Iterable[str] = (), hint: str | None = None
    ) -> StratumError:
        return BindError.at(self.script, span, code, message, did_you_mean=did_you_mean, hint=hint)

    def _warn(self, span: Span | None, code: str, message: str) -> None:
        self.warnings.append(replace(BindError.at(self.script, span, code, message).diagnostic, severity="warning"))
