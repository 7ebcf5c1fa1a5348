"""A session's own switches: `SET stratum_<rule> = false` leaves a rule out, `RESET stratum_<rule>` takes it in again;
`SET stratum_device = 'cpu'` says where models are trained.

DuckDB has no such settings, so the session asks here before a plain statement goes to DuckDB.
"""

from __future__ import annotations

import re

from stratum_sql.errors import BindError, Span, StratumError, suggestions
from stratum_sql.optimizer.pipeline import switch_names
from stratum_sql.plan.query import Mode

PREFIX = "stratum_"
DEVICE = "device"
MODES: tuple[Mode, ...] = ("auto", "cpu", "gpu")
_BLANK = r"(?:\s|--[^\n]*(?:\n|\Z)|/\*.*?\*/)"
_NAME = r'(?P<quote>"?)(?P<name>stratum_\w*)(?P=quote)'
_SET = re.compile(
    rf"{_BLANK}*SET{_BLANK}+(?:(?:SESSION|LOCAL|GLOBAL){_BLANK}+)?{_NAME}{_BLANK}*(?:={_BLANK}*|TO\b{_BLANK}*)"
    rf"(?P<value>[^;]*?){_BLANK}*;?{_BLANK}*",
    re.IGNORECASE | re.DOTALL,
)
_RESET = re.compile(
    rf"{_BLANK}*RESET{_BLANK}+(?:(?:SESSION|LOCAL|GLOBAL){_BLANK}+)?{_NAME}{_BLANK}*;?{_BLANK}*",
    re.IGNORECASE | re.DOTALL,
)
_ON = frozenset({"true", "on", "1", "yes", "default"})
_OFF = frozenset({"false", "off", "0", "no"})


def switch(sql: str) -> tuple[str, bool | Mode] | None:
    """The rule that a statement switches and whether it is on from now on, or `device` and its mode; None if the
    statement is neither.

    Raises BindError for a rule that does not exist and for a value that makes no sense.
    """
    found = _SET.fullmatch(sql) or _RESET.fullmatch(sql)
    if found is None:
        return None
    if found["name"].lower() == PREFIX + DEVICE:
        return DEVICE, _mode(sql, found) if "value" in found.groupdict() else "auto"
    rule = _rule(sql, found)
    return rule, _value(sql, found) if "value" in found.groupdict() else True


def _rule(sql: str, found: re.Match[str]) -> str:
    name = found["name"].lower().removeprefix(PREFIX)
    if name in switch_names():
        return name
    near = [PREFIX + one for one in suggestions(name, switch_names())]
    hint = f"rules: {', '.join(switch_names())}"
    raise BindError.at(
        sql, Span(*found.span("name")), "unknown_rule", f'no rule "{name}"', did_you_mean=near, hint=hint
    )


def _value(sql: str, found: re.Match[str]) -> bool:
    word = found["value"].strip().strip("'").lower()
    if word in _ON or word in _OFF:
        return word in _ON
    raise _not_a_flag(sql, found)


def _mode(sql: str, found: re.Match[str]) -> Mode:
    word = found["value"].strip().strip("'").lower()
    for mode in MODES:
        if word == mode:
            return mode
    span = Span(*found.span("value"))
    raise BindError.at(sql, span, "bad_option", f"{PREFIX}{DEVICE} must be 'auto', 'cpu' or 'gpu'")


def _not_a_flag(sql: str, found: re.Match[str]) -> StratumError:
    span = Span(*found.span("value"))
    return BindError.at(sql, span, "bad_option", f"{found['name'].lower()} must be true or false")
