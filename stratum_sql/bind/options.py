"""`WITH (…)` as a value, and what may stand in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from stratum_sql.bind.problems import placed
from stratum_sql.catalog.search_space import SpaceProblem, python_value
from stratum_sql.errors import BindError, Span, StratumError, suggestions
from stratum_sql.grammar.syntax import Name, Option
from stratum_sql.plan.query import Options

_SIZE = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*([KMGT]?)(I?)B?\s*$", re.IGNORECASE)
GPU_EXTRA = "pip install 'stratum-sql[gpu]' on a machine with an NVIDIA GPU, or device = 'auto'"
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


def _fraction(value: Any) -> bool:
    return isinstance(value, float) and 0 < value < 1


def _switches(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(on, bool) for on in value.values())


# name: whether a value fits, and what it must be
_OPTIONS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "timeout": (_seconds, "a number of seconds above 0"),
    "on_error": (lambda value: value in ("skip", "abort"), "'skip' or 'abort'"),
    "memory_limit": (lambda value: isinstance(value, str) and bool(bytes_of(value)), "a size such as '4GB'"),
    "n_jobs": (lambda value: type(value) is int and 1 <= value <= 1024, "a whole number from 1 to 1024"),
    "early_stopping": (lambda value: type(value) is int and 1 <= value <= 1_000_000, "a number of rounds, 1 or more"),
    "validation_fraction": (_fraction, "a share between 0 and 1"),
    "return_folds": (lambda value: isinstance(value, bool), "true or false"),
    "max_groups": (lambda value: type(value) is int and 1 <= value <= 100_000, "a whole number from 1 to 100,000"),
    "keep_order": (lambda value: isinstance(value, bool), "true or false"),
    "device": (lambda value: value in ("auto", "cpu", "gpu"), "'auto', 'cpu' or 'gpu'"),
    "rules": (_switches, "a struct such as {'merge_scans': false}"),
}


def bind_options(
    script: str, options: Iterable[Option], rules: Iterable[str] = (), has_gpu: Callable[[], bool] = lambda: True
) -> Options:
    """`WITH (…)` as a value. Raises BindError for an unknown name, a value that makes no sense, and for a GPU where
    there is none."""
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
        if option.name == "device" and value == "gpu" and not has_gpu():
            raise no_gpu(script, option.span)
        values[option.name] = value
    return _checked_options(script, options, values, tuple(rules))


def no_gpu(script: str, span: Span | None) -> StratumError:
    """A GPU was asked for, and there is none."""
    message = "device = 'gpu', and this machine has no GPU that can be used"
    return BindError.at(script, span, "no_gpu", message, hint=GPU_EXTRA)


def _checked_options(script: str, options: Iterable[Option], values: dict[str, Any], known: tuple[str, ...]) -> Options:
    rules = values.get("rules", {})
    for name in rules:
        if name not in known:
            span = next(option.span for option in options if option.name == "rules")
            raise BindError.at(script, span, "unknown_rule", f'no rule "{name}"', did_you_mean=suggestions(name, known))
    if "validation_fraction" in values and "early_stopping" not in values:
        span = next(option.span for option in options if option.name == "validation_fraction")
        message = "validation_fraction says how many rows early stopping looks at, and nothing stops early"
        raise BindError.at(script, span, "bad_option", message, hint="WITH (early_stopping = 50, …)")
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
        raise placed(script, problem, option.span) from None
