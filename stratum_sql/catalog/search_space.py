"""From an estimator's call to its trials: `ridge(alpha => [0.1, 1, 10])` is three.

`[a, b]` and `choose(a, b)` are candidates, `choose_int(lo, hi)` and `choose_float(lo, hi, log => true)` ranges, both
ends included, `choose_bool()` false and true, `optional(x)` x and NULL. They may also stand in an estimator inside an
estimator. A tuple `(100, 50)` is one value. Every domain with an end can be counted and indexed, so that a grid is a
count and a random search draws positions.
"""

from __future__ import annotations

import itertools
import math
import random as stdlib_random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from stratum_sql.catalog.estimators import Resolve, check_parameters, estimator, estimator_names
from stratum_sql.catalog.halving import EXHAUST, SMALLEST, Halving
from stratum_sql.catalog.parameter_rules import shown
from stratum_sql.catalog.spec import EstimatorSpec, EstimatorValue, Problem
from stratum_sql.errors import Span, printable, suggestions
from stratum_sql.grammar.syntax import (
    Argument,
    Call,
    Expression,
    ListOf,
    Literal,
    Name,
    Search,
    StructOf,
    TupleOf,
)

MOST_TRIALS = 100_000
DEFAULT_TRIALS = 10  # of RANDOM without a number, as in scikit-learn's RandomizedSearchCV
_MOST_ENUMERATED = 100  # values of a choose_int in a grid
_CHOICES = ("choose", "choose_int", "choose_float", "choose_bool", "optional")


