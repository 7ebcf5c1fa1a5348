"""`TRAIN MODEL` bound: features, target and other roles, folds, metrics, trials, options."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from stratum_sql.bind.features import BoundHead, Output, bind_head, find_leaf
from stratum_sql.bind.scope import Scope
from stratum_sql.catalog.estimators import accepts_sample_weight, needs_several_targets
from stratum_sql.catalog.metrics import default_metric, left_out, metric, metrics
from stratum_sql.catalog.search_space import Space, SpaceProblem, check_space, python_value, space, trials
from stratum_sql.catalog.spec import EstimatorSpec, MetricSpec, Task
from stratum_sql.catalog.splitters import check_splitter, splitter, splitter_names
from stratum_sql.errors import BindError, Diagnostic, Span, StratumError, suggestions
from stratum_sql.grammar.printer import to_sugar
from stratum_sql.grammar.syntax import (
    Call,
    CrossValidate,
    Expression,
    Holdout,
    Name,
    Option,
    Split,
    SplitBy,
    SplitOptions,
    Splitter,
    Train,
)
from stratum_sql.plan.features import Feature, Leaf, kind_of_feature, leaves
from stratum_sql.plan.frozen import freeze
from stratum_sql.plan.query import Options, SplitPlan, TrainQuery, Trial


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
        options = self._options()
        seed = statement.seed or 0
        split = self._split(head, seed)
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
            trials=self._trials(spaces, seed),
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
        feature = output.feature
        if isinstance(feature, Leaf) and any(
            feature == role and feature.name.lower() == role.name.lower() for role in roles
        ):
            return None
        if any(leaf == target for leaf in leaves(feature)):
            if output.starred:
                return None
            raise self._error(
                output.span,
                "target_is_feature",
                f"{output.name} reads the target {target.name}; a model that sees it learns nothing else",
            )
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
                raise self._problem(problem, call.span) from None
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
            raise self._problem(problem, self.statement.span) from None
        return tuple(
            Trial(number, one.spec, freeze(one.params), freeze(_full(one.spec, one.params)))
            for number, one in enumerate(made, 1)
        )

    def _problem(self, problem: SpaceProblem, span: Span) -> StratumError:
        return BindError.at(
            self.script,
            problem.span or span,
            problem.code,
            problem.message,
            did_you_mean=problem.did_you_mean,
            hint=problem.hint,
        )

    # -- metrics -----------------------------------------------------------------------------------------------------

    def _metrics(self, task: Task, target: Leaf) -> tuple[MetricSpec, ...]:
        if not self.statement.metrics:
            return (default_metric(task, 2 if target.type == "BOOLEAN" else None),)
        return tuple(
            {spec.name: spec for spec in (self._metric(call, task) for call in self.statement.metrics)}.values()
        )

    def _metric(self, call: Call, task: Task) -> MetricSpec:
        return find_metric(self.script, call, task)

    # -- split -------------------------------------------------------------------------------------------------------

    def _split(self, head: BoundHead, seed: int) -> SplitPlan:
        split = self.statement.split or CrossValidate(None, SplitOptions(), self.statement.verb)
        options = getattr(split, "options", SplitOptions())
        wanted = {
            "groups": options.groups,
            "order": options.order_by,
            "stratify": options.stratify_by,
            "by": split.column if isinstance(split, SplitBy) else None,
        }
        columns = {role: self._column(head, name) for role, name in wanted.items() if name is not None}
        if isinstance(split, Splitter):
            self._check_splitter(split)
        own = options.seed if options.seed is not None else seed
        return SplitPlan(
            _split_key(split, own, columns), split, own, _fold_count(split), tuple(columns), tuple(columns.values())
        )

    def _check_splitter(self, split: Splitter) -> None:
        spec = splitter(split.call.name)
        if spec is None:
            near = suggestions(split.call.name, splitter_names())
            raise self._error(split.call.name_span, "unknown_splitter", f'no splitter "{split.call.name}"', near)
        given = {argument.name or "": self._value(argument.value) for argument in split.call.args}
        for problem in check_splitter(spec, given):
            span = next(
                (argument.span for argument in split.call.args if argument.name == problem.parameter), split.call.span
            )
            raise self._error(span, "bad_parameter", problem.message, problem.did_you_mean)

    # -- options -----------------------------------------------------------------------------------------------------

    def _options(self) -> Options:
        return bind_options(self.script, self.statement.options, self.scope.rules)

    # -- errors ------------------------------------------------------------------------------------------------------

    def _value(self, expression: Expression) -> Any:
        try:
            return python_value(expression)
        except SpaceProblem as problem:
            raise self._problem(problem, expression.span) from None

    def _error(
        self, span: Span | None, code: str, message: str, did_you_mean: Iterable[str] = (), hint: str | None = None
    ) -> StratumError:
        return BindError.at(self.script, span, code, message, did_you_mean=did_you_mean, hint=hint)

    def _warn(self, span: Span | None, code: str, message: str) -> None:
        self.warnings.append(replace(BindError.at(self.script, span, code, message).diagnostic, severity="warning"))


def find_metric(script: str, call: Call, task: Task) -> MetricSpec:
    """The metric a METRIC clause names, fit for the task. Raises BindError with candidates."""
    spec = metric(call.name)
    if spec is None:
        hint = left_out(call.name)
        fitting = [name for name, one in metrics().items() if task in one.tasks]
        raise BindError.at(
            script,
            call.name_span,
            "unknown_metric",
            f'no metric "{call.name}"',
            did_you_mean=suggestions(call.name, fitting),
            hint=hint,
        )
    if task not in spec.tasks:
        fitting = sorted({one.name for one in metrics().values() if task in one.tasks})[:6]
        raise BindError.at(
            script,
            call.span,
            "wrong_metric",
            f"{spec.name} is no metric of {task}",
            hint=f"for example {', '.join(fitting)}",
        )
    return spec


_SIZE = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*([KMGT]?)(I?)B?\s*$", re.IGNORECASE)
_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


def bytes_of(text: str) -> int | None:
    """`'4GB'`, `'512MiB'` in bytes; None if it is no size."""
    found = _SIZE.match(text)
    if found is None:
        return None
    number, unit, binary = float(found[1]), found[2].upper(), bool(found[3])
    base = 1024 ** "KMGT".find(unit) * 1024 if binary and unit else _UNITS[unit]
    return int(number * base)


def _seconds(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _switches(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(on, bool) for on in value.values())


# name: whether a value fits, and what it must be
_OPTIONS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "timeout": (_seconds, "a number of seconds above 0"),
    "on_error": (lambda value: value in ("skip", "abort"), "'skip' or 'abort'"),
    "memory_limit": (lambda value: isinstance(value, str) and bool(bytes_of(value)), "a size such as '4GB'"),
    "n_jobs": (lambda value: type(value) is int and 1 <= value <= 1024, "a whole number from 1 to 1024"),
    "return_folds": (lambda value: isinstance(value, bool), "true or false"),
    "rules": (_switches, "a struct such as {'merge_scans': false}"),
}


def bind_options(script: str, options: Iterable[Option], rules: Iterable[str] = ()) -> Options:
    """`WITH (…)` as a value. Raises BindError for an unknown name or a value that makes no sense."""
    values: dict[str, Any] = {}
    for option in options:
        known_option = _OPTIONS.get(option.name)
        if known_option is None:
            near = suggestions(option.name, _OPTIONS)
            raise BindError.at(
                script,
                option.span,
                "unknown_option",
                f'no option "{option.name}"',
                did_you_mean=near,
                hint=f"options: {', '.join(_OPTIONS)}",
            )
        value = python_option(script, option)
        fits, wanted = known_option
        if not fits(value):
            raise BindError.at(script, option.span, "bad_option", f"{option.name} must be {wanted}")
        values[option.name] = value
    return _checked_options(script, options, values, tuple(rules))


def _checked_options(script: str, options: Iterable[Option], values: dict[str, Any], known: tuple[str, ...]) -> Options:
    rules = values.get("rules", {})
    for name in rules:
        if name not in known:
            span = next(option.span for option in options if option.name == "rules")
            raise BindError.at(script, span, "unknown_rule", f'no rule "{name}"', did_you_mean=suggestions(name, known))
    if "memory_limit" in values:
        values["memory_limit"] = bytes_of(values["memory_limit"])
    return Options(**{**values, "rules": tuple(rules.items())})


def python_option(script: str, option: Option) -> Any:
    """An option's value; a bare word is a text. Raises BindError."""
    if isinstance(option.value, Name):
        return option.value.last
    try:
        return python_value(option.value)
    except SpaceProblem as problem:
        raise BindError.at(
            script, problem.span or option.span, problem.code, problem.message, hint=problem.hint
        ) from None


