"""`TRAIN MODEL` bound: features, target and other roles, folds, metrics, trials, options."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from stratum_sql.bind.bind_metric import find_metric
from stratum_sql.bind.bind_split import bind_split, columns_of
from stratum_sql.bind.features import BoundHead, Output, bind_head, find_leaf
from stratum_sql.bind.options import bind_options
from stratum_sql.bind.problems import placed
from stratum_sql.bind.scope import Scope
from stratum_sql.catalog.estimators import accepts_sample_weight, needs_several_targets
from stratum_sql.catalog.metrics import default_metric
from stratum_sql.catalog.search_space import Space, SpaceProblem, check_space, space, trials
from stratum_sql.catalog.spec import EstimatorSpec, MetricSpec, Task
from stratum_sql.catalog.splitters import MOST_FOLDS
from stratum_sql.errors import BindError, Diagnostic, Span, StratumError, suggestions
from stratum_sql.grammar.printer import to_sugar
from stratum_sql.grammar.syntax import (
    Call,
    CrossValidate,
    Name,
    SplitOptions,
    Train,
)
from stratum_sql.plan.features import Feature, Leaf, kind_of_feature, leaves, without
from stratum_sql.plan.frozen import freeze
from stratum_sql.plan.query import SplitPlan, TrainQuery, Trial

_MOST_FITS = 200_000  # a plan of so many takes some 400 MB


def bind_train(script: str, statement: Train, scope: Scope) -> TrainQuery:
    """Bind one statement. Raises the first StratumError found, at the user's own words."""
    return _Train(script, statement, scope).bind()


