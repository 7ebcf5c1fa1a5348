"""Estimators bound: what their calls say, checked, and the trials they make.

Statements of one group say many things twice: what an estimator is good for, and which values of a parameter are right
is found out once for the group.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stratum_sql.bind.choices import Choices, Ways
from stratum_sql.bind.problems import placed
from stratum_sql.bind.scope import Scope
from stratum_sql.catalog.estimators import accepts_sample_weight, needs_several_targets
from stratum_sql.catalog.halving import Rung
from stratum_sql.catalog.search_space import Space, SpaceProblem, SpaceWarning, check_space, halving, space, trials
from stratum_sql.catalog.search_space import Trial as Candidate
from stratum_sql.errors import BindError
from stratum_sql.grammar.syntax import Call, Train
from stratum_sql.plan.frozen import canonical, freeze
from stratum_sql.plan.query import Trial


def bind_space(
    script: str, call: Call, scope: Scope, *, weighted: bool, several: bool
) -> tuple[Space, tuple[SpaceWarning, ...]]:
    """What an estimator's call says, checked; `weighted` says that rows have weights, `several` that there are several
    targets. Raises BindError."""
    _check_known(script, call, scope)
    try:
        one, warned = space(call, scope.estimator)
    except SpaceProblem as problem:
        raise placed(script, problem, call.span) from None
    _check_values(script, call, one, scope)
    _check_fits(script, call, one, scope, weighted=weighted, several=several)
    return one, warned


def bind_trials(
    script: str, statement: Train, spaces: Sequence[Space], seed: int, choices: Choices
) -> tuple[tuple[Trial, Ways], ...]:
    """The trials of a statement, numbered from 1, and how each chooses in the select list.

    Raises BindError where they cannot be listed or drawn.
    """
    try:
        made = trials([choices.in_space(one, statement.head.start) for one in spaces], statement.search, seed)
    except SpaceProblem as problem:
        raise placed(script, problem, statement.span) from None
    return tuple(bound_trial(number, one, choices) for number, one in enumerate(made, 1))


def bound_trial(number: int, one: Candidate, choices: Choices) -> tuple[Trial, Ways]:
    """A trial of a statement, and how it chooses in the select list."""
    params = dict(one.params)
    ways = choices.taken(params)
    return Trial(number, one.spec, freeze(params), freeze({**one.spec.defaults, **params})), ways


def bind_rung(script: str, statement: Train, candidates: int, seed: int) -> Rung | None:
    """The first rung of a halving search over so many trials, None for other searches. Raises BindError."""
    try:
        search = halving(statement.search, seed)
    except SpaceProblem as problem:
        raise placed(script, problem, statement.span) from None
    return None if search is None else Rung(search, candidates)


def _check_known(script: str, call: Call, scope: Scope) -> None:
    if "." in call.name and scope.estimator(call.name) is None:
        message = f"{call.name} is not allowed in this session"
        hint = f'the host program grants it: session.allow("{call.name}")'
        raise BindError.at(script, call.name_span, "not_allowed", message, hint=hint)


def _check_values(script: str, call: Call, one: Space, scope: Scope) -> None:
    """Raise BindError at the first parameter that is wrong; values that were right before are not looked at again."""
    seen = scope.database.once("right values", set[tuple[str, str, str]])
    said = set(_values(one))
    complete = one.spec.required <= set(one.order)
    if complete and one.spec.library == "sklearn" and said <= seen:  # a booster's parameters are checked together
        return
    for problem in check_space(one, scope.estimator):
        name = problem.parameter.split(".")[0]
        argument = next((argument for argument in call.args if argument.name == name), None)
        span = argument.span if argument else call.span
        raise BindError.at(script, span, "bad_parameter", problem.message, did_you_mean=problem.did_you_mean)
    seen |= said


def _values(one: Space) -> Iterator[tuple[str, str, str]]:
    """Estimator, parameter and value, as text that tells types apart, of all that `check_space` looks at."""
    for name, value in one.fixed.items():
        yield one.spec.path, name, canonical(value)
    for name, domain in one.candidates.items():
        for sample in domain.samples():
            yield one.spec.path, name, canonical(sample)


def _check_fits(script: str, call: Call, one: Space, scope: Scope, *, weighted: bool, several: bool) -> None:
    """Refuse an estimator that wants several targets where there is one, or has no use for weights. No plain parameter
    changes that."""
    spec = one.spec
    wants_several, weights = (
        _facts(one, scope)
        if spec.required or not spec.nested.isdisjoint(one.fixed)
        else scope.database.once(("facts", spec.path), lambda: _facts(one, scope))
    )
    if wants_several and not several:
        message = f"{spec.name} fits several targets at once, never one"
        raise BindError.at(script, call.span, "several_targets", message)
    if weighted and not weights:
        raise BindError.at(script, call.span, "no_weights", f"{spec.name} takes no weights", hint="leave out WEIGHT")


def _facts(one: Space, scope: Scope) -> tuple[bool, bool]:
    """Whether it wants several targets, and whether it takes weights."""
    return (
        needs_several_targets(one.spec, one.fixed, scope.estimator),
        accepts_sample_weight(one.spec, one.fixed, scope.estimator),
    )
