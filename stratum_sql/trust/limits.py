"""Functions that are fine on small things: what their arguments must be, seen from the tree alone.

One call of these can run for minutes, or take gigabytes past the memory limit, and hears no interrupt. The rules stop
the plain cases; a value made large by other means is stopped only from outside the process.
"""

from __future__ import annotations

import re

from stratum_sql.trust.functions import Verdict
from stratum_sql.trust.tree import Json

SHORT = 256  # characters of a text in an edit distance: 65,536 steps a pair of rows
COUNT = 10_000  # length of a value made by repeat, lpad, list_resize …
RANGE = 1_000_000  # bound of a list made by range, generate_series
WIDTH = 3  # digits of a width in format, printf

_CUTTERS = frozenset({"left", "right", "substr", "substring"})

Problem = tuple[str, str | None]  # what is wrong, and a hint


def problem_of(verdict: Verdict, name: str, arguments: list[Json]) -> Problem | None:
    """What is wrong with a call of `name`, reviewed as `verdict`, on these arguments; None if nothing is."""
    match verdict:
        case "short" if not all(_is_short(argument) for argument in arguments):
            hint = f"cut the texts: {name}(left(a, {SHORT}), left(b, {SHORT}))"
            return f"each text must be a constant or cut to {SHORT} characters", hint
        case "count" if not _is_counted(arguments):
            return f"the length must be a constant of at most {COUNT}", None
        case "range" if any((number := _number(argument)) and abs(number) > RANGE for argument in arguments):
            return f"a list of more than {RANGE} values is not allowed here", f"use it as a table: FROM {name}(…)"
        case "format" if not (arguments and _is_plain_format(arguments[0])):
            return f"the format must be a constant with widths of at most {WIDTH} digits", None
    return None


def _is_counted(arguments: list[Json]) -> bool:
    """Whether the second argument is a small constant."""
    number = _number(arguments[1]) if len(arguments) > 1 else None
    return number is not None and abs(number) <= COUNT


def _is_short(value: Json) -> bool:
    if (text := _text(value)) is not None:
        return len(text) <= SHORT
    if value.get("class") == "CAST":
        return _is_short(value["child"])
    if _number(value) is not None:
        return True
    if value.get("class") != "FUNCTION" or value["function_name"].lower() not in _CUTTERS:
        return _keeps_length(value)
    number = _number(_arguments(value)[-1]) if len(_arguments(value)) == _cutter_arguments(value) else None
    return number is not None and 0 <= number <= SHORT


def _keeps_length(value: Json) -> bool:
    """`lower(left(a, 9))` is as short as what is in it."""
    if value.get("class") != "FUNCTION" or value["function_name"].lower() not in ("lower", "upper", "trim", "reverse"):
        return False
    return all(_is_short(argument) for argument in _arguments(value))


def _cutter_arguments(call: Json) -> int:
    return 2 if call["function_name"].lower() in ("left", "right") else 3


def _arguments(call: Json) -> list[Json]:
    return [argument["expression"] for argument in call.get("arguments", ())]


def _is_plain_format(value: Json) -> bool:
    text = _text(value)
    if text is None:
        return False
    wide = re.search(rf"\d{{{WIDTH + 1},}}", text)
    return wide is None and "*" not in text and not re.search(r"\{[^{}]*\{", text.replace("{{", ""))


def _text(value: Json) -> str | None:
    literal = _literal(value)
    return str(literal.get("text", "")) if literal.get("kind") == "STRING" else None


def _number(value: Json) -> float | None:
    """The constant that `value` is, with its minus; None if it is none."""
    if value.get("class") == "FUNCTION" and value["function_name"] == "-" and len(_arguments(value)) == 1:
        number = _number(_arguments(value)[0])
        return None if number is None else -number
    try:
        literal = _literal(value)
        return float(literal["text"]) if literal.get("kind") != "STRING" else None
    except (KeyError, ValueError):
        return None


def _literal(value: Json) -> dict[str, str]:
    literal = value.get("literal") if value.get("class") == "CONSTANT" else None
    return literal if isinstance(literal, dict) else {}