class _Train:
    """One statement being bound."""

    def __init__(self, script: str, statement: Train, scope: Scope) -> None:
        self.script, self.statement, self.scope = script, statement, scope
        self.warnings: list[Diagnostic] = []

    def bind(self) -> TrainQuery:
        statement = self.statement
        self._refuse_unsupported()
        head = bind_head(self.script, statement.head, self.scope.database, self.scope.names)
        spaces = self._spaces()
        task = self._task(spaces)
        target = self._target(head)
        weight = self._role(head, statement.weight)
        options = bind_options(self.script, self.statement.options, self.scope.rules)
        seed = statement.seed or 0
        split = self._split(head, seed)
        made = self._trials(spaces, seed)
        self._check_size(split, len(made))
        features = self._features(head, target, [leaf for leaf in (weight, *split.columns) if leaf is not None])
        return TrainQuery(
            text=self.script[statement.span.start : statement.span.end],
            span=statement.span,
            source=head.source,
            features=features,
            target=target,
            task=task,
            weight=weight,
            split=split,
            metrics=self._metrics(task, target),
            trials=made,
            seed=seed,
            options=options,
            name=statement.name.last if statement.name else None,
            canonical=to_sugar(self.script, statement),
            warnings=tuple(self.warnings),
            columns=tuple((column.name, column.type) for column in head.columns),
        )

    def _refuse_unsupported(self) -> None:
        statement = self.statement
        if statement.partition_by:
            raise self._error(statement.partition_by[0].span, "not_supported", "PARTITION BY is not supported yet")
        if len(statement.targets) > 1:
            raise self._error(statement.targets[1].span, "not_supported", "one target a statement")

    # -- roles -------------------------------------------------------------------------------------------------------

    def _target(self, head: BoundHead) -> Leaf:
        names = [output.name for output in head.outputs]
        if not self.statement.targets:
            raise self._error(
                self.statement.verb,
                "no_target",
                "TRAIN MODEL needs a TARGET",
                hint=f"TARGET {names[-1] if names else 'y'}",
            )
        return self._column(head, self.statement.targets[0])

    def _role(self, head: BoundHead, name: Name | None) -> Leaf | None:
        return None if name is None else self._column(head, name)

    def _column(self, head: BoundHead, name: Name) -> Leaf:
        """A column by name: an output of the head, or a column of the relation it reads."""
        output = head.find(name.last)
        if output is not None:
            if isinstance(output.feature, Leaf):
                return output.feature
            raise self._error(
                name.span,
                "role_is_transformed",
                f"{name.last} is made by a transform; name the column itself, or give it another alias",
            )
        found = find_leaf(head, name, self.script)
        if found is None:
            known = dict.fromkeys([output.name for output in head.outputs] + [column.name for column in head.columns])
            near = suggestions(name.last, known)
            raise self._error(name.span, "unknown_column", f'no column "{name.last}" in the query', near)
        return found

    def _features(self, head: BoundHead, target: Leaf, others: list[Leaf]) -> tuple[Feature, ...]:
        roles = [target, *others]
        found = []
        for output in head.outputs:
            kept = self._as_feature(output, target, roles)
            if kept is not None:
                found.append(kept)
        if not found:
            raise self._error(
                self.statement.head,
                "no_features",
                "no column is left to learn from",
                hint="SELECT the features before the target",
            )
        self._check_names(found)
        return tuple(found)

    def _as_feature(self, output: Output, target: Leaf, roles: list[Leaf]) -> Feature | None:
        feature: Feature | None = output.feature
        if isinstance(feature, Leaf) and any(feature == role and _same_name(feature, role) for role in roles):
            return None
        if output.starred:
            feature = without(output.feature, roles)  # a star means the columns that have no role
        if feature is None:
            return None
        if any(leaf == target for leaf in leaves(feature)):
            message = f"{output.name} reads the target {target.name}; a model that sees it learns nothing else"
            raise self._error(output.span, "target_is_feature", message)
        self._warn_leak(output, target)
        self._check_number(output, feature)
        return replace(feature, name=output.name)

    def _warn_leak(self, output: Output, target: Leaf) -> None:
        read = frozenset().union(*(leaf.columns for leaf in leaves(output.feature))) & target.columns
        if read:
            column = sorted(read)[0]
            self._warn(
                output.span, "target_leak", f"{output.name} reads {column}, and so does the target {target.name}"
            )
        for leaf in leaves(output.feature):
            if " over " in leaf.sql.lower() and target.name.lower() in leaf.sql.lower():
                self._warn(
                    output.span,
                    "window_over_target",
                    f"{leaf.name} is a window over the target: it sees the held-out rows",
                )

    def _check_number(self, output: Output, feature: Feature) -> None:
        kind = kind_of_feature(feature)
        if kind == "number":
            return
        what = feature.type if isinstance(feature, Leaf) else kind
        name = output.name
        hints = {
            "text": f"encode it: one_hot({name}), ordinal({name}), target_encode({name})",
            "time": f"take it apart: date_parts({name})",
            "other": "take it apart in SQL first",
        }
        raise self._error(
            output.span, "not_a_number", f"the feature {name} is {what}; a model needs numbers", hint=hints[kind]
        )

    def _check_names(self, features: list[Feature]) -> None:
        seen: dict[str, Feature] = {}
        for feature in features:
            twin = seen.setdefault(feature.name.lower(), feature)
            if twin is not feature and twin != feature:
                raise self._error(
                    feature.span,
                    "ambiguous_column",
                    f'two different features are called "{feature.name}"',
                    hint="give one of them another alias",
                )

    # -- estimators --------------------------------------------------------------------------------------------------

    def _spaces(self) -> list[Space]:
        found = []
        for call in self.statement.estimators:
            self._check_known(call)
            try:
                one, warned = space(call, self.scope.estimator)
            except SpaceProblem as problem:
                raise placed(self.script, problem, call.span) from None
            for warning in warned:
                self._warn(warning.span, "flat_list", warning.message)
            self._check_space(call, one)
            self._check_fits(call, one)
            found.append(one)
        return found

    def _check_fits(self, call: Call, one: Space) -> None:
        """What no parameter changes: an estimator that wants several targets, or has no use for weights."""
        if needs_several_targets(one.spec, one.fixed, self.scope.estimator):
            raise self._error(call.span, "several_targets", f"{one.spec.name} fits several targets at once, never one")
        if self.statement.weight and not accepts_sample_weight(one.spec, one.fixed, self.scope.estimator):
            raise self._error(call.span, "no_weights", f"{one.spec.name} takes no weights", hint="leave out WEIGHT")

    def _check_known(self, call: Call) -> None:
        if "." in call.name and self.scope.estimator(call.name) is None:
            raise self._error(
                call.name_span,
                "not_allowed",
                f"{call.name} is not allowed in this session",
                hint=f'the host program grants it: session.allow("{call.name}")',
            )

    def _check_space(self, call: Call, one: Space) -> None:
        for problem in check_space(one, self.scope.estimator):
            name = problem.parameter.split(".")[0]
            argument = next((argument for argument in call.args if argument.name == name), None)
            raise self._error(
                argument.span if argument else call.span, "bad_parameter", problem.message, problem.did_you_mean
            )

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

    def _trials(self, spaces: list[Space], seed: int) -> tuple[Trial, ...]:
        try:
            made = trials(spaces, self.statement.search, seed)
        except SpaceProblem as problem:
            raise placed(self.script, problem, self.statement.span) from None
        return tuple(
            Trial(number, one.spec, freeze(one.params), freeze(_full(one.spec, one.params)))
            for number, one in enumerate(made, 1)
        )

    def _check_size(self, split: SplitPlan, trials: int) -> None:
        """Refuse what no plan can hold, before it is made."""
        folds = split.folds or 1
        if folds > MOST_FOLDS or folds * trials > _MOST_FITS:
            raise self._error(
                self.statement.span,
                "too_many_fits",
                f"{folds:,} folds for each of {trials:,}: at most {MOST_FOLDS:,} folds, {_MOST_FITS:,} fits in all",
                hint="SEARCH RANDOM 100 TRIALS draws some of the trials" if trials > 100 else "CROSS VALIDATE 5",
            )

    # -- metrics -----------------------------------------------------------------------------------------------------

    def _metrics(self, task: Task, target: Leaf) -> tuple[MetricSpec, ...]:
        if not self.statement.metrics:
            return (default_metric(task, 2 if target.type == "BOOLEAN" else None),)
        found = [find_metric(self.script, call, task) for call in self.statement.metrics]
        return tuple({spec.name: spec for spec in found}.values())

    # -- split -------------------------------------------------------------------------------------------------------

    def _split(self, head: BoundHead, seed: int) -> SplitPlan:
        split = self.statement.split or CrossValidate(None, SplitOptions(), self.statement.verb)
        columns = {role: self._column(head, name) for role, name in columns_of(split).items()}
        return bind_split(self.script, split, columns, seed)

    # -- errors ------------------------------------------------------------------------------------------------------

    def _error(
        self, span: Span | None, code: str, message: str, did_you_mean: Iterable[str] = (), hint: str | None = None
    ) -> StratumError:
        return BindError.at(self.script, span, code, message, did_you_mean=did_you_mean, hint=hint)

    def _warn(self, span: Span | None, code: str, message: str) -> None:
        self.warnings.append(replace(BindError.at(self.script, span, code, message).diagnostic, severity="warning"))


def _full(spec: EstimatorSpec, params: Any) -> dict[str, Any]:
    return {**spec.defaults, **params}


def _same_name(one: Leaf, other: Leaf) -> bool:
    return one.name.lower() == other.name.lower()
