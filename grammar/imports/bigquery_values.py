"""Values of BigQuery ML's options: numbers, words, layers, and the ranges of `HPARAM_RANGE` and `HPARAM_CANDIDATES`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from stratum_sql.grammar.imports.foreign import Options, argument, call, literal
from stratum_sql.grammar.syntax import Argument, Call, Expression, ListOf, Literal, StructOf, TupleOf

Convert = Callable[[Options, Argument, Expression], Expression]


def numbers(options: Options, given: Argument, value: Expression) -> Literal:
    """A number."""
    if not isinstance(value, Literal) or isinstance(value.value, bool | str | None):
        raise options.wrong(given, "a number", value)
    return value


def counts(options: Options, given: Argument, value: Expression) -> Literal:
    """An integer."""
    if not isinstance(value, Literal) or isinstance(value.value, bool) or not isinstance(value.value, int):
        raise options.wrong(given, "an integer", value)
    return value


def words_in_lower_case(options: Options, given: Argument, value: Expression) -> Literal:
    """`'HIST'` as `'hist'`."""
    if not isinstance(value, Literal) or not isinstance(value.value, str):
        raise options.wrong(given, "a word in quotes", value)
    return Literal(value.value.lower(), value.span)


def one_of(known: Mapping[str, str]) -> Convert:
    """One of the words `known`, as ours."""

    def convert(options: Options, given: Argument, value: Expression) -> Literal:
        word = value.value.upper() if isinstance(value, Literal) and isinstance(value.value, str) else ""
        if word not in known:
            raise options.wrong(given, f"one of {', '.join(known)}; nothing else has an equal here", value)
        return Literal(known[word], value.span)

    return convert


def layers(options: Options, given: Argument, value: Expression) -> TupleOf:
    """`[64, 32]`, or `STRUCT([64, 32])` among candidates: one value, a tuple."""
    if isinstance(value, Call) and value.name.upper() == "STRUCT" and len(value.args) == 1:
        value = value.args[0].value
    if not isinstance(value, ListOf):
        raise options.wrong(given, "a list of integers", value)
    return TupleOf(tuple(counts(options, given, item) for item in value.items), value.span)


def weights(options: Options, given: Argument, value: Expression) -> StructOf:
    """`[STRUCT('yes', 0.8), …]` as `{'yes': 0.8, …}`."""
    entries = []
    for item in value.items if isinstance(value, ListOf) else (value,):
        pair = [one.value for one in item.args] if isinstance(item, Call) and item.name.upper() == "STRUCT" else []
        if len(pair) != 2 or not isinstance(pair[0], Literal):
            raise options.wrong(given, "a list of STRUCT('class', weight)", item)
        entries.append((str(pair[0].value), numbers(options, given, pair[1])))
    return StructOf(tuple(entries), value.span)


# ---- search spaces -------------------------------------------------------------------------------------------------

LOGARITHMIC = ("l1_reg", "l2_reg")  # BigQuery draws these on a logarithmic scale


def search_space(options: Options, given: Argument, convert: Convert) -> Expression:
    """The value of an option as a parameter's: a range becomes `choose_…`, candidates become a list."""
    value = given.value
    name = value.name.upper() if isinstance(value, Call) else ""
    if isinstance(value, Call) and name == "HPARAM_RANGE":
        return _range(options, given, value, convert)
    if isinstance(value, Call) and name == "HPARAM_CANDIDATES":
        return ListOf(tuple(convert(options, given, item) for item in candidates(options, given, value)), value.span)
    return convert(options, given, value)


def candidates(options: Options, given: Argument, value: Call) -> tuple[Expression, ...]:
    """What stands in `HPARAM_CANDIDATES([..])`."""
    if len(value.args) != 1 or not isinstance(value.args[0].value, ListOf):
        raise options.wrong(given, "HPARAM_CANDIDATES([a, b, …])")
    return value.args[0].value.items


def limits(options: Options, given: Argument, value: Call) -> tuple[Literal, Literal]:
    """The two numbers in `HPARAM_RANGE(a, b)`."""
    if len(value.args) != 2:
        raise options.wrong(given, "HPARAM_RANGE(low, high)")
    low, high = (numbers(options, given, one.value) for one in value.args)
    return low, high


def _range(options: Options, given: Argument, value: Call, convert: Convert) -> Call:
    low, high = limits(options, given, value)
    if convert is counts:
        whole = (counts(options, given, low), counts(options, given, high))
        return call("choose_int", *(argument(None, limit) for limit in whole))
    if convert is not numbers:
        raise options.wrong(given, "HPARAM_CANDIDATES([..]) rather than a range")
    log = str(given.name).lower() in LOGARITHMIC and positive(low)
    scale = [argument("log", literal(value=True))] if log else []
    return call("choose_float", argument(None, low), argument(None, high), *scale)


def positive(value: Literal) -> bool:
    """Whether a number is above 0."""
    return isinstance(value.value, int | float) and value.value > 0