class SpaceProblem(ValueError):
    """A call or search that makes no trials; `span` is the place in the statement, `code` is stable."""

    def __init__(
        self, code: str, message: str, span: Span | None, did_you_mean: Iterable[str] = (), hint: str | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.span = span
        self.did_you_mean = tuple(did_you_mean)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class SpaceWarning:
    """Something legal that is probably not what was meant."""

    parameter: str
    message: str
    span: Span


# ---- domains: what a parameter may become ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class IntRange:
    """Whole numbers from `low` to `high`; drawn evenly, or with `log` evenly in their logarithms."""

    low: int
    high: int
    log: bool = False

    @property
    def size(self) -> int:
        return self.high - self.low + 1

    def at(self, position: int) -> int:
        return self.low + position

    def draw(self, rng: stdlib_random.Random) -> int:
        if not self.log:
            return rng.randint(self.low, self.high)
        drawn = math.floor(math.exp(rng.uniform(math.log(self.low), math.log(self.high + 1))))
        return min(max(drawn, self.low), self.high)

    def samples(self) -> Iterator[int]:
        yield from (self.low, self.high)


@dataclass(frozen=True, slots=True)
class FloatRange:
    """Numbers from `low` to `high`; drawn evenly, or with `log` evenly in their logarithms. It has no size."""

    low: float
    high: float
    log: bool = False

    @property
    def size(self) -> None:
        return None

    def at(self, position: int) -> float:
        raise IndexError(position)

    def draw(self, rng: stdlib_random.Random) -> float:
        if not self.log:
            return rng.uniform(self.low, self.high)
        drawn = math.exp(rng.uniform(math.log(self.low), math.log(self.high)))
        return min(max(drawn, self.low), self.high)

    def samples(self) -> Iterator[float]:
        yield from (self.low, self.high)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of some options, in the order written; an option may be a domain itself."""

    options: tuple[Any, ...]

    @property
    def size(self) -> int | None:
        return _sum(_size(option) for option in self.options)

    def at(self, position: int) -> Any:
        for option in self.options:
            size = _size(option) or 0
            if position < size:
                return _at(option, position)
            position -= size
        raise IndexError(position)

    def draw(self, rng: stdlib_random.Random) -> Any:
        return _draw(self.options[rng.randrange(len(self.options))], rng)

    def samples(self) -> Iterator[Any]:
        for option in self.options:
            yield from _samples(option)


@dataclass(frozen=True, slots=True)
class Several:
    """Values side by side, each of its own domain: a tuple, or the parameters of an estimator called `estimator`."""

    parts: tuple[Any, ...]
    make: Callable[[tuple[Any, ...]], Any]

    @property
    def size(self) -> int | None:
        return _product(_size(part) for part in self.parts)

    def at(self, position: int) -> Any:
        values: list[Any] = []
        for part in reversed(self.parts):
            position, inner = divmod(position, _size(part) or 1)
            values.append(_at(part, inner))
        return self.make(tuple(reversed(values)))

    def draw(self, rng: stdlib_random.Random) -> Any:
        return self.make(tuple(_draw(part, rng) for part in self.parts))

    def samples(self) -> Iterator[Any]:
        """Every sample of every part, the other parts at their first."""
        first = [next(_samples(part)) for part in self.parts]
        yield self.make(tuple(first))
        for index, part in enumerate(self.parts):
            if isinstance(part, Domain):
                for sample in _samples(part):
                    yield self.make((*first[:index], sample, *first[index + 1 :]))


Domain = IntRange | FloatRange | Choice | Several


def _size(value: Any) -> int | None:
    return value.size if isinstance(value, Domain) else 1


def _at(value: Any, position: int) -> Any:
    return value.at(position) if isinstance(value, Domain) else value


def _draw(value: Any, rng: stdlib_random.Random) -> Any:
    return value.draw(rng) if isinstance(value, Domain) else value


def _samples(value: Any) -> Iterator[Any]:
    if isinstance(value, Domain):
        yield from value.samples()
    else:
        yield value


def _sum(sizes: Iterable[int | None]) -> int | None:
    known = list(sizes)
    return None if None in known else sum(size for size in known if size is not None)


def _product(sizes: Iterable[int | None]) -> int | None:
    known = list(sizes)
    return None if None in known else math.prod(size for size in known if size is not None)


def _is_even(value: Any) -> bool:
    """Whether each position of a domain is as likely as any other."""
    match value:
        case IntRange():
            return not value.log
        case Choice():
            return not any(isinstance(option, Domain) for option in value.options)
        case Several():
            return all(_is_even(part) for part in value.parts)
    return True


# ---- expressions as Python values ------------------------------------------------------------------------------------


def python_value(expression: Expression) -> Any:
    """The value of an expression without candidates: lists, tuples and dicts as such, a call as an `EstimatorValue`.

    Raises SpaceProblem at a `choose..` call, a bare name, or a call with positional arguments.
    """
    match expression:
        case Literal():
            return expression.value
        case TupleOf():
            return tuple(python_value(item) for item in expression.items)
        case ListOf():
            return [python_value(item) for item in expression.items]
        case StructOf():
            return {key: python_value(value) for key, value in expression.items}
        case Call() if expression.name.lower() in _CHOICES:
            raise SpaceProblem("no_candidates_here", f"{expression.name} has no meaning here", expression.span)
        case Call():
            return EstimatorValue(expression.name, tuple(python_arguments(expression).items()))
        case Name():
            raise _bare_name(expression)


def python_arguments(call: Call) -> dict[str, Any]:
    """The named arguments of a call as Python values, in the order written. Raises SpaceProblem."""
    return {name: python_value(argument.value) for name, argument in _named(call).items()}


def _named(call: Call) -> dict[str, Argument]:
    named: dict[str, Argument] = {}
    for argument in call.args:
        if argument.name is None:
            raise SpaceProblem(
                "positional_argument", f"{call.name} takes its parameters by name", argument.span, hint="name => value"
            )
        if argument.name in named:
            raise SpaceProblem("twice", f"{argument.name} is set twice", argument.span)
        named[argument.name] = argument
    return named


def _bare_name(name: Name) -> SpaceProblem:
    text = printable(".".join(name.parts))
    return SpaceProblem(
        "bare_name", f"{text} is a name, not a value", name.span, hint=f"write a text in quotes: '{text}'"
    )


# ---- spaces ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Space:
    """An estimator, its fixed parameters, and the domain of each other parameter that is set; `order` is as written,
    `places` is where."""

    spec: EstimatorSpec
    fixed: Mapping[str, Any]
    candidates: Mapping[str, Domain]
    order: tuple[str, ...] = ()
    span: Span | None = None
    places: Mapping[str, Span] = field(default_factory=dict)

    @property
    def size(self) -> int | None:
        """How many trials a grid has; None when a `choose_float` makes it endless."""
        return _product(domain.size for domain in self.candidates.values())

    def trial(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """All parameters of one trial, in the order written, given those of the candidates."""
        return {name: values[name] if name in values else self.fixed[name] for name in self.order}


def space(call: Call, resolve: Resolve = estimator) -> tuple[Space, tuple[SpaceWarning, ...]]:
    """What an estimator's call says, values not yet checked (`check_space` does).

    Raises SpaceProblem for an unknown estimator, positional or doubled arguments, and wrong ranges.
    """
    spec = _resolved(call, resolve)
    named = _named(call)
    values = {name: _value(argument.value, resolve) for name, argument in named.items()}
    found = Space(
        spec=spec,
        fixed={name: value for name, value in values.items() if not isinstance(value, Domain)},
        candidates={name: value for name, value in values.items() if isinstance(value, Domain)},
        order=tuple(values),
        span=call.span,
        places={name: argument.span for name, argument in named.items()},
    )
    return found, tuple(_flat_lists(spec, named, values))


def _resolved(call: Call, resolve: Resolve) -> EstimatorSpec:
    spec = resolve(call.name)
    if spec is None:
        raise SpaceProblem(
            "unknown_estimator",
            f'no estimator "{printable(call.name)}"',
            call.name_span,
            suggestions(call.name, estimator_names()),
        )
    return spec


def _value(expression: Expression, resolve: Resolve) -> Any:
    """An expression with candidates: a plain value, or a domain."""
    match expression:
        case ListOf():
            return _choice(expression.items, expression.span, resolve)
        case TupleOf():
            parts = tuple(_value(item, resolve) for item in expression.items)
            return Several(parts, tuple) if any(isinstance(part, Domain) for part in parts) else parts
        case Call() if expression.name.lower() in _CHOICES:
            return _chosen(expression, resolve)
        case Call():
            return _inner_estimator(expression, resolve)
        case Name() if not expression.quoted and resolve(".".join(expression.parts)) is not None:
            return EstimatorValue(".".join(expression.parts))
    return python_value(expression)


def _choice(items: Sequence[Expression], span: Span, resolve: Resolve) -> Choice:
    if not items:
        raise SpaceProblem("no_candidates", "an empty list has no candidates", span)
    return Choice(tuple(_option(item, resolve) for item in items))


def _option(item: Expression, resolve: Resolve) -> Any:
    """A list inside a list of candidates is one value: `monotonic_cst => [[0, 1], [1, 1]]`."""
    return tuple(python_value(item)) if isinstance(item, ListOf) else _value(item, resolve)


def _inner_estimator(call: Call, resolve: Resolve) -> Any:
    _resolved(call, resolve)
    named = _named(call)
    values = tuple(_value(argument.value, resolve) for argument in named.values())
    make = _EstimatorMaker(call.name, tuple(named))
    return Several(values, make) if any(isinstance(value, Domain) for value in values) else make(values)


@dataclass(frozen=True, slots=True)
class _EstimatorMaker:
    name: str
    parameters: tuple[str, ...]

    def __call__(self, values: tuple[Any, ...]) -> EstimatorValue:
        return EstimatorValue(self.name, tuple(zip(self.parameters, values, strict=True)))


# ---- choose…(…) ------------------------------------------------------------------------------------------------------


def is_choice(name: str) -> bool:
    """Whether a call of this name, in either case, stands for several values."""
    return name.lower() in _CHOICES


def domain_of(call: Call) -> Domain:
    """What a call that `is_choice` may become; it may hold no estimator. Raises SpaceProblem."""
    return _chosen(call, lambda _name: None)


def _chosen(call: Call, resolve: Resolve) -> Domain:
    name = call.name.lower()
    if name == "choose":
        return _choice(_positional(call), call.span, resolve)
    if name == "choose_bool":
        if call.args:
            raise SpaceProblem("wrong_arguments", "choose_bool takes no arguments", call.span)
        return Choice((False, True))
    if name == "optional":
        items = _positional(call)
        if len(items) != 1:
            raise SpaceProblem("wrong_arguments", "optional takes one value", call.span)
        return Choice((_value(items[0], resolve), None))
    return _range(call, whole=name == "choose_int")


def _positional(call: Call) -> list[Expression]:
    for argument in call.args:
        if argument.name is not None:
            raise SpaceProblem("wrong_arguments", f"{call.name} takes values without names", argument.span)
    return [argument.value for argument in call.args]


def _range(call: Call, *, whole: bool) -> IntRange | FloatRange:
    low, high, log = _range_arguments(call)
    kind = int if whole else int | float
    if any(not isinstance(end, kind) or isinstance(end, bool) or not _is_finite(end) for end in (low, high)):
        wanted = "two ints" if whole else "two numbers"
        raise SpaceProblem(
            "wrong_range", f"{call.name} takes {wanted}: {call.name}({'1, 10' if whole else '0.1, 10'})", call.span
        )
    if low > high:
        raise SpaceProblem("wrong_range", f"{call.name}: {shown(low)} is above {shown(high)}", call.span)
    if log and low <= 0:
        raise SpaceProblem("wrong_range", f"{call.name}: with log the low end must be above 0", call.span)
    return IntRange(low, high, log) if whole else FloatRange(float(low), float(high), log)


def _range_arguments(call: Call) -> tuple[Any, Any, bool]:
    given = dict(zip(("low", "high"), (one.value for one in call.args if one.name is None), strict=False))
    for argument in call.args:
        name = {"lo": "low", "hi": "high"}.get(argument.name or "", argument.name)
        if name is None:
            continue
        if name not in ("low", "high", "log") or name in given:
            raise SpaceProblem("wrong_arguments", f"{call.name} takes low, high and log", argument.span)
        given[name] = argument.value
    if len(given.keys() & {"low", "high"}) < 2 or sum(one.name is None for one in call.args) > 2:
        raise SpaceProblem("wrong_arguments", f"{call.name} takes two ends and log => true", call.span)
    low, high, log = (python_value(given[name]) if name in given else False for name in ("low", "high", "log"))
    if not isinstance(log, bool):
        raise SpaceProblem("wrong_arguments", "log is true or false", call.span)
    return low, high, log


def _is_finite(value: float) -> bool:
    return abs(value) < 2**63 if isinstance(value, int) else math.isfinite(value)


# ---- warnings and checks ---------------------------------------------------------------------------------------------

# Parameters whose one value is a list of numbers (or estimators): a flat list there is easily meant as one value.
_TAKE_LISTS = frozenset(
    [
        "hidden_layer_sizes",
        "quantiles",
        "priors",
        "class_prior",
        "alphas",
        "l1_ratios",
        "monotonic_cst",
        "monotone_constraints",
        "max_bin_by_feature",
        "feature_contri",
        "order",
        "estimators",
        "min_categories",
    ]
)
_TAKE_LISTS_OF: Mapping[str, str] = {"weights": "voting_", "l1_ratio": "_cv", "Cs": "_cv"}


def _flat_lists(
    spec: EstimatorSpec, named: Mapping[str, Argument], values: Mapping[str, Any]
) -> Iterator[SpaceWarning]:
    for name, argument in named.items():
        value = values[name]
        takes_list = name in _TAKE_LISTS or (name in _TAKE_LISTS_OF and _TAKE_LISTS_OF[name] in spec.name)
        if not takes_list or not isinstance(argument.value, ListOf) or not isinstance(value, Choice):
            continue
        if len(value.options) > 1 and all(_is_part(option) for option in value.options):
            message = (
                f"[..] are {len(value.options)} candidates for {name}; one value with several parts is written (..)"
            )
            yield SpaceWarning(name, message, argument.span)


def _is_part(option: Any) -> bool:
    return isinstance(option, int | float | EstimatorValue) and not isinstance(option, bool)


def check_space(space: Space, resolve: Resolve = estimator) -> list[Problem]:
    """What `check_parameters` says of the fixed parameters, of every option, and of both ends of every range."""
    given = {name: next(domain.samples()) for name, domain in space.candidates.items()}
    problems = check_parameters(space.spec, space.trial(given), resolve)
    for name, domain in space.candidates.items():
        for sample in domain.samples():
            problems += check_parameters(space.spec, {name: sample}, resolve, complete=False)
    return list(dict.fromkeys(problems))


# ---- trials ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Trial:
    """One estimator with all its parameters set, in the order the statement wrote them."""

    spec: EstimatorSpec
    params: Mapping[str, Any]


def grid(space: Space) -> Iterator[dict[str, Any]]:
    """Every combination, in the order written, the last parameter fastest. Raises SpaceProblem before the first."""
    _check_grid(space)
    whole = itertools.product(*map(_all, space.candidates.values()))
    return (space.trial(dict(zip(space.candidates, values, strict=True))) for values in whole)


def _all(value: Any) -> Iterator[Any]:
    """Every value of a domain that can be counted, in the order of its positions."""
    match value:
        case Choice(options):
            for option in options:
                yield from _all(option)
        case Several(parts, make):
            yield from map(make, itertools.product(*map(_all, parts)))
        case IntRange():
            yield from map(value.at, range(value.size))
        case _:
            yield value


def _check_grid(space: Space) -> None:
    for name, domain in space.candidates.items():
        range_ = _unlisted(domain)
        if range_ is not None:
            kind = (
                "choose_float"
                if isinstance(range_, FloatRange)
                else f"choose_int of more than {_MOST_ENUMERATED} values"
            )
            place = space.places.get(name, space.span)
            message = f"a grid cannot go through {name}: {kind}"
            raise SpaceProblem("needs_random", message, place, hint="SEARCH RANDOM 20 TRIALS")
    _check_count(space.size or 0, space.span)


def _unlisted(value: Any) -> Domain | None:
    """A range inside `value` that a grid cannot list."""
    match value:
        case FloatRange():
            return value
        case IntRange():
            return value if value.size > _MOST_ENUMERATED else None
        case Choice():
            return next((found for option in value.options if (found := _unlisted(option))), None)
        case Several():
            return next((found for part in value.parts if (found := _unlisted(part))), None)
    return None


def _check_count(count: int, span: Span | None) -> None:
    if count > MOST_TRIALS:
        raise SpaceProblem(
            "too_many_trials",
            f"{count:,} trials; at most {MOST_TRIALS:,} in one statement" if count < 10**18 else "far too many trials",
            span,
            hint="SEARCH RANDOM 100 TRIALS",
        )


def random(space: Space, n: int, seed: int) -> Iterator[dict[str, Any]]:
    """`n` trials drawn by `seed`, no two alike; all of them, in random order, when there are fewer.

    The first trials of a longer search are those of a shorter one with the same seed. Raises SpaceProblem.
    """
    _check_count(n, space.span)
    whole = Several(tuple(space.candidates.values()), tuple)
    rng = stdlib_random.Random(seed)
    even = whole.size is not None and _is_even(whole)
    draws = _shuffled(whole, whole.size or 0, n, rng) if even else _fresh(whole, n, rng)
    return (space.trial(dict(zip(space.candidates, values, strict=True))) for values in draws)


def _shuffled(whole: Several, size: int, n: int, rng: stdlib_random.Random) -> Iterator[Any]:
    """The first n of a shuffle of all positions, of which only those moved are kept."""
    moved: dict[int, int] = {}
    for position in range(min(n, size)):
        other = rng.randrange(position, size)
        drawn = moved.get(other, other)
        moved[other] = moved.get(position, position)
        yield whole.at(drawn)


def _fresh(whole: Several, n: int, rng: stdlib_random.Random) -> Iterator[Any]:
    """Draws that were not drawn before; stops early when nothing new turns up."""
    seen: set[str] = set()
    wanted = n if whole.size is None else min(n, whole.size)
    for _ in range(100 * n):
        if len(seen) == wanted:
            return
        drawn = whole.draw(rng)
        if repr(drawn) not in seen:
            seen.add(repr(drawn))
            yield drawn


def trials(spaces: Sequence[Space], search: Search | None, seed: int) -> tuple[Trial, ...]:
    """The trials of a statement: those of its first estimator, then of its second, and so on.

    Without SEARCH all combinations are tried. RANDOM n draws n for every estimator that has candidates; one without
    is a single trial. HALVING tries all combinations, or draws as RANDOM does where it says how many. BAYES, in which
    trials hang on scores, has a module of its own.
    """
    strategy, wanted, seed = _plan(search, seed)
    made: list[Trial] = []
    for one in spaces:
        found = random(one, wanted, seed) if strategy == "random" and one.candidates else grid(one)
        for params in found:
            made.append(Trial(one.spec, params))
            _check_count(len(made), one.span)
    return tuple(made)


def _plan(search: Search | None, seed: int) -> tuple[str, int, int]:
    """Strategy, number of random trials, seed."""
    if search is None:
        return "grid", 0, seed
    strategy = strategy_of(search)
    if strategy not in _ARGUMENTS:
        raise SpaceProblem(
            "unknown_search", f'no search "{printable(strategy)}"', search.span, suggestions(strategy, _ARGUMENTS)
        )
    given = search_arguments(search, strategy)
    wanted, seed = given.get("trials", search.trials), given.get("seed", seed)
    if strategy == "halving":
        strategy = "grid" if wanted is None else "random"
    if strategy == "grid" and wanted is not None:
        raise SpaceProblem("grid_is_whole", "GRID tries every combination", search.span, hint="SEARCH RANDOM 20 TRIALS")
    if wanted is not None:
        check_wanted(search, wanted)
    return strategy, DEFAULT_TRIALS if wanted is None else wanted, seed


def check_wanted(search: Search, wanted: int) -> None:
    """Raise SpaceProblem where a search asks for so many trials that it has none, or too many."""
    if wanted < 1:
        raise SpaceProblem("no_trials", "a search has 1 trial or more", search.span)
    _check_count(wanted, search.span)


def halving(search: Search | None, seed: int) -> Halving | None:
    """What `SEARCH HALVING` says, None for other searches; `seed` is the statement's. Raises SpaceProblem."""
    if search is None or strategy_of(search) != "halving":
        return None
    given = search_arguments(search, "halving")
    asked = Halving(given.get("factor", 3), given.get("min_resources", EXHAUST), given.get("seed", seed))
    if asked.factor < _LEAST_FACTOR:
        raise wrong_argument(search, "factor", f"{_LEAST_FACTOR} or more", asked.factor)
    if isinstance(asked.min_resources, int) and asked.min_resources < 1:
        raise wrong_argument(search, "min_resources", "1 or more", asked.min_resources)
    return asked


_ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "grid": ("trials", "seed"),
    "random": ("trials", "seed"),
    "halving": ("trials", "seed", "factor", "min_resources"),
    "bayes": ("trials", "seed", "batch_size", "startup_trials"),
}
_TRIALS = ("trials", "n_trials", "n_iter")  # three words for one
_LEAST_FACTOR = 2