def _full(spec: EstimatorSpec, params: Any) -> dict[str, Any]:
    return {**spec.defaults, **params}


def _fold_count(split: Split) -> int | None:
    if isinstance(split, CrossValidate):
        return (split.folds or 5) * (split.options.repeat or 1)
    return (split.options.repeat or 1) if isinstance(split, Holdout) else None


def _split_key(split: Split, seed: int, columns: dict[str, Leaf]) -> str:
    """What makes two splits the same, in words: shown by EXPLAIN."""
    match split:
        case CrossValidate(folds=folds):
            what = f"cross validate {folds or 5}"
        case Holdout(fraction=fraction):
            what = f"holdout {fraction!r}"
        case SplitBy():
            what = "by column"
        case Splitter(call=call):
            arguments = [f"{argument.name} => {python_value(argument.value)!r}" for argument in call.args]
            what = f"{call.name}({', '.join(arguments)})"
    options = getattr(split, "options", SplitOptions())
    said = [
        "" if options.shuffle is None else " shuffle" if options.shuffle else " no shuffle",
        " stratify" if options.stratify else "",
        f" gap {options.gap}" if options.gap is not None else "",
        f" repeat {options.repeat}" if options.repeat is not None else "",
        *(f" {role} {leaf.name}" for role, leaf in columns.items()),
    ]
    return f"{what}{''.join(said)}, seed {seed}"
