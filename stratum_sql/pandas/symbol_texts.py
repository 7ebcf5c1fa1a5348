"""Methods of texts that a function of one value may call, as expressions."""

from __future__ import annotations

from typing import Any

from stratum_sql.pandas.declined import Declined
from stratum_sql.pandas.expressions import Expr, joined, text_literal
from stratum_sql.pandas.kinds import BOOL, INT, TEXT
from stratum_sql.pandas.symbol_values import Parts, Row, Value, Values, kind_of
from stratum_sql.pandas.texts import SPACE


def method(symbols: Values, of: Value, name: str, args: list[Any]) -> Value | Parts:
    """A method of a text. Raises Declined."""
    if kind_of(of) != "str" or any(isinstance(one, Value | Row | Parts) for one in args):
        raise Declined(f"the method {name}")
    symbols.guard_missing(of)
    text = of.expr
    if name in ("lower", "upper") and not args:
        symbols.guard(_beyond_ascii(text))
        return Value(Expr(joined(f"{name}({{}})", text), TEXT))
    if name in _TRIMMED and len(args) <= 1:
        characters = SPACE if not args else args[0]
        if not isinstance(characters, str) or not characters:
            raise Declined("characters that are no text")
        return Value(Expr(joined(f"{_TRIMMED[name]}({{}}, {{}})", text, text_literal(characters)), TEXT))
    if name in _TESTED and len(args) == 1:
        return _tested(text, _TESTED[name], args[0])
    if name in _OF_CHARACTERS and not args:
        symbols.guard(_beyond_ascii(text))
        return Value(Expr(joined(f"regexp_full_match({{}}, '{_OF_CHARACTERS[name]}')", text), BOOL))
    if name == "replace" and len(args) == 2 and all(isinstance(one, str) for one in args) and args[0]:
        old, new = (text_literal(one) for one in args)
        return Value(Expr(joined("replace({}, {}, {})", text, old, new), TEXT))
    if name == "count" and len(args) == 1 and isinstance(args[0], str) and args[0]:
        return Value(Expr(joined("(len(string_split({}, {})) - 1)", text, text_literal(args[0])), INT))
    if name == "split":
        return _split(text, args)
    raise Declined(f"the method {name}")


_TRIMMED = {"strip": "trim", "lstrip": "ltrim", "rstrip": "rtrim"}
_TESTED = {"startswith": "starts_with", "endswith": "ends_with"}
_OF_CHARACTERS = {"isdigit": "[0-9]+", "isnumeric": "[0-9]+", "isdecimal": "[0-9]+", "isalpha": "[A-Za-z]+"}
_OF_CHARACTERS |= {"isalnum": "[0-9A-Za-z]+", "isspace": r"[\t-\r\x1c-\x1f ]+"}


def _beyond_ascii(text: Expr) -> tuple[Any, ...]:
    """Whether there are letters beyond ASCII, of which Python knows more than DuckDB."""
    return joined("strlen({}) <> length({})", text, text)


def _tested(text: Expr, function: str, wanted: Any) -> Value:
    listed = wanted if isinstance(wanted, tuple | list) else [wanted]
    if not listed or not all(isinstance(one, str) for one in listed):
        raise Declined("other than texts")
    tests = [joined(f"{function}({{}}, {{}})", text, text_literal(one)) for one in listed]
    return Value(Expr(joined("(" + " OR ".join("{}" for _ in tests) + ")", *tests), BOOL))


# -- parts of a text ---------------------------------------------------------------------------------------------------


def _split(text: Expr, args: list[Any]) -> Parts:
    """`text.split()`, `text.split(separator)`, `text.split(separator, 1)`."""
    if not args:
        trimmed = joined("trim({}, {})", text, text_literal(SPACE))
        cut = joined("string_split_regex({}, {})", trimmed, text_literal(f"[{SPACE}]+"))
        return Parts(joined("CASE WHEN {} = '' THEN [] ELSE {} END", trimmed, cut))
    if not isinstance(args[0], str) or not args[0] or len(args) > 2 or args[1:] not in ([], [-1], [1]):
        raise Declined("parts of other kinds")
    separator = text_literal(args[0])
    if args[1:] != [1]:
        return Parts(joined("string_split({}, {})", text, separator))
    at = joined("instr({}, {})", text, separator)
    head, tail = joined("left({}, {} - 1)", text, at), joined(f"substring({{}}, {{}} + {len(args[0])})", text, at)
    return Parts(joined("CASE WHEN {} = 0 THEN [{}] ELSE [{}, {}] END", at, text, head, tail))


def part_at(symbols: Values, of: Parts, at: Any) -> Value:
    """One part, by its number. Raises Declined."""
    if type(at) is not int:
        raise Declined("a part by other than its number")
    symbols.guard(joined(f"len({{}}) < {at + 1 if at >= 0 else -at}", of.text))
    return Value(Expr(joined(f"{{}}[{at + 1 if at >= 0 else at}]", of.text), TEXT))