def strategy_of(search: Search) -> str:
    """`grid`, `random` …, as the clause or its call says."""
    return (search.call.name if search.call else search.strategy).lower().removesuffix("_search")


def search_arguments(search: Search, strategy: str) -> dict[str, Any]:
    """What a search's call gives its parameters. Raises SpaceProblem."""
    known = _ARGUMENTS[strategy]
    given: dict[str, Any] = {}
    for written, argument in (_named(search.call) if search.call else {}).items():
        name = "trials" if written in _TRIALS else written
        if name not in known:
            near = suggestions(name, known)
            raise SpaceProblem("unknown_parameter", f'no parameter "{printable(name)}"', argument.span, near)
        given[name] = value = python_value(argument.value)
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not whole and not (name == "min_resources" and value in (EXHAUST, SMALLEST)):
            wanted = f"an int, '{EXHAUST}' or '{SMALLEST}'" if name == "min_resources" else "an int"
            raise wrong_argument(search, written, wanted, value)
    return given


def wrong_argument(search: Search, name: str, wanted: str, value: Any) -> SpaceProblem:
    """What is wrong with the value of a search's argument, at its place."""
    argument = next((one for one in (search.call.args if search.call else ()) if one.name == name), None)
    place = search.span if argument is None else argument.span
    return SpaceProblem("wrong_value", f"{name} must be {wanted}; got {shown(value)}", place)
